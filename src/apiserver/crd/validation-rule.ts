import type { FieldErrorType, JsonSchema } from "../../apimachinery/index.ts";
import type { CelCompiler, Program } from "../cel/compiler.ts";
import type { Declared } from "../cel/declared-types.ts";
import { type CelType, optionalOf } from "../cel/types.ts";
import { resolveFieldPath } from "./field-path.ts";

/** apiextensions/v1 ValidationRule. */
export type ValidationRule = {
  readonly rule: string;
  readonly message?: string;
  readonly messageExpression?: string;
  readonly reason?: FieldErrorType;
  readonly fieldPath?: string;
  readonly optionalOldSelf?: boolean;
};

/** A rule ready for use; `program` is absent when it could not be compiled, or is empty. */
export type CompiledRule = {
  readonly rule: ValidationRule;
  readonly program?: Program;
  readonly error?: string;
  readonly messageProgram?: Program;
  readonly messageError?: string;
  /** Compares with the former value: applies to updates only, unless the rule takes an optional one. */
  readonly usesOldSelf: boolean;
  /** Where errors point at below the schema's own place. */
  readonly fieldPath?: string;
};

/** The rules of a schema. */
export function rulesOf(schema: JsonSchema): readonly ValidationRule[] {
  return (schema["x-kubernetes-validations"] ?? []) as readonly unknown[] as readonly ValidationRule[];
}

/** Compiles one rule over `self` and `oldSelf` of the declared type (`apiextensions-apiserver/pkg/apiserver/schema/cel`). */
export function compileRule(
  compiler: CelCompiler,
  rule: ValidationRule,
  declared: Declared,
  schema: JsonSchema,
): CompiledRule {
  if ((rule.rule ?? "").trim() === "") return { rule, usesOldSelf: false };
  const { type } = declared;
  const oldSelf = rule.optionalOldSelf === true ? optionalOf(type) : type;
  const variables = new Map<string, CelType>([
    ["self", type],
    ["oldSelf", oldSelf],
  ]);
  const program = compiler.tryCompile(rule.rule, variables);
  if (typeof program === "string") return { rule, error: program, usesOldSelf: false };
  const usesOldSelf = program.variables.has("oldSelf");
  if (program.type.kind !== "bool") return { rule, error: "cel expression must evaluate to a bool", usesOldSelf };
  const fieldPath = rule.fieldPath === undefined ? undefined : resolveFieldPath(rule.fieldPath, schema);
  return {
    rule,
    program,
    usesOldSelf,
    ...(fieldPath?.ok === true ? { fieldPath: fieldPath.path } : {}),
    ...compileMessage(compiler, rule, variables),
  };
}

function compileMessage(
  compiler: CelCompiler,
  { messageExpression }: ValidationRule,
  variables: ReadonlyMap<string, CelType>,
): Pick<CompiledRule, "messageProgram" | "messageError"> {
  if (messageExpression === undefined || messageExpression === "") return {};
  const program = compiler.tryCompile(messageExpression, variables);
  if (typeof program === "string") return { messageError: `messageExpression ${program}` };
  if (program.type.kind !== "string") return { messageError: "messageExpression must evaluate to a string" };
  return { messageProgram: program };
}
