import { checkExpression } from "./checker.ts";
import type { Overload } from "./declaration.ts";
import { estimateCost } from "./estimate.ts";
import { Frame } from "./frame.ts";
import { CompileError } from "./issue.ts";
import { functionLibrary } from "./library/functions.ts";
import { compileProgram } from "./program.ts";
import { Parser } from "./syntax.ts";
import type { CelType } from "./types.ts";

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
  readonly #parser = new Parser();
  readonly #functions: ReadonlyMap<string, readonly Overload[]> = functionLibrary();

  /** Compiles an expression over `variables`; throws a {@link CompileError} with cel-go's account of what is wrong. */
  compile(text: string, variables: ReadonlyMap<string, CelType>): Program {
    const checked = checkExpression(text, this.#parser.parse(text), { variables, functions: this.#functions });
    const run = compileProgram(checked);
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

  /** As {@link compile}, with the error as a value. */
  tryCompile(text: string, variables: ReadonlyMap<string, CelType>): Program | CompileError {
    try {
      return this.compile(text, variables);
    } catch (error) {
      if (error instanceof CompileError) return error;
      throw error;
    }
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
