import {
  apiVersionOf,
  type CompiledSchema,
  failure,
  type KubeObject,
  StatusError,
  statusErrors,
  type Unstructured,
  unstructured,
} from "../apimachinery/index.ts";
import { isRecord } from "../std/index.ts";
import type { Call, Warnings } from "./core.ts";
import { metadataShapeError } from "./metadata-shape.ts";

/**
 * The body of a create or update as this resource takes it: of the right kind, and (when it came through a door that states
 * `fieldValidation`) of the right shape, without nulls and unknown fields. Objects of typed code pass as they are.
 */
export function readBody(call: Call, body: KubeObject | undefined, warnings: Warnings): Unstructured {
  if (body === undefined) throw statusErrors.badRequest("no object was given");
  checkKind(call, body);
  return shapeBody(call, unstructured(body), warnings);
}

/** The part of {@link readBody} that also holds for what a patch came to. */
export function shapeBody(call: Call, object: Unstructured, warnings: Warnings): Unstructured {
  const { resource, core, options } = call;
  if (options.fieldValidation === undefined) return object;
  const wrongShape = metadataShapeError(object, resource.kind.kind);
  if (wrongShape !== undefined) throw cannotBeHandled(call, wrongShape);
  const shaped = resource.custom ? object : (withoutNulls(object) as Unstructured);
  const schema = core.schemaOf(resource);
  const unknown: string[] = [];
  const pruned =
    schema?.pruneUnknown(shaped, (path) => unknown.push(`unknown field ${JSON.stringify(path)}`)) ?? shaped;
  // A value of the wrong type stops Go's decoder before it could report anything else.
  const isTyped = schema !== undefined && !resource.custom && resource.descriptor.schema === undefined;
  if (isTyped) checkTypes(call, schema, pruned);
  reportFields(call, unknown, warnings);
  return isTyped ? schema.decode(pruned) : pruned;
}

/** An object of the store as a body would read that says the same: typed code writes no zero values and no empty structs. */
export function asDecoded({ resource, core, options }: Call, stored: Unstructured): Unstructured {
  if (options.fieldValidation === undefined || resource.custom || resource.descriptor.schema !== undefined)
    return stored;
  return core.schemaOf(resource)?.decode(stored) ?? stored;
}

/** Fields nobody knows and fields stated twice stop a strict request, and warn or pass in silence otherwise. */
function reportFields(call: Call, unknown: readonly string[], warnings: Warnings): void {
  const { fieldValidation } = call.options;
  const stated = call.request.duplicateFields ?? [];
  if (fieldValidation === "Ignore" || (unknown.length === 0 && stated.length === 0)) return;
  const duplicates = stated.map((path) => `duplicate field ${JSON.stringify(path)}`);
  // Custom resources are decoded first and pruned later.
  const found = call.resource.custom ? [...duplicates, ...unknown] : [...unknown, ...duplicates];
  if (fieldValidation === "Strict") throw cannotBeHandled(call, `strict decoding error: ${found.join(", ")}`);
  warnings.push(...found);
}

/** Built-in kinds are decoded into Go structs, which fails on a value of another type; all else is for their own validation. */
function checkTypes(call: Call, schema: CompiledSchema, object: Unstructured): void {
  const wrong = schema.validateShape(object).find((error) => error.type === "FieldValueTypeInvalid");
  if (wrong === undefined) return;
  const wanted = /must be of type ([^:]+)/.exec(wrong.detail)?.[1] ?? "another type";
  const field = `${call.resource.kind.kind}.${wrong.field}`;
  throw cannotBeHandled(
    call,
    `json: cannot unmarshal ${String(wrong.value)} into Go struct field ${field} of type ${wanted}`,
  );
}

function checkKind(call: Call, body: KubeObject): void {
  const { resource } = call;
  if (!isRecord(body) || !isRecord(body.metadata)) {
    if (!isRecord(body)) throw statusErrors.badRequest("the object provided is no object");
    if (body.metadata !== undefined && body.metadata !== null)
      throw cannotBeHandled(call, "json: cannot unmarshal metadata into Go value of type v1.ObjectMeta");
  }
  if (body.kind === undefined || body.kind === "")
    throw statusErrors.badRequest("Object 'Kind' is missing in the data provided");
  if (body.apiVersion !== resource.apiVersion)
    throw statusErrors.badRequest(
      `the API version in the data (${String(body.apiVersion ?? "")}) does not match the expected API version (${resource.apiVersion})`,
    );
  if (body.kind !== resource.kind.kind)
    throw statusErrors.badRequest(
      `the object provided is unrecognized (must be of type ${resource.kind.kind}): no kind ${JSON.stringify(body.kind)} is registered for version ${JSON.stringify(body.apiVersion)}`,
    );
}

function cannotBeHandled(call: Call, why: string): StatusError {
  const { kind, version, group } = call.resource.kind;
  // Built-in kinds are named with their bare version, custom ones are decoded elsewhere and have no such preamble.
  const preamble = call.resource.custom
    ? ""
    : `${kind} in version ${JSON.stringify(group === "" ? version : apiVersionOf({ group: "", version }))} cannot be handled as a ${kind}: `;
  return new StatusError(failure("BadRequest", `${preamble}${why}`));
}

/** What Go's decoder makes of nulls in typed objects: nothing. Shares whatever has none. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(withoutNulls);
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  if (!isRecord(value)) return value;
  let cleaned: Record<string, unknown> | undefined;
  for (const field in value) {
    const before = value[field];
    const after = withoutNulls(before);
    if (after === before && before !== null) continue;
    cleaned ??= { ...value };
    if (before === null) delete cleaned[field];
    else cleaned[field] = after;
  }
  return cleaned ?? value;
}
