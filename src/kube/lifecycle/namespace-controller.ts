import { type Condition, Event, Namespace, Pod } from "../../api/index.ts";
import { groupResource, type Kind, type KubeObject, kindKey, setCondition } from "../../apimachinery/index.ts";
import {
  type AnyDefinition,
  defineController,
  type Intent,
  NOTHING,
  type Plan,
  plan,
  type Snapshot,
} from "../../controller/index.ts";
import { deletableKinds } from "./discovered-kinds.ts";

type AnyKind = Kind<KubeObject>;
type Content = { readonly kind: AnyKind; readonly objects: readonly KubeObject[] };

/**
 * Empties a namespace that is being deleted, pods first, and lets it go once nothing is left
 * (`pkg/controller/namespace/deletion`, with OrderedNamespaceDeletion).
 */
export function namespaceController(): AnyDefinition {
  /** The namespaced kinds of the cluster's last discovery. */
  let kinds: readonly AnyKind[] = [];
  return defineController({
    name: "namespace-controller",
    primary: [Namespace],
    predicate: ({ after }) => after?.metadata.deletionTimestamp !== undefined,
    dynamicPrimary: (discovered) => {
      kinds = deletableKinds(discovered).filter(({ namespaced }) => namespaced);
      return [];
    },
    reads: [],
    enqueueDynamic: ({ object }, _cluster, snapshot) => {
      const { namespace } = object.metadata;
      if (namespace === undefined) return [];
      const owner = snapshot.get(Namespace, namespace);
      return owner?.metadata.deletionTimestamp === undefined ? [] : [{ kind: Namespace, name: namespace }];
    },
    reconcile: (namespace, snapshot) =>
      namespace.metadata.deletionTimestamp === undefined ? NOTHING : empty(namespace, kinds, snapshot),
  });
}

function empty(namespace: Namespace, kinds: readonly AnyKind[], snapshot: Snapshot<AnyKind>): Plan {
  const contents: Content[] = [];
  for (const kind of kinds) {
    const objects = snapshot.dynamicList(kind, { namespace: namespace.metadata.name });
    if (objects.length > 0) contents.push({ kind, objects });
  }
  const pods = contents.find(({ kind }) => kindKey(kind) === kindKey(Pod));
  const deleted = (pods === undefined ? contents : [pods]).flatMap(deletions);
  if (deleted.length > 0) return plan(deleted);
  // While pods are left, the rest is not looked at.
  if (pods !== undefined) return report(namespace, [], snapshot.nowMs);
  return contents.length > 0 ? report(namespace, contents, snapshot.nowMs) : finish(namespace, snapshot);
}

function deletions({ kind, objects }: Content): readonly Intent[] {
  return objects.flatMap(({ metadata }) => {
    if (metadata.deletionTimestamp !== undefined) return [];
    const { name, namespace = "", uid = "" } = metadata;
    return [{ type: "delete", kind, namespace, name, uid, propagationPolicy: "Background" } as const];
  });
}

const NO_FAILURES: readonly Condition[] = [
  {
    type: "NamespaceDeletionDiscoveryFailure",
    status: "False",
    reason: "ResourcesDiscovered",
    message: "All resources successfully discovered",
  },
  {
    type: "NamespaceDeletionGroupVersionParsingFailure",
    status: "False",
    reason: "ParsedGroupVersions",
    message: "All legacy kube types successfully parsed",
  },
  {
    type: "NamespaceDeletionContentFailure",
    status: "False",
    reason: "ContentDeleted",
    message: "All content successfully deleted, may be waiting on finalization",
  },
];
const NONE_REMAIN: Condition = {
  type: "NamespaceContentRemaining",
  status: "False",
  reason: "ContentRemoved",
  message: "All content successfully removed",
};
const NO_FINALIZERS: Condition = {
  type: "NamespaceFinalizersRemaining",
  status: "False",
  reason: "ContentHasNoFinalizers",
  message: "All content-preserving finalizers finished",
};

/** Says what a namespace waits for, and that nothing failed. */
function report(namespace: Namespace, contents: readonly Content[], nowMs: number): Plan {
  const remaining = contents.map(
    ({ kind, objects }) => `${groupResource(kind)} has ${objects.length} resource instances`,
  );
  const finalizers = new Map<string, number>();
  for (const { objects } of contents)
    for (const finalizer of objects.flatMap(({ metadata }) => metadata.finalizers ?? []))
      finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1);
  const held = [...finalizers].sort().map(([name, count]) => `${name} in ${count} resource instances`);
  const wanted: readonly Condition[] = [
    ...NO_FAILURES,
    contents.length === 0
      ? NONE_REMAIN
      : {
          type: "NamespaceContentRemaining",
          status: "True",
          reason: "SomeResourcesRemain",
          message: `Some resources are remaining: ${remaining.join(", ")}`,
        },
    held.length === 0
      ? NO_FINALIZERS
      : {
          type: "NamespaceFinalizersRemaining",
          status: "True",
          reason: "SomeFinalizersRemain",
          message: `Some content in the namespace has finalizers remaining: ${held.join(", ")}`,
        },
  ];
  let conditions = namespace.status?.conditions;
  for (const condition of wanted) conditions = setCondition(conditions, condition, nowMs);
  const object = { ...namespace, status: { ...namespace.status, conditions } } as Namespace;
  return plan({ type: "updateStatus", kind: Namespace, object, before: namespace });
}

/** Removes the Events, which nobody waits for, and the finalizer. */
function finish(namespace: Namespace, snapshot: Snapshot<AnyKind>): Plan {
  const { name } = namespace.metadata;
  const events = snapshot.dynamicList(Event, { namespace: name });
  const finalizers = (namespace.spec?.finalizers ?? []).filter((finalizer) => finalizer !== "kubernetes");
  const object = { ...namespace, spec: { ...namespace.spec, finalizers } } as Namespace;
  return plan(deletions({ kind: Event, objects: events }), {
    type: "update",
    kind: Namespace,
    object,
    subresource: "finalize",
  });
}
