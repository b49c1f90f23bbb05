import type { ServiceRule } from "../../algorithms/index.ts";
import type { ClusterNetwork } from "../fabric/cluster-network.ts";
import { ipsetList } from "./ipset-list.ts";
import { iptablesSave } from "./iptables-save.ts";
import { ipvsIptablesSave } from "./ipvs-iptables.ts";
import { ipvsadmLn } from "./ipvsadm.ts";
import { nftListRuleset } from "./nft-ruleset.ts";
import type { ProxyView } from "./proxy-view.ts";

/** One node's kube-proxy as the tools on the node would show it. */
export interface ProxyReport {
  /** The mode it works in; `undefined` when it does not, for the reason in `error`. */
  readonly mode: string | undefined;
  readonly scheduler: string;
  readonly error: string | undefined;
  /** What it said of its mode when it started. */
  readonly log: readonly string[];
  readonly rules: readonly ServiceRule[];
  /** All Services' rules as data, for the node. */
  readonly view: ProxyView;
  iptablesSave(): string;
  ipvsadmLn(): string;
  ipsetList(name?: string): string | undefined;
  nftListRuleset(): string;
}

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Reads off what the kube-proxy of a node does at present; of no node in particular when the name is absent. */
export function proxyReport(network: ClusterNetwork, node: string | undefined, nowMs: number): ProxyReport {
  const place = network.nodeNamed(node);
  const proxy = network.proxies.of(node ?? "");
  const { decision, mode } = proxy;
  const addresses = (place?.addresses ?? []).filter((address) => !address.includes(":"));
  const view: ProxyView = {
    family: "IPv4",
    rules: mode === undefined ? [] : network.services.rules(),
    node: { name: node, zone: place?.zone },
    nodePortIPs: addresses.filter((address) => network.proxies.opensNodePorts(address)),
    opensAll: network.proxies.configuration.nodePortAddresses.length === 0,
    podCIDR: network.config.podCIDRs[0] ?? "0.0.0.0/0",
    serviceCIDRs: network.config.serviceCIDRs,
    scheduler: proxy.scheduler,
    servers: (virtual, endpoints) => proxy.ipvs.list(virtual, endpoints),
  };
  const at = timeText(nowMs);
  return {
    mode,
    scheduler: proxy.scheduler,
    error: decision.ok ? undefined : decision.error,
    log: decision.ok ? decision.log : [decision.error],
    rules: view.rules,
    view,
    iptablesSave: () =>
      mode === "ipvs" ? ipvsIptablesSave(view, at) : mode === "nftables" ? "" : iptablesSave(view, at),
    ipvsadmLn: () => ipvsadmLn(mode === "ipvs" ? view : { ...view, rules: [] }),
    ipsetList: (name) => (mode === "ipvs" ? ipsetList(view, name) : undefined),
    nftListRuleset: () => (mode === "nftables" ? nftListRuleset(view) : ""),
  };
}

/** As C's `ctime` writes it: `Thu Jan  1 00:00:00 2026`. */
function timeText(nowMs: number): string {
  const date = new Date(nowMs);
  const day = String(date.getUTCDate()).padStart(2, " ");
  const time = date.toISOString().slice(11, 19);
  return `${WEEKDAYS[date.getUTCDay()]} ${MONTHS[date.getUTCMonth()]} ${day} ${time} ${date.getUTCFullYear()}`;
}
