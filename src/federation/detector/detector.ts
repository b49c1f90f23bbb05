import {
  type Binding,
  bindingName,
  ClusterOverridePolicy,
  ClusterPropagationPolicy,
  ClusterResourceBinding,
  karmadaFinalizers,
  karmadaLabels,
  OverridePolicy,
  type Policy,
  PriorityClass,
  PropagationPolicy,
  ResourceBinding,
} from "../../api/index.ts";
import {
  createMergePatch,
  type Kind,
  type KubeObject,
  ownerReference,
  type Unstructured,
} from "../../apimachinery/index.ts";
import {
  type AnyDefinition,
  type Change,
  type ControllerDefinition,
  type Intent,
  type Key,
  NOTHING,
  type Plan,
  plan,
  read,
  type Snapshot,
} from "../../controller/index.ts";
import { deepEqual } from "../../std/index.ts";
import { type BindingScope, bindingScope, keyOf } from "../binding-scope.ts";
import { type Interpreter, interpreted } from "../interpreter/index.ts";
import { permanentId } from "../permanent-id.ts";
import { bindingContent, contentFields, schedulePriority } from "./binding-content.ts";
import { selectedTemplates, templatesTouched } from "./policy-changes.ts";
import { governingPolicy, SELECTED_INDEX, selectedBy } from "./policy-match.ts";
import { claimOf, claimPatch } from "./policy-scope.ts";
import { namespaceFilter, propagatableKinds, type SkippedResources } from "./propagatable.ts";
import { isTemplateChange } from "./template-change.ts";

type AnyKind = Kind<KubeObject>;
type DetectorSnapshot = Snapshot<AnyKind, AnyKind>;

/** What the detector is given. */
export type DetectorOptions = {
  readonly interpreter: Interpreter;
  readonly skipped?: SkippedResources;
};

/**
 * Karmada's resource detector: finds the policy of every resource template, claims the template for it, and keeps the
 * template's binding as policy and template say. Its primary objects are all propagatable objects of the host.
 */
export function detectorController({ interpreter, skipped = {} }: DetectorOptions): AnyDefinition {
  const isPropagatedNamespace = namespaceFilter(skipped);
  const policies = (kind: Kind<Policy>) =>
    read(kind, {
      enqueue: templatesTouched,
      indexes: { [SELECTED_INDEX]: selectedBy },
    });
  const bindings = (kind: Kind<Binding>) => read(kind, { enqueue: templateOfLostBinding });
  const overrides = (kind: typeof OverridePolicy) => read(kind, { enqueue: templatesAwaiting });
  const definition: ControllerDefinition<AnyKind, AnyKind, never> = {
    name: "resource-detector",
    primary: [],
    dynamicPrimary: (discovered) => propagatableKinds(discovered, skipped),
    predicate: isTemplateChange,
    reads: [
      policies(PropagationPolicy),
      policies(ClusterPropagationPolicy),
      bindings(ResourceBinding),
      bindings(ClusterResourceBinding),
      overrides(OverridePolicy),
      overrides(ClusterOverridePolicy),
      read(PriorityClass, { enqueue: "none" }),
    ],
    reconcile: (object, snapshot) => {
      const { metadata } = object;
      if (metadata.deletionTimestamp !== undefined || metadata.labels?.[karmadaLabels.claimedBy]) return NOTHING;
      if (metadata.namespace !== undefined && !isPropagatedNamespace(metadata.namespace)) return NOTHING;
      return detect(object as Unstructured, snapshot, interpreter);
    },
  };
  return definition;
}

function detect(template: Unstructured, snapshot: DetectorSnapshot, interpreter: Interpreter): Plan {
  const scope = bindingScope(template.metadata);
  const name = bindingName(template.kind, template.metadata.name);
  const existing = snapshot.get(scope.kind, name, template.metadata.namespace);
  const policy = governingPolicy(template, snapshot);
  const claim = policy === undefined ? undefined : claimOf(policy);
  const patch = claimPatch(template, claim);
  if (policy === undefined) return patch === undefined ? NOTHING : release(template, existing, snapshot);
  // The binding is made once the claim is seen on the template, whose resourceVersion the binding tells.
  if (patch !== undefined) return { intents: patchIntents(template, snapshot, { metadata: patch }) };
  if (awaitsOverrides(policy, snapshot)) return NOTHING;
  const priority = schedulePriority(policy, snapshot);
  if (priority === "missing") {
    const missing = `priorityclasses.scheduling.k8s.io "${policy.spec.schedulePriority?.priorityClassName}" not found`;
    return plan(appliedEvent(template, policy, missing));
  }
  if (existing !== undefined && !isOwnBinding(existing, template)) return NOTHING;
  const asked = interpreted(() => interpreter.replicas(template));
  if (!asked.ok) return plan(failedEvent(template, asked.message), appliedEvent(template, policy, asked.message));
  const content = bindingContent({ template, policy, asked: asked.value, priority, existing });
  const intents =
    existing === undefined
      ? [createBinding({ template, scope, name, policy, content, snapshot })]
      : updateBinding(existing, scope, policy, content);
  return intents.length === 0 ? NOTHING : plan(intents, appliedEvent(template, policy));
}

type NewBinding = {
  readonly template: Unstructured;
  readonly scope: BindingScope;
  readonly name: string;
  readonly policy: Policy;
  readonly content: Binding["spec"];
  readonly snapshot: DetectorSnapshot;
};

