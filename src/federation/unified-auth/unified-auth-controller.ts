import {
  Cluster,
  ClusterRole,
  ClusterRoleBinding,
  clusterOfExecutionSpace,
  executionSpaceName,
  karmadaLabels,
  Namespace,
  Work,
  workName,
} from "../../api/index.ts";
import {
  apiVersionOf,
  type Kind,
  type KubeObject,
  ownerReference,
  type Unstructured,
  unstructured,
} from "../../apimachinery/index.ts";
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
import { impersonationRules, proxiedClusters } from "./impersonation.ts";

type Reads = typeof ClusterRole | typeof ClusterRoleBinding | typeof Namespace | typeof Work;
type Home = Snapshot<typeof Cluster | Reads>;
type AnyHome = Snapshot<Kind<KubeObject>>;

const IMPERSONATOR = "karmada-impersonator";

/** Lets the impersonator of every member stand in for those who may use the proxy to it (`pkg/controllers/unifiedauth`). */
export const unifiedAuthController: ControllerDefinition<typeof Cluster, Reads, never> = defineController({
  name: "unified-auth-controller",
  primary: [Cluster],
  reads: [
    read(ClusterRole, { enqueue: clustersOfRoles }),
    read(ClusterRoleBinding, { enqueue: clustersOfBindings }),
    read(Namespace, { enqueue: clusterOfSpace }),
    read(Work, { enqueue: clusterOfLostWork }),
  ],
  reconcile: (cluster, snapshot) => {
    const { metadata, spec } = cluster;
    if (metadata.deletionTimestamp !== undefined || spec.impersonatorSecretRef === undefined) return NOTHING;
    const space = snapshot.get(Namespace, executionSpaceName(metadata.name));
    if (space === undefined || space.metadata.deletionTimestamp !== undefined) return NOTHING;
    const objects = impersonatorObjects(cluster, spec.impersonatorSecretRef.namespace, snapshot);
    const writes = objects.flatMap((object) => workIntent(cluster, object, snapshot));
    if (writes.length === 0) return NOTHING;
    return plan(writes, {
      type: "event",
      regarding: cluster,
      eventType: "Normal",
      reason: "SyncImpersonationConfigSucceed",
      message: "Sync impersonation config succeed.",
    });
  },
});

function impersonatorObjects(cluster: Cluster, namespace: string, snapshot: Home): readonly Unstructured[] {
  const metadata = { name: IMPERSONATOR, labels: { [karmadaLabels.system]: "true" } };
  const rules = impersonationRules(
    cluster.metadata.name,
    snapshot.list(ClusterRole),
    snapshot.list(ClusterRoleBinding),
  );
  const role: ClusterRole = { apiVersion: apiVersionOf(ClusterRole), kind: ClusterRole.kind, metadata, rules };
  const binding: ClusterRoleBinding = {
    apiVersion: apiVersionOf(ClusterRoleBinding),
    kind: ClusterRoleBinding.kind,
    metadata,
    subjects: [{ kind: "ServiceAccount", namespace, name: IMPERSONATOR }],
    roleRef: { apiGroup: ClusterRole.group, kind: ClusterRole.kind, name: IMPERSONATOR },
  };
  return [unstructured(role), unstructured(binding)];
}

function workIntent(cluster: Cluster, object: Unstructured, snapshot: Home): readonly Intent[] {
  const name = workName(object.kind, object.metadata.name);
  const existing = snapshot.get(Work, name, executionSpaceName(cluster.metadata.name));
  if (existing?.metadata.deletionTimestamp !== undefined) return [];
  const work = workOf(
    { cluster: cluster.metadata.name, name, object, ownerReferences: [ownerReference(cluster)] },
    existing,
  );
  if (existing === undefined) return [{ type: "create", kind: Work, object: work }];
  return deepEqual(work, existing) ? [] : [{ type: "update", kind: Work, object: work, before: existing }];
}

function clustersOfRoles({ before, after }: Change<ClusterRole>, snapshot: AnyHome): readonly Key[] {
  if (before !== undefined && after !== undefined && deepEqual(before.rules, after.rules)) return [];
  return keysOf([before, after], snapshot);
}

function clustersOfBindings({ before, after }: Change<ClusterRoleBinding>, snapshot: AnyHome): readonly Key[] {
  const roles = [before, after].flatMap((binding) => {
    const { kind, name } = binding?.roleRef ?? {};
    return kind === ClusterRole.kind && name !== undefined ? [snapshot.get(ClusterRole, name)] : [];
  });
  return keysOf(roles, snapshot);
}

function keysOf(roles: readonly (ClusterRole | undefined)[], snapshot: AnyHome): readonly Key[] {
  const reached = roles.map((role) => (role === undefined ? [] : proxiedClusters(role)));
  const names = reached.includes("all")
    ? snapshot.list(Cluster).map(({ metadata }) => metadata.name)
    : [...new Set(reached.flat())];
  return names.map((name) => ({ kind: Cluster, name }));
}

function clusterOfSpace({ object }: Change<Namespace>): readonly Key[] {
  return keyOfSpace(object.metadata.name);
}

function clusterOfLostWork({ after, object }: Change<Work>): readonly Key[] {
  const isOurs = object.metadata.ownerReferences?.some(({ kind }) => kind === Cluster.kind) === true;
  return after === undefined && isOurs ? keyOfSpace(object.metadata.namespace ?? "") : [];
}

function keyOfSpace(space: string): readonly Key[] {
  const name = clusterOfExecutionSpace(space);
  return name === undefined ? [] : [{ kind: Cluster, name }];
}
