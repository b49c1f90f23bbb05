import type { Unstructured } from "../apimachinery/index.ts";
import { isRecord, stableJson } from "../std/index.ts";
import { metaInOrder } from "./encoded-objects.ts";

/**
 * What a JSON or merge patch came to, as evanphx/json-patch writes it: what the patch reached into has its fields in alphabetical
 * order, the rest stands as the server wrote it. Custom resources have no other order.
 */
export function patchedDocument(before: Unstructured, patched: unknown, custom: boolean): string {
  if (custom) return stableJson(patched);
  const metadata = metaInOrder(before.metadata);
  const told = isRecord(patched) && patched.metadata === before.metadata ? { ...patched, metadata } : patched;
  return documentText(told, { ...before, metadata });
}

function documentText(value: unknown, before: unknown): string {
  if (value === before || before === undefined) return JSON.stringify(value);
  if (Array.isArray(value)) {
    const known = new Set<unknown>(Array.isArray(before) ? before : []);
    const items = value.map((item, index) =>
      documentText(item, known.has(item) ? item : Array.isArray(before) ? before[index] : undefined),
    );
    return `[${items.join()}]`;
  }
  if (!isRecord(value)) return JSON.stringify(value);
  const parts = isRecord(before) ? before : {};
  const fields = Object.keys(value)
    .filter((field) => value[field] !== undefined)
    .sort()
    .map((field) => `${JSON.stringify(field)}:${documentText(value[field], parts[field])}`);
  return `{${fields.join()}}`;
}
