import {
  type FieldError,
  forbidden,
  invalid,
  type JsonSchema,
  notSupported,
  required,
} from "../../apimachinery/index.ts";
import { MAX_REQUEST_BYTES } from "../cel/declared-types.ts";
import { resolveFieldPath } from "./field-path.ts";
import type { RuleCompiler } from "./rule-validator.ts";
import { type CompiledRule, rulesOf, type ValidationRule } from "./validation-rule.ts";

/** What one expression, and all expressions of a schema, may be estimated to cost. */
const EXPRESSION_LIMIT = 10_000_000;
const SCHEMA_LIMIT = 100_000_000;
const MOST_EXPENSIVE = 4;

const REASONS = ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];

/** Where rules stand: how often at most, and below which list or map that cannot be compared with its former self. */
type Place = {
  readonly isRoot: boolean;
  /** `undefined` below lists and maps without limits. */
  readonly cardinality: number | undefined;
  readonly uncorrelatable: string | undefined;
};

type Cost = { readonly path: string; readonly cost: number };

/** What is wrong with a schema's `x-kubernetes-validations` (`pkg/apis/apiextensions/validation`). */
export function ruleErrors(schema: JsonSchema, path: string, rules: RuleCompiler): readonly FieldError[] {
  const check = new RuleCheck(rules);
  check.visit(schema, path, { isRoot: true, cardinality: 1, uncorrelatable: undefined });
  return [...check.formal, ...(check.formal.length > 0 ? [] : check.errors), ...totalErrors(check.costs, path)];
}

class RuleCheck {
  /** What is wrong before anything is compiled. */
  readonly formal: FieldError[] = [];
  readonly errors: FieldError[] = [];
  readonly costs: Cost[] = [];
  readonly #rules: RuleCompiler;

  constructor(rules: RuleCompiler) {
    this.#rules = rules;
  }

  visit(schema: JsonSchema, path: string, place: Place): void {
    const isEmbedded = (part: JsonSchema): boolean => part["x-kubernetes-embedded-resource"] === true;
    const cardinality = multiplied(place.cardinality, occurrencesBelow(schema));
    if (schema.items !== undefined) {
      const isMap = schema["x-kubernetes-list-type"] === "map";
      const uncorrelatable = place.uncorrelatable ?? (isMap ? undefined : path);
      this.visit(schema.items, `${path}.items`, { isRoot: isEmbedded(schema.items), cardinality, uncorrelatable });
    }
    const { additionalProperties } = schema;
    const inherited = { cardinality, uncorrelatable: place.uncorrelatable };
    if (typeof additionalProperties === "object")
      this.visit(additionalProperties, `${path}.additionalProperties`, {
        ...inherited,
        isRoot: isEmbedded(additionalProperties),
      });
    for (const [name, property] of Object.entries(schema.properties ?? {}))
      this.visit(property, `${path}.properties[${name}]`, { ...inherited, isRoot: isEmbedded(property) });
    const rules = rulesOf(schema);
    if (rules.length === 0) return;
    const formal = rules.flatMap((rule, index) =>
      formalErrors(rule, `${path}.x-kubernetes-validations[${index}]`, schema),
    );
    this.formal.push(...formal);
    if (formal.length === 0) this.#compile(schema, path, place);
  }

  #compile(schema: JsonSchema, path: string, place: Place): void {
    const declared = this.#rules.types.declare(schema, place.isRoot);
    if (declared === undefined) {
      const detail = "internal error: failed to retrieve type information for x-kubernetes-validations";
      this.errors.push({ type: "InternalError", field: `${path}.x-kubernetes-validations`, detail });
      return;
    }
    const cardinality = place.cardinality ?? Math.floor(MAX_REQUEST_BYTES / (declared.minSize + 1));
    for (const [index, compiled] of this.#rules.compileHere(schema, place.isRoot).entries()) {
      const at = `${path}.x-kubernetes-validations[${index}]`;
      this.#checkCosts(compiled, at, cardinality);
      this.#checkRule(compiled, at, place);
    }
  }

  #checkCosts({ program, messageProgram }: CompiledRule, at: string, cardinality: number): void {
    const ruleCost = program === undefined ? 0 : program.estimatedCost() * cardinality;
    const messageCost = messageProgram?.estimatedCost() ?? 0;
    for (const [path, name, cost] of [
      [`${at}.rule`, "estimated rule cost", ruleCost],
      [`${at}.messageExpression`, "estimated messageExpression cost", messageCost],
    ] as const) {
      if (cost > EXPRESSION_LIMIT) this.errors.push(forbidden(path, costMessage(name, cost, EXPRESSION_LIMIT)));
      this.costs.push({ path, cost });
    }
  }

  #checkRule({ rule, error, messageError, usesOldSelf }: CompiledRule, at: string, place: Place): void {
    if (error !== undefined) this.errors.push(invalid(`${at}.rule`, internalForm(rule), error));
    if (messageError !== undefined)
      this.errors.push(invalid(`${at}.messageExpression`, internalForm(rule), messageError));
    if (usesOldSelf && place.uncorrelatable !== undefined)
      this.errors.push(
        invalid(
          `${at}.rule`,
          rule.rule,
          `oldSelf cannot be used on the uncorrelatable portion of the schema within ${place.uncorrelatable}`,
        ),
      );
    if (!usesOldSelf && rule.optionalOldSelf !== undefined && error === undefined)
      this.errors.push(
        invalid(`${at}.optionalOldSelf`, rule.optionalOldSelf, "may not be set if oldSelf is not used in rule"),
      );
  }
}

