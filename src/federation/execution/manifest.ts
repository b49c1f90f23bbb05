import {
  executionSpaceName,
  karmadaAnnotations,
  karmadaFinalizers,
  karmadaLabels,
  Work,
  type WorkSpec,
} from "../../api/index.ts";
import { apiVersionOf, type ObjectMeta, type OwnerReference, type Unstructured } from "../../apimachinery/index.ts";
import { pruned } from "./prune.ts";

type Texts = Readonly<Record<string, string>>;

/** What a Work is made from. */
export type WorkPlan = {
  readonly cluster: string;
  readonly name: string;
  /** The object as it is to be in the member; pruned and stamped here. */
  readonly object: Unstructured;
  readonly labels?: Texts;
  readonly annotations?: Texts;
  /** The execution finalizer when absent. */
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
  /** `overwrite` or `abort`, written to the Work and to the object; neither when absent. */
  readonly conflictResolution?: "overwrite" | "abort";
  readonly suspendDispatching?: boolean;
  readonly preserveResourcesOnDeletion?: boolean;
};

/**
 * The Work of a plan (`helper.CreateOrUpdateWork`). With `existing` it comes out as admission would leave it, so that a
 * `deepEqual` tells whether there is anything to write; labels and annotations the plan does not name stay.
 */
export function workOf(plan: WorkPlan, existing?: Work): Work {
  const namespace = executionSpaceName(plan.cluster);
  const resolution = plan.conflictResolution;
  const annotations =
    resolution === undefined
      ? plan.annotations
      : {
          ...plan.annotations,
          [karmadaAnnotations.conflictResolution]: resolution,
        };
  const stamped = stampedManifest(plan.object, {
    namespace,
    name: plan.name,
    ...resolutionOf(resolution),
  });
  const workId = existing?.metadata.labels?.[karmadaLabels.workId];
  const spec: WorkSpec = {
    workload: {
      manifests: [workId === undefined ? stamped : completedManifest(stamped, workId)],
    },
    ...(plan.suspendDispatching === true ? { suspendDispatching: true } : {}),
    ...(plan.preserveResourcesOnDeletion === true ? { preserveResourcesOnDeletion: true } : {}),
  };
  const metadata: ObjectMeta = {
    ...(existing?.metadata ?? { name: plan.name, namespace }),
    finalizers: existing?.metadata.finalizers ?? plan.finalizers ?? [karmadaFinalizers.execution],
    ...(plan.labels === undefined ? {} : { labels: { ...existing?.metadata.labels, ...plan.labels } }),
    ...(annotations === undefined ? {} : { annotations: { ...existing?.metadata.annotations, ...annotations } }),
    ...(plan.ownerReferences === undefined ? {} : { ownerReferences: plan.ownerReferences }),
  };
  if (existing !== undefined) return { ...existing, metadata, spec };
  return { apiVersion: apiVersionOf(Work), kind: Work.kind, metadata, spec };
}

/** The object a Work carries: pruned, marked as Karmada's, and naming the Work it comes from. */
export function stampedManifest(
  object: Unstructured,
  work: {
    readonly namespace: string;
    readonly name: string;
    readonly conflictResolution?: string;
  },
): Unstructured {
  const bare = pruned(object);
  const uid = object.metadata.uid;
  return {
    ...bare,
    metadata: {
      ...bare.metadata,
      labels: { ...bare.metadata.labels, [karmadaLabels.managed]: "true" },
      annotations: {
        ...bare.metadata.annotations,
        ...(uid === undefined ? {} : { [karmadaAnnotations.templateUid]: uid }),
        [karmadaAnnotations.workName]: work.name,
        [karmadaAnnotations.workNamespace]: work.namespace,
        ...(work.conflictResolution === undefined
          ? {}
          : {
              [karmadaAnnotations.conflictResolution]: work.conflictResolution,
            }),
      },
    },
  };
}

/**
 * A manifest with what admission adds: the Work's permanent id, and the lists of labels and annotations that are Karmada's to
 * remove from the member again. The same object when it is complete already.
 */
export function completedManifest(manifest: Unstructured, workId: string): Unstructured {
  const labels = {
    ...manifest.metadata.labels,
    [karmadaLabels.workId]: workId,
  };
  const { managedAnnotations, managedLabels } = karmadaAnnotations;
  const annotations: Record<string, string> = {
    ...manifest.metadata.annotations,
  };
  const labelKeys = Object.keys(labels).sort().join(",");
  annotations[managedAnnotations] = "";
  annotations[managedLabels] = labelKeys;
  annotations[managedAnnotations] = Object.keys(annotations).sort().join(",");
  const before = manifest.metadata;
  const complete =
    before.labels?.[karmadaLabels.workId] === workId &&
    before.annotations?.[managedLabels] === labelKeys &&
    before.annotations[managedAnnotations] === annotations[managedAnnotations];
  return complete ? manifest : { ...manifest, metadata: { ...before, labels, annotations } };
}

function resolutionOf(conflictResolution: string | undefined): {
  readonly conflictResolution?: string;
} {
  return conflictResolution === undefined ? {} : { conflictResolution };
}
