import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConfigMap } from "../../src/api/index.ts";
import { remoteClient } from "../../src/remote/index.ts";
import { createCertificateAuthority, kubeconfigText } from "../../src/serving/index.ts";
import { Loop, Random, settle, Trace } from "../../src/sim/index.ts";

// No nock in this file: it replaces agents, and these are what is looked at.

let url: string;
let kubeconfig: string;
let connections = 0;
let underWay = 0;
let mostUnderWay = 0;
let close: () => void;

beforeAll(async () => {
  const authority = await createCertificateAuthority("kubernetes");
  const { certificate: cert, privateKey: key } = await authority.issueServer({ dns: [], ip: ["127.0.0.1"] });
  const server = createServer({ cert, key }, (_request, response) => {
    underWay++;
    mostUnderWay = Math.max(mostUnderWay, underWay);
    setImmediate(() => {
      underWay--;
      response.writeHead(200, { "content-type": "application/json" }).end('{"metadata":{"name":"a"}}');
    });
  });
  server.on("secureConnection", () => connections++);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = await authority.issueClient({ commonName: "admin", organizations: [] });
  kubeconfig = kubeconfigText([{ name: "m1", server: url, certificateAuthority: authority.certificate, client }]);
  close = () => {
    server.closeAllConnections();
    server.close();
  };
});
afterAll(() => close());

describe("connections to a remote cluster", () => {
  it("are few, kept, and bounded by the concurrency", async () => {
    const loop = new Loop({ startMs: 0, random: new Random(1), trace: new Trace() });
    const limits = { concurrency: 4, qps: 100_000, burst: 1000 };
    const client = await remoteClient({ cluster: "m1", kubeconfig: { text: kubeconfig }, loop, ...limits });
    let answered = 0;
    for (let round = 1; round <= 5; round++) {
      for (let count = 0; count < 40; count++)
        client.send({ verb: "get", kind: ConfigMap, namespace: "default", name: "a" }, ({ ok }) => {
          if (ok) answered++;
        });
      while (!loop.idle) {
        settle(loop, { maxSteps: 1000, maxVirtualMs: 1 });
        await new Promise(setImmediate);
      }
    }
    client.close();
    expect(answered).toBe(200);
    expect(connections).toBeLessThanOrEqual(4);
    expect(mostUnderWay).toBeLessThanOrEqual(4);
  });

  it("are refused to a server the kubeconfig's authority did not sign", async () => {
    const loop = new Loop({ startMs: 0, random: new Random(1), trace: new Trace() });
    const other = await createCertificateAuthority("another");
    const person = await other.issueClient({ commonName: "admin", organizations: [] });
    const text = kubeconfigText([{ name: "m1", server: url, certificateAuthority: other.certificate, client: person }]);
    const client = await remoteClient({ cluster: "m1", kubeconfig: { text }, loop });
    const reasons: (string | undefined)[] = [];
    client.raw("/version", (answer) => reasons.push(answer.ok ? "ok" : answer.status.reason));
    while (!loop.idle) {
      settle(loop, { maxSteps: 1000, maxVirtualMs: 1 });
      await new Promise(setImmediate);
    }
    client.close();
    expect(reasons).toEqual(["ServiceUnavailable"]);
  });

  it("fail early when the kubeconfig names no such context", async () => {
    const loop = new Loop({ startMs: 0, random: new Random(1), trace: new Trace() });
    const opening = remoteClient({ cluster: "m1", kubeconfig: { text: kubeconfig }, context: "m2", loop });
    await expect(opening).rejects.toThrow(/context m2 of the kubeconfig is missing/);
  });
});
