import { isRecord } from "../../std/index.ts";
import { type FieldNode, type FieldSet, LEAF, sortedElements } from "./field-set.ts";
import { FieldsFormatError, type PathElement, parsePathElement } from "./path-element.ts";

/** metav1.FieldsV1 as it stands in a managed fields entry. */
export type FieldsV1 = Readonly<Record<string, unknown>>;

const SELF = ".";
const NOTHING: FieldsV1 = {};

/** Reads FieldsV1; throws a {@link FieldsFormatError} when it is none. */
export function parseFieldsV1(fields: FieldsV1): FieldSet {
  return parseNode(fields).children;
}

/** Writes FieldsV1, each level in Kubernetes' order (structured-merge-diff `fieldpath/serialize.go`). */
export function formatFieldsV1(set: FieldSet): FieldsV1 {
  if (set.size === 0) return NOTHING;
  const fields: Record<string, unknown> = {};
  for (const element of sortedElements(set)) fields[element] = formatNode(set.get(element) as FieldNode);
  return fields;
}

/** Values of FieldsV1 kept for sharing; past these all are forgotten and gathered anew. */
const SHARED_MAX = 1024;

/**
 * Reads and writes FieldsV1. It remembers which set each value it met stands for, so that stored objects are read once, and writes
 * equal sets as one value, since objects of one make are owned alike.
 */
export class FieldsCodec {
  readonly #sets = new WeakMap<FieldsV1, FieldSet>();
  readonly #shared = new Map<string, FieldsV1>();

  parse(fields: FieldsV1): FieldSet {
    let set = this.#sets.get(fields);
    if (set === undefined) {
      set = parseFieldsV1(fields);
      this.#sets.set(fields, set);
    }
    return set;
  }

  format(set: FieldSet): FieldsV1 {
    const fields = formatFieldsV1(set);
    const text = JSON.stringify(fields);
    const known = this.#shared.get(text);
    if (known !== undefined) return known;
    if (this.#shared.size >= SHARED_MAX) this.#shared.clear();
    this.#shared.set(text, fields);
    this.#sets.set(fields, set);
    return fields;
  }
}

function parseNode(fields: unknown): FieldNode {
  if (fields === null) return LEAF;
  if (!isRecord(fields)) throw new FieldsFormatError(`expected an object of fields, got ${JSON.stringify(fields)}`);
  const children = new Map<PathElement, FieldNode>();
  let member = false;
  for (const key in fields) {
    if (key === SELF) {
      member = true;
      continue;
    }
    const element = parsePathElement(key);
    if (element !== undefined) children.set(element, parseNode(fields[key]));
  }
  return children.size === 0 ? LEAF : { member, children };
}

function formatNode(node: FieldNode): FieldsV1 {
  if (node.children.size === 0) return NOTHING;
  if (!node.member) return formatFieldsV1(node.children);
  const fields: Record<string, unknown> = { [SELF]: NOTHING };
  for (const element of sortedElements(node.children))
    fields[element] = formatNode(node.children.get(element) as FieldNode);
  return fields;
}
