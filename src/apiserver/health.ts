import type { PathAnswer } from "./non-resource-paths.ts";
import { metric } from "./request-metrics.ts";

const TEXT = "text/plain; charset=utf-8";
/** The checks behind each path; all a server in one process can fail at would keep it from answering. */
const CHECKS: Readonly<Record<string, readonly string[]>> = {
  healthz: ["ping", "log", "etcd"],
  livez: ["ping", "log", "etcd"],
  readyz: ["ping", "log", "etcd", "etcd-readiness", "informer-sync", "shutdown"],
};

/** Answers `/healthz`, `/livez`, `/readyz` and each of their checks, as `k8s.io/apiserver/pkg/server/healthz` words it. */
export function health(path: string, query: URLSearchParams): PathAnswer | undefined {
  const [, name = "", ...rest] = path.split("/");
  const checks = Object.hasOwn(CHECKS, name) ? CHECKS[name] : undefined;
  if (checks === undefined) return undefined;
  if (rest.length > 0) return checks.includes(rest.join("/")) ? text("ok") : undefined;
  if (!query.has("verbose")) return text("ok");
  const excluded = new Set(query.getAll("exclude"));
  const lines = checks.map((check) => `[+]${check} ${excluded.delete(check) ? "excluded: " : ""}ok\n`);
  if (excluded.size > 0) {
    const unknown = [...excluded].sort().map((check) => JSON.stringify(check));
    lines.push(`warn: some health checks cannot be excluded: no matches for ${unknown.join(",")}\n`);
  }
  return text(`${lines.join("")}${name} check passed\n`);
}

/** `/metrics/slis`: how the checks stand (`k8s.io/component-base/metrics/prometheus/slis`). */
export function healthMetrics(): string {
  const series = Object.entries(CHECKS).flatMap(([type, checks]) =>
    checks.map((name) => [`name="${name}",type="${type}"`, 1] as const),
  );
  const help = "[STABLE] This metric records the result of a single healthcheck.";
  return metric(["kubernetes_healthcheck", "gauge"], help, new Map(series));
}

/** Every path of health, for the index. */
export function healthPaths(): readonly string[] {
  return Object.entries(CHECKS).flatMap(([name, checks]) => [
    `/${name}`,
    ...checks.map((check) => `/${name}/${check}`),
  ]);
}

function text(body: string): PathAnswer {
  return { ok: true, contentType: TEXT, body };
}
