import { isRecord } from "../../std/index.ts";
import type { JsonSchema } from "../schema/json-schema.ts";
import { RESOURCE_FIELDS } from "./object-meta-schema.ts";
import { goZeros } from "./value-structs.ts";

export type ScalarType = "numeric" | "string" | "boolean" | "untyped";

/** How a list is owned: as a whole, or item by item, told apart by `keys` or (where there are none) by value. */
export type ListType = {
  readonly atomic: boolean;
  readonly keys: readonly string[];
  readonly items: () => FieldType;
};

/** How a map or struct is owned: as a whole, or field by field. */
export type MapType = {
  readonly atomic: boolean;
  /** Takes any field of any type, as nothing is known about it. */
  readonly deduced: boolean;
  readonly declares: (name: string) => boolean;
  /** The type of a field; `undefined` when there may be none of that name. */
  readonly field: (name: string) => FieldType | undefined;
  readonly defaultOf: (name: string) => unknown;
  /** What the Go struct behind it always holds ({@link goZeros}). */
  readonly zeros: ReadonlyMap<string, unknown>;
};

/** What a value may be for ownership's sake (structured-merge-diff `schema.Atom`); at least one of the three. */
export type FieldType = { readonly scalar?: ScalarType; readonly list?: ListType; readonly map?: MapType };

export type FieldKind = "map" | "scalar" | "list";

/** As which of its alternatives a type takes a value; for null and misfits the first there is. */
export function kindOfValue(type: FieldType, value: unknown): FieldKind {
  if (Array.isArray(value)) {
    if (type.list !== undefined) return "list";
  } else if (isRecord(value)) {
    if (type.map !== undefined) return "map";
  } else if (value !== undefined && value !== null && type.scalar !== undefined) return "scalar";
  if (type.map !== undefined) return "map";
  return type.scalar !== undefined ? "scalar" : "list";
}

const NO_KEYS: readonly string[] = [];
const NO_ZEROS: ReadonlyMap<string, unknown> = new Map();

/** Owned as a whole, whatever it is (`__untyped_atomic_`). */
const UNTYPED: FieldType = {
  scalar: "untyped",
  list: { atomic: true, keys: NO_KEYS, items: () => UNTYPED },
  map: {
    atomic: true,
    deduced: false,
    declares: () => false,
    field: () => UNTYPED,
    defaultOf: () => undefined,
    zeros: NO_ZEROS,
  },
};

/** What is known of an object without a schema: its maps are owned field by field, its lists as a whole (`__untyped_deduced_`). */
const DEDUCED: FieldType = {
  scalar: "untyped",
  list: { atomic: true, keys: NO_KEYS, items: () => UNTYPED },
  map: {
    atomic: false,
    deduced: true,
    declares: () => false,
    field: () => DEDUCED,
    defaultOf: () => undefined,
    zeros: NO_ZEROS,
  },
};

/** What Go's structs hold of a field they cannot do without: upstream's schemas state it as its default. */
function goDefault({ "x-go-type": goType, required, properties }: JsonSchema, name: string): unknown {
  if (goType === undefined || required?.includes(name) !== true) return undefined;
  return ZEROS[properties?.[name]?.type ?? ""];
}

const ZEROS: Readonly<Record<string, unknown>> = { string: "", integer: 0 };

/** Reads types from schemas, each once for as long as someone holds the schema (kube-openapi `schemaconv`). */
export class FieldTypes {
  readonly #resources = new WeakMap<JsonSchema, FieldType>();
  readonly #strict = new WeakMap<JsonSchema, FieldType>();
  readonly #preserving = new WeakMap<JsonSchema, FieldType>();

  /** The type of a whole resource; what custom resources do not say of apiVersion, kind and metadata is added. */
  ofResource(schema: JsonSchema | undefined): FieldType {
    if (schema === undefined) return DEDUCED;
    let type = this.#resources.get(schema);
    if (type === undefined) {
      // Built-in kinds describe all of metadata.
      const complete = schema.properties?.metadata?.properties?.managedFields !== undefined;
      type = this.#of(complete ? schema : withResourceFields(schema), false);
      this.#resources.set(schema, type);
    }
    return type;
  }

  #of(schema: JsonSchema, preserve: boolean): FieldType {
    const known = preserve ? this.#preserving : this.#strict;
    let type = known.get(schema);
    if (type === undefined) {
      type = this.#read(schema, preserve || schema["x-kubernetes-preserve-unknown-fields"] === true);
      known.set(schema, type);
    }
    return type;
  }

  #read(stated: JsonSchema, preserve: boolean): FieldType {
    const schema = stated["x-kubernetes-embedded-resource"] === true ? withResourceFields(stated) : stated;
    if (schema["x-kubernetes-int-or-string"] === true || schema.anyOf?.[0]?.format === "quantity")
      return { scalar: "untyped" };
    switch (schema.type) {
      case "object":
        return { map: this.#map(schema, preserve) };
      case "array":
        return { list: this.#list(schema, preserve) };
      case "integer":
      case "number":
        return { scalar: "numeric" };
      case "boolean":
        return { scalar: "boolean" };
      case "string":
        return { scalar: schema.format === undefined || schema.format === "byte" ? "string" : "untyped" };
      default:
        return { scalar: "untyped", list: this.#list(schema, preserve), map: this.#map(schema, preserve) };
    }
  }

  #map(schema: JsonSchema, preserve: boolean): MapType {
    const properties = new Map(Object.entries(schema.properties ?? {}));
    const { additionalProperties } = schema;
    const free = additionalProperties === undefined ? preserve || properties.size === 0 : additionalProperties === true;
    const element = free
      ? DEDUCED
      : typeof additionalProperties === "object"
        ? this.#of(additionalProperties, preserve)
        : undefined;
    const types = new Map<string, FieldType>();
    return {
      atomic: schema["x-kubernetes-map-type"] === "atomic",
      deduced: free && properties.size === 0,
      declares: (name) => properties.has(name),
      field: (name) => {
        const property = properties.get(name);
        if (property === undefined) return element;
        let type = types.get(name);
        if (type === undefined) {
          type = this.#of(property, preserve);
          types.set(name, type);
        }
        return type;
      },
      defaultOf: (name) => properties.get(name)?.default ?? goDefault(schema, name),
      zeros: goZeros(schema),
    };
  }

  #list(schema: JsonSchema, preserve: boolean): ListType {
    const { items } = schema;
    let type: FieldType | undefined;
    return {
      ...listRelationship(schema),
      items: () => {
        type ??= items === undefined ? UNTYPED : this.#of(items, preserve);
        return type;
      },
    };
  }
}

/** What is not said to be a set or a map is atomic; strategic merge speaks where `x-kubernetes-list-type` does not. */
function listRelationship(schema: JsonSchema): { readonly atomic: boolean; readonly keys: readonly string[] } {
  const listType = schema["x-kubernetes-list-type"];
  if (listType === "map") return { atomic: false, keys: schema["x-kubernetes-list-map-keys"] ?? NO_KEYS };
  if (listType !== undefined) return { atomic: listType === "atomic", keys: NO_KEYS };
  const strategy = schema["x-kubernetes-patch-strategy"];
  if (strategy !== "merge" && strategy !== "merge,retainKeys") return { atomic: true, keys: NO_KEYS };
  const mergeKey = schema["x-kubernetes-patch-merge-key"];
  return { atomic: false, keys: mergeKey === undefined ? NO_KEYS : [mergeKey] };
}

function withResourceFields(schema: JsonSchema): JsonSchema {
  return { ...schema, properties: { ...schema.properties, ...RESOURCE_FIELDS } };
}
