import {
  dns1123SubdomainErrors,
  type FieldError,
  invalid,
  labelValueErrors,
  type ObjectMeta,
  qualifiedNameErrors,
  type StatusError,
  statusErrors,
  type Unstructured,
} from "../apimachinery/index.ts";
import { deepEqual } from "../std/index.ts";
import type { Resource } from "./resource.ts";

const ANNOTATIONS_MAX_BYTES = 256 * 1024;

type MutableMeta = { -readonly [Field in keyof ObjectMeta]: ObjectMeta[Field] };

/** What a client may say of a new object's metadata; everything else is the server's to fill in. */
export function requestedMeta(meta: ObjectMeta): MutableMeta {
  const { resourceVersion, managedFields, ...requested } = meta;
  const result: MutableMeta = requested;
  delete result.uid;
  delete result.creationTimestamp;
  delete result.deletionTimestamp;
  delete result.deletionGracePeriodSeconds;
  delete result.generation;
  if ("selfLink" in result) Reflect.deleteProperty(result, "selfLink");
  return result;
}

/**
 * The metadata of an update: what the server owns stays as it was, the rest is as proposed.
 * `k8s.io/apimachinery/pkg/api/validation.ValidateObjectMetaAccessorUpdate` is equally lenient with what is left out.
 */
export function updatedMeta(before: ObjectMeta, proposed: ObjectMeta): ObjectMeta {
  if (proposed === before) return before;
  const result = requestedMeta(proposed);
  result.name = before.name;
  if (before.namespace !== undefined) result.namespace = before.namespace;
  else delete result.namespace;
  if (before.uid !== undefined) result.uid = before.uid;
  if (before.resourceVersion !== undefined) result.resourceVersion = before.resourceVersion;
  if (before.generation !== undefined) result.generation = before.generation;
  if (before.creationTimestamp !== undefined) result.creationTimestamp = before.creationTimestamp;
  if (before.deletionTimestamp !== undefined) result.deletionTimestamp = before.deletionTimestamp;
  if (before.deletionGracePeriodSeconds !== undefined)
    result.deletionGracePeriodSeconds = before.deletionGracePeriodSeconds;
  if (before.managedFields !== undefined) result.managedFields = before.managedFields;
  if (before.generateName !== undefined) result.generateName ??= before.generateName;
  for (const list of ["finalizers", "ownerReferences"] as const) if (result[list]?.length === 0) delete result[list];
  return result;
}

/** Rejects a proposal that contradicts what no update may change. */
export function immutableMetaErrors(before: ObjectMeta, proposed: ObjectMeta): readonly FieldError[] {
  const errors: FieldError[] = [];
  for (const field of ["deletionTimestamp", "deletionGracePeriodSeconds"] as const) {
    const value: unknown = proposed[field];
    // A deletion once asked for can neither be taken back nor be asked for by an update.
    if (value === undefined || value === null || value === before[field]) continue;
    if (field === "deletionTimestamp" && sameInstant(String(value), before[field])) continue;
    errors.push(...immutable(field, value));
  }
  if (before.deletionTimestamp !== undefined) {
    const added = (proposed.finalizers ?? []).filter((finalizer) => before.finalizers?.includes(finalizer) !== true);
    if (added.length > 0)
      errors.push({
        type: "FieldValueForbidden",
        field: "metadata.finalizers",
        detail: `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((finalizer) => JSON.stringify(finalizer)).join(", ")}}`,
      });
  }
  return errors;
}

/** Findings about the metadata of `object`; parts shared with `before` are known to be right. */
export function objectMetaErrors(
  resource: { readonly descriptor: Pick<Resource["descriptor"], "strategy"> } & Partial<
    Pick<Resource, "custom" | "kind">
  >,
  object: Unstructured,
  before: Unstructured | undefined,
): readonly FieldError[] {
  const meta = object.metadata;
  const known = before?.metadata;
  if (meta === known) return [];
  const errors: FieldError[] = [];
  if (before === undefined) {
    const validateName = resource.descriptor.strategy?.validateName ?? dns1123SubdomainErrors;
    for (const detail of validateName(meta.name)) errors.push(invalid("metadata.name", meta.name, detail));
  }
  if (meta.labels !== known?.labels) errors.push(...labelErrors(meta.labels));
  if (meta.annotations !== known?.annotations) errors.push(...annotationErrors(meta.annotations));
  if (meta.finalizers !== known?.finalizers)
    errors.push(
      ...finalizerErrors(meta.finalizers, resource.custom === false && !SERVED_APART.has(resource.kind?.group)),
    );
  if (meta.ownerReferences !== known?.ownerReferences) errors.push(...ownerReferenceErrors(meta));
  return errors;
}

