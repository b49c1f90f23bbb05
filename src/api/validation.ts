import {
  dns1123LabelErrors,
  type FieldError,
  type LabelSelector,
  matchesLabelSelector,
  validateLabelSelector,
} from "../apimachinery/index.ts";
import { deepEqual } from "../std/index.ts";
import type { IntOrString } from "./shared.ts";

type Findings = readonly FieldError[];

export function required(field: string, detail = ""): FieldError {
  return { type: "FieldValueRequired", field, detail };
}

export function invalid(field: string, value: unknown, detail: string): FieldError {
  return { type: "FieldValueInvalid", field, value, detail };
}

export function forbidden(field: string, detail: string): FieldError {
  return { type: "FieldValueForbidden", field, detail };
}

export function duplicate(field: string, value: unknown): FieldError {
  return { type: "FieldValueDuplicate", field, value, detail: "" };
}

export function notFound(field: string, value: unknown): FieldError {
  return { type: "FieldValueNotFound", field, value, detail: "" };
}

/** Nothing when `value` is one of `supported`, in Kubernetes' order of naming them. */
export function oneOf(field: string, value: string | undefined, supported: readonly string[]): Findings {
  if (value !== undefined && supported.includes(value)) return [];
  const detail = `supported values: ${supported.map((each) => JSON.stringify(each)).join(", ")}`;
  return [{ type: "FieldValueNotSupported", field, value: value ?? "", detail }];
}

export function nonNegative(field: string, value: number | undefined): Findings {
  return value === undefined || value >= 0 ? [] : [invalid(field, value, "must be greater than or equal to 0")];
}

/** A port of 1 to 65535 (`validation.IsValidPortNum`). */
export function portNumber(field: string, value: unknown): Findings {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 65535
    ? []
    : [invalid(field, value, "must be between 1 and 65535, inclusive")];
}

export function immutable(field: string, after: unknown, before: unknown): Findings {
  return deepEqual(after, before) ? [] : [invalid(field, after ?? null, "field is immutable")];
}

/** A DNS label that must be there. */
export function requiredLabel(field: string, value: string | undefined): Findings {
  if (value === undefined || value === "") return [required(field)];
  return dns1123LabelErrors(value).map((detail) => invalid(field, value, detail));
}

/** Each finding of every item, with its index. */
export function eachItem<T>(items: readonly T[] | undefined, check: (item: T, index: number) => Findings): Findings {
  return (items ?? []).flatMap(check);
}

/** A workload's selector: there, not empty, well formed and matching its template's labels. */
export function workloadSelector(
  selector: LabelSelector | undefined,
  templateLabels: Readonly<Record<string, string>> | undefined,
  workload: string,
): Findings {
  if (selector === undefined || selector === null) return [required("spec.selector")];
  const findings = [...validateLabelSelector(selector, "spec.selector")];
  if (Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions?.length ?? 0) === 0)
    findings.push(invalid("spec.selector", selector, `empty selector is invalid for ${workload}`));
  else if (findings.length === 0 && !matchesLabelSelector(selector, templateLabels))
    findings.push(
      invalid("spec.template.metadata.labels", templateLabels ?? {}, "`selector` does not match template `labels`"),
    );
  return findings;
}

/** A count or a percentage; `validation.ValidatePositiveIntOrPercent`. */
export function countOrPercent(field: string, value: IntOrString | undefined): Findings {
  if (value === undefined) return [];
  if (typeof value === "number") return nonNegative(field, value);
  if (/^[0-9]+%$/.test(value)) return [];
  return [
    invalid(
      field,
      value,
      "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
    ),
  ];
}

/** No more than 100 %, when it is a percentage. */
export function atMostAll(field: string, value: IntOrString | undefined): Findings {
  return typeof value === "string" && Number.parseInt(value, 10) > 100
    ? [invalid(field, value, "must not be greater than 100%")]
    : [];
}

/** Whether a count or percentage is zero. */
export function isZero(value: IntOrString | undefined): boolean {
  return value === undefined || value === 0 || value === "0%" || value === "0";
}
