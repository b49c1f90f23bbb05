import { type EndpointPort, Pod, Service } from "../../api/index.ts";
import { isConditionTrue } from "../../apimachinery/index.ts";
import type { Change, Key, Reader, Snapshot } from "../../controller/index.ts";
import { stableJson } from "../../std/index.ts";

type Labels = Readonly<Record<string, string>>;

/** Index of Services by one pair of their selector: what a pod's labels are looked up in. */
export const SERVICE_INDEX = "selectorPair";
/** Index of pods by each of their labels, within their namespace. */
export const POD_INDEX = "label";

/** The pair a Service is indexed by. Any pair will do: what it finds is checked against the whole selector. */
export function serviceSelectorPair(service: Service): readonly string[] {
  const pair = selectorPair(service);
  return pair === undefined ? [] : [pair];
}

export function podLabelPairs({ metadata }: Pod): readonly string[] {
  return Object.entries(metadata.labels ?? {}).map(([key, value]) => `${metadata.namespace}/${key}=${value}`);
}

/** Whether the endpoint controllers look after the Service at all. */
export function hasEndpoints({ spec }: Service): boolean {
  return spec.type !== "ExternalName" && Object.keys(spec.selector ?? {}).length > 0;
}

/** The pods a Service may send to: selected, with an address, and not over. */
export function servicePods(service: Service, snapshot: Reader<typeof Pod>): readonly Pod[] {
  const value = selectorPair(service);
  if (value === undefined) return [];
  return snapshot.list(Pod, {
    index: { name: POD_INDEX, value },
    where: (pod) => selects(service, pod.metadata.labels) && hasAddress(pod),
  });
}

/** The Services whose endpoints a pod's change may alter. */
export function servicesOfPod({ before, after }: Change<Pod>, snapshot: Snapshot<typeof Service>): readonly Key[] {
  if (before !== undefined && after !== undefined && !bearsOnEndpoints(before, after)) return [];
  const keys = new Map<string, Key>();
  for (const pod of [before, after]) {
    if (pod === undefined || !(hasAddress(pod) || (before !== undefined && hasAddress(before)))) continue;
    for (const value of podLabelPairs(pod))
      for (const service of snapshot.list(Service, { index: { name: SERVICE_INDEX, value } }))
        if (selects(service, pod.metadata.labels)) keys.set(service.metadata.name, keyOf(service));
  }
  return [...keys.values()];
}

export function keyOf({ metadata }: { readonly metadata: Service["metadata"] }): Key {
  return metadata.namespace === undefined
    ? { kind: Service, name: metadata.name }
    : { kind: Service, name: metadata.name, namespace: metadata.namespace };
}

export function isReady(pod: Pod): boolean {
  return isConditionTrue(pod.status?.conditions, "Ready");
}

/** Ports of pods, and a key that is the same for the same ports. */
export type KeyedPorts = { readonly ports: readonly EndpointPort[]; readonly key: string };

/** The ports of a Service's pods; computed once for all of them, unless they go by names that each pod may number its own way. */
export function portsOf(service: Service): (pod: Pod) => KeyedPorts {
  const keyed = (pod: Pod): KeyedPorts => {
    const ports = endpointPorts(service, pod);
    return { ports, key: stableJson(ports) };
  };
  if (service.spec.ports?.some(({ targetPort: target }) => typeof target === "string") === true) return keyed;
  let common: KeyedPorts | undefined;
  return (pod) => {
    common ??= keyed(pod);
    return common;
  };
}

/** The pod's own numbers for a Service's ports; a named target port a pod lacks is left out (`FindPort`). */
function endpointPorts(service: Service, pod: Pod): readonly EndpointPort[] {
  return (service.spec.ports ?? []).flatMap((servicePort) => {
    const { name = "", protocol = "TCP", appProtocol } = servicePort;
    const port = targetPort(servicePort, pod);
    if (port === undefined) return [];
    return [appProtocol === undefined ? { name, protocol, port } : { name, protocol, port, appProtocol }];
  });
}

function targetPort(
  { port, targetPort: target, protocol = "TCP" }: NonNullable<Service["spec"]["ports"]>[number],
  pod: Pod,
) {
  if (typeof target === "number") return target === 0 ? port : target;
  if (target === undefined || target === "") return port;
  const sidecars = (pod.spec.initContainers ?? []).filter((container) => container.restartPolicy === "Always");
  for (const container of [...pod.spec.containers, ...sidecars])
    for (const candidate of container.ports ?? [])
      if (candidate.name === target && (candidate.protocol ?? "TCP") === protocol) return candidate.containerPort;
  return undefined;
}

function selectorPair(service: Service): string | undefined {
  const selector = service.spec.selector ?? {};
  const [key] = Object.keys(selector).sort();
  return key === undefined ? undefined : `${service.metadata.namespace}/${key}=${selector[key]}`;
}

function selects(service: Service, labels: Labels | undefined): boolean {
  const selector = service.spec.selector ?? {};
  for (const key in selector) if (labels?.[key] !== selector[key]) return false;
  return true;
}

function hasAddress({ status }: Pod): boolean {
  return (status?.podIP ?? "") !== "" && status?.phase !== "Succeeded" && status?.phase !== "Failed";
}

function bearsOnEndpoints(before: Pod, after: Pod): boolean {
  return !(
    before.status?.podIP === after.status?.podIP &&
    before.metadata.deletionTimestamp === after.metadata.deletionTimestamp &&
    isReady(before) === isReady(after) &&
    hasAddress(before) === hasAddress(after) &&
    sameLabels(before.metadata.labels ?? {}, after.metadata.labels ?? {})
  );
}

function sameLabels(left: Labels, right: Labels): boolean {
  if (left === right) return true;
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length && keys.every((key) => left[key] === right[key]);
}
