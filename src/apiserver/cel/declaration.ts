import { must } from "../../std/index.ts";
import { isMap } from "./equality.ts";
import { type CelType, DYN, listOf, mapOf, optionalOf } from "./types.ts";
import { Duration, isOpaque, Optional, Timestamp, TypeValue, Uint } from "./values.ts";

/** Does the work of a function on values that fit its parameters. */
export type Implementation = (...values: never[]) => unknown;

/** One way to call a function: by which types, to which result. A method's receiver is its first parameter. */
export type Overload = {
  readonly name: string;
  readonly method: boolean;
  readonly parameters: readonly CelType[];
  readonly result: CelType;
  readonly apply: (values: readonly unknown[]) => unknown;
};

/**
 * Reads `string.charAt(int): string` (a method), `size(string): int` or `sets.contains(list<A>, list<A>): bool` (functions).
 * Single capitals are type parameters; Kubernetes' own types go by short names.
 */
export function declare(signature: string, implementation: Implementation): Overload {
  const parts = must(/^(?:([\w<>, ]+)\.)?([^\s.()]+)\((.*)\): (.+)$/.exec(signature), `signature ${signature}`);
  const [, receiver, name = "", list = "", result = ""] = parts;
  const method = receiver !== undefined && !NAMESPACES.has(receiver);
  const parameters = splitTypes(list);
  return {
    name: receiver === undefined || method ? name : `${receiver}.${name}`,
    method,
    parameters: (method ? [receiver, ...parameters] : parameters).map(typeOf),
    result: typeOf(result),
    apply: (values) => (implementation as (...all: readonly unknown[]) => unknown)(...values),
  };
}

/** Prefixes of functions that are no receivers. */
const NAMESPACES: ReadonlySet<string> = new Set(["sets", "lists", "math", "optional", "strings", "ip", "format"]);

const OPAQUE: Readonly<Record<string, string>> = {
  Quantity: "kubernetes.Quantity",
  Url: "kubernetes.URL",
  Ip: "net.IP",
  Cidr: "net.CIDR",
  Semver: "kubernetes.Semver",
  Format: "kubernetes.NamedFormat",
  Authorizer: "kubernetes.authorization.Authorizer",
  PathCheck: "kubernetes.authorization.PathCheck",
  GroupCheck: "kubernetes.authorization.GroupCheck",
  ResourceCheck: "kubernetes.authorization.ResourceCheck",
  Decision: "kubernetes.authorization.Decision",
};

const PLAIN: Readonly<Record<string, CelType>> = {
  null: { kind: "null" },
  bool: { kind: "bool" },
  int: { kind: "int" },
  uint: { kind: "uint" },
  double: { kind: "double" },
  string: { kind: "string" },
  bytes: { kind: "bytes" },
  timestamp: { kind: "timestamp" },
  duration: { kind: "duration" },
  type: { kind: "type" },
  dyn: DYN,
};

/** A type by the name signatures use. */
function typeOf(text: string): CelType {
  const plain = PLAIN[text];
  if (plain !== undefined) return plain;
  if (/^[A-Z]$/.test(text)) return { kind: "parameter", name: text };
  const opaque = OPAQUE[text];
  if (opaque !== undefined) return { kind: "opaque", name: opaque };
  const [, kind, inner = ""] = must(/^(list|map|optional)<(.+)>$/.exec(text), `type ${text}`);
  const [first = DYN, second = DYN] = splitTypes(inner).map(typeOf);
  if (kind === "list") return listOf(first);
  return kind === "map" ? mapOf(first, second) : optionalOf(first);
}

function splitTypes(list: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = "";
  for (const character of list) {
    if (character === "," && depth === 0) {
      parts.push(part.trim());
      part = "";
      continue;
    }
    if (character === "<") depth++;
    if (character === ">") depth--;
    part += character;
  }
  if (part.trim() !== "") parts.push(part.trim());
  return parts;
}

/** Whether a value may be passed for a parameter: what decides between overloads when types are not known before. */
export function acceptsValue(type: CelType, value: unknown): boolean {
  switch (type.kind) {
    case "bool":
      return typeof value === "boolean";
    case "int":
      return typeof value === "bigint";
    case "uint":
      return value instanceof Uint;
    case "double":
      return typeof value === "number";
    case "string":
      return typeof value === "string";
    case "bytes":
      return value instanceof Uint8Array;
    case "null":
      return value === null;
    case "timestamp":
      return value instanceof Timestamp;
    case "duration":
      return value instanceof Duration;
    case "type":
      return value instanceof TypeValue;
    case "list":
      return Array.isArray(value) && value.every((item) => acceptsValue(type.element, item));
    case "map":
    case "object":
      return isMap(value);
    case "optional":
      return value instanceof Optional;
    case "opaque":
      return isOpaque(value) && value.typeName === type.name;
    default:
      return true;
  }
}
