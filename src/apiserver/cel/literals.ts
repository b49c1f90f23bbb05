import type { Expression } from "./expression.ts";
import type { Syntax } from "./syntax.ts";
import { BOOL, type CelType, INT, STRING } from "./types.ts";
import { TypeValue, Uint } from "./values.ts";

/** Types as values, by the names expressions use; `typeNameOf` tells a value's. */
const TYPE_NAMES: ReadonlyMap<string, string> = new Map(
  [
    ["int", "uint", "double", "bool", "string", "bytes", "list", "map", "null_type", "type", "optional_type"],
    ["google.protobuf.Timestamp", "google.protobuf.Duration", "net.IP", "net.CIDR"],
  ].flatMap((names) => names.map((name) => [name, name] as const)),
);

/** A type as a value, by the name expressions use. */
export function typeLiteral(name: string): Expression | undefined {
  const typeName = TYPE_NAMES.get(name);
  return typeName === undefined
    ? undefined
    : { node: "literal", value: new TypeValue(typeName), type: { kind: "type" } };
}

/** `sets` or `google.protobuf` of a chain of plain selections. */
export function qualifiedName(part: Syntax): string | undefined {
  if (part.node === "name") return part.name;
  if (part.node !== "select" || part.optional) return undefined;
  const before = qualifiedName(part.operand);
  return before === undefined ? undefined : `${before}.${part.field}`;
}

/** The type of a literal's value. */
export function literalType(value: unknown): CelType {
  switch (typeof value) {
    case "boolean":
      return BOOL;
    case "bigint":
      return INT;
    case "number":
      return { kind: "double" };
    case "string":
      return STRING;
    default:
      if (value instanceof Uint) return { kind: "uint" };
      return value === null ? { kind: "null" } : { kind: "bytes" };
  }
}
