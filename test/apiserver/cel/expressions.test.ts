import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { JsonSchema } from "../../../src/apimachinery/index.ts";
import { PER_CALL_LIMIT } from "../../../src/apiserver/cel/limits.ts";
import { RuleCompiler } from "../../../src/apiserver/crd/rule-validator.ts";

const TEXT: JsonSchema = { type: "string" };
const SHORT: JsonSchema = { type: "string", maxLength: 10 };
const SCHEMA: JsonSchema = {
  type: "object",
  properties: {
    s: TEXT,
    i: { type: "integer" },
    l: { type: "array", items: TEXT },
    m: { type: "object", additionalProperties: TEXT },
    t: { type: "string", format: "date-time" },
    d: { type: "number" },
    b: { type: "boolean" },
    by: { type: "string", format: "byte" },
    il: { type: "array", items: { type: "integer" } },
    s10: SHORT,
    l5: { type: "array", maxItems: 5, items: SHORT },
  },
};
const OBJECT = {
  ...{ s: "text", i: 3, l: ["a", "b"], m: { k: "v" }, t: "2024-01-02T03:04:05+02:00", d: 1.5, b: true },
  ...{ by: "aGk=", il: [3, 1, 2], s10: "abc", l5: ["x", "y"] },
};
const PRIMARY =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

/** What Kubernetes 1.34 makes of expressions: the most they may cost, what they cost and come to, or what is wrong with them. */
const rows = readFileSync(new URL("expressions.tsv", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => line.split("\t") as [expression: string, estimate: string, cost: string, outcome: string]);

const compiler = new RuleCompiler();

function tell(expression: string): readonly [estimate: string, cost: string, outcome: string] {
  const schema = { ...SCHEMA, "x-kubernetes-validations": [{ rule: expression.replaceAll("\\n", "\n") }] };
  const [rule] = compiler.compileHere(schema, true);
  if (rule?.error !== undefined) return ["-", "-", issues(rule.error)];
  const { cost, outcome } = rule?.program?.evaluate(() => OBJECT, PER_CALL_LIMIT) ?? {
    cost: -1,
    outcome: { value: -1 },
  };
  const estimate = rule?.program?.estimatedCost() ?? -1;
  return [
    estimate > 1e15 ? "∞" : String(estimate),
    String(cost),
    "value" in outcome ? String(outcome.value) : failure(outcome.error),
  ];
}

function issues(error: string): string {
  if (!error.startsWith("compilation failed: ")) return `! ${error}`;
  const lines = error.slice("compilation failed: ".length).split("\n");
  const told = lines.filter((line) => !line.startsWith(" | ")).map((line) => line.replace("ERROR: <input>:", ""));
  return `! ${told.join(" ! ")}`.replaceAll(PRIMARY, "PRIMARY").replace(/selfType\d+/g, "object");
}

function failure({ message }: Error): string {
  if (!message.startsWith("no such overload")) return message;
  return `'${message}': call arguments did not match a supported operator, function or macro signature`;
}

describe("an expression", () => {
  it.each(rows)("%s", (expression, ...told) => {
    expect(tell(expression)).toEqual(told);
  });

  it("is refused when it is nested or chained too deeply, whatever it says", () => {
    for (const deep of [
      "(".repeat(300) + ")".repeat(300),
      "1".concat(" + 1".repeat(300)),
      "self".concat(".s".repeat(300)),
    ])
      expect(tell(deep)[2]).toBe("! -1:0: max recursion depth exceeded");
  });

  it("may be a long chain of alternatives", () => {
    expect(tell(Array.from({ length: 5_000 }, (_, index) => `self.i == ${index}`).join(" || "))[2]).toBe("true");
  });

  it("answers in time whatever its pattern", () => {
    expect(tell(`'${"a".repeat(5_000)}b'.matches('^(a+)+$')`)[2]).toBe("false");
  });
});
