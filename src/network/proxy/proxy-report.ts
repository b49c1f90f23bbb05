import type { ServiceRule } from "../../algorithms/index.ts";
import type { ClusterNetwork, ClusterNetworkConfig } from "../fabric/cluster-network.ts";
import { ipsetList } from "./ipset-list.ts";
import { iptablesSave } from "./iptables-save.ts";
import { ipvsIptablesSave } from "./ipvs-iptables.ts";
import { ipvsadmLn } from "./ipvsadm.ts";
import { nftListRuleset } from "./nft-ruleset.ts";
import type { ProxyView } from "./proxy-view.ts";

type Family = ProxyView["family"];

/** One node's kube-proxy as the tools on the node would show it. */
export interface ProxyReport {
  /** The mode it works in; `undefined` when it does not, for the reason in `error`. */
  readonly mode: string | undefined;
  readonly scheduler: string;
  readonly error: string | undefined;
  /** What it said of its mode when it started. */
  readonly log: readonly string[];
  readonly rules: readonly ServiceRule[];
  /** All Services' rules as data, for the node: a view for each family the cluster has, the first one first. */
  readonly views: readonly ProxyView[];
  /** `iptables-save` or `ip6tables-save`. */
  iptablesSave(family?: Family): string;
  /** How often it answered so about its health. */
  health(path: "healthz" | "livez"): ReadonlyMap<number, number>;
  /** How many rules keep to this node's endpoints, of which it has none. */
  withoutLocal(path: "internal" | "external", family: Family): number;
  ipvsadmLn(): string;
  ipsetList(name?: string): string | undefined;
  nftListRuleset(): string;
}

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const LOOPBACK: Readonly<Record<Family, string>> = { IPv4: "127.0.0.1", IPv6: "::1" };

/** Reads off what the kube-proxy of a node does at present; of no node in particular when the name is absent. */
export function proxyReport(network: ClusterNetwork, node: string | undefined, nowMs: number): ProxyReport {
  const place = network.nodeNamed(node);
  const proxy = network.proxies.of(node ?? "");
  const { decision, mode } = proxy;
  const rules = mode === undefined ? [] : network.services.rules();
  const viewOf = (family: Family): ProxyView => ({
    family,
    rules,
    node: { name: node, zone: place?.zone },
    nodePortIPs: (place?.addresses ?? []).filter(
      (address) => isOf(family, address) && network.proxies.opensNodePorts(proxy, address, place?.addresses ?? []),
    ),
    opensAll: network.proxies.opensAll(proxy, family),
    opensLocalhost: network.proxies.opensLoopback(proxy, LOOPBACK[family]),
    dropsInvalid: network.proxies.configuration.dropsInvalid,
    podCIDR: cidrsOf(network.config.podCIDRs).find((cidr) => isOf(family, cidr)) ?? EVERYTHING[family],
    serviceCIDRs: cidrsOf(network.config.serviceCIDRs),
    scheduler: proxy.scheduler,
    servers: (virtual, endpoints) => proxy.ipvs.list(virtual, endpoints),
  });
  const views = familiesOf(network.config).map(viewOf);
  const at = timeText(nowMs);
  return {
    mode,
    scheduler: proxy.scheduler,
    error: decision.ok ? undefined : decision.error,
    log: decision.ok ? decision.log : [decision.error],
    rules,
    views,
    iptablesSave: (family = "IPv4") => {
      if (mode === "nftables") return "";
      return mode === "ipvs" ? ipvsIptablesSave(viewOf(family), at) : iptablesSave(viewOf(family), at);
    },
    health: (path) => proxy.healthAnswers(path),
    withoutLocal: (path, family) => rules.filter((rule) => proxy.decide(rule, path, family).action === "drop").length,
    ipvsadmLn: () => ipvsadmLn(mode === "ipvs" ? views : []),
    ipsetList: (name) => (mode === "ipvs" ? ipsetList(views, name) : undefined),
    nftListRuleset: () => (mode === "nftables" ? views.map(nftListRuleset).join("") : ""),
  };
}

const FAMILIES = ["IPv4", "IPv6"] as const;
const EVERYTHING = { IPv4: "0.0.0.0/0", IPv6: "::/0" } as const;

/** The families a cluster has addresses of. */
export function familiesOf({ podCIDRs, serviceCIDRs }: ClusterNetworkConfig): readonly Family[] {
  const cidrs = cidrsOf([...podCIDRs, ...serviceCIDRs]);
  return FAMILIES.filter((family) => cidrs.some((cidr) => isOf(family, cidr)));
}

function isOf(family: Family, address: string): boolean {
  return address.includes(":") === (family === "IPv6");
}

function cidrsOf(texts: readonly string[]): readonly string[] {
  return texts.flatMap((text) => text.split(",")).map((cidr) => cidr.trim());
}

/** As C's `ctime` writes it: `Thu Jan  1 00:00:00 2026`. */
function timeText(nowMs: number): string {
  const date = new Date(nowMs);
  const day = String(date.getUTCDate()).padStart(2, " ");
  const time = date.toISOString().slice(11, 19);
  return `${WEEKDAYS[date.getUTCDay()]} ${MONTHS[date.getUTCMonth()]} ${day} ${time} ${date.getUTCFullYear()}`;
}
