import { isRecord } from "../../std/index.ts";
import { quantityError } from "../quantity.ts";
import { goTimeError } from "./go-time.ts";
import type { JsonSchema } from "./json-schema.ts";

/** Where a value stands: the field that holds it, of which Go struct (by its schema), and where that stands; put into words on error. */
type Place = {
  readonly struct: JsonSchema | string;
  readonly field: string;
  readonly within?: Place;
  readonly words: Words;
};

/** Says that `value`, a number perhaps of the wrong `literal`, is not of the Go type a schema stands for. */
type Words = (
  what: {
    readonly value: unknown;
    readonly type: string;
    readonly place: Place;
  } & Wanted,
) => string;

type Wanted = {
  /** The kind of Go's plain values the type is one of; times and the like read their JSON themselves, as such a value. */
  readonly scalar?: string;
  readonly reads?: string;
  readonly literal?: string;
};

type Fields = Readonly<Record<string, unknown>>;

const INT32_MAX = 2 ** 31 - 1;

/**
 * What Go's decoder says of the first value that does not fit the Go types behind `schema`; `undefined` when all do. `within` is
 * the field the value was found in, when it was decoded along with what holds it.
 */
export function goDecodingError(
  schema: JsonSchema,
  value: unknown,
  within?: { readonly struct: string; readonly field: string },
): string | undefined {
  return errorOf(schema, value, { ...(within ?? NOWHERE), words: unmarshalTypeError });
}

/** What Go's conversion of maps to typed objects (`runtime.FromUnstructured`) says, with which strategic merge patches end. */
export function goConversionError(schema: JsonSchema, value: unknown): string | undefined {
  return errorOf(schema, value, { ...NOWHERE, words: restoreError });
}

const NOWHERE = { struct: "", field: "" };

function errorOf(schema: JsonSchema, value: unknown, place: Place): string | undefined {
  // Go leaves at its zero value what is null.
  if (value === null || value === undefined) return undefined;
  if (schema["x-kubernetes-int-or-string"] === true)
    return typeof value === "string" || isInt32(value)
      ? undefined
      : mismatch(value, "int32", place, { reads: "int32" });
  if (isQuantity(schema)) return typeof value === "string" ? quantityError(value) : nonTextQuantity(value);
  switch (schema.type) {
    case "string":
      return textError(schema, value, place);
    case "boolean":
      return typeof value === "boolean" ? undefined : mismatch(value, "bool", place, { scalar: "bool" });
    case "integer":
    case "number":
      return numberError(schema, value, place);
    case "array":
      return listError(schema, value, place);
    case "object":
      return objectError(schema, value, place);
    default:
      return undefined;
  }
}

/** What the layout of `metav1.MicroTime` has between seconds and zone. */
const MICRO = ".000000";

function textError(schema: JsonSchema, value: unknown, place: Place): string | undefined {
  if (typeof value !== "string") {
    const { format } = schema;
    const wanted = format === "date-time" ? { reads: "string" } : format === "byte" ? {} : { scalar: "string" };
    return mismatch(value, typeName(schema, "string"), place, wanted);
  }
  if (schema.format === "date-time") return goTimeError(value, schema["x-go-type"] === "v1.MicroTime" ? MICRO : "");
  const corrupt = schema.format === "byte" ? base64Error(value) : undefined;
  // Its conversion reads bytes as JSON.
  return corrupt !== undefined && place.words === restoreError ? `error decoding from json: ${corrupt}` : corrupt;
}

function numberError(schema: JsonSchema, value: unknown, place: Place): string | undefined {
  const type = typeName(schema, "");
  if (typeof value !== "number") return mismatch(value, type, place, { scalar: type });
  if (schema.type === "number") return undefined;
  const fits = type === "int32" ? isInt32(value) : Number.isInteger(value);
  return fits ? undefined : mismatch(value, type, place, { scalar: type, literal: ` ${value}` });
}

function listError(schema: JsonSchema, value: unknown, place: Place): string | undefined {
  if (!Array.isArray(value)) return mismatch(value, typeName(schema, ""), place);
  const { items } = schema;
  if (items === undefined) return undefined;
  for (const item of value) {
    const error = errorOf(items, item, place);
    if (error !== undefined) return error;
  }
  return undefined;
}

function objectError(schema: JsonSchema, value: unknown, place: Place): string | undefined {
  if (!isRecord(value)) return mismatch(value, typeName(schema, "map[string]interface {}"), place);
  const { additionalProperties, properties } = schema;
  if (properties === undefined)
    return typeof additionalProperties === "object" ? entryError(additionalProperties, value, place) : undefined;
  const { words } = place;
  for (const field in value) {
    const property = Object.hasOwn(properties, field) ? properties[field] : undefined;
    if (property === undefined) continue;
    const error = errorOf(property, value[field], { struct: schema, field, within: place, words });
    if (error !== undefined) return error;
  }
  return undefined;
}

