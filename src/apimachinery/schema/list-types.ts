import { isRecord, stableJson } from "../../std/index.ts";
import type { FieldError } from "../status-error.ts";
import { type Check, childPath, fieldName } from "./findings.ts";
import type { JsonSchema } from "./json-schema.ts";

/**
 * Compiles what kube-apiserver checks of custom resources beside their schema: uniqueness in lists of type set and map
 * (apiextensions `listtype`), and apiVersion and kind of embedded resources (`objectmeta`). Schemas without any cost nothing.
 */
export class ListTypeCompiler {
  readonly #checks = new Map<JsonSchema, Check | undefined>();

  compile(schema: JsonSchema): Check | undefined {
    if (this.#checks.has(schema)) return this.#checks.get(schema);
    // Only JSONSchemaProps contains itself; what repeats is checked at its outermost level only.
    this.#checks.set(schema, undefined);
    const checks = [this.#own(schema), this.#items(schema), this.#fields(schema)].filter(
      (check) => check !== undefined,
    );
    const [first] = checks;
    const check: Check | undefined =
      checks.length < 2
        ? first
        : (value, path, findings) => {
            for (const part of checks) part(value, path, findings);
          };
    this.#checks.set(schema, check);
    return check;
  }

  #own(schema: JsonSchema): Check | undefined {
    const listType = schema["x-kubernetes-list-type"];
    const keys = schema["x-kubernetes-list-map-keys"] ?? [];
    if (schema["x-kubernetes-embedded-resource"] === true)
      return (value, path, { errors }) => void errors.push(...embeddedErrors(value, path));
    if (listType === "set")
      return (value, path, { errors }) => {
        if (Array.isArray(value)) errors.push(...duplicates(value, path, (item) => item));
      };
    if (listType !== "map") return undefined;
    return (value, path, { errors }) => {
      if (!Array.isArray(value)) return;
      const stray = value.findIndex((item) => item !== null && !isRecord(item));
      if (stray >= 0) {
        const detail = "must be an object for an array of list-type map";
        errors.push({
          type: "FieldValueInvalid",
          field: `${path}[${stray}]`,
          value: value[stray],
          detail,
        });
      } else errors.push(...duplicates(value, path, (item) => keyOf(item, keys)));
    };
  }

  #items(schema: JsonSchema): Check | undefined {
    const items = schema.items === undefined ? undefined : this.compile(schema.items);
    if (items === undefined) return undefined;
    return (value, path, findings) => {
      if (Array.isArray(value)) value.forEach((item, index) => void items(item, `${path}[${index}]`, findings));
    };
  }

  #fields(schema: JsonSchema): Check | undefined {
    const { additionalProperties } = schema;
    const additional = typeof additionalProperties === "object" ? this.compile(additionalProperties) : undefined;
    const properties = new Map<string, Check>();
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      const check = this.compile(property);
      if (check !== undefined) properties.set(name, check);
    }
    if (additional === undefined && properties.size === 0) return undefined;
    return (value, path, findings) => {
      if (!isRecord(value)) return;
      for (const [name, check] of properties) {
        if (value[name] !== undefined) check(value[name], childPath(path, name), findings);
      }
      if (additional !== undefined)
        for (const key of Object.keys(value)) additional(value[key], `${path}[${key}]`, findings);
    };
  }
}

/** One finding per value that comes again, at its second appearance. */
function duplicates(list: readonly unknown[], path: string, identity: (item: unknown) => unknown): FieldError[] {
  if (list.length < 2) return [];
  const times = new Map<unknown, number>();
  const errors: FieldError[] = [];
  list.forEach((item, index) => {
    const value = identity(item);
    const key = typeof value === "object" && value !== null ? stableJson(value) : value;
    const seen = (times.get(key) ?? 0) + 1;
    times.set(key, seen);
    if (seen === 2)
      errors.push({
        type: "FieldValueDuplicate",
        field: `${path}[${index}]`,
        value,
        detail: "",
      });
  });
  return errors;
}

function keyOf(item: unknown, keys: readonly string[]): Readonly<Record<string, unknown>> {
  const key: Record<string, unknown> = {};
  if (isRecord(item)) for (const field of keys) if (item[field] !== undefined) key[field] = item[field];
  return key;
}

function embeddedErrors(value: unknown, path: string): FieldError[] {
  if (!isRecord(value)) return [];
  const errors: FieldError[] = [];
  for (const field of ["apiVersion", "kind"]) {
    const at = fieldName(childPath(path, field));
    if (value[field] === undefined)
      errors.push({
        type: "FieldValueRequired",
        field: at,
        detail: "must not be empty",
      });
    else if (typeof value[field] !== "string")
      errors.push({
        type: "FieldValueInvalid",
        field: at,
        value: value[field],
        detail: "must be a string",
      });
    else if (value[field] === "")
      errors.push({
        type: "FieldValueInvalid",
        field: at,
        value: "",
        detail: "must not be empty",
      });
  }
  return errors;
}
