import { sortedBy } from "../std/index.ts";

/** A zone's share of the cluster's allocatable CPU. */
export type ZoneCapacity = { readonly zone: string; readonly milliCpu: number };

/** The ready endpoints of a slice, as topology sees them. */
export type TopologySlice = {
  /** Where each is. */
  readonly zones: readonly (string | undefined)[];
  /** Which zones each is for at present, in a slice that need not be written; it stays so as long as that is fair. */
  readonly present?: readonly (readonly string[])[];
};

/** The zone each endpoint of a slice should serve, `undefined` for a slice that stays as it is; or why none is said. */
export type TopologyDecision =
  | { readonly ok: true; readonly slices: readonly (readonly string[] | undefined)[] }
  | { readonly ok: false; readonly why: string };

type Allocation = { readonly desired: number; readonly maximum: number; actual: number };

/** How much more than its share a zone's endpoints may have to carry. */
const OVERLOAD = 0.2;

/**
 * Which zone each endpoint should serve so that zones get endpoints by their CPU: mostly its own, some another that is short.
 * Hints are left out when no split keeps the overload within a fifth (`topologycache` of `endpointslice`).
 */
export function topologyHints(slices: readonly TopologySlice[], capacities: readonly ZoneCapacity[]): TopologyDecision {
  const endpoints = slices.reduce((sum, { zones }) => sum + zones.length, 0);
  const allocations = allocate(endpoints, capacities);
  if (typeof allocations === "string") return { ok: false, why: allocations };
  const stays = slices.map(({ present }) => present !== undefined && isFair(present.flat(), present, allocations));
  const dealt = slices.filter((_, index) => !stays[index]).flatMap(({ zones }) => zones);
  if (dealt.some((zone) => zone === undefined || zone === ""))
    return { ok: false, why: "One or more endpoints do not have a zone specified" };
  const hints = redistributed(dealt as readonly string[], allocations);
  let from = 0;
  return {
    ok: true,
    slices: slices.map(({ zones }, index) => {
      if (stays[index]) return undefined;
      from += zones.length;
      return hints.slice(from - zones.length, from);
    }),
  };
}

const NO_NODE_INFO = "Insufficient Node information: allocatable CPU or zone not specified on one or more nodes";

/** What each zone should have, by its name in order; a text says why that cannot be said. */
function allocate(endpoints: number, capacities: readonly ZoneCapacity[]): Map<string, Allocation> | string {
  const byZone = new Map<string, number>();
  for (const { zone, milliCpu } of capacities) {
    if (zone === "" || milliCpu <= 0) return NO_NODE_INFO;
    byZone.set(zone, (byZone.get(zone) ?? 0) + milliCpu);
  }
  if (byZone.size < 2) return NO_NODE_INFO;
  const numbers = `(${endpoints} endpoints, ${byZone.size} zones)`;
  if (byZone.size > endpoints) return `Insufficient number of endpoints ${numbers}`;
  const total = [...byZone.values()].reduce((sum, milli) => sum + milli, 0);
  const shares = sortedBy(byZone, ([name]) => name).map(([zone, milli]) => {
    const desired = (milli / total) * endpoints;
    return { zone, desired, minimum: Math.ceil(desired / (1 + OVERLOAD)) };
  });
  const left = shares.reduce((rest, { minimum }) => rest - minimum, endpoints);
  if (left < 0)
    return `Unable to allocate minimum required endpoints to each zone without exceeding overload threshold ${numbers}`;
  return new Map(
    shares.map(({ zone, desired, minimum }) => [
      zone,
      { desired: Math.max(desired, minimum), maximum: minimum + left, actual: 0 },
    ]),
  );
}

/** Whether what a slice says leaves enough for the other zones; then it counts. */
function isFair(
  hints: readonly string[],
  present: readonly (readonly string[])[],
  allocations: ReadonlyMap<string, Allocation>,
): boolean {
  if (present.some((zones) => zones.length === 0) || hints.some((zone) => !allocations.has(zone))) return false;
  const counts = new Map<Allocation, number>();
  for (const zone of hints) {
    const allocation = allocations.get(zone) as Allocation;
    counts.set(allocation, (counts.get(allocation) ?? 0) + 1);
  }
  for (const [{ actual, maximum }, count] of counts) if (actual + count > maximum) return false;
  for (const [allocation, count] of counts) allocation.actual += count;
  return true;
}

/** Each in its own zone to begin with; then zones that have too many give, in the order of endpoints, to those that are short. */
function redistributed(zones: readonly string[], allocations: ReadonlyMap<string, Allocation>): readonly string[] {
  for (const zone of zones) {
    const allocation = allocations.get(zone);
    if (allocation !== undefined) allocation.actual++;
  }
  const { giving, receiving } = exchange(allocations);
  return zones.map((zone) => {
    const [receiver] = receiving.keys();
    if (receiver === undefined || !giving.has(zone)) return zone;
    takeOne(giving, zone);
    takeOne(receiving, receiver);
    return receiver;
  });
}

/** How many endpoints zones give and get: none is moved for less than half an endpoint on either side, nor less than one on both. */
function exchange(allocations: ReadonlyMap<string, Allocation>): Record<"giving" | "receiving", Map<string, number>> {
  const surplus = new Map<string, number>();
  const need = new Map<string, number>();
  for (const [zone, { actual, desired }] of allocations)
    (actual > desired ? surplus : need).set(zone, Math.abs(actual - desired));
  const giving = new Map<string, number>();
  const receiving = new Map<string, number>();
  for (;;) {
    const [giver, extra] = most(surplus);
    const [receiver, missing] = most(need);
    if (giver === undefined || receiver === undefined) break;
    if (Math.max(extra, missing) < 1 || Math.min(extra, missing) < 0.5) break;
    surplus.set(giver, extra - 1);
    need.set(receiver, missing - 1);
    giving.set(giver, (giving.get(giver) ?? 0) + 1);
    receiving.set(receiver, (receiving.get(receiver) ?? 0) + 1);
  }
  return { giving, receiving: new Map(sortedBy(receiving, ([zone]) => zone)) };
}

/** The zone with the greatest positive number, the first among equals. */
function most(zones: ReadonlyMap<string, number>): readonly [zone: string | undefined, number: number] {
  let best: readonly [string | undefined, number] = [undefined, 0];
  for (const [zone, number] of zones) if (number > best[1]) best = [zone, number];
  return best;
}

function takeOne(counts: Map<string, number>, zone: string): void {
  const left = (counts.get(zone) ?? 0) - 1;
  if (left > 0) counts.set(zone, left);
  else counts.delete(zone);
}
