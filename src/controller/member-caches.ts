import { type ClusterClient, InformerFactory } from "../client/index.ts";
import type { Loop } from "../sim/index.ts";
import { compareText } from "../std/index.ts";
import type { Source } from "./waiting-keys.ts";

/** The member clusters joined at present, and how to reach them. */
export interface MemberRegistry {
  names(): readonly string[];
  client(name: string): ClusterClient | undefined;
  /** Calls `observer` when a member joined, left or got another client; until the returned function is called. */
  observe(observer: () => void): () => void;
}

type Member = { readonly client: ClusterClient; readonly caches: InformerFactory };

/** Hears of members that come and go. */
export type MemberListener = {
  readonly onJoin: (cluster: string, caches: InformerFactory) => void;
  /** The member cannot be found any more; its objects are yet to be told gone. */
  readonly onLeave: (cluster: string) => void;
};

/** The caches of all joined members, shared by the controllers of one manager. */
export class MemberCaches {
  readonly #registry: MemberRegistry | undefined;
  readonly #loop: Loop;
  readonly #members = new Map<string, Member>();
  readonly #sources = new Map<string, MembershipSource>();
  #listeners: readonly MemberListener[] = [];
  #unobserve: () => void = () => {};

  constructor(registry: MemberRegistry | undefined, loop: Loop) {
    this.#registry = registry;
    this.#loop = loop;
  }

  start(): void {
    if (this.#registry === undefined) return;
    this.#unobserve = this.#registry.observe(() => this.#refresh());
    this.#refresh();
  }

  stop(): void {
    this.#unobserve();
    for (const { caches } of this.#members.values()) caches.stop();
    this.#members.clear();
  }

  get(cluster: string): InformerFactory | undefined {
    return this.#members.get(cluster)?.caches;
  }

  /** Tells `listener` of the members there are, and of every change. */
  listen(listener: MemberListener): void {
    this.#listeners = [...this.#listeners, listener];
    for (const [cluster, { caches }] of this.#members) listener.onJoin(cluster, caches);
  }

  /** Whether `cluster` is joined, as something to wait for. */
  membership(cluster: string): Source {
    let source = this.#sources.get(cluster);
    if (source === undefined) {
      source = new MembershipSource();
      this.#sources.set(cluster, source);
    }
    return source;
  }

  #refresh(): void {
    const registry = this.#registry as MemberRegistry;
    const joined = new Map<string, ClusterClient>();
    for (const cluster of [...registry.names()].sort(compareText)) {
      const client = registry.client(cluster);
      if (client !== undefined) joined.set(cluster, client);
    }
    for (const [cluster, member] of this.#members)
      if (joined.get(cluster) !== member.client) this.#leave(cluster, member.caches);
    for (const [cluster, client] of joined) if (!this.#members.has(cluster)) this.#join(cluster, client);
  }

  #join(cluster: string, client: ClusterClient): void {
    const caches = new InformerFactory(client, this.#loop);
    this.#members.set(cluster, { client, caches });
    for (const { onJoin } of this.#listeners) onJoin(cluster, caches);
    this.#sources.get(cluster)?.tell();
  }

  #leave(cluster: string, caches: InformerFactory): void {
    this.#members.delete(cluster);
    for (const { onLeave } of this.#listeners) onLeave(cluster);
    caches.forget();
    this.#sources.get(cluster)?.tell();
  }
}

class MembershipSource implements Source {
  #observers: readonly (() => void)[] = [];

  onState(observer: () => void): () => void {
    this.#observers = [...this.#observers, observer];
    return () => {
      this.#observers = this.#observers.filter((other) => other !== observer);
    };
  }

  tell(): void {
    for (const observer of this.#observers) observer();
  }
}
