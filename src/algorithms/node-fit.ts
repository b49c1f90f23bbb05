import type { Container, ContainerPort, Pod, PodSpec, PodStatus, ResourceList } from "../api/index.ts";
import { milliValue, parseQuantity, quantityValue } from "../apimachinery/index.ts";
import { compareText } from "../std/index.ts";

/** Amounts by resource name: cpu in thousandths, everything else in whole units. */
export type Amounts = Readonly<Record<string, number>>;

/** Reads a resource list into amounts. */
export function amountsOf(list: ResourceList | undefined): Amounts {
  const amounts: Record<string, number> = {};
  for (const name in list) {
    const quantity = parseQuantity(list[name] as string);
    amounts[name] = name === "cpu" ? milliValue(quantity) : quantityValue(quantity);
  }
  return amounts;
}

type Asking = Pick<PodSpec, "containers" | "initContainers" | "resources" | "overhead">;

/**
 * What a pod asks of its node: its containers and sidecars together, or more where an init container needs more; what it asks for
 * as a whole instead; and what its runtime takes on top (`k8s.io/component-helpers/resource.PodRequests`).
 */
export function podRequests(spec: Asking): Amounts {
  return sumOfRequests(spec, containerRequests);
}

/** What a pod holds of its node: while its containers are resized, the most of what each asks for, was granted and has. */
export function heldRequests({ spec, status }: Pick<Pod, "spec" | "status">): Amounts {
  if (!isResizing(status)) return podRequests(spec);
  const told = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const isInfeasible = status?.conditions?.some(
    ({ type, reason }) => type === "PodResizePending" && reason === "Infeasible",
  );
  return sumOfRequests(spec, (container) => {
    const known = told.find(({ name }) => name === container.name);
    if (known === undefined) return containerRequests(container);
    const has = maxAmounts(amountsOf(known.allocatedResources), amountsOf(known.resources?.requests));
    return isInfeasible === true ? has : maxAmounts(containerRequests(container), has);
  });
}

/** Whether containers are to get, or are getting, other resources. */
export function isResizing(status: PodStatus | undefined): boolean {
  return status?.conditions?.some(({ type }) => type === "PodResizePending" || type === "PodResizeInProgress") === true;
}

function sumOfRequests(spec: Asking, requestsOf: (container: Container) => Amounts): Amounts {
  let running: Amounts = {};
  let peak: Amounts = {};
  for (const container of spec.initContainers ?? []) {
    const requests = requestsOf(container);
    if (container.restartPolicy === "Always") running = addAmounts(running, requests);
    else peak = maxAmounts(peak, addAmounts(running, requests));
  }
  for (const container of spec.containers) running = addAmounts(running, requestsOf(container));
  const most = maxAmounts(running, peak);
  const whole = spec.resources?.requests === undefined ? most : { ...most, ...amountsOf(spec.resources.requests) };
  return spec.overhead === undefined ? whole : addAmounts(whole, amountsOf(spec.overhead));
}

/** The sum of two amounts, resource by resource. */
export function addAmounts(left: Amounts, right: Amounts): Amounts {
  return combined(left, right, (one, other) => one + other);
}

/** `left` less `right`, resource by resource. */
export function subtractAmounts(left: Amounts, right: Amounts): Amounts {
  return combined(left, right, (one, other) => one - other);
}

/** One resource a pod lacks on a node; `hopeless` when the node could not hold it even if it were empty. */
export type Shortage = { readonly resource: string; readonly hopeless: boolean };

/** The resources of which a node has too little left, cpu and memory first (`noderesources.fitsRequest`). */
export function shortages(requests: Amounts, used: Amounts, allocatable: Amounts): readonly Shortage[] {
  return Object.keys(requests)
    .filter((resource) => (requests[resource] as number) > 0)
    .sort((left, right) => rank(left) - rank(right) || compareText(left, right))
    .filter((resource) => (requests[resource] as number) > (allocatable[resource] ?? 0) - (used[resource] ?? 0))
    .map((resource) => ({ resource, hopeless: (requests[resource] as number) > (allocatable[resource] ?? 0) }));
}