/** Groups of servers that stand before Kubernetes' own and know less of its rules. */
const SERVED_APART: ReadonlySet<string | undefined> = new Set(["apiextensions.k8s.io", "apiregistration.k8s.io"]);
const STANDARD_FINALIZERS = ["kubernetes", "orphan", "foregroundDeletion"];

/** Finalizers of built-in kinds say whose they are, unless they are Kubernetes' own. */
function finalizerErrors(finalizers: readonly string[] = [], builtIn: boolean): readonly FieldError[] {
  const errors = finalizers.flatMap((finalizer) =>
    qualifiedNameErrors(finalizer).map((detail) => invalid("metadata.finalizers", finalizer, detail)),
  );
  const nobodys = "name is neither a standard finalizer name nor is it fully qualified";
  for (const [index, finalizer] of finalizers.entries())
    if (builtIn && !finalizer.includes("/") && !STANDARD_FINALIZERS.includes(finalizer))
      errors.push(invalid(`metadata.finalizers[${index}]`, finalizer, nobodys));
  return errors;
}

export const NO_NAME = "name or generateName is required";
export const OTHER_NAMESPACE = "the namespace of the provided object does not match the namespace sent on the request";

/** Stops a write addressed to one object with another's name, namespace or identity. */
export function checkIdentity(
  resource: Resource,
  before: Unstructured,
  proposed: ObjectMeta,
  by: "update" | "patch" = "update",
): void {
  const { name } = before.metadata;
  if (resource.kind.namespaced && proposed.namespace && proposed.namespace !== before.metadata.namespace)
    throw statusErrors.badRequest(OTHER_NAMESPACE);
  if (!proposed.name)
    throw statusErrors.badRequest(
      `the name of the object (${name} based on URL) was undeterminable: name must be provided`,
    );
  if (proposed.name !== name)
    throw statusErrors.badRequest(
      `the name of the object (${proposed.name}) does not match the name on the URL (${name})`,
    );
  if (proposed.uid && proposed.uid !== before.metadata.uid) throw otherUid(resource, before, proposed.uid, by);
  const { resourceVersion } = proposed;
  if (!namesVersion(proposed) || resourceVersion === before.metadata.resourceVersion) return;
  if (/^\d+$/.test(resourceVersion ?? "")) throw statusErrors.modified(resource.kind, name);
  throw statusErrors.badRequest(`strconv.ParseUint: parsing ${JSON.stringify(resourceVersion)}: invalid syntax`);
}

/** Whether an update names the version of the object it is to replace: zero names none (`Store.Update`). */
export function namesVersion({ resourceVersion = "" }: Pick<ObjectMeta, "resourceVersion">): boolean {
  return !/^0*$/.test(resourceVersion);
}

