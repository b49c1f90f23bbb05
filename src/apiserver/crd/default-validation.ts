import {
  type FieldError,
  forbidden,
  invalid,
  type JsonSchema,
  pruneUnknown,
  validateSchema,
} from "../../apimachinery/index.ts";
import { deepEqual } from "../../std/index.ts";
import { correlate } from "./correlation.ts";
import { type RuleCompiler, validateRules } from "./rule-validator.ts";

/** Where a schema stands: at a resource's root, in its metadata, or anywhere else. */
type Place = "root" | "metadata" | "elsewhere";

const IDENTITY: ReadonlySet<string> = new Set(["apiVersion", "kind", "metadata"]);

/** Defaults must be what their schema allows, with nothing it would drop (`apiserver/schema/defaulting.ValidateDefaults`). */
export function defaultErrors(schema: JsonSchema, path: string, rules: RuleCompiler): readonly FieldError[] {
  return visit(schema, path, rules, "root");
}

function visit(schema: JsonSchema, path: string, rules: RuleCompiler, place: Place): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (schema.default !== undefined) {
    if (place === "metadata") errors.push(forbidden(`${path}.default`, "must not be set in top-level metadata"));
    else errors.push(...valueErrors(schema, `${path}.default`, rules));
  }
  const below = place === "metadata" ? "metadata" : "elsewhere";
  if (schema.items !== undefined) errors.push(...visit(schema.items, `${path}.items`, rules, below));
  if (typeof schema.additionalProperties === "object")
    errors.push(...visit(schema.additionalProperties, `${path}.additionalProperties`, rules, below));
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const child = place === "root" && IDENTITY.has(name) ? "metadata" : below;
    errors.push(...visit(property, `${path}.properties[${name}]`, rules, child));
  }
  return errors;
}

function valueErrors(schema: JsonSchema, path: string, rules: RuleCompiler): readonly FieldError[] {
  const { default: value } = schema;
  const wrapper: JsonSchema = { type: "object", properties: { default: schema } };
  if (!deepEqual(pruneUnknown(wrapper, { default: value }), { default: value }))
    return [invalid(path, value, "must not have unknown fields")];
  // Within the value, places are told from its root.
  const errors = validateSchema(schema, value, path);
  if (errors.length > 0) return errors.map((error) => ({ ...error, detail: error.detail.replace(`${path}.`, "") }));
  const node = rules.rulesBelow(schema);
  if (node === undefined) return [];
  const unchanged = correlate(schema, value, value);
  const kept = validateRules(node, value, unchanged, path);
  // Rules with an optional former value must hold for a value that comes from nowhere, too.
  return kept.errors.length > 0 ? kept.errors : validateRules(node, value, undefined, path).errors;
}
