import { IPAddress, ipAddressOf, isAddressOf, isAllocated, Service, ServiceCIDR } from "../../api/index.ts";
import { objectKey } from "../../apimachinery/index.ts";
import {
  type AnyDefinition,
  defineController,
  type Intent,
  type Key,
  later,
  NOTHING,
  type Plan,
  plan,
  read,
  type Snapshot,
} from "../../controller/index.ts";
import { canonicalIp, cidrContains, parseIp } from "../../std/index.ts";
import { complaint } from "./complaint.ts";

/** How long a ClusterIP may be without its IPAddress before it is mended: the interval of kube-apiserver's repair loops. */
const REPAIR_MS = 180_000;

type Home = Snapshot<typeof Service | typeof IPAddress | typeof ServiceCIDR>;

/**
 * Looks whether the Services' addresses fit the cluster and says so where they do not: outside every range, claimed twice, or no
 * address at all; and keeps one IPAddress for each (`pkg/registry/core/service/ipallocator/controller`).
 */
export function addressRepairController(options: {
  readonly serviceCIDR: string;
  /** Whether ranges and addresses are objects, as since 1.33. */
  readonly areObjects: boolean;
}): AnyDefinition {
  /** Since when addresses are missed, by their Service. */
  const missedSinceMs = new Map<string, Map<string, number>>();
  return defineController({
    name: "ipallocator-repair-controller",
    primary: [Service],
    reads: [
      read(Service, { enqueue: "none", indexes: { address: addressesOf } }),
      ...(options.areObjects
        ? [read(IPAddress, { enqueue: servicesOfAddress }), read(ServiceCIDR, { enqueue: "none" })]
        : []),
    ],
    reconcile: (service, snapshot) => {
      const ranges = options.areObjects
        ? snapshot.list(ServiceCIDR).flatMap(({ spec }) => spec.cidrs)
        : options.serviceCIDR.split(",").map((cidr) => cidr.trim());
      const key = objectKey(service.metadata);
      const missed = missedSinceMs.get(key) ?? new Map<string, number>();
      const found = addressesOf(service).map((address) => {
        const complaint = rangeComplaint(service, address, { ranges, areObjects: options.areObjects });
        if (complaint !== undefined) return complaint;
        return options.areObjects
          ? kept(service, address, snapshot, missed)
          : plan(claimedTwice(service, address, snapshot));
      });
      if (missed.size === 0) missedSinceMs.delete(key);
      else missedSinceMs.set(key, missed);
      return plan(...found);
    },
    absent: (key) => {
      missedSinceMs.delete(objectKey(key));
      return NOTHING;
    },
  });
}

function rangeComplaint(
  service: Service,
  address: string,
  { ranges, areObjects }: { readonly ranges: readonly string[]; readonly areObjects: boolean },
): Intent | undefined {
  const ip = parseIp(address);
  if (ip === undefined) {
    const told = areObjects ? `${address} is not a valid IP; please recreate Service` : UNREADABLE;
    return complaint(service, "ClusterIPNotValid", `Cluster IP ${told}`);
  }
  if (ranges.some((range) => cidrContains(range, ip))) return undefined;
  const own = ranges.find((range) => parseIp(range.split("/")[0] ?? "")?.family === ip.family) ?? "";
  const told = areObjects
    ? ` ${address} is not within any configured Service CIDR`
    : `${address} is not within the service CIDR ${own}`;
  return complaint(service, "ClusterIPOutOfRange", `Cluster IP [${ip.family}]:${told}; please recreate service`);
}

/** Before addresses were objects what could not be read was not told either. */
const UNREADABLE = "<nil> is not a valid IP; please recreate service";

/** Before addresses were objects: the first Service by name is taken for the rightful one. */
function claimedTwice(service: Service, address: string, snapshot: Home): readonly Intent[] {
  const [first, second] = snapshot.list(Service, { index: { name: "address", value: address } });
  if (second === undefined || first?.metadata.uid === service.metadata.uid) return [];
  return [assignedTwice(service, address)];
}

function assignedTwice(service: Service, address: string): Intent {
  const told = `Cluster IP [${familyOf(address)}]:${address} was assigned to multiple services; please recreate service`;
  return complaint(service, "ClusterIPAlreadyAllocated", told);
}

/** The IPAddress of an address, made again where it is missing or says something else. */
function kept(service: Service, address: string, snapshot: Home, missed: Map<string, number>): Plan {
  const { namespace = "", name } = service.metadata;
  const object = snapshot.get(IPAddress, canonicalIp(address) ?? address);
  const family = familyOf(address);
  if (object === undefined) {
    const sinceMs = missed.get(address) ?? snapshot.nowMs;
    missed.set(address, sinceMs);
    const leftMs = sinceMs + REPAIR_MS - snapshot.nowMs;
    if (leftMs > 0) return later(leftMs);
    missed.delete(address);
    const told = `Cluster IP [${family}]: ${address} is not allocated; repairing`;
    return plan(complaint(service, "ClusterIPNotAllocated", told), creation(service, address));
  }
  missed.delete(address);
  if (isAddressOf(object, service.metadata)) return isAllocated(object) ? NOTHING : plan(recreation(object, service));
  const { group = "", resource, namespace: place = "", name: parent = "" } = object.spec.parentRef ?? { resource: "" };
  const other = group === "" && resource === "services" ? snapshot.get(Service, parent, place) : undefined;
  if (other === undefined) {
    const told = `the ClusterIP [${family}]: ${address} for Service ${namespace}/${name} has a wrong reference; repairing`;
    return plan(complaint(service, "ClusterIPNotAllocated", told), recreation(object, service));
  }
  if (!addressesOf(other).includes(address)) return NOTHING;
  return plan(assignedTwice(service, address));
}

function creation(service: Service, address: string): Intent {
  return { type: "create", kind: IPAddress, object: ipAddressOf(canonicalIp(address) ?? address, service.metadata) };
}

function recreation({ metadata }: IPAddress, service: Service): readonly Intent[] {
  return [{ type: "delete", kind: IPAddress, name: metadata.name }, creation(service, metadata.name)];
}

/** The Services that have an address whose object changed or went. */
function servicesOfAddress(
  { object, after, before }: { readonly object: IPAddress; readonly after?: IPAddress; readonly before?: IPAddress },
  snapshot: Snapshot<typeof Service>,
): readonly Key[] {
  if (before === undefined && after !== undefined && isAllocated(after)) return [];
  const services = snapshot.list(Service, { index: { name: "address", value: object.metadata.name } });
  return services.map(({ metadata }) => ({ kind: Service, name: metadata.name, namespace: metadata.namespace ?? "" }));
}

function familyOf(address: string): string {
  return address.includes(":") ? "IPv6" : "IPv4";
}

function addressesOf({ spec }: Service): readonly string[] {
  if (spec.type === "ExternalName") return [];
  return (spec.clusterIPs ?? [spec.clusterIP ?? ""]).filter((address) => address !== "" && address !== "None");
}
