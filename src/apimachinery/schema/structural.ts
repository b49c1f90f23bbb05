import { deepEqual } from "../../std/index.ts";
import { forbidden, invalid, required } from "../field-errors.ts";
import { type FieldError, formatFieldError } from "../status-error.ts";
import { parseGoPattern } from "./go-pattern.ts";
import type { JsonSchema } from "./json-schema.ts";

type Level = "root" | "item" | "field";

const INT_OR_STRING: readonly JsonSchema[] = [{ type: "integer" }, { type: "string" }];
const TYPES = ["array", "boolean", "integer", "number", "object", "string"];
const TYPE_REQUIRED: Readonly<Record<Level, string>> = {
  root: "must not be empty at the root",
  item: "must not be empty for specified array items",
  field: "must not be empty for specified object fields",
};

/**
 * Why `schema` is no structural schema, in the words of apiextensions (`pkg/apiserver/schema/validation.go`), sorted by text;
 * `fieldPath` says where it stands in its CustomResourceDefinition.
 */
export function structuralErrors(schema: JsonSchema, fieldPath: string): FieldError[] {
  const errors: FieldError[] = [];
  checkNode(schema, "root", fieldPath, errors);
  checkCompleteness(schema, fieldPath, errors);
  const texts = new Map(errors.map((error) => [error, formatFieldError(error)]));
  return errors.sort((left, right) => ((texts.get(left) as string) < (texts.get(right) as string) ? -1 : 1));
}

function checkNode(schema: JsonSchema, level: Level, path: string, errors: FieldError[]): void {
  if (schema.type === "array" && schema.items === undefined)
    errors.push(required(`${path}.items`, "must be specified"));
  if (schema.items !== undefined) checkNode(schema.items, "item", `${path}.items`, errors);
  for (const [name, property] of Object.entries(schema.properties ?? {}))
    checkNode(property, "field", `${path}.properties[${name}]`, errors);
  if (schema.additionalProperties !== undefined) checkAdditional(schema, level, path, errors);
  checkType(schema, level, path, errors);
  checkExtensions(schema, path, errors);
  checkListType(schema, path, errors);
  checkMetadata(schema, level, path, errors);
  checkJunctors(schema, path, errors);
}

function checkAdditional(schema: JsonSchema, level: Level, path: string, errors: FieldError[]): void {
  const at = `${path}.additionalProperties`;
  if (level === "root") errors.push(forbidden(at, "must not be used at the root"));
  const isExclusive = schema.properties !== undefined;
  if (isExclusive) errors.push(forbidden(at, "additionalProperties and properties are mutual exclusive"));
  if (schema["x-kubernetes-embedded-resource"] === true)
    errors.push(forbidden(at, "must not be used if x-kubernetes-embedded-resource is set"));
  if (schema.additionalProperties === false && !isExclusive)
    errors.push(forbidden(at, "additionalProperties cannot be set to false"));
  if (typeof schema.additionalProperties === "object") checkNode(schema.additionalProperties, "field", at, errors);
}

function checkType(schema: JsonSchema, level: Level, path: string, errors: FieldError[]): void {
  const { type } = schema;
  const at = `${path}.type`;
  const embedded = schema["x-kubernetes-embedded-resource"] === true;
  if (embedded && type !== "object") {
    const detail = "must be object if x-kubernetes-embedded-resource is true";
    errors.push(type === undefined ? required(at, detail) : invalid(at, type, detail));
  } else if (
    type === undefined &&
    schema["x-kubernetes-int-or-string"] !== true &&
    schema["x-kubernetes-preserve-unknown-fields"] !== true
  )
    errors.push(required(at, TYPE_REQUIRED[level]));
  if (type !== undefined && !TYPES.includes(type)) {
    const detail = `supported values: ${TYPES.map((name) => `"${name}"`).join(", ")}`;
    errors.push({
      type: "FieldValueNotSupported",
      field: at,
      value: type,
      detail,
    });
  } else if (level === "root" && type !== undefined && type !== "object")
    errors.push(invalid(at, type, "must be object at the root"));
}