/** An update is held to the object it names as to a precondition, which the storage words. */
function otherUid(resource: Resource, before: Unstructured, uid: string, by: "update" | "patch"): StatusError {
  const { name, namespace, uid: present } = before.metadata;
  const { group, kind, plural } = resource.kind;
  if (by === "patch") return statusErrors.invalid({ group, kind }, name, immutable("uid", uid));
  const key = [
    "/registry",
    ...(resource.custom ? [group] : []),
    plural,
    ...(namespace === undefined ? [] : [namespace]),
    name,
  ];
  const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${present}`;
  return statusErrors.conflict(
    resource.kind,
    name,
    `StorageError: invalid object, Code: 4, Key: ${key.join("/")}, ResourceVersion: 0, AdditionalErrorMsg: ${why}`,
  );
}

/** Whether anything but metadata (and status, when it is a subresource) differs: what `metadata.generation` counts. */
export function differsInGeneration(resource: Resource, before: Unstructured, after: Unstructured): boolean {
  const { status, generation } = resource.descriptor;
  const statusApart = status === true;
  if (typeof generation === "string" && !deepEqual(before.metadata[generation], after.metadata[generation]))
    return true;
  const differs = (field: string): boolean => {
    if (field === "metadata" || field === "apiVersion" || (statusApart && field === "status")) return false;
    return !deepEqual(before[field], after[field]);
  };
  for (const field in after) if (differs(field)) return true;
  for (const field in before) if (!(field in after) && differs(field)) return true;
  return false;
}

function labelErrors(labels: ObjectMeta["labels"]): FieldError[] {
  const errors: FieldError[] = [];
  for (const [key, value] of Object.entries(labels ?? {})) {
    for (const detail of qualifiedNameErrors(key)) errors.push(invalid("metadata.labels", key, detail));
    for (const detail of labelValueErrors(value)) errors.push(invalid("metadata.labels", value, detail));
  }
  return errors;
}

function annotationErrors(annotations: ObjectMeta["annotations"]): FieldError[] {
  const errors: FieldError[] = [];
  let size = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    for (const detail of qualifiedNameErrors(key.toLowerCase()))
      errors.push(invalid("metadata.annotations", key, detail));
    size += key.length + value.length;
  }
  if (size > ANNOTATIONS_MAX_BYTES)
    errors.push({
      type: "FieldValueTooLong",
      field: "metadata.annotations",
      detail: `may not be more than ${ANNOTATIONS_MAX_BYTES} bytes`,
    });
  return errors;
}

function ownerReferenceErrors(meta: ObjectMeta): FieldError[] {
  const errors: FieldError[] = [];
  const references = meta.ownerReferences ?? [];
  for (const reference of references)
    for (const field of ["apiVersion", "kind", "name", "uid"] as const)
      if (!reference[field])
        errors.push({
          type: "FieldValueInvalid",
          field: `metadata.ownerReferences.${field}`,
          value: reference[field] ?? "",
          detail: field === "apiVersion" ? "version must not be empty" : "must not be empty",
        });
  const controllers = references.filter((reference) => reference.controller === true);
  if (controllers.length > 1)
    errors.push(
      invalid(
        "metadata.ownerReferences",
        references,
        `Only one reference can have Controller set to true. Found "true" in references for ${controllers[0]?.kind}/${controllers[0]?.name} and ${controllers[1]?.kind}/${controllers[1]?.name}`,
      ),
    );
  return errors;
}

/** Told by the server's own validation and again by that of the kind. */
function immutable(field: string, value: unknown): readonly FieldError[] {
  const error = { type: "FieldValueInvalid", field: `metadata.${field}`, value, detail: "field is immutable" } as const;
  return [error, error];
}

function sameInstant(left: string, right: string | undefined): boolean {
  return right !== undefined && Date.parse(left) === Date.parse(right);
}

/** Stops webhooks from making another object of one that is there (`ValidateObjectMetaUpdate`). */
export function checkSameIdentity({ kind }: Resource, before: Unstructured, changed: ObjectMeta): void {
  const { name = "", namespace, uid, resourceVersion } = changed;
  const { metadata } = before;
  if (kind.namespaced && namespace && namespace !== metadata.namespace) throw statusErrors.badRequest(OTHER_NAMESPACE);
  const errors: readonly FieldError[] = [
    ...(name === "" ? [{ type: "FieldValueRequired", field: "metadata.name", detail: NO_NAME } as const] : []),
    ...(name === metadata.name ? [] : immutable("name", name)),
    ...(uid === metadata.uid ? [] : immutable("uid", uid)),
  ];
  if (errors.length > 0) throw statusErrors.invalid({ group: kind.group, kind: kind.kind }, name, errors);
  if (resourceVersion !== metadata.resourceVersion) throw statusErrors.modified(kind, name);
}

/** A review as it is answered: it has no name, whatever it was made of. */
export function withoutName(object: Unstructured): Unstructured {
  const { name: _, ...metadata } = { ...object.metadata };
  return { ...object, metadata: metadata as ObjectMeta };
}
