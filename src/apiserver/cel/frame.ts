import type { Expression } from "./expression.ts";
import type { CelType } from "./types.ts";
import { CelError, CostExceeded } from "./values.ts";

/** One evaluation under way: what variables stand for, and what it has cost. */
export class Frame {
  readonly locals: unknown[];
  readonly #variable: (name: string) => unknown;
  readonly #limit: number;
  #cost = 0;

  constructor(options: {
    readonly variable: (name: string) => unknown;
    readonly slots: number;
    readonly limit: number;
  }) {
    this.locals = new Array<unknown>(options.slots);
    this.#variable = options.variable;
    this.#limit = options.limit;
  }

  get cost(): number {
    return this.#cost;
  }

  variable(name: string): unknown {
    return this.#variable(name);
  }

  /** What a macro has bound; a lazy value is paid for when it is first asked for. */
  local(slot: number): unknown {
    const held = this.locals[slot];
    if (!(held instanceof Lazy)) return held;
    this.locals[slot] = held.value;
    this.charge(held.cost);
    return held.value;
  }

  charge(cost: number): void {
    this.#cost += cost;
    if (this.#cost > this.#limit) throw new CostExceeded();
  }
}

/** A value that costs something when it is first asked for. */
export class Lazy {
  readonly value: unknown;
  readonly cost: number;

  constructor(value: unknown, cost: number) {
    this.value = value;
    this.cost = cost;
  }
}

/** A part of an expression, ready to run. */
export type Run = (frame: Frame) => unknown;

/** Compiles a part of the same expression. */
export type Compile = (part: Expression) => Run;
/** The inferred type of a part. */
export type TypeOf = (part: Expression) => CelType;

/** The value of a part, or the error it came to, as a value. */
export function attempt(run: Run, frame: Frame): unknown {
  try {
    return run(frame);
  } catch (error) {
    if (error instanceof CelError) return error;
    throw error;
  }
}
