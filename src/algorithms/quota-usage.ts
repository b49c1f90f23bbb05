import type { Container, PersistentVolumeClaim, Pod, PodSpec, ResourceList, Service } from "../api/index.ts";
import {
  addQuantities,
  compareQuantities,
  getPath,
  groupResource,
  type KubeObject,
  parseQuantity,
  type Quantity,
} from "../apimachinery/index.ts";

/** Amounts by the names quotas use: `pods`, `requests.cpu`, `count/deployments.apps`. */
export type QuotaAmounts = Readonly<Record<string, Quantity>>;

type Address = { readonly group: string; readonly plural: string };

const ONE: Quantity = { nanos: 1_000_000_000n, format: "DecimalSI" };
const ZERO: Quantity = { nanos: 0n, format: "DecimalSI" };

/** Kinds that quotas also count under their bare name. */
const BARE = [
  "configmaps",
  "persistentvolumeclaims",
  "pods",
  "replicationcontrollers",
  "resourcequotas",
  "secrets",
  "services",
];
const DEVICES = "resource.k8s.io";
const DEVICE_CLASS = ".deviceclass.resource.k8s.io/devices";
/** What a request for all devices counts for (`AllocationResultsMaxSize`). */
const DEVICES_MAX = 32;
const STORAGE_CLASS = ".storageclass.storage.k8s.io/";

/** What an object of a kind takes of its namespace's quotas (`pkg/quota/v1/evaluator/core`). */
export function quotaUsage(kind: Address, object: KubeObject): QuotaAmounts {
  const count = { [`count/${groupResource(kind)}`]: ONE };
  if (kind.group === DEVICES && kind.plural === "resourceclaims") return { ...count, ...deviceUsage(object) };
  if (kind.group !== "" || !BARE.includes(kind.plural)) return count;
  switch (kind.plural) {
    case "pods":
      return { ...count, ...podUsage(object as Pod) };
    case "services":
      return { ...count, ...serviceUsage(object as Service) };
    case "persistentvolumeclaims":
      return { ...count, ...claimUsage(object as PersistentVolumeClaim) };
    default:
      return { ...count, [kind.plural]: ONE };
  }
}

/** The kind whose objects an amount is counted over. */
export function quotaKind(name: string): Address {
  const counted = /^count\/([^.]+)(?:\.(.+))?$/.exec(name);
  if (counted !== null) return { plural: counted[1] ?? "", group: counted[2] ?? "" };
  if (name.startsWith("services.")) return { group: "", plural: "services" };
  if (name.endsWith(DEVICE_CLASS)) return { group: DEVICES, plural: "resourceclaims" };
  if (name === "requests.storage" || name.includes(STORAGE_CLASS))
    return { group: "", plural: "persistentvolumeclaims" };
  return { group: "", plural: BARE.includes(name) ? name : "pods" };
}

/** The sum of two amounts, name by name. */
export function addQuotaAmounts(left: QuotaAmounts, right: QuotaAmounts): QuotaAmounts {
  const sum: Record<string, Quantity> = { ...left };
  for (const [name, amount] of Object.entries(right)) {
    const other = sum[name];
    sum[name] = other === undefined ? amount : addQuantities(other, amount);
  }
  return sum;
}

/** What pods ask for as a quota names it; pods that are done ask for nothing. */
function podUsage({ spec, status }: Pod): QuotaAmounts {
  if (status?.phase === "Failed" || status?.phase === "Succeeded") return {};
  const usage: Record<string, Quantity> = { pods: ONE };
  for (const [name, amount] of Object.entries(podTotals(spec, "requests"))) {
    usage[`requests.${name}`] = amount;
    if (isBareRequest(name)) usage[name] = amount;
  }
  for (const [name, amount] of Object.entries(podTotals(spec, "limits"))) usage[`limits.${name}`] = amount;
  return usage;
}

function isBareRequest(name: string): boolean {
  return name === "cpu" || name === "memory" || name === "ephemeral-storage" || name.startsWith("hugepages-");
}

function podTotals(spec: PodSpec, list: "requests" | "limits"): QuotaAmounts {
  let running: QuotaAmounts = {};
  let peak: QuotaAmounts = {};
  for (const container of spec.initContainers ?? []) {
    const amounts = containerAmounts(container, list);
    if (container.restartPolicy === "Always") running = addQuotaAmounts(running, amounts);
    else peak = larger(peak, addQuotaAmounts(running, amounts));
  }
  for (const container of spec.containers) running = addQuotaAmounts(running, containerAmounts(container, list));
  const overhead = list === "requests" || Object.keys(running).length > 0 ? amountsOf(spec.overhead) : {};
  return addQuotaAmounts(larger(running, peak), overhead);
}

