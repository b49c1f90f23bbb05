import {
  apiVersionOf,
  type CompiledSchema,
  failure,
  type JsonSchema,
  type KubeObject,
  parseApiVersion,
  StatusError,
  statusErrors,
  type Unstructured,
  unstructured,
} from "../apimachinery/index.ts";
import { isRecord } from "../std/index.ts";
import type { Call, Warnings } from "./core.ts";
import { decodeError } from "./decode-error.ts";
import { metadataShapeError } from "./metadata-shape.ts";
import { internalPackage } from "./resource.ts";

/**
 * The body of a create or update as this resource takes it: of the right kind, and (when it came through a door that states
 * `fieldValidation`) of the right shape, without nulls and unknown fields. Objects of typed code pass as they are.
 */
export function readBody(call: Call, body: KubeObject | undefined, warnings: Warnings): Unstructured {
  if (body === undefined) throw statusErrors.badRequest("no object was given");
  const stated = typed(call, body);
  checkKind(call, stated);
  return shapeBody(call, unstructured(stated), warnings);
}

/** The part of {@link readBody} that also holds for what a patch came to. */
export function shapeBody(call: Call, object: Unstructured, warnings: Warnings): Unstructured {
  const { resource, core, options } = call;
  if (options.fieldValidation === undefined) return object;
  const wrongShape = metadataShapeError(object, resource.kind.kind);
  if (wrongShape !== undefined) throw cannotBeHandled(call, wrongShape);
  const shaped = resource.custom ? object : (withoutNulls(object, core.schemaOf(resource)?.schema) as Unstructured);
  const schema = core.schemaOf(resource);
  const unknown: string[] = [];
  const pruned =
    schema?.pruneUnknown(shaped, (path) => unknown.push(`unknown field ${JSON.stringify(path)}`)) ?? shaped;
  // A value of the wrong type stops Go's decoder before it could report anything else.
  const isTyped = schema !== undefined && resource.typed;
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
  const { kind, apiVersion } = call.resource;
  const value = valueAt(object, wrong.field);
  throw cannotBeHandled(call, decodeError(call.core.schemaDocument(apiVersion), kind, { path: wrong.field, value }));
}

function valueAt(object: unknown, path: string): unknown {
  let value = object;
  for (const step of path.match(/[^.[\]]+/g) ?? [])
    value = (value as Readonly<Record<string, unknown>> | undefined)?.[step];
  return value;
}

/** A body that leaves out what it is, is what its place says; custom resources must say it themselves. */
function typed(call: Call, body: KubeObject): KubeObject {
  const { resource } = call;
  if (!resource.typed || call.options.fieldValidation === undefined || !isRecord(body)) return body;
  const kind = body.kind || resource.kind.kind;
  const apiVersion = body.apiVersion || resource.apiVersion;
  const metadata = body.metadata ?? { name: "" };
  if (kind === body.kind && apiVersion === body.apiVersion && metadata === body.metadata) return body;
  return { ...body, apiVersion, kind, metadata };
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
  if (body.apiVersion === resource.apiVersion && body.kind === resource.kind.kind) return;
  if (resource.typed) throw otherKind(call, body);
  throw statusErrors.badRequest(
    body.apiVersion === resource.apiVersion
      ? `the object provided is unrecognized (must be of type ${resource.kind.kind}): no kind ${JSON.stringify(body.kind)} is registered for version ${JSON.stringify(body.apiVersion)}`
      : `the API version in the data (${String(body.apiVersion ?? "")}) does not match the expected API version (${resource.apiVersion})`,
  );
}

/** What comes of an object of another kind: Go cannot convert it if it knows it, and says so if it does not. */
function otherKind(call: Call, { kind, apiVersion = "" }: KubeObject): StatusError {
  const { core, resource } = call;
  const { group, version } = parseApiVersion(apiVersion);
  const known = core.registry
    .resources()
    .find((one) => one.typed && one.kind.kind === kind && one.kind.group === group && one.kind.version === version);
  if (known !== undefined && kind === resource.kind.kind && group === resource.kind.group)
    return statusErrors.badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${resource.apiVersion})`,
    );
  const why =
    known === undefined
      ? `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/api/legacyscheme/scheme.go:30"`
      : `converting (${version}.${kind}) to (${internalPackage(resource)}.${resource.kind.kind}): unknown conversion`;
  return statusErrors.badRequest(
    `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${resource.kind.kind}: ${why}`,
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

/** What Go's decoder makes of nulls in typed objects: nothing, or empty text in a map of texts. Shares whatever has none. */
export function withoutNulls(value: unknown, schema?: JsonSchema): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => withoutNulls(item, schema?.items));
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  if (!isRecord(value)) return value;
  const entry = typeof schema?.additionalProperties === "object" ? schema.additionalProperties : undefined;
  let cleaned: Record<string, unknown> | undefined;
  for (const field in value) {
    const before = value[field];
    const part = schema?.properties?.[field] ?? entry;
    const after = before === null && entry?.type === "string" ? "" : withoutNulls(before, part);
    if (after === before && before !== null) continue;
    cleaned ??= { ...value };
    if (after === null) delete cleaned[field];
    else cleaned[field] = after;
  }
  return cleaned ?? value;
}
