import type { RuleEndpoint, ServiceRule } from "../../algorithms/index.ts";
import { endpointKey } from "./affinity.ts";
import { iptablesChain, iptablesEndpointChain, portName } from "./chain-names.ts";
import { comment, IptablesTable, mangleTable, savedTables, single } from "./iptables-table.ts";
import { allEndpoints, isExternal, type ProxyView, type ViewedRule, viewedRules } from "./proxy-view.ts";

const NEW = "-m conntrack --ctstate NEW";
const PORTALS = comment("kubernetes service portals");
const LOCAL = "-m addrtype --dst-type LOCAL";
const FROM_LOCAL = "-m addrtype --src-type LOCAL";
const MARK = "0x4000/0x4000";

/** What `iptables-save` prints on a node whose kube-proxy works in the mode `iptables` (`pkg/proxy/iptables/proxier.go`). */
export function iptablesSave(view: ProxyView, at: string): string {
  const rules = viewedRules(view);
  return savedTables([mangleTable(), filterTable(view, rules), natTable(view, rules)], { at, family: view.family });
}

function filterTable(view: ProxyView, rules: readonly ViewedRule[]): IptablesTable {
  const table = new IptablesTable("filter", ["INPUT", "FORWARD", "OUTPUT"]);
  const firewall = `${NEW} ${comment("kubernetes load balancer firewall")} -j KUBE-PROXY-FIREWALL`;
  const external = `${NEW} ${comment("kubernetes externally-visible service portals")} -j KUBE-EXTERNAL-SERVICES`;
  const services = `${NEW} ${PORTALS} -j KUBE-SERVICES`;
  const health = `${comment("kubernetes health check service ports")} -j KUBE-NODEPORTS`;
  table.chain("INPUT", firewall, health, external, "-j KUBE-FIREWALL");
  table.chain("FORWARD", firewall, `${comment("kubernetes forwarding rules")} -j KUBE-FORWARD`, services, external);
  table.chain("OUTPUT", firewall, services, "-j KUBE-FIREWALL");
  if (view.family === "IPv4")
    table.chain(
      "KUBE-FIREWALL",
      `! -s 127.0.0.0/8 -d 127.0.0.0/8 ${comment("block incoming localnet connections")} -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP`,
    );
  else table.chain("KUBE-FIREWALL");
  table.chain(
    "KUBE-FORWARD",
    ...(view.dropsInvalid ? ["-m conntrack --ctstate INVALID -j DROP"] : []),
    `${comment("kubernetes forwarding rules")} -m mark --mark ${MARK} -j ACCEPT`,
    `${comment("kubernetes forwarding conntrack rule")} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`,
  );
  for (const chain of [
    "KUBE-EXTERNAL-SERVICES",
    "KUBE-NODEPORTS",
    "KUBE-PROXY-CANARY",
    "KUBE-PROXY-FIREWALL",
    "KUBE-SERVICES",
  ])
    table.chain(chain);
  for (const viewed of rules) filterRules(table, view, viewed);
  return table;
}

/** What keeps packets away: Services without endpoints, or without any here, and clients outside the source ranges. */
function filterRules(table: IptablesTable, view: ProxyView, viewed: ViewedRule): void {
  const { rule, protocol, hasAny } = viewed;
  const name = portName(rule);
  const to = (text: string, port: number): string => `-p ${protocol} ${comment(text)} -m ${protocol} --dport ${port}`;
  if (rule.healthCheckNodePort !== undefined)
    table.chain(
      "KUBE-NODEPORTS",
      `-p tcp ${comment(`${name} health check node port`)} -m tcp --dport ${rule.healthCheckNodePort} -j ACCEPT`,
    );
  const verdict = (endpoints: readonly RuleEndpoint[]): readonly [text: string, end: string] | undefined => {
    if (!hasAny)
      return [
        `${name} has no endpoints`,
        `REJECT --reject-with icmp${view.family === "IPv6" ? "6" : ""}-port-unreachable`,
      ];
    return endpoints.length === 0 ? [`${name} has no local endpoints`, "DROP"] : undefined;
  };
  const inner = verdict(viewed.internal);
  if (inner !== undefined)
    for (const ip of viewed.clusterIPs)
      table.chain("KUBE-SERVICES", `-d ${single(ip)} ${to(inner[0], rule.port)} -j ${inner[1]}`);
  const outer = verdict(viewed.external);
  if (outer !== undefined) {
    for (const ip of [...viewed.externalIPs, ...viewed.loadBalancerIPs])
      table.chain("KUBE-EXTERNAL-SERVICES", `-d ${single(ip)} ${to(outer[0], rule.port)} -j ${outer[1]}`);
    if (rule.nodePort !== undefined)
      table.chain(
        "KUBE-EXTERNAL-SERVICES",
        `-p ${protocol} ${comment(outer[0])} ${LOCAL} -m ${protocol} --dport ${rule.nodePort} -j ${outer[1]}`,
      );
  }
  if (rule.sourceRanges.length === 0 || !hasAny) return;
  const accepted = `${name} traffic not accepted by ${iptablesChain("FW", rule)}`;
  for (const ip of viewed.loadBalancerIPs)
    table.chain("KUBE-PROXY-FIREWALL", `-d ${single(ip)} ${to(accepted, rule.port)} -j DROP`);
}

