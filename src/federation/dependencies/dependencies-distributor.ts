import { type Binding, karmadaAnnotations, karmadaFinalizers, ResourceBinding } from "../../api/index.ts";
import { hasFinalizer, type Kind, type KubeObject, type Unstructured } from "../../apimachinery/index.ts";
import {
  type AnyDefinition,
  type Change,
  defineController,
  type Intent,
  type Key,
  NOTHING,
  type Plan,
  plan,
  read,
  type Snapshot,
} from "../../controller/index.ts";
import { bindingId, keyOf, templateOf, templateReference } from "../binding-scope.ts";
import { isTemplateChange } from "../detector/template-change.ts";
import { type DependentObjectReference, type Interpreter, interpreted } from "../interpreter/index.ts";
import { permanentId } from "../permanent-id.ts";
import { attach, attachedName, detach, isOf } from "./attached-binding.ts";
import {
  dependedByLabel,
  dependedByLabels,
  dependencyValues,
  recordedDependencies,
  refersTo,
  valuesOf,
} from "./dependents.ts";

const DEPENDENCY_INDEX = "dependency";
const DEPENDED_BY_INDEX = "depended-by";
const FINALIZER = karmadaFinalizers.dependenciesDistributor;

type BindingsSnapshot = Snapshot<typeof ResourceBinding>;

/**
 * Sends what templates depend on (ConfigMaps, Secrets, …) to the clusters the templates go to: every dependency gets a
 * binding attached to the independent one, and follows its clusters. Upstream's dependencies-distributor.
 */
export function dependenciesDistributor(options: { readonly interpreter: Interpreter }): AnyDefinition {
  return defineController({
    name: "dependencies-distributor",
    primary: [ResourceBinding],
    predicate: isDistributionChange,
    reads: [
      read(ResourceBinding, {
        enqueue: "none",
        indexes: { [DEPENDENCY_INDEX]: dependencyValues, [DEPENDED_BY_INDEX]: dependedByLabels },
      }),
    ],
    enqueueDynamic: bindingsOfDependency,
    reconcile: (binding, snapshot) => distribute(binding, snapshot, options.interpreter),
  });
}

function distribute(binding: Binding, snapshot: BindingsSnapshot, interpreter: Interpreter): Plan {
  const isLeaving = binding.metadata.deletionTimestamp !== undefined;
  const isDistributed = binding.spec.propagateDeps === true && !isLeaving;
  const template = isDistributed ? templateOf(binding, snapshot) : undefined;
  const id = bindingId(binding);
  if (template === undefined || id === undefined || !binding.spec.clusters?.length) {
    return isDistributed ? plan(detachments(binding, [], snapshot)) : withdraw(binding, snapshot);
  }
  const needed = interpreted(() => interpreter.dependencies(template));
  if (!needed.ok) {
    const { message } = needed;
    return plan({ type: "event", regarding: template, eventType: "Warning", reason: "GetDependenciesFailed", message });
  }
  const references = needed.value;
  const objects = references.flatMap((reference) => dependencyObjects(reference, snapshot));
  const attachments = objects.map((object) => {
    const existing = snapshot.get(ResourceBinding, attachedName(object), binding.metadata.namespace);
    const referrers = existing === undefined ? [] : referrersOf(existing, binding, snapshot);
    const newId = (): string => permanentId(snapshot.random);
    return attach({ binding, id }, object, existing, { referrers, newId });
  });
  const intents = [
    ...recording(binding, references),
    ...attachments.filter((intent) => intent !== undefined),
    ...detachments(binding, objects, snapshot),
  ];
  return intents.length === 0 ? NOTHING : plan(intents, distributedEvents(binding));
}

/** Nothing is distributed any more: the attached bindings are let go, then the record and the finalizer. */
function withdraw(binding: Binding, snapshot: BindingsSnapshot): Plan {
  const isFinalizing = hasFinalizer(binding, FINALIZER);
  const hasRecord = binding.metadata.annotations?.[karmadaAnnotations.bindingDependencies] !== undefined;
  if (!isFinalizing && !hasRecord) return NOTHING;
  const finalizers = binding.metadata.finalizers?.filter((finalizer) => finalizer !== FINALIZER) ?? [];
  const metadata = {
    ...(isFinalizing ? { finalizers: finalizers.length === 0 ? null : finalizers } : {}),
    ...(hasRecord ? { annotations: { [karmadaAnnotations.bindingDependencies]: null } } : {}),
    // Of two writers of the list of finalizers the later must look again.
    resourceVersion: binding.metadata.resourceVersion,
  };
  return plan(detachments(binding, [], snapshot), patchOf(binding, { metadata }));
}

