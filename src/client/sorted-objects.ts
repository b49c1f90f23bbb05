import type { KubeObject } from "../apimachinery/index.ts";

/**
 * Objects of one kind, sorted by namespace and name, at most one per name. What `share` handed out never changes:
 * the next write copies first.
 */
export class SortedObjects<T extends KubeObject> {
  #items: T[];
  #shared = false;

  constructor(items: T[] = []) {
    this.#items = items;
  }

  get size(): number {
    return this.#items.length;
  }

  share(): readonly T[] {
    this.#shared = true;
    return this.#items;
  }

  set(object: T): void {
    this.#own();
    const items = this.#items;
    const at = this.#position(object);
    const found = items[at];
    if (found !== undefined && compareObjects(found, object) === 0) items[at] = object;
    else if (at === items.length) items.push(object);
    else items.splice(at, 0, object);
  }

  delete(object: T): void {
    const at = this.#position(object);
    const found = this.#items[at];
    if (found === undefined || compareObjects(found, object) !== 0) return;
    this.#own();
    this.#items.splice(at, 1);
  }

  /** Where `object` is, or where it belongs. Lists arrive sorted, so the end is tried first. */
  #position(object: T): number {
    const items = this.#items;
    const last = items.length - 1;
    if (last < 0 || compareObjects(items[last] as T, object) < 0) return items.length;
    let low = 0;
    let high = last;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareObjects(items[middle] as T, object) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #own(): void {
    if (!this.#shared) return;
    this.#items = this.#items.slice();
    this.#shared = false;
  }
}

/** Orders objects of one kind by namespace, then name. */
export function compareObjects(left: KubeObject, right: KubeObject): number {
  const leftNamespace = left.metadata.namespace ?? "";
  const rightNamespace = right.metadata.namespace ?? "";
  if (leftNamespace !== rightNamespace) return leftNamespace < rightNamespace ? -1 : 1;
  const leftName = left.metadata.name;
  const rightName = right.metadata.name;
  return leftName === rightName ? 0 : leftName < rightName ? -1 : 1;
}
