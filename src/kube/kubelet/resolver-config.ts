import type { Pod } from "../../api/index.ts";

/** What a node resolves names by, and what it gives its pods. */
export type DnsSettings = {
  /** The cluster's DNS server. */
  readonly clusterDnsIP: string;
  readonly clusterDomain: string;
  /** The nameservers of the node itself, for pods with `dnsPolicy: Default`. */
  readonly nodeNameservers: readonly string[];
  /** The search list of the node itself: all that `Default` has, and after the cluster's domains for `ClusterFirst`. */
  readonly nodeSearches: readonly string[];
};

type Resolver = {
  readonly nameservers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly string[];
};

/** A pod's `/etc/resolv.conf` by its dnsPolicy and dnsConfig (`pkg/kubelet/network/dns`). */
export function resolverConfig(pod: Pod, settings: DnsSettings): string {
  const resolver = withDnsConfig(byPolicy(pod, settings), pod.spec.dnsConfig);
  const lines: string[] = [];
  if (resolver.searches.length > 0) lines.push(`search ${resolver.searches.join(" ")}`);
  for (const nameserver of resolver.nameservers) lines.push(`nameserver ${nameserver}`);
  if (resolver.options.length > 0) lines.push(`options ${resolver.options.join(" ")}`);
  return lines.map((line) => `${line}\n`).join("");
}

function byPolicy(pod: Pod, settings: DnsSettings): Resolver {
  const { dnsPolicy = "ClusterFirst", hostNetwork } = pod.spec;
  if (dnsPolicy === "None") return { nameservers: [], searches: [], options: [] };
  if (dnsPolicy === "Default" || (dnsPolicy === "ClusterFirst" && hostNetwork === true))
    return { nameservers: settings.nodeNameservers, searches: settings.nodeSearches, options: [] };
  const domain = settings.clusterDomain;
  return {
    nameservers: [settings.clusterDnsIP],
    searches: [
      ...new Set([
        `${pod.metadata.namespace ?? "default"}.svc.${domain}`,
        `svc.${domain}`,
        domain,
        ...settings.nodeSearches,
      ]),
    ],
    options: ["ndots:5"],
  };
}

/** Adds what the pod wishes; an option it names replaces the one of that name. */
function withDnsConfig(resolver: Resolver, config: Pod["spec"]["dnsConfig"]): Resolver {
  if (config === undefined) return resolver;
  const wished = (config.options ?? []).map(({ name = "", value }) =>
    value === undefined ? name : `${name}:${value}`,
  );
  const names = new Set(wished.map(optionName));
  return {
    nameservers: [...new Set([...resolver.nameservers, ...(config.nameservers ?? [])])],
    searches: [...new Set([...resolver.searches, ...(config.searches ?? [])])],
    options: [...resolver.options.filter((option) => !names.has(optionName(option))), ...wished],
  };
}

function optionName(option: string): string {
  return option.split(":")[0] as string;
}
