import type { RuleEndpoint, ServiceRule } from "../../algorithms/index.ts";
import { endpointKey } from "./affinity.ts";
import { nftChain, nftEndpointName, portName } from "./chain-names.ts";
import { allEndpoints, isExternal, type ProxyView, type ViewedRule, viewedRules } from "./proxy-view.ts";

type Words = { readonly table: "ip" | "ip6"; readonly address: "ipv4_addr" | "ipv6_addr"; readonly loopback: string };

const FILTER = "type filter hook";
/** A list of elements is broken like this, so that they stand one under the other. */
const BREAK = ",\n\t\t\t     ";
const ADDRESSES_PER_LINE = 2;

/** What `nft list ruleset` prints on a node whose kube-proxy works in the mode `nftables` (`pkg/proxy/nftables/proxier.go`). */
export function nftListRuleset(view: ProxyView): string {
  const words: Words =
    view.family === "IPv6"
      ? { table: "ip6", address: "ipv6_addr", loopback: "::1" }
      : { table: "ip", address: "ipv4_addr", loopback: "127.0.0.0/8" };
  const rules = viewedRules(view);
  const blocks = [
    ...sets(view, rules, words),
    ...maps(rules, words),
    ...baseChains(view, words),
    ...rules.flatMap((viewed) => serviceChains(view, viewed, words)),
  ];
  return `table ${words.table} kube-proxy {\n\tcomment "rules for kube-proxy"\n${blocks.map(blockText).join("\n")}}\n`;
}

type Block = { readonly head: string; readonly lines: readonly string[] };

function blockText({ head, lines }: Block): string {
  return `\t${head} {\n${lines.map((line) => `\t\t${line}\n`).join("")}\t}\n`;
}

function chain(name: string, ...lines: readonly string[]): Block {
  return { head: `chain ${name}`, lines };
}

function elements(members: readonly string[], perLine: number): readonly string[] {
  if (members.length === 0) return [];
  let text = "";
  for (const [index, member] of members.entries())
    text += index === 0 ? member : `${index % perLine === 0 ? BREAK : ", "}${member}`;
  return [`elements = { ${text} }`];
}

function sets(view: ProxyView, rules: readonly ViewedRule[], words: Words): readonly Block[] {
  const addresses = [...new Set(rules.flatMap(({ clusterIPs }) => clusterIPs))];
  const affinity = rules.flatMap((viewed) =>
    viewed.rule.affinityTimeoutMs === undefined
      ? []
      : allEndpoints(viewed).map((endpoint) => ({
          head: `set ${nftEndpointName("affinity", viewed.rule, endpoint)}`,
          lines: [
            `type ${words.address}`,
            "size 65535",
            "flags dynamic,timeout",
            `timeout ${(viewed.rule.affinityTimeoutMs ?? 0) / 1000}s`,
          ],
        })),
  );
  return [
    {
      head: "set cluster-ips",
      lines: [`type ${words.address}`, 'comment "Active ClusterIPs"', ...elements(addresses, ADDRESSES_PER_LINE)],
    },
    ...(view.opensAll
      ? []
      : [
          {
            head: "set nodeport-ips",
            lines: [
              `type ${words.address}`,
              'comment "IPs that accept NodePort traffic"',
              ...elements(view.nodePortIPs, ADDRESSES_PER_LINE),
            ],
          },
        ]),
    ...affinity,
  ];
}

function maps(rules: readonly ViewedRule[], { address }: Words): readonly Block[] {
  const services = `type ${address} . inet_proto . inet_service : verdict`;
  const ports = "type inet_proto . inet_service : verdict";
  const map = (name: string, type: string, comment: string, members: readonly string[]): Block => ({
    head: `map ${name}`,
    lines: [type, `comment "${comment}"`, ...elements(members, 1)],
  });
  const served = rules.filter(({ hasAny }) => hasAny);
  return [
    map(
      "no-endpoint-services",
      services,
      "vmap to drop or reject packets to services with no endpoints",
      rules.flatMap(noEndpointServices),
    ),
    map(
      "no-endpoint-nodeports",
      ports,
      "vmap to drop or reject packets to service nodeports with no endpoints",
      rules.flatMap(noEndpointNodePorts),
    ),
    map(
      "firewall-ips",
      services,
      "destinations that are subject to LoadBalancerSourceRanges",
      served.flatMap((viewed) =>
        viewed.rule.sourceRanges.length === 0
          ? []
          : viewed.loadBalancerIPs.map((ip) => `${tuple(viewed, ip)} : goto ${nftChain("firewall", viewed.rule)}`),
      ),
    ),
    map("service-ips", services, "ClusterIP, ExternalIP and LoadBalancer IP traffic", served.flatMap(serviceIPs)),
    map(
      "service-nodeports",
      ports,
      "NodePort traffic",
      served.flatMap(({ rule, protocol }) =>
        rule.nodePort === undefined ? [] : [`${protocol} . ${rule.nodePort} : goto ${nftChain("external", rule)}`],
      ),
    ),
  ];
}

