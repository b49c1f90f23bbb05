import { isRecord } from "../../std/index.ts";
import { OBJECT_META } from "../managed-fields/object-meta-schema.ts";
import { childPath } from "./findings.ts";
import type { JsonSchema } from "./json-schema.ts";

/** Rewrites a value found at `path`; the same reference when nothing is dropped. */
export type Prune = (value: unknown, path: string, onUnknown: ((path: string) => void) | undefined) => unknown;

const TYPE_META = new Set(["apiVersion", "kind"]);

/** Compiles pruning (apiextensions `pruning`): fields a schema does not know are dropped, except where it says to preserve them. */
export class PruneCompiler {
  readonly #prunes = new Map<JsonSchema, Prune>();

  /** The pruning of a whole resource: apiVersion, kind and metadata are known to every one. */
  compileRoot(schema: JsonSchema): Prune {
    return this.#compileNode(schema, true);
  }

  #compile(schema: JsonSchema): Prune {
    const known = this.#prunes.get(schema);
    if (known !== undefined) return known;
    let prune: Prune | undefined;
    const lazily: Prune = (value, path, onUnknown) => {
      if (typeof value !== "object" || value === null) return value;
      prune ??= this.#compileNode(schema, schema["x-kubernetes-embedded-resource"] === true);
      return prune(value, path, onUnknown);
    };
    this.#prunes.set(schema, lazily);
    return lazily;
  }

  #compileNode(schema: JsonSchema, isResource: boolean): Prune {
    const preserve = schema["x-kubernetes-preserve-unknown-fields"] === true;
    const items = schema.items === undefined ? pruneOf(preserve) : this.#compile(schema.items);
    const fields = new Map<string, Prune>();
    for (const [name, property] of Object.entries(schema.properties ?? {})) fields.set(name, this.#compile(property));
    if (isResource) {
      for (const name of TYPE_META) fields.set(name, keep);
      // Custom resources describe no more of metadata than its name, and have all of it; built-in kinds say so themselves.
      if (schema.properties?.metadata?.properties?.labels === undefined)
        fields.set("metadata", this.#compile(OBJECT_META));
    }
    const { additionalProperties } = schema;
    const additional =
      typeof additionalProperties === "object"
        ? this.#compile(additionalProperties)
        : additionalProperties === true
          ? dropAll
          : undefined;
    const fallback = additional ?? (preserve ? keep : undefined);
    return (value, path, onUnknown) => {
      if (Array.isArray(value)) return pruneItems(value, items, path, onUnknown);
      if (!isRecord(value)) return value;
      return pruneFields(value, (name) => fields.get(name) ?? fallback, path, onUnknown);
    };
  }
}

const keep: Prune = (value) => value;

/** Where no schema is, objects lose every field; scalars stay. */
const dropAll: Prune = (value, path, onUnknown) => {
  if (Array.isArray(value)) return pruneItems(value, dropAll, path, onUnknown);
  return isRecord(value) ? pruneFields(value, () => undefined, path, onUnknown) : value;
};

function pruneOf(preserve: boolean): Prune {
  return preserve ? keep : dropAll;
}

function pruneItems(
  list: readonly unknown[],
  prune: Prune,
  path: string,
  onUnknown: ((path: string) => void) | undefined,
): readonly unknown[] {
  let after: unknown[] | undefined;
  for (let index = 0; index < list.length; index++) {
    const before = list[index];
    if (typeof before !== "object" || before === null) continue;
    const item = prune(before, onUnknown === undefined ? path : `${path}[${index}]`, onUnknown);
    if (item === before) continue;
    after ??= [...list];
    after[index] = item;
  }
  return after ?? list;
}

function pruneFields(
  record: Readonly<Record<string, unknown>>,
  pruneFor: (name: string) => Prune | undefined,
  path: string,
  onUnknown: ((path: string) => void) | undefined,
): Readonly<Record<string, unknown>> {
  let after: Record<string, unknown> | undefined;
  for (const name in record) {
    const prune = pruneFor(name);
    if (prune === undefined) {
      onUnknown?.(childPath(path, name));
      after ??= { ...record };
      delete after[name];
      continue;
    }
    const before = record[name];
    if (typeof before !== "object" || before === null) continue;
    const value = prune(before, onUnknown === undefined ? path : childPath(path, name), onUnknown);
    if (value === before) continue;
    after ??= { ...record };
    after[name] = value;
  }
  return after ?? record;
}