function containerAmounts({ resources }: Container, list: "requests" | "limits"): QuotaAmounts {
  return amountsOf(list === "limits" ? resources?.limits : { ...resources?.limits, ...resources?.requests });
}

function amountsOf(list: ResourceList | undefined): QuotaAmounts {
  return Object.fromEntries(Object.entries(list ?? {}).map(([name, text]) => [name, parseQuantity(text)]));
}

function larger(left: QuotaAmounts, right: QuotaAmounts): QuotaAmounts {
  const result: Record<string, Quantity> = { ...left };
  for (const [name, amount] of Object.entries(right)) {
    const other = result[name];
    if (other === undefined || compareQuantities(other, amount) < 0) result[name] = amount;
  }
  return result;
}

function serviceUsage({ spec }: Service): QuotaAmounts {
  const ports = spec?.ports ?? [];
  const nodePorts = spec?.type === "NodePort" ? ports.length : ports.filter(({ nodePort }) => Boolean(nodePort)).length;
  const isBalanced = spec?.type === "LoadBalancer";
  const usesNodePorts = spec?.type === "NodePort" || isBalanced;
  return {
    services: ONE,
    "services.loadbalancers": isBalanced ? ONE : ZERO,
    "services.nodeports": usesNodePorts ? { ...ONE, nanos: ONE.nanos * BigInt(nodePorts) } : ZERO,
  };
}

function claimUsage({ spec }: PersistentVolumeClaim): QuotaAmounts {
  const requested = spec?.resources?.requests?.storage;
  const storage = requested === undefined ? ZERO : parseQuantity(requested);
  const storageClass = spec?.storageClassName;
  return {
    persistentvolumeclaims: ONE,
    "requests.storage": storage,
    ...(storageClass
      ? {
          [`${storageClass}${STORAGE_CLASS}requests.storage`]: storage,
          [`${storageClass}${STORAGE_CLASS}persistentvolumeclaims`]: ONE,
        }
      : {}),
  };
}

type DeviceRequest = { readonly deviceClassName?: string; readonly allocationMode?: string; readonly count?: number };
type ClaimRequest = DeviceRequest & {
  readonly exactly?: DeviceRequest;
  readonly firstAvailable?: readonly DeviceRequest[];
};

/** Devices a claim may come to have, by class; of alternatives the largest of each class counts. */
function deviceUsage(claim: KubeObject): QuotaAmounts {
  const requests = (getPath(claim, ["spec", "devices", "requests"]) ?? []) as readonly ClaimRequest[];
  let usage: QuotaAmounts = {};
  for (const { firstAvailable = [], exactly, ...own } of requests) {
    const alternatives = firstAvailable.length > 0 ? firstAvailable : [exactly ?? own];
    usage = addQuotaAmounts(usage, alternatives.map(devicesOf).reduce(larger, {}));
  }
  return usage;
}

function devicesOf({ deviceClassName = "", allocationMode, count = 1 }: DeviceRequest): QuotaAmounts {
  const devices = allocationMode === "All" ? DEVICES_MAX : count;
  return { [`${deviceClassName}${DEVICE_CLASS}`]: { ...ONE, nanos: ONE.nanos * BigInt(devices) } };
}

/** Resources containers have to speak of when a quota limits them; what is missing, as `must specify …` goes on. */
export function missingForQuota(spec: PodSpec, limited: readonly string[]): string | undefined {
  const required = limited.filter((name) => /^(?:(?:requests|limits)\.)?(?:cpu|memory)$/.test(name)).sort();
  const missing = required
    .map((name) => ({ name, containers: containersWithout(spec, name) }))
    .filter(({ containers }) => containers.length > 0)
    .map(({ name, containers }) => `${name} for: ${containers.join(",")}`);
  return missing.length === 0 ? undefined : missing.join("; ");
}

function containersWithout(spec: PodSpec, name: string): readonly string[] {
  const [list, resource] = name.startsWith("limits.")
    ? (["limits", name.slice("limits.".length)] as const)
    : (["requests", name.replace(/^requests\./, "")] as const);
  return [...spec.containers, ...(spec.initContainers ?? [])]
    .filter((container) => containerAmounts(container, list)[resource] === undefined)
    .map((container) => container.name)
    .sort();
}