function checkExtensions(schema: JsonSchema, path: string, errors: FieldError[]): void {
  const preserve = schema["x-kubernetes-preserve-unknown-fields"] === true;
  const embedded = schema["x-kubernetes-embedded-resource"] === true;
  if (schema["x-kubernetes-int-or-string"] === true) {
    const detail = "must be false if x-kubernetes-int-or-string is true";
    if (preserve) errors.push(invalid(`${path}.x-kubernetes-preserve-unknown-fields`, true, detail));
    if (embedded) errors.push(invalid(`${path}.x-kubernetes-embedded-resource`, true, detail));
  }
  if (embedded && !preserve && Object.keys(schema.properties ?? {}).length === 0) {
    const detail =
      "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields";
    errors.push(required(`${path}.properties`, detail));
  }
  if (schema.uniqueItems === true) {
    const detail = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
    errors.push(forbidden(`${path}.uniqueItems`, detail));
  }
  if ("$ref" in schema) errors.push(forbidden(`${path}.$ref`, "$ref is not supported"));
}

/** List types, from `pkg/apis/apiextensions/validation`. */
function checkListType(schema: JsonSchema, path: string, errors: FieldError[]): void {
  const listType = schema["x-kubernetes-list-type"];
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  if (listType !== undefined && schema.type !== "array")
    errors.push(invalid(`${path}.type`, schema.type ?? "", "must be array if x-kubernetes-list-type is set"));
  if (listType !== "map") {
    if (keys.length > 0)
      errors.push(
        invalid(
          `${path}.x-kubernetes-list-type`,
          listType ?? "",
          "must be map if x-kubernetes-list-map-keys is non-empty",
        ),
      );
    return;
  }
  if (keys.length === 0)
    errors.push(required(`${path}.x-kubernetes-list-map-keys`, "must not be empty if x-kubernetes-list-type is map"));
  const items = schema.items;
  if (items === undefined) return;
  if (items.type !== "object")
    errors.push(
      invalid(`${path}.items.type`, items.type ?? "", "must be object if parent array's x-kubernetes-list-type is map"),
    );
  for (const key of keys) {
    const property = items.properties?.[key];
    if (property === undefined) {
      const detail = "entries must all be names of item properties";
      errors.push(invalid(`${path}.x-kubernetes-list-map-keys`, keys, detail));
    } else if (items.required?.includes(key) !== true && property.default === undefined) {
      const detail =
        "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property";
      errors.push(required(`${path}.items.properties[${key}].default`, detail));
    }
  }
}

/** At the root, metadata may only restrict name and generateName. */
function checkMetadata(schema: JsonSchema, level: Level, path: string, errors: FieldError[]): void {
  if (level !== "root" && schema["x-kubernetes-embedded-resource"] !== true) return;
  for (const name of ["kind", "apiVersion"]) {
    const property = schema.properties?.[name];
    if (property !== undefined && property.type !== "string")
      errors.push(invalid(`${path}.properties[${name}].type`, property.type ?? "", "must be string"));
  }
  const metadata = schema.properties?.metadata;
  if (metadata === undefined) return;
  const at = `${path}.properties[metadata]`;
  if (metadata.type !== "object") errors.push(invalid(`${at}.type`, metadata.type ?? "", "must be object"));
  const { type: _, properties = {}, description: __, default: ___, ...rest } = metadata;
  const onlyNames = Object.keys(properties).every((name) => name === "name" || name === "generateName");
  if (level === "root" && (!onlyNames || Object.keys(rest).length > 0)) {
    const detail = "must not specify anything other than name and generateName, but metadata is implicitly specified";
    errors.push(forbidden(at, detail));
  }
}

function checkJunctors(schema: JsonSchema, path: string, errors: FieldError[]): void {
  const intOrString = deepEqual(schema.anyOf, INT_OR_STRING);
  const intOrStringFirst = deepEqual(schema.allOf?.[0]?.anyOf, INT_OR_STRING);
  checkValueValidation(schema, { skipAnyOf: intOrString, skipFirstAllOf: intOrStringFirst }, path, errors);
}

type Skips = { readonly skipAnyOf: boolean; readonly skipFirstAllOf: boolean };
const NO_SKIPS: Skips = { skipAnyOf: false, skipFirstAllOf: false };

