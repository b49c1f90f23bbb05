import { sortedBy } from "../std/index.ts";

/** A zone's share of the cluster's allocatable CPU. */
export type ZoneCapacity = { readonly zone: string; readonly milliCpu: number };

type Allocation = { readonly desired: number; readonly minimum: number; actual: number };

/** How much more than its share a zone's endpoints may have to carry. */
const OVERLOAD = 0.2;

/**
 * Which zone each endpoint should serve so that zones get endpoints by their CPU: mostly its own, some another that is short.
 * `undefined` when no split keeps the overload within a fifth, and hints are better left out (`topologycache` of `endpointslice`).
 */
export function topologyHints(
  endpointZones: readonly (string | undefined)[],
  capacities: readonly ZoneCapacity[],
): readonly string[] | undefined {
  const allocations = allocate(endpointZones.length, capacities);
  if (allocations === undefined || endpointZones.some((zone) => zone === undefined || zone === "")) return undefined;
  const hints = endpointZones.map((zone) => zone as string);
  for (const zone of hints) {
    const allocation = allocations.get(zone) ?? { desired: 0, minimum: 0, actual: 0 };
    allocation.actual++;
    allocations.set(zone, allocation);
  }
  for (;;) {
    const receiver = most(allocations, ({ minimum, actual, desired }) => (actual < minimum ? desired - actual : 0));
    if (receiver === undefined) return hints;
    const giver = most(allocations, ({ actual, desired }) => actual - desired);
    const at = giver === undefined ? -1 : hints.indexOf(giver);
    if (giver === undefined || at < 0) return undefined;
    hints[at] = receiver;
    (allocations.get(giver) as Allocation).actual--;
    (allocations.get(receiver) as Allocation).actual++;
  }
}

function allocate(endpoints: number, capacities: readonly ZoneCapacity[]): Map<string, Allocation> | undefined {
  const byZone = new Map<string, number>();
  for (const { zone, milliCpu } of capacities) {
    if (zone === "" || milliCpu <= 0) return undefined;
    byZone.set(zone, (byZone.get(zone) ?? 0) + milliCpu);
  }
  if (byZone.size < 2 || byZone.size > endpoints) return undefined;
  const total = [...byZone.values()].reduce((sum, milli) => sum + milli, 0);
  const allocations = new Map<string, Allocation>();
  let left = endpoints;
  for (const [zone, milli] of sortedBy(byZone, ([name]) => name)) {
    const desired = (milli / total) * endpoints;
    const minimum = Math.ceil(desired / (1 + OVERLOAD));
    left -= minimum;
    allocations.set(zone, { desired, minimum, actual: 0 });
  }
  return left < 0 ? undefined : allocations;
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
