import type { YamlCodec } from "../../algorithms/index.ts";
import {
  Cluster,
  ClusterOverridePolicy,
  clusterOfExecutionSpace,
  executionSpaceName,
  karmadaLabels,
  karmadaNamespaces,
  Namespace,
  Work,
  workName,
} from "../../api/index.ts";
import { type Kind, type KubeObject, ownerReference, unstructured } from "../../apimachinery/index.ts";
import {
  type Change,
  type ControllerDefinition,
  defineController,
  type Intent,
  type Key,
  NOTHING,
  plan,
  read,
  type Snapshot,
} from "../../controller/index.ts";
import { deepEqual } from "../../std/index.ts";
import { workOf } from "../execution/manifest.ts";
import { applyOverrides } from "../override/matching-overrides.ts";

type Reads = typeof Work | typeof Cluster | typeof ClusterOverridePolicy;
type Home = Snapshot<typeof Namespace | Reads>;

export type NamespaceSyncOptions = {
  readonly yaml: YamlCodec;
  /** Namespaces that stay at home, beside Karmada's own (`--skipped-propagating-namespaces`); `kube-.*` when absent. */
  readonly skipped?: readonly RegExp[];
};

const SKIPPED = [/^kube-.*$/];

/**
 * Every namespace of the host exists in every member: one Work per cluster, without any policy or binding. An execution space
 * that appears gets the Works of all namespaces, which is how a new member is served.
 */
export function namespaceSyncController(
  options: NamespaceSyncOptions,
): ControllerDefinition<typeof Namespace, Reads, never> {
  const skipped = options.skipped ?? SKIPPED;
  return defineController({
    name: "namespace-sync-controller",
    primary: [Namespace],
    reads: [
      read(Work, { enqueue: namespaceOfLostWork }),
      read(Cluster, { enqueue: "none" }),
      read(ClusterOverridePolicy, { enqueue: allNamespaces }),
    ],
    reconcile: (namespace, snapshot) => {
      const cluster = clusterOfExecutionSpace(namespace.metadata.name);
      const isSynced = (candidate: Namespace): boolean => syncs(candidate, skipped);
      if (cluster !== undefined)
        return plan(
          ...snapshot
            .list(Namespace, { where: isSynced })
            .map((synced) => workPlan(synced, cluster, snapshot, options.yaml)),
        );
      if (!isSynced(namespace)) return NOTHING;
      return plan(
        ...snapshot.list(Cluster).map(({ metadata }) => workPlan(namespace, metadata.name, snapshot, options.yaml)),
      );
    },
  });
}

function workPlan(namespace: Namespace, clusterName: string, snapshot: Home, yaml: YamlCodec): Intent | undefined {
  const cluster = snapshot.get(Cluster, clusterName);
  const space = snapshot.get(Namespace, executionSpaceName(clusterName));
  if (cluster === undefined || cluster.metadata.deletionTimestamp !== undefined) return undefined;
  if (space === undefined || space.metadata.deletionTimestamp !== undefined) return undefined;
  const name = workName(Namespace.kind, namespace.metadata.name);
  const existing = snapshot.get(Work, name, space.metadata.name);
  if (existing?.metadata.deletionTimestamp !== undefined) return undefined;
  const policies = { clusterWide: snapshot.list(ClusterOverridePolicy), namespaced: [] };
  const overridden = applyOverrides(unstructured(namespace), cluster, policies, yaml);
  if (!overridden.ok) return undefined;
  const work = workOf(
    {
      cluster: clusterName,
      name,
      object: overridden.object,
      annotations: overridden.annotations,
      // The garbage collector takes the Works when the namespace goes.
      ownerReferences: [ownerReference(namespace)],
    },
    existing,
  );
  if (existing === undefined) return { type: "create", kind: Work, object: work };
  return deepEqual(work, existing) ? undefined : { type: "update", kind: Work, object: work, before: existing };
}

/** `namespace_sync_controller.namespaceShouldBeSynced`. */
function syncs({ metadata }: Namespace, skipped: readonly RegExp[]): boolean {
  const { name, labels, deletionTimestamp } = metadata;
  if (deletionTimestamp !== undefined || name === "default") return false;
  if (name === karmadaNamespaces.system || name === karmadaNamespaces.cluster) return false;
  if (clusterOfExecutionSpace(name) !== undefined || skipped.some((pattern) => pattern.test(name))) return false;
  return labels?.[karmadaLabels.skipAutoPropagation]?.toLowerCase() !== "true";
}

function namespaceOfLostWork({ after, object }: Change<Work>): readonly Key[] {
  if (after !== undefined) return [];
  const owner = object.metadata.ownerReferences?.find((reference) => reference.kind === Namespace.kind);
  return owner === undefined ? [] : [{ kind: Namespace, name: owner.name }];
}

function allNamespaces(
  { before, after }: Change<ClusterOverridePolicy>,
  snapshot: Snapshot<Kind<KubeObject>>,
): readonly Key[] {
  if (before !== undefined && after !== undefined && deepEqual(before.spec, after.spec)) return [];
  return snapshot.list(Namespace).map(({ metadata }) => ({ kind: Namespace, name: metadata.name }));
}
