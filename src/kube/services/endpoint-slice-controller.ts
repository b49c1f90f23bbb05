import { isHeadless, type ZoneCapacity } from "../../algorithms/index.ts";
import { type Endpoint, EndpointSlice, Node, Pod, Service } from "../../api/index.ts";
import { isConditionTrue, objectKey, ownerReference } from "../../apimachinery/index.ts";
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
import { deepEqual } from "../../std/index.ts";
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
import { endpointOf, podAddress } from "./slice-endpoint.ts";
import { SERVICE_NAME, type SliceTemplate, sliceIntents } from "./slice-intents.ts";
import { type EndpointGroup, type Packing, packEndpoints } from "./slice-packing.ts";
import { isTopologyAware, withPresentHints, withTopologyHints, zoneCapacities, zoneOf } from "./slice-topology.ts";
import { TriggerTimes } from "./trigger-times.ts";

const MANAGER = "endpointslice-controller.k8s.io";
const MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
const HEADLESS = "service.kubernetes.io/headless";
const TRIGGER_TIME = "endpoints.kubernetes.io/last-change-trigger-time";

type Home = Snapshot<typeof Service | typeof Pod | typeof Node | typeof EndpointSlice>;
type Family = "IPv4" | "IPv6";

/** Keeps the EndpointSlices of every Service with a selector; slices other managers made are left alone. As of Kubernetes 1.`minor`. */
export function endpointSliceController(minor: number): AnyDefinition {
  const memory: Memory = { minor, known: new WeakMap(), triggers: new TriggerTimes(), told: new Map() };
  return defineController({
    name: "endpointslice-controller",
    primary: [Service],
    reads: [
      read(Service, { enqueue: "none", indexes: { [SERVICE_INDEX]: serviceSelectorPair } }),
      read(Pod, { enqueue: servicesOfPod, indexes: { [POD_INDEX]: podLabelPairs } }),
      read(Node, {
        enqueue: (change, snapshot) => {
          delete memory.capacities;
          return servicesOfNode(change, snapshot);
        },
      }),
      read(EndpointSlice, { enqueue: ({ object }) => serviceOfSlice(object), indexes: { service: serviceKeyOfSlice } }),
    ],
    reconcile: (service, snapshot) => {
      if (service.metadata.deletionTimestamp !== undefined || !hasEndpoints(service)) return NOTHING;
      return reconcileSlices(service, snapshot, memory);
    },
    absent: (key) => {
      memory.triggers.forget(key);
      for (const family of ["IPv4", "IPv6"] as const) memory.told.delete(toldKey(key, family));
      return NOTHING;
    },
  });
}

/** Endpoints made before, by the very Service and pod they were made of: a large Service is not made anew for each pod. */
type KnownEndpoints = WeakMap<Service, WeakMap<Pod, Map<Family, Endpoint>>>;

type Memory = {
  readonly minor: number;
  readonly known: KnownEndpoints;
  readonly triggers: TriggerTimes;
  /** What was said last of the topology of a Service, by `toldKey`. */
  readonly told: Map<string, string>;
  /** What zones have, until a node changes. */
  capacities?: readonly ZoneCapacity[];
};

function toldKey(service: { readonly namespace?: string; readonly name: string }, family: Family): string {
  return `${objectKey(service)} ${family}`;
}

function reconcileSlices(service: Service, snapshot: Home, memory: Memory): Plan {
  const { namespace = "", name } = service.metadata;
  const existing = snapshot.list(EndpointSlice, {
    index: { name: "service", value: `${namespace}/${name}` },
    where: (slice) => slice.metadata.deletionTimestamp === undefined,
  });
  const families = service.spec.ipFamilies ?? ["IPv4"];
  const labels = sliceLabels(service);
  const pods = servicePods(service, snapshot);
  const annotate = triggerAnnotation(memory.triggers.next(service, pods));
  const intents = families.map((family) => {
    const own = existing.filter(({ addressType }) => addressType === family);
    const groups = endpointGroups(service, family, { pods, snapshot, memory });
    const { packing, event } = packFamily(service, family, { groups, own, labels, snapshot, memory });
    const slices = sliceIntents(packing, {
      family,
      owner: ownerReference(service),
      template: { name, namespace, labels, annotate },
      random: snapshot.random,
    });
    return event === undefined ? slices : [...slices, event];
  });
  const foreign = existing.filter(({ addressType }) => !families.includes(addressType as Family));
  const dropped = foreign.map((slice): Intent => {
    const { uid = "" } = slice.metadata;
    return { type: "delete", kind: EndpointSlice, namespace, name: slice.metadata.name, uid };
  });
  return plan(...intents, dropped);
}

