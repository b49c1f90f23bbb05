import { parse } from "yaml";
import type { ConfigMap } from "../../api/index.ts";
import { isRecord } from "../../std/index.ts";

/** What a cluster's kube-proxies are told, by the ConfigMap `kube-system/kube-proxy`. */
export type ProxyConfiguration = {
  readonly mode: string;
  readonly scheduler: string;
  /** Networks in which node ports are open; every address of a node when empty. */
  readonly nodePortAddresses: readonly string[];
  readonly masqueradeAll: boolean;
  /** Whether node ports are open at 127.0.0.1 where the mode can do that. */
  readonly localhostNodePorts: boolean;
  /** Whether packets that belong to no connection conntrack knows are dropped. */
  readonly dropsInvalid: boolean;
};

/** What holds until a ConfigMap says otherwise. */
export const PLAIN_CONFIGURATION: ProxyConfiguration = {
  mode: "",
  scheduler: "",
  nodePortAddresses: [],
  masqueradeAll: false,
  localhostNodePorts: true,
  dropsInvalid: true,
};

/** Reads `config.conf` (kubeadm) or `config` of the ConfigMap; `undefined` when there is no KubeProxyConfiguration in it. */
export function readProxyConfiguration(map: ConfigMap): ProxyConfiguration | undefined {
  const text = map.data?.["config.conf"] ?? map.data?.config;
  if (text === undefined) return undefined;
  const document = parsed(text);
  if (!isRecord(document)) return undefined;
  const { mode, ipvs, iptables, conntrack, nodePortAddresses } = document;
  const addresses = Array.isArray(nodePortAddresses)
    ? nodePortAddresses
    : typeof nodePortAddresses === "string"
      ? nodePortAddresses.split(",")
      : [];
  return {
    mode: typeof mode === "string" ? mode : "",
    scheduler: isRecord(ipvs) && typeof ipvs.scheduler === "string" ? ipvs.scheduler : "",
    nodePortAddresses: addresses.map((address) => String(address).trim()).filter((address) => address !== ""),
    masqueradeAll: isRecord(iptables) && iptables.masqueradeAll === true,
    localhostNodePorts: !isRecord(iptables) || iptables.localhostNodePorts !== false,
    dropsInvalid: !isRecord(conntrack) || conntrack.tcpBeLiberal !== true,
  };
}

/** A ConfigMap is a user's text: one that is no YAML configures nothing. */
function parsed(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}
