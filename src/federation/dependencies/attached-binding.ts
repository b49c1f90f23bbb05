import { type Binding, type BindingSnapshot, bindingName, ResourceBinding } from "../../api/index.ts";
import { apiVersionOf, ownerReference, type Unstructured } from "../../apimachinery/index.ts";
import type { Intent } from "../../controller/index.ts";
import { deepEqual } from "../../std/index.ts";
import { bindingScope } from "../binding-scope.ts";
import { templateReferenceOf } from "../detector/binding-content.ts";
import { dependedByLabel } from "./dependents.ts";

/** An independent binding, and what it passes on to the bindings attached to it. */
export type Independent = { readonly binding: Binding; readonly id: string };

/** What all bindings that need an object agree on: overwriting, and preserving, wins. */
type Inherited = Pick<Binding["spec"], "conflictResolution" | "preserveResourcesOnDeletion">;

/** The name of the binding of a dependency. It stands in the independent binding's namespace, whatever the object's scope. */
export function attachedName({ kind, metadata }: Unstructured): string {
  return bindingName(kind, metadata.name);
}

/** Attaches an object's binding to an independent one: makes it, or adds the independent binding's clusters to it. */
export function attach(
  independent: Independent,
  object: Unstructured,
  existing: Binding | undefined,
  options: { readonly referrers: readonly Binding[]; readonly newId: () => string },
): Intent | undefined {
  const label = dependedByLabel(independent.binding);
  const requiredBy = withSnapshot(existing?.spec.requiredBy ?? [], snapshotOf(independent.binding));
  const inherited = inheritedFrom([...options.referrers, independent.binding]);
  if (existing === undefined) return creation(independent, object, { requiredBy, inherited, id: options.newId() });
  if (existing.metadata.deletionTimestamp !== undefined) return undefined;
  // A binding with a placement has a policy of its own, which decides everything else.
  const own = existing.spec.placement === undefined ? { resource: templateReferenceOf(object), ...inherited } : {};
  const spec: Record<string, unknown> = {};
  for (const [field, wanted] of Object.entries({ ...own, requiredBy })) {
    if (!deepEqual(existing.spec[field as keyof Binding["spec"]], wanted)) spec[field] = wanted ?? null;
  }
  const isLabelled = existing.metadata.labels?.[label] === independent.id;
  if (isLabelled && Object.keys(spec).length === 0) return undefined;
  return patchOf(existing, {
    ...(isLabelled ? {} : { metadata: { labels: { [label]: independent.id } } }),
    ...(Object.keys(spec).length === 0 ? {} : { spec }),
  });
}

/** Takes an independent binding off an attached one, which stays, with no cluster when nothing else needs it. */
export function detach(independent: Binding, attached: Binding): Intent {
  const requiredBy = (attached.spec.requiredBy ?? []).filter((snapshot) => !isOf(snapshot, independent));
  return patchOf(attached, {
    metadata: { labels: { [dependedByLabel(independent)]: null } },
    spec: { requiredBy: requiredBy.length === 0 ? null : requiredBy },
  });
}

/** Whether a snapshot is of that binding. */
export function isOf(snapshot: BindingSnapshot, { metadata }: Binding): boolean {
  return snapshot.name === metadata.name && (snapshot.namespace ?? "") === (metadata.namespace ?? "");
}

function creation(
  { binding, id }: Independent,
  object: Unstructured,
  content: { readonly requiredBy: readonly BindingSnapshot[]; readonly inherited: Inherited; readonly id: string },
): Intent {
  const { namespace } = binding.metadata;
  const scope = bindingScope(binding.metadata);
  return {
    type: "create",
    kind: ResourceBinding,
    object: {
      apiVersion: apiVersionOf(ResourceBinding),
      kind: ResourceBinding.kind,
      metadata: {
        name: attachedName(object),
        ...(namespace === undefined ? {} : { namespace }),
        labels: { [dependedByLabel(binding)]: id, [scope.idLabel]: content.id },
        ownerReferences: [ownerReference(object)],
        finalizers: [scope.finalizer],
      },
      spec: { resource: templateReferenceOf(object), requiredBy: content.requiredBy, ...content.inherited },
    } as Binding,
  };
}

function snapshotOf({ metadata, spec }: Binding): BindingSnapshot {
  const { name, namespace } = metadata;
  const clusters = spec.clusters === undefined ? {} : { clusters: spec.clusters };
  return namespace === undefined ? { name, ...clusters } : { namespace, name, ...clusters };
}

function withSnapshot(before: readonly BindingSnapshot[], snapshot: BindingSnapshot): readonly BindingSnapshot[] {
  const same = (other: BindingSnapshot): boolean =>
    other.name === snapshot.name && (other.namespace ?? "") === (snapshot.namespace ?? "");
  return before.some(same) ? before.map((other) => (same(other) ? snapshot : other)) : [...before, snapshot];
}

function inheritedFrom(bindings: readonly Binding[]): Inherited {
  const overwrite = bindings.some((binding) => binding.spec.conflictResolution === "Overwrite");
  const preserve = bindings.some((binding) => binding.spec.preserveResourcesOnDeletion === true);
  return {
    conflictResolution: overwrite ? "Overwrite" : "Abort",
    ...(preserve ? { preserveResourcesOnDeletion: true } : {}),
  };
}

function patchOf({ metadata }: Binding, body: unknown): Intent {
  const { name, namespace } = metadata;
  const target = namespace === undefined ? { name } : { name, namespace };
  return { type: "patch", patchType: "merge", kind: ResourceBinding, ...target, body };
}
