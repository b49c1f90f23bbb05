import type { CustomResourceDefinition } from "../../api/index.ts";
import { isStringFormat, type JsonSchema } from "../../apimachinery/index.ts";

const OF_NUMBERS: Readonly<Record<string, readonly string[]>> = {
  integer: ["int32", "int64"],
  number: ["float", "double"],
};

/** Tells of formats nobody checks; on an update of those it brings in (`getUnrecognizedFormatsInCRD`). */
export function formatWarnings(
  definition: CustomResourceDefinition,
  before?: CustomResourceDefinition,
): readonly string[] {
  const schemas = schemasOf(definition);
  const old = before === undefined ? [] : schemasOf(before);
  if (schemas.every((schema) => old.includes(schema))) return [];
  const known = new Set(unrecognizedFormats(old));
  return unrecognizedFormats(schemas)
    .filter((format) => !known.has(format))
    .map((format) => `unrecognized format ${JSON.stringify(format)}`);
}

function schemasOf({ spec }: CustomResourceDefinition): readonly JsonSchema[] {
  return (spec.versions ?? []).flatMap(({ schema }) => schema?.openAPIV3Schema ?? []);
}

function unrecognizedFormats(schemas: readonly JsonSchema[]): readonly string[] {
  const found: string[] = [];
  for (const schema of schemas) collect(schema, found);
  return found;
}

function collect(schema: JsonSchema, found: string[]): void {
  const { format = "", items, allOf, anyOf, oneOf, not, properties, additionalProperties } = schema;
  if (format !== "" && !isRecognized(schema.type, format)) found.push(format);
  const below = [items, ...(allOf ?? []), ...(anyOf ?? []), ...(oneOf ?? []), not, ...Object.values(properties ?? {})];
  for (const one of below) if (one !== undefined) collect(one, found);
  if (typeof additionalProperties === "object") collect(additionalProperties, found);
}

function isRecognized(type: JsonSchema["type"], format: string): boolean {
  return type === undefined || type === "string"
    ? isStringFormat(format)
    : (OF_NUMBERS[type]?.includes(format) ?? false);
}
