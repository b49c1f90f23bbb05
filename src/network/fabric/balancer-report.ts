import { type LoadBalancer, networkBalancerRules, type SecurityRule } from "../../algorithms/index.ts";
import type { ClusterNetwork } from "./cluster-network.ts";

/** A load balancer as its cloud's console would show it. */
export type BalancerReport = {
  /** `default/web`. */
  readonly service: string;
  readonly model: LoadBalancer;
  /** The nodes it knows, and whether they passed its health checks. */
  readonly targets: readonly { readonly node: string; readonly healthy: boolean }[];
  /** What a network load balancer wrote into the nodes' security group; empty for others. */
  readonly rules: readonly SecurityRule[];
};

/** All load balancers of a cluster, by Service. */
export function balancerReports(network: ClusterNetwork): readonly BalancerReport[] {
  return network.balancers.list().map(({ key, model, health }) => {
    const [namespace = "", name = ""] = key.split("/");
    const [rule] = network.services.rulesOf(namespace, name);
    const of = { subnetCIDR: subnetOf(network), healthCheckNodePort: rule?.healthCheckNodePort };
    return {
      service: key,
      model,
      targets: network
        .nodes()
        .map((node) => ({ node: node.name, healthy: health?.isHealthy(node.name) ?? node.ready })),
      rules: model.kind === "network" ? networkBalancerRules(model, of) : [],
    };
  });
}

/** The /24 the nodes are in. */
function subnetOf(network: ClusterNetwork): string {
  return (network.nodes()[0]?.addresses[0] ?? "0.0.0.0").replace(/\.\d+$/, ".0/24");
}
