import { Deployment, type Pod, type PodDisruptionBudget, ReplicaSet, StatefulSet } from "../../api/index.ts";
import {
  controllerOf,
  groupResource,
  type OwnerReference,
  parseApiVersion,
  resolveIntOrPercent,
} from "../../apimachinery/index.ts";
import type { Answer } from "../../apiserver/index.ts";
import type { ClusterClient } from "../../client/index.ts";
import type { Snapshot } from "../../controller/index.ts";
import { liveAnswer } from "../live-answer.ts";

/** What is read to find how many pods a workload should have. */
export type Workloads = Snapshot<typeof ReplicaSet | typeof Deployment | typeof StatefulSet>;

/** How many pods there should be, how many of them healthy, and whose pods nobody controls (`getExpectedPodCount`). */
export type Expected = {
  readonly pods: number;
  readonly healthy: number;
  /** True when pods without a controller made the count of no use. */
  readonly unmanaged: boolean;
};

type Scaled = { readonly uid: string; readonly replicas: number };

/** What a budget expects of the pods it covers; a text says why that could not be found out. */
export function expectedPods(
  { spec: { minAvailable, maxUnavailable } }: PodDisruptionBudget,
  pods: readonly Pod[],
  source: { readonly workloads: Workloads; readonly client: ClusterClient },
): Expected | string {
  if (maxUnavailable === undefined && typeof minAvailable === "number")
    return { pods: pods.length, healthy: minAvailable, unmanaged: false };
  if (maxUnavailable === undefined && minAvailable === undefined) return { pods: 0, healthy: 0, unmanaged: false };
  const scale = expectedScale(pods, source);
  if (typeof scale === "string") return scale;
  const share = resolveIntOrPercent(maxUnavailable ?? minAvailable ?? 0, scale.pods, { up: true });
  return { ...scale, healthy: maxUnavailable === undefined ? share : Math.max(0, scale.pods - share) };
}

/** The sum of what the controllers of the pods are to keep up (`getExpectedScale`). */
function expectedScale(
  pods: readonly Pod[],
  source: { readonly workloads: Workloads; readonly client: ClusterClient },
): Omit<Expected, "healthy"> | string {
  const known = new Map<string, number>();
  const asked = new Set<string>();
  let unmanaged = false;
  for (const pod of pods) {
    const reference = controllerOf(pod);
    if (reference === undefined) unmanaged = true;
    if (reference === undefined || asked.has(reference.uid) || known.has(reference.uid)) continue;
    asked.add(reference.uid);
    const { namespace = "", name } = pod.metadata;
    const found = cachedScale(reference, namespace, source.workloads) ?? servedScale(reference, namespace, source);
    if (typeof found === "string") return found;
    if (found === undefined) return `found no controllers for pod ${JSON.stringify(name)}`;
    known.set(found.uid, found.replicas);
  }
  return { pods: [...known.values()].reduce((sum, replicas) => sum + replicas, 0), unmanaged };
}

/** The scale of the workloads that are watched: a ReplicaSet's is that of its Deployment. */
function cachedScale(
  { apiVersion, kind, name, uid }: OwnerReference,
  namespace: string,
  workloads: Workloads,
): Scaled | undefined {
  const { group } = parseApiVersion(apiVersion);
  if (kind === "StatefulSet" && group === "apps") return scaleOf(workloads.get(StatefulSet, name, namespace), uid);
  if (kind !== "ReplicaSet" || !(group === "apps" || group === "extensions")) return undefined;
  const replicaSet = workloads.get(ReplicaSet, name, namespace);
  const owner = replicaSet === undefined ? undefined : controllerOf(replicaSet);
  if (replicaSet?.metadata.uid !== uid || owner?.kind !== "Deployment") return scaleOf(replicaSet, uid);
  return scaleOf(workloads.get(Deployment, owner.name, namespace), owner.uid);
}

function scaleOf(workload: ReplicaSet | Deployment | StatefulSet | undefined, uid: string): Scaled | undefined {
  return workload?.metadata.uid === uid ? { uid, replicas: workload.spec.replicas ?? 1 } : undefined;
}

/** The scale of anything else, by its subresource (`getScaleController`). */
function servedScale(
  { apiVersion, kind: kindName, name, uid }: OwnerReference,
  namespace: string,
  { workloads, client }: { readonly workloads: Workloads; readonly client: ClusterClient },
): Scaled | string | undefined {
  const kind = workloads.kindOf(apiVersion, kindName);
  if (kind === undefined)
    return `no matches for kind ${JSON.stringify(kindName)} in version ${JSON.stringify(apiVersion)}`;
  const answer = liveAnswer(client, { verb: "get", kind, namespace, name, subresource: "scale" });
  if (answer === undefined) return "the server is currently unable to handle the request";
  if (!answer.ok) return isObjectMissing(answer) ? undefined : withoutScale(answer, groupResource(kind));
  const { metadata, spec } = answer.object as typeof answer.object & { readonly spec?: { readonly replicas?: number } };
  return metadata.uid === uid ? { uid, replicas: spec?.replicas ?? 0 } : undefined;
}

type Failed = Extract<Answer, { readonly ok: false }>;

/** Both a missing object and a missing subresource are a 404; only the former is told with its name. */
function isObjectMissing({ status }: Failed): boolean {
  return status.code === 404 && (status.details?.name ?? "") !== "";
}

function withoutScale({ status }: Failed, resource: string): string {
  return status.code === 404 ? `${resource} does not implement the scale subresource` : (status.message ?? "");
}
