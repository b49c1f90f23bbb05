import {
  addressOfBalancerHostname,
  balancerHostname,
  type LoadBalancer,
  loadBalancerOf,
} from "../../algorithms/index.ts";
import { type LoadBalancerIngress, Service } from "../../api/index.ts";
import { hasFinalizer, withFinalizer, withoutFinalizer } from "../../apimachinery/index.ts";
import {
  type AnyDefinition,
  defineController,
  type Intent,
  NOTHING,
  type Plan,
  plan,
  read,
  type Snapshot,
} from "../../controller/index.ts";
import { deepEqual, stableJson } from "../../std/index.ts";
import { type CloudConfig, freeAddress, ownsAddress } from "./cloud.ts";

const CLEANUP = "service.kubernetes.io/load-balancer-cleanup";
const RESOURCE_GROUP = "service.beta.kubernetes.io/azure-load-balancer-resource-group";
const RETRY_MS = 5_000;

/** What a cloud answers to a wish for a load balancer. */
type Built =
  | { readonly ok: true; readonly ingress: readonly LoadBalancerIngress[] }
  | { readonly ok: false; readonly reason: string; readonly message: string };

/**
 * Gives Services of type LoadBalancer their address, as cloud providers' service controllers do: first the finalizer, then
 * the load balancer, then the status; and takes it back. Services of a foreign `loadBalancerClass` are another's.
 */
export function loadBalancerController(cloud: CloudConfig): AnyDefinition {
  /** Complaints made already, by the Service's UID: the same is not said twice. */
  const complained = new Map<string, string>();
  return defineController({
    name: "service-controller",
    primary: [Service],
    reads: [read(Service, { enqueue: "none", indexes: { balancer: balancerKeys } })],
    reconcile: (service, snapshot) => {
      if (service.metadata.deletionTimestamp !== undefined || !isOwn(service, cloud)) return release(service);
      if (!hasFinalizer(service, CLEANUP)) return begin(service);
      const balancer = loadBalancerOf(service);
      return plan(
        newComplaints(service, balancer, complained),
        ensure(service, build(service, balancer, { cloud, snapshot })),
      );
    },
    absent: () => NOTHING,
  });
}

function isOwn({ spec }: Service, cloud: CloudConfig): boolean {
  if (spec.type !== "LoadBalancer" || cloud.provider === "none") return false;
  return spec.loadBalancerClass === undefined || cloud.classes.includes(spec.loadBalancerClass);
}

function begin(service: Service): Plan {
  const object = withFinalizer(service, CLEANUP);
  return plan(
    { type: "update", kind: Service, object, before: service },
    told(service, "EnsuringLoadBalancer", "Ensuring load balancer"),
  );
}

function ensure(service: Service, built: Built): Plan {
  const before = service.status?.loadBalancer?.ingress ?? [];
  if (!built.ok) {
    const warning = told(service, built.reason, built.message, "Warning");
    return { intents: [warning], requeueAfterMs: RETRY_MS, requeue: "periodic" };
  }
  if (deepEqual(before, built.ingress)) return NOTHING;
  return plan(withIngress(service, built.ingress), told(service, "EnsuredLoadBalancer", "Ensured load balancer"));
}

/** The load balancer goes before its Service may, or when the Service has become something else. */
function release(service: Service): Plan {
  if (!hasFinalizer(service, CLEANUP)) return NOTHING;
  if (service.metadata.deletionTimestamp === undefined && (service.status?.loadBalancer?.ingress ?? []).length > 0)
    return plan(withIngress(service, []));
  const kept = loadBalancerOf(service).existingId !== undefined;
  return plan(
    kept ? [] : told(service, "DeletingLoadBalancer", "Deleting load balancer"),
    { type: "update", kind: Service, object: withoutFinalizer(service, CLEANUP), before: service },
    kept ? [] : told(service, "DeletedLoadBalancer", "Deleted load balancer"),
  );
}

function withIngress(service: Service, ingress: readonly LoadBalancerIngress[]): Intent {
  const object: Service = {
    ...service,
    status: { ...service.status, loadBalancer: ingress.length === 0 ? {} : { ingress } },
  };
  return { type: "updateStatus", kind: Service, object, before: service };
}

