import "reflect-metadata";
import { webcrypto, X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as x509 from "@peculiar/x509";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CertificateSigningRequest } from "../../../src/api/index.ts";
import { World } from "../../../src/index.ts";
import { type CertificateAuthority, createCertificateAuthority } from "../../../src/serving/index.ts";
import { ask } from "../../scenario/door.ts";
import { type SmallCluster, smallCluster } from "../small-cluster.ts";

type Asked = {
  readonly subject?: string;
  readonly names?: x509.JsonGeneralNames;
  readonly signerName?: string;
  readonly usages?: readonly string[];
  readonly expirationSeconds?: number;
};

const EC = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const RSA = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
};
const CLIENT = "kubernetes.io/kube-apiserver-client";
const KUBELET = "kubernetes.io/kube-apiserver-client-kubelet";
const SERVING = "kubernetes.io/kubelet-serving";
const CLIENT_USAGES = ["digital signature", "key encipherment", "client auth"];
const NODE = "CN=system:node:n1,O=system:nodes";

let authority: CertificateAuthority;
let keys: webcrypto.CryptoKeyPair;

beforeAll(async () => {
  authority = await createCertificateAuthority("test");
  keys = await webcrypto.subtle.generateKey(EC, true, ["sign", "verify"]);
});

async function pkcs10(subject: string, names: x509.JsonGeneralNames = [], algorithm: typeof EC | typeof RSA = EC) {
  const pair = algorithm === EC ? keys : await webcrypto.subtle.generateKey(RSA, true, ["sign", "verify"]);
  const extensions = names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)];
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: subject,
    keys: pair,
    signingAlgorithm: algorithm,
    extensions,
  });
  return request.toString("pem");
}

function signingRequest(pem: string, { signerName = CLIENT, usages = CLIENT_USAGES, expirationSeconds }: Asked) {
  const request = Buffer.from(pem).toString("base64");
  return {
    apiVersion: "certificates.k8s.io/v1",
    kind: "CertificateSigningRequest",
    metadata: { name: "c" },
    spec: { request, signerName, usages, ...(expirationSeconds === undefined ? {} : { expirationSeconds }) },
  };
}

function cluster(): SmallCluster {
  return smallCluster({ config: { certificateSigner: authority.signer } });
}

function approve(world: SmallCluster, type = "Approved"): void {
  const patch = {
    type: "merge",
    body: { status: { conditions: [{ type, status: "True", reason: "Test", message: "" }] } },
  } as const;
  const answer = world.send({
    verb: "patch",
    kind: CertificateSigningRequest,
    name: "c",
    subresource: "approval",
    patch,
  });
  expect(answer.ok).toBe(true);
  world.settle();
}

async function answered(asked: Asked, pem?: string): Promise<SmallCluster> {
  const world = cluster();
  const text = pem ?? (await pkcs10(asked.subject ?? "CN=ann,O=dev", asked.names));
  world.apply(CertificateSigningRequest, signingRequest(text, asked));
  world.settle();
  if (asked.signerName !== KUBELET) approve(world);
  return world;
}

const statusOf = (world: SmallCluster) => world.get(CertificateSigningRequest, "c")?.status;
function issued(world: SmallCluster): X509Certificate {
  return new X509Certificate(Buffer.from(statusOf(world)?.certificate ?? "", "base64"));
}
const hours = (certificate: X509Certificate): number =>
  (certificate.validToDate.getTime() - certificate.validFromDate.getTime()) / 3_600_000;

