import { Service } from "../../api/index.ts";
import { type AnyDefinition, defineController, type Intent, plan, read } from "../../controller/index.ts";
import { cidrContains, parseIp } from "../../std/index.ts";

/**
 * Looks whether the Services' addresses fit the cluster, when it starts and when they change, and says so where they do not:
 * outside the range (it was changed), claimed twice, or no address at all (`pkg/registry/core/service/ipallocator/controller`).
 * Leaked addresses need no repair here: the allocator holds what the store says and nothing else.
 */
export function addressRepairController(serviceCIDR: string): AnyDefinition {
  const ranges = serviceCIDR.split(",").map((cidr) => cidr.trim());
  return defineController({
    name: "ipallocator-repair-controller",
    primary: [Service],
    reads: [read(Service, { enqueue: "none", indexes: { address: addressesOf } })],
    reconcile: (service, snapshot) => {
      const complaint = (reason: string, message: string): Intent => ({
        type: "event",
        regarding: service,
        eventType: "Warning",
        reason,
        message,
      });
      const findings = addressesOf(service).flatMap((address) => {
        const ip = parseIp(address);
        if (ip === undefined)
          return [complaint("ClusterIPNotValid", `Cluster IP ${address} is not a valid IP; please recreate Service`)];
        const family = ranges.filter((range) => range.includes(":") === address.includes(":"));
        if (!family.some((range) => cidrContains(range, ip)))
          return [
            complaint(
              "ClusterIPOutOfRange",
              `Cluster IP [${ip.family}]: ${address} is not within any configured Service CIDR; please recreate service`,
            ),
          ];
        const [first, second] = snapshot.list(Service, { index: { name: "address", value: address } });
        if (second === undefined || first?.metadata.uid === service.metadata.uid) return [];
        return [
          complaint(
            "ClusterIPAlreadyAllocated",
            `Cluster IP [${ip.family}]: ${address} was assigned to multiple services; please recreate service`,
          ),
        ];
      });
      return plan(findings);
    },
  });
}

function addressesOf({ spec }: Service): readonly string[] {
  if (spec.type === "ExternalName") return [];
  return (spec.clusterIPs ?? [spec.clusterIP ?? ""]).filter((address) => address !== "" && address !== "None");
}
