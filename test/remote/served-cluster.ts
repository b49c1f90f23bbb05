import { setTimeout as wait } from "node:timers/promises";
import { builtinDescriptors, Namespace } from "../../src/api/index.ts";
import { ApiServer, handleHttp, namespaceLifecyclePlugin } from "../../src/apiserver/index.ts";
import { type RemoteClient, type RemoteClientOptions, remoteClient } from "../../src/remote/index.ts";
import { createCertificateAuthority, type HttpHandler, kubeconfigText, listenHttps } from "../../src/serving/index.ts";
import { Loop, Random, settle, Trace } from "../../src/sim/index.ts";

const PATIENCE_MS = 10_000;

/** A cluster served over HTTPS on this machine, and a client of it on the same loop. */
export type ServedCluster = {
  readonly loop: Loop;
  readonly server: ApiServer;
  readonly client: RemoteClient;
  readonly kubeconfig: string;
  /** Drives the loop until what is awaited came, and neither it nor the sockets have anything more to say. */
  settle(until?: () => boolean): Promise<void>;
  close(): Promise<void>;
};

export async function servedCluster(
  options: Partial<RemoteClientOptions> & { readonly historyLimit?: number; readonly handler?: HttpHandler } = {},
): Promise<ServedCluster> {
  const { historyLimit, handler, ...clientOptions } = options;
  const loop = new Loop({ startMs: Date.UTC(2030, 0, 1), random: new Random(7), trace: new Trace() });
  const server = new ApiServer({
    cluster: "member1",
    loop,
    descriptors: builtinDescriptors,
    version: { major: "1", minor: "34", gitVersion: "v1.34.0" },
    admission: [namespaceLifecyclePlugin],
    ...(historyLimit === undefined ? {} : { historyLimit }),
  });
  const metadata = { name: "default" };
  const admin = { name: "admin", groups: ["system:masters"] };
  server.answer({ verb: "create", kind: Namespace, object: { apiVersion: "v1", kind: "Namespace", metadata } }, admin);
  const authority = await createCertificateAuthority("kubernetes");
  const listener = await listenHttps({
    loop,
    handler: handler ?? ((exchange, responder) => handleHttp(server, exchange, responder)),
    certificate: await authority.issueServer({ dns: ["localhost"], ip: ["127.0.0.1"] }),
    clientAuthority: authority.certificate,
    address: "127.0.0.1",
    port: 0,
  });
  const person = await authority.issueClient({ commonName: "admin", organizations: ["system:masters"] });
  const context = { server: listener.url, certificateAuthority: authority.certificate, client: person };
  const kubeconfig = kubeconfigText([{ name: "member1", ...context }]);
  const client = await remoteClient({
    cluster: "member1",
    loop,
    kubeconfig: { text: kubeconfig },
    qps: 10_000,
    burst: 10_000,
    ...clientOptions,
  });
  return {
    loop,
    server,
    client,
    kubeconfig,
    settle: (until) => quiet(loop, until),
    close: async () => {
      client.close();
      await listener.close();
    },
  };
}

/**
 * Sockets give no sign when they have nothing more to say: nothing for a few milliseconds counts as that. A busy machine is slower
 * than that, so a test that awaits something names it, and has waited in vain only after seconds.
 */
async function quiet(loop: Loop, until: () => boolean = () => true): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (let rounds = 0; rounds < 4; rounds++) {
    const before = loop.steps;
    settle(loop, { maxSteps: 1_000_000, maxVirtualMs: 10_000 });
    const waiting = !until() && performance.now() < deadline;
    if (waiting || loop.steps > before || loop.holds.length > 0) rounds = -1;
    await wait(2);
  }
}
