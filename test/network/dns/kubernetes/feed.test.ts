import { describe, expect, it } from "vitest";
import { failure, type KubeObject } from "../../../../src/apimachinery/index.ts";
import type { Answer, WatchSink } from "../../../../src/apiserver/index.ts";
import { type ClusterClient, InformerFactory } from "../../../../src/client/index.ts";
import type { Loop } from "../../../../src/sim/index.ts";
import { type Bench, bench } from "../../containers.ts";
import { service } from "../../objects.ts";

const COREFILE = `.:53 {
  errors
  kubernetes cluster.local {
    startup_timeout 3s
  }
}
`;

/** An API server that has one Service, and may be silent, there, or gone. */
class FickleServer implements ClusterClient {
  readonly cluster = "c1";
  state: "silent" | "there" | "gone" = "there";
  readonly #watches = new Set<WatchSink>();
  readonly #unanswered: (() => void)[] = [];

  send(request: Parameters<ClusterClient["send"]>[0], onAnswer: (answer: Answer) => void): void {
    const answer = (): void => onAnswer(this.#answer(request));
    if (this.state === "silent") this.#unanswered.push(answer);
    else answer();
  }

  watch(_request: Parameters<ClusterClient["watch"]>[0], sink: WatchSink): { stop(): void } {
    if (this.state === "gone") sink.onEnd();
    else this.#watches.add(sink);
    return { stop: () => void this.#watches.delete(sink) };
  }

  raw(): void {}

  speak(): void {
    this.state = "there";
    for (const answer of this.#unanswered.splice(0)) answer();
  }

  leave(): void {
    this.state = "gone";
    for (const sink of [...this.#watches]) sink.onEnd();
  }

  #answer(request: Parameters<ClusterClient["send"]>[0]): Answer {
    if (this.state === "gone") return { ok: false, status: failure("ServiceUnavailable", "connection refused") };
    const named = { name: "default", uid: "u", resourceVersion: "1" };
    const web = service("web", { clusterIP: "10.96.0.20", clusterIPs: ["10.96.0.20"] });
    const items: Readonly<Record<string, readonly KubeObject[]>> = {
      Namespace: [{ apiVersion: "v1", kind: "Namespace", metadata: named }],
      Service: [{ ...web, metadata: { ...web.metadata, uid: "w", resourceVersion: "1" } }],
    };
    const kind = request.kind.kind;
    const list = {
      apiVersion: "v1",
      kind: `${kind}List`,
      metadata: { resourceVersion: "1" },
      items: items[kind] ?? [],
    };
    return { ok: true, code: 200, object: list as unknown as KubeObject };
  }
}

/** A CoreDNS in a pod of its own over such a server, and a client beside it. */
function started(state: FickleServer["state"]): { readonly made: Bench; readonly api: FickleServer } {
  const made = bench();
  const api = new FickleServer();
  api.state = state;
  const informers = (loop: Loop): InformerFactory => new InformerFactory(api, loop);
  made.network.attach("c1", { proxy: informers(made.loop), dns: informers(made.loop) });
  made.run({
    name: "coredns",
    image: "registry.k8s.io/coredns/coredns:v1.14.7",
    ip: "10.1.0.53",
    container: { args: ["-conf", "/etc/coredns/Corefile"] },
    files: { "/etc/coredns/Corefile": COREFILE },
  });
  made.run({ name: "client", image: "busybox:1.36", container: { command: ["sleep", "1d"] } });
  return { made, api };
}

const status = ({ exec }: Bench, name: string): string =>
  /status: (\w+)/.exec(exec("client", "dig", "@10.1.0.53", `${name}.default.svc.cluster.local`).stdout)?.[1] ??
  "silence";
const log = ({ network }: Bench): readonly string[] =>
  network.log({ cluster: "c1", namespace: "default", pod: "coredns" })?.text.split("\n") ?? [];

describe("an API server that does not answer", () => {
  it("CD-23 is waited for as long as the Corefile says; then names fail, until it does", () => {
    const { made, api } = started("silent");
    made.advance(2_900);
    expect(status(made, "web")).toBe("silence");
    made.advance(200);
    const waiting = "[INFO] plugin/kubernetes: waiting for Kubernetes API before starting server";
    expect(log(made).slice(0, 7)).toEqual([
      ...Array.from({ length: 5 }, () => waiting),
      "[WARNING] plugin/kubernetes: starting server with unsynced Kubernetes API",
      ".:53",
    ]);
    expect([status(made, "web"), status(made, "nope")]).toEqual(["SERVFAIL", "SERVFAIL"]);
    api.speak();
    made.advance(100);
    expect([status(made, "web"), status(made, "nope")]).toEqual(["NOERROR", "NXDOMAIN"]);
  });

  it("CD-24 and did before: what it said last is served for as long as it is away", () => {
    const { made, api } = started("there");
    made.advance(1_000);
    expect([status(made, "web"), status(made, "nope")]).toEqual(["NOERROR", "NXDOMAIN"]);
    api.leave();
    made.advance(12 * 3_600_000);
    expect([status(made, "web"), status(made, "nope")]).toEqual(["NOERROR", "NXDOMAIN"]);
  });
});
