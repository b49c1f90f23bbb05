import { comment, IptablesTable, mangleTable, savedTables } from "./iptables-table.ts";
import { ipvsSets } from "./ipvs-sets.ts";
import type { ProxyView } from "./proxy-view.ts";

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
  const tables = [mangleTable(), filterTable(view.family, match), natTable(view, { has, match })];
  return savedTables(tables, { at, family: view.family });
}

type Match = (set: string, side: string) => string;

function natTable(
  view: ProxyView,
  { has, match }: { readonly has: (set: string) => boolean; readonly match: Match },
): IptablesTable {
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
  for (const protocol of ["TCP", "UDP"] as const) {
    const lower = protocol.toLowerCase();
    if (has(`KUBE-NODE-PORT-LOCAL-${protocol}`))
      table.chain(
        "KUBE-NODE-PORT",
        `-p ${lower} ${comment(`Kubernetes nodeport ${protocol} port with externalTrafficPolicy=local`)} ${match(`KUBE-NODE-PORT-LOCAL-${protocol}`, "dst")} -j RETURN`,
      );
    if (has(`KUBE-NODE-PORT-${protocol}`))
      table.chain(
        "KUBE-NODE-PORT",
        `-p ${lower} ${comment(`Kubernetes nodeport ${protocol} port for masquerade purpose`)} ${match(`KUBE-NODE-PORT-${protocol}`, "dst")} -j KUBE-MARK-MASQ`,
      );
  }
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

function servicesChain(
  table: IptablesTable,
  view: ProxyView,
  { has, match }: { readonly has: (set: string) => boolean; readonly match: Match },
): void {
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
  if (has("KUBE-EXTERNAL-IP"))
    table.chain(
      chain,
      `${comment("Kubernetes service external ip + port for masquerade and filter purpose")} ${match("KUBE-EXTERNAL-IP", "dst,dst")} -j KUBE-MARK-MASQ`,
    );
  table.chain(chain, "-m addrtype --dst-type LOCAL -j KUBE-NODE-PORT");
  for (const set of ["KUBE-CLUSTER-IP", "KUBE-LOAD-BALANCER"])
    if (has(set)) table.chain(chain, `${match(set, "dst,dst")} -j ACCEPT`);
}

function filterTable(family: ProxyView["family"], match: Match): IptablesTable {
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
  table.chain("KUBE-IPVS-OUT-FILTER", `-m conntrack --ctstate NEW ${match("KUBE-IPVS-IPS", "dst")} -j RETURN`);
  table.chain(
    "KUBE-NODE-PORT",
    `${comment("Kubernetes health check node port")} ${match("KUBE-HEALTH-CHECK-NODE-PORT", "dst")} -j ACCEPT`,
  );
  table.chain(
    "KUBE-PROXY-FIREWALL",
    `${comment("Kubernetes service load balancer ip + port for load balancer with sourceRange")} ${match("KUBE-LOAD-BALANCER-FW", "dst,dst")} -j KUBE-SOURCE-RANGES-FIREWALL`,
  );
  table.chain(
    "KUBE-SOURCE-RANGES-FIREWALL",
    `${comment("Kubernetes service load balancer ip + port + source cidr for packet filter")} ${match("KUBE-LOAD-BALANCER-SOURCE-CIDR", "dst,dst,src")} -j RETURN`,
    "-j DROP",
  );
  return table;
}
