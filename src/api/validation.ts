import {
  dns1123LabelErrors,
  dns1123SubdomainErrors,
  duplicate,
  type FieldError,
  invalid,
  type LabelSelector,
  matchesLabelSelector,
  notSupported,
  required,
  validateLabelSelector,
} from "../apimachinery/index.ts";
import { compareText, deepEqual } from "../std/index.ts";
import type { IntOrString } from "./shared.ts";

export { duplicate, forbidden, invalid, notSupported, required, tooMany } from "../apimachinery/index.ts";

/** What is wrong with a value, in the order it was found; empty when nothing is. */
export type Findings = readonly FieldError[];

export function notFound(field: string, value: unknown): FieldError {
  return { type: "FieldValueNotFound", field, value, detail: "" };
}

/** Nothing when `value` is one of `supported`, in Kubernetes' order of naming them. */
export function oneOf(field: string, value: string | undefined, supported: readonly string[]): Findings {
  if (value !== undefined && supported.includes(value)) return NOTHING;
  return [notSupported(field, value ?? "", supported)];
}

/** One of `supported` when it is there at all. */
export function optionalOneOf(field: string, value: string | undefined, supported: readonly string[]): Findings {
  return value === undefined ? NOTHING : oneOf(field, value, supported);
}

/** Kubernetes' enums that distinguish what is missing from what is wrong. */
export function requiredOneOf(field: string, value: string | undefined, supported: readonly string[]): Findings {
  return value === undefined || value === "" ? [required(field)] : oneOf(field, value, supported);
}

export function nonNegative(field: string, value: number | undefined): Findings {
  return value === undefined || value >= 0 ? NOTHING : [invalid(field, value, "must be greater than or equal to 0")];
}

/** A port of 1 to 65535 (`validation.IsValidPortNum`). */
export function portNumber(field: string, value: unknown): Findings {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 65535
    ? []
    : [invalid(field, value, "must be between 1 and 65535, inclusive")];
}

/** The port of a Service the API server calls. */
export function calledPort(field: string, value: unknown): Findings {
  return portNumber(field, value).map((wrong) => ({ ...wrong, detail: `port is not valid: ${wrong.detail}` }));
}

/** What is wrong with the name of a port (`validation.IsValidPortName`). */
export function portNameErrors(name: string): readonly string[] {
  return [
    ...(name.length > 15 ? ["must be no more than 15 characters"] : []),
    ...(/^[-a-z0-9]+$/.test(name) ? [] : ["must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"]),
    ...(/[a-z]/.test(name) ? [] : ["must contain at least one letter (a-z)"]),
    ...(name.includes("--") ? ["must not contain consecutive hyphens"] : []),
    ...(/^-|-$/.test(name) ? ["must not begin or end with a hyphen"] : []),
  ];
}

/** A port by number or by name (`ValidatePortNumOrName`). */
export function portNumberOrName(field: string, port: unknown): Findings {
  return typeof port === "string" ? invalidFor(field, port, portNameErrors(port)) : portNumber(field, port);
}

export function immutable(field: string, after: unknown, before: unknown): Findings {
  return deepEqual(after, before) ? [] : [invalid(field, after ?? null, "field is immutable")];
}

/** A DNS label that must be there. */
export function requiredLabel(field: string, value: string | undefined): Findings {
  return requiredAnd(field, value, dns1123LabelErrors);
}

/** Nothing wrong: one value for all that is right, so that checking what is absent costs nothing. */
export const NOTHING: Findings = [];

/** Each finding of every item, with its index. */
export function eachItem<T>(items: readonly T[] | undefined, check: (item: T, index: number) => Findings): Findings {
  if (!Array.isArray(items)) return NOTHING;
  let findings: Findings | undefined;
  for (let index = 0; index < items.length; index++) {
    const found = check(items[index] as T, index);
    if (found.length > 0) findings = findings === undefined ? found : [...findings, ...found];
  }
  return findings ?? NOTHING;
}

/** Each finding of every entry of a map, in the map's order. */
export function eachEntry<T>(
  entries: Readonly<Record<string, T>> | undefined,
  check: (key: string, value: T) => Findings,
): Findings {
  let findings: Findings | undefined;
  for (const key in entries) {
    const found = check(key, entries[key] as T);
    if (found.length > 0) findings = findings === undefined ? found : [...findings, ...found];
  }
  return findings ?? NOTHING;
}

/** Where `*` stands for all of them nothing else may stand. */
export function alone(items: readonly string[], field: string, what: string): Findings {
  return items.length > 1 && items.includes("*")
    ? [invalid(field, items, `if '*' is present, must not specify other ${what}`)]
    : NOTHING;
}