function tuple({ protocol, rule }: ViewedRule, ip: string): string {
  return `${ip} . ${protocol} . ${rule.port}`;
}

function serviceIPs(viewed: ViewedRule): readonly string[] {
  const { rule } = viewed;
  const inner = nftChain(rule.internalLocal ? "local" : "service", rule);
  return [
    ...(viewed.internal.length === 0 ? [] : viewed.clusterIPs.map((ip) => `${tuple(viewed, ip)} : goto ${inner}`)),
    ...[...viewed.externalIPs, ...viewed.loadBalancerIPs].map(
      (ip) => `${tuple(viewed, ip)} : goto ${nftChain("external", rule)}`,
    ),
  ];
}

function verdictOf(viewed: ViewedRule, endpoints: readonly RuleEndpoint[]): string | undefined {
  if (!viewed.hasAny) return "goto reject-chain";
  return endpoints.length === 0 ? "drop" : undefined;
}

function noEndpointServices(viewed: ViewedRule): readonly string[] {
  const at = (ips: readonly string[], verdict: string | undefined): readonly string[] =>
    verdict === undefined
      ? []
      : ips.map((ip) => `${tuple(viewed, ip)} comment "${portName(viewed.rule)}" : ${verdict}`);
  return [
    ...at(viewed.clusterIPs, verdictOf(viewed, viewed.internal)),
    ...at([...viewed.externalIPs, ...viewed.loadBalancerIPs], verdictOf(viewed, viewed.external)),
  ];
}

function noEndpointNodePorts(viewed: ViewedRule): readonly string[] {
  const { rule, protocol } = viewed;
  const verdict = verdictOf(viewed, viewed.external);
  if (verdict === undefined || rule.nodePort === undefined) return [];
  return [`${protocol} . ${rule.nodePort} comment "${portName(rule)}" : ${verdict}`];
}

/** The chains the kernel calls, in the order they are printed. */
const HOOKS: readonly (readonly [string, ...string[]])[] = [
  [
    "filter-prerouting-pre-dnat",
    `${FILTER} prerouting priority dstnat - 10; policy accept;`,
    "ct state new jump firewall-check",
  ],
  [
    "filter-output-pre-dnat",
    `${FILTER} output priority dstnat - 10; policy accept;`,
    "ct state new jump firewall-check",
  ],
  [
    "filter-input",
    `${FILTER} input priority filter; policy accept;`,
    "ct state new jump nodeport-endpoints-check",
    "ct state new jump service-endpoints-check",
  ],
  [
    "filter-forward",
    `${FILTER} forward priority filter; policy accept;`,
    "ct state new jump service-endpoints-check",
    "ct state new jump cluster-ips-check",
  ],
  [
    "filter-output",
    `${FILTER} output priority filter; policy accept;`,
    "ct state new jump service-endpoints-check",
    "ct state new jump cluster-ips-check",
  ],
  ["nat-prerouting", "type nat hook prerouting priority dstnat; policy accept;", "jump services"],
  ["nat-output", "type nat hook output priority dstnat; policy accept;", "jump services"],
  ["nat-postrouting", "type nat hook postrouting priority srcnat; policy accept;", "jump masquerading"],
];

