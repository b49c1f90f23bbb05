import { type CelType, DYN, listOf, mapOf, optionalOf } from "./types.ts";

const TAKES_NULL: ReadonlySet<CelType["kind"]> = new Set(["object", "opaque", "timestamp", "duration", "optional"]);

/** Finds the types that type variables stand for while one expression is checked; cel-go's `checker` with its mapping. */
export class Inference {
  #bound: ReadonlyMap<number, CelType> = new Map();
  #next = 0;

  fresh(): CelType {
    return { kind: "variable", id: this.#next++ };
  }

  /** The type with every parameter replaced by a variable of its own. */
  instantiate(type: CelType, parameters: Map<string, CelType>): CelType {
    switch (type.kind) {
      case "parameter": {
        const known = parameters.get(type.name) ?? this.fresh();
        parameters.set(type.name, known);
        return known;
      }
      case "list":
        return listOf(this.instantiate(type.element, parameters));
      case "map":
        return mapOf(this.instantiate(type.key, parameters), this.instantiate(type.value, parameters));
      case "optional":
        return optionalOf(this.instantiate(type.of, parameters));
      default:
        return type;
    }
  }

  /** Whether values of `from` may stand where `to` is asked for; binds variables when all pairs fit, and nothing when one does not. */
  assignable(pairs: readonly (readonly [from: CelType, to: CelType])[]): boolean {
    const before = this.#bound;
    if (pairs.every(([from, to]) => this.#fits(from, to))) return true;
    this.#bound = before;
    return false;
  }

  /** The type with variables replaced by what is known of them; what stays unknown is dynamic. */
  resolve(type: CelType): CelType {
    switch (type.kind) {
      case "variable": {
        const bound = this.#bound.get(type.id);
        return bound === undefined ? DYN : this.resolve(bound);
      }
      case "list": {
        const element = this.resolve(type.element);
        return element === type.element ? type : { ...type, element };
      }
      case "map": {
        const [key, value] = [this.resolve(type.key), this.resolve(type.value)];
        return key === type.key && value === type.value ? type : { ...type, key, value };
      }
      case "optional": {
        const of = this.resolve(type.of);
        return of === type.of ? type : optionalOf(of);
      }
      default:
        return type;
    }
  }

  /** One step of resolution, for those who ask what kind of type they have. */
  shallow(type: CelType): CelType {
    let present = type;
    while (present.kind === "variable") {
      const bound = this.#bound.get(present.id);
      if (bound === undefined) return present;
      present = bound;
    }
    return present;
  }

  #fits(rawFrom: CelType, rawTo: CelType): boolean {
    const from = this.shallow(rawFrom);
    const to = this.shallow(rawTo);
    if (from === to) return true;
    if (to.kind === "variable") return this.#bind(to.id, from);
    if (from.kind === "variable") return this.#bind(from.id, to);
    if (from.kind === "dyn" || to.kind === "dyn") return true;
    if (from.kind === "null") return to.kind === "null" || TAKES_NULL.has(to.kind);
    if (to.kind === "null") return TAKES_NULL.has(from.kind);
    switch (from.kind) {
      case "list":
        return to.kind === "list" && this.#fits(from.element, to.element);
      case "map":
        return to.kind === "map" && this.#fits(from.key, to.key) && this.#fits(from.value, to.value);
      case "optional":
        return to.kind === "optional" && this.#fits(from.of, to.of);
      case "object":
      case "opaque":
        return to.kind === from.kind && to.name === from.name;
      default:
        return from.kind === to.kind;
    }
  }

  #bind(id: number, type: CelType): boolean {
    if (type.kind === "variable" && type.id === id) return true;
    if (this.#occurs(id, type)) return false;
    this.#bound = new Map(this.#bound).set(id, type);
    return true;
  }

  #occurs(id: number, rawType: CelType): boolean {
    const type = this.shallow(rawType);
    if (type.kind === "variable") return type.id === id;
    if (type.kind === "list") return this.#occurs(id, type.element);
    if (type.kind === "map") return this.#occurs(id, type.key) || this.#occurs(id, type.value);
    return type.kind === "optional" && this.#occurs(id, type.of);
  }
}
