import { deepEqual, isRecord } from "../../std/index.ts";
import { type FieldSet, FieldSetBuilder } from "./field-set.ts";
import { type FieldKind, type FieldType, kindOfValue, type ListType, type MapType } from "./field-type.ts";
import { itemsByElement } from "./list-items.ts";
import { fieldElement, type PathElement } from "./path-element.ts";

/** What a write did to an object's fields; no field is in two of the three. */
export type Comparison = { readonly added: FieldSet; readonly modified: FieldSet; readonly removed: FieldSet };

/** Compares two versions of an object; parts shared by reference cost nothing (structured-merge-diff `typed/compare.go`). */
export function compareFields(type: FieldType, before: unknown, after: unknown): Comparison {
  const walk: Walk = {
    path: [],
    added: new FieldSetBuilder(),
    modified: new FieldSetBuilder(),
    removed: new FieldSetBuilder(),
  };
  compareAt(walk, type, before, after);
  return { added: walk.added.set, modified: walk.modified.set, removed: walk.removed.set };
}

type Walk = {
  readonly path: PathElement[];
  readonly added: FieldSetBuilder;
  readonly modified: FieldSetBuilder;
  readonly removed: FieldSetBuilder;
};

function compareAt(walk: Walk, type: FieldType, before: unknown, after: unknown): void {
  if (before === after) return;
  const kind = kindOfValue(type, after === undefined ? before : after);
  const kindBefore = before === undefined || after === undefined ? kind : kindOfValue(type, before);
  // A value that became another kind of value is compared as both: what was inside it is gone, and it is another itself.
  if (kindBefore !== kind) compareAs(kindBefore, walk, type, before, after);
  const leaf = compareAs(kind, walk, type, before, after);
  if (leaf) return;
  if (before === undefined) walk.added.insert(walk.path);
  else if (after === undefined) walk.removed.insert(walk.path);
}

/** Whether the values were compared as a whole. */
function compareAs(kind: FieldKind, walk: Walk, type: FieldType, before: unknown, after: unknown): boolean {
  if (kind === "map") {
    const [left, right] = [recordOf(before), recordOf(after)];
    const map = type.map as MapType;
    if (!map.atomic && !(isEmpty(left) && isEmpty(right))) {
      compareMaps(walk, map, left ?? {}, right ?? {});
      return false;
    }
  } else if (kind === "list") {
    const [left, right] = [listOf(before), listOf(after)];
    const list = type.list as ListType;
    if (!list.atomic && left.length + right.length > 0) {
      compareLists(walk, list, left, right);
      return false;
    }
  }
  compareWhole(walk, before, after);
  return true;
}

function compareWhole(walk: Walk, before: unknown, after: unknown): void {
  if (before === undefined) walk.added.insert(walk.path);
  else if (after === undefined) walk.removed.insert(walk.path);
  else if (!deepEqual(before, after)) walk.modified.insert(walk.path);
}

type Fields = Readonly<Record<string, unknown>>;

function compareMaps(walk: Walk, type: MapType, before: Fields, after: Fields): void {
  for (const name in before)
    if (before[name] !== after[name]) compareField(walk, type, name, before[name], after[name]);
  for (const name in after) if (!Object.hasOwn(before, name)) compareField(walk, type, name, undefined, after[name]);
}

function compareField(walk: Walk, type: MapType, name: string, before: unknown, after: unknown): void {
  const fieldType = type.field(name);
  // What the schema does not know nobody can own.
  if (fieldType !== undefined) compareBelow(walk, fieldElement(name), fieldType, before, after);
}

function compareBelow(walk: Walk, element: PathElement, type: FieldType, before: unknown, after: unknown): void {
  walk.path.push(element);
  compareAt(walk, type, before, after);
  walk.path.pop();
}

function compareLists(walk: Walk, type: ListType, before: readonly unknown[], after: readonly unknown[]): void {
  const left = itemsByElement(type, before);
  const right = itemsByElement(type, after);
  for (const [element, items] of left) compareItems(walk, type, element, items, right.get(element) ?? []);
  for (const [element, items] of right) if (!left.has(element)) compareItems(walk, type, element, [], items);
}

/** Items that repeat are owned as one; those that no longer do, or do now, change hands as such. */
function compareItems(
  walk: Walk,
  type: ListType,
  element: PathElement,
  before: readonly unknown[],
  after: readonly unknown[],
): void {
  if (before.length <= 1 && after.length <= 1) {
    compareBelow(walk, element, type.items(), before[0], after[0]);
    return;
  }
  const here = [...walk.path, element];
  if (before.length >= 2 && after.length >= 2) {
    if (!deepEqual(before, after)) walk.modified.insert(here);
  } else if (before.length >= 2) {
    if (after.length === 1) compareBelow(walk, element, type.items(), undefined, after[0]);
    walk.removed.insert(here);
  } else {
    if (before.length === 1) compareBelow(walk, element, type.items(), before[0], undefined);
    walk.added.insert(here);
  }
}

function recordOf(value: unknown): Fields | undefined {
  return isRecord(value) ? value : undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isEmpty(record: Fields | undefined): boolean {
  for (const _ in record) return false;
  return true;
}
