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
import { deepEqual, sortedBy } from "../../std/index.ts";
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
import { podAddress } from "./slice-endpoint.ts";
import { TriggerTimes } from "./trigger-times.ts";

const MANAGED_BY = "endpoints.kubernetes.io/managed-by";
const HEADLESS = "service.kubernetes.io/headless";
const OVER_CAPACITY = "endpoints.kubernetes.io/over-capacity";
const TRIGGER_TIME = "endpoints.kubernetes.io/last-change-trigger-time";
/** What one Endpoints object may hold. */
const ADDRESSES_MAX = 1000;

/** Keeps the legacy Endpoints object of every Service with a selector. It goes with its Service. */
export function endpointsController(): AnyDefinition {
  const triggers = new TriggerTimes();
  return defineController({
    name: "endpoint-controller",
    primary: [Service],
    reads: [
      read(Service, { enqueue: "none", indexes: { [SERVICE_INDEX]: serviceSelectorPair } }),
      read(Pod, { enqueue: servicesOfPod, indexes: { [POD_INDEX]: podLabelPairs } }),
      read(Endpoints, {
        enqueue: ({ before, after, object }) =>
          before !== undefined && after === undefined ? [serviceKey(object)] : [],
      }),
    ],
    reconcile: (service, snapshot) => {
      if (service.metadata.deletionTimestamp !== undefined || !hasEndpoints(service)) return NOTHING;
      const { name, namespace = "" } = service.metadata;
      const before = snapshot.get(Endpoints, name, namespace);
      const existing = before === undefined ? [] : [before];
      const desired = [endpointsOf(service, snapshot, triggers)];
      return plan(ensureChildren(Endpoints, { desired, existing, merge: withUserAnnotations, equal: isUnchanged }));
    },
    absent: ({ name, namespace = "" }, snapshot) => {
      triggers.forget({ name, namespace });
      return snapshot.get(Endpoints, name, namespace)?.metadata.labels?.[MANAGED_BY] === undefined
        ? NOTHING
        : { intents: [{ type: "delete", kind: Endpoints, name, namespace }] };
    },
  });
}

function serviceKey({ metadata }: Endpoints) {
  return { kind: Service, name: metadata.name, namespace: metadata.namespace ?? "" };
}

/** Labels are the Service's; annotations of others stay, the controller's own come and go. */
function withUserAnnotations(desired: Endpoints, existing: Endpoints): Endpoints {
  const { [OVER_CAPACITY]: _capacity, [TRIGGER_TIME]: _time, ...annotations } = existing.metadata.annotations ?? {};
  const metadata = {
    ...existing.metadata,
    labels: desired.metadata.labels ?? {},
    annotations: { ...annotations, ...desired.metadata.annotations },
  };
  return { ...desired, metadata };
}

/** A later time of the last change is no change. */
function isUnchanged(merged: Endpoints, existing: Endpoints): boolean {
  const untimed = ({ metadata, ...rest }: Endpoints) => {
    const { [TRIGGER_TIME]: _time, ...annotations } = metadata.annotations ?? {};
    return { ...rest, subsets: rest.subsets ?? [], labels: metadata.labels ?? {}, annotations };
  };
  return deepEqual(untimed(merged), untimed(existing));
}

function endpointsOf(service: Service, snapshot: Snapshot<typeof Pod>, triggers: TriggerTimes): Endpoints {
  const { name, namespace = "" } = service.metadata;
  const family = service.spec.ipFamilies?.[0] ?? "IPv4";
  const pods = servicePods(service, snapshot);
  const placed = pods.flatMap((pod) => {
    const ip = podAddress(pod, family);
    return ip === undefined ? [] : [{ pod, ip }];
  });
  const { subsets, isTruncated } = truncated(
    subsetsOf(
      service,
      sortedBy(placed, ({ ip }) => ip),
    ),
  );
  const labels = {
    ...service.metadata.labels,
    [MANAGED_BY]: "endpoint-controller",
    ...(isHeadless(service) ? { [HEADLESS]: "" } : {}),
  };
  const trigger = triggers.next(service, pods);
  const annotations = {
    ...(trigger === undefined ? {} : { [TRIGGER_TIME]: trigger }),
    ...(isTruncated ? { [OVER_CAPACITY]: "truncated" } : {}),
  };
  return { apiVersion: "v1", kind: "Endpoints", metadata: { name, namespace, labels, annotations }, subsets };
}

