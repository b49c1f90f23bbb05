import { qualifiedNameErrors } from "../../apimachinery/index.ts";

const COMPUTE = ["cpu", "memory", "ephemeral-storage"] as const;
const QUOTA_COUNTS = [
  "pods",
  "services",
  "replicationcontrollers",
  "resourcequotas",
  "secrets",
  "configmaps",
  "persistentvolumeclaims",
  "services.nodeports",
  "services.loadbalancers",
] as const;
const COMPUTE_OF_PODS = COMPUTE.flatMap((name) => [`requests.${name}`, `limits.${name}`]);
const OF_CONTAINERS: ReadonlySet<string> = new Set(COMPUTE);
const OF_QUOTAS: ReadonlySet<string> = new Set([...COMPUTE, ...COMPUTE_OF_PODS, ...QUOTA_COUNTS, "requests.storage"]);
const STANDARD: ReadonlySet<string> = new Set([...OF_QUOTAS, "storage"]);
const WHOLE: ReadonlySet<string> = new Set(QUOTA_COUNTS);

/** `hugepages-2Mi` and its like. */
export function isHugePages(name: string): boolean {
  return name.startsWith("hugepages-");
}

/** Names of Kubernetes itself: without a domain, or of kubernetes.io (`helper.IsNativeResource`). */
function isNative(name: string): boolean {
  return !name.includes("/") || name.includes("kubernetes.io/");
}

/** Whether a request may be less than its limit (`helper.IsOvercommitAllowed`). */
export function mayOvercommit(name: string): boolean {
  return isNative(name) && !isHugePages(name);
}

/** A resource a device plugin announces (`helper.IsExtendedResourceName`). */
function isExtended(name: string): boolean {
  return !isNative(name) && !name.startsWith("requests.") && qualifiedNameErrors(`requests.${name}`).length === 0;
}

/** A resource that is counted, not measured (`helper.IsIntegerResourceName`). */
export function isCounted(name: string): boolean {
  return WHOLE.has(name) || isExtended(name);
}

/** What is wrong with the name of any resource. */
export function resourceNameErrors(name: string): readonly string[] {
  const errors = qualifiedNameErrors(name);
  if (errors.length > 0) return errors;
  const isKnown =
    name.includes("/") || STANDARD.has(name) || isHugePages(name) || name.startsWith("requests.hugepages-");
  return isKnown ? [] : ["must be a standard resource type or fully qualified"];
}

/** What is wrong with the name of a resource of a container. */
export function containerResourceNameErrors(name: string): readonly string[] {
  if (OF_CONTAINERS.has(name)) return [];
  const errors = resourceNameErrors(name);
  if (!name.includes("/"))
    return isHugePages(name) ? errors : [...errors, "must be a standard resource for containers"];
  return isNative(name) || isExtended(name) ? errors : [...errors, "doesn't follow extended resource name standard"];
}

/** What is wrong with the name of a resource a quota limits. */
export function quotaResourceNameErrors(name: string): readonly string[] {
  const errors = resourceNameErrors(name);
  if (name.includes("/") || OF_QUOTAS.has(name)) return errors;
  return isHugePages(name) || name.startsWith("requests.hugepages-")
    ? errors
    : [...errors, "must be a standard resource for quota"];
}

/** Whether a quota knows the name by itself (`helper.IsStandardQuotaResourceName`). */
export function isQuotaResource(name: string): boolean {
  return OF_QUOTAS.has(name) || isHugePages(name) || name.startsWith("requests.hugepages-");
}
