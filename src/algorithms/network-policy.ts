import type { NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort, Pod } from "../api/index.ts";
import { matchesLabelSelector } from "../apimachinery/index.ts";
import { cidrContains, type IpAddress } from "../std/index.ts";

type Labels = Readonly<Record<string, string>> | undefined;
type Protocol = "TCP" | "UDP" | "SCTP";

/** One end of a connection as policies see it: an address, and the pod that has it if it is one of the cluster. */
export type PolicyEnd = {
  readonly address: IpAddress | undefined;
  readonly pod?: Pod | undefined;
  readonly namespaceLabels?: Labels;
};

/** What policies say of a connection: nothing binds the pod, one of them lets it through, or none does. */
export type PolicyVerdict =
  | { readonly allowed: true; readonly by?: string }
  | { readonly allowed: false; readonly isolatedBy: readonly string[] };

const OPEN: PolicyVerdict = { allowed: true };

/** The policies of a pod's namespace that bind it in one direction. */
export function policiesOf(
  pod: Pod,
  policies: readonly NetworkPolicy[],
  direction: "Ingress" | "Egress",
): readonly NetworkPolicy[] {
  return policies.filter(
    ({ spec }) =>
      (spec.policyTypes ?? ["Ingress"]).includes(direction) &&
      matchesLabelSelector(spec.podSelector ?? {}, pod.metadata.labels),
  );
}

/**
 * Whether a pod bound by `policies` in a direction may talk to `peer` at `port`: policies add up, and without any the pod is
 * open. A port goes by its number at the pod that is reached, names by that pod's ports.
 */
export function policyVerdict(
  policies: readonly NetworkPolicy[],
  direction: "Ingress" | "Egress",
  connection: {
    readonly peer: PolicyEnd;
    /** The pod that is reached, for the names of its ports. */
    readonly target: Pod | undefined;
    readonly port: number;
    readonly protocol: Protocol;
  },
): PolicyVerdict {
  if (policies.length === 0) return OPEN;
  for (const policy of policies) {
    const { namespace = "" } = policy.metadata;
    const rules =
      direction === "Ingress"
        ? (policy.spec.ingress ?? []).map(({ ports, from }) => ({ ports, peers: from }))
        : (policy.spec.egress ?? []).map(({ ports, to }) => ({ ports, peers: to }));
    const allows = rules.some(
      ({ ports = [], peers = [] }) =>
        (ports.length === 0 || ports.some((port) => matchesPort(port, connection))) &&
        (peers.length === 0 || peers.some((peer) => matchesPeer(peer, connection.peer, namespace))),
    );
    if (allows) return { allowed: true, by: nameOf(policy) };
  }
  return { allowed: false, isolatedBy: policies.map(nameOf) };
}

function nameOf({ metadata }: NetworkPolicy): string {
  return `${metadata.namespace}/${metadata.name}`;
}

function matchesPort(
  wanted: NetworkPolicyPort,
  { target, port, protocol }: { readonly target: Pod | undefined; readonly port: number; readonly protocol: Protocol },
): boolean {
  if ((wanted.protocol ?? "TCP") !== protocol) return false;
  if (wanted.port === undefined) return true;
  if (typeof wanted.port === "number") return port >= wanted.port && port <= (wanted.endPort ?? wanted.port);
  const containers = [...(target?.spec.containers ?? []), ...(target?.spec.initContainers ?? [])];
  return containers.some(({ ports = [] }) =>
    ports.some((one) => one.name === wanted.port && one.containerPort === port && (one.protocol ?? "TCP") === protocol),
  );
}

/** A block of addresses holds whoever has one; selectors hold pods of the cluster that have an address of their own. */
function matchesPeer(peer: NetworkPolicyPeer, end: PolicyEnd, policyNamespace: string): boolean {
  const { ipBlock, podSelector, namespaceSelector } = peer;
  if (ipBlock !== undefined) {
    const { address } = end;
    return (
      address !== undefined &&
      cidrContains(ipBlock.cidr, address) &&
      !(ipBlock.except ?? []).some((except) => cidrContains(except, address))
    );
  }
  const { pod } = end;
  if (pod === undefined || pod.spec.hostNetwork === true) return false;
  const sameNamespace =
    namespaceSelector === undefined
      ? pod.metadata.namespace === policyNamespace
      : matchesLabelSelector(namespaceSelector, end.namespaceLabels);
  return sameNamespace && (podSelector === undefined || matchesLabelSelector(podSelector, pod.metadata.labels));
}
