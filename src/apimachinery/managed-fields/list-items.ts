import { isRecord } from "../../std/index.ts";
import type { ListType } from "./field-type.ts";
import { keyElement, type PathElement, valueElement } from "./path-element.ts";

/** A value that does not have the form its type asks for; ownership of such a value cannot be told. */
export class TypedValueError extends Error {
  override readonly name = "TypedValueError";
}

/** How an item of an associative list is told from the others; throws a {@link TypedValueError} when it cannot be. */
export function itemElement(list: ListType, item: unknown): PathElement {
  return list.keys.length > 0 ? keyOf(list, item) : setElement(item);
}

/** The items of a list by what tells them apart, in order; those that repeat stand together. */
export function itemsByElement(list: ListType, items: readonly unknown[]): Map<PathElement, readonly unknown[]> {
  const found = new Map<PathElement, readonly unknown[]>();
  for (const item of items) {
    const element = itemElement(list, item);
    const same = found.get(element);
    found.set(element, same === undefined ? [item] : [...same, item]);
  }
  return found;
}

function keyOf(list: ListType, item: unknown): PathElement {
  if (item === null || item === undefined)
    throw new TypedValueError("associative list with keys may not have a null element");
  if (!isRecord(item)) throw new TypedValueError("associative list with keys may not have non-map elements");
  const fields: (readonly [string, unknown])[] = [];
  for (const key of list.keys) {
    // A key without a value is left out: the item is then another than one with it.
    const value = item[key] ?? list.items().map?.defaultOf(key);
    if (value !== undefined && value !== null) fields.push([key, value]);
  }
  if (fields.length === 0)
    throw new TypedValueError(
      `associative list with keys has an element that omits all key fields [${list.keys.map((key) => JSON.stringify(key)).join(" ")}] (and doesn't have default values for any key fields)`,
    );
  return keyElement(fields);
}

function setElement(item: unknown): PathElement {
  if (Array.isArray(item)) throw new TypedValueError("not supported: associative list with lists as elements");
  if (isRecord(item)) throw new TypedValueError("associative list without keys has an element that's a map type");
  if (item === null || item === undefined)
    throw new TypedValueError("associative list without keys has an element that's an explicit null");
  return valueElement(item);
}