describe("an approved signing request", () => {
  it.each([
    ["a year", {}, 365 * 24],
    ["ten minutes and the five before", { expirationSeconds: 600 }, 0.25],
    ["a day, ended as much earlier as begun", { expirationSeconds: 86_400 }, 24],
    ["no longer than a year", { expirationSeconds: 10 * 365 * 86_400 }, 365 * 24],
  ])("is given a certificate of the cluster's authority: %s", async (_what, asked, life) => {
    const certificate = issued(await answered({ ...asked, names: [{ type: "dns", value: "a.example.com" }] }));
    expect(certificate.verify(new X509Certificate(authority.certificate).publicKey)).toBe(true);
    expect(certificate.checkIssued(new X509Certificate(authority.certificate))).toBe(true);
    expect(certificate.subject.split("\n").sort()).toEqual(["CN=ann", "O=dev"]);
    expect(certificate.subjectAltName).toBe("DNS:a.example.com");
    expect(certificate.ca).toBe(false);
    expect(hours(certificate)).toBeCloseTo(life, 3);
  });

  it("has the usages it asked for and no others", async () => {
    const world = await answered({
      signerName: SERVING,
      subject: NODE,
      usages: ["digital signature", "server auth"],
      names: [
        { type: "ip", value: "10.0.0.1" },
        { type: "dns", value: "n1" },
      ],
    });
    const parsed = new x509.X509Certificate(issued(world).raw);
    expect(parsed.getExtension(x509.ExtendedKeyUsageExtension)?.usages).toEqual([x509.ExtendedKeyUsage.serverAuth]);
    expect(parsed.getExtension(x509.KeyUsagesExtension)?.usages).toBe(x509.KeyUsageFlags.digitalSignature);
    expect(issued(world).subjectAltName).toBe("IP Address:10.0.0.1, DNS:n1");
  });

  it("may bring an RSA key", async () => {
    const certificate = issued(await answered({}, await pkcs10("CN=ann", [], RSA)));
    expect(certificate.publicKey.asymmetricKeyType).toBe("rsa");
  });

  it.each([
    [{ usages: ["server auth", "client auth"] }, "invalid usage for client certificate: server auth"],
    [{ usages: ["digital signature"] }, "missing required usage for client certificate: client auth"],
    [{ signerName: SERVING }, "subject organization is not system:nodes"],
    [{ signerName: SERVING, subject: NODE }, "DNS or IP subjectAltName is required"],
    [
      { signerName: SERVING, subject: NODE, names: [{ type: "dns" as const, value: "n" }] },
      "usages did not match [digital signature key encipherment server auth]",
    ],
    [
      {
        signerName: SERVING,
        subject: "CN=n1,O=system:nodes",
        names: [{ type: "dns" as const, value: "n" }],
        usages: ["digital signature", "key encipherment", "server auth"],
      },
      "subject common name does not begin with system:node:",
    ],
    [
      {
        signerName: SERVING,
        subject: NODE,
        names: [
          { type: "dns" as const, value: "n" },
          { type: "email" as const, value: "a@b.c" },
        ],
      },
      "Email subjectAltNames are not allowed",
    ],
  ])("%j fails: %s", async (asked, message) => {
    const world = await answered(asked);
    expect(statusOf(world)?.certificate).toBeUndefined();
    expect(statusOf(world)?.conditions).toMatchObject([
      { type: "Approved", lastUpdateTime: expect.any(String), lastTransitionTime: expect.any(String) },
      {
        type: "Failed",
        status: "True",
        reason: "SignerValidationFailure",
        message,
        lastTransitionTime: expect.any(String),
      },
    ]);
  });

  it("is left to others when its signer is theirs, and stays without answer when its signature is another's", async () => {
    expect(statusOf(await answered({ signerName: "example.com/s" }))?.certificate).toBeUndefined();
    const [one, other] = await Promise.all([pkcs10("CN=ann"), pkcs10("CN=bob")]);
    const bytes = Buffer.from(x509.PemConverter.decodeFirst(one));
    Buffer.from(x509.PemConverter.decodeFirst(other)).copy(bytes, bytes.length - 60, bytes.length - 60);
    const forged = x509.PemConverter.encode(Uint8Array.from(bytes).buffer, "CERTIFICATE REQUEST");
    expect(statusOf(await answered({}, forged))?.certificate).toBeUndefined();
  });

  it("that a kubelet sent needs nobody's approval", async () => {
    const world = await answered({ signerName: KUBELET, subject: NODE });
    expect(statusOf(world)?.conditions).toMatchObject([{ type: "Approved", reason: "AutoApproved" }]);
    expect(issued(world).subject).toContain("CN=system:node:n1");
  });

  it.each([
    ["Approved", {}, 1],
    ["Denied", {}, 1],
    ["Approved", { usages: ["any"] }, 1],
    ["Approved", { signerName: "example.com/s" }, 24],
  ])("%s %j is removed after %d h", async (verdict, asked, hoursKept) => {
    const world = cluster();
    world.apply(CertificateSigningRequest, signingRequest(await pkcs10("CN=ann"), asked));
    approve(world, verdict);
    world.advance(hoursKept * 3600 - 60);
    expect(statusOf(world)).toBeDefined();
    world.advance(120);
    expect(world.get(CertificateSigningRequest, "c")).toBeUndefined();
  });
});

