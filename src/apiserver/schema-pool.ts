import { type CompiledSchema, type JsonSchema, SchemaCompiler } from "../apimachinery/index.ts";
import { deepEqual, fnv1a32 } from "../std/index.ts";

/**
 * Compiled schemas, and one instance of equal ones: servers that share a pool share both, so that a fleet whose members carry
 * the same definitions pays for them once.
 */
export class SchemaPool {
  readonly #compiler = new SchemaCompiler();
  readonly #known = new WeakSet<JsonSchema>();
  readonly #byHash = new Map<number, JsonSchema[]>();

  compile(schema: JsonSchema): CompiledSchema {
    return this.#compiler.compile(schema);
  }

  /** The first schema seen that equals `schema`. */
  intern(schema: JsonSchema): JsonSchema {
    if (this.#known.has(schema)) return schema;
    const hash = fnv1a32(JSON.stringify(schema));
    const alike = this.#byHash.get(hash) ?? [];
    const equal = alike.find((candidate) => deepEqual(candidate, schema));
    if (equal !== undefined) return equal;
    this.#byHash.set(hash, [...alike, schema]);
    this.#known.add(schema);
    return schema;
  }
}