/** Records the dependencies on the binding, by which a change of one of them finds it; sees to the finalizer too. */
function recording(binding: Binding, references: readonly DependentObjectReference[]): readonly Intent[] {
  const { metadata } = binding;
  const text = JSON.stringify(references);
  const isRecorded = metadata.annotations?.[karmadaAnnotations.bindingDependencies] === text;
  const isFinalizing = hasFinalizer(binding, FINALIZER);
  if (isRecorded && isFinalizing) return [];
  const body = {
    metadata: {
      ...(isRecorded ? {} : { annotations: { [karmadaAnnotations.bindingDependencies]: text } }),
      ...(isFinalizing
        ? {}
        : { finalizers: [...(metadata.finalizers ?? []), FINALIZER], resourceVersion: metadata.resourceVersion }),
    },
  };
  return [patchOf(binding, body)];
}

/** The objects a reference means that are there; what is missing is picked up when it comes. */
function dependencyObjects(reference: DependentObjectReference, snapshot: BindingsSnapshot): readonly Unstructured[] {
  const kind = snapshot.kindOf(reference.apiVersion, reference.kind);
  if (kind === undefined) return [];
  const namespace = reference.namespace || undefined;
  if (reference.name) {
    const object = snapshot.dynamic(kind, reference.name, namespace);
    return object === undefined || object.metadata.deletionTimestamp !== undefined ? [] : [object as Unstructured];
  }
  const where = (object: KubeObject): boolean =>
    object.metadata.deletionTimestamp === undefined && refersTo(reference, object);
  return snapshot.dynamicList(kind, namespace === undefined ? { where } : { namespace, where }) as Unstructured[];
}

/** Lets go of attached bindings whose object is not among `objects`. */
function detachments(
  binding: Binding,
  objects: readonly Unstructured[],
  snapshot: BindingsSnapshot,
): readonly Intent[] {
  const kept = new Set(objects.map(attachedName));
  return snapshot
    .list(ResourceBinding, { index: { name: DEPENDED_BY_INDEX, value: dependedByLabel(binding) } })
    .filter(({ metadata }) => metadata.namespace === binding.metadata.namespace && !kept.has(metadata.name))
    .map((attached) => detach(binding, attached));
}

function referrersOf(attached: Binding, independent: Binding, snapshot: BindingsSnapshot): readonly Binding[] {
  return (attached.spec.requiredBy ?? [])
    .filter((required) => !isOf(required, independent))
    .map((required) => snapshot.get(ResourceBinding, required.name, required.namespace))
    .filter((referrer) => referrer !== undefined);
}

/** The independent bindings that need an object which came, changed or went. */
function bindingsOfDependency(
  change: Change<KubeObject>,
  _cluster: string,
  snapshot: Snapshot<Kind<KubeObject>>,
): readonly Key[] {
  if (!isTemplateChange(change)) return [];
  const keys = new Map<string, Key>();
  for (const object of [change.before, change.after]) {
    for (const value of object === undefined ? [] : valuesOf(object)) {
      for (const binding of snapshot.list(ResourceBinding, { index: { name: DEPENDENCY_INDEX, value } })) {
        if (object === undefined || !recordedDependencies(binding).some((each) => refersTo(each, object))) continue;
        keys.set(`${binding.metadata.namespace}/${binding.metadata.name}`, keyOf(ResourceBinding, binding));
      }
    }
  }
  return [...keys.values()];
}

function isDistributionChange({ before, after }: Change<Binding>): boolean {
  if (before === undefined || after === undefined) return after !== undefined;
  return (
    before.metadata.generation !== after.metadata.generation ||
    before.metadata.deletionTimestamp !== after.metadata.deletionTimestamp
  );
}

function patchOf(binding: Binding, body: unknown): Intent {
  return { type: "patch", patchType: "merge", ...keyOf(ResourceBinding, binding), body };
}

function distributedEvents(binding: Binding): readonly Intent[] {
  return [binding, templateReference(binding.spec)].map(
    (regarding): Intent => ({
      type: "event",
      regarding,
      eventType: "Normal",
      reason: "SyncScheduleResultToDependenciesSucceed",
      message: "Sync schedule results to dependencies succeed.",
    }),
  );
}
