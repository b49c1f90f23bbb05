import { isHeadless } from "../../algorithms/index.ts";
import { type Endpoint, EndpointSlice, Node, Pod, Service } from "../../api/index.ts";
import { ownerReference, timestamp } from "../../apimachinery/index.ts";
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
import { NAME_ALPHABET } from "../../sim/index.ts";
import { deepEqual } from "../../std/index.ts";
import {
  hasEndpoints,
  isReady,
  keyOf,
  POD_INDEX,
  podLabelPairs,
  portsOf,
  SERVICE_INDEX,
  servicePods,
  serviceSelectorPair,
  servicesOfPod,
} from "./service-pods.ts";
import { type EndpointGroup, packEndpoints } from "./slice-packing.ts";

const MANAGER = "endpointslice-controller.k8s.io";
const MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
const SERVICE_NAME = "kubernetes.io/service-name";
const HEADLESS = "service.kubernetes.io/headless";
const TRIGGER_TIME = "endpoints.kubernetes.io/last-change-trigger-time";
const ZONE = "topology.kubernetes.io/zone";

type Home = Snapshot<typeof Service | typeof Pod | typeof Node | typeof EndpointSlice>;

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
      return reconcileSlices(service, endpointGroups(service, snapshot, known), snapshot);
    },
  });
}

/** Endpoints made before, by the very Service and pod they were made of: a large Service is not made anew for each pod. */
type KnownEndpoints = WeakMap<Service, WeakMap<Pod, Endpoint>>;

function reconcileSlices(service: Service, groups: readonly EndpointGroup[], snapshot: Home): Plan {
  const { namespace = "", name } = service.metadata;
  const existing = snapshot.list(EndpointSlice, {
    index: { name: "service", value: `${namespace}/${name}` },
    where: (slice) => slice.metadata.deletionTimestamp === undefined,
  });
  const packing = packEndpoints(groups, existing);
  const labels = sliceLabels(service);
  const trigger = { [TRIGGER_TIME]: timestamp(snapshot.nowMs) };
  const rewritten = new Map(packing.updated.map(({ slice, endpoints }) => [slice, endpoints]));
  const updates = existing.flatMap((slice): readonly Intent[] => {
    const endpoints = rewritten.get(slice);
    if (packing.deleted.includes(slice) || (endpoints === undefined && deepEqual(slice.metadata.labels, labels)))
      return [];
    const annotations = { ...slice.metadata.annotations, ...trigger };
    const object = {
      ...slice,
      metadata: { ...slice.metadata, labels, annotations },
      endpoints: endpoints ?? slice.endpoints,
    };
    return [{ type: "update", kind: EndpointSlice, object, before: slice }];
  });
  const creates = packing.created.map(({ ports, endpoints }): Intent => {
    const suffix = snapshot.random.text(5, NAME_ALPHABET);
    const metadata = {
      name: `${name.slice(0, 57)}-${suffix}`,
      generateName: `${name}-`,
      namespace,
      labels,
      annotations: trigger,
      ownerReferences: [ownerReference(service)],
    };
    const object: EndpointSlice = {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata,
      addressType: "IPv4",
      endpoints,
      ports,
    };
    return { type: "create", kind: EndpointSlice, object };
  });
  const deletes = packing.deleted.map((slice): Intent => {
    const { uid = "" } = slice.metadata;
    return { type: "delete", kind: EndpointSlice, namespace, name: slice.metadata.name, uid };
  });
  return plan(creates, updates, deletes);
}

/** The Service's endpoints, grouped by the port numbers their pods have for it; one empty group when there is none. */
function endpointGroups(service: Service, snapshot: Home, known: KnownEndpoints): readonly EndpointGroup[] {
  const portsOfPod = portsOf(service);
  const made = known.get(service) ?? new WeakMap<Pod, Endpoint>();
  known.set(service, made);
  const groups = new Map<string, { readonly ports: EndpointGroup["ports"]; readonly endpoints: Endpoint[] }>();
  for (const pod of servicePods(service, snapshot)) {
    const node = snapshot.get(Node, pod.spec.nodeName ?? "");
    if (node === undefined && service.spec.publishNotReadyAddresses !== true) continue;
    const { ports, key } = portsOfPod(pod);
    const group = groups.get(key) ?? { ports, endpoints: [] };
    const before = made.get(pod);
    const endpoint = before !== undefined && before.zone === zoneOf(node) ? before : endpointOf(service, pod, node);
    if (endpoint !== before) made.set(pod, endpoint);
    group.endpoints.push(endpoint);
    groups.set(key, group);
  }
  return groups.size === 0 ? [{ ports: [], endpoints: [] }] : [...groups.values()];
}

function zoneOf(node: Node | undefined): string | undefined {
  return node?.metadata.labels?.[ZONE];
}

function endpointOf(service: Service, pod: Pod, node: Node | undefined): Endpoint {
  const serving = isReady(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const ready = service.spec.publishNotReadyAddresses === true || (serving && !terminating);
  const zone = zoneOf(node);
  const { hostname, subdomain, nodeName } = pod.spec;
  const { name, namespace = "", uid = "" } = pod.metadata;
  const near = ready && zone !== undefined && prefersNear(service);
  return {
    addresses: [pod.status?.podIP ?? ""],
    conditions: { ready, serving, terminating },
    ...(hostname !== undefined && hostname !== "" && subdomain === service.metadata.name ? { hostname } : {}),
    targetRef: { kind: "Pod", namespace, name, uid },
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(zone === undefined ? {} : { zone }),
    ...(near ? { hints: hintsFor(service, zone, nodeName) } : {}),
  };
}

function prefersNear({ spec }: Service): boolean {
  return ["PreferClose", "PreferSameZone", "PreferSameNode"].includes(spec.trafficDistribution ?? "");
}

function hintsFor({ spec }: Service, zone: string, nodeName: string | undefined): Readonly<Record<string, unknown>> {
  const forZones = [{ name: zone }];
  return spec.trafficDistribution === "PreferSameNode" ? { forNodes: [{ name: nodeName }], forZones } : { forZones };
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

/** A node that came or changed its zone may bear on any Service; heartbeats do not. */
function servicesOfNode({ before, after }: Change<Node>, snapshot: Snapshot<typeof Service>): readonly Key[] {
  if (before !== undefined && before.metadata.labels?.[ZONE] === after?.metadata.labels?.[ZONE]) return [];
  return snapshot.list(Service).map(keyOf);
}
