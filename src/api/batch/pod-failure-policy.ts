import { qualifiedNameErrors } from "../../apimachinery/index.ts";
import {
  duplicate,
  eachItem,
  type Findings,
  invalid,
  invalidFor,
  NOTHING,
  notSupported,
  required,
  tooMany,
  valuelessInvalid,
} from "../validation.ts";
import type { JobSpec, PodFailurePolicyRule } from "./job.ts";

const RULES_MAX = 20;
const PATTERNS_MAX = 20;
const EXIT_CODES_MAX = 255;
const ACTIONS = ["Count", "FailIndex", "FailJob", "Ignore"];
const STATUSES = ["False", "True", "Unknown"];
const OPERATORS = ["In", "NotIn"];

/** What is wrong with how a Job takes the failures of its pods. */
export function validatePodFailurePolicy(spec: JobSpec, path: string): Findings {
  const rules = spec.podFailurePolicy?.rules ?? [];
  const { containers = [], initContainers = [] } = spec.template.spec;
  const names = new Set([...containers, ...initContainers].map(({ name }) => name));
  return [
    ...(rules.length > RULES_MAX ? [tooMany(`${path}.rules`, rules.length, RULES_MAX)] : NOTHING),
    ...eachItem(rules, (rule, index) => checkRule(rule, spec, `${path}.rules[${index}]`, names)),
  ];
}

function checkRule(rule: PodFailurePolicyRule, spec: JobSpec, path: string, names: ReadonlySet<string>): Findings {
  const { onExitCodes, onPodConditions = [] } = rule;
  return [
    ...checkAction(rule.action ?? "", spec, `${path}.action`),
    ...(onExitCodes === undefined ? NOTHING : checkExitCodes(onExitCodes, `${path}.onExitCodes`, names)),
    ...checkConditions(onPodConditions, `${path}.onPodConditions`),
    ...(onExitCodes !== undefined && onPodConditions.length > 0
      ? [valuelessInvalid(path, "specifying both OnExitCodes and OnPodConditions is not supported")]
      : NOTHING),
    ...(onExitCodes === undefined && onPodConditions.length === 0
      ? [valuelessInvalid(path, "specifying one of OnExitCodes and OnPodConditions is required")]
      : NOTHING),
  ];
}

function checkAction(action: string, { backoffLimitPerIndex }: JobSpec, path: string): Findings {
  if (action === "FailIndex" && backoffLimitPerIndex === undefined)
    return [invalid(path, action, "requires the backoffLimitPerIndex to be set")];
  return requiredAmong(path, action, ACTIONS);
}

function checkExitCodes(
  codes: NonNullable<PodFailurePolicyRule["onExitCodes"]>,
  path: string,
  names: ReadonlySet<string>,
): Findings {
  const { operator = "", containerName, values = [] } = codes;
  const seen = new Set<number>();
  return [
    ...requiredAmong(`${path}.operator`, operator, OPERATORS),
    ...(containerName === undefined || names.has(containerName)
      ? NOTHING
      : [
          invalid(
            `${path}.containerName`,
            containerName,
            "must be one of the container or initContainer names in the pod template",
          ),
        ]),
    ...(values.length === 0 ? [invalid(`${path}.values`, codes.values ?? null, "at least one value is required")] : []),
    ...(values.length > EXIT_CODES_MAX ? [tooMany(`${path}.values`, values.length, EXIT_CODES_MAX)] : NOTHING),
    ...eachItem(values, (value, index) => {
      const repeated = seen.has(value);
      seen.add(value);
      return [
        ...(operator === "In" && value === 0
          ? [invalid(`${path}.values[${index}]`, value, "must not be 0 for the In operator")]
          : NOTHING),
        ...(repeated ? [duplicate(`${path}.values[${index}]`, value)] : NOTHING),
      ];
    }),
    ...(values.some((value, index) => index > 0 && (values[index - 1] as number) > value)
      ? [invalid(`${path}.values`, values, "must be ordered")]
      : NOTHING),
  ];
}

function checkConditions(patterns: NonNullable<PodFailurePolicyRule["onPodConditions"]>, path: string): Findings {
  return [
    ...(patterns.length > PATTERNS_MAX ? [tooMany(path, patterns.length, PATTERNS_MAX)] : NOTHING),
    ...eachItem(patterns, ({ type = "", status = "" }, index) => [
      ...invalidFor(`${path}[${index}].type`, type, qualifiedNameErrors(type)),
      ...requiredAmong(`${path}[${index}].status`, status, STATUSES),
    ]),
  ];
}

function requiredAmong(path: string, value: string, supported: readonly string[]): Findings {
  if (value === "") return [required(path, `valid values: [${supported.map((one) => `"${one}"`).join(" ")}]`)];
  return supported.includes(value) ? NOTHING : [notSupported(path, value, supported)];
}
