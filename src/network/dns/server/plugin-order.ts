/** The plugins of CoreDNS in the order they are compiled in, first to last (`plugin.cfg` of 1.14). */
const ORDER = names(`
  root metadata geoip cancel proxyproto quic grpc_server https https3 timeouts multisocket reload nsid bufsize bind debug
  trace ready health pprof shed prometheus errors log dnstap local dns64 any chaos loadbalance tsig rewrite autopath acl
  cache header dnssec tls minimal template transfer hosts route53 azure clouddns k8s_external kubernetes file auto
  secondary etcd loop forward grpc erratic whoami on sign view nomad`);

/** The same of 1.9 and 1.10: there, `cache` stands before `rewrite`. */
const ORDER_BEFORE_1_11 = names(`
  metadata geoip cancel tls reload nsid bufsize root bind debug trace ready health pprof prometheus errors log dnstap local
  dns64 acl any chaos loadbalance tsig cache rewrite header dnssec autopath minimal template transfer hosts route53 azure
  clouddns k8s_external kubernetes file auto secondary etcd loop forward grpc erratic whoami on sign view`);

/** Lighthouse's own build (`coredns/main.go`), over CoreDNS 1.11.3; `kubernetes` is not in it. */
const ORDER_OF_LIGHTHOUSE = names(`
  metadata cancel tls reload nsid root bind debug trace ready health pprof prometheus errors log dnstap any chaos loadbalance
  cache rewrite dnssec autopath template hosts route53 k8s_external lighthouse file auto secondary etcd loop forward grpc
  erratic whoami on`);
const LIGHTHOUSE_IMAGE = /(?:^|\/)lighthouse-coredns(?=[:@]|$)/;
const LIGHTHOUSE_VERSION = "1.11.3";

/** How a cluster's CoreDNS is built, where that differs from what its image's tag says. */
export type CoreDnsBuild = {
  /** All plugins compiled in, in order: a `plugin.cfg`. */
  readonly pluginOrder?: readonly string[] | undefined;
  /** Whether `multicluster` is compiled in, after `kubernetes`; by default it is from 1.9.3 on, the oldest it can be built with. */
  readonly multicluster?: boolean | undefined;
};

const LATEST = "1.14.7";
const MULTICLUSTER_SINCE = [1, 9, 3] as const;
const HEADER_SINCE = [1, 9, 0] as const;

/** The version an image's tag names; the latest when it names none. */
function coreDnsVersion(image: string): string {
  return /coredns[^/:]*:v?(\d+\.\d+\.\d+)/.exec(image.replace(/@.*$/, ""))?.[1] ?? LATEST;
}

/** The Go that releases are built with (`.go-version`), each from that version of CoreDNS on, newest first. */
const BUILT_WITH: readonly (readonly [since: readonly [number, number, number], go: string])[] = [
  [[1, 14, 7], "1.26.6"],
  [[1, 14, 5], "1.26.5"],
  [[1, 14, 4], "1.26.3"],
  [[1, 14, 3], "1.26.2"],
  [[1, 14, 2], "1.26.1"],
  [[1, 14, 1], "1.25.6"],
  [[1, 13, 2], "1.25.5"],
  [[1, 13, 1], "1.25.2"],
  [[1, 13, 0], "1.25.1"],
  [[1, 12, 4], "1.25.0"],
  [[1, 12, 3], "1.24.5"],
  [[1, 12, 2], "1.24.4"],
  [[1, 12, 1], "1.24.1"],
  [[1, 12, 0], "1.23.3"],
  [[0, 0, 0], "1.21.8"],
];

/** The Go a version is built with, as it tells itself: `go1.24.1`. */
export function goVersion(version: string): string {
  return `go${BUILT_WITH.find(([since]) => isAtLeast(version, since))?.[1]}`;
}

/** What an image holds: Lighthouse's own CoreDNS, or the cluster's, as it is built. */
export function imageBuild(
  image: string,
  build: CoreDnsBuild,
): { readonly version: string; readonly plugins: readonly string[] } {
  if (LIGHTHOUSE_IMAGE.test(image)) return { version: LIGHTHOUSE_VERSION, plugins: ORDER_OF_LIGHTHOUSE };
  const version = coreDnsVersion(image);
  return { version, plugins: compiledPlugins(version, build) };
}

/** The plugins of a build, in the order they run. */
export function compiledPlugins(version: string, build: CoreDnsBuild): readonly string[] {
  if (build.pluginOrder !== undefined) return build.pluginOrder;
  const order = isAtLeast(version, [1, 11, 0]) ? ORDER : ORDER_BEFORE_1_11;
  const plugins = isAtLeast(version, HEADER_SINCE) ? order : order.filter((name) => name !== "tsig" && name !== "view");
  const multicluster = build.multicluster ?? isAtLeast(version, MULTICLUSTER_SINCE);
  return multicluster && isAtLeast(version, MULTICLUSTER_SINCE)
    ? plugins.flatMap((name) => (name === "kubernetes" ? [name, "multicluster"] : [name]))
    : plugins;
}

/** Whether a version `1.12.1` is at least another. */
export function isAtLeast(version: string, least: readonly [number, number, number]): boolean {
  const parts = version.replace(/^v/, "").split(/[.+-]/).map(Number);
  for (const [index, wanted] of least.entries()) {
    const part = parts[index] ?? 0;
    if (part !== wanted) return part > wanted;
  }
  return true;
}

function names(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
