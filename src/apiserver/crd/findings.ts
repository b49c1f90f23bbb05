import type { FieldError } from "../../apimachinery/index.ts";

/** `field: Required value: detail`. */
export function required(field: string, detail = ""): FieldError {
  return { type: "FieldValueRequired", field, detail };
}

/** `field: Forbidden: detail`. */
export function forbidden(field: string, detail: string): FieldError {
  return { type: "FieldValueForbidden", field, detail };
}

/** `field: Invalid value: value: detail`. */
export function invalid(field: string, value: unknown, detail: string): FieldError {
  return { type: "FieldValueInvalid", field, value, detail };
}

/** `field: Unsupported value: value: supported values: …`. */
export function notSupported(field: string, value: unknown, values: readonly string[]): FieldError {
  const detail = `supported values: ${values.map((text) => `"${text}"`).join(", ")}`;
  return { type: "FieldValueNotSupported", field, value, detail };
}

/** `field: Duplicate value: value`. */
export function duplicate(field: string, value: unknown): FieldError {
  return { type: "FieldValueDuplicate", field, value, detail: "" };
}

/** `field: Too many: count: must have at most N items`. */
export function tooManyItems(field: string, count: number, most: number): FieldError {
  return { type: "FieldValueTooMany", field, value: count, detail: `must have at most ${most} items` };
}