/** Items whose key was there before, `key` being absent for items that are not compared. */
export function repeated<T>(
  items: readonly T[] | undefined,
  key: (item: T) => string | undefined,
  field: (index: number) => string,
): Findings {
  if (items === undefined || items.length < 2) return NOTHING;
  const seen = new Set<string>();
  return eachItem(items, (item, index) => {
    const value = key(item);
    if (value === undefined || value === "") return NOTHING;
    if (seen.has(value)) return [duplicate(field(index), value)];
    seen.add(value);
    return NOTHING;
  });
}

/** One invalid value for each thing that is wrong with it. */
export function invalidFor(field: string, value: unknown, details: readonly string[]): Findings {
  return details.length === 0 ? NOTHING : details.map((detail) => invalid(field, value, detail));
}

/** A value that must be there and be right. */
export function requiredAnd(
  field: string,
  value: string | undefined | null,
  check: (value: string) => readonly string[],
): Findings {
  if (value === undefined || value === null || value === "") return [required(field)];
  return invalidFor(field, value, check(value));
}

export function tooLong(field: string, maxBytes: number): FieldError {
  return { type: "FieldValueTooLong", field, detail: `may not be more than ${maxBytes} bytes` };
}

/**
 * A workload's selector, and its template, which it must match: a template is not looked into under a selector that cannot be
 * read, and no selector at all matches nothing.
 */
export function workloadSelector(
  selector: LabelSelector | undefined,
  labels: Readonly<Record<string, string>> | undefined,
  {
    workload,
    unreadable = "invalid label selector",
    template,
  }: { readonly workload: string; readonly unreadable?: string; readonly template: () => Findings },
): Findings {
  const field = "spec.selector";
  const wrong = selector === undefined ? NOTHING : validateLabelSelector(selector, field);
  const findings = [
    ...(selector === undefined ? [required(field)] : wrong),
    ...(selector !== undefined && isEmptySelector(selector)
      ? [invalid(field, selector, `empty selector is invalid for ${workload}`)]
      : NOTHING),
  ];
  if (wrong.length > 0) return [...findings, invalid(field, shownSelector(selector), unreadable)];
  return [...findings, ...(selectsTemplate(selector, labels) ? NOTHING : [templateMismatch(labels)]), ...template()];
}

/** A selector with its fields in their order. */
function shownSelector({ matchLabels, matchExpressions }: LabelSelector = {}): LabelSelector {
  return {
    ...(matchLabels === undefined ? {} : { matchLabels }),
    ...(matchExpressions === undefined
      ? {}
      : {
          matchExpressions: matchExpressions.map(({ key, operator, values }) => {
            return { key, operator, ...(values === undefined ? {} : { values }) };
          }),
        }),
  };
}

/** Whether a selector picks the pods a template makes. */
export function selectsTemplate(
  selector: LabelSelector | undefined,
  labels: Readonly<Record<string, string>> | undefined,
): boolean {
  return selector !== undefined && matchesLabelSelector(selector, labels);
}

export function templateMismatch(labels: Readonly<Record<string, string>> | undefined): FieldError {
  return invalid("spec.template.metadata.labels", labels ?? null, "`selector` does not match template `labels`");
}

export function isEmptySelector({ matchLabels = {}, matchExpressions = [] }: LabelSelector): boolean {
  return Object.keys(matchLabels).length + matchExpressions.length === 0;
}

/** A map with its keys in order, as Go writes maps. */
export function inOrder<T>(map: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(map).sort(([left], [right]) => compareText(left, right)));
}

/** Wrong, and too much to be shown. */
export function valuelessInvalid(field: string, detail: string): FieldError {
  return { type: "FieldValueInvalid", field, detail };
}

const URL_PATH = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
const urlPath = new RegExp(`^${URL_PATH}$`);

/** Who manages something: `example.com/name` (`IsDomainPrefixedPath`). */
export function domainPrefixedPath(field: string, text: string): Findings {
  if (text === "") return [required(field)];
  const slash = text.indexOf("/");
  const [host, path] = [text.slice(0, slash), text.slice(slash + 1)];
  if (slash <= 0 || path === "")
    return [invalid(field, text, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  return [
    ...invalidFor(field, host, dns1123SubdomainErrors(host)),
    ...(urlPath.test(path)
      ? NOTHING
      : [invalid(field, path, `Invalid path (regex used for validation is '${URL_PATH}')`)]),
  ];
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
  return typeof value === "string" && value.endsWith("%") && Number.parseInt(value, 10) > 100
    ? [invalid(field, value, "must not be greater than 100%")]
    : [];
}

/** Whether a count or percentage is zero. */
export function isZero(value: IntOrString | undefined): boolean {
  return value === undefined || value === 0 || value === "0%" || value === "0";
}