describe("a certificate so issued", () => {
  const path = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
  const folder = mkdtempSync(join(tmpdir(), "atoll-"));
  let world: World;
  let url: string;
  beforeAll(async () => {
    const { certificate: caCertificate, signer: certificateSigner } = authority;
    const startTime = new Date().toISOString();
    world = await World.create({ members: [{ name: "m" }], startTime, caCertificate, certificateSigner });
    const server = await world.serve({ authority, kubeconfigDir: folder });
    url = server.urls.get("m") ?? "";
  });
  afterAll(async () => {
    await world.stop();
    rmSync(folder, { recursive: true });
  });
  const admin = (request: string, body?: unknown) => ask(world.httpHandler("m"), request, { body });

  it("is what its owner is known by", async () => {
    const wanted = signingRequest(await pkcs10("CN=ann,O=dev"), {});
    expect(admin(`POST ${path}`, wanted).code).toBe(201);
    const conditions = [{ type: "Approved", status: "True", reason: "Test" }];
    const { metadata } = admin(`GET ${path}/c`).json();
    const approved = admin(`PUT ${path}/c/approval`, { ...wanted, metadata, status: { conditions } });
    expect(approved.code).toBe(200);
    await world.settle();
    const { status } = admin(`GET ${path}/c`).json() as { readonly status: { readonly certificate: string } };
    const key = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
    const agent = new Agent({
      ca: authority.certificate,
      cert: Buffer.from(status.certificate, "base64"),
      key: x509.PemConverter.encode(key, "PRIVATE KEY"),
    });
    const review = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
    const answer = await new Promise<string>((resolve, reject) => {
      const headers = { "content-type": "application/json" };
      const sent = httpsRequest(
        `${url}/apis/authentication.k8s.io/v1/selfsubjectreviews`,
        { agent, method: "POST", headers },
        (response) => {
          let text = "";
          response.on("data", (chunk) => {
            text += chunk;
          });
          response.on("end", () => resolve(text));
        },
      );
      sent.on("error", reject).end(JSON.stringify(review));
    });
    expect(JSON.parse(answer)).toMatchObject({
      status: { userInfo: { username: "ann", groups: ["dev", "system:authenticated"] } },
    });
  });

  it("is had by permission to approve and to sign for its signer, and never for system:masters", async () => {
    const rules = [
      {
        apiGroups: ["certificates.k8s.io"],
        resources: [
          "certificatesigningrequests",
          "certificatesigningrequests/approval",
          "certificatesigningrequests/status",
        ],
        verbs: ["*"],
      },
    ];
    const role = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name: "csr" }, rules };
    const subjects = [{ kind: "User", name: "ann", apiGroup: "rbac.authorization.k8s.io" }];
    const roleRef = { kind: "ClusterRole", name: "csr", apiGroup: "rbac.authorization.k8s.io" };
    admin("POST /apis/rbac.authorization.k8s.io/v1/clusterroles", role);
    admin("POST /apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
      ...role,
      kind: "ClusterRoleBinding",
      roleRef,
      subjects,
      rules: undefined,
    });
    const ann = (request: string, body?: unknown) => ask(world.httpHandler("m"), request, { body, user: "ann" });
    const wanted = {
      ...signingRequest(await pkcs10("CN=x"), { signerName: "example.com/s" }),
      metadata: { name: "d" },
    };
    expect(ann(`POST ${path}`, wanted).code).toBe(201);
    const status = { conditions: [{ type: "Approved", status: "True", reason: "Test" }] };
    const subject = 'certificatesigningrequests.certificates.k8s.io "d" is forbidden: user not permitted to';
    const { metadata } = ann(`GET ${path}/d`).json();
    expect(ann(`PUT ${path}/d/approval`, { ...wanted, metadata, status }).json()).toMatchObject({
      code: 403,
      message: `${subject} approve requests with signerName "example.com/s"`,
    });
    const failed = { conditions: [{ type: "Failed", status: "True", reason: "Test" }] };
    expect(ann(`PUT ${path}/d/status`, { ...wanted, metadata, status: failed }).json()).toMatchObject({
      code: 403,
      message: `${subject} sign requests with signerName "example.com/s"`,
    });
    const masters = { ...signingRequest(await pkcs10("CN=x,O=system:masters"), {}), metadata: { name: "e" } };
    expect(admin(`POST ${path}`, masters).json()).toMatchObject({
      code: 403,
      message:
        'certificatesigningrequests.certificates.k8s.io "e" is forbidden: use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed',
    });
  });
});
