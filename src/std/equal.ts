/** Deep equality of JSON-like values. A key whose value is `undefined` counts as absent. Same reference answers at once. */
export function deepEqual(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) {
    return Number.isNaN(left) && Number.isNaN(right);
  }
  if (Array.isArray(left) || Array.isArray(right))
    return Array.isArray(left) && Array.isArray(right) && equalArrays(left, right);
  return equalRecords(left as Record<string, unknown>, right as Record<string, unknown>);
}

function equalArrays(left: readonly unknown[], right: readonly unknown[]): boolean {
  return left.length === right.length && left.every((item, index) => deepEqual(item, right[index]));
}

/** Counts instead of looking up: `left["toString"]` is there on every object. */
function equalRecords(left: Record<string, unknown>, right: Record<string, unknown>): boolean {
  let surplus = 0;
  for (const key in left) {
    if (!deepEqual(left[key], right[key])) return false;
    if (left[key] !== undefined) surplus++;
  }
  for (const key in right) if (right[key] !== undefined) surplus--;
  return surplus === 0;
}
