import {
  type Binding,
  Cluster,
  ClusterResourceBinding,
  clusterOfExecutionSpace,
  executionSpaceName,
  karmadaFinalizers,
  karmadaLabels,
  Namespace,
  ResourceBinding,
  type Taint,
} from "../../api/index.ts";
import type { Kind, KubeObject } from "../../apimachinery/index.ts";
import {
  type Change,
  type ControllerDefinition,
  defineController,
  type Intent,
  type Key,
  NOTHING,
  type Plan,
  plan,
  read,
  type Snapshot,
} from "../../controller/index.ts";
import { readinessTaints } from "./readiness.ts";

type Reads = typeof Namespace | typeof ResourceBinding | typeof ClusterResourceBinding;
type Home = Snapshot<typeof Cluster | Reads>;

/** Gives a Cluster its execution space and its readiness taints; unjoins it when it is deleted. */
export const clusterController: ControllerDefinition<typeof Cluster, Reads, never> = defineController({
  name: "cluster-controller",
  primary: [Cluster],
  reads: [
    read(Namespace, { enqueue: clusterOfSpace }),
    read(ResourceBinding, { enqueue: terminatingClustersLeft, indexes: { cluster: clusterNamesOf } }),
    read(ClusterResourceBinding, { enqueue: terminatingClustersLeft, indexes: { cluster: clusterNamesOf } }),
  ],
  finalizer: { name: karmadaFinalizers.cluster, finalize: unjoin },
  reconcile: (cluster, snapshot) => plan(executionSpacePlan(cluster, snapshot), taintPlan(cluster)),
});

function executionSpacePlan(cluster: Cluster, snapshot: Home): Plan {
  const name = executionSpaceName(cluster.metadata.name);
  if (snapshot.get(Namespace, name) !== undefined) return NOTHING;
  const object: Namespace = {
    apiVersion: "v1",
    kind: Namespace.kind,
    metadata: { name, labels: { [karmadaLabels.system]: "true" } },
  };
  const message = `Created execution space(${name}) for cluster(${cluster.metadata.name}).`;
  return plan(
    { type: "create", kind: Namespace, object },
    normalEvent(cluster, { reason: "CreateExecutionSpaceSucceed", message }),
  );
}

function taintPlan(cluster: Cluster): Plan {
  const taints = readinessTaints(cluster);
  if (taints === undefined) return NOTHING;
  const { taints: _before, ...spec } = cluster.spec;
  const object: Cluster = { ...cluster, spec: taints.length === 0 ? spec : { ...spec, taints } };
  const message = `Taint cluster succeed: ${taintsText(taints)}.`;
  return plan(
    { type: "update", kind: Cluster, object, before: cluster },
    normalEvent(cluster, { reason: "TaintClusterSucceed", message }),
  );
}

/** First the Works go, with their space; then no binding may name the cluster any more (`cluster_controller.removeCluster`). */
function unjoin(cluster: Cluster, snapshot: Home): Plan | "done" {
  const { name } = cluster.metadata;
  const space = snapshot.get(Namespace, executionSpaceName(name));
  if (space !== undefined) {
    if (space.metadata.deletionTimestamp !== undefined) return NOTHING;
    return plan({ type: "delete", kind: Namespace, name: space.metadata.name });
  }
  const targeted = { index: { name: "cluster", value: name } };
  const bound =
    snapshot.list(ResourceBinding, targeted).length + snapshot.list(ClusterResourceBinding, targeted).length;
  return bound > 0 ? NOTHING : "done";
}

function clusterOfSpace({ object }: Change<Namespace>): readonly Key[] {
  const name = clusterOfExecutionSpace(object.metadata.name);
  return name === undefined ? [] : [{ kind: Cluster, name }];
}

/** Clusters on their way out that a binding no longer names. */
function terminatingClustersLeft(
  { before, after }: Change<Binding>,
  snapshot: Snapshot<Kind<KubeObject>>,
): readonly Key[] {
  if (before === undefined) return [];
  const still = new Set(after === undefined ? [] : clusterNamesOf(after));
  return clusterNamesOf(before)
    .filter((name) => !still.has(name) && snapshot.get(Cluster, name)?.metadata.deletionTimestamp !== undefined)
    .map((name) => ({ kind: Cluster, name }));
}

function clusterNamesOf({ spec }: Binding): readonly string[] {
  return (spec.clusters ?? []).map((cluster) => cluster.name);
}

function normalEvent(
  regarding: KubeObject,
  { reason, message }: { readonly reason: string; readonly message: string },
): Intent {
  return { type: "event", regarding, eventType: "Normal", reason, message };
}

function taintsText(taints: readonly Taint[]): string {
  if (taints.length === 0) return "cluster now does not have taints";
  return `cluster now has taints([${taints.map(taintText).join(",")}])`;
}

function taintText({ key, value = "", effect }: Taint): string {
  return value === "" ? `{${key}:${effect}}` : `{${key}=${value}:${effect}}`;
}
