import type { FieldError } from "../../apimachinery/index.ts";
import { deepEqual } from "../../std/index.ts";
import { validateAlwaysRestartingTemplate } from "../core/pod-validation.ts";
import { withSpec, withStatus } from "../defaults.ts";
import type { Strategy } from "../descriptor.ts";
import {
  atMostAll,
  countOrPercent,
  forbidden,
  immutable,
  invalid,
  isZero,
  nonNegative,
  oneOf,
  required,
  workloadSelector,
} from "../validation.ts";
import {
  defaultDaemonSetSpec,
  defaultDeploymentSpec,
  defaultReplicaSetSpec,
  defaultStatefulSetSpec,
} from "./defaults.ts";
import type {
  ControllerRevision,
  DaemonSet,
  Deployment,
  DeploymentSpec,
  ReplicaSet,
  RollingUpdate,
  StatefulSet,
} from "./workloads.ts";

type Findings = readonly FieldError[];

/** What is particular to Deployments (`pkg/registry/apps/deployment`). */
export const deploymentStrategy: Strategy<Deployment> = {
  applyDefaults: (deployment) => withSpec(deployment, defaultDeploymentSpec),
  prepareForCreate: withStatus<Deployment>({}),
  validate: ({ spec }, before) => [
    ...nonNegative("spec.replicas", spec.replicas),
    ...workloadSelector(spec.selector, spec.template.metadata?.labels, "deployment"),
    ...validateAlwaysRestartingTemplate(spec.template, before?.spec.template),
    ...deploymentRollout(spec),
    ...nonNegative("spec.minReadySeconds", spec.minReadySeconds),
    ...nonNegative("spec.revisionHistoryLimit", spec.revisionHistoryLimit),
    ...progressDeadline(spec),
  ],
  validateUpdate: (after, before) => immutable("spec.selector", after.spec.selector, before.spec.selector),
};

function deploymentRollout({ strategy }: DeploymentSpec): Findings {
  const { type, rollingUpdate } = strategy ?? {};
  const field = "spec.strategy.rollingUpdate";
  if (type === "Recreate")
    return rollingUpdate === undefined
      ? []
      : [forbidden(field, "may not be specified when strategy `type` is 'Recreate'")];
  if (type !== "RollingUpdate") return oneOf("spec.strategy.type", type, ["Recreate", "RollingUpdate"]);
  return [
    ...rollingUpdateBounds(rollingUpdate, field),
    ...(isZero(rollingUpdate?.maxUnavailable) && isZero(rollingUpdate?.maxSurge)
      ? [invalid(`${field}.maxUnavailable`, rollingUpdate?.maxUnavailable ?? 0, "may not be 0 when `maxSurge` is 0")]
      : []),
  ];
}

function rollingUpdateBounds(rollingUpdate: RollingUpdate | undefined, field: string): Findings {
  return [
    ...countOrPercent(`${field}.maxUnavailable`, rollingUpdate?.maxUnavailable),
    ...countOrPercent(`${field}.maxSurge`, rollingUpdate?.maxSurge),
    ...atMostAll(`${field}.maxUnavailable`, rollingUpdate?.maxUnavailable),
  ];
}

function progressDeadline({ progressDeadlineSeconds, minReadySeconds = 0 }: DeploymentSpec): Findings {
  const field = "spec.progressDeadlineSeconds";
  if (progressDeadlineSeconds === undefined) return [];
  return [
    ...nonNegative(field, progressDeadlineSeconds),
    ...(progressDeadlineSeconds <= minReadySeconds
      ? [invalid(field, progressDeadlineSeconds, "must be greater than minReadySeconds")]
      : []),
  ];
}

/** What is particular to ReplicaSets (`pkg/registry/apps/replicaset`). */
export const replicaSetStrategy: Strategy<ReplicaSet> = {
  applyDefaults: (replicaSet) => withSpec(replicaSet, defaultReplicaSetSpec),
  prepareForCreate: withStatus<ReplicaSet>({ replicas: 0 }),
  validate: ({ spec }, before) => [
    ...nonNegative("spec.replicas", spec.replicas),
    ...nonNegative("spec.minReadySeconds", spec.minReadySeconds),
    ...workloadSelector(spec.selector, spec.template.metadata?.labels, "replicaset"),
    ...validateAlwaysRestartingTemplate(spec.template, before?.spec.template),
  ],
  validateUpdate: (after, before) => immutable("spec.selector", after.spec.selector, before.spec.selector),
};

/** What is particular to StatefulSets (`pkg/registry/apps/statefulset`). */
export const statefulSetStrategy: Strategy<StatefulSet> = {
  applyDefaults: (statefulSet) => withSpec(statefulSet, defaultStatefulSetSpec),
  prepareForCreate: withStatus<StatefulSet>({ replicas: 0, availableReplicas: 0 }),
  validate: ({ spec }, before) => [
    ...oneOf("spec.podManagementPolicy", spec.podManagementPolicy, ["OrderedReady", "Parallel"]),
    ...statefulSetRollout(spec.updateStrategy),
    ...nonNegative("spec.replicas", spec.replicas),
    ...nonNegative("spec.minReadySeconds", spec.minReadySeconds),
    ...nonNegative("spec.ordinals.start", spec.ordinals?.start),
    ...workloadSelector(spec.selector, spec.template.metadata?.labels, "statefulset"),
    ...(spec.template === before?.spec.template
      ? []
      : validateAlwaysRestartingTemplate(withoutClaimMounts(spec), undefined, "StatefulSet")),
  ],
  validateUpdate: (after, before) =>
    deepEqual(fixedOf(after.spec), fixedOf(before.spec)) ? [] : [forbidden("spec", FIXED)],
};

