import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { Agent, request } from "node:https";
import { connect, createServer, type TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { builtinDescriptors } from "../../src/api/index.ts";
import { ApiServer, handleHttp } from "../../src/apiserver/index.ts";
import { userOfSocket } from "../../src/serving/authentication.ts";
import {
  type CertificateAuthority,
  createCertificateAuthority,
  createTokenSigner,
  type HttpsListener,
  type KeyPairPem,
  listenHttps,
  wallClock,
} from "../../src/serving/index.ts";
import { driveByWallClock, Loop, Random, Trace } from "../../src/sim/index.ts";

type Asked = { readonly client?: KeyPairPem; readonly headers?: Record<string, string | string[]> };
type UserInfo = { readonly username: string; readonly groups: readonly string[] };

const REVIEW = JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" });

describe("who a connection belongs to", () => {
  let authority: CertificateAuthority;
  let listener: HttpsListener;
  let stopDriving: () => void;

  beforeAll(async () => {
    const loop = new Loop({ startMs: Date.UTC(2030, 0, 1), random: new Random(7), trace: new Trace() });
    const server = new ApiServer({
      cluster: "served",
      loop,
      descriptors: builtinDescriptors,
      version: { major: "1", minor: "34", gitVersion: "v1.34.0" },
      rbac: true,
      staticTokens: new Map([["s3cret", { name: "ci", groups: ["builders"] }]]),
    });
    authority = await createCertificateAuthority("test");
    listener = await listenHttps({
      loop,
      handler: (exchange, responder) => handleHttp(server, exchange, responder),
      certificate: await authority.issueServer({ dns: ["localhost"], ip: ["127.0.0.1"] }),
      clientAuthority: authority.certificate,
      address: "127.0.0.1",
      port: 0,
    });
    stopDriving = driveByWallClock(loop, wallClock, 1);
  });
  afterAll(async () => {
    stopDriving();
    await listener.close();
  });

  /** POST of a SelfSubjectReview: the status, and the user or the message of the answer. */
  function whoami({ client, headers = {} }: Asked): Promise<readonly [number, unknown]> {
    const agent = new Agent({
      ca: authority.certificate,
      ...(client === undefined ? {} : { cert: client.certificate, key: client.privateKey }),
    });
    return new Promise((done, failed) => {
      const url = `${listener.url}/apis/authentication.k8s.io/v1/selfsubjectreviews`;
      const options = { agent, method: "POST", headers: { "content-type": "application/json", ...headers } };
      const sent = request(url, options, (response) => {
        let text = "";
        response.on("data", (chunk: Buffer) => {
          text += chunk.toString();
        });
        response.on("end", () => {
          agent.destroy();
          const answer = JSON.parse(text) as { status?: { userInfo?: UserInfo }; message?: string };
          done([response.statusCode ?? 0, answer.status?.userInfo ?? answer.message]);
        });
      });
      sent.on("error", failed);
      sent.end(REVIEW);
    });
  }

  const issue = (commonName: string, ...organizations: readonly string[]): Promise<KeyPairPem> =>
    authority.issueClient({ commonName, organizations });

  it("is told by a client certificate: the common name is the user, organizations are groups", async () => {
    const known = (pair: KeyPairPem): object => {
      const fingerprint = new X509Certificate(pair.certificate).fingerprint256.replaceAll(":", "").toLowerCase();
      return { extra: { "authentication.kubernetes.io/credential-id": [`X509SHA256=${fingerprint}`] } };
    };
    const jane = await issue("jane", "dev", "ops");
    expect(await whoami({ client: jane })).toEqual([
      201,
      { username: "jane", groups: ["dev", "ops", "system:authenticated"], ...known(jane) },
    ]);
    const alone = await issue("alone");
    expect(await whoami({ client: alone })).toEqual([
      201,
      { username: "alone", groups: ["system:authenticated"], ...known(alone) },
    ]);
  });

  it("is nobody's when another authority signed the certificate", async () => {
    const stranger = await createCertificateAuthority("stranger");
    const client = await stranger.issueClient({ commonName: "kubernetes-admin", organizations: ["system:masters"] });
    expect(await whoami({ client })).toEqual([403, expect.stringContaining('User "system:anonymous"')]);
  });

  it("is nobody's once the client has hung up", async () => {
    const pem = ({ certificate: cert, privateKey: key }: KeyPairPem) => ({ cert, key });
    const own = pem(await authority.issueServer({ dns: ["localhost"], ip: ["127.0.0.1"] }));
    const client = pem(await issue("jane"));
    const server = createServer({ ...own, ca: authority.certificate, requestCert: true }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { readonly port: number };
    const dialled = connect({ port, host: "127.0.0.1", servername: "localhost", ca: authority.certificate, ...client });
    const [socket] = (await once(server, "secureConnection")) as [TLSSocket];
    socket.on("error", () => {});
    socket.destroy();
    dialled.on("error", () => {}).destroy();
    await once(socket, "close");
    expect([socket.authorized, userOfSocket(socket).name]).toEqual([true, "system:anonymous"]);
    server.close();
  });

  it("is told by a token where there is no certificate, and only there", async () => {
    const headers = { authorization: "Bearer s3cret" };
    expect(await whoami({ headers })).toEqual([201, { username: "ci", groups: ["builders", "system:authenticated"] }]);
    expect(await whoami({ client: await issue("jane"), headers })).toMatchObject([201, { username: "jane" }]);
    expect(await whoami({ headers: { authorization: "Bearer wrong" } })).toEqual([401, "Unauthorized"]);
  });

  it("keeps the groups of an impersonation apart, each in a header of its own", async () => {
    const client = await issue("kubernetes-admin", "system:masters");
    const headers = { "impersonate-user": "bob", "impersonate-group": ["a, b", "c"] };
    expect(await whoami({ client, headers })).toEqual([
      201,
      { username: "bob", groups: ["a, b", "c", "system:authenticated"] },
    ]);
  });
});

describe("the token signer", () => {
  const signer = createTokenSigner();
  const claims = { iss: "me", sub: "you", exp: 1 };

  it("recognizes what it has signed, and nothing else", () => {
    const token = signer.sign(claims);
    const [head = "", body = "", signature = ""] = token.split(".");
    const forged = Buffer.from(JSON.stringify({ ...claims, sub: "root" })).toString("base64url");
    const unsigned = Buffer.from(JSON.stringify({ alg: "none" })).toString("base64url");
    expect(signer.verify(token)).toEqual(claims);
    expect(signer.verify(token)).toEqual(claims);
    const others = ["", "a", "a.b.c", `${head}.${forged}.${signature}`, `${unsigned}.${body}.`, `${token}.more`];
    expect(others.map((other) => signer.verify(other))).toEqual(others.map(() => undefined));
    expect(createTokenSigner().verify(token)).toBeUndefined();
  });

  it("publishes the key its tokens name, and keeps the private one", () => {
    const [key] = signer.publicKeys();
    const head = JSON.parse(Buffer.from(signer.sign(claims).split(".")[0] as string, "base64url").toString());
    expect(head).toEqual({ alg: "ES256", kid: key?.kid });
    expect(key).not.toHaveProperty("d");
  });
});
