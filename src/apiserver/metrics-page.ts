import type { Loop } from "../sim/index.ts";
import type { Registry } from "./registry.ts";
import { metric, type RequestMetrics } from "./request-metrics.ts";
import type { ServerVersion } from "./server-version.ts";

/** `/metrics`: what a server in this process can honestly say of itself. */
export function metricsPage(what: {
  readonly requests: RequestMetrics;
  readonly registry: Registry;
  readonly version: ServerVersion;
  readonly loop: Loop;
}): string {
  const { requests, registry, version, loop } = what;
  const { major, minor, gitVersion } = version;
  const objects = new Map<string, number>();
  for (const { kind, bucket } of registry.resources())
    objects.set(`resource="${kind.group === "" ? kind.plural : `${kind.plural}.${kind.group}`}"`, bucket.size);
  const build = `git_version="${gitVersion}",major="${major}",minor="${minor}",platform="linux/amd64"`;
  return (
    requests.text() +
    metric(
      ["apiserver_storage_objects", "gauge"],
      "Number of stored objects at the time of last check split by kind.",
      objects,
    ) +
    metric(
      ["kubernetes_build_info", "gauge"],
      "A metric with a constant '1' value labeled by version.",
      new Map([[build, 1]]),
    ) +
    metric(
      ["process_start_time_seconds", "gauge"],
      "Start time of the process since unix epoch in seconds.",
      new Map([["", loop.startMs / 1000]]),
    )
  );
}