/** A rule as upstream prints it: its internal form, which has no lower-case names. */
function internalForm(rule: ValidationRule): Readonly<Record<string, unknown>> {
  return {
    Rule: rule.rule,
    Message: rule.message ?? "",
    MessageExpression: rule.messageExpression ?? "",
    Reason: rule.reason ?? null,
    FieldPath: rule.fieldPath ?? "",
    OptionalOldSelf: rule.optionalOldSelf ?? null,
  };
}

function occurrencesBelow(schema: JsonSchema): number | undefined {
  if (schema.type === "array") return schema.maxItems;
  return schema.additionalProperties === undefined ? 1 : schema.maxProperties;
}

function multiplied(left: number | undefined, right: number | undefined): number | undefined {
  return left === undefined || right === undefined ? undefined : left * right;
}

function totalErrors(costs: readonly Cost[], path: string): readonly FieldError[] {
  const total = costs.reduce((sum, { cost }) => sum + cost, 0);
  if (total <= SCHEMA_LIMIT) return [];
  const dearest = costs
    .filter(({ cost }) => cost >= SCHEMA_LIMIT / 100)
    .sort((left, right) => right.cost - left.cost)
    .slice(0, MOST_EXPENSIVE);
  const contributed = "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema";
  const name = "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema";
  return [
    ...dearest.map((expensive) => forbidden(expensive.path, contributed)),
    forbidden(path, costMessage(name, total, SCHEMA_LIMIT)),
  ];
}

function costMessage(name: string, cost: number, limit: number): string {
  const times = cost / limit;
  const factor = times > 100 ? "more than 100x" : times < 1.5 ? `${times.toFixed(6)}x` : `${times.toFixed(1)}x`;
  return `${name} exceeds budget by factor of ${factor} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`;
}

function formalErrors(rule: ValidationRule, at: string, schema: JsonSchema): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { message = "", messageExpression = "", fieldPath = "", reason } = rule;
  const hasNewlines = (text: string): boolean => /[\n\r]/.test(text);
  const trimmed = (rule.rule ?? "").trim();
  if (trimmed === "") errors.push(required(`${at}.rule`, "rule is not specified"));
  else if (message !== "" && message.trim() === "")
    errors.push(invalid(`${at}.message`, message, "must be non-empty if specified"));
  else if (hasNewlines(message.trim())) errors.push(invalid(`${at}.message`, message, "must not contain line breaks"));
  else if (hasNewlines(trimmed) && message.trim() === "")
    errors.push(required(`${at}.message`, "message must be specified if rule contains line breaks"));
  if (messageExpression !== "" && messageExpression.trim() === "")
    errors.push(required(`${at}.messageExpression`, "messageExpression must be non-empty if specified"));
  if (reason !== undefined && !REASONS.includes(reason)) errors.push(notSupported(`${at}.reason`, reason, REASONS));
  if (fieldPath !== "") {
    if (fieldPath.trim() === "") errors.push(invalid(`${at}.fieldPath`, fieldPath, "must be non-empty if specified"));
    if (hasNewlines(fieldPath)) errors.push(invalid(`${at}.fieldPath`, fieldPath, "must not contain line breaks"));
    if (!resolveFieldPath(fieldPath, schema).ok)
      errors.push(invalid(`${at}.fieldPath`, fieldPath, "must be a valid path"));
  }
  return errors;
}
