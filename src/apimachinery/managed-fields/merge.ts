import { isRecord } from "../../std/index.ts";
import { type FieldType, kindOfValue, type ListType, type MapType } from "./field-type.ts";
import { itemElement } from "./list-items.ts";
import type { PathElement } from "./path-element.ts";

/**
 * Lays a configuration over a live value: it wins where both speak, and removes nothing. The live value itself where nothing
 * changes (structured-merge-diff `typed/merge.go`).
 */
export function mergeValues(type: FieldType, live: unknown, config: unknown): unknown {
  if (config === undefined || config === live) return live;
  if (live === undefined) return config;
  switch (kindOfValue(type, config)) {
    case "scalar":
      return config;
    case "map":
      return mergeMaps(type.map as MapType, live, config);
    case "list":
      return mergeLists(type.list as ListType, live, config);
  }
}

function mergeMaps(type: MapType, live: unknown, config: unknown): unknown {
  const over = isRecord(config) ? config : undefined;
  if (type.atomic || !isRecord(live) || Object.keys(live).length === 0) return config;
  let merged: Record<string, unknown> | undefined;
  for (const name in over) {
    const before = live[name];
    const fieldType = type.field(name);
    const after = fieldType === undefined ? over[name] : mergeValues(fieldType, before, over[name]);
    if (after === before) continue;
    merged ??= { ...live };
    merged[name] = after;
  }
  return merged ?? live;
}

function mergeLists(type: ListType, live: unknown, config: unknown): unknown {
  const [left, right] = [listOf(live), listOf(config)];
  if (type.atomic || left.length + right.length === 0) return config;
  if (right.length === 0) return live;
  if (left.length === 0) return config;
  const merged = new ListMerge(type, left, right).merge();
  return merged.length === left.length && merged.every((item, index) => item === left[index]) ? live : merged;
}

/**
 * Merges the items of an associative list. What the configuration lists comes in its order; what only the live list has stays
 * where it stood between the items both have.
 */
class ListMerge {
  readonly #type: ListType;
  readonly #live: readonly Item[];
  readonly #config: readonly Item[];
  /** Items of the live list; those that repeat are replaced, not merged. */
  readonly #liveBy = new Map<PathElement, unknown>();
  readonly #configBy: ReadonlyMap<PathElement, unknown>;
  readonly #taken = new Set<PathElement>();
  readonly #out: unknown[] = [];
  /** Items of both lists that are still to come, in the configuration's order. */
  #shared: readonly PathElement[];

  constructor(type: ListType, live: readonly unknown[], config: readonly unknown[]) {
    this.#type = type;
    this.#live = live.map((value) => ({ element: itemElement(type, value), value }));
    this.#config = config.map((value) => ({ element: itemElement(type, value), value }));
    for (const { element, value } of this.#live)
      this.#liveBy.set(element, this.#liveBy.has(element) ? undefined : value);
    this.#configBy = new Map(this.#config.map(({ element, value }) => [element, value]));
    this.#shared = this.#config.map(({ element }) => element).filter((element) => this.#liveBy.has(element));
  }

  merge(): readonly unknown[] {
    let [at, configAt] = [0, 0];
    while (at < this.#live.length || configAt < this.#config.length) {
      const own = this.#live[at];
      const wanted = this.#config[configAt];
      if (own !== undefined && !this.#configBy.has(own.element)) {
        this.#out.push(own.value);
        at++;
        continue;
      }
      if (own !== undefined && wanted !== undefined && this.#comesElsewhere(own.element, wanted.element)) {
        at++;
        continue;
      }
      if (own !== undefined && (own.element === wanted?.element || this.#taken.has(own.element))) at++;
      if (wanted !== undefined) {
        this.#take(wanted.element);
        configAt++;
      }
    }
    return this.#out;
  }

  /** Whether an item of both lists is not the next of these in the configuration's order. */
  #comesElsewhere(own: PathElement, wanted: PathElement): boolean {
    const [next] = this.#shared;
    return own !== wanted && next !== undefined && next !== own;
  }

  #take(element: PathElement): void {
    this.#taken.add(element);
    if (this.#shared[0] === element) this.#shared = this.#shared.slice(1);
    this.#out.push(mergeValues(this.#type.items(), this.#liveBy.get(element), this.#configBy.get(element)));
  }
}

type Item = { readonly element: PathElement; readonly value: unknown };

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