/** Slices that are written tell when what they tell came to be; nothing when nobody knows. */
function triggerAnnotation(time: string | undefined): SliceTemplate["annotate"] {
  return ({ [TRIGGER_TIME]: _before, ...others }) =>
    time === undefined ? others : { ...others, [TRIGGER_TIME]: time };
}

/** The Service's endpoints, grouped by the port numbers their pods have for it. */
function endpointGroups(
  service: Service,
  family: Family,
  { pods, snapshot, memory }: { readonly pods: readonly Pod[]; readonly snapshot: Home; readonly memory: Memory },
): readonly EndpointGroup[] {
  const { known, minor } = memory;
  const portsOfPod = portsOf(service);
  const made = known.get(service) ?? new WeakMap<Pod, Map<Family, Endpoint>>();
  known.set(service, made);
  const groups = new Map<string, { readonly ports: EndpointGroup["ports"]; readonly endpoints: Endpoint[] }>();
  for (const pod of pods) {
    const node = snapshot.get(Node, pod.spec.nodeName ?? "");
    const address = podAddress(pod, family);
    if (address === undefined || (node === undefined && service.spec.publishNotReadyAddresses !== true)) continue;
    const { ports, key } = portsOfPod(pod);
    const group = groups.get(key) ?? { ports, endpoints: [] };
    const byFamily = made.get(pod) ?? new Map<Family, Endpoint>();
    const before = byFamily.get(family);
    const endpoint =
      before !== undefined && before.zone === zoneOf(node)
        ? before
        : endpointOf(service, pod, { node, address, minor });
    if (endpoint !== before) made.set(pod, byFamily.set(family, endpoint));
    group.endpoints.push(endpoint);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** The slices of a family; where the annotation asks for it zones are dealt out over them, and what comes of it is said once. */
function packFamily(
  service: Service,
  family: Family,
  {
    groups,
    own,
    labels,
    snapshot,
    memory,
  }: {
    readonly groups: readonly EndpointGroup[];
    readonly own: readonly EndpointSlice[];
    readonly labels: Readonly<Record<string, string>>;
    readonly snapshot: Home;
    readonly memory: Memory;
  },
): { readonly packing: Packing; readonly event?: Intent } {
  const { told } = memory;
  const isStale = ({ metadata }: EndpointSlice): boolean => !deepEqual(metadata.labels, labels);
  const key = toldKey(service.metadata, family);
  const before = told.get(key);
  const say = (reason: string, message: string): Intent => {
    const eventType = reason === "TopologyAwareHintsEnabled" ? "Normal" : "Warning";
    return { type: "event", regarding: service, eventType, reason, message: `${message}, addressType: ${family}` };
  };
  if (!isTopologyAware(service)) {
    told.delete(key);
    const packing = packEndpoints(groups, own, { isStale });
    return before === ENABLED ? { packing, event: say("TopologyAwareHintsDisabled", DISABLED) } : { packing };
  }
  memory.capacities ??= zoneCapacities(snapshot.list(Node));
  const packed = packEndpoints(withPresentHints(groups, own), own, { isStale });
  const { packing, why } = withTopologyHints(packed, own, memory.capacities);
  const message = why ?? ENABLED;
  told.set(key, message);
  if (message === before) return { packing };
  return {
    packing,
    event: say(why === undefined ? "TopologyAwareHintsEnabled" : "TopologyAwareHintsDisabled", message),
  };
}

const ENABLED = "Topology Aware Hints has been enabled";
const DISABLED = "Topology Aware Hints has been disabled";

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
