import { type TopologySlice, topologyHints, type ZoneCapacity } from "../../algorithms/index.ts";
import type { Endpoint, EndpointSlice, Node, Service } from "../../api/index.ts";
import { isConditionTrue, milliValue, parseQuantity } from "../../apimachinery/index.ts";
import { type EndpointGroup, endpointIdentity, type Packing } from "./slice-packing.ts";

const ZONE = "topology.kubernetes.io/zone";
const TOPOLOGY_MODE = "service.kubernetes.io/topology-mode";
/** The older one, which goes first. */
const TOPOLOGY_HINTS = "service.kubernetes.io/topology-aware-hints";
const CONTROL_PLANE = ["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"];

export function zoneOf(node: Node | undefined): string | undefined {
  return node?.metadata.labels?.[ZONE];
}

/** Whether endpoints are to be dealt out to zones by their CPU; this goes before `trafficDistribution`. */
export function isTopologyAware({ metadata }: Service): boolean {
  const { annotations = {} } = metadata;
  const mode = annotations[TOPOLOGY_HINTS] ?? annotations[TOPOLOGY_MODE];
  return mode === "Auto" || mode === "auto";
}

/** The endpoints with the hints they have in the slices: a hint alone is no reason to write a slice. */
export function withPresentHints(
  groups: readonly EndpointGroup[],
  existing: readonly EndpointSlice[],
): readonly EndpointGroup[] {
  const hintsOf = new Map(
    existing.flatMap(({ endpoints }) => endpoints.map((endpoint) => [endpointIdentity(endpoint), endpoint.hints])),
  );
  return groups.map(({ ports, endpoints }) => ({
    ports,
    endpoints: endpoints.map((endpoint) => {
      const hints = hintsOf.get(endpointIdentity(endpoint));
      return hints === undefined ? endpoint : { ...endpoint, hints };
    }),
  }));
}

/**
 * A packing whose slices say which zones their endpoints should serve. Slices that stay keep their hints while these are fair;
 * where no fair split exists all lose them, and `why` says it.
 */
export function withTopologyHints(
  packing: Packing,
  existing: readonly EndpointSlice[],
  capacities: readonly ZoneCapacity[],
): { readonly packing: Packing; readonly why?: string } {
  const gone = new Set([...packing.deleted, ...packing.updated.map(({ slice }) => slice)]);
  const unchanged = existing.filter((slice) => !gone.has(slice));
  const written = [...packing.created, ...packing.updated];
  const decided = topologyHints(
    [...written.map(({ endpoints }) => topologySlice(endpoints)), ...unchanged.map(presentSlice)],
    capacities,
  );
  const zonesOf = (index: number): readonly string[] | undefined => (decided.ok ? decided.slices[index] : []);
  const rewritten = unchanged.flatMap((slice, index) => {
    const zones = zonesOf(written.length + index);
    const isHinted = slice.endpoints.some(({ hints }) => hints !== undefined);
    if (zones === undefined || (!decided.ok && !isHinted)) return [];
    return [{ slice, ports: slice.ports ?? [], endpoints: hinted(slice.endpoints, zones) }];
  });
  const { created } = packing;
  return {
    packing: {
      created: created.map((group, index) => ({ ...group, endpoints: hinted(group.endpoints, zonesOf(index) ?? []) })),
      updated: [
        ...packing.updated.map((update, index) => ({
          ...update,
          endpoints: hinted(update.endpoints, zonesOf(created.length + index) ?? []),
        })),
        ...rewritten,
      ],
      deleted: packing.deleted,
    },
    ...(decided.ok ? {} : { why: decided.why }),
  };
}

function isReady({ conditions }: Endpoint): boolean {
  return conditions?.ready === true;
}

function topologySlice(endpoints: readonly Endpoint[]): TopologySlice {
  return { zones: endpoints.filter(isReady).map(({ zone }) => zone) };
}

function presentSlice({ endpoints }: EndpointSlice): TopologySlice {
  const present = endpoints.filter(isReady).map(({ hints }) => (hints?.forZones ?? []).map(({ name }) => name));
  return { ...topologySlice(endpoints), present };
}

/** The ready endpoints get these zones in turn; who gets none has no hint. */
function hinted(endpoints: readonly Endpoint[], zones: readonly string[]): readonly Endpoint[] {
  const left = [...zones];
  return endpoints.map((endpoint) => {
    const { hints: _before, ...bare } = endpoint;
    const zone = isReady(endpoint) ? left.shift() : undefined;
    return zone === undefined ? bare : { ...bare, hints: { forZones: [{ name: zone }] } };
  });
}

/** Control planes do not count, nor do nodes that are not ready; one that counts but has no zone spoils the split. */
export function zoneCapacities(nodes: readonly Node[]): readonly ZoneCapacity[] {
  return nodes
    .filter(
      ({ metadata, status }) =>
        !CONTROL_PLANE.some((label) => metadata.labels?.[label] !== undefined) &&
        isConditionTrue(status?.conditions, "Ready"),
    )
    .map((node) => ({
      zone: zoneOf(node) ?? "",
      milliCpu: milliValue(parseQuantity(node.status?.allocatable?.cpu ?? "0")),
    }));
}
