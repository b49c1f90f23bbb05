import { type PolicyVerdict, policiesOf, policyVerdict } from "../../algorithms/index.ts";
import type { Namespace, NetworkPolicy, Pod } from "../../api/index.ts";
import { objectKey } from "../../apimachinery/index.ts";
import { canonicalIp, parseIp } from "../ip-address.ts";
import type { Packet } from "./packet.ts";

type Bound = { readonly ingress: readonly NetworkPolicy[]; readonly egress: readonly NetworkPolicy[] };

const NO_POLICIES: ReadonlyMap<string, NetworkPolicy> = new Map();

/**
 * The NetworkPolicies of a cluster and the pods they speak of. Which policies bind a pod is found out when it first talks after
 * it or its namespace's policies changed; nothing is gone through when an object changes.
 */
export class PolicyIndex {
  readonly #policies = new Map<string, Map<string, NetworkPolicy>>();
  readonly #pods = new Map<string, Pod>();
  readonly #addresses = new Map<string, readonly string[]>();
  readonly #namespaces = new Map<string, Namespace>();
  /** By pod, for as long as the policies of its namespace stay as they are. */
  #bound = new Map<string, WeakMap<Pod, Bound>>();

  get isEmpty(): boolean {
    return this.#policies.size === 0;
  }

  putPolicy(policy: NetworkPolicy): void {
    const { namespace = "", name } = policy.metadata;
    const policies = this.#policies.get(namespace) ?? new Map<string, NetworkPolicy>();
    this.#policies.set(namespace, policies.set(name, policy));
    this.#bound.delete(namespace);
  }

  removePolicy({ metadata }: NetworkPolicy): void {
    const { namespace = "", name } = metadata;
    const policies = this.#policies.get(namespace);
    if (policies?.delete(name) && policies.size === 0) this.#policies.delete(namespace);
    this.#bound.delete(namespace);
  }

  /** Pods that share their node's network, or are over, have no address of their own. */
  putPod(pod: Pod): void {
    this.removePod(pod);
    const { status, spec } = pod;
    if (spec.hostNetwork === true || status?.phase === "Succeeded" || status?.phase === "Failed") return;
    const texts = status?.podIPs?.map(({ ip }) => ip) ?? (status?.podIP === undefined ? [] : [status.podIP]);
    const addresses = texts.flatMap((text) => canonicalIp(text) ?? []);
    this.#addresses.set(objectKey(pod.metadata), addresses);
    for (const address of addresses) this.#pods.set(address, pod);
  }

  removePod(pod: Pod): void {
    const key = objectKey(pod.metadata);
    for (const address of this.#addresses.get(key) ?? [])
      if (this.#pods.get(address)?.metadata.name === pod.metadata.name) this.#pods.delete(address);
    this.#addresses.delete(key);
  }

  putNamespace(namespace: Namespace): void {
    this.#namespaces.set(namespace.metadata.name, namespace);
  }

  removeNamespace(namespace: Namespace): void {
    this.#namespaces.delete(namespace.metadata.name);
  }

  /** The node of the pod at an address. */
  nodeOf(address: string): string | undefined {
    return this.#pods.get(address)?.spec.nodeName;
  }

  /** Whether the pod at `sender` may send the packet where it goes. */
  egress(sender: string, packet: Packet): PolicyVerdict {
    return this.#verdict("Egress", sender, packet.address, packet);
  }

  /** Whether the pod it goes to takes the packet from whom it seems to come. */
  ingress(packet: Packet): PolicyVerdict {
    return this.#verdict("Ingress", packet.address, packet.source, packet);
  }

  #verdict(direction: "Ingress" | "Egress", own: string, other: string, packet: Packet): PolicyVerdict {
    const pod = this.#pods.get(own);
    if (pod === undefined) return { allowed: true };
    const bound = this.#boundTo(pod);
    const peer = this.#pods.get(other);
    return policyVerdict(direction === "Ingress" ? bound.ingress : bound.egress, direction, {
      peer: {
        address: parseIp(other),
        pod: peer,
        namespaceLabels: this.#namespaces.get(peer?.metadata.namespace ?? "")?.metadata.labels,
      },
      target: direction === "Ingress" ? pod : peer,
      port: packet.port,
      protocol: packet.protocol,
    });
  }

  #boundTo(pod: Pod): Bound {
    const { namespace = "" } = pod.metadata;
    const known = this.#bound.get(namespace) ?? new WeakMap<Pod, Bound>();
    this.#bound.set(namespace, known);
    let bound = known.get(pod);
    if (bound === undefined) {
      const policies = [...(this.#policies.get(namespace) ?? NO_POLICIES).values()];
      bound = { ingress: policiesOf(pod, policies, "Ingress"), egress: policiesOf(pod, policies, "Egress") };
      known.set(pod, bound);
    }
    return bound;
  }
}
