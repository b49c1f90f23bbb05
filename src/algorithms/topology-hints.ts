import { sortedBy } from "../std/index.ts";

/** A zone's share of the cluster's allocatable CPU. */
export type ZoneCapacity = { readonly zone: string; readonly milliCpu: number };

type Allocation = { readonly desired: number; readonly minimum: number; actual: number };

/** How much more than its share a zone's endpoints may have to carry. */
const OVERLOAD = 0.2;

/** The zone each endpoint should serve, or why none is said. */
export type TopologyDecision =
  | { readonly ok: true; readonly zones: readonly string[] }
  | { readonly ok: false; readonly why: string };

/**
 * Which zone each endpoint should serve so that zones get endpoints by their CPU: mostly its own, some another that is short.
 * Hints are left out when no split keeps the overload within a fifth (`topologycache` of `endpointslice`).
 */
export function topologyHints(
  endpointZones: readonly (string | undefined)[],
  capacities: readonly ZoneCapacity[],
): TopologyDecision {
  const allocations = allocate(endpointZones.length, capacities);
  if (typeof allocations === "string") return { ok: false, why: allocations };
  if (endpointZones.some((zone) => zone === undefined || zone === ""))
    return { ok: false, why: "One or more endpoints do not have a zone specified" };
  const zones = endpointZones.map((zone) => zone as string);
  for (const zone of zones) {
    const allocation = allocations.get(zone) ?? { desired: 0, minimum: 0, actual: 0 };
    allocation.actual++;
    allocations.set(zone, allocation);
  }
  for (;;) {
    const receiver = most(allocations, ({ minimum, actual, desired }) => (actual < minimum ? desired - actual : 0));
    if (receiver === undefined) return { ok: true, zones };
    const giver = most(allocations, ({ actual, desired }) => actual - desired);
    const at = giver === undefined ? -1 : zones.indexOf(giver);
    if (giver === undefined || at < 0) return { ok: false, why: "No hints allocated for zones" };
    zones[at] = receiver;
    (allocations.get(giver) as Allocation).actual--;
    (allocations.get(receiver) as Allocation).actual++;
  }
}

const NO_NODE_INFO = "Insufficient Node information: allocatable CPU or zone not specified on one or more nodes";

/** What each zone should have; a text says why that cannot be said. */
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
  const allocations = new Map<string, Allocation>();
  let left = endpoints;
  for (const [zone, milli] of sortedBy(byZone, ([name]) => name)) {
    const desired = (milli / total) * endpoints;
    const minimum = Math.ceil(desired / (1 + OVERLOAD));
    left -= minimum;
    allocations.set(zone, { desired: Math.max(desired, minimum), minimum, actual: 0 });
  }
  if (left >= 0) return allocations;
  return `Unable to allocate minimum required endpoints to each zone without exceeding overload threshold ${numbers}`;
}

/** The zone with the greatest positive measure, the first by name among equals. */
function most(
  allocations: ReadonlyMap<string, Allocation>,
  measure: (allocation: Allocation) => number,
): string | undefined {
  let best: { readonly zone: string; readonly value: number } | undefined;
  for (const [zone, allocation] of allocations) {
    const value = measure(allocation);
    if (value > (best?.value ?? 0)) best = { zone, value };
  }
  return best?.zone;
}
