import { type Kind, type KubeObject, kindKey, objectKey } from "../apimachinery/index.ts";
import { type ClusterClient, EventRecorder, type InformerFactory } from "../client/index.ts";
import type { Loop, Timer } from "../sim/index.ts";
import { assert } from "../std/index.ts";
import type { Failure, IntentTarget } from "./apply-intents.ts";
import { type AttemptContext, type AttemptResult, attempt } from "./attempt.ts";
import type { AnyDefinition, Key } from "./definition.ts";
import { DelayedKeys } from "./delayed-keys.ts";
import { EventSources } from "./event-sources.ts";
import type { MemberCaches } from "./member-caches.ts";
import type { Plan } from "./plan.ts";
import { RateLimiter } from "./rate-limiter.ts";
import { WaitingKeys } from "./waiting-keys.ts";
import { WorkQueue } from "./work-queue.ts";

/** Sees what controllers decide and what was refused them: for `explain`, logs, and tests. */
export type ControllerObserver = {
  readonly onPlan?: (controller: string, key: Key, plan: Plan) => void;
  readonly onFailure?: (controller: string, key: Key, failure: Failure) => void;
};

export type ControllerLoopOptions = {
  readonly definition: AnyDefinition;
  readonly loop: Loop;
  readonly home: InformerFactory;
  /** What the controller writes home with. */
  readonly writer: ClusterClient;
  readonly members: MemberCaches;
  /** Keys worked on at once, while clusters take their time to answer. */
  readonly workers: number;
  readonly observer: ControllerObserver;
};

/** After so many failures of a key its retries no longer keep the world busy. */
const FOREGROUND_FAILURES = 3;

/** Works off one controller's keys: each in an entry of the loop of its own, one at a time per key. */
export class ControllerLoop {
  readonly #options: ControllerLoopOptions;
  readonly #why: string;
  readonly #queue = new WorkQueue<Key>();
  readonly #limiter = new RateLimiter();
  readonly #delayed: DelayedKeys<Key>;
  readonly #waiting: WaitingKeys<Key>;
  readonly #sources: EventSources;
  readonly #context: AttemptContext;
  readonly #prefixes = new WeakMap<Kind<KubeObject>, string>();
  readonly #targets = new Map<string, IntentTarget>();
  readonly #workEntry = (): void => this.#work();
  #resync: Timer | undefined;
  #unready: (() => void)[] = [];
  #running = false;
  #stopped = false;
  /** Loop entries that will pop a key, and keys popped and not done. */
  #scheduled = 0;
  #active = 0;

