import { IPAddress, isAllocated, Service } from "../../api/index.ts";
import { defineController, later, NOTHING, type Plan, plan, read } from "../../controller/index.ts";
import { complaint } from "./complaint.ts";

/** A request that made an address has had its time-out by then. */
const GRACE_MS = 60_000;
const YOUNG_MS = 5_000;

/**
 * Removes IPAddresses the allocator made for a Service that is not there or does not have them (`syncIPAddress` of
 * `pkg/registry/core/service/ipallocator/controller`). Those of others are left alone.
 */
export const leakedAddressController = defineController({
  name: "ipaddress-repair-controller",
  primary: [IPAddress],
  reads: [read(Service, { enqueue: "none" })],
  reconcile: (address, snapshot) => {
    if (!isAllocated(address) || address.metadata.deletionTimestamp !== undefined) return NOTHING;
    const { name, creationTimestamp = "" } = address.metadata;
    const { group = "", resource, namespace = "", name: parent = "" } = address.spec.parentRef ?? { resource: "" };
    if (group !== "" || resource !== "services")
      return removal(address, "IPAddressNotAllocated", modified(name, { group, resource, namespace, parent }));
    const ageMs = snapshot.nowMs - Date.parse(creationTimestamp);
    const service = snapshot.get(Service, parent, namespace);
    if (service === undefined) {
      if (ageMs <= GRACE_MS) return later(GRACE_MS + 1 - ageMs);
      const told = `IPAddress: ${name} for Service ${namespace}/${parent} appears to have leaked: cleaning up`;
      return removal(address, "IPAddressNotAllocated", told);
    }
    if ((service.spec.clusterIPs ?? []).includes(name)) return NOTHING;
    if (service.spec.type === "ExternalName" && ageMs < GRACE_MS) return later(GRACE_MS - ageMs);
    const isNewer = Date.parse(creationTimestamp) > Date.parse(service.metadata.creationTimestamp ?? "");
    if (isNewer && ageMs < YOUNG_MS) return later(YOUNG_MS);
    const told = `IPAddress: ${name} for Service ${namespace}/${parent} has a wrong reference; cleaning up`;
    return removal(address, "IPAddressWrongReference", told);
  },
});

function modified(name: string, ref: Readonly<Record<"group" | "resource" | "namespace" | "parent", string>>): string {
  const text = `&ParentReference{Group:${ref.group},Resource:${ref.resource},Namespace:${ref.namespace},Name:${ref.parent},}`;
  return `IPAddress ${name} appears to have been modified, not referencing a Service ${text}: cleaning up`;
}

function removal(regarding: IPAddress, reason: string, message: string): Plan {
  const { name, uid = "" } = regarding.metadata;
  return plan(complaint(regarding, reason, message), { type: "delete", kind: IPAddress, name, uid });
}
