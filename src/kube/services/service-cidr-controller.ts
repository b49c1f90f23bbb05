import { type Condition, defaultServiceCidr, IPAddress, isAllocated, ServiceCIDR } from "../../api/index.ts";
import { hasFinalizer, timestamp, withFinalizer, withoutFinalizer } from "../../apimachinery/index.ts";
import {
  defineController,
  type Intent,
  type Key,
  NOTHING,
  type Plan,
  plan,
  read,
  type Snapshot,
} from "../../controller/index.ts";
import { cidrContains, networkContains, parseCidr, parseIp } from "../../std/index.ts";

const PROTECTION = "networking.k8s.io/service-cidr-finalizer";
/** Allocators are to know of a deletion before it is completed. */
const DELETION_GRACE_MS = 10_000;

type Home = Snapshot<typeof ServiceCIDR | typeof IPAddress>;

/**
 * Makes the ranges of ClusterIPs ready, and keeps one that is deleted while addresses depend on it
 * (`pkg/controller/servicecidrs`). The range the cluster began with comes back (`defaultservicecidr`).
 */
export function serviceCidrController(serviceCIDR: string) {
  return defineController({
    name: "service-cidr-controller",
    primary: [ServiceCIDR],
    reads: [
      read(ServiceCIDR, { enqueue: (_change, snapshot) => leaving(snapshot) }),
      read(IPAddress, { enqueue: ({ after }, snapshot) => (after === undefined ? leaving(snapshot) : []) }),
    ],
    reconcile: (range, snapshot) => {
      if (range.metadata.deletionTimestamp !== undefined) return release(range, snapshot);
      if (!hasFinalizer(range, PROTECTION))
        return plan({ type: "update", kind: ServiceCIDR, object: withFinalizer(range, PROTECTION), before: range });
      return plan(
        condition(range, snapshot, { status: "True", reason: "", message: "Kubernetes Service CIDR is ready" }),
      );
    },
    absent: ({ name }) => (name === "kubernetes" ? plan(creation(serviceCIDR)) : NOTHING),
  });
}

function creation(serviceCIDR: string): Intent {
  return { type: "create", kind: ServiceCIDR, object: defaultServiceCidr(serviceCIDR) };
}

function release(range: ServiceCIDR, snapshot: Home): Plan {
  if (!hasFinalizer(range, PROTECTION)) return NOTHING;
  if (isNeeded(range, snapshot))
    return plan(
      condition(range, snapshot, {
        status: "False",
        reason: "Terminating",
        message:
          "There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR",
      }),
    );
  const leftMs = DELETION_GRACE_MS - (snapshot.nowMs - Date.parse(range.metadata.deletionTimestamp ?? ""));
  if (leftMs > 0) return { intents: [], requeueAfterMs: leftMs };
  const object = withoutFinalizer(range, PROTECTION);
  return plan({ type: "update", kind: ServiceCIDR, object, before: range });
}

/** Whether an address would be in no range without this one. */
function isNeeded(range: ServiceCIDR, snapshot: Home): boolean {
  const others = snapshot
    .list(ServiceCIDR, { where: ({ metadata }) => metadata.name !== range.metadata.name })
    .flatMap(({ spec }) => spec.cidrs);
  if (range.spec.cidrs.every((cidr) => others.some((other) => lieWithin(cidr, other)))) return false;
  const isIn = (cidrs: readonly string[], address: string): boolean => {
    const ip = parseIp(address);
    return ip !== undefined && cidrs.some((cidr) => cidrContains(cidr, ip));
  };
  const only = ({ metadata: { name } }: IPAddress): boolean => isIn(range.spec.cidrs, name) && !isIn(others, name);
  return snapshot.list(IPAddress, { where: (address) => isAllocated(address) && only(address) }).length > 0;
}

function lieWithin(inner: string, outer: string): boolean {
  const [within, around] = [parseCidr(inner), parseCidr(outer)];
  return (
    within !== undefined && around !== undefined && around.bits <= within.bits && networkContains(around, within.base)
  );
}

function condition(
  range: ServiceCIDR,
  { nowMs }: Home,
  wanted: { readonly status: "True" | "False"; readonly reason: string; readonly message: string },
): readonly Intent[] {
  const present = range.status?.conditions?.find(({ type }) => type === "Ready");
  const { status, reason, message } = wanted;
  if (present?.status === status && (present.reason ?? "") === reason && present.message === message) return [];
  const ready: Condition = { type: "Ready", ...wanted, lastTransitionTime: timestamp(nowMs) };
  const object: ServiceCIDR = { ...range, status: { conditions: [ready] } };
  return [{ type: "updateStatus", kind: ServiceCIDR, object, before: range }];
}

/** The ranges that wait to go. */
function leaving(snapshot: Snapshot<typeof ServiceCIDR>): readonly Key[] {
  const waiting = snapshot.list(ServiceCIDR, { where: ({ metadata }) => metadata.deletionTimestamp !== undefined });
  return waiting.map(({ metadata }) => ({ kind: ServiceCIDR, name: metadata.name }));
}
