import type { Endpoint, EndpointPort, EndpointSlice } from "../../api/index.ts";
import { deepEqual, stableJson } from "../../std/index.ts";

/** Endpoints that share their ports, and so may share slices. */
export type EndpointGroup = { readonly ports: readonly EndpointPort[]; readonly endpoints: readonly Endpoint[] };

/** A slice that is written anew. */
export type SliceUpdate = EndpointGroup & { readonly slice: EndpointSlice };

/** What should become of a Service's slices. Slices in no list stay as they are. */
export type Packing = {
  readonly created: readonly EndpointGroup[];
  readonly updated: readonly SliceUpdate[];
  readonly deleted: readonly EndpointSlice[];
};

/** How slices are packed. */
export type PackingRules = {
  readonly most: number;
  /** Whether what all slices of a Service have in common is out of date in one. */
  readonly isStale: (slice: EndpointSlice) => boolean;
  /** Whether a Service without endpoints keeps an empty slice. */
  readonly placeholder: boolean;
};

/** `--max-endpoints-per-slice`; at most that many share a slice unless told otherwise. */
const RULES: PackingRules = { most: 100, isStale: () => false, placeholder: true };

/**
 * Fits endpoints into slices with few writes (`endpointslice/reconciler.go`): those already in a slice stay there; newcomers
 * fill slices that are written anyway, the fullest first, then one other slice if it takes all that are left, then new ones. A
 * slice that would go becomes one that would come. Nothing is moved for balance.
 */
export function packEndpoints(
  groups: readonly EndpointGroup[],
  existing: readonly EndpointSlice[],
  rules: Partial<PackingRules> = {},
): Packing {
  const told = { ...RULES, ...rules };
  const byPorts = new Map<string, EndpointSlice[]>();
  for (const slice of existing) {
    const key = stableJson(slice.ports ?? []);
    byPorts.set(key, [...(byPorts.get(key) ?? []), slice]);
  }
  const created: EndpointGroup[] = [];
  const updated: SliceUpdate[] = [];
  const deleted: EndpointSlice[] = [];
  for (const group of groups) {
    if (group.endpoints.length === 0) continue;
    const key = stableJson(group.ports);
    const packed = packGroup(group, byPorts.get(key) ?? [], told);
    byPorts.delete(key);
    created.push(...packed.created);
    updated.push(...packed.updated);
    deleted.push(...packed.deleted);
  }
  for (const slices of byPorts.values()) deleted.push(...slices);
  return recycled(withPlaceholder({ created, updated, deleted }, existing, told));
}

/** A Service without endpoints keeps one empty slice, without ports. */
function withPlaceholder(packing: Packing, existing: readonly EndpointSlice[], rules: PackingRules): Packing {
  const { created, deleted } = packing;
  if (!rules.placeholder || created.length > 0 || existing.length > deleted.length) return packing;
  const [only, another] = deleted;
  const isThere = only !== undefined && another === undefined && isEmpty(only) && !rules.isStale(only);
  return isThere ? { ...packing, deleted: [] } : { ...packing, created: [{ ports: [], endpoints: [] }] };
}

function isEmpty({ endpoints, ports }: EndpointSlice): boolean {
  return endpoints.length + (ports ?? []).length === 0;
}

/** Rather than to delete one slice and to create another, the one is made the other. */
function recycled({ created, updated, deleted }: Packing): Packing {
  const count = Math.min(created.length, deleted.length);
  if (count === 0) return { created, updated, deleted };
  const coming = created.slice(created.length - count).reverse();
  const made = coming.map((group, index) => ({ ...group, slice: deleted[index] as EndpointSlice }));
  return {
    created: created.slice(0, created.length - count),
    updated: [...updated, ...made],
    deleted: deleted.slice(count),
  };
}

type Draft = { readonly slice: EndpointSlice; endpoints: readonly Endpoint[]; changed: boolean };

function packGroup(group: EndpointGroup, slices: readonly EndpointSlice[], { most, isStale }: PackingRules): Packing {
  const { ports } = group;
  const left = new Map(group.endpoints.map((endpoint) => [endpointIdentity(endpoint), endpoint]));
  const drafts = slices.map((slice) => retained(slice, left, isStale));
  const newcomers = [...left.values()];
  const emptied = drafts.filter(({ endpoints, slice }) => endpoints.length === 0 && slice.endpoints.length > 0);
  const kept = drafts.filter((draft) => !emptied.includes(draft));
  const byFullness = (one: Draft, other: Draft): number => other.endpoints.length - one.endpoints.length;
  for (const draft of kept.filter(({ changed }) => changed).sort(byFullness)) fill(draft, newcomers, most);
  const created: EndpointGroup[] = [];
  while (newcomers.length > 0) {
    const roomy =
      newcomers.length >= most
        ? undefined
        : kept
            .filter(({ changed, endpoints }) => !changed && endpoints.length + newcomers.length <= most)
            .sort(byFullness)[0];
    if (roomy === undefined) created.push({ ports, endpoints: newcomers.splice(0, most) });
    else fill(roomy, newcomers, most);
  }
  return {
    created,
    updated: kept.filter(({ changed }) => changed).map(({ slice, endpoints }) => ({ slice, ports, endpoints })),
    deleted: emptied.map(({ slice }) => slice),
  };
}

/** What a slice keeps of its endpoints, in their present state; they are taken out of `left`. */
function retained(slice: EndpointSlice, left: Map<string, Endpoint>, isStale: PackingRules["isStale"]): Draft {
  const endpoints: Endpoint[] = [];
  for (const endpoint of slice.endpoints) {
    const key = endpointIdentity(endpoint);
    const wanted = left.get(key);
    if (wanted === undefined) continue;
    left.delete(key);
    endpoints.push(deepEqual(endpoint, wanted) ? endpoint : wanted);
  }
  const same =
    endpoints.length === slice.endpoints.length &&
    endpoints.every((endpoint, index) => endpoint === slice.endpoints[index]);
  return { slice, endpoints, changed: !same || isStale(slice) };
}

function fill(draft: Draft, newcomers: Endpoint[], most: number): void {
  const room = most - draft.endpoints.length;
  if (room <= 0 || newcomers.length === 0) return;
  draft.endpoints = [...draft.endpoints, ...newcomers.splice(0, room)];
  draft.changed = true;
}

/** By what an endpoint is known again. */
export function endpointIdentity(endpoint: Endpoint): string {
  return `${endpoint.targetRef?.uid ?? ""}/${endpoint.addresses[0] ?? ""}`;
}
