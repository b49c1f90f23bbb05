/** A field of a declared object: how CEL names it, what it is called in the data, and its type. */
export type CelField = { readonly property: string; readonly type: CelType };

/** How lists of a schema compare and join: by position, as sets, or by the keys of their items. */
export type ListSemantics = "atomic" | "set" | { readonly keys: readonly string[] };

/**
 * A type of the Common Expression Language. Types made from schemas carry how large their values may get (`maxElements`), which
 * is what costs are estimated from.
 */
export type CelType =
  | { readonly kind: Scalar }
  | { readonly kind: "dyn" | "string" | "bytes" | "timestamp" | "duration"; readonly maxElements?: number }
  | {
      readonly kind: "list";
      readonly element: CelType;
      readonly maxElements?: number;
      readonly semantics?: ListSemantics;
    }
  | { readonly kind: "map"; readonly key: CelType; readonly value: CelType; readonly maxElements?: number }
  | { readonly kind: "optional"; readonly of: CelType }
  | { readonly kind: "object"; readonly name: string; readonly fields: ReadonlyMap<string, CelField> }
  /** Types of Kubernetes' library: `kubernetes.Quantity`, `net.IP`, … */
  | { readonly kind: "opaque"; readonly name: string }
  /** A type parameter of a function declaration. */
  | { readonly kind: "parameter"; readonly name: string }
  /** A parameter while it is being inferred. */
  | { readonly kind: "variable"; readonly id: number };

type Scalar = "null" | "bool" | "int" | "uint" | "double" | "type";

export const BOOL: CelType = { kind: "bool" };
export const INT: CelType = { kind: "int" };
export const DOUBLE: CelType = { kind: "double" };
export const STRING: CelType = { kind: "string" };
export const DYN: CelType = { kind: "dyn" };

/** `list(element)`. */
export function listOf(element: CelType): CelType {
  return { kind: "list", element };
}

/** `map(key, value)`. */
export function mapOf(key: CelType, value: CelType): CelType {
  return { kind: "map", key, value };
}

/** `optional_type(of)`. */
export function optionalOf(of: CelType): CelType {
  return { kind: "optional", of };
}

const NAMES: Readonly<Record<string, string>> = {
  null: "null",
  timestamp: "google.protobuf.Timestamp",
  duration: "google.protobuf.Duration",
};

/** A type as cel-go's messages name it (`checker.FormatCELType`). */
export function formatType(type: CelType): string {
  switch (type.kind) {
    case "list":
      return `list(${formatType(type.element)})`;
    case "map":
      return `map(${formatType(type.key)}, ${formatType(type.value)})`;
    case "optional":
      return `optional_type(${formatType(type.of)})`;
    case "object":
    case "opaque":
    case "parameter":
      return type.name;
    case "variable":
      return `_var${type.id}`;
    default:
      return NAMES[type.kind] ?? type.kind;
  }
}
