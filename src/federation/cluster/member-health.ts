import type { APIEnablement, Condition } from "../../api/index.ts";
import { apiVersionOf } from "../../apimachinery/index.ts";
import type { RawAnswer } from "../../apiserver/index.ts";
import type { ClusterClient, DiscoveredKind } from "../../client/index.ts";
import { sortedBy } from "../../std/index.ts";

/** What one look at a member found out. */
export type Health = { readonly online: boolean; readonly healthy: boolean };

/** Asks `/readyz`, and `/healthz` where there is no `/readyz` (`cluster_status_controller.getClusterHealthStatus`). */
export function probeHealth(client: ClusterClient, onHealth: (health: Health) => void): void {
  client.raw("/readyz", (answer) => {
    if (answer.ok || answer.status.code !== 404) onHealth(healthOf(answer));
    else client.raw("/healthz", (older) => onHealth(healthOf(older)));
  });
}

/** The Ready condition a finding stands for. */
export function readyCondition({ online, healthy }: Health): Condition {
  if (!online)
    return { type: "Ready", status: "False", reason: "ClusterNotReachable", message: "cluster is not reachable" };
  if (!healthy)
    return {
      type: "Ready",
      status: "False",
      reason: "ClusterNotReady",
      message: "cluster is reachable but health endpoint responded without ok",
    };
  return {
    type: "Ready",
    status: "True",
    reason: "ClusterReady",
    message: "cluster is healthy and ready to accept workloads",
  };
}

/** `Cluster.status.apiEnablements`: what the member serves, by group version and resource, both sorted. */
export function apiEnablements(kinds: readonly DiscoveredKind[]): readonly APIEnablement[] {
  const byVersion = new Map<string, { readonly name: string; readonly kind: string }[]>();
  for (const kind of kinds) {
    const groupVersion = apiVersionOf(kind);
    const resources = byVersion.get(groupVersion) ?? [];
    byVersion.set(groupVersion, resources);
    resources.push({ name: kind.plural, kind: kind.kind });
  }
  const entries = [...byVersion].map(([groupVersion, resources]) => ({
    groupVersion,
    resources: sortedBy(resources, (resource) => resource.name),
  }));
  return sortedBy(entries, (entry) => entry.groupVersion);
}

/** The `gitVersion` of a `/version` answer. */
export function kubernetesVersion(answer: RawAnswer): string | undefined {
  if (!answer.ok || typeof answer.body !== "object" || answer.body === null) return undefined;
  const { gitVersion } = answer.body as { readonly gitVersion?: unknown };
  return typeof gitVersion === "string" ? gitVersion : undefined;
}

/** An answer that is an error still shows that somebody is there, unless it says that nobody is. */
function healthOf(answer: RawAnswer): Health {
  if (answer.ok) return { online: true, healthy: true };
  return { online: answer.status.reason !== "ServiceUnavailable", healthy: false };
}