function build(
  service: Service,
  balancer: LoadBalancer,
  at: { readonly cloud: CloudConfig; readonly snapshot: Snapshot<typeof Service> },
): Built {
  const { cloud } = at;
  const address = addressFor(service, balancer, at);
  if (typeof address !== "string") return address;
  const refused = (service.spec.ports ?? []).filter(({ protocol = "TCP" }) => !cloud.protocols.includes(protocol));
  if (refused.length > 0 && refused.length === service.spec.ports?.length)
    return failure(`load balancers of this provider speak ${cloud.protocols.join(", ")} only`);
  const ports = (service.spec.ports ?? []).map(({ port, protocol = "TCP" }) => ({
    port,
    protocol,
    ...(cloud.protocols.includes(protocol) ? {} : { error: "UnsupportedProtocol" }),
  }));
  const told = refused.length > 0 ? { ports } : {};
  if (cloud.provider !== "aws") return { ok: true, ingress: [{ ip: address, ipMode: "VIP", ...told }] };
  const { internal, kind, name } = balancer;
  const hostname = balancerHostname(name, { address, internal, network: kind === "network" });
  return { ok: true, ingress: [{ hostname, ...told }] };
}

/** The address asked for, else the one it has, else that of the load balancer it names, else the next free one. */
function addressFor(
  service: Service,
  balancer: LoadBalancer,
  { cloud, snapshot }: { readonly cloud: CloudConfig; readonly snapshot: Snapshot<typeof Service> },
): string | Built {
  const holders = (value: string): readonly Service[] =>
    snapshot.list(Service, {
      index: { name: "balancer", value },
      where: ({ metadata }) => metadata.uid !== service.metadata.uid,
    });
  const wanted = service.spec.loadBalancerIP ?? "";
  if (wanted !== "" && cloud.loadBalancerIP) {
    if (cloud.provider === "azure" && !isReserved(service, cloud, wanted))
      return {
        ok: false,
        reason: "CreatingLoadBalancerFailed",
        message: `Error creating load balancer (will retry): user supplied IP Address ${wanted} was not found in resource group ${resourceGroup(service)}`,
      };
    if (!ownsAddress(cloud, wanted)) return failure(`the address ${wanted} does not belong to this provider`);
    return holders(wanted).length === 0 ? wanted : failure(`the address ${wanted} is in use`);
  }
  const pool = balancer.internal ? cloud.internalPool : cloud.pool;
  const present = addressOf(service);
  if (
    present !== undefined &&
    holders(present).length === 0 &&
    ownsAddress({ ...cloud, internalPool: pool, pool }, present)
  )
    return present;
  const shared =
    balancer.existingId === undefined
      ? undefined
      : holders(balancer.existingId)
          .map(addressOf)
          .find((one) => one !== undefined);
  if (shared !== undefined) return shared;
  return (
    freeAddress(cloud, pool, (address) => holders(address).length > 0) ?? failure("no address is left in the pool")
  );
}

function failure(why: string): Built {
  return {
    ok: false,
    reason: "SyncLoadBalancerFailed",
    message: `Error syncing load balancer: failed to ensure load balancer: ${why}`,
  };
}

function isReserved(service: Service, cloud: CloudConfig, address: string): boolean {
  return cloud.reserved[resourceGroup(service)]?.includes(address) === true;
}

function resourceGroup({ metadata }: Service): string {
  return metadata.annotations?.[RESOURCE_GROUP] ?? "default";
}

/** By address, and by the name of a load balancer that several may share. */
function balancerKeys(service: Service): readonly string[] {
  if (service.spec.type !== "LoadBalancer") return [];
  const { existingId } = loadBalancerOf(service);
  return [addressOf(service) ?? "", existingId ?? ""].filter((key) => key !== "");
}

function addressOf({ status }: Service): string | undefined {
  const [first] = status?.loadBalancer?.ingress ?? [];
  return first?.ip ?? (first?.hostname === undefined ? undefined : addressOfBalancerHostname(first.hostname));
}

function newComplaints(
  service: Service,
  { warnings }: LoadBalancer,
  complained: Map<string, string>,
): readonly Intent[] {
  const { uid = "" } = service.metadata;
  const said = stableJson(warnings);
  if (complained.get(uid) === said) return [];
  if (warnings.length > 0) complained.set(uid, said);
  else complained.delete(uid);
  return warnings.map((warning) => told(service, "InvalidLoadBalancerAnnotation", warning, "Warning"));
}

function told(regarding: Service, reason: string, message: string, eventType: "Normal" | "Warning" = "Normal"): Intent {
  return { type: "event", regarding, eventType, reason, message };
}
