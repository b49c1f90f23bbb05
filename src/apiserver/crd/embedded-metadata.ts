import {
  dns1035LabelErrors,
  type FieldError,
  goDecodingError,
  invalid,
  type JsonSchema,
  OBJECT_META,
  pathSegmentNameErrors,
  type Unstructured,
  unstructured,
} from "../../apimachinery/index.ts";
import { isRecord } from "../../std/index.ts";
import { objectMetaErrors } from "../metadata.ts";

/** Checks resources within resources; knows of each schema whether there are any, for most have none. */
export class EmbeddedResources {
  readonly #present = new WeakMap<JsonSchema, boolean>();

  /** What is wrong with their kinds and metadata (`apiserver/schema/objectmeta.Validate`). */
  errors(schema: JsonSchema, value: unknown): readonly FieldError[] {
    return this.#isPresent(schema) ? visit(schema, value, "") : [];
  }

  #isPresent(schema: JsonSchema): boolean {
    if (schema["x-kubernetes-embedded-resource"] === true) return true;
    const known = this.#present.get(schema);
    if (known !== undefined) return known;
    this.#present.set(schema, false);
    const { items, additionalProperties, properties } = schema;
    const isPresent =
      (items !== undefined && this.#isPresent(items)) ||
      (typeof additionalProperties === "object" && this.#isPresent(additionalProperties)) ||
      Object.values(properties ?? {}).some((property) => this.#isPresent(property));
    this.#present.set(schema, isPresent);
    return isPresent;
  }
}

function visit(schema: JsonSchema, value: unknown, path: string): readonly FieldError[] {
  const { items, additionalProperties, properties } = schema;
  if (Array.isArray(value))
    return items === undefined ? [] : value.flatMap((item, index) => visit(items, item, `${path}[${index}]`));
  if (!isRecord(value)) return [];
  const errors = schema["x-kubernetes-embedded-resource"] === true ? [...resourceErrors(value, path)] : [];
  for (const [name, part] of Object.entries(value)) {
    const property = properties?.[name];
    if (property !== undefined) errors.push(...visit(property, part, path === "" ? name : `${path}.${name}`));
    else if (typeof additionalProperties === "object")
      errors.push(...visit(additionalProperties, part, `${path}[${name}]`));
  }
  return errors;
}

function resourceErrors(value: Readonly<Record<string, unknown>>, path: string): readonly FieldError[] {
  const { kind, metadata } = value;
  const errors: FieldError[] = [];
  const kindErrors = typeof kind === "string" && kind !== "" ? dns1035LabelErrors(kind.toLowerCase()) : [];
  if (kindErrors.length > 0)
    errors.push(
      invalid(`${path}.kind`, kind, `may have mixed case, but should otherwise match: ${kindErrors.join(",")}`),
    );
  if (!isRecord(metadata)) return errors;
  const object = unstructured({ ...value, metadata: { name: "fakename", ...metadata } } as Unstructured);
  const wrongShape = goDecodingError(OBJECT_META, metadata);
  if (wrongShape !== undefined) return [...errors, invalid(`${path}.metadata`, metadata, wrongShape)];
  const found = objectMetaErrors(PLAIN, object, undefined);
  return [...errors, ...found.map((error) => ({ ...error, field: `${path}.${error.field}` }))];
}

/** Embedded resources are of any kind: their names need only fit into a path. */
const PLAIN = { descriptor: { strategy: { validateName: pathSegmentNameErrors } } };