/** How free a node would be with the pod on it: 0 to 100, the mean over cpu and memory (`LeastAllocated`). */
export function leastAllocatedScore(requests: Amounts, used: Amounts, allocatable: Amounts): number {
  let sum = 0;
  let count = 0;
  for (const resource of SCORED) {
    const capacity = allocatable[resource] ?? 0;
    if (capacity === 0) continue;
    const taken = (used[resource] ?? 0) + (requests[resource] ?? 0);
    sum += taken > capacity ? 0 : Math.floor(((capacity - taken) * 100) / capacity);
    count++;
  }
  return count === 0 ? 0 : Math.floor(sum / count);
}

/** How evenly cpu and memory would be used: 100 when their fractions are equal (`NodeResourcesBalancedAllocation`). */
export function balancedAllocationScore(requests: Amounts, used: Amounts, allocatable: Amounts): number {
  const [cpu, memory] = SCORED.map((resource) => {
    const capacity = allocatable[resource] ?? 0;
    return capacity === 0 ? 1 : Math.min(1, ((used[resource] ?? 0) + (requests[resource] ?? 0)) / capacity);
  }) as [number, number];
  return Math.floor((1 - Math.abs(cpu - memory) / 2) * 100);
}

/** What scoring takes a container to use that names no request: 100m and 200 MB (`schedutil.GetNonzeroRequests`). */
export function scoredRequests(spec: Pick<PodSpec, "containers">): Amounts {
  let cpu = 0;
  let memory = 0;
  for (const container of spec.containers) {
    const requests = containerRequests(container);
    cpu += requests.cpu ?? 100;
    memory += requests.memory ?? 200 * 1024 * 1024;
  }
  return { cpu, memory };
}

/** The ports of the node that a pod takes for itself; with hostNetwork every container port is one. */
export function hostPorts(spec: Pick<PodSpec, "containers" | "hostNetwork">): readonly ContainerPort[] {
  const ports: ContainerPort[] = [];
  for (const container of spec.containers)
    for (const port of container.ports ?? []) {
      const hostPort = port.hostPort ?? (spec.hostNetwork === true ? port.containerPort : 0);
      if (hostPort > 0) ports.push(port.hostPort === hostPort ? port : { ...port, hostPort });
    }
  return ports;
}

/** Whether two ports of one node collide: same number and protocol, and the same address or any. */
export function hostPortsCollide(left: ContainerPort, right: ContainerPort): boolean {
  if (left.hostPort !== right.hostPort || (left.protocol ?? "TCP") !== (right.protocol ?? "TCP")) return false;
  return isAnyAddress(left.hostIP) || isAnyAddress(right.hostIP) || left.hostIP === right.hostIP;
}

const SCORED = ["cpu", "memory"] as const;

/** A limit stands in for a request that is not named, as the API server's defaults do. */
function containerRequests(container: Container): Amounts {
  const resources = container.resources;
  if (resources === undefined || (resources.requests === undefined && resources.limits === undefined)) return NONE;
  return amountsOf({ ...resources.limits, ...resources.requests });
}

const NONE: Amounts = {};

function maxAmounts(left: Amounts, right: Amounts): Amounts {
  return combined(left, right, Math.max);
}

function combined(left: Amounts, right: Amounts, join: (one: number, other: number) => number): Amounts {
  if (right === NONE) return left;
  const result: Record<string, number> = { ...left };
  for (const name in right) result[name] = join(left[name] ?? 0, right[name] as number);
  return result;
}

function rank(resource: string): number {
  const index = ["cpu", "memory", "ephemeral-storage"].indexOf(resource);
  return index < 0 ? 3 : index;
}

function isAnyAddress(address: string | undefined): boolean {
  return address === undefined || address === "" || address === "0.0.0.0";
}
