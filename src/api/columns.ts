import type { KubeObject } from "../apimachinery/index.ts";
import { compareText, humanDuration } from "../std/index.ts";
import type { Container } from "./core/pod.ts";
import type { Cell, PrinterColumn } from "./descriptor.ts";

/** How long ago an RFC 3339 time was, as Kubernetes prints it; `<unknown>` when there is none. */
export function since(time: string | null | undefined, nowMs: number): string {
  return time === undefined || time === null ? "<unknown>" : humanDuration(nowMs - Date.parse(time));
}

/** The Age column; Kubernetes sends it formatted, as a string. */
export const AGE: PrinterColumn = {
  name: "Age",
  type: "string",
  description:
    "CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata",
  value: (object, nowMs) => since(object.metadata.creationTimestamp, nowMs),
};

/** What kinds without a printer of their own show in place of an age (`rest.NewDefaultTableConvertor`). */
export const CREATED_AT: PrinterColumn = {
  name: "Created At",
  type: "date",
  description: AGE.description ?? "",
  value: (object) => object.metadata.creationTimestamp,
};

/** A column of text that is always shown. */
export function text<T extends KubeObject>(name: string, value: (object: T, nowMs: number) => Cell): PrinterColumn<T> {
  return { name, type: "string", value: (object, nowMs) => value(object, nowMs) ?? "" };
}

/** A column of text shown with `-o wide`. */
export function wide<T extends KubeObject>(name: string, value: (object: T, nowMs: number) => Cell): PrinterColumn<T> {
  return { ...text(name, value), priority: 1 };
}

/** A column of whole numbers; absent counts as 0. */
export function integer<T extends KubeObject>(
  name: string,
  value: (object: T) => number | undefined,
): PrinterColumn<T> {
  return { name, type: "integer", value: (object) => value(object) ?? 0 };
}

/** The wide columns Containers and Images of workloads. */
export function containerColumns<T extends KubeObject>(
  containersOf: (object: T) => readonly Container[],
): readonly PrinterColumn<T>[] {
  return [
    wide("Containers", (object) => joined(containersOf(object).map((container) => container.name))),
    wide("Images", (object) => joined(containersOf(object).map((container) => container.image ?? ""))),
  ];
}

const joined = (items: readonly string[]): string => items.join(",");

/** `a=1,b=2` sorted by key, `<none>` when empty (`labels.FormatLabels`). */
export function formatLabels(labels: Readonly<Record<string, string>> | undefined): string {
  const entries = Object.entries(labels ?? {}).sort(([left], [right]) => compareText(left, right));
  return entries.length === 0 ? "<none>" : entries.map(([key, value]) => `${key}=${value}`).join(",");
}

/** `a,b,c + 2 more...`: at most `shown` of the items. */
export function formatFirst(items: readonly string[], shown: number): string {
  const list = items.slice(0, shown).join(",");
  return items.length > shown ? `${list} + ${items.length - shown} more...` : list;
}

/** `True`, `False` or `<unset>`, as Kubernetes prints a pointer to a boolean. */
export function formatOptionalBoolean(value: boolean | undefined): string {
  return value === undefined ? "<unset>" : value ? "True" : "False";
}
