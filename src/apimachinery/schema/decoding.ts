import { isRecord } from "../../std/index.ts";
import { formatQuantity, tryParseQuantity } from "../quantity.ts";
import type { JsonSchema } from "./json-schema.ts";

type Decode = (value: unknown) => unknown;
type Field = {
  /** Its zero value is nothing, so it is not written. */
  readonly drops: boolean;
  readonly decode: Decode | undefined;
};

/**
 * Compiles what a decoder of Go structs makes of JSON: zero values and empty lists and maps are the same as nothing, structs that
 * are no pointers are always there, and so are scalars a type requires. Schemas without fields (maps, lists, scalars) are walked
 * through; nothing else is touched.
 */
export class DecodingCompiler {
  readonly #decoders = new Map<JsonSchema, Decode>();

  compile(schema: JsonSchema): Decode {
    const known = this.#decoders.get(schema);
    if (known !== undefined) return known;
    let decode: Decode | undefined;
    if (isQuantity(schema)) {
      this.#decoders.set(schema, canonicalQuantity);
      return canonicalQuantity;
    }
    const lazily: Decode = (value) => {
      if (typeof value !== "object" || value === null) return value;
      decode ??= this.#compileNode(schema);
      return decode(value);
    };
    this.#decoders.set(schema, lazily);
    return lazily;
  }

  #compileNode(schema: JsonSchema): Decode {
    const { properties, items, additionalProperties } = schema;
    if (properties !== undefined) return this.#compileStruct(schema, properties);
    const inner = items ?? additionalProperties;
    if (typeof inner !== "object" || !holdsStructs(inner)) return (value) => value;
    const decode = this.compile(inner);
    return (value) => (Array.isArray(value) ? decodeItems(value, decode) : decodeEntries(value, decode));
  }

  #compileStruct(schema: JsonSchema, properties: Readonly<Record<string, JsonSchema>>): Decode {
    const required = new Set(schema.required);
    const pointers = new Set(schema["x-go-pointers"]);
    const fields = new Map<string, Field>();
    const zeros = new Map<string, unknown>();
    const written = new Set(schema["x-go-written"]);
    for (const [name, property] of Object.entries(properties)) {
      const isWritten = required.has(name) || written.has(name);
      const zero = pointers.has(name) ? undefined : zeroOf(property);
      const decode = holdsStructs(property) ? this.compile(property) : undefined;
      fields.set(name, { drops: !isWritten && !pointers.has(name) && canBeNothing(property), decode });
      if (isWritten && zero !== undefined) zeros.set(name, zero);
    }
    for (const name of schema["x-go-times"] ?? []) zeros.set(name, null);
    const structs = (schema["x-go-structs"] ?? []).map((name) => [name, this.compile(properties[name] ?? {})] as const);
    return (value) => (isRecord(value) ? decodeFields(value, fields, zeros, structs) : value);
  }
}

function decodeFields(
  record: Readonly<Record<string, unknown>>,
  fields: ReadonlyMap<string, Field>,
  zeros: ReadonlyMap<string, unknown>,
  structs: readonly (readonly [name: string, decode: Decode])[],
): Readonly<Record<string, unknown>> {
  let after: Record<string, unknown> | undefined;
  for (const name in record) {
    const field = fields.get(name);
    if (field === undefined) continue;
    const value = record[name];
    if (field.drops && isNothing(value)) {
      after ??= { ...record };
      delete after[name];
    } else if (field.decode !== undefined) {
      const decoded = field.decode(value);
      if (decoded === value) continue;
      after ??= { ...record };
      after[name] = decoded;
    }
  }
  for (const [name, zero] of zeros) {
    if (record[name] !== undefined) continue;
    after ??= { ...record };
    after[name] = zero;
  }
  for (const [name, decode] of structs) {
    if (record[name] !== undefined) continue;
    after ??= { ...record };
    after[name] = decode({});
  }
  return after ?? record;
}

function decodeItems(list: readonly unknown[], decode: Decode): readonly unknown[] {
  const items = list.map(decode);
  return items.every((item, index) => item === list[index]) ? list : items;
}

function decodeEntries(value: unknown, decode: Decode): unknown {
  if (!isRecord(value)) return value;
  let after: Record<string, unknown> | undefined;
  for (const key in value) {
    const decoded = decode(value[key]);
    if (decoded === value[key]) continue;
    after ??= { ...value };
    after[key] = decoded;
  }
  return after ?? value;
}

/** A quantity as it is written again: with the suffix its size asks for (`0.5` is `500m`). What is none stays for validation. */
function canonicalQuantity(value: unknown): unknown {
  const quantity = tryParseQuantity(value);
  return quantity === undefined ? value : formatQuantity(quantity);
}

function isQuantity({ anyOf }: JsonSchema): boolean {
  return anyOf?.some(({ format }) => format === "quantity") === true;
}

/** Zero values; empty structs are dropped nowhere, since only maps without fields come here. */
function isNothing(value: unknown): boolean {
  if (value === "" || value === 0 || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isRecord(value) && Object.keys(value).length === 0;
}

/** Scalars, lists and maps have a zero that says nothing; a struct is either a pointer or always there. */
function canBeNothing(schema: JsonSchema): boolean {
  if (schema.type === "array") return true;
  if (schema.type === "object") return schema.properties === undefined && schema.additionalProperties !== undefined;
  return schema.type !== undefined && zeroOf(schema) !== undefined;
}

function zeroOf(schema: JsonSchema): unknown {
  const { type, format } = schema;
  if (isQuantity(schema)) return "0";
  if (schema["x-kubernetes-int-or-string"] === true) return 0;
  switch (type) {
    case "boolean":
      return false;
    case "integer":
    case "number":
      return 0;
    case "string":
      return format === "date-time" ? undefined : "";
    default:
      return undefined;
  }
}

/** What a null among the items of a list or the entries of a map comes to: Go leaves the zero of its type; undefined where that is nil. */
export function goZero(schema: JsonSchema): unknown {
  return schema.properties === undefined ? zeroOf(schema) : {};
}

/** Whether anything below is decoded at all. */
function holdsStructs(schema: JsonSchema): boolean {
  const { type, properties, items, additionalProperties } = schema;
  if (properties !== undefined || isQuantity(schema)) return true;
  if (type === "array") return items !== undefined && holdsStructs(items);
  return typeof additionalProperties === "object" && holdsStructs(additionalProperties);
}
