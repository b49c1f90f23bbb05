import type { EnvVarSource, Node, Pod } from "../../api/index.ts";
import { milliValue, parseQuantity, quantityValue } from "../../apimachinery/index.ts";

/** The value of a downward API field; `undefined` when the path names none (`pkg/fieldpath`). */
export function podField(pod: Pod, fieldPath: string): string | undefined {
  const subscript = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(fieldPath);
  if (subscript !== null) return pod.metadata[subscript[1] as "labels" | "annotations"]?.[subscript[2] as string] ?? "";
  switch (fieldPath) {
    case "metadata.name":
      return pod.metadata.name;
    case "metadata.namespace":
      return pod.metadata.namespace ?? "";
    case "metadata.uid":
      return pod.metadata.uid ?? "";
    case "metadata.labels":
      return formatMap(pod.metadata.labels);
    case "metadata.annotations":
      return formatMap(pod.metadata.annotations);
    case "spec.nodeName":
      return pod.spec.nodeName ?? "";
    case "spec.serviceAccountName":
      return pod.spec.serviceAccountName ?? "";
    case "status.hostIP":
      return pod.status?.hostIP ?? "";
    case "status.hostIPs":
      return (pod.status?.hostIPs ?? []).map(({ ip }) => ip).join(",");
    case "status.podIP":
      return pod.status?.podIP ?? "";
    case "status.podIPs":
      return (pod.status?.podIPs ?? []).map(({ ip }) => ip).join(",");
    default:
      return undefined;
  }
}

/** A container's request or limit in units of the divisor, rounded up; a limit not set is what the node has to give. */
export function containerResource(
  pod: Pod,
  ownName: string,
  reference: NonNullable<EnvVarSource["resourceFieldRef"]>,
  node: Node,
): string {
  const name = reference.containerName ?? ownName;
  const container = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find((each) => each.name === name);
  const [list, resource = ""] = reference.resource.split(/\.(.*)/) as ["limits" | "requests", string?];
  const resources = container?.resources;
  const text =
    list === "limits"
      ? (resources?.limits?.[resource] ?? node.status?.allocatable?.[resource])
      : (resources?.requests?.[resource] ?? resources?.limits?.[resource]);
  const amount = parseQuantity(text ?? "0");
  const divisor = parseQuantity(reference.divisor === undefined || reference.divisor === "0" ? "1" : reference.divisor);
  if (resource === "cpu") return String(Math.ceil(milliValue(amount) / milliValue(divisor)));
  return String(Math.ceil(quantityValue(amount) / quantityValue(divisor)));
}

/** Labels or annotations as a downward API file has them: `key="value"` lines in order. */
function formatMap(map: Readonly<Record<string, string>> | undefined): string {
  return Object.keys(map ?? {})
    .sort()
    .map((key) => `${key}=${JSON.stringify(map?.[key])}`)
    .join("\n");
}
