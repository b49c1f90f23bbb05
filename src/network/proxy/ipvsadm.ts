import { endpointKey } from "./affinity.ts";
import type { ListedServer } from "./ipvs-table.ts";
import { virtualKey } from "./node-proxy.ts";
import { type ProxyView, type ViewedRule, viewedRules } from "./proxy-view.ts";

const HEADER = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
`;

/** What `ipvsadm -Ln` prints: every virtual server of the node, at ClusterIPs, external and load-balancer addresses and node ports. */
export function ipvsadmLn(views: readonly ProxyView[]): string {
  const servers = views.flatMap((view) => viewedRules(view).flatMap((viewed) => virtualServers(view, viewed)));
  return HEADER + servers.join("");
}

function virtualServers(view: ProxyView, viewed: ViewedRule): readonly string[] {
  const { rule, internal, external } = viewed;
  const at = (address: string, port: number, endpoints: typeof internal): string => {
    const { protocol } = rule;
    const virtual = virtualKey({ address, port, protocol });
    const servers =
      view.servers?.(virtual, endpoints) ?? endpoints.map((endpoint) => ({ ...IDLE, key: endpointKey(endpoint) }));
    const persistent = rule.affinityTimeoutMs === undefined ? "" : ` persistent ${rule.affinityTimeoutMs / 1000}`;
    const place = virtual.slice(protocol.length + 1);
    return `${protocol.padEnd(4)} ${place} ${view.scheduler}${persistent}\n${servers.map(serverText).join("")}`;
  };
  return [
    ...viewed.clusterIPs.map((ip) => at(ip, rule.port, internal)),
    ...[...viewed.externalIPs, ...viewed.loadBalancerIPs].map((ip) => at(ip, rule.port, external)),
    ...(rule.nodePort === undefined ? [] : view.nodePortIPs.map((ip) => at(ip, rule.nodePort as number, external))),
  ];
}

const IDLE: Omit<ListedServer, "key"> = { weight: 1, active: 0, inactive: 0 };

function serverText({ key, weight, active, inactive }: ListedServer): string {
  const columns = [
    key.padEnd(28),
    "Masq".padEnd(7),
    `${weight}`.padEnd(6),
    `${active}`.padEnd(10),
    `${inactive}`.padEnd(10),
  ];
  return `  -> ${columns.join(" ")}\n`;
}
