import { type FieldError, statusErrors, type Unstructured, unstructured } from "../apimachinery/index.ts";
import type { Call } from "./core.ts";
import { customResourceErrors } from "./crd/custom-resource-validation.ts";
import { objectMetaErrors } from "./metadata.ts";
import type { Resource } from "./resource.ts";

/** Fills in what the kind's own rules and its schema say is to be there. */
export function applyDefaults(call: Call, object: Unstructured): Unstructured {
  const { resource, core } = call;
  const schema = resource.custom ? core.schemaOf(resource) : undefined;
  const shaped = schema === undefined ? object : schema.applyDefaults(schema.pruneUnknown(object));
  const { applyDefaults: fillIn } = resource.descriptor.strategy ?? {};
  return fillIn === undefined ? shaped : unstructured(fillIn(shaped));
}

/** Throws the 422 of everything that is wrong with `object`; `before` is absent for a new one. */
export function validate(call: Call, object: Unstructured, before: Unstructured | undefined): void {
  const { resource } = call;
  const { strategy } = resource.descriptor;
  const errors: FieldError[] = [...objectMetaErrors(resource, object, before), ...schemaErrors(call, object, before)];
  const part = strategy?.parts?.[call.request.subresource ?? ""];
  if (before !== undefined && part !== undefined) errors.push(...part.validate(object, before));
  else {
    if (strategy?.validate !== undefined) errors.push(...strategy.validate(object, before));
    if (before !== undefined && strategy?.validateUpdate !== undefined)
      errors.push(...strategy.validateUpdate(object, before));
  }
  throwInvalid(call, object, errors);
}

/** Validation of a write of the status subresource. */
export function validateStatus(call: Call, object: Unstructured, before: Unstructured): void {
  const check = call.resource.descriptor.strategy?.validateStatus;
  throwInvalid(call, object, [
    ...objectMetaErrors(call.resource, object, before),
    ...schemaErrors(call, object, before),
    ...(check?.(object, before) ?? []),
  ]);
}

/** Tells a client beyond this process what upstream warns of in a valid object, each thing once. */
export function warn(
  { resource, request, options, warnings }: Call,
  object: Unstructured,
  before?: Unstructured,
): void {
  const { strategy } = resource.descriptor;
  if (warnings === undefined || strategy === undefined || options.fieldValidation === undefined) return;
  const isStatus = request.subresource === "status" && before !== undefined;
  if (request.subresource !== undefined && !isStatus) return;
  const found = isStatus ? strategy.statusWarnings?.(object, before) : strategy.warnings?.(object, before);
  for (const text of found ?? []) if (!warnings.includes(text)) warnings.push(text);
}

export function throwInvalid(call: Call, object: Unstructured, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw statusErrors.invalid(ownKind(call), object.metadata.name, errors);
}

/** The kind as which upstream keeps and checks objects, which is the one it names. */
function ownKind({ resource }: Call): Resource["kind"] {
  return resource.descriptor.storedAs ?? resource.kind;
}

/** Custom resources are held to their schema by every write; kinds with a schema of their own when the body came from outside. */
function schemaErrors(call: Call, object: Unstructured, before: Unstructured | undefined): readonly FieldError[] {
  const { resource, options, core } = call;
  if (resource.custom) return customResourceErrors(call, object, before);
  const bound = resource.descriptor.schema !== undefined && options.fieldValidation !== undefined;
  const schema = bound ? core.schemaOf(resource) : undefined;
  return schema === undefined ? [] : schema.validate(object);
}
