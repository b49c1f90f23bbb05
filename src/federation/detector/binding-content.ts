import { type Binding, type BindingSpec, type Placement, type Policy, PriorityClass } from "../../api/index.ts";
import type { Unstructured } from "../../apimachinery/index.ts";
import type { Replicas } from "../interpreter/index.ts";

/** A policy without a placement goes everywhere. One value, so that what is remembered by placement is found again. */
const EVERYWHERE: Placement = {};

/** Everything a policy and its template say about a binding; who else writes to a binding writes other fields. */
export type BindingContent = Pick<
  BindingSpec,
  | "resource"
  | "replicas"
  | "replicaRequirements"
  | "placement"
  | "propagateDeps"
  | "schedulerName"
  | "failover"
  | "conflictResolution"
  | "suspension"
  | "preserveResourcesOnDeletion"
  | "schedulePriority"
  | "workloadAffinityGroups"
>;

/** The fields of {@link BindingContent}, for comparing and patching one by one. */
export const contentFields: readonly (keyof BindingContent)[] = [
  "resource",
  "replicas",
  "replicaRequirements",
  "placement",
  "propagateDeps",
  "schedulerName",
  "failover",
  "conflictResolution",
  "suspension",
  "preserveResourcesOnDeletion",
  "schedulePriority",
  "workloadAffinityGroups",
];

type Sources = {
  readonly template: Unstructured;
  readonly policy: Policy;
  /** What the template asks for. */
  readonly asked: Replicas | undefined;
  /** The value of the policy's priority class. */
  readonly priority: number | undefined;
  readonly existing: Binding | undefined;
};

/** What the binding of `template` shall say. Fields that would say nothing are left out, as Go leaves out zero values. */
export function bindingContent({ template, policy, asked, priority, existing }: Sources): BindingContent {
  const { spec } = policy;
  return defined({
    resource: templateReferenceOf(template),
    replicas: asked?.replicas || undefined,
    replicaRequirements: asked?.requirements,
    placement: spec.placement ?? EVERYWHERE,
    propagateDeps: spec.propagateDeps || undefined,
    schedulerName: spec.schedulerName ?? "default-scheduler",
    failover: spec.failover,
    conflictResolution: spec.conflictResolution ?? "Abort",
    suspension: suspensionOf(policy, existing),
    preserveResourcesOnDeletion: spec.preserveResourcesOnDeletion,
    schedulePriority: priority === undefined ? undefined : { priority },
    workloadAffinityGroups: affinityGroups(template, spec.placement),
  });
}

/** The reference a binding holds of its template. */
export function templateReferenceOf({ apiVersion, kind, metadata }: Unstructured): BindingSpec["resource"] {
  const { name, namespace, uid, resourceVersion } = metadata;
  return {
    apiVersion,
    kind,
    ...(namespace === undefined ? {} : { namespace }),
    name,
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
}

/** The value of a policy's priority class; `"missing"` when there is no such class. */
export function schedulePriority(
  policy: Policy,
  reader: {
    get(kind: typeof PriorityClass, name: string): { readonly value: number } | undefined;
  },
): number | undefined | "missing" {
  const name = policy.spec.schedulePriority?.priorityClassName;
  return name === undefined ? undefined : (reader.get(PriorityClass, name)?.value ?? "missing");
}

/** Scheduling is suspended on the binding itself, which a policy does not undo. */
function suspensionOf(policy: Policy, existing: Binding | undefined): BindingSpec["suspension"] {
  const scheduling = existing?.spec.suspension?.scheduling;
  const { suspension } = policy.spec;
  if (suspension === undefined && scheduling === undefined) return undefined;
  return { ...suspension, ...(scheduling === undefined ? {} : { scheduling }) };
}

function affinityGroups({ metadata }: Unstructured, placement: Placement | undefined) {
  const group = (key: string | undefined): string | undefined => {
    const value = key === undefined ? undefined : metadata.labels?.[key];
    return value === undefined ? undefined : `${key}=${value}`;
  };
  const affinityGroup = group(placement?.workloadAffinity?.affinity?.groupByLabelKey);
  const antiAffinityGroup = group(placement?.workloadAffinity?.antiAffinity?.groupByLabelKey);
  if (affinityGroup === undefined && antiAffinityGroup === undefined) return undefined;
  return defined({ affinityGroup, antiAffinityGroup });
}

type Defined<T> = {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
} & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

function defined<T extends Readonly<Record<string, unknown>>>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}