function natTable(view: ProxyView, rules: readonly ViewedRule[]): IptablesTable {
  const table = new IptablesTable("nat", ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"]);
  table.chain("PREROUTING", `${PORTALS} -j KUBE-SERVICES`);
  table.chain("OUTPUT", `${PORTALS} -j KUBE-SERVICES`);
  table.chain("POSTROUTING", `${comment("kubernetes postrouting rules")} -j KUBE-POSTROUTING`);
  table.chain("KUBE-MARK-MASQ", `-j MARK --set-xmark ${MARK}`);
  table.chain(
    "KUBE-POSTROUTING",
    `-m mark ! --mark ${MARK} -j RETURN`,
    "-j MARK --set-xmark 0x4000/0x0",
    `${comment("kubernetes service traffic requiring SNAT")} -j MASQUERADE --random-fully`,
  );
  for (const chain of ["KUBE-KUBELET-CANARY", "KUBE-NODEPORTS", "KUBE-PROXY-CANARY", "KUBE-SERVICES"])
    table.chain(chain);
  for (const viewed of rules) if (viewed.hasAny) natRules(table, view, viewed);
  const last = comment("kubernetes service nodeports; NOTE: this must be the last rule in this chain");
  const butLocalhost = view.opensLocalhost ? "" : `! -d ${view.family === "IPv6" ? "::1/128" : "127.0.0.0/8"} `;
  if (view.opensAll) table.chain("KUBE-SERVICES", `${butLocalhost}${last} ${LOCAL} -j KUBE-NODEPORTS`);
  else for (const ip of view.nodePortIPs) table.chain("KUBE-SERVICES", `-d ${single(ip)} ${last} -j KUBE-NODEPORTS`);
  return table;
}

function natRules(table: IptablesTable, view: ProxyView, viewed: ViewedRule): void {
  const { rule, protocol } = viewed;
  const name = portName(rule);
  const to = (text: string, port: number): string => `-p ${protocol} ${comment(text)} -m ${protocol} --dport ${port}`;
  const policy = (isLocal: boolean): string => iptablesChain(isLocal ? "SVL" : "SVC", rule);
  for (const ip of viewed.clusterIPs)
    table.chain(
      "KUBE-SERVICES",
      `-d ${single(ip)} ${to(`${name} cluster IP`, rule.port)} -j ${policy(rule.internalLocal)}`,
    );
  const external = iptablesChain("EXT", rule);
  const firewall = rule.sourceRanges.length > 0 ? iptablesChain("FW", rule) : external;
  for (const ip of viewed.externalIPs)
    table.chain("KUBE-SERVICES", `-d ${single(ip)} ${to(`${name} external IP`, rule.port)} -j ${external}`);
  for (const ip of viewed.loadBalancerIPs)
    table.chain("KUBE-SERVICES", `-d ${single(ip)} ${to(`${name} loadbalancer IP`, rule.port)} -j ${firewall}`);
  if (rule.nodePort !== undefined)
    table.chain(
      "KUBE-NODEPORTS",
      `-p ${protocol} ${comment(name)} -m ${protocol} --dport ${rule.nodePort} -j ${external}`,
    );
  if (isExternal(viewed)) externalChain(table, view, viewed);
  if (firewall !== external && viewed.loadBalancerIPs.length > 0) firewallChain(table, rule, { firewall, external });
  const isClusterUsed =
    !rule.internalLocal || (isExternal(viewed) && (!rule.externalLocal || viewed.categories.cluster.length > 0));
  if (isClusterUsed) serviceChain(table, view, viewed, { isLocal: false });
  const isLocalUsed = rule.internalLocal || (rule.externalLocal && isExternal(viewed));
  if (isLocalUsed && viewed.categories.local.length > 0) serviceChain(table, view, viewed, { isLocal: true });
  for (const endpoint of allEndpoints(viewed)) endpointChain(table, rule, endpoint);
}

/** External traffic is masqueraded, unless it keeps to this node; then only what began here is let go further. */
function externalChain(table: IptablesTable, view: ProxyView, { rule, categories }: ViewedRule): void {
  const chain = iptablesChain("EXT", rule);
  const cluster = iptablesChain("SVC", rule);
  const name = portName(rule);
  if (!rule.externalLocal) {
    table.chain(
      chain,
      `${comment(`masquerade traffic for ${name} external destinations`)} -j KUBE-MARK-MASQ`,
      `-j ${cluster}`,
    );
    return;
  }
  table.chain(
    chain,
    `-s ${view.podCIDR} ${comment(`pod traffic for ${name} external destinations`)} -j ${cluster}`,
    `${comment(`masquerade LOCAL traffic for ${name} external destinations`)} ${FROM_LOCAL} -j KUBE-MARK-MASQ`,
    `${comment(`route LOCAL traffic for ${name} external destinations`)} ${FROM_LOCAL} -j ${cluster}`,
  );
  if (categories.local.length > 0) table.chain(chain, `-j ${iptablesChain("SVL", rule)}`);
}

function firewallChain(
  table: IptablesTable,
  rule: ServiceRule,
  chains: { readonly firewall: string; readonly external: string },
): void {
  const name = portName(rule);
  for (const range of rule.sourceRanges)
    table.chain(chains.firewall, `-s ${range} ${comment(`${name} loadbalancer IP`)} -j ${chains.external}`);
  table.chain(chains.firewall, comment(`other traffic to ${name} will be dropped by KUBE-PROXY-FIREWALL`));
}

function serviceChain(
  table: IptablesTable,
  view: ProxyView,
  { rule, protocol, clusterIPs, categories }: ViewedRule,
  { isLocal }: { readonly isLocal: boolean },
): void {
  const name = portName(rule);
  const chain = iptablesChain(isLocal ? "SVL" : "SVC", rule);
  const endpoints = isLocal ? categories.local : categories.cluster;
  if (isLocal === rule.internalLocal)
    for (const ip of clusterIPs)
      table.chain(
        chain,
        `! -s ${view.podCIDR} -d ${single(ip)} -p ${protocol} ${comment(`${name} cluster IP`)} -m ${protocol} --dport ${rule.port} -j KUBE-MARK-MASQ`,
      );
  if (rule.affinityTimeoutMs !== undefined)
    for (const endpoint of endpoints) {
      const target = iptablesEndpointChain(rule, endpoint);
      table.chain(
        chain,
        `${comment(`${name} -> ${endpointKey(endpoint)}`)} -m recent --rcheck --seconds ${rule.affinityTimeoutMs / 1000} --reap --name ${target} --mask 255.255.255.255 --rsource -j ${target}`,
      );
    }
  for (const [index, endpoint] of endpoints.entries()) {
    const left = endpoints.length - index;
    const chance = left === 1 ? "" : ` -m statistic --mode random --probability ${probability(left)}`;
    table.chain(
      chain,
      `${comment(`${name} -> ${endpointKey(endpoint)}`)}${chance} -j ${iptablesEndpointChain(rule, endpoint)}`,
    );
  }
}

function endpointChain(table: IptablesTable, rule: ServiceRule, endpoint: RuleEndpoint): void {
  const chain = iptablesEndpointChain(rule, endpoint);
  const protocol = rule.protocol.toLowerCase();
  const recent =
    rule.affinityTimeoutMs === undefined ? "" : ` -m recent --set --name ${chain} --mask 255.255.255.255 --rsource`;
  table.chain(
    chain,
    `-s ${single(endpoint.address)} ${comment(portName(rule))} -j KUBE-MARK-MASQ`,
    `-p ${protocol} ${comment(portName(rule))}${recent} -m ${protocol} -j DNAT --to-destination ${endpointKey(endpoint)}`,
  );
}

/** One in so many, as the kernel keeps it: kube-proxy's ten digits in steps of 2^-31, printed with eleven. */
function probability(left: number): string {
  const steps = 2 ** 31;
  return (Math.round(Number((1 / left).toFixed(10)) * steps) / steps).toFixed(11);
}