function entryError(schema: JsonSchema, value: Fields, place: Place): string | undefined {
  for (const name in value) {
    const error = errorOf(schema, value[name], place);
    if (error !== undefined) return error;
  }
  return undefined;
}

function mismatch(value: unknown, type: string, place: Place, wanted: Wanted = {}): string {
  return place.words({ value, type, place, ...wanted });
}

/** `encoding/json.UnmarshalTypeError`. */
const unmarshalTypeError: Words = ({ value, type, place, literal = "" }) => {
  const fields = fieldsOf(place);
  const target =
    fields === "" ? `Go value of type ${type}` : `Go struct field ${bareName(place.struct)}.${fields} of type ${type}`;
  return `json: cannot unmarshal ${goJsonType(value)}${literal} into ${target}`;
};

const RESTORED: Readonly<Record<string, string>> = { array: "slice", object: "map" };

const restoreError: Words = ({ value, type, scalar, reads }) => {
  const given = RESTORED[goJsonType(value)] ?? goKind(value);
  if (reads !== undefined) return `json: cannot unmarshal ${goJsonType(value)} into Go value of type ${reads}`;
  if (scalar !== undefined)
    return isConvertible(given, scalar) ? `cannot convert ${given} to ${type}` : `unrecognized type: ${scalar}`;
  if (type.startsWith("[]")) return `cannot restore slice from ${given}`;
  return type.startsWith("map[") ? `cannot restore map from ${given}` : `cannot restore struct from: ${given}`;
};

/** The kind a plain value has once Kubernetes has read its JSON. */
function goKind(value: unknown): string {
  return typeof value === "number" ? (Number.isInteger(value) ? "int64" : "float64") : goJsonType(value);
}

/** Whether Go would turn a value of one kind into the other, which JSON means by neither. */
function isConvertible(given: string, scalar: string): boolean {
  const isNumber = given === "int64" || given === "float64";
  return scalar === "string" ? given === "int64" : isNumber && scalar !== "bool";
}

/** The JSON type of a value as Go's decoder names it. */
export function goJsonType(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "boolean") return "bool";
  return value === null ? "null" : typeof value;
}

/** How Go's reflection prints the type behind a schema. */
function typeName(schema: JsonSchema, otherwise: string): string {
  const { type, format, items, additionalProperties } = schema;
  const named = schema["x-go-type"];
  if (named !== undefined) return named;
  if (schema["x-kubernetes-int-or-string"] === true) return "intstr.IntOrString";
  if (isQuantity(schema)) return "resource.Quantity";
  if (type === "string") return format === "byte" ? "[]uint8" : "string";
  if (type === "boolean") return "bool";
  if (type === "integer") return format === "int32" ? "int32" : "int64";
  if (type === "number") return "float64";
  if (type === "array") return `[]${items === undefined ? "interface {}" : typeName(items, "interface {}")}`;
  if (type === "object" && typeof additionalProperties === "object")
    return `map[string]${typeName(additionalProperties, "interface {}")}`;
  return otherwise;
}

/** The fields from the root to a place. */
function fieldsOf({ field, within }: Place): string {
  const before = within === undefined ? "" : fieldsOf(within);
  return before === "" ? field : `${before}.${field}`;
}

/** `DeploymentSpec` of `v1.DeploymentSpec`. */
function bareName(struct: JsonSchema | string): string {
  return typeof struct === "string" ? struct : (struct["x-go-type"]?.split(".").at(-1) ?? "");
}

function isQuantity(schema: JsonSchema): boolean {
  return schema.anyOf?.[0]?.format === "quantity";
}

function nonTextQuantity(value: unknown): string | undefined {
  return typeof value === "number" ? undefined : quantityError(JSON.stringify(value));
}

function isInt32(value: unknown): boolean {
  return typeof value === "number" && Number.isInteger(value) && Math.abs(value) <= INT32_MAX;
}

/** `encoding/base64.CorruptInputError`. */
function base64Error(text: string): string | undefined {
  const bad = text.search(/[^A-Za-z0-9+/=\r\n]/);
  if (bad >= 0) return `illegal base64 data at input byte ${bad}`;
  const bare = text.replace(/[\r\n]/g, "");
  const padding = bare.indexOf("=");
  if (padding >= 0 && !/^={1,2}$/.test(bare.slice(padding))) return `illegal base64 data at input byte ${padding}`;
  return bare.length % 4 === 0 ? undefined : `illegal base64 data at input byte ${bare.length - (bare.length % 4)}`;
}
