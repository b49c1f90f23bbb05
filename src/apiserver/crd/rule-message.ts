import type { Program } from "../cel/compiler.ts";
import { PER_CALL_LIMIT } from "../cel/limits.ts";
import { CostExceeded } from "../cel/values.ts";
import type { ValidationRule } from "./validation-rule.ts";

const MESSAGE_BYTES_MAX = 5 * 1024;

/** What a message expression came to: a text, nothing (the rule's own message stands in), or the end of validation. */
export type RuleMessage = { readonly cost: number; readonly text?: string; readonly fatal?: string };

/** Evaluates a rule's message, as far as the budget goes. */
export function evaluateMessage(
  program: Program,
  rule: ValidationRule,
  variable: (name: string) => unknown,
  budget: number,
): RuleMessage {
  const { cost, outcome } = program.evaluate(variable, PER_CALL_LIMIT);
  if (cost > budget)
    return {
      cost,
      fatal:
        "messageExpression evaluation failed due to running out of cost budget, no further validation rules will be run",
    };
  if ("error" in outcome) {
    if (!(outcome.error instanceof CostExceeded)) return { cost };
    const expression = JSON.stringify(rule.messageExpression);
    return {
      cost,
      fatal: `no further validation rules will be run due to call cost exceeds limit for messageExpression: ${expression}`,
    };
  }
  const text = typeof outcome.value === "string" ? outcome.value.trim() : "";
  const isUsable = text !== "" && !text.includes("\n") && Buffer.byteLength(text) <= MESSAGE_BYTES_MAX;
  return isUsable ? { cost, text } : { cost };
}
