import { type CompiledSchema, FieldTypes, type JsonSchema, SchemaCompiler } from "../apimachinery/index.ts";
import { deepEqual, fnv1a32 } from "../std/index.ts";
import { EmbeddedResources } from "./crd/embedded-metadata.ts";
import { RuleCompiler } from "./crd/rule-validator.ts";

/** OpenAPI documents kept at most; a fleet of one version needs about thirty. */
const DOCUMENTS_MAX = 100;

/**
 * Compiled schemas, and one instance of equal ones: servers that share a pool share both, so that a fleet whose members carry
 * the same definitions pays for them once.
 */
export class SchemaPool {
  /** How objects of each schema are owned. */
  readonly fieldTypes = new FieldTypes();
  /** The rules of schemas, and what compiles expressions. */
  readonly rules = new RuleCompiler();
  readonly embedded = new EmbeddedResources();
  readonly #compiler = new SchemaCompiler();
  readonly #known = new WeakSet<JsonSchema>();
  readonly #byHash = new Map<number, JsonSchema[]>();
  readonly #documents = new Map<string, unknown>();

  compile(schema: JsonSchema): CompiledSchema {
    return this.#compiler.compile(schema);
  }

  /** The document of that hash, made by the first who asks; those asked for longest ago are forgotten. */
  document<T>(hash: string, make: () => T): T {
    const document = this.#documents.has(hash) ? (this.#documents.get(hash) as T) : make();
    this.#documents.delete(hash);
    this.#documents.set(hash, document);
    for (const oldest of this.#documents.keys()) {
      if (this.#documents.size <= DOCUMENTS_MAX) break;
      this.#documents.delete(oldest);
    }
    return document;
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
