import { dns1123LabelErrors, validateLabelSelector } from "../../apimachinery/index.ts";
import { deepEqual, isRecord } from "../../std/index.ts";
import { validateClaimSpec } from "../core/claim-validation.ts";
import {
  validateAlwaysRestartingTemplate,
  validatePodTemplate,
  validateRestartsAlways,
} from "../core/pod-validation.ts";
import type { PersistentVolumeClaimSpec } from "../core/volumes.ts";
import { withField, withSpec, withStatus } from "../defaults.ts";
import type { Strategy } from "../descriptor.ts";
import {
  atMostAll,
  countOrPercent,
  eachItem,
  type Findings,
  forbidden,
  immutable,
  invalid,
  invalidFor,
  isEmptySelector,
  isZero,
  nonNegative,
  notSupported,
  oneOf,
  required,
  selectsTemplate,
  templateMismatch,
  workloadSelector,
} from "../validation.ts";
import {
  defaultDaemonSetSpec,
  defaultDeploymentSpec,
  defaultReplicaSetSpec,
  defaultStatefulSetSpec,
} from "./defaults.ts";
import { changedTemplateWarnings, statefulSetWarnings, workloadWarnings } from "./warnings.ts";
import type {
  ControllerRevision,
  DaemonSet,
  Deployment,
  DeploymentSpec,
  ReplicaSet,
  RollingUpdate,
  StatefulSet,
} from "./workloads.ts";

