import { type FieldNode, type FieldSet, LEAF } from "./field-set.ts";
import type { FieldType } from "./field-type.ts";
import { fieldNameOf, type PathElement } from "./path-element.ts";

/**
 * The set with the structs on the way to its fields in it too, but not the maps: taking away `a.b.c` may take `a` along when the
 * schema declares it (`fieldpath.Set.EnsureNamedFieldsAreMembers`).
 */
export function withNamedFields(type: FieldType | undefined, set: FieldSet): FieldSet {
  return mapNodes(set, (element, node) => {
    if (node.children.size === 0) return node;
    const name = fieldNameOf(element);
    const named = name !== undefined && type?.map?.declares(name) === true;
    const children = withNamedFields(typeBelow(type, element), node.children);
    const member = node.member || named;
    return member === node.member && children === node.children ? node : { member, children };
  });
}

/**
 * A set noted under an older schema as it is to be read under this one: where a list or map has become atomic since, it is owned
 * as a whole (`typed.ReconcileFieldSetWithSchema`).
 */
export function fittedToSchema(type: FieldType, set: FieldSet): FieldSet {
  if (type.map?.deduced === true) return set;
  return mapNodes(set, (element, node) => {
    const below = typeBelow(type, element);
    if (below === undefined || node.children.size === 0) return node;
    if (isAtomic(below)) return LEAF;
    const children = fittedToSchema(below, node.children);
    return children === node.children ? node : { member: node.member, children };
  });
}

function typeBelow(type: FieldType | undefined, element: PathElement): FieldType | undefined {
  const name = fieldNameOf(element);
  return name === undefined ? type?.list?.items() : type?.map?.field(name);
}

function isAtomic(type: FieldType): boolean {
  if (type.map !== undefined) return type.map.atomic && !type.map.deduced;
  return type.scalar === undefined && type.list?.atomic === true;
}

function mapNodes(set: FieldSet, change: (element: PathElement, node: FieldNode) => FieldNode): FieldSet {
  let changed: Map<PathElement, FieldNode> | undefined;
  for (const [element, before] of set) {
    const after = change(element, before);
    if (after === before) continue;
    changed ??= new Map(set);
    changed.set(element, after);
  }
  return changed ?? set;
}
