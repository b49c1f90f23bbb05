import { isHeadless } from "../../algorithms/index.ts";
import { type EndpointAddress, type EndpointSubset, Endpoints, Pod, Service } from "../../api/index.ts";
import {
  type AnyDefinition,
  defineController,
  ensureChildren,
  NOTHING,
  plan,
  read,
  type Snapshot,
} from "../../controller/index.ts";
import { sortedBy } from "../../std/index.ts";
import {
  hasEndpoints,
  isReady,
  type KeyedPorts,
  POD_INDEX,
  podLabelPairs,
  portsOf,
  SERVICE_INDEX,
  servicePods,
  serviceSelectorPair,
  servicesOfPod,
} from "./service-pods.ts";

const MANAGED_BY = "endpoints.kubernetes.io/managed-by";
const HEADLESS = "service.kubernetes.io/headless";
const OVER_CAPACITY = "endpoints.kubernetes.io/over-capacity";
/** What one Endpoints object may hold. */
const ADDRESSES_MAX = 1000;

/** Keeps the legacy Endpoints object of every Service with a selector. It goes with its Service. */
export const endpointsController: AnyDefinition = defineController({
  name: "endpoint-controller",
  primary: [Service],
  reads: [
    read(Service, { enqueue: "none", indexes: { [SERVICE_INDEX]: serviceSelectorPair } }),
    read(Pod, { enqueue: servicesOfPod, indexes: { [POD_INDEX]: podLabelPairs } }),
    read(Endpoints, {
      enqueue: ({ before, after, object }) => (before !== undefined && after === undefined ? [serviceKey(object)] : []),
    }),
  ],
  reconcile: (service, snapshot) => {
    if (service.metadata.deletionTimestamp !== undefined || !hasEndpoints(service)) return NOTHING;
    const { name, namespace = "" } = service.metadata;
    const before = snapshot.get(Endpoints, name, namespace);
    const existing = before === undefined ? [] : [before];
    return plan(ensureChildren(Endpoints, { desired: [endpointsOf(service, snapshot)], existing }));
  },
  absent: ({ name, namespace = "" }, snapshot) =>
    snapshot.get(Endpoints, name, namespace)?.metadata.labels?.[MANAGED_BY] === undefined
      ? NOTHING
      : { intents: [{ type: "delete", kind: Endpoints, name, namespace }] },
});

function serviceKey({ metadata }: Endpoints) {
  return { kind: Service, name: metadata.name, namespace: metadata.namespace ?? "" };
}

function endpointsOf(service: Service, snapshot: Snapshot<typeof Pod>): Endpoints {
  const { name, namespace = "" } = service.metadata;
  const pods = sortedBy(servicePods(service, snapshot), (pod) => pod.status?.podIP ?? "");
  const labels = {
    ...service.metadata.labels,
    [MANAGED_BY]: "endpoint-controller",
    ...(isHeadless(service) ? { [HEADLESS]: "" } : {}),
  };
  const annotations = pods.length > ADDRESSES_MAX ? { annotations: { [OVER_CAPACITY]: "truncated" } } : {};
  return {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: { name, namespace, labels, ...annotations },
    subsets: subsetsOf(service, readyFirst(pods).slice(0, ADDRESSES_MAX)),
  };
}

type Ports = KeyedPorts["ports"];

/** Pods with the same port numbers share a subset. Terminating pods are left out, unless not-ready ones are published. */
function subsetsOf(service: Service, pods: readonly Pod[]): readonly EndpointSubset[] {
  const publishes = service.spec.publishNotReadyAddresses === true;
  const portsOfPod = portsOf(service);
  const subsets = new Map<string, { ready: EndpointAddress[]; notReady: EndpointAddress[]; ports: Ports }>();
  for (const pod of pods) {
    if (pod.metadata.deletionTimestamp !== undefined && !publishes) continue;
    const { ports, key } = portsOfPod(pod);
    if (ports.length === 0 && !isHeadless(service)) continue;
    const subset = subsets.get(key) ?? { ready: [], notReady: [], ports };
    (publishes || isReady(pod) ? subset.ready : subset.notReady).push(addressOf(service, pod));
    subsets.set(key, subset);
  }
  return sortedBy(subsets, ([key]) => key).map(([, { ready, notReady, ports }]) => ({
    ...(ready.length === 0 ? {} : { addresses: ready }),
    ...(notReady.length === 0 ? {} : { notReadyAddresses: notReady }),
    ports: ports.map(({ name, port = 0, protocol = "TCP", appProtocol }) => ({
      ...(name === undefined || name === "" ? {} : { name }),
      port,
      protocol,
      ...(appProtocol === undefined ? {} : { appProtocol }),
    })),
  }));
}

function addressOf(service: Service, pod: Pod): EndpointAddress {
  const { name, namespace = "", uid = "" } = pod.metadata;
  const { nodeName, hostname, subdomain } = pod.spec;
  return {
    ip: pod.status?.podIP ?? "",
    ...(hostname !== undefined && hostname !== "" && subdomain === service.metadata.name ? { hostname } : {}),
    ...(nodeName === undefined ? {} : { nodeName }),
    targetRef: { kind: "Pod", namespace, name, uid },
  };
}

function readyFirst(pods: readonly Pod[]): readonly Pod[] {
  if (pods.length <= ADDRESSES_MAX) return pods;
  return [...pods.filter(isReady), ...pods.filter((pod) => !isReady(pod))];
}
