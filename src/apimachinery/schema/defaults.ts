import { isRecord } from "../../std/index.ts";
import type { JsonSchema } from "./json-schema.ts";

/** Rewrites a value; the same reference when there is nothing to do. */
export type Rewrite = (value: unknown) => unknown;

/**
 * Compiles defaulting (apiextensions `defaulting`): absent fields get their default, and so does a null where none is allowed;
 * such a null without a default is dropped. Schemas without any of this below them compile to a check for nulls only.
 */
export class DefaultsCompiler {
  readonly #rewrites = new Map<JsonSchema, Rewrite>();

  compile(schema: JsonSchema): Rewrite {
    const known = this.#rewrites.get(schema);
    if (known !== undefined) return known;
    let rewrite: Rewrite | undefined;
    const lazily: Rewrite = (value) => {
      if (typeof value !== "object" || value === null) return value;
      rewrite ??= this.#compileNode(schema);
      return rewrite(value);
    };
    this.#rewrites.set(schema, lazily);
    return lazily;
  }

  #compileNode(schema: JsonSchema): Rewrite {
    const items = schema.items === undefined ? undefined : this.#field(schema.items);
    const fields = new Map<string, Rewrite>();
    const defaulted: [string, Rewrite][] = [];
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      const field = this.#field(property);
      fields.set(name, field);
      if (property.default !== undefined) defaulted.push([name, field]);
    }
    const { additionalProperties } = schema;
    const additional = typeof additionalProperties === "object" ? this.#field(additionalProperties) : undefined;
    return (value) => {
      if (Array.isArray(value)) return items === undefined ? value : rewriteItems(value, items);
      if (!isRecord(value)) return value;
      return rewriteFields(value, (name) => fields.get(name) ?? additional, defaulted);
    };
  }

  /** What becomes of a field's value: `undefined` (absent) and refused nulls turn into the default. */
  #field(schema: JsonSchema): Rewrite {
    const inner = this.compile(schema);
    const nullable = schema.nullable === true || acceptsAnything(schema);
    return (value) => {
      if (value === undefined || (value === null && !nullable)) return inner(schema.default);
      return inner(value);
    };
  }
}

function rewriteItems(list: readonly unknown[], rewrite: Rewrite): readonly unknown[] {
  let after: unknown[] | undefined;
  for (let index = 0; index < list.length; index++) {
    const item = rewrite(list[index]);
    // A null without default stays in a list: dropping it would shift the others.
    if (item === list[index] || item === undefined) continue;
    after ??= [...list];
    after[index] = item;
  }
  return after ?? list;
}

function rewriteFields(
  record: Readonly<Record<string, unknown>>,
  rewriteOf: (name: string) => Rewrite | undefined,
  defaulted: readonly (readonly [string, Rewrite])[],
): Readonly<Record<string, unknown>> {
  let after: Record<string, unknown> | undefined;
  for (const name in record) {
    const before = record[name];
    if (typeof before !== "object" || before === undefined) continue;
    const rewrite = rewriteOf(name);
    if (rewrite === undefined) continue;
    const value = rewrite(before);
    if (value === before) continue;
    after ??= { ...record };
    if (value === undefined) delete after[name];
    else after[name] = value;
  }
  for (const [name, rewrite] of defaulted) {
    if (record[name] !== undefined) continue;
    after ??= { ...record };
    after[name] = rewrite(undefined);
  }
  return after ?? record;
}

/** A schema that says nothing about type takes null too. */
function acceptsAnything(schema: JsonSchema): boolean {
  return schema.type === undefined && schema["x-kubernetes-int-or-string"] !== true;
}
