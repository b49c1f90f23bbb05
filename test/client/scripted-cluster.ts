import { failure, type KubeObject, objectKey, type unstructured } from "../../src/apimachinery/index.ts";
import type { Answer, WatchEvent, WatchSink } from "../../src/apiserver/index.ts";
import type { ClusterClient } from "../../src/client/index.ts";
import { Loop, Random, Trace } from "../../src/sim/index.ts";

const START_MS = Date.parse("2026-01-01T00:00:00Z");

export function testLoop(seed = 1): Loop {
  return new Loop({ startMs: START_MS, random: new Random(seed), trace: new Trace() });
}

type Watch = { readonly sink: WatchSink; readonly pending: { revision: number; event: WatchEvent }[]; over: boolean };

/**
 * One kind in one cluster at the client port, whose watch delivers only when told to: the network between a cluster and its
 * client, as bad as a test wants it. Not an API server: it checks nothing.
 */
export class ScriptedCluster implements ClusterClient {
  readonly cluster = "member1";
  readonly objects = new Map<string, KubeObject>();
  /** What each request was, for tests that count. */
  readonly requests: string[] = [];
  down = false;
  #revision = 0;
  #oldest = 0;
  #uids = 0;
  readonly #history: { revision: number; event: WatchEvent }[] = [];
  readonly #watches = new Set<Watch>();
  readonly #loop: Loop;

  constructor(loop: Loop) {
    this.#loop = loop;
  }

  send(request: Parameters<ClusterClient["send"]>[0], onAnswer: (answer: Answer) => void): void {
    this.requests.push(request.verb);
    if (this.down) onAnswer({ ok: false, status: failure("ServiceUnavailable", "down") });
    else onAnswer({ ok: true, code: 200, object: this.#list() });
  }

  watch(request: Parameters<ClusterClient["watch"]>[0], sink: WatchSink): { stop(): void } {
    this.requests.push("watch");
    const watch: Watch = { sink, pending: [], over: false };
    const from = Number(request.options?.resourceVersion);
    if (this.down) this.#refuse(watch, "ServiceUnavailable");
    else if (from < this.#oldest) this.#refuse(watch, "Expired");
    else {
      watch.pending.push(...this.#history.filter(({ revision }) => revision > from));
      this.#watches.add(watch);
    }
    return {
      stop: () => {
        watch.over = true;
        this.#watches.delete(watch);
      },
    };
  }

  raw(): void {
    throw new Error("not scripted");
  }

  /** Creates or changes an object as anybody; what the writer would be answered. */
  write(name: string, value: string): KubeObject {
    const before = this.objects.get(name);
    const uid = before?.metadata.uid ?? `uid-${++this.#uids}`;
    const resourceVersion = String(++this.#revision);
    const metadata = { name, uid, resourceVersion, labels: { value } };
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata };
    this.objects.set(name, object);
    this.#happened({ type: before === undefined ? "ADDED" : "MODIFIED", object });
    return object;
  }

  /** Deletes; the uid a deleter would be answered. */
  remove(name: string): string | undefined {
    const before = this.objects.get(name);
    if (before === undefined) return undefined;
    this.objects.delete(name);
    const object = { ...before, metadata: { ...before.metadata, resourceVersion: String(++this.#revision) } };
    this.#happened({ type: "DELETED", object });
    return before.metadata.uid;
  }

  /** Lets the watches have their next event. */
  deliver(): void {
    for (const watch of [...this.#watches]) {
      const next = watch.pending.shift();
      if (next !== undefined) watch.sink.onEvent(next.event);
    }
  }

  deliverAll(): void {
    while ([...this.#watches].some(({ pending }) => pending.length > 0)) this.deliver();
  }

  bookmark(): void {
    const object = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "", resourceVersion: String(this.#revision) },
    };
    for (const watch of this.#watches)
      watch.pending.push({ revision: this.#revision, event: { type: "BOOKMARK", object } });
  }

  /** Ends all watches; what was not delivered is lost with them. */
  disconnect(): void {
    for (const watch of [...this.#watches]) {
      this.#watches.delete(watch);
      watch.sink.onEnd();
    }
  }

  /** Forgets history: watches from before are refused as expired. */
  compact(): void {
    this.#oldest = this.#revision;
  }

  #happened(event: WatchEvent): void {
    const entry = { revision: this.#revision, event };
    this.#history.push(entry);
    for (const watch of this.#watches) watch.pending.push(entry);
  }

  #list(): ReturnType<typeof unstructured> {
    const items = [...this.objects.values()].sort((left, right) =>
      objectKey(left.metadata) < objectKey(right.metadata) ? -1 : 1,
    );
    const metadata = { name: "", resourceVersion: String(this.#revision) };
    const list = { apiVersion: "v1", kind: "ConfigMapList", metadata, items };
    return list;
  }

  #refuse(watch: Watch, reason: "Expired" | "ServiceUnavailable"): void {
    this.#loop.soon("refuse a watch", () => {
      if (!watch.over) watch.sink.onEvent({ type: "ERROR", status: failure(reason, "refused") });
      if (!watch.over) watch.sink.onEnd();
    });
  }
}
