import type { FieldError } from "../status-error.ts";

/** What a validation has gathered so far. `matches` counts passed checks: it picks the alternative to blame in anyOf and oneOf. */
export type Findings = { readonly errors: FieldError[]; matches: number };

/** Checks a value found at `path` and adds to `findings`. */
export type Check = (value: unknown, path: string, findings: Findings) => void;

/** The JSON type of a value, whole numbers told apart, as messages name it. */
export function jsonTypeOf(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

/** The path of a field of the object at `path`. */
export function childPath(path: string, field: string): string {
  return path === "" ? field : `${path}.${field}`;
}

/** A finding in the words of kube-openapi's validator: `<path> in body <text>`. */
export function bodyError(type: FieldError["type"], path: string, value: unknown, text: string): FieldError {
  return {
    type,
    field: fieldName(path),
    value,
    detail: `${path} in body ${text}`,
  };
}

/** Upstream prints a nil path as `<nil>`. */
export function fieldName(path: string): string {
  return path === "" ? "<nil>" : path;
}