function baseChains(view: ProxyView, { table, loopback }: Words): readonly Block[] {
  const services = `${table} daddr . meta l4proto . th dport vmap`;
  const nodePorts = view.opensAll
    ? `fib daddr type local ${table} daddr != ${loopback} meta l4proto . th dport vmap`
    : `${table} daddr @nodeport-ips meta l4proto . th dport vmap`;
  const cidrs = view.serviceCIDRs.filter((cidr) => cidr.includes(":") === (table === "ip6"));
  return [
    ...HOOKS.map(([name, ...lines]) => chain(name, ...lines)),
    chain("nodeport-endpoints-check", `${nodePorts} @no-endpoint-nodeports`),
    chain("service-endpoints-check", `${services} @no-endpoint-services`),
    chain("firewall-check", `${services} @firewall-ips`),
    chain("services", `${services} @service-ips`, `${nodePorts} @service-nodeports`),
    chain(
      "masquerading",
      "meta mark & 0x00004000 == 0x00000000 return",
      "meta mark set meta mark ^ 0x00004000",
      "masquerade fully-random",
    ),
    chain(
      "cluster-ips-check",
      `${table} daddr @cluster-ips reject comment "Reject traffic to invalid ports of ClusterIPs"`,
      ...(cidrs.length === 0
        ? []
        : [`${table} daddr { ${cidrs.join(", ")} } drop comment "Drop traffic to unallocated ClusterIPs"`]),
    ),
    chain("mark-for-masquerade", "meta mark set meta mark | 0x00004000"),
    {
      head: "chain reject-chain",
      lines: ['comment "helper for @no-endpoint-services / @no-endpoint-nodeports"', "reject"],
    },
  ];
}

function serviceChains(view: ProxyView, viewed: ViewedRule, words: Words): readonly Block[] {
  const { rule, categories, hasAny } = viewed;
  if (!hasAny) return [];
  const blocks: Block[] = [];
  const isClusterUsed = !rule.internalLocal || isExternal(viewed);
  if (isClusterUsed && categories.cluster.length > 0) blocks.push(policyChain(view, viewed, words, { isLocal: false }));
  if ((rule.internalLocal || (rule.externalLocal && isExternal(viewed))) && categories.local.length > 0)
    blocks.push(policyChain(view, viewed, words, { isLocal: true }));
  if (isExternal(viewed)) blocks.push(externalChain(view, viewed, words));
  if (rule.sourceRanges.length > 0 && viewed.loadBalancerIPs.length > 0)
    blocks.push(chain(nftChain("firewall", rule), `${words.table} saddr != { ${rule.sourceRanges.join(", ")} } drop`));
  for (const endpoint of allEndpoints(viewed)) blocks.push(endpointChain(rule, endpoint, words));
  return blocks;
}

function policyChain(
  view: ProxyView,
  { rule, clusterIPs, categories }: ViewedRule,
  { table }: Words,
  { isLocal }: { readonly isLocal: boolean },
): Block {
  const endpoints = isLocal ? categories.local : categories.cluster;
  const masquerade =
    isLocal === rule.internalLocal
      ? clusterIPs.map((ip) => `${table} daddr ${ip} ${table} saddr != ${view.podCIDR} jump mark-for-masquerade`)
      : [];
  const sticky =
    rule.affinityTimeoutMs === undefined
      ? []
      : endpoints.map(
          (one) =>
            `${table} saddr @${nftEndpointName("affinity", rule, one)} goto ${nftEndpointName("endpoint", rule, one)}`,
        );
  const choice = endpoints.map((one, index) => `${index} : goto ${nftEndpointName("endpoint", rule, one)}`).join(", ");
  return chain(
    nftChain(isLocal ? "local" : "service", rule),
    ...masquerade,
    ...sticky,
    `numgen random mod ${endpoints.length} vmap { ${choice} }`,
  );
}

function externalChain(view: ProxyView, { rule, categories }: ViewedRule, { table }: Words): Block {
  const name = nftChain("external", rule);
  const cluster = nftChain("service", rule);
  if (!rule.externalLocal) return chain(name, "jump mark-for-masquerade", `goto ${cluster}`);
  return chain(
    name,
    `${table} saddr ${view.podCIDR} goto ${cluster} comment "short-circuit pod traffic"`,
    'fib saddr type local jump mark-for-masquerade comment "masquerade local traffic"',
    `fib saddr type local goto ${cluster} comment "short-circuit local traffic"`,
    ...(categories.local.length > 0 ? [`goto ${nftChain("local", rule)}`] : []),
  );
}

function endpointChain(rule: ServiceRule, endpoint: RuleEndpoint, { table }: Words): Block {
  return chain(
    nftEndpointName("endpoint", rule, endpoint),
    `${table} saddr ${endpoint.address} jump mark-for-masquerade`,
    ...(rule.affinityTimeoutMs === undefined
      ? []
      : [`update @${nftEndpointName("affinity", rule, endpoint)} { ${table} saddr }`]),
    `meta l4proto ${rule.protocol.toLowerCase()} dnat to ${endpointKey(endpoint)}`,
  );
}
