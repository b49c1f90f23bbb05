import { parseIp } from "../std/index.ts";
import type { IpvsScheduler } from "./proxy-mode.ts";

/** A real server as ip_vs sees it. One of weight 0 keeps its connections and gets no new ones. */
export type RealServer = {
  readonly key: string;
  readonly weight: number;
  /** Established connections, and those closed a short while ago. */
  readonly active: number;
  readonly inactive: number;
};

/** Where a virtual server stands in its rotation. */
export type SchedulerState = { last?: string; weight?: number };

const HASH_BITS = 8;
const TABLE_SIZE = 2 ** HASH_BITS;
/** Linux' GOLDEN_RATIO_32, by which `hash_32` multiplies. */
const GOLDEN_RATIO = 0x61c88647;
/** An established connection counts as much as this many closed ones (`ip_vs_dest_conn_overhead`). */
const ACTIVE_OVERHEAD = 256;

/**
 * Which server a new connection goes to (`net/netfilter/ipvs/ip_vs_*.c`); `undefined` when none has weight. Rotation is kept in
 * `state`; the other schedulers look at counters and addresses only.
 */
export function scheduleConnection<S extends RealServer>(
  scheduler: IpvsScheduler,
  servers: readonly S[],
  packet: { readonly source: string; readonly destination: string },
  state: SchedulerState,
): S | undefined {
  switch (scheduler) {
    case "rr":
      return roundRobin(servers, state);
    case "wrr":
      return weightedRoundRobin(servers, state);
    case "lc":
      return least(servers, overhead);
    case "wlc":
      return least(servers, (server) => overhead(server) / server.weight);
    case "sed":
      return least(servers, expectedDelay);
    case "nq":
      return servers.find(({ weight, active }) => weight > 0 && active === 0) ?? least(servers, expectedDelay);
    case "sh":
    case "mh":
      return hashed(servers, packet.source);
    case "dh":
      return hashed(servers, packet.destination);
    case "lblc":
    case "lblcr":
      return nearDestination(servers, state);
    case "fo":
      return least(servers, ({ weight }) => -weight);
    case "ovf":
      return (
        servers.find(({ weight, active }) => weight > 0 && active < weight) ?? least(servers, ({ weight }) => -weight)
      );
  }
}

function overhead({ active, inactive }: RealServer): number {
  return active * ACTIVE_OVERHEAD + inactive;
}

function expectedDelay({ active, weight }: RealServer): number {
  return (active + 1) / weight;
}

/** The first of the least, in list order. */
function least<S extends RealServer>(servers: readonly S[], measure: (server: S) => number): S | undefined {
  let best: S | undefined;
  let bestValue = Number.POSITIVE_INFINITY;
  for (const server of servers) {
    if (server.weight <= 0) continue;
    const value = measure(server);
    if (value < bestValue) {
      best = server;
      bestValue = value;
    }
  }
  return best;
}

function roundRobin<S extends RealServer>(servers: readonly S[], state: SchedulerState): S | undefined {
  const start = state.last === undefined ? 0 : servers.findIndex(({ key }) => key === state.last) + 1;
  for (let step = 0; step < servers.length; step++) {
    const server = servers[(start + step) % servers.length] as S;
    if (server.weight <= 0) continue;
    state.last = server.key;
    return server;
  }
  return undefined;
}

/** Servers of at least the present weight take turns; the weight asked for goes down round by round. */
function weightedRoundRobin<S extends RealServer>(servers: readonly S[], state: SchedulerState): S | undefined {
  const heaviest = Math.max(0, ...servers.map(({ weight }) => weight));
  if (heaviest === 0) return undefined;
  const divisor = servers.reduce((common, { weight }) => greatestCommonDivisor(common, weight), 0);
  let at = state.last === undefined ? -1 : servers.findIndex(({ key }) => key === state.last);
  let wanted = Math.min(state.weight ?? 0, heaviest);
  for (;;) {
    at++;
    if (at >= servers.length || wanted <= 0) {
      if (at >= servers.length) at = 0;
      if (at === 0) wanted = wanted - divisor <= 0 ? heaviest : wanted - divisor;
    }
    const server = servers[at] as S;
    if (server.weight < wanted || server.weight === 0) continue;
    state.last = server.key;
    state.weight = wanted;
    return server;
  }
}

function greatestCommonDivisor(left: number, right: number): number {
  return right === 0 ? left : greatestCommonDivisor(right, left % right);
}

/** A table of 256 buckets, dealt out to the servers in turn. Servers without weight get none, as if they had left already. */
function hashed<S extends RealServer>(servers: readonly S[], address: string): S | undefined {
  const present = servers.filter(({ weight }) => weight > 0);
  const buckets = present.flatMap((server) => new Array<S>(server.weight).fill(server));
  return buckets.length === 0 ? undefined : buckets[(hashOf(address) % TABLE_SIZE) % buckets.length];
}

/** The server of last time while it is there and not overloaded; else the least loaded. */
function nearDestination<S extends RealServer>(servers: readonly S[], state: SchedulerState): S | undefined {
  const last = servers.find(({ key, weight }) => key === state.last && weight > 0);
  const idle = servers.some(({ active, weight }) => weight > 0 && active * 2 < weight);
  const server =
    last !== undefined && !(last.active > last.weight && idle)
      ? last
      : least(servers, (one) => overhead(one) / one.weight);
  if (server !== undefined) state.last = server.key;
  return server;
}

/** Linux' `hash_32` of an address, the words of an IPv6 one folded together first. */
function hashOf(address: string): number {
  const ip = parseIp(address);
  if (ip === undefined) return 0;
  const words =
    ip.family === "IPv4"
      ? [ip.parts.reduce((word, part) => word * 256 + part, 0)]
      : [0, 2, 4, 6].map((at) => (ip.parts[at] as number) * 65_536 + (ip.parts[at + 1] as number));
  const folded = words.reduce((left, right) => (left ^ right) >>> 0, 0);
  return Math.imul(folded, GOLDEN_RATIO) >>> (32 - HASH_BITS);
}
