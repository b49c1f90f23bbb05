import { isRecord } from "../../std/index.ts";
import type { FieldSet } from "./field-set.ts";
import { type FieldType, kindOfValue, type ListType, type MapType } from "./field-type.ts";
import { itemElement } from "./list-items.ts";
import { fieldElement } from "./path-element.ts";

/**
 * `value` without these fields and what is below them; the value itself when nothing was taken. A map or list that is emptied
 * leaves a null behind: it may be someone's, though nothing in it is (structured-merge-diff `typed/remove.go`).
 */
export function removeFields(type: FieldType, value: unknown, fields: FieldSet): unknown {
  if (fields.size === 0) return value;
  switch (kindOfValue(type, value)) {
    case "scalar":
      return value;
    case "map":
      return removeFromMap(type.map as MapType, value, fields);
    case "list":
      return removeFromList(type.list as ListType, value, fields);
  }
}

function removeFromMap(type: MapType, value: unknown, fields: FieldSet): unknown {
  if (type.atomic || !isRecord(value)) return null;
  let kept: Record<string, unknown> | undefined;
  for (const name in value) {
    const node = fields.get(fieldElement(name));
    const fieldType = type.field(name);
    if (node === undefined || fieldType === undefined) continue;
    const before = value[name];
    const after = node.member ? undefined : removeFields(fieldType, before, node.children);
    if (after === before) continue;
    kept ??= { ...value };
    if (after === undefined) delete kept[name];
    else kept[name] = after;
  }
  if (kept === undefined) return isEmpty(value) ? null : value;
  return isEmpty(kept) ? null : kept;
}

function removeFromList(type: ListType, value: unknown, fields: FieldSet): unknown {
  if (type.atomic || !Array.isArray(value) || value.length === 0) return null;
  const kept: unknown[] = [];
  let changed = false;
  for (const before of value) {
    const node = fields.get(itemElement(type, before));
    const after = node === undefined ? before : node.member ? null : removeFields(type.items(), before, node.children);
    changed ||= after !== before;
    // An item without any field could no longer be told from others.
    if (after !== null) kept.push(after);
  }
  if (!changed) return value;
  return kept.length === 0 ? null : kept;
}

function isEmpty(record: Readonly<Record<string, unknown>>): boolean {
  for (const _ in record) return false;
  return true;
}
