import { isRecord } from "../../std/index.ts";
import { type FieldNode, type FieldSet, LEAF, NO_FIELDS } from "./field-set.ts";
import { type FieldType, kindOfValue, type ListType, type MapType } from "./field-type.ts";
import { itemsByElement } from "./list-items.ts";
import { fieldElement, type PathElement } from "./path-element.ts";

/**
 * The fields a configuration states, and so its applier owns: leaves, what is atomic, list items and the entries of maps, but not
 * the structs on the way (structured-merge-diff `typed/tofieldset.go`).
 */
export function ownedFields(type: FieldType, value: unknown): FieldSet {
  return ownedNode(type, value)?.children ?? NO_FIELDS;
}

/** What `value` contributes at its own place; `undefined` when that is nothing. */
function ownedNode(type: FieldType, value: unknown): FieldNode | undefined {
  switch (kindOfValue(type, value)) {
    case "scalar":
      return LEAF;
    case "map":
      return mapNode(type.map as MapType, value);
    case "list":
      return listNode(type.list as ListType, value);
  }
}

function mapNode(type: MapType, value: unknown): FieldNode | undefined {
  if (type.atomic) return LEAF;
  if (!isRecord(value)) return undefined;
  const children = new Map<PathElement, FieldNode>();
  for (const name in value) {
    const item = value[name];
    const fieldType = type.field(name);
    if (item === undefined || fieldType === undefined) continue;
    const node = ownedNode(fieldType, item);
    const member = item === null || !type.declares(name) || (isRecord(item) && isEmpty(item));
    const owned = member ? asMember(node) : node;
    if (owned !== undefined) children.set(fieldElement(name), owned);
  }
  return children.size === 0 ? undefined : { member: false, children };
}

function listNode(type: ListType, value: unknown): FieldNode | undefined {
  if (type.atomic) return LEAF;
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const children = new Map<PathElement, FieldNode>();
  for (const [element, items] of itemsByElement(type, value))
    children.set(element, items.length > 1 ? LEAF : asMember(ownedNode(type.items(), items[0])));
  return { member: false, children };
}

function asMember(node: FieldNode | undefined): FieldNode {
  if (node === undefined) return LEAF;
  return node.member ? node : { member: true, children: node.children };
}

function isEmpty(record: Readonly<Record<string, unknown>>): boolean {
  for (const _ in record) return false;
  return true;
}
