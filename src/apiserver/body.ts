import {
  goDecodingError,
  goZero,
  type JsonSchema,
  type KubeObject,
  OBJECT_META,
  parseApiVersion,
  type StatusError,
  statusErrors,
  type Unstructured,
  unstructured,
} from "../apimachinery/index.ts";
import { isRecord } from "../std/index.ts";
import type { Call, Warnings } from "./core.ts";
import { inFieldOrder } from "./field-order.ts";
import { internalPackage, type Resource } from "./resource.ts";

/** Makes the error of a body that cannot be decoded. */
type Refusal = (why: string) => StatusError;

/**
 * The body of a create or update as this resource takes it: of the right kind, and (when it came through a door that states
 * `fieldValidation`) of the right shape, without nulls and unknown fields. Objects of typed code pass as they are.
 */
export function readBody(call: Call, body: KubeObject | undefined, warnings: Warnings): Unstructured {
  if (body === undefined) throw statusErrors.badRequest("no object was given");
  return shapeBody(call, ofKind(call, body), warnings);
}

/** The part of {@link readBody} that also holds for what a patch came to; `refuse` words what is wrong with it. */
export function shapeBody(
  call: Call,
  object: Unstructured,
  warnings: Warnings,
  refuse: Refusal = (why) => cannotBeHandled(call, object, why),
): Unstructured {
  const { resource, core, options } = call;
  if (options.fieldValidation === undefined) return object;
  const schema = core.schemaOf(resource);
  const isTyped = schema !== undefined && resource.typed;
  // A value of the wrong type stops Go's decoder before it could report anything else.
  const wrong = isTyped ? goDecodingError(schema.schema, object) : metadataError(call, object);
  if (wrong !== undefined) throw refuse(wrong);
  const shaped = resource.custom
    ? withPart(object, "metadata", withoutNulls(object.metadata, OBJECT_META))
    : withReset(withoutNulls(object, schema?.schema) as Unstructured);
  const unknown: string[] = [];
  const pruned =
    schema?.pruneUnknown(shaped, (path) => unknown.push(`unknown field ${JSON.stringify(path)}`)) ?? shaped;
  const stated = call.request.strictErrors ?? [];
  // Typed objects are decoded in one go; custom ones first, and pruned later.
  const found = [...stated, ...unknown];
  const isMixed = !resource.custom && stated.length > 0 && unknown.length > 0;
  reportFields(call, isMixed ? inFieldOrder(object, found) : found, warnings, refuse);
  return isTyped ? schema.decode(pruned) : pruned;
}

/** Who states that nobody owns anything of a typed object resets who does, as one empty entry does, which decoding leaves alone. */
function withReset(object: Unstructured): Unstructured {
  const { managedFields } = object.metadata;
  if (managedFields === undefined || managedFields.length > 0) return object;
  return withPart(object, "metadata", { ...object.metadata, managedFields: [{}] });
}

function withPart(object: Unstructured, field: string, value: unknown): Unstructured {
  return object[field] === value ? object : ({ ...object, [field]: value } as Unstructured);
}

/** An object of the store as a body would read that says the same: typed code writes no zero values and no empty structs. */
export function asDecoded({ resource, core, options }: Call, stored: Unstructured): Unstructured {
  if (options.fieldValidation === undefined || !resource.typed) return stored;
  return core.schemaOf(resource)?.decode(stored) ?? stored;
}

/** Metadata of a kind no schema describes, and of a custom resource, which upstream decodes by itself. */
function metadataError({ resource }: Call, { metadata }: Unstructured): string | undefined {
  const within = resource.custom ? undefined : { struct: resource.kind.kind, field: "metadata" };
  return goDecodingError(OBJECT_META, metadata, within);
}

/** Fields nobody knows and fields stated twice stop a strict request, and warn or pass in silence otherwise. */
export function reportFields(call: Call, found: readonly string[], warnings: Warnings, refuse: Refusal): void {
  const { fieldValidation } = call.options;
  if (fieldValidation === "Ignore" || found.length === 0) return;
  if (fieldValidation === "Strict") throw refuse(`strict decoding error: ${found.join(", ")}`);
  warnings.push(...found);
}

