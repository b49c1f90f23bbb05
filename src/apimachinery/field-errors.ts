import type { FieldError } from "./status-error.ts";

/** `field: Required value: detail`. */
export function required(field: string, detail = ""): FieldError {
  return { type: "FieldValueRequired", field, detail };
}

/** `field: Invalid value: value: detail`. */
export function invalid(field: string, value: unknown, detail: string): FieldError {
  return { type: "FieldValueInvalid", field, value, detail };
}

/** `field: Forbidden: detail`. */
export function forbidden(field: string, detail: string): FieldError {
  return { type: "FieldValueForbidden", field, detail };
}

/** `field: Duplicate value: value`. */
export function duplicate(field: string, value: unknown): FieldError {
  return { type: "FieldValueDuplicate", field, value, detail: "" };
}

/** `field: Unsupported value: value: supported values: …`, in the order they are given. */
export function notSupported(field: string, value: unknown, supported: readonly string[]): FieldError {
  const detail = `supported values: ${supported.map((text) => JSON.stringify(text)).join(", ")}`;
  return { type: "FieldValueNotSupported", field, value, detail };
}

/** `field: Too many: count: must have at most N items`. */
export function tooMany(field: string, count: number, most: number): FieldError {
  return { type: "FieldValueTooMany", field, value: count, detail: `must have at most ${most} items` };
}
