import {
  type IpvsScheduler,
  type RuleEndpoint,
  type SchedulerState,
  scheduleConnection,
} from "../../algorithms/index.ts";
import type { Clock } from "../../sim/index.ts";
import { endpointKey } from "./affinity.ts";

/** A real server with its counters, as `ipvsadm -Ln` lists it. */
export type ListedServer = {
  readonly key: string;
  readonly weight: number;
  readonly active: number;
  readonly inactive: number;
};

type Virtual = {
  endpoints: readonly RuleEndpoint[];
  servers: Server[];
  readonly state: SchedulerState;
  /** Servers taken out by hand, until kube-proxy looks again. */
  readonly removed: Map<string, number>;
};

/** A closed TCP connection counts as inactive for so long (ip_vs' FIN_WAIT). */
const FIN_WAIT_MS = 120_000;
/** `ipvs.syncPeriod`: how long a change made by hand lasts. */
const SYNC_PERIOD_MS = 30_000;

/** The virtual servers of one node: who is behind them, in the order they came, and the connections they hold. */
export class IpvsTable {
  readonly #scheduler: IpvsScheduler;
  readonly #clock: Clock;
  readonly #virtuals = new Map<string, Virtual>();

  constructor(scheduler: IpvsScheduler, clock: Clock) {
    this.#scheduler = scheduler;
    this.#clock = clock;
  }

  /** Where a new connection goes; `undefined` when no server takes any. */
  schedule(
    virtual: string,
    endpoints: readonly RuleEndpoint[],
    packet: { readonly source: string; readonly destination: string },
  ): RuleEndpoint | undefined {
    const table = this.#synced(virtual, endpoints);
    const server = scheduleConnection(this.#scheduler, this.#present(table), packet, table.state);
    return server?.endpoint;
  }

  /** Counts a connection in; the returned function counts it out. */
  open(virtual: string, endpoint: RuleEndpoint): () => void {
    const server = this.#virtuals.get(virtual)?.servers.find(({ key }) => key === endpointKey(endpoint));
    if (server === undefined) return () => {};
    server.active++;
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      server.active--;
      server.close(this.#clock.nowMs() + FIN_WAIT_MS);
    };
  }

  /** The servers of a virtual server; those that left stay with weight 0 until their connections are over. */
  list(virtual: string, endpoints: readonly RuleEndpoint[]): readonly ListedServer[] {
    const table = this.#synced(virtual, endpoints);
    return this.#present(table).map(({ key, weight, active, inactive }) => ({ key, weight, active, inactive }));
  }

  /** `ipvsadm -d`: takes a server out by hand; false when there is none such. kube-proxy puts it back when it looks again. */
  remove(virtual: string, server: string): boolean {
    const table = this.#virtuals.get(virtual);
    if (table?.servers.some(({ key }) => key === server) !== true) return false;
    const nowMs = this.#clock.nowMs();
    table.removed.set(server, nowMs - (nowMs % SYNC_PERIOD_MS) + SYNC_PERIOD_MS);
    return true;
  }

  #synced(virtual: string, endpoints: readonly RuleEndpoint[]): Virtual {
    const table = this.#virtuals.get(virtual) ?? { endpoints: [], servers: [], state: {}, removed: new Map() };
    this.#virtuals.set(virtual, table);
    if (table.endpoints === endpoints) return table;
    const isSame =
      table.endpoints.length === endpoints.length &&
      endpoints.every(
        (endpoint, index) => endpointKey(endpoint) === endpointKey(table.endpoints[index] as RuleEndpoint),
      );
    table.endpoints = endpoints;
    const nowMs = this.#clock.nowMs();
    if (isSame) {
      table.servers = table.servers.filter((server) => server.weight > 0 || server.holds(nowMs));
      return table;
    }
    table.removed.clear();
    const wanted = new Map(endpoints.map((endpoint) => [endpointKey(endpoint), endpoint]));
    table.servers = table.servers.filter((server) => {
      server.weight = wanted.delete(server.key) ? 1 : 0;
      return server.weight > 0 || server.holds(nowMs);
    });
    for (const [key, endpoint] of wanted) table.servers.push(new Server(key, endpoint, this.#clock));
    return table;
  }

  #present(table: Virtual): readonly Server[] {
    if (table.removed.size === 0) return table.servers;
    const nowMs = this.#clock.nowMs();
    for (const [key, untilMs] of table.removed) if (untilMs <= nowMs) table.removed.delete(key);
    return table.servers.filter(({ key }) => !table.removed.has(key));
  }
}

class Server {
  readonly key: string;
  readonly endpoint: RuleEndpoint;
  readonly #clock: Clock;
  weight = 1;
  active = 0;
  /** When closed connections will be forgotten; time goes forward only, so they are in order. */
  #closing: number[] = [];
  #forgotten = 0;

  constructor(key: string, endpoint: RuleEndpoint, clock: Clock) {
    this.key = key;
    this.endpoint = endpoint;
    this.#clock = clock;
  }

  get inactive(): number {
    return this.#countInactive(this.#clock.nowMs());
  }

  /** Whether it has connections still, open or closed a short while ago. */
  holds(nowMs: number): boolean {
    return this.active > 0 || this.#countInactive(nowMs) > 0;
  }

  #countInactive(nowMs: number): number {
    while (this.#forgotten < this.#closing.length && (this.#closing[this.#forgotten] as number) <= nowMs)
      this.#forgotten++;
    if (this.#forgotten > 1024 && this.#forgotten * 2 > this.#closing.length) {
      this.#closing = this.#closing.slice(this.#forgotten);
      this.#forgotten = 0;
    }
    return this.#closing.length - this.#forgotten;
  }

  close(untilMs: number): void {
    this.#closing.push(untilMs);
  }
}
