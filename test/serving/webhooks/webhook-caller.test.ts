import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { ConfigMap, Namespace, Service } from "../../../src/api/index.ts";
import type { Answer, ApiRequest } from "../../../src/apiserver/index.ts";
import { createCertificateAuthority, type KeyPairPem, wallClock, webhookCaller } from "../../../src/serving/index.ts";
import { driveByWallClock, Loop, Random, Trace } from "../../../src/sim/index.ts";
import { configuration, hook } from "../../apiserver/admission/webhook-fixture.ts";
import { ADMIN, type Fixture, fixture, object, START_MS } from "../../apiserver/fixture.ts";

let caBundle: string;
let certificate: KeyPairPem;
let ofService: KeyPairPem;
const stops: (() => unknown)[] = [];

beforeAll(async () => {
  const authority = await createCertificateAuthority("hooks");
  caBundle = Buffer.from(authority.certificate).toString("base64");
  certificate = await authority.issueServer({ dns: ["localhost"], ip: ["127.0.0.1"] });
  ofService = await authority.issueServer({ dns: ["policy.hooks.svc"], ip: [] });
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** A server on a free port of loopback; returns the port. */
async function listening(server: Server | ReturnType<typeof createHttpServer>): Promise<number> {
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  stops.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => void server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

/** A webhook that says the same to all reviews. */
function webhook(response: Readonly<Record<string, unknown>>, pair: KeyPairPem = certificate): Promise<number> {
  return listening(
    secure(pair, (incoming, outgoing) => {
      let text = "";
      incoming.on("data", (chunk: Buffer) => {
        text += chunk.toString();
      });
      incoming.on("end", () => {
        const { apiVersion, kind, request } = JSON.parse(text) as {
          apiVersion: string;
          kind: string;
          request: { uid: string };
        };
        outgoing.end(JSON.stringify({ apiVersion, kind, response: { uid: request.uid, ...response } }));
      });
    }),
  );
}

function secure({ certificate: cert, privateKey: key }: KeyPairPem, answer: RequestListener): Server {
  return createServer({ cert, key }, answer);
}

/** A server on the wall clock that calls real webhooks. */
function driven(): Fixture {
  const loop = new Loop({ startMs: START_MS, random: new Random(7), trace: new Trace() });
  const made = fixture({ loop, webhooks: webhookCaller({ loop }) });
  stops.push(driveByWallClock(loop, wallClock, 1));
  return { ...made, loop };
}

const creation: ApiRequest = {
  verb: "create",
  kind: ConfigMap,
  namespace: "default",
  object: object("v1", "ConfigMap", { name: "m", namespace: "default" }),
};

function sent({ server }: Fixture, request: ApiRequest = creation): Promise<Answer> {
  return new Promise((resolve) => server.handle(request, ADMIN, resolve));
}

async function messageFor(clientConfig: unknown, fields: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const made = driven();
  made.good(configuration("validating", "v", [hook("a.hooks.io", { clientConfig, ...fields })]));
  const answer = await sent(made);
  return answer.ok ? "" : (answer.status.message ?? "");
}

const failedTo = (url: string, why: string): string =>
  `Internal error occurred: failed calling webhook "a.hooks.io": failed to call webhook: Post "${url}": ${why}`;

describe("calls of webhooks", () => {
  it("reach a URL over HTTPS, by the authority the configuration states", async () => {
    const port = await webhook({ allowed: false, status: { message: "not today" } });
    expect(await messageFor({ url: `https://localhost:${port}/admit`, caBundle })).toBe(
      'admission webhook "a.hooks.io" denied the request: not today',
    );
  });

  it("hold virtual time while they are outside", async () => {
    const port = await webhook({ allowed: true });
    const made = driven();
    made.good(
      configuration("validating", "v", [
        hook("a.hooks.io", { clientConfig: { url: `https://localhost:${port}`, caBundle } }),
      ]),
    );
    const answer = sent(made);
    expect(made.loop.holds.map(({ why }) => why)).toEqual(["webhook a.hooks.io"]);
    expect(await answer).toMatchObject({ ok: true, code: 201 });
    expect(made.loop.holds).toEqual([]);
  });

  it("reach a Service that stands for an external name, which shows a certificate of the Service", async () => {
    const port = await webhook({ allowed: false, status: { message: "no" } }, ofService);
    const message = async (namespace: string): Promise<string | undefined> => {
      const made = driven();
      const space = object("v1", "Namespace", { name: "hooks" });
      made.good({ verb: "create", kind: Namespace, object: space });
      const spec = { type: "ExternalName", externalName: "localhost" };
      const service = object("v1", "Service", { name: "policy", namespace }, { spec });
      made.good({ verb: "create", kind: Service, namespace, object: service });
      const clientConfig = { service: { namespace, name: "policy", port }, caBundle };
      made.good(configuration("validating", "v", [hook("a.hooks.io", { clientConfig })]));
      const answer = await sent(made);
      return answer.ok ? "" : answer.status.message;
    };
    expect(await message("hooks")).toBe('admission webhook "a.hooks.io" denied the request: no');
    const why = "x509: certificate is valid for policy.hooks.svc, not policy.default.svc";
    expect(await message("default")).toBe(
      failedTo(`https://policy.default.svc:${port}/?timeout=10s`, `tls: failed to verify certificate: ${why}`),
    );
  });

  it("do not reach Services that are not there, or have no such port", async () => {
    const service = { namespace: "default", name: "policy", path: "/x" };
    expect(await messageFor({ service })).toBe(
      failedTo("https://policy.default.svc:443/x?timeout=10s", 'service "policy" not found'),
    );
  });

  it("believe no other authority, and no certificate for another name", async () => {
    const own = await webhook({ allowed: true });
    const url = `https://localhost:${own}`;
    expect(await messageFor({ url })).toBe(
      failedTo(
        `${url}?timeout=10s`,
        "tls: failed to verify certificate: x509: certificate signed by unknown authority",
      ),
    );
    const other = await webhook({ allowed: true }, ofService);
    expect(await messageFor({ url: `https://localhost:${other}`, caBundle })).toContain(
      "x509: certificate is valid for policy.hooks.svc, not localhost",
    );
  });

  it("fail as Go says it when nobody listens, no name is known, or no TLS is spoken", async () => {
    const server = createHttpServer((_, outgoing) => outgoing.end("{}"));
    const plain = await listening(server);
    expect(await messageFor({ url: `https://127.0.0.1:${plain}`, caBundle })).toContain(
      "http: server gave HTTP response to HTTPS client",
    );
    expect(await messageFor({ url: "https://127.0.0.1:1/x", caBundle })).toBe(
      failedTo("https://127.0.0.1:1/x?timeout=10s", "dial tcp 127.0.0.1:1: connect: connection refused"),
    );
    expect(await messageFor({ url: "https://no.such.host.invalid/x", caBundle })).toMatch(
      /dial tcp: lookup no\.such\.host\.invalid: (?:no such host|Temporary failure in name resolution)$/,
    );
  });

  it("end when their time is over", async () => {
    const port = await listening(secure(certificate, () => undefined));
    const url = `https://localhost:${port}`;
    expect(await messageFor({ url, caBundle }, { timeoutSeconds: 1 })).toBe(
      failedTo(`${url}?timeout=1s`, "context deadline exceeded"),
    );
  });

  it("report what is no review", async () => {
    const port = await listening(secure(certificate, (_, outgoing) => outgoing.writeHead(404).end("nothing here")));
    const url = `https://localhost:${port}`;
    expect(await messageFor({ url, caBundle })).toBe(
      'Internal error occurred: failed calling webhook "a.hooks.io": failed to call webhook: the server could not find the requested resource',
    );
  });
});
