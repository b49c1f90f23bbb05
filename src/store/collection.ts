import type { Unstructured } from "../apimachinery/index.ts";
import { compareText } from "../std/index.ts";

/** The objects of one namespace by name; ordered by name when asked, not when written. */
export class Collection {
  readonly #objects = new Map<string, Unstructured>();
  #names: string[] = [];
  #order: "sorted" | "appended" | "stale" = "sorted";
  #listed: readonly Unstructured[] | undefined;

  get size(): number {
    return this.#objects.size;
  }

  get(name: string): Unstructured | undefined {
    return this.#objects.get(name);
  }

  set(name: string, object: Unstructured): void {
    if (!this.#objects.has(name)) this.#appendName(name);
    this.#objects.set(name, object);
    this.#listed = undefined;
  }

  delete(name: string): void {
    this.#objects.delete(name);
    this.#order = "stale";
    this.#listed = undefined;
  }

  /** All objects in order of name; the same array until the next write. */
  list(): readonly Unstructured[] {
    if (this.#listed === undefined) {
      this.#sortNames();
      this.#listed = this.#names.map((name) => this.#objects.get(name) as Unstructured);
    }
    return this.#listed;
  }

  #appendName(name: string): void {
    if (this.#order === "stale") return;
    const last = this.#names.at(-1);
    this.#names.push(name);
    if (last !== undefined && last > name) this.#order = "appended";
  }

  #sortNames(): void {
    if (this.#order === "sorted") return;
    if (this.#order === "stale") this.#names = [...this.#objects.keys()];
    this.#names.sort(compareText);
    this.#order = "sorted";
  }
}
