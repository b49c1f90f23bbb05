/** A way into a JSON-like value: field names, and indexes of arrays. */
export type ObjectPath = readonly (string | number)[];

/** The value at `path`, or `undefined` when any part of the way is absent. */
export function getPath(object: unknown, path: ObjectPath): unknown {
  let value = object;
  for (const segment of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Readonly<Record<string | number, unknown>>)[segment];
  }
  return value;
}

/**
 * `object` with `value` at `path`, everything beside the way shared; absent objects on the way are made.
 * `undefined` removes a field. The same object when the value is there already.
 */
export function setPath<T>(object: T, path: ObjectPath, value: unknown): T {
  return setFrom(object, path, 0, value) as T;
}

function setFrom(node: unknown, path: ObjectPath, depth: number, value: unknown): unknown {
  const segment = path[depth];
  if (segment === undefined) return value;
  const before = getPath(node, [segment]);
  if (value === undefined && before === undefined) return node;
  const after = setFrom(before, path, depth + 1, value);
  if (after === before) return node;
  if (Array.isArray(node)) return node.with(Number(segment), after);
  const record: Record<string, unknown> = typeof node === "object" && node !== null ? { ...node } : {};
  if (after === undefined) delete record[segment];
  else record[segment] = after;
  return record;
}
