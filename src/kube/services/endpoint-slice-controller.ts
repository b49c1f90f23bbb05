import { isHeadless } from "../../algorithms/index.ts";
import { type Endpoint, EndpointSlice, Node, Pod, Service } from "../../api/index.ts";
import { isConditionTrue, ownerReference, timestamp } from "../../apimachinery/index.ts";
import {
  type AnyDefinition,
  type Change,
  defineController,
  type Intent,
  type Key,
  NOTHING,
  type Plan,
  plan,
  read,
  type Snapshot,
} from "../../controller/index.ts";
import {
  hasEndpoints,
  keyOf,
  POD_INDEX,
  podLabelPairs,
  portsOf,
  SERVICE_INDEX,
  servicePods,
  serviceSelectorPair,
  servicesOfPod,
} from "./service-pods.ts";
import { endpointOf, isTopologyAware, podAddress, withTopologyHints, zoneOf } from "./slice-endpoint.ts";
import { SERVICE_NAME, sliceIntents } from "./slice-intents.ts";
import { type EndpointGroup, packEndpoints, withRelabelled } from "./slice-packing.ts";

const MANAGER = "endpointslice-controller.k8s.io";
const MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
const HEADLESS = "service.kubernetes.io/headless";
const TRIGGER_TIME = "endpoints.kubernetes.io/last-change-trigger-time";

type Home = Snapshot<typeof Service | typeof Pod | typeof Node | typeof EndpointSlice>;
type Family = "IPv4" | "IPv6";

/** Keeps the EndpointSlices of every Service with a selector; slices other managers made are left alone. */
export function endpointSliceController(): AnyDefinition {
  const known: KnownEndpoints = new WeakMap();
  return defineController({
    name: "endpointslice-controller",
    primary: [Service],
    reads: [
      read(Service, { enqueue: "none", indexes: { [SERVICE_INDEX]: serviceSelectorPair } }),
      read(Pod, { enqueue: servicesOfPod, indexes: { [POD_INDEX]: podLabelPairs } }),
      read(Node, { enqueue: servicesOfNode }),
      read(EndpointSlice, { enqueue: ({ object }) => serviceOfSlice(object), indexes: { service: serviceKeyOfSlice } }),
    ],
    reconcile: (service, snapshot) => {
      if (service.metadata.deletionTimestamp !== undefined || !hasEndpoints(service)) return NOTHING;
      return reconcileSlices(service, snapshot, known);
    },
  });
}

/** Endpoints made before, by the very Service and pod they were made of: a large Service is not made anew for each pod. */
type KnownEndpoints = WeakMap<Service, WeakMap<Pod, Map<Family, Endpoint>>>;

function reconcileSlices(service: Service, snapshot: Home, known: KnownEndpoints): Plan {
  const { namespace = "", name } = service.metadata;
  const existing = snapshot.list(EndpointSlice, {
    index: { name: "service", value: `${namespace}/${name}` },
    where: (slice) => slice.metadata.deletionTimestamp === undefined,
  });
  const families = service.spec.ipFamilies ?? ["IPv4"];
  const labels = sliceLabels(service);
  const trigger = { [TRIGGER_TIME]: timestamp(snapshot.nowMs) };
  const intents = families.map((family) => {
    const own = existing.filter(({ addressType }) => addressType === family);
    const packing = packEndpoints(endpointGroups(service, family, { snapshot, known }), own);
    const relabelled = withRelabelled(packing, own, labels);
    return sliceIntents(relabelled, {
      family,
      owner: ownerReference(service),
      template: { name, namespace, labels, annotations: trigger },
      random: snapshot.random,
    });
  });
  const foreign = existing.filter(({ addressType }) => !families.includes(addressType as Family));
  const dropped = foreign.map((slice): Intent => {
    const { uid = "" } = slice.metadata;
    return { type: "delete", kind: EndpointSlice, namespace, name: slice.metadata.name, uid };
  });
  return plan(...intents, dropped);
}

/** The Service's endpoints, grouped by the port numbers their pods have for it; one empty group when there is none. */
function endpointGroups(
  service: Service,
  family: Family,
  { snapshot, known }: { readonly snapshot: Home; readonly known: KnownEndpoints },
): readonly EndpointGroup[] {
  const portsOfPod = portsOf(service);
  const made = known.get(service) ?? new WeakMap<Pod, Map<Family, Endpoint>>();
  known.set(service, made);
  const groups = new Map<string, { readonly ports: EndpointGroup["ports"]; readonly endpoints: Endpoint[] }>();
  for (const pod of servicePods(service, snapshot)) {
    const node = snapshot.get(Node, pod.spec.nodeName ?? "");
    const address = podAddress(pod, family);
    if (address === undefined || (node === undefined && service.spec.publishNotReadyAddresses !== true)) continue;
    const { ports, key } = portsOfPod(pod);
    const group = groups.get(key) ?? { ports, endpoints: [] };
    const byFamily = made.get(pod) ?? new Map<Family, Endpoint>();
    const before = byFamily.get(family);
    const endpoint =
      before !== undefined && before.zone === zoneOf(node) ? before : endpointOf(service, pod, { node, address });
    if (endpoint !== before) made.set(pod, byFamily.set(family, endpoint));
    group.endpoints.push(endpoint);
    groups.set(key, group);
  }
  if (groups.size === 0) return [{ ports: [], endpoints: [] }];
  if (!isTopologyAware(service)) return [...groups.values()];
  const nodes = snapshot.list(Node);
  return [...groups.values()].map(({ ports, endpoints }) => ({
    ports,
    endpoints: withTopologyHints(endpoints, nodes),
  }));
}

/** The Service's own labels, but for the reserved ones. */
function sliceLabels(service: Service): Readonly<Record<string, string>> {
  const {
    [SERVICE_NAME]: _name,
    [MANAGED_BY]: _manager,
    [HEADLESS]: _headless,
    ...labels
  } = service.metadata.labels ?? {};
  return {
    ...labels,
    [MANAGED_BY]: MANAGER,
    [SERVICE_NAME]: service.metadata.name,
    ...(isHeadless(service) ? { [HEADLESS]: "" } : {}),
  };
}

function serviceKeyOfSlice({ metadata }: EndpointSlice): readonly string[] {
  const { [MANAGED_BY]: manager, [SERVICE_NAME]: service } = metadata.labels ?? {};
  return manager === MANAGER && service !== undefined ? [`${metadata.namespace}/${service}`] : [];
}

function serviceOfSlice(slice: EndpointSlice): readonly Key[] {
  if (serviceKeyOfSlice(slice).length === 0) return [];
  const { namespace } = slice.metadata;
  const name = slice.metadata.labels?.[SERVICE_NAME] ?? "";
  return [namespace === undefined ? { kind: Service, name } : { kind: Service, name, namespace }];
}

/**
 * A node that came or changed its zone may bear on any Service; heartbeats do not. Whether it is ready and how much CPU it
 * has bears on those that are dealt out by zones.
 */
function servicesOfNode({ before, after }: Change<Node>, snapshot: Snapshot<typeof Service>): readonly Key[] {
  if (before === undefined || zoneOf(before) !== zoneOf(after)) return snapshot.list(Service).map(keyOf);
  const isReady = (node: Node | undefined): boolean => isConditionTrue(node?.status?.conditions, "Ready");
  const cpuOf = (node: Node | undefined): string | undefined => node?.status?.allocatable?.cpu;
  if (isReady(before) === isReady(after) && cpuOf(before) === cpuOf(after)) return [];
  return snapshot.list(Service, { where: isTopologyAware }).map(keyOf);
}
