import { formatQuantity, qualifiedNameErrors, tryParseQuantity } from "../../apimachinery/index.ts";
import { type Findings, invalid, invalidFor, NOTHING, notSupported, required } from "../validation.ts";

/** All fields of a pod a reference may name somewhere, each kind of reference having its own among them. */
const KNOWN_FIELDS = new Set([
  "metadata.annotations",
  "metadata.labels",
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.restartPolicy",
  "spec.serviceAccountName",
  "spec.schedulerName",
  "status.phase",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
]);

/** A reference to a field of the pod, of those `supported` or an entry of its labels or annotations (`validateObjectFieldSelector`). */
export function fieldReference(fieldPath: string, path: string, supported: readonly string[]): Findings {
  if (fieldPath === "") return [required(`${path}.fieldPath`)];
  const subscripted = /^(metadata\.(?:annotations|labels))\['(.+)'\]$/.exec(fieldPath);
  if (subscripted?.[2] !== undefined) {
    const key = subscripted[1] === "metadata.labels" ? subscripted[2] : subscripted[2].toLowerCase();
    return invalidFor(path, key, qualifiedNameErrors(key));
  }
  // Old clients call the node spec.host.
  if (supported.includes(fieldPath === "spec.host" ? "spec.nodeName" : fieldPath)) return NOTHING;
  if (KNOWN_FIELDS.has(fieldPath)) return [notSupported(`${path}.fieldPath`, fieldPath, supported)];
  const detail = `error converting fieldPath: field label not supported: ${fieldPath}`;
  return [invalid(`${path}.fieldPath`, fieldPath, detail)];
}

const RESOURCES = [
  "limits.cpu",
  "limits.ephemeral-storage",
  "limits.memory",
  "requests.cpu",
  "requests.ephemeral-storage",
  "requests.memory",
];
const HUGE_PAGES = /^(?:limits|requests)\.hugepages-/;
const OF_CPU = ["1m", "1"];
const OF_BYTES = ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];

/** A reference to a resource of a container (`validateContainerResourceFieldSelector`). */
export function resourceReference(
  { resource = "", divisor }: { readonly resource?: string; readonly divisor?: unknown },
  path: string,
): Findings {
  if (resource === "") return [required(`${path}.resource`)];
  if (!RESOURCES.includes(resource) && !HUGE_PAGES.test(resource))
    return [notSupported(`${path}.resource`, resource, RESOURCES)];
  const quantity = tryParseQuantity(divisor);
  if (quantity === undefined || quantity.nanos === 0n) return NOTHING;
  const [name, allowed] = divisorsOf(resource);
  if (allowed.includes(formatQuantity(quantity))) return NOTHING;
  const listed = allowed === OF_CPU ? "1m and 1" : OF_BYTES.join(", ");
  return [
    invalid(`${path}.divisor`, resource, `only divisor's values ${listed} are supported with the ${name} resource`),
  ];
}

function divisorsOf(resource: string): readonly [name: string, allowed: readonly string[]] {
  if (resource.endsWith(".cpu")) return ["cpu", OF_CPU];
  if (resource.endsWith(".memory")) return ["memory", OF_BYTES];
  return [HUGE_PAGES.test(resource) ? "hugepages" : "local ephemeral storage", OF_BYTES];
}
