import { parseGoPattern } from "../../apimachinery/index.ts";
import type { Expression } from "./expression.ts";
import type { CelIssue } from "./issue.ts";
import { CLAUSE_TYPES, parseFormat } from "./library/text-format.ts";
import { parseDuration, parseTimestamp } from "./library/time.ts";
import type { Syntax } from "./syntax.ts";
import { type CelType, formatType } from "./types.ts";
import { CelError } from "./values.ts";

type Call = Extract<Syntax, { readonly node: "call" }>;
type Resolve = (type: CelType) => CelType;

/** Literals that a function cannot take: times, spans and patterns that are none, formats and what is put in (`cel.ASTValidators`). */
export function literalArgumentIssues(
  call: Call,
  checked: readonly Expression[],
  resolve: Resolve,
): readonly CelIssue[] {
  const [first] = call.arguments;
  if (call.name === "format") return formatIssues(call, checked, resolve);
  const check = CHECKS[call.name];
  if (check === undefined || first?.node !== "literal" || check(first.value)) return [];
  return [{ at: first.at, message: `invalid ${call.name} argument` }];
}

const CHECKS: Readonly<Record<string, (value: unknown) => boolean>> = {
  duration: (value) => typeof value !== "string" || succeeds(() => parseDuration(value)),
  timestamp: (value) =>
    (typeof value !== "string" && typeof value !== "bigint") || succeeds(() => parseTimestamp(value)),
  matches: (value) => typeof value !== "string" || typeof parseGoPattern(value) !== "string",
};

function succeeds(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (error instanceof CelError) return false;
    throw error;
  }
}

/** `"%d".format([…])` with both written out: every clause must have an argument it can take. */
function formatIssues(
  { at, target, arguments: [list] }: Call,
  [, checkedList]: readonly Expression[],
  resolve: Resolve,
): readonly CelIssue[] {
  if (target?.node !== "literal" || typeof target.value !== "string") return [];
  if (list?.node !== "list" || checkedList?.node !== "list") return [];
  const pieces = parseFormat(target.value);
  if (typeof pieces === "string") return [{ at, message: pieces }];
  const clauses = pieces.flatMap((piece) => (typeof piece === "string" ? [] : [piece]));
  for (const [index, { verb }] of clauses.entries()) {
    const element = list.elements[index];
    const item = checkedList.elements[index];
    if (element === undefined || item === undefined) return [{ at, message: `index ${index} out of range` }];
    const wrong = firstWrong(element.value, item.value, verb, resolve);
    if (wrong === undefined) continue;
    const message = `error during formatting: ${CLAUSE_TYPES[verb]?.otherwise}, was given ${formatType(wrong.type)}`;
    return [{ at: wrong.at, message }];
  }
  if (list.elements.length <= clauses.length) return [];
  const counts = `(expected ${clauses.length}, got ${list.elements.length})`;
  return [{ at, message: `too many arguments supplied to string.format ${counts}` }];
}

/** The first part of an argument that its clause cannot take; `%s` looks into lists and maps. */
function firstWrong(
  syntax: Syntax,
  checked: Expression,
  verb: string,
  resolve: Resolve,
): { readonly at: number; readonly type: CelType } | undefined {
  const type = resolve(checked.type);
  if (type.kind !== "dyn" && CLAUSE_TYPES[verb]?.types.includes(type.kind) !== true) return { at: syntax.at, type };
  if (verb !== "s") return undefined;
  for (const [inner, part] of partsOf(syntax, checked)) {
    const wrong = firstWrong(inner, part, verb, resolve);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function partsOf(syntax: Syntax, checked: Expression): readonly (readonly [Syntax, Expression])[] {
  if (syntax.node === "list" && checked.node === "list")
    return syntax.elements.map(({ value }, index) => [value, checked.elements[index]?.value as Expression]);
  if (syntax.node !== "map" || checked.node !== "map") return [];
  return syntax.entries.flatMap(([key, { value }], index) => {
    const [checkedKey, item] = checked.entries[index] as (typeof checked.entries)[number];
    return [[key, checkedKey] as const, [value, item.value] as const];
  });
}
