import { comment, IptablesTable, mangleTable, savedTables, single } from "./iptables-table.ts";
import { ipvsSets, letsNodeIn } from "./ipvs-sets.ts";
import { type ProxyView, viewedRules } from "./proxy-view.ts";

const MARK = "0x4000/0x4000";

/**
 * What `iptables-save` prints on a node whose kube-proxy works in the mode `ipvs`: rules that match sets, as many for one
 * Service as for a thousand (`pkg/proxy/ipvs/proxier.go`, `writeIptablesRules`).
 */
export function ipvsIptablesSave(view: ProxyView, at: string): string {
  const sets = new Map(
    ipvsSets(view).map(({ name, members }) => [name.replace("KUBE-6-", "KUBE-"), members.length > 0]),
  );
  const prefix = view.family === "IPv6" ? "KUBE-6-" : "KUBE-";
  const match = (set: string, side: string): string => `-m set --match-set ${set.replace("KUBE-", prefix)} ${side}`;
  const has = (set: string): boolean => sets.get(set) === true;
  const tables = [mangleTable(), filterTable(view, { has, match }), natTable(view, { has, match })];
  return savedTables(tables, { at, family: view.family });
}

type Match = (set: string, side: string) => string;
type Sets = { readonly has: (set: string) => boolean; readonly match: Match };

/** The number of a protocol, as netfilter prints it. */
const NUMBERS = { tcp: 6, udp: 17, sctp: 132 } as const;

