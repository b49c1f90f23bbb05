import { deepEqual } from "../../std/index.ts";
import { bodyError, type Check, type Findings, fieldName } from "./findings.ts";
import { compileGoPattern } from "./go-pattern.ts";
import type { JsonSchema } from "./json-schema.ts";
import { stringFormat } from "./string-formats.ts";

type CheckOf<T> = (value: T, path: string, findings: Findings) => void;

/** Length, pattern and format of strings. */
export function stringCheck(schema: JsonSchema): CheckOf<string> | undefined {
  const { minLength, maxLength, pattern, format } = schema;
  const matcher = pattern === undefined ? undefined : compileGoPattern(pattern);
  const formatter = format === undefined ? undefined : stringFormat(format);
  if (minLength === undefined && maxLength === undefined && matcher === undefined && formatter === undefined) return;
  return (value, path, { errors }) => {
    if (maxLength !== undefined && value.length > maxLength && runes(value) > maxLength)
      errors.push({
        type: "FieldValueTooLong",
        field: fieldName(path),
        detail: `may not be more than ${maxLength} bytes`,
      });
    if (minLength !== undefined && runes(value) < minLength)
      errors.push(bodyError("FieldValueInvalid", path, value, `should be at least ${minLength} chars long`));
    if (matcher !== undefined && !matcher.test(value))
      errors.push(bodyError("FieldValueInvalid", path, value, `should match '${pattern}'`));
    if (formatter !== undefined && !formatter(value))
      errors.push(
        bodyError("FieldValueTypeInvalid", path, value, `must be of type ${format}: ${JSON.stringify(value)}`),
      );
  };
}

/** Bounds and multiples of numbers. */
export function numberCheck(schema: JsonSchema): CheckOf<number> | undefined {
  const { minimum, maximum, multipleOf } = schema;
  if (minimum === undefined && maximum === undefined && multipleOf === undefined) return;
  const above = schema.exclusiveMinimum === true;
  const below = schema.exclusiveMaximum === true;
  return (value, path, { errors }) => {
    const report = (text: string): void =>
      void errors.push(bodyError("FieldValueInvalid", path, value, `should be ${text}`));
    if (multipleOf !== undefined && !Number.isInteger(value / multipleOf)) report(`a multiple of ${multipleOf}`);
    if (maximum !== undefined && (below ? value >= maximum : value > maximum))
      report(below ? `less than ${maximum}` : `less than or equal to ${maximum}`);
    if (minimum !== undefined && (above ? value <= minimum : value < minimum))
      report(above ? `greater than ${minimum}` : `greater than or equal to ${minimum}`);
  };
}

/** Membership in an enumeration. */
export function enumCheck(schema: JsonSchema): Check | undefined {
  const allowed = schema.enum;
  if (allowed === undefined || allowed.length === 0) return undefined;
  const scalars = new Set(allowed);
  const shown = allowed.map((value) => JSON.stringify(typeof value === "string" ? value : JSON.stringify(value)));
  const detail = `supported values: ${shown.join(", ")}`;
  return (value, path, { errors }) => {
    if (scalars.has(value) || allowed.some((candidate) => deepEqual(candidate, value))) return;
    errors.push({
      type: "FieldValueNotSupported",
      field: fieldName(path),
      value,
      detail,
    });
  };
}

/** Characters as Go counts them: code points. */
function runes(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
