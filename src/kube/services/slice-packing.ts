import type { Endpoint, EndpointPort, EndpointSlice } from "../../api/index.ts";
import { deepEqual, stableJson } from "../../std/index.ts";

/** Endpoints that share their ports, and so may share slices. */
export type EndpointGroup = { readonly ports: readonly EndpointPort[]; readonly endpoints: readonly Endpoint[] };

/** What should become of a Service's slices. Slices in neither list stay as they are. */
export type Packing = {
  readonly created: readonly EndpointGroup[];
  readonly updated: readonly { readonly slice: EndpointSlice; readonly endpoints: readonly Endpoint[] }[];
  readonly deleted: readonly EndpointSlice[];
};

/** `--max-endpoints-per-slice`; at most that many share a slice unless told otherwise. */
const ENDPOINTS_MAX = 100;

/**
 * Fits endpoints into slices with few writes (`endpointslice/reconciler.go`): those already in a slice stay there; newcomers
 * fill slices that are written anyway, the fullest first, then one other slice if it takes all that are left, then new ones.
 * Nothing is moved for balance.
 */
export function packEndpoints(
  groups: readonly EndpointGroup[],
  existing: readonly EndpointSlice[],
  most: number = ENDPOINTS_MAX,
): Packing {
  const byPorts = new Map<string, EndpointSlice[]>();
  for (const slice of existing) {
    const key = stableJson(slice.ports ?? []);
    byPorts.set(key, [...(byPorts.get(key) ?? []), slice]);
  }
  const created: EndpointGroup[] = [];
  const updated: Packing["updated"][number][] = [];
  const deleted: EndpointSlice[] = [];
  for (const group of groups) {
    const key = stableJson(group.ports);
    const packed = packGroup(group, byPorts.get(key) ?? [], most);
    byPorts.delete(key);
    created.push(...packed.created);
    updated.push(...packed.updated);
    deleted.push(...packed.deleted);
  }
  for (const slices of byPorts.values()) deleted.push(...slices);
  return { created, updated, deleted };
}

/** Slices whose labels are not `labels` are to be written too, their endpoints as they are. */
export function withRelabelled(
  packing: Packing,
  existing: readonly EndpointSlice[],
  labels: Readonly<Record<string, string>>,
): Packing {
  const written = new Set([...packing.updated.map(({ slice }) => slice), ...packing.deleted]);
  const stale = existing.filter((slice) => !written.has(slice) && !deepEqual(slice.metadata.labels, labels));
  if (stale.length === 0) return packing;
  return {
    ...packing,
    updated: [...packing.updated, ...stale.map((slice) => ({ slice, endpoints: slice.endpoints }))],
  };
}

type Draft = { readonly slice: EndpointSlice; endpoints: readonly Endpoint[]; changed: boolean };

function packGroup(group: EndpointGroup, slices: readonly EndpointSlice[], most: number): Packing {
  const left = new Map(group.endpoints.map((endpoint) => [identity(endpoint), endpoint]));
  const drafts = slices.map((slice) => retained(slice, left));
  const newcomers = [...left.values()];
  const changed = drafts
    .filter((draft) => draft.changed)
    .sort((one, other) => other.endpoints.length - one.endpoints.length);
  for (const draft of changed) fill(draft, newcomers, most);
  if (newcomers.length > 0 && newcomers.length < most) {
    const roomy = drafts
      .filter((draft) => !draft.changed && draft.endpoints.length + newcomers.length <= most)
      .sort((one, other) => other.endpoints.length - one.endpoints.length)[0];
    if (roomy !== undefined) fill(roomy, newcomers, most);
  }
  const created: EndpointGroup[] = [];
  while (newcomers.length > 0) created.push({ ports: group.ports, endpoints: newcomers.splice(0, most) });
  // A Service without endpoints keeps one empty slice as a placeholder.
  const kept =
    group.endpoints.length === 0 ? drafts.slice(0, 1) : drafts.filter(({ endpoints }) => endpoints.length > 0);
  if (group.endpoints.length === 0 && kept.length === 0) created.push(group);
  return {
    created,
    updated: kept.filter((draft) => draft.changed),
    deleted: drafts.filter((draft) => !kept.includes(draft)).map(({ slice }) => slice),
  };
}

/** What a slice keeps of its endpoints, in their present state; they are taken out of `left`. */
function retained(slice: EndpointSlice, left: Map<string, Endpoint>): Draft {
  const endpoints: Endpoint[] = [];
  for (const endpoint of slice.endpoints) {
    const key = identity(endpoint);
    const wanted = left.get(key);
    if (wanted === undefined) continue;
    left.delete(key);
    endpoints.push(deepEqual(endpoint, wanted) ? endpoint : wanted);
  }
  const same =
    endpoints.length === slice.endpoints.length &&
    endpoints.every((endpoint, index) => endpoint === slice.endpoints[index]);
  return { slice, endpoints, changed: !same };
}

function fill(draft: Draft, newcomers: Endpoint[], most: number): void {
  const room = most - draft.endpoints.length;
  if (room <= 0 || newcomers.length === 0) return;
  draft.endpoints = [...draft.endpoints, ...newcomers.splice(0, room)];
  draft.changed = true;
}

function identity(endpoint: Endpoint): string {
  return `${endpoint.targetRef?.uid ?? ""}/${endpoint.addresses[0] ?? ""}`;
}
