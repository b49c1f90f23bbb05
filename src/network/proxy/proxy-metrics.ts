import type { ProxyReport } from "./proxy-report.ts";

type Sample = readonly [labels: Readonly<Record<string, string | number>>, value: number];

/** What `:10249/metrics` of a node tells, as far as it can be known here (`pkg/proxy/metrics`). */
export function proxyMetrics(report: ProxyReport, nowMs: number): string {
  const { views, health, mode } = report;
  const seconds = Math.floor(nowMs / 1000);
  const byFamily = (value: (family: "IPv4" | "IPv6") => number): readonly Sample[] =>
    views.map(({ family }) => [{ ip_family: family }, value(family)]);
  const tables = views.flatMap(({ family }) =>
    mode === "nftables"
      ? []
      : [...rulesByTable(report.iptablesSave(family))].map(([table, count]) => [family, table, count] as const),
  );
  const answered = (path: "healthz" | "livez"): readonly Sample[] =>
    [...health(path)].map(([code, count]) => [{ code }, count]);
  return [
    metric(
      "sync_proxy_rules_last_timestamp_seconds",
      "gauge",
      "The last time proxy rules were successfully synced",
      byFamily(() => seconds),
    ),
    metric(
      "sync_proxy_rules_last_queued_timestamp_seconds",
      "gauge",
      "The last time a sync of proxy rules was queued",
      byFamily(() => seconds),
    ),
    metric(
      "sync_proxy_rules_iptables_total",
      "gauge",
      "Total number of iptables rules owned by kube-proxy",
      tables.map(([family, table, count]) => [{ ip_family: family, table }, count]),
    ),
    metric(
      "sync_proxy_rules_no_local_endpoints_total",
      "gauge",
      "Number of services with a Local traffic policy and no endpoints",
      views.flatMap(({ family }) =>
        (["external", "internal"] as const).map(
          (path): Sample => [{ ip_family: family, traffic_policy: path }, report.withoutLocal(path, family)],
        ),
      ),
    ),
    metric("proxy_healthz_total", "counter", "Cumulative proxy healthz HTTP status", answered("healthz")),
    metric("proxy_livez_total", "counter", "Cumulative proxy livez HTTP status", answered("livez")),
  ].join("");
}

function rulesByTable(saved: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const part of saved.split(/^\*/m).slice(1)) {
    const [table = ""] = part.split("\n");
    if (table !== "mangle") counts.set(table, part.match(/^-A /gm)?.length ?? 0);
  }
  return counts;
}

function metric(name: string, type: "gauge" | "counter", help: string, samples: readonly Sample[]): string {
  if (samples.length === 0) return "";
  const full = `kubeproxy_${name}`;
  const lines = samples.map(([labels, value]) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${text}"`);
    return `${full}{${pairs.join(",")}} ${value}\n`;
  });
  return `# HELP ${full} [ALPHA] ${help}\n# TYPE ${full} ${type}\n${lines.join("")}`;
}
