import type { CustomResourceDefinitionVersion } from "../../api/index.ts";
import { type FieldError, forbidden, invalid, type JsonSchema, structuralErrors } from "../../apimachinery/index.ts";
import { defaultErrors } from "./default-validation.ts";
import { ruleErrors } from "./definition-rules.ts";
import type { RuleCompiler } from "./rule-validator.ts";

/** What a schema may say at its root when the status is written apart. */
const ROOT_FIELDS: ReadonlySet<string> = new Set(
  "description type format title maximum exclusiveMaximum minimum exclusiveMinimum maxLength minLength pattern maxItems minItems uniqueItems multipleOf required items properties externalDocs example x-kubernetes-preserve-unknown-fields x-kubernetes-validations".split(
    " ",
  ),
);
const ROOT_FIELD_NAMES =
  "[Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example XPreserveUnknownFields XValidations]";

/** What is wrong with a version's schema: its form, then its defaults, then its rules; each only when all before is right. */
export function definitionSchemaErrors(
  version: CustomResourceDefinitionVersion,
  path: string,
  rules: RuleCompiler,
): readonly FieldError[] {
  const schema = version.schema?.openAPIV3Schema;
  if (schema === undefined) return [];
  const at = `${path}.openAPIV3Schema`;
  const root = rootErrors(schema, at, version.subresources?.status !== undefined);
  const keywords = keywordErrors(schema, at);
  // A schema that says so is none that could be structural.
  const canBeStructural = !keywords.some(({ detail }) => detail === NOT_FALSE);
  const structure = canBeStructural ? withoutMore(structuralErrors(schema, at)) : [];
  const defaults = canBeStructural && structure.length === 0 ? defaultErrors(schema, at, rules) : [];
  const errors = [...root, ...structure, ...defaults, ...keywords];
  return errors.length > 0 ? errors : ruleErrors(schema, at, rules);
}

/** References make a schema that cannot be read any further. */
function withoutMore(errors: readonly FieldError[]): readonly FieldError[] {
  const references = errors.filter(({ field }) => field.endsWith(".$ref"));
  return references.length > 0 ? references : errors;
}

function rootErrors(schema: JsonSchema, at: string, hasStatus: boolean): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (schema.nullable === true) errors.push(forbidden(`${at}.nullable`, "nullable cannot be true at the root"));
  if (!hasStatus) return errors;
  if (schema.type !== undefined && schema.type !== "object")
    errors.push(
      invalid(
        `${at}.type`,
        schema.type,
        'only "object" is allowed as the type at the root of the schema if the status subresource is enabled',
      ),
    );
  const stray = Object.keys(schema).find((field) => !ROOT_FIELDS.has(field));
  if (stray !== undefined && stray !== "nullable")
    errors.push(
      invalid(
        at,
        schema,
        `only ${ROOT_FIELD_NAMES} fields are allowed at the root of the schema if the status subresource is enabled`,
      ),
    );
  return errors;
}

const NOT_FALSE = "must be true or undefined";

/** Keywords with wrong values, at every place of the schema. */
function keywordErrors(schema: JsonSchema, at: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (schema["x-kubernetes-preserve-unknown-fields"] === false)
    errors.push(invalid(`${at}.x-kubernetes-preserve-unknown-fields`, false, NOT_FALSE));
  if (schema["x-kubernetes-map-type"] !== undefined && schema.type !== "object")
    errors.push(invalid(`${at}.type`, schema.type ?? "", "must be object if x-kubernetes-map-type is specified"));
  errors.push(...listKeywordErrors(schema, at));
  if (schema.items !== undefined) errors.push(...keywordErrors(schema.items, `${at}.items`));
  if (typeof schema.additionalProperties === "object")
    errors.push(...keywordErrors(schema.additionalProperties, `${at}.additionalProperties`));
  for (const [name, property] of Object.entries(schema.properties ?? {}))
    errors.push(...keywordErrors(property, `${at}.properties[${name}]`));
  return errors;
}

function listKeywordErrors(schema: JsonSchema, at: string): readonly FieldError[] {
  const { items } = schema;
  const listType = schema["x-kubernetes-list-type"];
  if (items === undefined || (listType !== "set" && listType !== "map")) return [];
  const errors: FieldError[] = [];
  if (items.nullable === true)
    errors.push(forbidden(`${at}.items.nullable`, `cannot be nullable when x-kubernetes-list-type is ${listType}`));
  if (listType === "set" && items.type === "object" && items["x-kubernetes-map-type"] !== "atomic")
    errors.push(
      invalid(
        `${at}.items.x-kubernetes-map-type`,
        items["x-kubernetes-map-type"] ?? null,
        "must be atomic as item of a list with x-kubernetes-list-type=set",
      ),
    );
  for (const key of listType === "map" ? (schema["x-kubernetes-list-map-keys"] ?? []) : []) {
    const property = items.properties?.[key];
    const path = `${at}.items.properties[${key}]`;
    if (property?.type === "array" || property?.type === "object")
      errors.push(
        invalid(`${path}.type`, property.type, "must be a scalar type if parent array's x-kubernetes-list-type is map"),
      );
    if (property?.nullable === true)
      errors.push(
        forbidden(`${path}.nullable`, "this property is in x-kubernetes-list-map-keys, so it cannot be nullable"),
      );
  }
  return errors;
}