function natTable(view: ProxyView, { has, match }: Sets): IptablesTable {
  const table = new IptablesTable("nat", ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"]);
  const portals = `${comment("kubernetes service portals")} -j KUBE-SERVICES`;
  table.chain("PREROUTING", portals);
  table.chain("OUTPUT", portals);
  table.chain("POSTROUTING", `${comment("kubernetes postrouting rules")} -j KUBE-POSTROUTING`);
  table.chain("KUBE-LOAD-BALANCER");
  if (has("KUBE-LOAD-BALANCER-LOCAL"))
    table.chain(
      "KUBE-LOAD-BALANCER",
      `${comment("Kubernetes service load balancer ip + port with externalTrafficPolicy=local")} ${match("KUBE-LOAD-BALANCER-LOCAL", "dst,dst")} -j RETURN`,
    );
  table.chain("KUBE-LOAD-BALANCER", "-j KUBE-MARK-MASQ");
  table.chain("KUBE-MARK-MASQ", `-j MARK --set-xmark ${MARK}`);
  table.chain("KUBE-NODE-PORT");
  for (const protocol of ["TCP", "UDP", "SCTP"] as const) nodePortRules(table, protocol, { has, match });
  if (has("KUBE-LOOP-BACK"))
    table.chain(
      "KUBE-POSTROUTING",
      `${comment("Kubernetes endpoints dst ip:port, source ip for solving hairpin purpose")} ${match("KUBE-LOOP-BACK", "dst,dst,src")} -j MASQUERADE`,
    );
  table.chain(
    "KUBE-POSTROUTING",
    `-m mark ! --mark ${MARK} -j RETURN`,
    "-j MARK --set-xmark 0x4000/0x0",
    `${comment("kubernetes service traffic requiring SNAT")} -j MASQUERADE --random-fully`,
  );
  servicesChain(table, view, { has, match });
  return table;
}

/** Ports of SCTP are in a set by address, as `bitmap:port` knows none. */
function nodePortRules(table: IptablesTable, protocol: "TCP" | "UDP" | "SCTP", { has, match }: Sets): void {
  const [kind, side, tail] =
    protocol === "SCTP" ? ["SCTP-HASH", "dst,dst", " with type 'hash ip:port'"] : [protocol, "dst", ""];
  const matching = `-p ${protocol.toLowerCase()}`;
  const rule = (set: string, text: string, target: string): void => {
    if (!has(set)) return;
    const told = comment(`Kubernetes nodeport ${protocol} port ${text}${tail}`);
    table.chain("KUBE-NODE-PORT", `${matching} ${told} ${match(set, side)} -j ${target}`);
  };
  rule(`KUBE-NODE-PORT-LOCAL-${kind}`, "with externalTrafficPolicy=local", "RETURN");
  rule(`KUBE-NODE-PORT-${kind}`, "for masquerade purpose", "KUBE-MARK-MASQ");
}

function servicesChain(table: IptablesTable, view: ProxyView, { has, match }: Sets): void {
  const chain = "KUBE-SERVICES";
  table.chain(chain, `-s ${view.family === "IPv6" ? "::1/128" : "127.0.0.0/8"} -j RETURN`);
  if (has("KUBE-LOAD-BALANCER"))
    table.chain(
      chain,
      `${comment("Kubernetes service lb portal")} ${match("KUBE-LOAD-BALANCER", "dst,dst")} -j KUBE-LOAD-BALANCER`,
    );
  if (has("KUBE-CLUSTER-IP"))
    table.chain(
      chain,
      `! -s ${view.podCIDR} ${comment("Kubernetes service cluster ip + port for masquerade purpose")} ${match("KUBE-CLUSTER-IP", "dst,dst")} -j KUBE-MARK-MASQ`,
    );
  const external = [
    ["KUBE-EXTERNAL-IP", "for masquerade and filter purpose", ["-j KUBE-MARK-MASQ"]],
    ["KUBE-EXTERNAL-IP-LOCAL", "with externalTrafficPolicy=local", []],
  ] as const;
  for (const [set, purpose, first] of external) {
    if (!has(set)) continue;
    const matching = `${comment(`Kubernetes service external ip + port ${purpose}`)} ${match(set, "dst,dst")}`;
    table.chain(chain, ...[...first, ...EXTERNAL_ACCEPTS].map((end) => `${matching} ${end}`));
  }
  table.chain(chain, "-m addrtype --dst-type LOCAL -j KUBE-NODE-PORT");
  for (const set of ["KUBE-CLUSTER-IP", "KUBE-LOAD-BALANCER"])
    if (has(set)) table.chain(chain, `${match(set, "dst,dst")} -j ACCEPT`);
}

/** Traffic from off the machine, and what is for an address the machine has itself. */
const EXTERNAL_ACCEPTS = [
  "-m physdev ! --physdev-is-in -m addrtype ! --src-type LOCAL -j ACCEPT",
  "-m addrtype --dst-type LOCAL -j ACCEPT",
] as const;

function filterTable(view: ProxyView, { has, match }: Sets): IptablesTable {
  const { family } = view;
  const table = new IptablesTable("filter", ["INPUT", "FORWARD", "OUTPUT"]);
  const firewall = `${comment("kube-proxy firewall rules")} -j KUBE-PROXY-FIREWALL`;
  table.chain(
    "INPUT",
    `${comment("kubernetes ipvs access filter")} -j KUBE-IPVS-FILTER`,
    firewall,
    `${comment("kubernetes health check rules")} -j KUBE-NODE-PORT`,
  );
  table.chain("FORWARD", firewall, `${comment("kubernetes forwarding rules")} -j KUBE-FORWARD`);
  table.chain("OUTPUT", `${comment("kubernetes ipvs access filter")} -j KUBE-IPVS-OUT-FILTER`);
  table.chain(
    "KUBE-FORWARD",
    `${comment("kubernetes forwarding rules")} -m mark --mark ${MARK} -j ACCEPT`,
    `${comment("kubernetes forwarding conntrack rule")} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`,
  );
  for (const set of ["LOAD-BALANCER", "CLUSTER-IP", "EXTERNAL-IP", "EXTERNAL-IP-LOCAL"])
    table.chain("KUBE-IPVS-FILTER", `${match(`KUBE-${set}`, "dst,dst")} -j RETURN`);
  table.chain(
    "KUBE-IPVS-FILTER",
    `${match("KUBE-HEALTH-CHECK-NODE-PORT", "dst")} -j RETURN`,
    `-m conntrack --ctstate NEW ${match("KUBE-IPVS-IPS", "dst")} -j REJECT --reject-with icmp${family === "IPv6" ? "6" : ""}-port-unreachable`,
  );
  table.chain("KUBE-IPVS-OUT-FILTER", ...closedToNode(view));
  table.chain(
    "KUBE-NODE-PORT",
    `${comment("Kubernetes health check node port")} ${match("KUBE-HEALTH-CHECK-NODE-PORT", "dst")} -j ACCEPT`,
  );
  table.chain("KUBE-PROXY-FIREWALL");
  if (has("KUBE-LOAD-BALANCER-FW"))
    table.chain(
      "KUBE-PROXY-FIREWALL",
      `${comment("Kubernetes service load balancer ip + port for load balancer with sourceRange")} ${match("KUBE-LOAD-BALANCER-FW", "dst,dst")} -j KUBE-SOURCE-RANGES-FIREWALL`,
    );
  for (const [set, what] of [
    ["KUBE-LOAD-BALANCER-SOURCE-CIDR", "source cidr"],
    ["KUBE-LOAD-BALANCER-SOURCE-IP", "source IP"],
  ] as const) {
    if (!has(set)) continue;
    const told = comment(`Kubernetes service load balancer ip + port + ${what} for packet filter purpose`);
    table.chain("KUBE-SOURCE-RANGES-FIREWALL", `${told} ${match(set, "dst,dst,src")} -j RETURN`);
  }
  table.chain("KUBE-SOURCE-RANGES-FIREWALL", "-j DROP");
  return table;
}

/** Load balancers whose source ranges leave the node out: what it sends there comes from the balancer's own address. */
function closedToNode(view: ProxyView): readonly string[] {
  return viewedRules(view)
    .filter((viewed) => viewed.rule.sourceRanges.length > 0 && !letsNodeIn(viewed, view))
    .flatMap(({ loadBalancerIPs, protocol, rule }) =>
      loadBalancerIPs.map(
        (ip) => `-s ${single(ip)} -m ipvs --vaddr ${ip} --vproto ${NUMBERS[protocol]} --vport ${rule.port} -j DROP`,
      ),
    );
}
