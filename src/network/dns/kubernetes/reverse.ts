import { addressOfReverseName } from "../../ip-address.ts";
import { lowerLabel, nameOf } from "../name.ts";
import { hostOf } from "./find.ts";
import { hasNamespace, type KubernetesView } from "./view.ts";

/**
 * The names a reverse name (given in labels) points to: of the Service with that ClusterIP, else of every ready endpoint with
 * that address, in the view's first zone that is no reverse one; "unwritable" when CoreDNS cannot write what it finds.
 */
export function reverseTargets(
  view: KubernetesView,
  labels: readonly string[],
  depends: string[],
): readonly string[] | "unwritable" {
  const address = addressOfReverseName(labels.map(lowerLabel));
  const primary = view.zones.find(({ part }) => part !== "reverse")?.name;
  if (address === undefined || primary === undefined) return [];
  depends.push(`ip:${address}`);
  const { zone } = view;
  const [service] = zone.serviceKeysOfClusterIp(address).filter((key) => isExposed(view, key) && isSelected(view, key));
  if (service !== undefined) return [nameIn(primary, service, [])];
  // A slice that names no Service leaves a hole in the name CoreDNS makes of it, and such a name cannot be written.
  if (!view.noEndpoints && zone.straySlices(address).some((key) => isExposed(view, key))) return "unwritable";
  const targets = zone
    .serviceKeysOfEndpoint(address)
    .filter((key) => !view.noEndpoints && isExposed(view, key))
    .flatMap((key) =>
      zone
        .endpoints(key, view.selects)
        .filter((endpoint) => endpoint.address === address)
        .map((endpoint) => nameIn(primary, key, [hostOf(view, endpoint)])),
    );
  return [...new Set(targets)];
}

/** CoreDNS looks at namespaces only when the Corefile names them; at their labels it does not look here. */
function isExposed(view: KubernetesView, key: string): boolean {
  return view.namespaces === undefined || hasNamespace(view, key.slice(0, key.indexOf("/")));
}

function isSelected(view: KubernetesView, key: string): boolean {
  return view.selects?.(view.zone.service(key)?.metadata.labels ?? {}) !== false;
}

function nameIn(zone: string, key: string, host: readonly string[]): string {
  const slash = key.indexOf("/");
  return `${nameOf([...host, key.slice(slash + 1), key.slice(0, slash), "svc"])}${zone}`;
}
