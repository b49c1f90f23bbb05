import type { JsonSchema } from "../../apimachinery/index.ts";
import { RESERVED } from "./tokens.ts";
import { BOOL, type CelField, type CelType, DOUBLE, INT, type ListSemantics, STRING } from "./types.ts";

/** The type of values of a schema, and how small one can be in JSON: many of the small ones fit into a request. */
export type Declared = { readonly type: CelType; readonly minSize: number };

/** The largest request, in bytes; what a schema does not limit is limited by it (`apiservercel.DefaultMaxRequestSizeBytes`). */
export const MAX_REQUEST_BYTES = 3 * 1024 * 1024;

const MIN_STRING = 2;
const MIN_BOOL = 4;
const TIMES: Readonly<Record<string, { readonly type: CelType; readonly minSize: number }>> = {
  duration: { type: { kind: "duration", maxElements: 32 }, minSize: 3 },
  date: { type: { kind: "timestamp", maxElements: 12 }, minSize: 12 },
  "date-time": { type: { kind: "timestamp", maxElements: 32 }, minSize: 21 },
};

/** Turns structural schemas into types expressions are checked against (`k8s.io/apiserver/pkg/cel/common/schemas.go`). */
export class SchemaTypes {
  readonly #known = new WeakMap<JsonSchema, Map<boolean, Declared | undefined>>();

  /** The type of a schema; `undefined` for what expressions cannot see: schemas that say nothing about type. */
  declare(schema: JsonSchema, isRoot: boolean, name = "object"): Declared | undefined {
    const known = this.#known.get(schema) ?? new Map<boolean, Declared | undefined>();
    this.#known.set(schema, known);
    if (!known.has(isRoot)) known.set(isRoot, this.#build(schema, isRoot, name));
    return known.get(isRoot);
  }

  #build(schema: JsonSchema, isRoot: boolean, name: string): Declared | undefined {
    if (schema["x-kubernetes-int-or-string"] === true) {
      const maxElements = schema.maxLength === undefined ? MAX_REQUEST_BYTES - 2 : schema.maxLength * 4;
      return { type: { kind: "dyn", maxElements }, minSize: 1 };
    }
    switch (schema.type) {
      case "array":
        return this.#list(schema, name);
      case "object":
        return this.#object(schema, isRoot, name);
      case "string":
        return text(schema);
      case "boolean":
        return { type: BOOL, minSize: MIN_BOOL };
      case "number":
        return { type: DOUBLE, minSize: 1 };
      case "integer":
        return { type: INT, minSize: 1 };
      default:
        return undefined;
    }
  }

  #list(schema: JsonSchema, name: string): Declared | undefined {
    const { items, maxItems } = schema;
    const declared = items === undefined ? undefined : this.declare(items, isEmbedded(items), `${name}.@idx`);
    if (declared === undefined) return undefined;
    const maxElements = maxItems ?? Math.floor((MAX_REQUEST_BYTES - 2) / (declared.minSize + 1));
    const semantics = semanticsOf(schema);
    const type: CelType = {
      kind: "list",
      element: declared.type,
      maxElements,
      ...(semantics === undefined ? {} : { semantics }),
    };
    return { type, minSize: 2 };
  }

  #object(schema: JsonSchema, isRoot: boolean, name: string): Declared | undefined {
    const { additionalProperties, maxProperties } = schema;
    if (typeof additionalProperties === "object") {
      const declared = this.declare(additionalProperties, isEmbedded(additionalProperties), `${name}.@elem`);
      if (declared === undefined) return undefined;
      const maxElements = maxProperties ?? Math.floor((MAX_REQUEST_BYTES - 2) / (declared.minSize + 6));
      return { type: { kind: "map", key: STRING, value: declared.type, maxElements }, minSize: 2 };
    }
    const fields = new Map<string, CelField>();
    let minSize = 2;
    for (const [property, part] of Object.entries(isRoot ? withIdentity(schema) : (schema.properties ?? {}))) {
      const declared = this.declare(part, isEmbedded(part), `${name}.${property}`);
      if (declared === undefined) continue;
      const escaped = escapeName(property);
      if (escaped !== undefined) fields.set(escaped, { property, type: declared.type });
      if (schema.required?.includes(property) === true && part.default === undefined)
        minSize += property.length + declared.minSize + 4;
    }
    return { type: { kind: "object", name, fields }, minSize };
  }
}

const TEXT: JsonSchema = { type: "string" };
const IDENTITY: Readonly<Record<string, JsonSchema>> = {
  kind: TEXT,
  apiVersion: TEXT,
  metadata: { type: "object", properties: { name: TEXT, generateName: TEXT } },
};

/** At the root of resources, what identifies them is there whether the schema speaks of it or not. */
function withIdentity({ properties }: JsonSchema): Readonly<Record<string, JsonSchema>> {
  const metadata = properties?.metadata?.properties;
  const named = [properties?.kind, properties?.apiVersion, metadata?.name, metadata?.generateName];
  return named.every((field) => field?.type === "string") ? (properties ?? {}) : { ...properties, ...IDENTITY };
}

function isEmbedded(schema: JsonSchema): boolean {
  return schema["x-kubernetes-embedded-resource"] === true;
}

function semanticsOf(schema: JsonSchema): ListSemantics | undefined {
  const listType = schema["x-kubernetes-list-type"];
  if (listType === "set") return "set";
  return listType === "map" ? { keys: schema["x-kubernetes-list-map-keys"] ?? [] } : undefined;
}

function text(schema: JsonSchema): Declared {
  const { format = "", maxLength, enum: allowed = [] } = schema;
  const time = TIMES[format];
  if (time !== undefined) return time;
  if (format === "byte")
    return { type: { kind: "bytes", maxElements: maxLength ?? MAX_REQUEST_BYTES - 2 }, minSize: MIN_STRING };
  // A character takes up to four bytes.
  if (maxLength !== undefined) return { type: { kind: "string", maxElements: maxLength * 4 }, minSize: MIN_STRING };
  const longest = Math.max(...allowed.map((value) => String(value).length));
  const maxElements = allowed.length > 0 ? longest : MAX_REQUEST_BYTES - 2;
  return { type: { kind: "string", maxElements }, minSize: MIN_STRING };
}

const ESCAPES: Readonly<Record<string, string>> = {
  __: "__underscores__",
  ".": "__dot__",
  "-": "__dash__",
  "/": "__slash__",
};

/** The name of a property that is called like a word of the language; others keep theirs. */
export function escapeReserved(property: string): string {
  return RESERVED.has(property) ? `__${property}__` : property;
}

/** How expressions name a property (`apiservercel.Escape`); `undefined` for one they cannot. */
function escapeName(property: string): string | undefined {
  if (!/^[A-Za-z_./-][\w./-]*$/.test(property)) return undefined;
  if (RESERVED.has(property)) return escapeReserved(property);
  return property.replace(/__|[./-]/g, (part) => ESCAPES[part] ?? part);
}
