import { isRecord } from "../../std/index.ts";
import { goZero } from "../schema/decoding.ts";
import type { JsonSchema } from "../schema/json-schema.ts";
import type { FieldType } from "./field-type.ts";

/**
 * What a Go struct holds of each field it cannot do without: a struct that is no pointer, a plain value or a list that is written
 * even when there is nothing in it, a time that is null.
 */
export function goZeros(schema: JsonSchema): ReadonlyMap<string, unknown> {
  const { properties = {}, required = [] } = schema;
  const pointers = new Set(schema["x-go-pointers"]);
  const zeros = new Map<string, unknown>();
  if (schema["x-go-type"] === undefined) return zeros;
  for (const name of [...required, ...(schema["x-go-written"] ?? [])]) {
    const property = properties[name] ?? {};
    const zero = property.properties === undefined ? goZero(property) : undefined;
    if (zero !== undefined && !pointers.has(name)) zeros.set(name, zero);
  }
  for (const name of schema["x-go-times"] ?? []) zeros.set(name, null);
  for (const name of schema["x-go-lists"] ?? []) zeros.set(name, []);
  for (const name of schema["x-go-structs"] ?? []) zeros.set(name, {});
  return zeros;
}

/**
 * An object of a built-in kind with all that Go's structs hold where it says nothing, as far as it is reached from the root without
 * pointers: nobody ever adds that. The same object when it lacks nothing.
 */
export function withValueStructs(type: FieldType, object: unknown): unknown {
  return isRecord(object) && object.metadata === undefined
    ? completed(type, { ...object, metadata: {} })
    : completed(type, object);
}

function completed(type: FieldType, object: unknown): unknown {
  const { map } = type;
  if (map === undefined || map.atomic || !isRecord(object)) return object;
  let complete: Record<string, unknown> | undefined;
  for (const [name, zero] of map.zeros) {
    const before = object[name] ?? zero;
    const part = isRecord(zero) ? map.field(name) : undefined;
    const after = part === undefined ? before : completed(part, before);
    if (after === object[name]) continue;
    complete ??= { ...object };
    complete[name] = after;
  }
  return complete ?? object;
}
