import { CustomResourceDefinition, type Strategy } from "../../api/index.ts";
import { findCondition, type KubeObject, setCondition, unstructured, withFinalizer } from "../../apimachinery/index.ts";
import { deepEqual } from "../../std/index.ts";
import type { Registry } from "../registry.ts";
import type { SchemaPool } from "../schema-pool.ts";
import { definitionErrors, definitionUpdateErrors } from "./definition-validation.ts";

/** Keeps a definition until its instances are gone (`apiextensions.CustomResourceCleanupFinalizer`). */
export const CLEANUP_FINALIZER = "customresourcecleanup.apiextensions.k8s.io";

type Definition = CustomResourceDefinition;
type Condition = NonNullable<NonNullable<Definition["status"]>["conditions"]>[number];

/** What the strategy asks of the server it belongs to. */
export type DefinitionContext = {
  readonly nowMs: () => number;
  readonly pool: SchemaPool;
  readonly registry: () => Registry;
};

/**
 * CustomResourceDefinitions are accepted on the spot: what upstream's naming and establishing controllers write into the status
 * later is there from the first version on.
 */
export function definitionStrategy(context: DefinitionContext): Strategy {
  const typed: Strategy<Definition> = {
    applyDefaults: (definition) => completeDefinition(definition, context.pool),
    prepareForCreate: (definition) =>
      withFinalizer(withStatus({ ...definition, status: {} }, context), CLEANUP_FINALIZER),
    prepareForUpdate: (definition) => withStatus(definition, context),
    validate: definitionErrors,
    validateUpdate: definitionUpdateErrors,
  };
  return untyped(typed);
}

/** Forgets the object type: the server hands every strategy objects of the kind it was registered for. */
function untyped(strategy: Strategy<Definition>): Strategy {
  const { applyDefaults, prepareForCreate, prepareForUpdate, validate, validateUpdate } = strategy;
  const as = (object: KubeObject): Definition => unstructured(object) as KubeObject as Definition;
  return {
    applyDefaults: (object) => applyDefaults?.(as(object)) ?? object,
    prepareForCreate: (object) => prepareForCreate?.(as(object)) ?? object,
    prepareForUpdate: (object, before) => prepareForUpdate?.(as(object), as(before)) ?? object,
    validate: (object) => validate?.(as(object)) ?? [],
    validateUpdate: (object, before) => validateUpdate?.(as(object), as(before)) ?? [],
  };
}

function completeDefinition(definition: Definition, pool: SchemaPool): Definition {
  const { spec } = definition;
  if (spec?.names?.kind === undefined || !Array.isArray(spec.versions)) return definition;
  const { names } = spec;
  const completeNames = {
    ...names,
    singular: names.singular ?? names.kind.toLowerCase(),
    listKind: names.listKind ?? `${names.kind}List`,
  };
  const versions = spec.versions.map((version) => {
    const schema = version.schema?.openAPIV3Schema;
    return schema === undefined ? version : { ...version, schema: { openAPIV3Schema: pool.intern(schema) } };
  });
  const complete = { ...spec, names: completeNames, versions, conversion: spec.conversion ?? { strategy: "None" } };
  return deepEqual(complete, spec) && versions.every((version, index) => sharesSchema(version, spec.versions[index]))
    ? definition
    : { ...definition, spec: complete };
}

type Version = Definition["spec"]["versions"][number];

function sharesSchema(left: Version, right: Version | undefined): boolean {
  return left.schema?.openAPIV3Schema === right?.schema?.openAPIV3Schema;
}

function withStatus(definition: Definition, context: DefinitionContext): Definition {
  const { spec, status } = definition;
  if (spec?.names?.plural === undefined || !Array.isArray(spec.versions)) return definition;
  const nowMs = context.nowMs();
  const clash = nameClash(definition, context.registry());
  let conditions = setCondition<Condition>(status?.conditions, namesCondition(clash), nowMs);
  if (clash === undefined || findCondition(conditions, "Established") === undefined)
    conditions = setCondition<Condition>(conditions, establishedCondition(clash), nowMs);
  const stored = status?.storedVersions ?? [];
  const storage = spec.versions.find((version) => version.storage)?.name;
  const storedVersions = storage === undefined || stored.includes(storage) ? stored : [...stored, storage];
  return { ...definition, status: { ...status, conditions, acceptedNames: spec.names, storedVersions } };
}

function namesCondition(clash: string | undefined): Condition {
  return clash === undefined
    ? { type: "NamesAccepted", status: "True", reason: "NoConflicts", message: "no conflicts found" }
    : { type: "NamesAccepted", status: "False", reason: "KindConflict", message: clash };
}

function establishedCondition(clash: string | undefined): Condition {
  return clash === undefined
    ? {
        type: "Established",
        status: "True",
        reason: "InitialNamesAccepted",
        message: "the initial names have been accepted",
      }
    : { type: "Established", status: "False", reason: "NotAccepted", message: "not all names are accepted" };
}

/** Why the names cannot be had: another resource of the group goes by the same kind. */
function nameClash(definition: Definition, registry: Registry): string | undefined {
  const { group, names } = definition.spec;
  const holder = registry
    .resources()
    .find(
      ({ kind, custom }) => custom && kind.group === group && kind.plural !== names.plural && kind.kind === names.kind,
    );
  return holder === undefined ? undefined : `${JSON.stringify(names.kind)} is already in use`;
}

/** Whether a definition's names are its own, so that its resource is served. */
export function isServed(definition: CustomResourceDefinition): boolean {
  return findCondition(definition.status?.conditions, "Established")?.status === "True";
}

/** A stored object, known by its bucket to be a definition. */
export function asDefinition(object: KubeObject): CustomResourceDefinition {
  return unstructured(object) as KubeObject as CustomResourceDefinition;
}

/** Whether `kind` is that of definitions themselves. */
export function isDefinitionKind(kind: { readonly group: string; readonly plural: string }): boolean {
  return kind.group === CustomResourceDefinition.group && kind.plural === CustomResourceDefinition.plural;
}
