import type { ManagedFieldsEntry } from "../object-meta.ts";
import type { FieldError } from "../status-error.ts";

/** Bytes a manager's name may have (`metav1/validation.FieldManagerMaxLength`). */
const MANAGER_BYTES_MAX = 128;
const SUBRESOURCE_BYTES_MAX = 256;
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

/** What is wrong with managed fields as a client may state them (`metav1/validation.ValidateManagedFields`). */
export function managedFieldsErrors(entries: readonly ManagedFieldsEntry[], field: string): FieldError[] {
  return entries.flatMap((entry, index) => {
    const at = `${field}[${index}]`;
    const errors: FieldError[] = [];
    const { operation, fieldsType, manager = "", subresource = "" } = entry;
    if (!operation) errors.push({ type: "FieldValueRequired", field: `${at}.operation`, detail: "must not be empty" });
    else if (operation !== "Apply" && operation !== "Update")
      errors.push({
        type: "FieldValueNotSupported",
        field: `${at}.operation`,
        value: operation,
        detail: 'supported values: "Apply", "Update"',
      });
    if (fieldsType && fieldsType !== "FieldsV1")
      errors.push({
        type: "FieldValueInvalid",
        field: `${at}.fieldsType`,
        value: fieldsType,
        detail: "must be `FieldsV1`",
      });
    errors.push(...managerNameErrors(manager, `${at}.manager`));
    if (Buffer.byteLength(subresource) > SUBRESOURCE_BYTES_MAX)
      errors.push({
        type: "FieldValueTooLong",
        field: `${at}.subresource`,
        detail: `may not be more than ${SUBRESOURCE_BYTES_MAX} bytes`,
      });
    return errors;
  });
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, "0")}`;
}
