import { type APIEnablement, Cluster, type ClusterStatus, type Condition, clusterConditions } from "../../api/index.ts";
import { findCondition, setCondition } from "../../apimachinery/index.ts";
import { type ClusterClient, InformerFactory } from "../../client/index.ts";
import type { MemberRegistry } from "../../controller/index.ts";
import type { Loop, Timer } from "../../sim/index.ts";
import { deepEqual } from "../../std/index.ts";
import { STATUS_UPDATE_MS } from "./cluster-status-controller.ts";
import { apiEnablements, type Health, kubernetesVersion, probeHealth, readyCondition } from "./member-health.ts";

export type ClusterStatusCollectorOptions = {
  readonly loop: Loop;
  /** The host, as the collector writes to it. */
  readonly client: ClusterClient;
  /** The host's caches. */
  readonly informers: InformerFactory;
  readonly members: MemberRegistry;
  /** How long a member must fail before it counts as not ready, and be well before it counts as ready again. */
  readonly thresholdMs?: number;
};

const THRESHOLD_MS = 30_000;

/** A member under observation. */
type Watched = {
  readonly client: ClusterClient;
  readonly caches: InformerFactory;
  readonly timer: Timer;
  version: string | undefined;
  /** Absent until discovery has answered. */
  enablements: readonly APIEnablement[] | undefined;
  /** What the last probes agree on, and since when. */
  observed: { readonly healthy: boolean; readonly sinceMs: number } | undefined;
};

/**
 * Looks at every joined member, at once and then every ten seconds in the background, and writes health, version and served
 * resources into its Cluster. It is no controller: a look needs answers from afar before anything can be decided.
 */
export class ClusterStatusCollector {
  readonly #options: ClusterStatusCollectorOptions;
  readonly #watched = new Map<string, Watched>();
  readonly #leave: (() => void)[] = [];
  #stopped = false;

  constructor(options: ClusterStatusCollectorOptions) {
    this.#options = options;
  }

  start(): void {
    const { informers, members } = this.#options;
    this.#leave.push(informers.of(Cluster).addHandler(() => this.#refresh()));
    this.#leave.push(members.observe(() => this.#refresh()));
    this.#refresh();
  }

  stop(): void {
    this.#stopped = true;
    for (const leave of this.#leave) leave();
    for (const name of [...this.#watched.keys()]) this.#forget(name);
  }

  /** Observes the members that have both a Cluster and a client. */
  #refresh(): void {
    const { informers, members } = this.#options;
    for (const [name, { client }] of this.#watched)
      if (members.client(name) !== client || informers.of(Cluster).get(name) === undefined) this.#forget(name);
    for (const { metadata } of informers.of(Cluster).list()) {
      const client = members.client(metadata.name);
      if (client !== undefined && !this.#watched.has(metadata.name)) this.#observe(metadata.name, client);
    }
  }

  #observe(name: string, client: ClusterClient): void {
    const { loop } = this.#options;
    const why = `cluster status ${name}`;
    const look = (): void => this.#look(name);
    const caches = new InformerFactory(client, loop);
    const timer = loop.every(STATUS_UPDATE_MS, why, look);
    const watched: Watched = {
      client,
      caches,
      timer,
      version: undefined,
      enablements: undefined,
      observed: undefined,
    };
    this.#watched.set(name, watched);
    const { discovery } = caches;
    const discovered = (): void => {
      if (discovery.state === "synced") watched.enablements = apiEnablements(discovery.kinds());
    };
    discovered();
    // The first look, and what a change of served kinds tells, belong to the world's progress.
    discovery.onState(() => {
      discovered();
      loop.soon(why, look);
    });
    loop.soon(why, look);
  }

  #forget(name: string): void {
    const watched = this.#watched.get(name);
    this.#watched.delete(name);
    watched?.timer.cancel();
    watched?.caches.stop();
  }

  #look(name: string): void {
    const watched = this.#watched.get(name);
    if (watched === undefined || this.#stopped) return;
    probeHealth(watched.client, (health) => {
      if (!health.healthy) this.#report(name, watched, health);
      else
        watched.client.raw("/version", (answer) => {
          watched.version = kubernetesVersion(answer) ?? watched.version;
          this.#report(name, watched, health);
        });
    });
  }

  #report(name: string, watched: Watched, health: Health): void {
    const { loop, client, informers } = this.#options;
    const cluster = informers.of(Cluster).get(name);
    if (cluster === undefined || this.#stopped || this.#watched.get(name) !== watched) return;
    const before = cluster.status;
    const status = statusAfter(before, {
      watched,
      ready: this.#adjusted(watched, health, before),
      nowMs: loop.nowMs(),
    });
    if (deepEqual(status, before)) return;
    const { kubernetesVersion: version, apiEnablements: enablements, conditions } = status;
    const body = { status: { kubernetesVersion: version, apiEnablements: enablements, conditions } };
    client.send(
      { verb: "patch", kind: Cluster, name, subresource: "status", patch: { type: "merge", body } },
      (answer) => {
        if (answer.ok) informers.of(Cluster).observe(answer.object);
      },
    );
  }

  /** A flip counts only after it lasted; the first finding counts at once (`clusterConditionStore.thresholdAdjustedReadyCondition`). */
  #adjusted(watched: Watched, health: Health, before: ClusterStatus | undefined): Condition {
    const nowMs = this.#options.loop.nowMs();
    const found = readyCondition(health);
    if (watched.observed?.healthy !== health.healthy) watched.observed = { healthy: health.healthy, sinceMs: nowMs };
    const current = findCondition(before?.conditions, clusterConditions.ready);
    const flips = current !== undefined && (current.status === "True") !== health.healthy;
    const lasted = nowMs - watched.observed.sinceMs;
    return flips && lasted < (this.#options.thresholdMs ?? THRESHOLD_MS) ? current : found;
  }
}

type Finding = { readonly watched: Watched; readonly ready: Condition; readonly nowMs: number };

/** Only what the collector knows changes; the rest of the status is others'. */
function statusAfter(before: ClusterStatus | undefined, { watched, ready, nowMs }: Finding): ClusterStatus {
  const { enablements, version } = watched;
  const withReady = setCondition(before?.conditions, ready, nowMs);
  return {
    ...before,
    ...(version === undefined ? {} : { kubernetesVersion: version }),
    ...(enablements === undefined ? {} : { apiEnablements: enablements }),
    conditions: enablements === undefined ? withReady : setCondition(withReady, COMPLETE, nowMs),
  };
}

const COMPLETE: Condition = {
  type: clusterConditions.completeApiEnablements,
  status: "True",
  reason: "Complete",
  message: "all APIs are discovered",
};
