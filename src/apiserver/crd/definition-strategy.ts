import { CustomResourceDefinition, type Strategy } from "../../api/index.ts";
import { findCondition, type KubeObject, setCondition, unstructured, withFinalizer } from "../../apimachinery/index.ts";
import { deepEqual, isRecord } from "../../std/index.ts";
import type { Registry } from "../registry.ts";
import type { SchemaPool } from "../schema-pool.ts";
import { apiApproval } from "./api-approval.ts";
import { acceptNames, type NamingOutcome } from "./definition-names.ts";
import { definitionErrors, definitionUpdateErrors } from "./definition-validation.ts";
import { formatWarnings } from "./format-warnings.ts";

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
  const { pool } = context;
  const typed: Strategy<Definition> = {
    applyDefaults: (definition) => completeDefinition(definition, pool),
    prepareForCreate: (definition) => withDefinitionStatus({ ...definition, status: {} }, context),
    prepareForUpdate: (definition) => withDefinitionStatus(definition, context),
    validate: (definition) => definitionErrors(definition, pool.rules),
    validateUpdate: definitionUpdateErrors,
    warnings: formatWarnings,
    beginDeletion: (definition, now) => withFinalizer(terminating(definition, Date.parse(now)), CLEANUP_FINALIZER),
  };
  return untyped(typed);
}

/** Forgets the object type: the server hands every strategy objects of the kind it was registered for. */
function untyped(strategy: Strategy<Definition>): Strategy {
  const { applyDefaults, prepareForCreate, prepareForUpdate, validate, validateUpdate, warnings, beginDeletion } =
    strategy;
  const as = (object: KubeObject): Definition => unstructured(object) as KubeObject as Definition;
  return {
    applyDefaults: (object) => applyDefaults?.(as(object)) ?? object,
    prepareForCreate: (object) => prepareForCreate?.(as(object)) ?? object,
    prepareForUpdate: (object, before) => prepareForUpdate?.(as(object), as(before)) ?? object,
    validate: (object) => validate?.(as(object)) ?? [],
    validateUpdate: (object, before) => validateUpdate?.(as(object), as(before)) ?? [],
    beginDeletion: (object, now) => beginDeletion?.(as(object), now) ?? object,
    warnings: (object, before) => warnings?.(as(object), before === undefined ? undefined : as(before)) ?? [],
  };
}

function completeDefinition(definition: Definition, pool: SchemaPool): Definition {
  const { spec: given } = definition;
  const spec = { ...given, names: given?.names ?? {} } as Definition["spec"];
  const { names } = spec;
  const { kind = "" } = names;
  const completeNames =
    kind === ""
      ? names
      : { ...names, singular: names.singular ?? kind.toLowerCase(), listKind: names.listKind ?? `${kind}List` };
  const versions = spec.versions?.map((version) => {
    const schema = version.schema?.openAPIV3Schema;
    return schema === undefined ? version : { ...version, schema: { openAPIV3Schema: pool.intern(schema) } };
  });
  const conversion = completeConversion(spec.conversion);
  const complete = { ...spec, names: completeNames, ...(versions === undefined ? {} : { versions }), conversion };
  return deepEqual(complete, given) && versions?.every((version, index) => sharesSchema(version, spec.versions[index]))
    ? definition
    : { ...definition, spec: complete };
}

function completeConversion(
  conversion: Definition["spec"]["conversion"],
): NonNullable<Definition["spec"]["conversion"]> {
  if (conversion === undefined) return { strategy: "None" };
  const { webhook } = conversion;
  const config = isRecord(webhook) ? webhook.clientConfig : undefined;
  const service = isRecord(config) ? config.service : undefined;
  if (!isRecord(webhook) || !isRecord(config) || !isRecord(service) || service.port !== undefined) return conversion;
  return { ...conversion, webhook: { ...webhook, clientConfig: { ...config, service: { ...service, port: 443 } } } };
}

type Version = Definition["spec"]["versions"][number];

function sharesSchema(left: Version, right: Version | undefined): boolean {
  return left.schema?.openAPIV3Schema === right?.schema?.openAPIV3Schema;
}

function terminating(definition: Definition, nowMs: number): Definition {
  const condition: Condition = {
    type: "Terminating",
    status: "True",
    reason: "InstanceDeletionPending",
    message: "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
  };
  const { status } = definition;
  return { ...definition, status: { ...status, conditions: setCondition(status?.conditions, condition, nowMs) } };
}

/** A definition with its names given or refused, as things stand. */
export function withDefinitionStatus(definition: Definition, context: Omit<DefinitionContext, "pool">): Definition {
  const { spec, status } = definition;
  const nowMs = context.nowMs();
  const others = (context.registry().lookup(CustomResourceDefinition)?.list() ?? [])
    .map(asDefinition)
    .filter(({ metadata }) => metadata.name !== definition.metadata.name);
  const naming = acceptNames(definition, others);
  const isEstablished = findCondition(status?.conditions, "Established")?.status === "True";
  let conditions = setCondition<Condition>(status?.conditions, namesCondition(naming), nowMs);
  if (!isEstablished) conditions = setCondition<Condition>(conditions, establishedCondition(naming), nowMs);
  const approval = apiApproval(definition);
  if (approval !== undefined)
    conditions = setCondition<Condition>(
      conditions,
      { type: "KubernetesAPIApprovalPolicyConformant", ...approval },
      nowMs,
    );
  const stored = status?.storedVersions ?? [];
  const storage = spec.versions?.find((version) => version.storage)?.name;
  const storedVersions = storage === undefined || stored.includes(storage) ? stored : [...stored, storage];
  return { ...definition, status: { ...status, conditions, acceptedNames: naming.accepted, storedVersions } };
}

function namesCondition({ conflict }: NamingOutcome): Condition {
  return conflict === undefined
    ? { type: "NamesAccepted", status: "True", reason: "NoConflicts", message: "no conflicts found" }
    : { type: "NamesAccepted", status: "False", ...conflict };
}

function establishedCondition({ conflict }: NamingOutcome): Condition {
  return conflict === undefined
    ? {
        type: "Established",
        status: "True",
        reason: "InitialNamesAccepted",
        message: "the initial names have been accepted",
      }
    : { type: "Established", status: "False", reason: "NotAccepted", message: "not all names are accepted" };
}

/** Whether a definition's names are its own, so that its resource is served. */
export function isServed(definition: CustomResourceDefinition): boolean {
  return findCondition(definition.status?.conditions, "Established")?.status === "True";
}

/** Whether a definition still waits for some of its names. */
export function isWaitingForNames(definition: CustomResourceDefinition): boolean {
  return findCondition(definition.status?.conditions, "NamesAccepted")?.status === "False";
}

/** A stored object, known by its bucket to be a definition. */
export function asDefinition(object: KubeObject): CustomResourceDefinition {
  return unstructured(object) as KubeObject as CustomResourceDefinition;
}

/** Whether `kind` is that of definitions themselves. */
export function isDefinitionKind(kind: { readonly group: string; readonly plural: string }): boolean {
  return kind.group === CustomResourceDefinition.group && kind.plural === CustomResourceDefinition.plural;
}
