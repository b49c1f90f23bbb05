import {
  categorizeEndpoints,
  type EndpointCategories,
  type RuleEndpoint,
  type ServiceRule,
} from "../../algorithms/index.ts";
import type { ListedServer } from "./ipvs-table.ts";

/** What one node's kube-proxy programs, as plain data: the input of all that is printed about it. */
export type ProxyView = {
  readonly family: "IPv4" | "IPv6";
  /** By namespace and name. */
  readonly rules: readonly ServiceRule[];
  readonly node: { readonly name?: string | undefined; readonly zone?: string | undefined };
  /** The addresses of the node at which node ports are open. */
  readonly nodePortIPs: readonly string[];
  /** Whether every address of the node opens node ports. */
  readonly opensAll: boolean;
  /** Whether 127.0.0.1 is one of them. */
  readonly opensLocalhost: boolean;
  readonly dropsInvalid: boolean;
  readonly podCIDR: string;
  readonly serviceCIDRs: readonly string[];
  readonly scheduler: string;
  /** The real servers of a virtual one with their counters; all idle when absent. */
  readonly servers?: ((virtual: string, endpoints: readonly RuleEndpoint[]) => readonly ListedServer[]) | undefined;
};

/** A rule with its addresses of the view's family, and its endpoints as this node's proxy sorts them. */
export type ViewedRule = {
  readonly rule: ServiceRule;
  readonly protocol: "tcp" | "udp" | "sctp";
  readonly clusterIPs: readonly string[];
  readonly externalIPs: readonly string[];
  readonly loadBalancerIPs: readonly string[];
  readonly categories: EndpointCategories;
  /** What traffic by each path may use. */
  readonly internal: readonly RuleEndpoint[];
  readonly external: readonly RuleEndpoint[];
  readonly hasAny: boolean;
};

export function viewedRules(view: ProxyView): readonly ViewedRule[] {
  const { family, node } = view;
  return view.rules.map((rule) => {
    const categories = categorizeEndpoints(rule, { family, nodeName: node.name, zone: node.zone });
    const own = (addresses: readonly string[]): readonly string[] =>
      addresses.filter((address) => address.includes(":") === (family === "IPv6"));
    return {
      rule,
      protocol: rule.protocol.toLowerCase() as ViewedRule["protocol"],
      clusterIPs: own(rule.clusterIPs),
      externalIPs: own(rule.externalIPs),
      loadBalancerIPs: own(rule.loadBalancerIPs),
      categories,
      internal: rule.internalLocal ? categories.local : categories.cluster,
      external: rule.externalLocal ? categories.local : categories.cluster,
      hasAny: categories.cluster.length + categories.local.length > 0,
    };
  });
}

/** Both sorts of endpoints of a rule, each once. */
export function allEndpoints({ categories }: ViewedRule): readonly RuleEndpoint[] {
  return [...new Set([...categories.cluster, ...categories.local])];
}

/** Whether something may come to the rule from outside the cluster. */
export function isExternal({ rule, externalIPs, loadBalancerIPs }: ViewedRule): boolean {
  return rule.nodePort !== undefined || externalIPs.length + loadBalancerIPs.length > 0;
}