function createBinding({ template, scope, name, policy, content, snapshot }: NewBinding): Intent {
  const { namespace } = template.metadata;
  const claim = claimOf(policy);
  const object = {
    apiVersion: "work.karmada.io/v1alpha2",
    kind: scope.kind.kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      labels: {
        ...claim.labels,
        [scope.idLabel]: permanentId(snapshot.random),
      },
      annotations: claim.annotations,
      ownerReferences: [ownerReference(template)],
      finalizers: content.propagateDeps
        ? [scope.finalizer, karmadaFinalizers.dependenciesDistributor]
        : [scope.finalizer],
    },
    spec: content,
  } as Binding;
  return { type: "create", kind: scope.kind, object };
}

/** A patch of what differs, so that the scheduler's and others' fields are never written over. */
function updateBinding(
  existing: Binding,
  scope: BindingScope,
  policy: Policy,
  content: Binding["spec"],
): readonly Intent[] {
  if (existing.metadata.deletionTimestamp !== undefined) return [];
  const spec: Record<string, unknown> = {};
  for (const field of contentFields) {
    const [before, after] = [existing.spec[field], content[field]];
    if (!deepEqual(before, after)) spec[field] = after === undefined ? null : createMergePatch(before, after);
  }
  const metadata = claimPatch(existing, claimOf(policy));
  const managed = existing.metadata.labels?.[karmadaLabels.bindingManagedBy];
  if (Object.keys(spec).length === 0 && metadata === undefined && managed === undefined) return [];
  const labels = {
    ...metadata?.labels,
    ...(managed === undefined ? {} : { [karmadaLabels.bindingManagedBy]: null }),
  };
  const body = {
    ...(metadata === undefined && managed === undefined
      ? {}
      : { metadata: { labels, annotations: metadata?.annotations ?? {} } }),
    ...(Object.keys(spec).length === 0 ? {} : { spec }),
  };
  return [{ type: "patch", patchType: "merge", ...keyOf(scope.kind, existing), body }];
}

/** No policy selects the template any more: the claim goes, binding, Works and member objects stay. */
function release(template: Unstructured, binding: Binding | undefined, snapshot: DetectorSnapshot): Plan {
  const intents: Intent[] = [];
  const patch = binding === undefined ? undefined : claimPatch(binding, undefined);
  if (binding !== undefined && patch !== undefined) {
    const key = keyOf(bindingScope(binding.metadata).kind, binding);
    intents.push({
      type: "patch",
      patchType: "merge",
      ...key,
      body: { metadata: patch },
    });
  }
  const metadata = claimPatch(template, undefined);
  return plan(intents, patchIntents(template, snapshot, { metadata }));
}

function patchIntents(template: Unstructured, snapshot: DetectorSnapshot, body: unknown): readonly Intent[] {
  const kind = snapshot.kindOf(template.apiVersion, template.kind);
  return kind === undefined ? [] : [{ type: "patch", patchType: "merge", ...keyOf(kind, template), body }];
}

/** A binding left by a template of the same name is being collected as garbage; once it is gone the template is looked at again. */
function isOwnBinding(binding: Binding, template: Unstructured): boolean {
  const owner = binding.metadata.ownerReferences?.find((reference) => reference.controller === true);
  return owner === undefined || owner.uid === template.metadata.uid;
}

function awaitsOverrides(policy: Policy, snapshot: DetectorSnapshot): boolean {
  const { namespace } = policy.metadata;
  const kind = namespace === undefined ? ClusterOverridePolicy : OverridePolicy;
  return policy.spec.dependentOverrides?.some((name) => snapshot.get(kind, name, namespace) === undefined) === true;
}

/** A new override policy sets free the templates of policies that wait for it. */
function templatesAwaiting({ before, object }: Change<KubeObject>, snapshot: Snapshot<AnyKind>): readonly Key[] {
  if (before !== undefined) return [];
  const { name, namespace } = object.metadata;
  const kind = namespace === undefined ? ClusterPropagationPolicy : PropagationPolicy;
  const where = (policy: Policy): boolean => policy.spec.dependentOverrides?.includes(name) === true;
  return snapshot
    .list(kind, namespace === undefined ? { where } : { namespace, where })
    .flatMap((policy) => selectedTemplates(policy, snapshot));
}

/** A binding that went away is made again if its template is still there. */
function templateOfLostBinding({ after, object }: Change<Binding>, snapshot: Snapshot<AnyKind>): readonly Key[] {
  if (after !== undefined) return [];
  const { apiVersion, kind, name, namespace } = object.spec.resource;
  const templateKind = snapshot.kindOf(apiVersion, kind);
  if (templateKind === undefined) return [];
  return [namespace ? { kind: templateKind, name, namespace } : { kind: templateKind, name }];
}

function failedEvent(template: Unstructured, message: string): Intent {
  return { type: "event", regarding: template, eventType: "Warning", reason: "GetReplicasFailed", message };
}

function appliedEvent(template: Unstructured, { metadata }: Policy, failure?: string): Intent {
  const policy =
    metadata.namespace === undefined
      ? `cluster policy(${metadata.name})`
      : `policy(${metadata.namespace}/${metadata.name})`;
  return {
    type: "event",
    regarding: template,
    eventType: failure === undefined ? "Normal" : "Warning",
    reason: failure === undefined ? "ApplyPolicySucceed" : "ApplyPolicyFailed",
    message: failure === undefined ? `Apply ${policy} succeed` : `Apply ${policy} failed: ${failure}`,
  };
}
