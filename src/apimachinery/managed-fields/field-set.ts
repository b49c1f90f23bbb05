import { comparePathElements, type FieldPath, type PathElement } from "./path-element.ts";

/** Whether a field itself belongs to the set, and which of the fields below it do. Never neither. */
export type FieldNode = { readonly member: boolean; readonly children: FieldSet };

/**
 * A set of an object's fields, as a tree. Immutable: operations share whatever they leave as it is, and one that changes nothing
 * returns the same set (structured-merge-diff `fieldpath.Set`).
 */
export type FieldSet = ReadonlyMap<PathElement, FieldNode>;

export const NO_FIELDS: FieldSet = new Map();

/** A field that is in the set with nothing below it. */
export const LEAF: FieldNode = { member: true, children: NO_FIELDS };

/** The set of these fields. Fields above them are not in it. */
export function fieldSet(...paths: readonly FieldPath[]): FieldSet {
  const builder = new FieldSetBuilder();
  for (const path of paths) builder.insert(path);
  return builder.set;
}

/** Fields in either set. */
export function unionFields(left: FieldSet, right: FieldSet): FieldSet {
  if (left === right || right.size === 0) return left;
  if (left.size === 0) return right;
  let out: Map<PathElement, FieldNode> | undefined;
  for (const [element, other] of right) {
    const own = left.get(element);
    const node = own === undefined ? other : unionNodes(own, other);
    if (node === own) continue;
    out ??= new Map(left);
    out.set(element, node);
  }
  return out ?? left;
}

/** Fields of `left` that are not in `right`; what is below a field of `right` stays. */
export function differenceOfFields(left: FieldSet, right: FieldSet): FieldSet {
  return subtract(left, right, (own, other) =>
    nodeOf(own, own.member && !other.member, differenceOfFields(own.children, other.children)),
  );
}

/** Fields of `left` that are neither in `right` nor below a field of `right`. */
export function recursiveDifferenceOfFields(left: FieldSet, right: FieldSet): FieldSet {
  return subtract(left, right, (own, other) =>
    other.member ? undefined : nodeOf(own, own.member, recursiveDifferenceOfFields(own.children, other.children)),
  );
}

/** Fields in both sets. */
export function intersectionOfFields(left: FieldSet, right: FieldSet): FieldSet {
  if (left === right) return left;
  const out = new Map<PathElement, FieldNode>();
  let same = true;
  for (const [element, own] of left) {
    const other = right.get(element);
    const node =
      other === undefined
        ? undefined
        : nodeOf(own, own.member && other.member, intersectionOfFields(own.children, other.children));
    same &&= node === own;
    if (node !== undefined) out.set(element, node);
  }
  return same ? left : out;
}

export function hasField(set: FieldSet, path: FieldPath): boolean {
  let fields = set;
  let member = false;
  for (const element of path) {
    const node = fields.get(element);
    if (node === undefined) return false;
    ({ member, children: fields } = node);
  }
  return member;
}

/** Whether every field of `part` is in `whole`. */
export function containsFields(whole: FieldSet, part: FieldSet): boolean {
  return differenceOfFields(part, whole).size === 0;
}

export function equalFields(left: FieldSet, right: FieldSet): boolean {
  if (left === right) return true;
  if (left.size !== right.size) return false;
  for (const [element, own] of left) {
    const other = right.get(element);
    if (other === undefined || other.member !== own.member || !equalFields(own.children, other.children)) return false;
  }
  return true;
}

/** Every field of the set in Kubernetes' order: those of a level before those below it. */
export function pathsOf(set: FieldSet): FieldPath[] {
  const paths: FieldPath[] = [];
  collectPaths(set, [], paths);
  return paths;
}

/** The elements of one level in Kubernetes' order. */
export function sortedElements(set: FieldSet): readonly PathElement[] {
  return set.size < 2 ? [...set.keys()] : [...set.keys()].sort(comparePathElements);
}

/** `node` with its parts replaced; the same one when they are the same, `undefined` when nothing is left. */
function nodeOf(node: FieldNode, member: boolean, children: FieldSet): FieldNode | undefined {
  if (node.member === member && node.children === children) return node;
  return member || children.size > 0 ? { member, children } : undefined;
}

type GrowingNode = { member: boolean; children: GrowingSet };
type GrowingSet = Map<PathElement, GrowingNode>;

/** Gathers fields into a set. */
export class FieldSetBuilder {
  readonly #root: GrowingSet = new Map();

  /** The root of an object is no field of it, and is left out. */
  insert(path: FieldPath): void {
    let fields = this.#root;
    let node: GrowingNode | undefined;
    for (const element of path) {
      node = fields.get(element);
      if (node === undefined) {
        node = { member: false, children: new Map() };
        fields.set(element, node);
      }
      fields = node.children;
    }
    if (node !== undefined) node.member = true;
  }

  /** What was gathered; nothing may be inserted afterwards. */
  get set(): FieldSet {
    return this.#root.size === 0 ? NO_FIELDS : this.#root;
  }
}

function unionNodes(own: FieldNode, other: FieldNode): FieldNode {
  const children = unionFields(own.children, other.children);
  const member = own.member || other.member;
  return member === own.member && children === own.children ? own : { member, children };
}

function subtract(
  left: FieldSet,
  right: FieldSet,
  subtractNode: (own: FieldNode, other: FieldNode) => FieldNode | undefined,
): FieldSet {
  if (left.size === 0 || right.size === 0) return left;
  let out: Map<PathElement, FieldNode> | undefined;
  for (const [element, other] of right) {
    const own = left.get(element);
    if (own === undefined) continue;
    const node = subtractNode(own, other);
    if (node === own) continue;
    out ??= new Map(left);
    if (node === undefined) out.delete(element);
    else out.set(element, node);
  }
  return out ?? left;
}

function collectPaths(set: FieldSet, prefix: FieldPath, paths: FieldPath[]): void {
  const elements = sortedElements(set);
  for (const element of elements) if (set.get(element)?.member === true) paths.push([...prefix, element]);
  for (const element of elements) {
    const children = set.get(element)?.children ?? NO_FIELDS;
    if (children.size > 0) collectPaths(children, [...prefix, element], paths);
  }
}