/** The body as one of this resource's kind; typed kinds are told by where they are sent, when they do not say it themselves. */
function ofKind(call: Call, body: KubeObject): Unstructured {
  const { resource } = call;
  const { kind } = resource.kind;
  const stated = resource.typed ? withTypeOf(resource, body) : body;
  if (stated.apiVersion !== resource.apiVersion) throw otherVersion(call, stated);
  if (stated.kind === kind) return withMetadata(stated);
  if (!resource.typed)
    throw statusErrors.invalid({ group: resource.kind.group, kind: stated.kind }, stated.metadata?.name ?? "", [
      { type: "FieldValueInvalid", field: "kind", value: stated.kind, detail: `must be ${kind}` },
    ]);
  throw cannotBeHandled(call, stated, otherKind(call, stated, internalType(resource)));
}

function withTypeOf({ apiVersion, kind }: Resource, body: KubeObject): KubeObject {
  return body.apiVersion && body.kind
    ? body
    : { ...body, apiVersion: body.apiVersion || apiVersion, kind: body.kind || kind.kind };
}

/** Without metadata an object has metadata that says nothing. */
function withMetadata(body: KubeObject): Unstructured {
  return unstructured(
    body.metadata === undefined || body.metadata === null ? { ...body, metadata: {} as never } : body,
  );
}

function otherVersion(call: Call, body: KubeObject): StatusError {
  const { resource } = call;
  const { group } = parseApiVersion(String(body.apiVersion ?? ""));
  const isKnown = group === resource.kind.group && isServed(call, body);
  if (isKnown || !resource.typed)
    return statusErrors.badRequest(
      `the API version in the data (${String(body.apiVersion ?? "")}) does not match the expected API version (${resource.apiVersion})`,
    );
  return cannotBeHandled(call, body, otherKind(call, body, internalType(resource)));
}

/** What Go says of an object of another type: that it knows none, or that it cannot turn one into the other. */
export function otherKind(call: Call, body: KubeObject, wanted: string): string {
  const { version } = parseApiVersion(String(body.apiVersion ?? ""));
  if (!isServed(call, body))
    return `no kind ${JSON.stringify(body.kind)} is registered for version ${JSON.stringify(body.apiVersion)} in scheme "pkg/api/legacyscheme/scheme.go:30"`;
  return `converting (${version}.${body.kind}) to (${wanted}): unknown conversion`;
}

/** How Go names the type a resource's objects are read into. */
export function internalType(resource: Resource): string {
  return `${internalPackage(resource)}.${resource.kind.kind}`;
}

function isServed({ core }: Call, body: KubeObject): boolean {
  return core.registry
    .resources()
    .some(({ typed, apiVersion, kind }) => typed && apiVersion === body.apiVersion && kind.kind === body.kind);
}

function cannotBeHandled(call: Call, body: KubeObject, why: string): StatusError {
  const { version } = parseApiVersion(String(body.apiVersion ?? ""));
  return statusErrors.badRequest(
    `${body.kind} in version ${JSON.stringify(version)} cannot be handled as a ${call.resource.kind.kind}: ${why}`,
  );
}

/** What Go's decoder makes of nulls in typed objects: nothing, or their type's zero in lists and maps. Shares whatever has none. */
export function withoutNulls(value: unknown, schema?: JsonSchema): unknown {
  if (Array.isArray(value)) {
    const zero = schema?.items === undefined ? undefined : goZero(schema.items);
    const items = value.map((item) => (item === null ? (zero ?? null) : withoutNulls(item, schema?.items)));
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  if (!isRecord(value) || isRaw(schema)) return value;
  const entry = typeof schema?.additionalProperties === "object" ? schema.additionalProperties : undefined;
  let cleaned: Record<string, unknown> | undefined;
  for (const field in value) {
    const before = value[field];
    const part = schema?.properties?.[field] ?? entry;
    const after = before === null && entry !== undefined ? (goZero(entry) ?? null) : withoutNulls(before, part);
    if (after === before && before !== null) continue;
    cleaned ??= { ...value };
    if (after === null) delete cleaned[field];
    else cleaned[field] = after;
  }
  return cleaned ?? value;
}

/** JSON that is kept as it came (`runtime.RawExtension`). */
function isRaw(schema: JsonSchema | undefined): boolean {
  return schema?.["x-kubernetes-preserve-unknown-fields"] === true && schema.properties === undefined;
}
