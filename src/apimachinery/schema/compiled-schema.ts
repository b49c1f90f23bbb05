import type { FieldError } from "../status-error.ts";
import { DecodingCompiler } from "./decoding.ts";
import { DefaultsCompiler } from "./defaults.ts";
import type { Check, Findings } from "./findings.ts";
import type { JsonSchema } from "./json-schema.ts";
import { PruneCompiler } from "./prune.ts";
import { ValidatorCompiler } from "./validator.ts";

/** A schema made ready for use on every write. */
export type CompiledSchema = {
  readonly schema: JsonSchema;
  /** Findings in Kubernetes' words; empty when the value is valid. `fieldPath` is `""` for a whole resource. */
  validate(value: unknown, fieldPath?: string): FieldError[];
  /** As `validate`, but without uniqueness in lists: Kubernetes lets built-in kinds repeat an environment variable or a port. */
  validateShape(value: unknown, fieldPath?: string): FieldError[];
  /** Defaults filled in, refused nulls dropped; the same reference when there is nothing to do. */
  applyDefaults<T>(value: T): T;
  /** Unknown fields dropped and told to `onUnknown` by path; the same reference when there are none. */
  pruneUnknown<T>(value: T, onUnknown?: (path: string) => void): T;
  /** What Go's decoder makes of an object of a built-in kind; the same reference when it already reads so. */
  decode<T>(value: T): T;
};

/** Compiles a schema; its parts are compiled when first met. Keep the result: compiling is the expensive half. */
export function compileSchema(schema: JsonSchema): CompiledSchema {
  const validate = validation(new ValidatorCompiler({ customResource: true }).compile(schema));
  const validateShape = validation(new ValidatorCompiler({ customResource: false }).compile(schema));
  const rewrite = new DefaultsCompiler().compile(schema);
  const prune = new PruneCompiler().compileRoot(schema);
  const decode = new DecodingCompiler().compile(schema);
  return {
    schema,
    validate,
    validateShape,
    applyDefaults: <T>(value: T) => rewrite(value) as T,
    pruneUnknown: <T>(value: T, onUnknown?: (path: string) => void) => prune(value, "", onUnknown) as T,
    decode: <T>(value: T) => decode(value) as T,
  };
}

function validation(check: Check): (value: unknown, fieldPath?: string) => FieldError[] {
  return (value, fieldPath = "") => {
    const findings: Findings = { errors: [], matches: 0 };
    check(value, fieldPath, findings);
    return findings.errors;
  };
}

/** Compiles each schema once, for as long as someone holds the schema. */
export class SchemaCompiler {
  readonly #compiled = new WeakMap<JsonSchema, CompiledSchema>();

  compile(schema: JsonSchema): CompiledSchema {
    let compiled = this.#compiled.get(schema);
    if (compiled === undefined) {
      compiled = compileSchema(schema);
      this.#compiled.set(schema, compiled);
    }
    return compiled;
  }
}

/** One validation with a schema that will not be used again; see {@link compileSchema}. */
export function validateSchema(schema: JsonSchema, value: unknown, fieldPath: string): FieldError[] {
  return compileSchema(schema).validate(value, fieldPath);
}

/** One defaulting with a schema that will not be used again. */
export function applySchemaDefaults<T>(schema: JsonSchema, value: T): T {
  return compileSchema(schema).applyDefaults(value);
}

/** One pruning with a schema that will not be used again. */
export function pruneUnknown<T>(schema: JsonSchema, value: T, onUnknown?: (path: string) => void): T {
  return compileSchema(schema).pruneUnknown(value, onUnknown);
}