/** What is particular to Deployments (`pkg/registry/apps/deployment`). */
export const deploymentStrategy: Strategy<Deployment> = {
  warnings: workloadWarnings,
  applyDefaults: (deployment) => withSpec(deployment, defaultDeploymentSpec),
  prepareForCreate: withStatus<Deployment>({}),
  validate: ({ spec }, before) => [
    ...nonNegative("spec.replicas", spec.replicas),
    ...workloadSelector(spec.selector, spec.template.metadata?.labels, {
      workload: "deployment",
      template: () => validateAlwaysRestartingTemplate(spec.template, before?.spec.template),
    }),
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
  if (type !== "RollingUpdate")
    return [notSupported("spec.strategy", shownRollout(strategy), ["Recreate", "RollingUpdate"])];
  return [
    ...rollingUpdateBounds(rollingUpdate, field),
    ...(isZero(rollingUpdate?.maxUnavailable) && isZero(rollingUpdate?.maxSurge)
      ? [invalid(`${field}.maxUnavailable`, rollingUpdate?.maxUnavailable ?? 0, "may not be 0 when `maxSurge` is 0")]
      : []),
  ];
}

/** A strategy as Go's internal type reads in a message. */
function shownRollout(strategy: DeploymentSpec["strategy"] | DaemonSet["spec"]["updateStrategy"]): object {
  const { type, rollingUpdate } = strategy ?? {};
  const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate ?? {};
  const shown = rollingUpdate === undefined ? null : { MaxUnavailable: maxUnavailable, MaxSurge: maxSurge };
  return { Type: type ?? "", RollingUpdate: shown };
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
  warnings: workloadWarnings,
  applyDefaults: (replicaSet) => withSpec(replicaSet, defaultReplicaSetSpec),
  prepareForCreate: withStatus<ReplicaSet>({ replicas: 0 }),
  validate: ({ spec }, before) => [
    ...nonNegative("spec.replicas", spec.replicas),
    ...nonNegative("spec.minReadySeconds", spec.minReadySeconds),
    // Upstream calls it a deployment as well.
    ...workloadSelector(spec.selector, spec.template.metadata?.labels, {
      workload: "deployment",
      template: () => validateAlwaysRestartingTemplate(spec.template, before?.spec.template),
    }),
  ],
  validateUpdate: (after, before) => immutable("spec.selector", after.spec.selector, before.spec.selector),
};

/** What is particular to StatefulSets (`pkg/registry/apps/statefulset`). */
export const statefulSetStrategy: Strategy<StatefulSet> = {
  warnings: statefulSetWarnings,
  applyDefaults: (statefulSet) => withSpec(statefulSet, defaultStatefulSetSpec),
  prepareForCreate: withStatus<StatefulSet>({ replicas: 0, availableReplicas: 0 }),
  validate: ({ spec }, before) => [
    ...eitherOf("spec.podManagementPolicy", spec.podManagementPolicy, ["OrderedReady", "Parallel"]),
    ...statefulSetRollout(spec.updateStrategy),
    ...claimRetention(spec.persistentVolumeClaimRetentionPolicy),
    ...(before === undefined ? claimTemplates(spec.volumeClaimTemplates) : []),
    ...nonNegative("spec.replicas", spec.replicas),
    ...nonNegative("spec.minReadySeconds", spec.minReadySeconds),
    ...nonNegative("spec.ordinals.start", spec.ordinals?.start),
    ...(before === undefined && spec.serviceName
      ? invalidFor("spec.serviceName", spec.serviceName, dns1123LabelErrors(spec.serviceName))
      : []),
    ...workloadSelector(spec.selector, spec.template.metadata?.labels, {
      workload: "statefulset",
      unreadable: "",
      template: () =>
        spec.template === before?.spec.template ? [] : validatePodTemplate(withoutClaimMounts(spec), "spec.template"),
    }),
    ...validateRestartsAlways(spec.template.spec, "StatefulSet"),
  ],
  validateName: dns1123LabelErrors,
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
  if (strategy?.type !== "RollingUpdate") {
    const { type = "", rollingUpdate } = strategy ?? {};
    if (type === "") return [required("spec.updateStrategy")];
    const { partition = 0, maxUnavailable = null } = rollingUpdate ?? {};
    const shown = rollingUpdate === undefined ? null : { Partition: partition, MaxUnavailable: maxUnavailable };
    const detail = "must be 'RollingUpdate' or 'OnDelete'";
    return [invalid("spec.updateStrategy", { Type: type, RollingUpdate: shown }, detail)];
  }
  return nonNegative(`${field}.partition`, strategy.rollingUpdate?.partition);
}

function eitherOf(field: string, value: string | undefined, [first, second]: readonly [string, string]): Findings {
  if (value === undefined || value === "") return [required(field)];
  return value === first || value === second ? [] : [invalid(field, value, `must be '${first}' or '${second}'`)];
}

function claimRetention(policy: StatefulSet["spec"]["persistentVolumeClaimRetentionPolicy"]): Findings {
  if (policy === undefined) return [];
  const field = "spec.persistentVolumeClaimRetentionPolicy";
  return (["whenDeleted", "whenScaled"] as const).flatMap((when) =>
    oneOf(`${field}.${when}`, policy[when], ["Retain", "Delete"]),
  );
}

function claimTemplates(templates: StatefulSet["spec"]["volumeClaimTemplates"]): Findings {
  return eachItem(templates, (claim, index) =>
    validateClaimSpec((claim.spec ?? {}) as PersistentVolumeClaimSpec, `spec.volumeClaimTemplates[${index}].spec`),
  );
}

/** Volumes of claim templates come to the pod later, so mounts of them are no mistake. */
function withoutClaimMounts(spec: StatefulSet["spec"]): StatefulSet["spec"]["template"] {
  const claims = (spec.volumeClaimTemplates ?? []).map(
    (claim) => (claim.metadata as { name?: string } | undefined)?.name ?? "",
  );
  const own = spec.template.spec.volumes ?? [];
  const added = [...new Set(claims)].flatMap((name) =>
    own.some((volume) => volume.name === name) ? [] : [{ name, persistentVolumeClaim: { claimName: name } }],
  );
  // The name and subdomain of its pods are the controller's, whatever the template says.
  const { hostname, subdomain, ...rest } = spec.template.spec;
  if (added.length === 0 && hostname === undefined && subdomain === undefined) return spec.template;
  return { ...spec.template, spec: { ...rest, volumes: [...added, ...own] } };
}

/** What is particular to DaemonSets (`pkg/registry/apps/daemonset`). */
export const daemonSetStrategy: Strategy<DaemonSet> = {
  warnings: changedTemplateWarnings,
  // Who writes one writes its template generation along, stated or not.
  applyDefaults: (daemonSet) =>
    withTemplateGeneration(withSpec(daemonSet, defaultDaemonSetSpec), templateGeneration(daemonSet)),
  prepareForCreate: (daemonSet) => withTemplateGeneration(withoutDaemons(daemonSet), 1),
  prepareForUpdate: (daemonSet, before) => {
    const changed = !deepEqual(daemonSet.spec.template, before.spec.template);
    return withTemplateGeneration(daemonSet, templateGeneration(before) + Number(changed));
  },
  validate: ({ spec }, before) => [
    ...daemonSelector(spec),
    ...validateAlwaysRestartingTemplate(spec.template, before?.spec.template, "DaemonSet"),
    ...nonNegative("spec.minReadySeconds", spec.minReadySeconds),
    ...daemonSetRollout(spec.updateStrategy),
    ...nonNegative("spec.revisionHistoryLimit", spec.revisionHistoryLimit),
  ],
  validateUpdate: (after, before) => immutable("spec.selector", after.spec.selector, before.spec.selector),
};

/** Other than workloads with replicas, a DaemonSet is not asked for a selector, and its template is looked into in any case. */
function daemonSelector({ selector, template }: DaemonSet["spec"]): Findings {
  const field = "spec.selector";
  const wrong = selector === undefined ? [] : validateLabelSelector(selector, field);
  const { labels } = template.metadata ?? {};
  return [
    ...wrong,
    ...(wrong.length > 0 || selectsTemplate(selector, labels) ? [] : [templateMismatch(labels)]),
    ...(selector !== undefined && isEmptySelector(selector)
      ? [invalid(field, selector, "empty selector is invalid for daemonset")]
      : []),
  ];
}

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
  const annotations = withField(daemonSet.metadata.annotations ?? {}, TEMPLATE_GENERATION, String(generation));
  return withField(daemonSet, "metadata", withField(daemonSet.metadata, "annotations", annotations));
}

function daemonSetRollout(strategy: DaemonSet["spec"]["updateStrategy"]): Findings {
  const field = "spec.updateStrategy.rollingUpdate";
  const { type, rollingUpdate } = strategy ?? {};
  if (type === "OnDelete") return [];
  if (type !== "RollingUpdate")
    return [notSupported("spec.updateStrategy", shownRollout(strategy), ["RollingUpdate", "OnDelete"])];
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
  validate: ({ data, revision }, before) => [
    ...nonNegative("revision", revision),
    ...(before === undefined && data === undefined ? [required("data", "data is mandatory")] : []),
    ...(before === undefined && data !== undefined && !isRecord(data)
      ? [required("data", "data must be a valid JSON object")]
      : []),
  ],
  validateUpdate: (after, before) => immutable("data", after.data, before.data),
};