const FIXED =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

/** What may never change: the rest of the spec. */
function fixedOf(spec: StatefulSet["spec"]): Readonly<Record<string, unknown>> {
  const { selector, serviceName, podManagementPolicy, volumeClaimTemplates } = spec;
  return { selector, serviceName, podManagementPolicy, volumeClaimTemplates };
}

function statefulSetRollout(strategy: StatefulSet["spec"]["updateStrategy"]): Findings {
  const field = "spec.updateStrategy.rollingUpdate";
  if (strategy?.type === "OnDelete")
    return strategy.rollingUpdate === undefined
      ? []
      : [invalid(field, strategy.rollingUpdate, "only allowed for updateStrategy 'RollingUpdate'")];
  return [
    ...oneOf("spec.updateStrategy", strategy?.type, ["RollingUpdate", "OnDelete"]),
    ...nonNegative(`${field}.partition`, strategy?.rollingUpdate?.partition),
  ];
}

/** Volumes of claim templates come to the pod later, so mounts of them are no mistake. */
function withoutClaimMounts(spec: StatefulSet["spec"]): StatefulSet["spec"]["template"] {
  const claims = (spec.volumeClaimTemplates ?? []).map(
    (claim) => (claim.metadata as { name?: string } | undefined)?.name,
  );
  const own = spec.template.spec.volumes ?? [];
  const added = claims.flatMap((name) =>
    name === undefined || own.some((volume) => volume.name === name) ? [] : [{ name, emptyDir: {} }],
  );
  if (added.length === 0) return spec.template;
  return { ...spec.template, spec: { ...spec.template.spec, volumes: [...own, ...added] } };
}

/** What is particular to DaemonSets (`pkg/registry/apps/daemonset`). */
export const daemonSetStrategy: Strategy<DaemonSet> = {
  applyDefaults: (daemonSet) => withSpec(daemonSet, defaultDaemonSetSpec),
  prepareForCreate: (daemonSet) => withTemplateGeneration(withoutDaemons(daemonSet), 1),
  prepareForUpdate: (daemonSet, before) => {
    const changed = !deepEqual(daemonSet.spec.template, before.spec.template);
    return withTemplateGeneration(daemonSet, templateGeneration(before) + Number(changed));
  },
  validate: ({ spec }, before) => [
    ...workloadSelector(spec.selector, spec.template.metadata?.labels, "daemonset"),
    ...validateAlwaysRestartingTemplate(spec.template, before?.spec.template, "DaemonSet"),
    ...nonNegative("spec.minReadySeconds", spec.minReadySeconds),
    ...daemonSetRollout(spec.updateStrategy),
    ...nonNegative("spec.revisionHistoryLimit", spec.revisionHistoryLimit),
  ],
  validateUpdate: (after, before) => immutable("spec.selector", after.spec.selector, before.spec.selector),
};

const withoutDaemons = withStatus<DaemonSet>({
  currentNumberScheduled: 0,
  desiredNumberScheduled: 0,
  numberMisscheduled: 0,
  numberReady: 0,
});

const TEMPLATE_GENERATION = "deprecated.daemonset.template.generation";

function templateGeneration({ metadata }: DaemonSet): number {
  return Number(metadata.annotations?.[TEMPLATE_GENERATION] ?? 0);
}

/** The field `templateGeneration` of older versions lives on as an annotation. */
function withTemplateGeneration(daemonSet: DaemonSet, generation: number): DaemonSet {
  const annotations = { ...daemonSet.metadata.annotations, [TEMPLATE_GENERATION]: String(generation) };
  return { ...daemonSet, metadata: { ...daemonSet.metadata, annotations } };
}

function daemonSetRollout(strategy: DaemonSet["spec"]["updateStrategy"]): Findings {
  const field = "spec.updateStrategy.rollingUpdate";
  const { type, rollingUpdate } = strategy ?? {};
  if (type === "OnDelete") return [];
  if (type !== "RollingUpdate") return oneOf("spec.updateStrategy.type", type, ["RollingUpdate", "OnDelete"]);
  const unavailable = !isZero(rollingUpdate?.maxUnavailable);
  const surge = !isZero(rollingUpdate?.maxSurge);
  return [
    ...rollingUpdateBounds(rollingUpdate, field),
    ...(unavailable && surge
      ? [invalid(`${field}.maxSurge`, rollingUpdate?.maxSurge, "may not be set when maxUnavailable is non-zero")]
      : []),
    ...(unavailable || surge ? [] : [required(`${field}.maxUnavailable`, "cannot be 0 when maxSurge is 0")]),
  ];
}

/** A ControllerRevision is a record: what it holds never changes (`ValidateControllerRevision`). */
export const controllerRevisionStrategy: Strategy<ControllerRevision> = {
  validate: ({ data, revision }) => [
    ...(data === undefined ? [required("data", "data is mandatory")] : []),
    ...nonNegative("revision", revision),
  ],
  validateUpdate: (after, before) => immutable("data", after.data, before.data),
};
