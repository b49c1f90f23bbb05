import type { CelCompiler } from "../cel/compiler.ts";
import { COST_BUDGET } from "../cel/limits.ts";
import { type CelType, DYN } from "../cel/types.ts";
import { CelError } from "../cel/values.ts";
import { expressionVariables } from "./expression-variables.ts";
import { type Compiled, compileExpression, evaluateConditions, evaluateExpression } from "./match-conditions.ts";
import type { PolicySpec, PolicyValidation } from "./policy-types.ts";

/** A policy's expressions, ready for use. */
export type PolicyProgram = {
  readonly spec: PolicySpec;
  readonly conditions: readonly Compiled[];
  readonly variables: readonly (Compiled & { readonly name: string })[];
  readonly validations: readonly {
    readonly validation: PolicyValidation;
    readonly expression: Compiled;
    readonly message: Compiled | undefined;
  }[];
  readonly auditAnnotations: readonly Compiled[];
};

/** Why a policy denies a write. */
export type Denial = { readonly message: string; readonly reason: string };

/** Compiles a policy; expressions that cannot be compiled fail when they are evaluated. */
export function compilePolicy(spec: PolicySpec, compiler: CelCompiler): PolicyProgram {
  const base = expressionVariables({ hasParams: spec.paramKind !== undefined });
  const compile = (
    expression: string,
    variables: ReadonlyMap<string, CelType>,
    kinds: readonly CelType["kind"][],
  ): Compiled => compileExpression(compiler, expression, variables, kinds);
  const fields = new Map<string, { readonly property: string; readonly type: CelType }>();
  const composed = (): ReadonlyMap<string, CelType> =>
    // Without variables there is nothing of that name.
    fields.size === 0
      ? base
      : new Map([...base, ["variables", { kind: "object", name: "kubernetes.variables", fields: new Map(fields) }]]);
  // A variable sees those before it.
  const variables = (spec.variables ?? []).map(({ name, expression }) => {
    const compiled = compile(expression, composed(), []);
    const type = typeof compiled.program === "string" ? DYN : compiled.program.type;
    fields.set(name, { property: name, type });
    return { name, ...compiled };
  });
  const all = composed();
  // What is told does not depend on who may do what.
  const told = new Map([...all].filter(([name]) => !name.startsWith("authorizer")));
  return {
    spec,
    variables,
    conditions: (spec.matchConditions ?? []).map(({ expression = "" }) => compile(expression.trim(), all, ["bool"])),
    validations: (spec.validations ?? []).map((validation) => ({
      validation,
      expression: compile(validation.expression, all, ["bool"]),
      message: validation.messageExpression ? compile(validation.messageExpression, told, ["string"]) : undefined,
    })),
    auditAnnotations: (spec.auditAnnotations ?? []).map(({ valueExpression }) =>
      compile(valueExpression, all, ["string", "null"]),
    ),
  };
}

/** The denials of a policy for one set of parameters; errors deny, too, unless the policy is to be ignored when it fails. */
export function evaluatePolicy(policy: PolicyProgram, base: (name: string) => unknown): readonly Denial[] {
  const { failurePolicy } = policy.spec;
  const failed = (message: string): readonly Denial[] =>
    failurePolicy === "Ignore" ? [] : [{ message, reason: "Invalid" }];
  const variable = withVariables(policy, base);
  const { matches, error } = evaluateConditions(policy.conditions, variable, failurePolicy);
  if (error !== undefined) return failed(error);
  if (!matches) return [];
  let budget = COST_BUDGET;
  return policy.validations.flatMap(({ validation, expression, message }) => {
    const evaluated = evaluateExpression(expression, variable, budget);
    budget -= evaluated.cost;
    if (!evaluated.ok) return failed(evaluated.error);
    if (evaluated.value === true) return [];
    const text = message === undefined ? undefined : messageOf(message, variable, budget);
    return [{ message: text ?? ownMessage(validation), reason: validation.reason ?? "Invalid" }];
  });
}

function ownMessage({ message = "", expression }: PolicyValidation): string {
  return message.trim() === "" ? `failed expression: ${expression.trim()}` : message.trim();
}

function messageOf(compiled: Compiled, variable: (name: string) => unknown, budget: number): string | undefined {
  const evaluated = evaluateExpression(compiled, variable, budget);
  const text = evaluated.ok && typeof evaluated.value === "string" ? evaluated.value.trim() : "";
  return text === "" || text.includes("\n") || Buffer.byteLength(text) > 5 * 1024 ? undefined : text;
}

/** Adds `variables`, each computed when an expression first asks for it. */
function withVariables(policy: PolicyProgram, base: (name: string) => unknown): (name: string) => unknown {
  const values: Record<string, unknown> = {};
  const lookup = (name: string): unknown => (name === "variables" ? values : base(name));
  for (const variable of policy.variables) {
    let made: { readonly value: unknown } | undefined;
    Object.defineProperty(values, variable.name, {
      enumerable: true,
      get: () => {
        made ??= { value: computed(variable, lookup) };
        return made.value;
      },
    });
  }
  return lookup;
}

function computed(variable: Compiled & { readonly name: string }, lookup: (name: string) => unknown): unknown {
  const evaluated = evaluateExpression(variable, lookup, COST_BUDGET);
  if (evaluated.ok) return evaluated.value;
  throw new CelError(`composited variable "${variable.name}" fails to evaluate: ${evaluated.cause ?? evaluated.error}`);
}
