import type { FieldError } from "../status-error.ts";

/** Bytes a manager's name may have (`metav1/validation.FieldManagerMaxLength`). */
const MANAGER_BYTES_MAX = 128;
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u;

/** Who a client is that names no field manager: the first word of its user agent (`handlers.managerOrUserAgent`). */
export function managerOfUserAgent(userAgent: string): string {
  let name = "";
  let bytes = 0;
  for (const character of userAgent.split("/", 1)[0] as string) {
    if (UNPRINTABLE.test(character)) continue;
    bytes += Buffer.byteLength(character);
    if (bytes > MANAGER_BYTES_MAX) break;
    name += character;
  }
  return name;
}

/** What is wrong with a manager's name (`metav1/validation.ValidateFieldManager`). */
export function managerNameErrors(name: string, field: string): FieldError[] {
  const errors: FieldError[] = [];
  if (Buffer.byteLength(name) > MANAGER_BYTES_MAX)
    errors.push({ type: "FieldValueTooLong", field, detail: `may not be more than ${MANAGER_BYTES_MAX} bytes` });
  let at = 0;
  for (const character of name) {
    if (UNPRINTABLE.test(character))
      errors.push({
        type: "FieldValueInvalid",
        field,
        value: name,
        detail: `invalid character ${codePoint(character)} (at position ${at})`,
      });
    at += Buffer.byteLength(character);
  }
  return errors;
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, "0")}`;
}