type Ports = KeyedPorts["ports"];
type Subset = {
  readonly ready: readonly EndpointAddress[];
  readonly notReady: readonly EndpointAddress[];
  readonly ports: Ports;
};

/** Pods with the same port numbers share a subset. Terminating pods are left out, unless not-ready ones are published. */
function subsetsOf(service: Service, placed: readonly { readonly pod: Pod; readonly ip: string }[]): readonly Subset[] {
  const publishes = service.spec.publishNotReadyAddresses === true;
  const portsOfPod = portsOf(service);
  const subsets = new Map<string, { ready: EndpointAddress[]; notReady: EndpointAddress[]; ports: Ports }>();
  for (const { pod, ip } of placed) {
    if (pod.metadata.deletionTimestamp !== undefined && !publishes) continue;
    const { ports, key } = portsOfPod(pod);
    if (ports.length === 0 && !isHeadless(service)) continue;
    const subset = subsets.get(key) ?? { ready: [], notReady: [], ports };
    (publishes || isReady(pod) ? subset.ready : subset.notReady).push(addressOf(service, pod, ip));
    subsets.set(key, subset);
  }
  return sortedBy(subsets, ([key]) => key).map(([, subset]) => subset);
}

/** At most a thousand addresses: ready ones before others, and each subset's part of them (`truncateEndpoints`). */
function truncated(all: readonly Subset[]): {
  readonly subsets: readonly EndpointSubset[];
  readonly isTruncated: boolean;
} {
  const count = (list: "ready" | "notReady"): number => all.reduce((sum, subset) => sum + subset[list].length, 0);
  const [ready, notReady] = [count("ready"), count("notReady")];
  const readyShare = ready === 0 ? 1 : Math.min(1, ADDRESSES_MAX / ready);
  const left = Math.max(0, ADDRESSES_MAX - ready);
  const notReadyShare = notReady === 0 ? 1 : Math.min(1, left / notReady);
  let [readyLeft, notReadyLeft] = [ADDRESSES_MAX, left];
  const subsets = all.map((subset): EndpointSubset => {
    const kept = subset.ready.slice(0, Math.min(readyLeft, Math.ceil(subset.ready.length * readyShare)));
    const others = subset.notReady.slice(0, Math.min(notReadyLeft, Math.ceil(subset.notReady.length * notReadyShare)));
    readyLeft -= kept.length;
    notReadyLeft -= others.length;
    return {
      ...(kept.length === 0 ? {} : { addresses: kept }),
      ...(others.length === 0 ? {} : { notReadyAddresses: others }),
      ports: subset.ports.map(({ name, port = 0, protocol = "TCP", appProtocol }) => ({
        ...(name === undefined || name === "" ? {} : { name }),
        port,
        protocol,
        ...(appProtocol === undefined ? {} : { appProtocol }),
      })),
    };
  });
  return { subsets, isTruncated: ready + notReady > ADDRESSES_MAX };
}

function addressOf(service: Service, pod: Pod, ip: string): EndpointAddress {
  const { name, namespace = "", uid = "" } = pod.metadata;
  const { nodeName, hostname, subdomain } = pod.spec;
  return {
    ip,
    ...(hostname !== undefined && hostname !== "" && subdomain === service.metadata.name ? { hostname } : {}),
    ...(nodeName === undefined ? {} : { nodeName }),
    targetRef: { kind: "Pod", namespace, name, uid },
  };
}
