import type { CelCompiler, Program } from "../cel/compiler.ts";
import { MATCH_CONDITIONS_BUDGET, PER_CALL_LIMIT } from "../cel/limits.ts";
import type { CelType } from "../cel/types.ts";

/** matchConditions of webhooks and policies. */
export type MatchCondition = { readonly name: string; readonly expression: string };

/** An expression ready for use, or the text of why it is not. */
export type Compiled = { readonly expression: string; readonly program: Program | string };

/** What conditions came to: no error and no match leaves the webhook or policy out. */
export type ConditionsOutcome = { readonly matches: boolean; readonly error?: string };

/** Compiles an expression that must be of one of the given types. */
export function compileExpression(
  compiler: CelCompiler,
  expression: string,
  variables: ReadonlyMap<string, CelType>,
  kinds: readonly CelType["kind"][],
): Compiled {
  const program = compiler.tryCompile(expression, variables);
  if (typeof program === "string") return { expression, program };
  if (kinds.includes(program.type.kind) || kinds.length === 0) return { expression, program };
  const reason =
    kinds.length === 1
      ? `must evaluate to ${kinds[0]} but got ${program.type.kind}`
      : `must evaluate to one of [${kinds.join(" ").replace("null", "null_type")}] but got ${program.type.kind}`;
  return { expression, program: reason };
}

/** The value of an expression, or the error it came to, as upstream words it. */
export type Evaluated =
  | { readonly ok: true; readonly value: unknown; readonly cost: number }
  | {
      readonly ok: false;
      readonly error: string;
      /** What went wrong, without the expression it went wrong in. */
      readonly cause?: string;
      readonly cost: number;
    };

/** Evaluates one expression of admission. */
export function evaluateExpression(
  { expression, program }: Compiled,
  variable: (name: string) => unknown,
  budget: number,
): Evaluated {
  if (typeof program === "string") return { ok: false, error: program, cost: 0 };
  const { outcome, cost } = program.evaluate(variable, PER_CALL_LIMIT);
  if (cost > budget) {
    const error = "validation failed due to running out of cost budget, no further validation rules will be run";
    return { ok: false, error, cost };
  }
  if ("value" in outcome) return { ok: true, value: outcome.value, cost };
  const { message: cause } = outcome.error;
  return { ok: false, error: `expression '${expression}' resulted in error: ${cause}`, cause, cost };
}

/** All conditions must hold. One that does not decides, before any that fails (`webhook/matchconditions/matcher.go`). */
export function evaluateConditions(
  conditions: readonly Compiled[],
  variable: (name: string) => unknown,
  failurePolicy: string | undefined,
): ConditionsOutcome {
  let budget = MATCH_CONDITIONS_BUDGET;
  const errors: string[] = [];
  for (const condition of conditions) {
    const evaluated = evaluateExpression(condition, variable, budget);
    budget -= evaluated.cost;
    if (!evaluated.ok) errors.push(evaluated.error);
    else if (evaluated.value === false) return { matches: false };
  }
  if (errors.length === 0) return { matches: true };
  if (failurePolicy === "Ignore") return { matches: false };
  return { matches: false, error: errors.length === 1 ? (errors[0] ?? "") : `[${errors.join(", ")}]` };
}
