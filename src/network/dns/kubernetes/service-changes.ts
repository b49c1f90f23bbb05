import type { Service } from "../../../api/index.ts";
import { deepEqual } from "../../../std/index.ts";
import { portsOf } from "./zone-endpoint.ts";

/** Where a Service is reached from outside: its externalIPs, and the addresses or names of its load balancer. */
export function externalAddresses(service: Service | undefined): readonly string[] {
  const ingress = service?.status?.loadBalancer?.ingress ?? [];
  return [...(service?.spec.externalIPs ?? []), ...ingress.map(({ ip, hostname }) => ip ?? hostname ?? "")];
}

/** Whether a Service that changed, came or went is another to DNS inside (`serviceModified` of CoreDNS). */
export function changesInside(before: Service | undefined, after: Service | undefined): boolean {
  if (before === undefined || after === undefined) return true;
  return before.spec.externalName !== after.spec.externalName || !isSamePorts(before, after);
}

/** Whether a changed Service is another from outside; one that came or went does not count there. */
export function changesOutside(before: Service | undefined, after: Service | undefined): boolean {
  if (before === undefined || after === undefined) return false;
  return !deepEqual(externalAddresses(before), externalAddresses(after)) || !isSamePorts(before, after);
}

function isSamePorts(before: Service, after: Service): boolean {
  return deepEqual(portsOf(before.spec.ports ?? []), portsOf(after.spec.ports ?? []));
}
