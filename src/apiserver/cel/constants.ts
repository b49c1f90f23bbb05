import { parseGoPattern } from "../../apimachinery/index.ts";
import { equalValues } from "./equality.ts";
import type { Run } from "./frame.ts";
import { CelError } from "./values.ts";

const CONSTANTS = new WeakMap<Run, { readonly value: unknown }>();

/** A part whose value is known from the start. */
export function constant(value: unknown): Run {
  const run: Run = () => value;
  CONSTANTS.set(run, { value });
  return run;
}

/** The value of a part that is constant. */
export function constantOf(run: Run): { readonly value: unknown } | undefined {
  return CONSTANTS.get(run);
}

const CONVERSIONS: ReadonlySet<string> = new Set(
  "bool bytes double duration dyn int string timestamp type uint".split(" "),
);
const PATTERN_FUNCTIONS: ReadonlySet<string> = new Set(["find", "findAll", "matches"]);
const PRIMITIVES: ReadonlySet<string> = new Set(["bigint", "boolean", "number", "string"]);

/** A call as a constant or a cheaper part; throws for one that can never succeed. */
export function foldedCall(
  name: string,
  parts: readonly Run[],
  call: (values: readonly unknown[]) => unknown,
): Run | undefined {
  const [first, second] = parts.map(constantOf);
  if (PATTERN_FUNCTIONS.has(name) && typeof second?.value === "string") checkPattern(second.value);
  if (CONVERSIONS.has(name) && parts.length === 1 && first !== undefined) return constant(call([first.value]));
  const wanted = parts[0];
  if (name !== "@in" || wanted === undefined || !Array.isArray(second?.value)) return undefined;
  return memberOf(wanted, second.value);
}

function checkPattern(pattern: string): void {
  const parsed = parseGoPattern(pattern);
  if (typeof parsed === "string") throw new CelError(parsed);
}

/** Membership in a list of plain constants is looked up for free. */
function memberOf(wanted: Run, list: readonly unknown[]): Run | undefined {
  if (list.length === 0) return constant(false);
  if (!list.every((item) => PRIMITIVES.has(typeof item))) return undefined;
  return (frame) => {
    const value = wanted(frame);
    return list.some((item) => equalValues(item, value));
  };
}