  constructor(options: ControllerLoopOptions) {
    const { definition, loop, home, members, observer } = options;
    this.#options = options;
    this.#why = `controller ${definition.name}`;
    const again = (id: string, key: Key): void => this.#enqueue(id, key);
    this.#delayed = new DelayedKeys(loop, this.#why, again);
    this.#waiting = new WaitingKeys(again);
    this.#sources = new EventSources({
      definition,
      loop,
      home,
      members,
      add: (key) => this.#enqueue(this.#idOf(key), key),
    });
    const { onPlan } = observer;
    this.#context = {
      definition,
      snapshot: this.#sources.snapshot,
      log: this.#sources.log,
      execution: {
        controller: definition.name,
        target: (at) => this.#target(at),
        stopped: () => this.#stopped,
      },
      current: (key) => this.#sources.primary(key.kind)?.get(key.name, key.namespace),
      onPlan: onPlan === undefined ? undefined : (key, plan) => onPlan(definition.name, key, plan),
    };
  }

  /** Starts watching, and reconciling once everything declared has synced. */
  start(): void {
    const { definition, home } = this.#options;
    const informers = this.#sources.watchHome();
    const check = (): void => {
      if (this.#running || this.#stopped) return;
      // A kind the cluster does not serve has no objects.
      if (informers.some((informer) => !informer.hasSynced && informer.failure?.code !== 404)) return;
      if (definition.dynamicPrimary !== undefined && home.discovery.state !== "synced") return;
      this.#run();
    };
    this.#unready = informers.map((informer) => informer.onState(check));
    if (definition.dynamicPrimary !== undefined) this.#unready.push(home.discovery.onState(check));
    check();
  }

  stop(): void {
    this.#stopped = true;
    for (const leave of this.#unready) leave();
    this.#resync?.cancel();
    this.#delayed.stop();
    this.#waiting.stop();
    this.#sources.stop();
  }

  /** Looks at every primary object again. */
  resync(): void {
    for (const key of this.#sources.primaryKeys()) this.#enqueue(this.#idOf(key), key);
  }

  #run(): void {
    this.#running = true;
    for (const leave of this.#unready) leave();
    this.#sources.attach();
    const { resyncMs } = this.#options.definition;
    if (resyncMs === undefined) return;
    this.#resync = this.#options.loop.every(resyncMs, this.#why, () => this.resync());
  }

  #enqueue(id: string, key: Key): void {
    if (this.#stopped) return;
    this.#queue.add(id, key);
    this.#pump();
  }

  #pump(): void {
    const { loop, workers } = this.#options;
    while (this.#scheduled < this.#queue.length && this.#scheduled + this.#active < workers) {
      this.#scheduled++;
      loop.soon(this.#why, this.#workEntry);
    }
  }

  #work(): void {
    this.#scheduled--;
    const popped = this.#stopped ? undefined : this.#queue.pop();
    if (popped === undefined) return;
    const { id, item: key } = popped;
    this.#active++;
    // Whatever was to be looked at later is looked at now.
    this.#delayed.cancel(id);
    const primary = this.#sources.primary(key.kind);
    if (primary !== undefined && !primary.hasSynced && primary.failure?.code !== 404) {
      this.#done(id, key, { parked: true, missing: [{ source: primary, pending: true }] });
      return;
    }
    assert(
      primary !== undefined || this.#options.definition.dynamicPrimary !== undefined,
      `${key.kind.kind} must be a primary kind of controller ${this.#options.definition.name}`,
    );
    attempt(key, this.#context, (result) => this.#done(id, key, result));
  }

  #done(id: string, key: Key, result: AttemptResult): void {
    this.#active--;
    this.#queue.done(id);
    if (this.#stopped) return;
    for (const { source } of result.missing) this.#waiting.wait(source, id, key);
    if (!result.parked) this.#schedule(id, key, result.requeue, result.failures);
    this.#pump();
  }

  #schedule(id: string, key: Key, requeue: Plan, failures: readonly Failure[]): void {
    const { definition, observer } = this.#options;
    for (const failed of failures) observer.onFailure?.(definition.name, key, failed);
    const retried = failures.filter((failed) => failed.retry !== "never");
    if (retried.length > 0) {
      const { failures: count, delayMs } = this.#limiter.failed(id);
      const retryAfterMs = Math.max(...retried.map(({ status }) => (status.details?.retryAfterSeconds ?? 0) * 1000));
      const background = count > FOREGROUND_FAILURES || retried.every((failed) => failed.retry === "background");
      this.#delayed.addAfter(id, key, { ms: Math.max(delayMs, retryAfterMs), background });
      return;
    }
    this.#limiter.forget(id);
    if (requeue.requeueAfterMs !== undefined)
      this.#delayed.addAfter(id, key, { ms: requeue.requeueAfterMs, background: requeue.requeue === "periodic" });
  }

  #target(at: string | undefined): IntentTarget | undefined {
    const { home, members, writer } = this.#options;
    if (at === undefined || at === home.client.cluster) return this.#targetOf(home, writer);
    const caches = members.get(at);
    return caches === undefined ? undefined : this.#targetOf(caches, caches.client);
  }

  #targetOf(caches: InformerFactory, client: ClusterClient): IntentTarget {
    const known = this.#targets.get(client.cluster);
    if (known !== undefined && known.caches === caches) return known;
    const { definition, loop } = this.#options;
    const recorder = new EventRecorder({ client, loop, component: definition.name });
    const target = { client, caches, recorder };
    this.#targets.set(client.cluster, target);
    return target;
  }

  #idOf(key: Key): string {
    let prefix = this.#prefixes.get(key.kind);
    if (prefix === undefined) {
      prefix = `${kindKey(key.kind)} `;
      this.#prefixes.set(key.kind, prefix);
    }
    return prefix + objectKey(key);
  }
}
