import { defaultPodTemplate } from "../core/pod-defaults.ts";
import { withDefaults, withField } from "../defaults.ts";
import type { DaemonSetSpec, DeploymentSpec, ReplicaSetSpec, RollingUpdate, StatefulSetSpec } from "./workloads.ts";

const OF_DEPLOYMENTS: Partial<DeploymentSpec> = {
  replicas: 1,
  strategy: { type: "RollingUpdate" },
  revisionHistoryLimit: 10,
  progressDeadlineSeconds: 600,
};
const QUARTER: RollingUpdate = { maxUnavailable: "25%", maxSurge: "25%" };

/** SetDefaults_Deployment. */
export function defaultDeploymentSpec(spec: DeploymentSpec): DeploymentSpec {
  const result = withDefaults(withField(spec, "template", defaultPodTemplate(spec.template)), OF_DEPLOYMENTS);
  const strategy = withDefaults(result.strategy ?? {}, { type: "RollingUpdate" });
  if (strategy.type !== "RollingUpdate") return withField(result, "strategy", strategy);
  const rollingUpdate = withDefaults(strategy.rollingUpdate ?? {}, QUARTER);
  return withField(result, "strategy", withField(strategy, "rollingUpdate", rollingUpdate));
}

const OF_REPLICA_SETS: Partial<ReplicaSetSpec> = { replicas: 1 };

/** SetDefaults_ReplicaSet. */
export function defaultReplicaSetSpec(spec: ReplicaSetSpec): ReplicaSetSpec {
  return withDefaults(withField(spec, "template", defaultPodTemplate(spec.template)), OF_REPLICA_SETS);
}

const OF_STATEFUL_SETS: Partial<StatefulSetSpec> = {
  replicas: 1,
  podManagementPolicy: "OrderedReady",
  revisionHistoryLimit: 10,
};
/** Claim templates get the defaults of a claim, and the phase a claim is born with. */
const OF_CLAIMS = { apiVersion: "v1", kind: "PersistentVolumeClaim" };
const PENDING = { phase: "Pending" };
const RETAINED = { whenDeleted: "Retain", whenScaled: "Retain" };

/** SetDefaults_StatefulSet. */
export function defaultStatefulSetSpec(spec: StatefulSetSpec): StatefulSetSpec {
  const result = withDefaults(withField(spec, "template", defaultPodTemplate(spec.template)), OF_STATEFUL_SETS);
  const updated = withField(result, "updateStrategy", defaultRollout(result.updateStrategy ?? {}));
  const retained = withDefaults(updated.persistentVolumeClaimRetentionPolicy ?? RETAINED, RETAINED);
  return withClaims(withField(updated, "persistentVolumeClaimRetentionPolicy", retained));
}

type Rollout = NonNullable<StatefulSetSpec["updateStrategy"]>;

/** Who names the type and nothing else has no partition. */
function defaultRollout(stated: Rollout): Rollout {
  const rollout =
    stated.type === undefined ? withDefaults<Rollout>(stated, { type: "RollingUpdate", rollingUpdate: {} }) : stated;
  if (rollout.type !== "RollingUpdate" || rollout.rollingUpdate === undefined) return rollout;
  return withField(rollout, "rollingUpdate", withDefaults(rollout.rollingUpdate, { partition: 0 }));
}

function withClaims(updated: StatefulSetSpec): StatefulSetSpec {
  const templates = updated.volumeClaimTemplates;
  if (templates === undefined || templates.every(isDefaultedClaim)) return updated;
  return { ...updated, volumeClaimTemplates: templates.map(defaultClaim) };
}

type Claim = Readonly<Record<string, unknown>>;

function isDefaultedClaim(claim: Claim): boolean {
  return defaultClaim(claim) === claim;
}

function defaultClaim(claim: Claim): Claim {
  const defaulted = withDefaults<Claim>(claim, OF_CLAIMS);
  const spec = (defaulted.spec ?? {}) as Claim;
  const status = (defaulted.status ?? {}) as Claim;
  return withField<Claim, string>(
    withField<Claim, string>(defaulted, "spec", withDefaults<Claim>(spec, { volumeMode: "Filesystem" })),
    "status",
    withDefaults<Claim>(status, PENDING),
  );
}

const OF_DAEMON_SETS: Partial<DaemonSetSpec> = { revisionHistoryLimit: 10 };
const ONE_BY_ONE: RollingUpdate = { maxUnavailable: 1, maxSurge: 0 };

/** SetDefaults_DaemonSet. */
export function defaultDaemonSetSpec(spec: DaemonSetSpec): DaemonSetSpec {
  const result = withDefaults(withField(spec, "template", defaultPodTemplate(spec.template)), OF_DAEMON_SETS);
  let updateStrategy = withDefaults(result.updateStrategy ?? {}, { type: "RollingUpdate" });
  if (updateStrategy.type === "RollingUpdate")
    updateStrategy = withField(
      updateStrategy,
      "rollingUpdate",
      withDefaults(updateStrategy.rollingUpdate ?? {}, ONE_BY_ONE),
    );
  return withField(result, "updateStrategy", updateStrategy);
}
