import { cidrContains, parseIp } from "../../std/index.ts";
import { isExternal, type ProxyView, type ViewedRule, viewedRules } from "./proxy-view.ts";

/** One set of ipset. */
export type IpSet = {
  readonly name: string;
  readonly type: "hash:ip" | "hash:ip,port" | "hash:ip,port,ip" | "hash:ip,port,net" | "bitmap:port";
  readonly members: readonly string[];
};

/** Name, type and what becomes a member, for every set kube-proxy keeps in the mode `ipvs` (`pkg/proxy/ipvs/ipset.go`). */
const SETS: readonly (readonly [
  IpSet["name"],
  IpSet["type"],
  (rule: ViewedRule, view: ProxyView) => readonly string[],
])[] = [
  [
    "KUBE-LOOP-BACK",
    "hash:ip,port,ip",
    ({ categories, protocol, rule }, { node }) =>
      [...new Set([...categories.cluster, ...categories.local])]
        .filter(({ nodeName }) => nodeName !== undefined && nodeName === node.name && rule.endpoints.length > 0)
        .map(({ address, port }) => `${address},${protocol}:${port},${address}`),
  ],
  ["KUBE-CLUSTER-IP", "hash:ip,port", (viewed) => viewed.clusterIPs.map((ip) => ipPort(viewed, ip))],
  [
    "KUBE-EXTERNAL-IP",
    "hash:ip,port",
    (viewed) => (viewed.rule.externalLocal ? [] : viewed.externalIPs.map((ip) => ipPort(viewed, ip))),
  ],
  [
    "KUBE-EXTERNAL-IP-LOCAL",
    "hash:ip,port",
    (viewed) => (viewed.rule.externalLocal ? viewed.externalIPs.map((ip) => ipPort(viewed, ip)) : []),
  ],
  ["KUBE-LOAD-BALANCER", "hash:ip,port", (viewed) => viewed.loadBalancerIPs.map((ip) => ipPort(viewed, ip))],
  [
    "KUBE-LOAD-BALANCER-LOCAL",
    "hash:ip,port",
    (viewed) => (viewed.rule.externalLocal ? viewed.loadBalancerIPs.map((ip) => ipPort(viewed, ip)) : []),
  ],
  [
    "KUBE-LOAD-BALANCER-FW",
    "hash:ip,port",
    (viewed) => (viewed.rule.sourceRanges.length > 0 ? viewed.loadBalancerIPs.map((ip) => ipPort(viewed, ip)) : []),
  ],
  [
    "KUBE-LOAD-BALANCER-SOURCE-CIDR",
    "hash:ip,port,net",
    (viewed) =>
      viewed.loadBalancerIPs.flatMap((ip) => viewed.rule.sourceRanges.map((range) => `${ipPort(viewed, ip)},${range}`)),
  ],
  [
    "KUBE-LOAD-BALANCER-SOURCE-IP",
    "hash:ip,port,ip",
    (viewed, view) =>
      viewed.rule.sourceRanges.length > 0 && letsNodeIn(viewed, view)
        ? viewed.loadBalancerIPs.map((ip) => `${ipPort(viewed, ip)},${ip}`)
        : [],
  ],
  ["KUBE-NODE-PORT-TCP", "bitmap:port", (viewed) => nodePorts(viewed, "tcp")],
  ["KUBE-NODE-PORT-LOCAL-TCP", "bitmap:port", (viewed) => (viewed.rule.externalLocal ? nodePorts(viewed, "tcp") : [])],
  ["KUBE-NODE-PORT-UDP", "bitmap:port", (viewed) => nodePorts(viewed, "udp")],
  ["KUBE-NODE-PORT-LOCAL-UDP", "bitmap:port", (viewed) => (viewed.rule.externalLocal ? nodePorts(viewed, "udp") : [])],
  ["KUBE-NODE-PORT-SCTP-HASH", "hash:ip,port", (viewed, view) => sctpPorts(viewed, view)],
  [
    "KUBE-NODE-PORT-LOCAL-SCTP-HASH",
    "hash:ip,port",
    (viewed, view) => (viewed.rule.externalLocal ? sctpPorts(viewed, view) : []),
  ],
  [
    "KUBE-HEALTH-CHECK-NODE-PORT",
    "bitmap:port",
    ({ rule }) => (rule.healthCheckNodePort === undefined ? [] : [`${rule.healthCheckNodePort}`]),
  ],
  ["KUBE-IPVS-IPS", "hash:ip", (viewed) => [...viewed.clusterIPs, ...viewed.externalIPs, ...viewed.loadBalancerIPs]],
];

/** The sets of a node, each member once. */
export function ipvsSets(view: ProxyView): readonly IpSet[] {
  const rules = viewedRules(view);
  return SETS.map(([name, type, membersOf]) => ({
    name: view.family === "IPv6" ? name.replace("KUBE-", "KUBE-6-") : name,
    type,
    members: [...new Set(rules.flatMap((rule) => membersOf(rule, view)))],
  }));
}

/** What is bound to the device `kube-ipvs0`: every address a virtual server listens at, but for the node's own. */
export function boundAddresses(view: ProxyView): readonly string[] {
  return ipvsSets(view).find(({ name }) => name.endsWith("IPVS-IPS"))?.members ?? [];
}

/** Whether a load balancer's source ranges hold the node itself, whose requests come from the balancer's own address. */
export function letsNodeIn({ rule }: ViewedRule, { nodePortIPs }: ProxyView): boolean {
  return nodePortIPs.some((address) => {
    const ip = parseIp(address);
    return ip !== undefined && rule.sourceRanges.some((range) => cidrContains(range, ip));
  });
}

function ipPort({ protocol, rule }: ViewedRule, ip: string): string {
  return `${ip},${protocol}:${rule.port}`;
}

function nodePorts(viewed: ViewedRule, protocol: string): readonly string[] {
  const { nodePort } = viewed.rule;
  return nodePort !== undefined && viewed.protocol === protocol && isExternal(viewed) ? [`${nodePort}`] : [];
}

function sctpPorts({ rule, protocol }: ViewedRule, { nodePortIPs }: ProxyView): readonly string[] {
  if (rule.nodePort === undefined || protocol !== "sctp") return [];
  return nodePortIPs.map((ip) => `${ip},sctp:${rule.nodePort}`);
}
