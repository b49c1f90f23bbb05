import type { KubeObject } from "../../apimachinery/index.ts";
import { deepEqual } from "../../std/index.ts";
import type { PodTemplateSpec } from "../core/pod.ts";
import { nameWarnings, podTemplateWarnings } from "../core/pod-warnings.ts";
import { claimSpecWarnings } from "../core/volume-warnings.ts";
import type { PersistentVolumeClaimSpec } from "../core/volumes.ts";
import type { StatefulSet } from "./workloads.ts";

type Templated = KubeObject & { readonly spec?: { readonly template?: PodTemplateSpec } };

/** The warnings of a workload whose pods bear its name: of that when it is new, of its template when anything is. */
export function workloadWarnings(object: Templated, before?: Templated): readonly string[] {
  return [...(before === undefined ? nameWarnings(object) : []), ...changedSpecWarnings(object, before)];
}

/** The warnings of a workload's template, unless that is the one there was. */
export function changedTemplateWarnings(object: Templated, before?: Templated): readonly string[] {
  const { template } = object.spec ?? {};
  return before !== undefined && deepEqual(template, before.spec?.template)
    ? []
    : podTemplateWarnings(template, "spec.template");
}

/** What the author of a StatefulSet is warned of; upstream spells the field of a claim differently in updates. */
export function statefulSetWarnings(object: StatefulSet, before?: StatefulSet): readonly string[] {
  const { volumeClaimTemplates = [], revisionHistoryLimit = 0 } = object.spec;
  const suffix = before === undefined ? "" : ".Spec";
  return [
    ...changedSpecWarnings(object, before),
    ...volumeClaimTemplates.flatMap((claim, index) =>
      claimSpecWarnings(
        (claim.spec ?? {}) as PersistentVolumeClaimSpec,
        `spec.volumeClaimTemplates[${index}]${suffix}`,
      ),
    ),
    ...(revisionHistoryLimit < 0
      ? ["spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended"]
      : []),
  ];
}

function changedSpecWarnings(object: Templated, before: Templated | undefined): readonly string[] {
  return before !== undefined && deepEqual(object.spec, before.spec)
    ? []
    : podTemplateWarnings(object.spec?.template, "spec.template");
}
