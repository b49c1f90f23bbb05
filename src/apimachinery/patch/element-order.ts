import { isRecord } from "../../std/index.ts";

type List = readonly unknown[];

/**
 * `merged` in the order a `$setElementOrder` list asks for. Items it names come in its order; the others keep the order they
 * had in `live` and are woven in where `live` has them relative to the named ones (strategicpatch `mergeSortedSlice`).
 */
export function inElementOrder(merged: List, order: List, live: List, mergeKey: string | undefined): List {
  const keyOf = (item: unknown): unknown => (mergeKey !== undefined && isRecord(item) ? item[mergeKey] : item);
  const wanted = positions(order, keyOf);
  const lived = positions(live, keyOf);
  const named = sortedBy(
    merged.filter((item) => wanted.has(keyOf(item))),
    keyOf,
    wanted,
  );
  const others = sortedBy(
    merged.filter((item) => !wanted.has(keyOf(item))),
    keyOf,
    lived,
  );
  const result = woven(others, named, (left, right) => {
    const leftAt = lived.get(keyOf(left));
    const rightAt = lived.get(keyOf(right));
    return leftAt !== undefined && rightAt !== undefined && leftAt < rightAt;
  });
  return result.length === live.length && result.every((item, index) => item === live[index]) ? live : result;
}

function positions(list: List, keyOf: (item: unknown) => unknown): ReadonlyMap<unknown, number> {
  return new Map(list.map((item, index) => [keyOf(item), index]));
}

function sortedBy(items: List, keyOf: (item: unknown) => unknown, at: ReadonlyMap<unknown, number>): List {
  const place = (item: unknown): number => at.get(keyOf(item)) ?? Number.MAX_SAFE_INTEGER;
  return items.toSorted((left, right) => place(left) - place(right));
}

/** Both lists in one, the order within each kept: an item of `left` goes before the first of `right` it precedes. */
function woven(left: List, right: List, precedes: (left: unknown, right: unknown) => boolean): List {
  const result: unknown[] = [];
  let leftIndex = 0;
  let rightIndex = 0;
  while (leftIndex < left.length && rightIndex < right.length) {
    if (precedes(left[leftIndex], right[rightIndex])) result.push(left[leftIndex++]);
    else result.push(right[rightIndex++]);
  }
  return [...result, ...left.slice(leftIndex), ...right.slice(rightIndex)];
}
