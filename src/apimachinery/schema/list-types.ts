import { isRecord, stableJson } from "../../std/index.ts";
import type { FieldError } from "../status-error.ts";
import { childPath } from "./findings.ts";
import type { JsonSchema } from "./json-schema.ts";

/** Findings about a list as a whole. */
export type ListCheck = (list: readonly unknown[], path: string) => readonly FieldError[];

const NONE: readonly FieldError[] = [];

/** Uniqueness in lists of type set and map (apiextensions `listtype`); `undefined` for other lists. */
export function listTypeCheck(schema: JsonSchema): ListCheck | undefined {
  const listType = schema["x-kubernetes-list-type"];
  if (listType === "set") return (list, path) => (list.length < 2 ? NONE : duplicates(list, path, (item) => item));
  if (listType !== "map") return undefined;
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  const keyOf = (item: unknown): unknown => keyOfItem(item, keys);
  return (list, path) => {
    const stray = list.findIndex((item) => item !== null && !isRecord(item));
    if (stray >= 0) {
      const detail = "must be an object for an array of list-type map";
      return [{ type: "FieldValueInvalid", field: `${path}[${stray}]`, value: list[stray], detail }];
    }
    return list.length < 2 || allDiffer(list, keys) ? NONE : duplicates(list, path, keyOf);
  };
}

/** What an embedded resource lacks to be one (apiextensions `objectmeta`). */
export function embeddedResourceErrors(value: Readonly<Record<string, unknown>>, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  for (const name of ["apiVersion", "kind"]) {
    const field = childPath(path, name);
    const given = value[name];
    if (given === undefined) errors.push({ type: "FieldValueRequired", field, detail: "must not be empty" });
    else if (typeof given !== "string")
      errors.push({ type: "FieldValueInvalid", field, value: given, detail: "must be a string" });
    else if (given === "") errors.push({ type: "FieldValueInvalid", field, value: "", detail: "must not be empty" });
  }
  return errors;
}

/** Quickly yes for short lists of one scalar key; otherwise "perhaps not". */
function allDiffer(list: readonly unknown[], keys: readonly string[]): boolean {
  const [key] = keys;
  if (keys.length !== 1 || key === undefined) return false;
  const seen = new Set<unknown>();
  for (const item of list) {
    const value = isRecord(item) ? item[key] : undefined;
    if (typeof value === "object") return false;
    seen.add(value);
  }
  return seen.size === list.length;
}

/** One finding per value that comes again, at its second appearance. */
function duplicates(list: readonly unknown[], path: string, identity: (item: unknown) => unknown): FieldError[] {
  const times = new Map<unknown, number>();
  const errors: FieldError[] = [];
  list.forEach((item, index) => {
    const value = identity(item);
    const key = typeof value === "object" && value !== null ? stableJson(value) : value;
    const seen = (times.get(key) ?? 0) + 1;
    times.set(key, seen);
    if (seen === 2) errors.push({ type: "FieldValueDuplicate", field: `${path}[${index}]`, value, detail: "" });
  });
  return errors;
}

function keyOfItem(item: unknown, keys: readonly string[]): Readonly<Record<string, unknown>> {
  const key: Record<string, unknown> = {};
  if (isRecord(item)) for (const field of keys) if (item[field] !== undefined) key[field] = item[field];
  return key;
}
