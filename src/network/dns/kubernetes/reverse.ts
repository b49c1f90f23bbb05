import { addressOfReverseName } from "../../ip-address.ts";
import { lowerLabel, nameOf } from "../name.ts";
import { hostOf } from "./find.ts";
import { hasNamespace, type KubernetesView } from "./view.ts";

/**
 * The names a reverse name (given in labels) points to: of the Service with that ClusterIP, else of every ready endpoint with
 * that address, in the view's first zone that is no reverse one.
 */
export function reverseTargets(view: KubernetesView, labels: readonly string[], depends: string[]): readonly string[] {
  const address = addressOfReverseName(labels.map(lowerLabel));
  const primary = view.zones.find(({ part }) => part !== "reverse")?.name;
  if (address === undefined || primary === undefined) return [];
  depends.push(`ip:${address}`);
  const { zone } = view;
  const [service] = zone.serviceKeysOfClusterIp(address).filter((key) => isExposed(view, key));
  if (service !== undefined) return [nameIn(primary, service, [])];
  const targets = zone
    .serviceKeysOfEndpoint(address)
    .filter((key) => !view.noEndpoints && isExposed(view, key))
    .flatMap((key) =>
      zone
        .endpoints(key)
        .filter((endpoint) => endpoint.address === address)
        .map((endpoint) => nameIn(primary, key, [hostOf(view, endpoint)])),
    );
  return [...new Set(targets)];
}

/** CoreDNS looks at the `namespaces` list only: names of namespaces that are gone are still pointed to. */
function isExposed(view: KubernetesView, key: string): boolean {
  const namespace = key.slice(0, key.indexOf("/"));
  return view.zone.namespaceLabels(namespace) === undefined || hasNamespace(view, namespace);
}

function nameIn(zone: string, key: string, host: readonly string[]): string {
  const slash = key.indexOf("/");
  return `${nameOf([...host, key.slice(slash + 1), key.slice(0, slash), "svc"])}${zone}`;
}
