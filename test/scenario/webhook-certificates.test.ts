import { afterAll, beforeAll, expect, it } from "vitest";
import { World } from "../../src/scenario/index.ts";
import { type CertificateAuthority, createCertificateAuthority, type KeyPairPem } from "../../src/serving/index.ts";

const UNKNOWN = "x509: certificate signed by unknown authority";
const base64 = (text: string): string => Buffer.from(text).toString("base64");

let world: World;
let authority: CertificateAuthority;

/** A pod of webhooks behind a Service, which shows the certificate. */
function hookPod(name: string, pair: KeyPairPem): readonly object[] {
  const mount = "/webhook.local.config/certificates";
  return [
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name },
      data: { "tls.crt": base64(pair.certificate), "tls.key": base64(pair.privateKey) },
    },
    {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, labels: { app: name } },
      spec: {
        volumes: [{ name: "certs", secret: { secretName: name } }],
        containers: [
          {
            name: "c",
            image: "registry.k8s.io/e2e-test-images/agnhost:2.53",
            args: [
              "webhook",
              `--tls-cert-file=${mount}/tls.crt`,
              `--tls-private-key-file=${mount}/tls.key`,
              "--port=8444",
            ],
            volumeMounts: [{ name: "certs", mountPath: mount, readOnly: true }],
          },
        ],
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name },
      spec: { selector: { app: name }, ports: [{ port: 8443, targetPort: 8444 }] },
    },
  ];
}

beforeAll(async () => {
  authority = await createCertificateAuthority("hooks");
  world = await World.create({ members: [{ name: "m" }] });
  const member = world.member("m");
  for (const object of hookPod("good", await authority.issueServer({ dns: ["good.default.svc"], ip: [] })))
    await member.apply(object);
  for (const object of hookPod("other", await authority.issueServer({ dns: ["good.default.svc"], ip: [] })))
    await member.apply(object);
  const { certificate, privateKey } = await authority.issueServer({ dns: ["long.default.svc"], ip: [] });
  const chain = [certificate, ...Array.from({ length: 20 }, () => authority.certificate)].join("\n");
  for (const object of hookPod("long", { certificate: chain, privateKey })) await member.apply(object);
  await world.settle();
});
afterAll(() => world.stop());

/** What comes of a ConfigMap where such a webhook denies all. */
async function outcome(service: string, trusted: string | undefined, failurePolicy: string): Promise<string> {
  const member = world.member("m");
  const clientConfig = {
    service: { namespace: "default", name: service, path: "/always-deny", port: 8443 },
    ...(trusted === undefined ? {} : { caBundle: base64(trusted) }),
  };
  const rules = [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] }];
  await member.apply({
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    metadata: { name: "v" },
    webhooks: [
      { name: "a.hooks.io", rules, clientConfig, failurePolicy, sideEffects: "None", admissionReviewVersions: ["v1"] },
    ],
  });
  try {
    await member.apply({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "made" } });
    return "made";
  } catch (error) {
    return (error as Error).message;
  } finally {
    await member.delete("configmaps", "made").catch(() => undefined);
  }
}

it("a webhook in a pod is believed by its Service's name and the authority stated, or not called", async () => {
  const other = (await createCertificateAuthority("other")).certificate;
  const failed = (service: string, why: string): string =>
    `Internal error occurred: failed calling webhook "a.hooks.io": failed to call webhook: Post "https://${service}.default.svc:8443/always-deny?timeout=10s": tls: failed to verify certificate: ${why}`;
  const denied = 'admission webhook "a.hooks.io" denied the request: this webhook denies all requests';
  expect(await outcome("good", authority.certificate, "Fail")).toBe(denied);
  expect(await outcome("good", `${other}\n${authority.certificate}`, "Fail")).toBe(denied);
  expect(await outcome("good", other, "Fail")).toBe(failed("good", UNKNOWN));
  // Each of the twenty vouches for the others.
  expect(await outcome("long", authority.certificate, "Fail")).toBe(denied);
  expect(await outcome("long", other, "Fail")).toBe(failed("long", UNKNOWN));
  expect(await outcome("good", undefined, "Fail")).toBe(failed("good", UNKNOWN));
  expect(await outcome("good", other, "Ignore")).toBe("made");
  expect(await outcome("other", authority.certificate, "Fail")).toBe(
    failed("other", "x509: certificate is valid for good.default.svc, not other.default.svc"),
  );
});
