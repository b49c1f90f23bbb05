import type { ResourceDescriptor } from "../api/index.ts";
import { apiVersionOf, type Unstructured } from "../apimachinery/index.ts";
import { isRecord } from "../std/index.ts";

type Fields = Readonly<Record<string, unknown>>;

/**
 * Writes null for the lists Go's encoder writes so while there are none. Only who is shown an object as bytes sees it: typed code
 * goes on without them.
 */
export function nullListWriter(descriptors: readonly ResourceDescriptor[]): (object: Unstructured) => Unstructured {
  const known = new Map<string, readonly (readonly string[])[]>();
  for (const { kind, nullLists } of descriptors) {
    if (nullLists === undefined) continue;
    const paths = nullLists.map((path) => path.split("."));
    known.set(`${apiVersionOf(kind)} ${kind.kind}`, paths);
  }
  return (object) => {
    const paths = known.get(`${object.apiVersion} ${object.kind}`);
    return paths === undefined ? object : (paths.reduce<Fields>(withNull, object) as Unstructured);
  };
}

function withNull(object: Fields, path: readonly string[]): Fields {
  const [field = "", ...rest] = path;
  const value = object[field];
  if (rest.length === 0) return value === undefined ? { ...object, [field]: null } : object;
  const next = Array.isArray(value) ? withNullInEach(value, rest) : isRecord(value) ? withNull(value, rest) : value;
  return next === value ? object : { ...object, [field]: next };
}

function withNullInEach(items: readonly unknown[], path: readonly string[]): readonly unknown[] {
  const next = items.map((item) => (isRecord(item) ? withNull(item, path) : item));
  return next.every((item, index) => item === items[index]) ? items : next;
}