function checkValueValidation(schema: JsonSchema, skips: Skips, path: string, errors: FieldError[]): void {
  if (!skips.skipAnyOf)
    schema.anyOf?.forEach((part, index) => void checkNested(part, NO_SKIPS, `${path}.anyOf[${index}]`, errors));
  schema.allOf?.forEach((part, index) => {
    const skipAnyOf = skips.skipFirstAllOf && index === 0;
    checkNested(part, { skipAnyOf, skipFirstAllOf: false }, `${path}.allOf[${index}]`, errors);
  });
  schema.oneOf?.forEach((part, index) => void checkNested(part, NO_SKIPS, `${path}.oneOf[${index}]`, errors));
  if (schema.not !== undefined) checkNested(schema.not, NO_SKIPS, `${path}.not`, errors);
  const pattern = schema.pattern === undefined ? undefined : parseGoPattern(schema.pattern);
  if (typeof pattern === "string")
    errors.push(
      invalid(`${path}.pattern`, schema.pattern, `must be a valid regular expression, but isn't: ${pattern}`),
    );
}

const NESTED_FORBIDDEN: readonly (readonly [keyof JsonSchema, string])[] = [
  ["type", "must be empty to be structural"],
  ["additionalProperties", "must be undefined to be structural"],
  ["default", "must be undefined to be structural"],
  ["title", "must be empty to be structural"],
  ["description", "must be empty to be structural"],
  ["nullable", "must be false to be structural"],
  ["x-kubernetes-preserve-unknown-fields", "must be false to be structural"],
  ["x-kubernetes-embedded-resource", "must be false to be structural"],
  ["x-kubernetes-int-or-string", "must be false to be structural"],
  ["x-kubernetes-list-map-keys", "must be empty to be structural"],
  ["x-kubernetes-list-type", "must be undefined to be structural"],
  ["x-kubernetes-map-type", "must be undefined to be structural"],
  ["x-kubernetes-validations", "must be empty to be structural"],
];

function checkNested(schema: JsonSchema, skips: Skips, path: string, errors: FieldError[]): void {
  checkValueValidation(schema, skips, path, errors);
  if (schema.items !== undefined) checkNested(schema.items, NO_SKIPS, `${path}.items`, errors);
  for (const [name, property] of Object.entries(schema.properties ?? {}))
    checkNested(property, NO_SKIPS, `${path}.properties[${name}]`, errors);
  for (const [field, detail] of NESTED_FORBIDDEN) {
    const value = schema[field];
    if (value !== undefined && value !== false) errors.push(forbidden(`${path}.${field}`, detail));
  }
  if (schema.properties?.metadata !== undefined)
    errors.push(forbidden(`${path}.properties[metadata]`, "must not be specified in a nested context"));
}

/** What a junctor at the root speaks of must also be declared outside of it; upstream looks at no others. */
function checkCompleteness(schema: JsonSchema, path: string, errors: FieldError[]): void {
  for (const [part, at] of junctors(schema, path)) complete(part, schema, path, at, errors);
}

function complete(part: JsonSchema, outer: JsonSchema, outerPath: string, path: string, errors: FieldError[]): void {
  for (const [inner, at] of junctors(part, path)) complete(inner, outer, outerPath, at, errors);
  if (part.items !== undefined) {
    if (outer.items === undefined)
      errors.push(required(`${outerPath}.items`, `because it is defined in ${path}.items`));
    else complete(part.items, outer.items, `${outerPath}.items`, `${path}.items`, errors);
  }
  for (const [name, property] of Object.entries(part.properties ?? {})) {
    const at = `${path}.properties[${name}]`;
    const declared = outer.properties?.[name];
    if (declared === undefined)
      errors.push(required(`${outerPath}.properties[${name}]`, `because it is defined in ${at}`));
    else complete(property, declared, `${outerPath}.properties[${name}]`, at, errors);
  }
}

function junctors(schema: JsonSchema, path: string): (readonly [JsonSchema, string])[] {
  const parts: (readonly [JsonSchema, string])[] = [];
  for (const junctor of ["allOf", "anyOf", "oneOf"] as const)
    schema[junctor]?.forEach((part, index) => void parts.push([part, `${path}.${junctor}[${index}]`]));
  if (schema.not !== undefined) parts.push([schema.not, `${path}.not`]);
  return parts;
}
