import { Lease, type LeaseSpec } from "../api/index.ts";
import { microTimestamp, type Unstructured } from "../apimachinery/index.ts";
import type { Answer } from "../apiserver/index.ts";
import type { Loop, Timer } from "../sim/index.ts";
import type { ClusterClient } from "./port.ts";

/** client-go's leaderelection.LeaderElectionConfig; the durations are its usual ones when absent. */
export type LeaderElectionConfig = {
  readonly client: ClusterClient;
  readonly loop: Loop;
  /** The Lease. */
  readonly namespace: string;
  readonly name: string;
  /** Who asks: unique among the candidates. */
  readonly identity: string;
  readonly onStartedLeading: () => void;
  readonly onStoppedLeading: () => void;
  readonly onNewLeader?: (identity: string) => void;
  readonly leaseDurationMs?: number;
  readonly renewDeadlineMs?: number;
  readonly retryPeriodMs?: number;
};

const LEASE_DURATION_MS = 15_000;
const RENEW_DEADLINE_MS = 10_000;
const RETRY_PERIOD_MS = 2_000;
const JITTER_FACTOR = 1.2;

/**
 * Leads while it holds a Lease (client-go's LeaderElector): tries every retry period to acquire or renew it, takes over a
 * lease its holder let expire, and steps down when it could not renew for the renew deadline. A lease counts as expired by
 * the candidate's own clock, from when it last saw it change.
 */
export class LeaderElector {
  readonly #config: LeaderElectionConfig;
  readonly #leaseDurationMs: number;
  readonly #renewDeadlineMs: number;
  readonly #retryPeriodMs: number;
  #observed: Unstructured | undefined;
  #observedMs = 0;
  /** When the attempt under way, and when the last successful one, began: what a late answer proves is as old as its question. */
  #attemptedMs = 0;
  #deadline: Timer | undefined;
  #reportedLeader = "";
  #leading = false;
  #stopped = false;
  #timer: Timer | undefined;

  constructor(config: LeaderElectionConfig) {
    this.#config = config;
    this.#leaseDurationMs = config.leaseDurationMs ?? LEASE_DURATION_MS;
    this.#renewDeadlineMs = config.renewDeadlineMs ?? RENEW_DEADLINE_MS;
    this.#retryPeriodMs = config.retryPeriodMs ?? RETRY_PERIOD_MS;
  }

  get isLeader(): boolean {
    return this.#leading;
  }

  start(): void {
    this.#config.loop.soon(this.#why, () => this.#attempt());
  }

  /** Stops trying; a leader releases its lease, so that another need not wait for it to expire. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#timer?.cancel();
    this.#deadline?.cancel();
    if (!this.#leading) return;
    this.#stepDown();
    this.#write(
      { holderIdentity: "", leaseDurationSeconds: 1, leaseTransitions: specOf(this.#observed).leaseTransitions ?? 0 },
      () => {},
    );
  }

  get #why(): string {
    return `leader election ${this.#config.name}`;
  }

  #attempt(): void {
    const { client, namespace, name } = this.#config;
    if (this.#stopped) return;
    this.#attemptedMs = this.#config.loop.nowMs();
    client.send({ verb: "get", kind: Lease, namespace, name }, (answer) => {
      if (this.#stopped) return;
      if (answer.ok) {
        this.#see(answer.object);
        if (this.#mayTake()) this.#take();
        else this.#concluded(false);
      } else if (answer.status.reason === "NotFound") {
        this.#observed = undefined;
        this.#take();
      } else this.#concluded(false);
    });
  }

  #see(lease: Unstructured): void {
    if (this.#observed?.metadata.resourceVersion === lease.metadata.resourceVersion && this.#observed !== undefined)
      return;
    this.#observed = lease;
    this.#observedMs = this.#config.loop.nowMs();
  }

  #mayTake(): boolean {
    const holder = specOf(this.#observed).holderIdentity ?? "";
    if (holder === "" || holder === this.#config.identity) return true;
    const durationMs = (specOf(this.#observed).leaseDurationSeconds ?? 0) * 1000;
    return this.#observedMs + durationMs <= this.#config.loop.nowMs();
  }

  #take(): void {
    const now = microTimestamp(this.#config.loop.nowMs());
    const before = specOf(this.#observed);
    const mine = before.holderIdentity === this.#config.identity;
    const spec: LeaseSpec = {
      holderIdentity: this.#config.identity,
      leaseDurationSeconds: Math.ceil(this.#leaseDurationMs / 1000),
      acquireTime: mine ? (before.acquireTime ?? now) : now,
      leaseTransitions: this.#observed === undefined ? 0 : (before.leaseTransitions ?? 0) + (mine ? 0 : 1),
    };
    this.#write(spec, (answer) => {
      if (this.#stopped) return;
      if (answer.ok) this.#see(answer.object);
      this.#concluded(answer.ok);
    });
  }

  #write(spec: LeaseSpec, onAnswer: (answer: Answer) => void): void {
    const { client, namespace, name, loop } = this.#config;
    const now = microTimestamp(loop.nowMs());
    const metadata = this.#observed?.metadata ?? { name, namespace };
    const lease: Lease = {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata,
      spec: { acquireTime: now, ...spec, renewTime: now },
    };
    if (this.#observed === undefined) client.send({ verb: "create", kind: Lease, namespace, object: lease }, onAnswer);
    else client.send({ verb: "update", kind: Lease, namespace, name, object: lease }, onAnswer);
  }

  /** After an attempt: callbacks, and the next one. */
  #concluded(written: boolean): void {
    const { loop, onStartedLeading } = this.#config;
    const leftMs = this.#attemptedMs + this.#renewDeadlineMs - loop.nowMs();
    this.#reportLeader();
    if (written && leftMs > 0) {
      this.#deadline?.cancel();
      this.#deadline = loop.after(leftMs, this.#why, () => this.#stepDown(), { background: true });
      if (!this.#leading) {
        this.#leading = true;
        onStartedLeading();
      }
    }
    if (this.#stopped) return;
    const jitter = this.#leading ? 0 : JITTER_FACTOR * loop.random.stream("leader-election").next();
    const delayMs = Math.round(this.#retryPeriodMs * (1 + jitter));
    this.#timer = loop.after(delayMs, this.#why, () => this.#attempt(), { background: true });
  }

  #stepDown(): void {
    this.#leading = false;
    this.#config.onStoppedLeading();
  }

  #reportLeader(): void {
    const holder = specOf(this.#observed).holderIdentity ?? "";
    if (holder === this.#reportedLeader) return;
    this.#reportedLeader = holder;
    this.#config.onNewLeader?.(holder);
  }
}

function specOf(lease: Unstructured | undefined): LeaseSpec {
  return (lease?.spec ?? {}) as LeaseSpec;
}
