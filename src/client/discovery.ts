import { CustomResourceDefinition } from "../api/index.ts";
import { apiVersionOf, kindKey } from "../apimachinery/index.ts";
import type { Loop } from "../sim/index.ts";
import { Backoff } from "./backoff.ts";
import { kindsOfDiscovery } from "./discovery-document.ts";
import type { InformerState } from "./informer.ts";
import type { ClusterClient, DiscoveredKind } from "./port.ts";

/** Calls `onChange` for every object of the kind and every change of one, until the returned function is called. */
type WatchKind = (kind: DiscoveredKind, onChange: () => void) => () => void;

/**
 * What kinds a cluster serves, read from its aggregated discovery and read again whenever its CustomResourceDefinitions or
 * APIServices change. Within a group the preferred version comes first.
 */
export class Discovery {
  readonly #client: ClusterClient;
  readonly #watchKind: WatchKind;
  readonly #loop: Loop;
  readonly #backoff: Backoff;
  readonly #why: string;
  #kinds: readonly DiscoveredKind[] = [];
  readonly #byName = new Map<string, DiscoveredKind>();
  readonly #watched = new Set<string>();
  #observers: readonly (() => void)[] = [];
  #state: InformerState = "pending";
  #documents: readonly unknown[] = [];
  #due = false;
  #stopped = false;
  #unwatch: (() => void)[] = [];

  constructor(client: ClusterClient, loop: Loop, watchKind: WatchKind) {
    this.#client = client;
    this.#watchKind = watchKind;
    this.#loop = loop;
    this.#why = `discovery ${client.cluster}`;
    this.#backoff = new Backoff(loop, loop.random.stream("discovery-backoff"));
  }

  /** `pending` until the first answer, `unavailable` while there were only failures, `synced` ever after. */
  get state(): InformerState {
    return this.#state;
  }

  start(): void {
    this.#read();
  }

  stop(): void {
    this.#stopped = true;
    for (const unwatch of this.#unwatch) unwatch();
  }

  kinds(): readonly DiscoveredKind[] {
    return this.#kinds;
  }

  kindOf(apiVersion: string, kind: string): DiscoveredKind | undefined {
    return this.#byName.get(`${apiVersion}/${kind}`);
  }

  /** Calls `observer` after the kinds or the state changed; until the returned function is called. */
  onState(observer: () => void): () => void {
    this.#observers = [...this.#observers, observer];
    return () => {
      this.#observers = this.#observers.filter((other) => other !== observer);
    };
  }

  #read(): void {
    const client = this.#client;
    client.raw("/api", (core) => {
      if (this.#stopped) return;
      if (!core.ok) this.#failed();
      else
        client.raw("/apis", (groups) => {
          if (this.#stopped) return;
          if (groups.ok) this.#take([core.body, groups.body]);
          else this.#failed();
        });
    });
  }

  #failed(): void {
    this.#loop.after(this.#backoff.nextMs(), this.#why, () => this.#read(), { background: true });
    if (this.#state !== "pending") return;
    this.#state = "unavailable";
    this.#tell();
  }

  #take(documents: readonly unknown[]): void {
    // In process an unchanged document is the same value.
    if (this.#state === "synced" && documents.every((document, index) => document === this.#documents[index])) return;
    this.#documents = documents;
    const kinds = documents.flatMap(kindsOfDiscovery);
    const changed = this.#state !== "synced" || signature(kinds) !== signature(this.#kinds);
    this.#state = "synced";
    if (changed) this.#replace(kinds);
  }

  #replace(kinds: readonly DiscoveredKind[]): void {
    this.#kinds = kinds;
    this.#byName.clear();
    for (const kind of kinds) this.#byName.set(`${apiVersionOf(kind)}/${kind.kind}`, kind);
    this.#watchFor(this.kindOf(apiVersionOf(CustomResourceDefinition), CustomResourceDefinition.kind));
    this.#watchFor(this.kindOf("apiregistration.k8s.io/v1", "APIService"));
    this.#tell();
  }

  /** Reads again, once, after a burst of changes of a kind that brings kinds. */
  #watchFor(kind: DiscoveredKind | undefined): void {
    if (kind === undefined || this.#watched.has(kindKey(kind))) return;
    this.#watched.add(kindKey(kind));
    this.#unwatch.push(this.#watchKind(kind, () => this.#readSoon()));
  }

  #readSoon(): void {
    if (this.#due) return;
    this.#due = true;
    this.#loop.soon(this.#why, () => {
      this.#due = false;
      if (!this.#stopped) this.#read();
    });
  }

  #tell(): void {
    for (const observer of this.#observers) observer();
  }
}

function signature(kinds: readonly DiscoveredKind[]): string {
  return kinds
    .map((kind) => `${kindKey(kind)} ${kind.plural} ${kind.namespaced} ${kind.verbs} ${kind.subresources}`)
    .join("\n");
}
