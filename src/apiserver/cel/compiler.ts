import { checkExpression } from "./checker.ts";
import type { Overload } from "./declaration.ts";
import { estimateCost } from "./estimate.ts";
import { Frame } from "./frame.ts";
import { CompileError, InstantiationError } from "./issue.ts";
import { functionLibrary } from "./library/functions.ts";
import { type ParserOptions, parseExpression } from "./parser.ts";
import { compileProgram } from "./program.ts";
import type { CelType } from "./types.ts";
import { CelError } from "./values.ts";

/** What an evaluation came to, and what it cost; a `CelError` or `CostExceeded` is an outcome like any other. */
export type Evaluation = {
  readonly cost: number;
  readonly outcome: { readonly value: unknown } | { readonly error: Error };
};

/** An expression ready for use. */
export type Program = {
  readonly type: CelType;
  /** The variables it speaks of. */
  readonly variables: ReadonlySet<string>;
  /** The most it may cost by what is known of its variables. */
  readonly estimatedCost: () => number;
  readonly evaluate: (variable: (name: string) => unknown, limit: number) => Evaluation;
};

/** Compiles expressions; keep one, as it holds the function library. */
export class CelCompiler {
  readonly #functions: ReadonlyMap<string, readonly Overload[]> = functionLibrary();

  /** Compiles an expression over `variables`; throws a {@link CompileError} with cel-go's account of what is wrong. */
  compile(text: string, variables: ReadonlyMap<string, CelType>, options: ParserOptions = {}): Program {
    const checked = checkExpression(text, parseExpression(text, options), { variables, functions: this.#functions });
    const run = instantiate(() => compileProgram(checked));
    return {
      type: checked.typeOf(checked.root),
      variables: checked.variables,
      estimatedCost: () => estimateCost(checked),
      evaluate: (variable, limit) => {
        const frame = new Frame({ variable, slots: checked.slots, limit });
        return evaluate(() => run(frame), frame);
      },
    };
  }

  /** As {@link compile}; the reason why there is no program is a value. */
  tryCompile(text: string, variables: ReadonlyMap<string, CelType>, options: ParserOptions = {}): Program | string {
    try {
      return this.compile(text, variables, options);
    } catch (error) {
      if (error instanceof CompileError) return `compilation failed: ${error.message}`;
      if (error instanceof InstantiationError) return `program instantiation failed: ${error.message}`;
      throw error;
    }
  }
}

/** Constants are worked out now; those that cannot be end the compilation. */
function instantiate<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof CelError) throw new InstantiationError(error.message);
    throw error;
  }
}

function evaluate(run: () => unknown, frame: Frame): Evaluation {
  try {
    const value = run();
    return { cost: frame.cost, outcome: { value } };
  } catch (error) {
    if (error instanceof Error && (error.name === "CelError" || error.name === "CostExceeded"))
      return { cost: frame.cost, outcome: { error } };
    throw error;
  }
}
