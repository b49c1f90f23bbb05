import type { Service } from "../../../api/index.ts";
import { deepEqual } from "../../../std/index.ts";
import { portsOf } from "./zone-endpoint.ts";

/** Where a Service is reached from outside: its externalIPs, and the addresses or names of its load balancer. */
export function externalAddresses(service: Service | undefined): readonly string[] {
  const ingress = service?.status?.loadBalancer?.ingress ?? [];
  return [...(service?.spec.externalIPs ?? []), ...ingress.map(({ ip, hostname }) => ip ?? hostname ?? "")];
}

/** Whether a changed Service is another from outside; one that came or went does not count (`serviceModified` of CoreDNS). */
export function changesOutside(before: Service | undefined, after: Service | undefined): boolean {
  if (before === undefined || after === undefined) return false;
  const isSame =
    deepEqual(externalAddresses(before), externalAddresses(after)) &&
    deepEqual(portsOf(before.spec.ports ?? []), portsOf(after.spec.ports ?? []));
  return !isSame;
}
