import type { PolicyRule } from "../../api/index.ts";
import { matchesPath } from "./rule-match.ts";

/** The parts of `wanted` that no rule of `held` covers, each as simple as a rule can be (`component-helpers/auth/rbac/validation`). */
export function uncovered(held: readonly PolicyRule[], wanted: readonly PolicyRule[]): readonly PolicyRule[] {
  return wanted.flatMap(breakDown).filter((part) => !held.some((rule) => covers(rule, part)));
}

/** A rule as Go prints it: `{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}`. */
export function compactText(rule: PolicyRule): string {
  const parts = [
    ["APIGroups", rule.apiGroups],
    ["Resources", rule.resources],
    ["NonResourceURLs", rule.nonResourceURLs],
    ["ResourceNames", rule.resourceNames],
    ["Verbs", rule.verbs],
  ] as const;
  const stated = parts.flatMap(([title, values = []]) =>
    values.length === 0 ? [] : [`${title}:${quotedList(values)}`],
  );
  return `{${stated.join(", ")}}`;
}

/** Go's `%q` of a list of strings. */
export function quotedList(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(" ")}]`;
}

/** Rules about one resource of one group joined into one with all their verbs (`validation.CompactRules`). */
export function compactRules(rules: readonly PolicyRule[]): readonly PolicyRule[] {
  const simple = new Map<string, PolicyRule>();
  const others: PolicyRule[] = [];
  for (const rule of rules) {
    if (!isSimple(rule)) {
      others.push(rule);
      continue;
    }
    const key = JSON.stringify([rule.apiGroups, rule.resources, rule.resourceNames ?? []]);
    const joined = simple.get(key);
    simple.set(key, joined === undefined ? rule : { ...joined, verbs: [...joined.verbs, ...rule.verbs] });
  }
  return [...others, ...simple.values()];
}

function isSimple({ apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] }: PolicyRule): boolean {
  return apiGroups.length === 1 && resources.length === 1 && resourceNames.length <= 1 && nonResourceURLs.length === 0;
}

function breakDown(rule: PolicyRule): readonly PolicyRule[] {
  const { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const names = resourceNames.length === 0 ? [undefined] : resourceNames;
  const ofResources = apiGroups.flatMap((group) =>
    resources.flatMap((resource) =>
      verbs.flatMap((verb) =>
        names.map((name) => ({
          apiGroups: [group],
          resources: [resource],
          verbs: [verb],
          ...(name === undefined ? {} : { resourceNames: [name] }),
        })),
      ),
    ),
  );
  const ofPaths = nonResourceURLs.flatMap((path) => verbs.map((verb) => ({ nonResourceURLs: [path], verbs: [verb] })));
  return [...ofResources, ...ofPaths];
}

/** Whether `rule` gives all that `part`, broken down to one of each, asks for. */
function covers(rule: PolicyRule, part: PolicyRule): boolean {
  const [path] = part.nonResourceURLs ?? [];
  if (!hasAll(rule.verbs, part.verbs)) return false;
  if (path !== undefined) return matchesPath(rule.nonResourceURLs, path);
  const held = rule.resourceNames ?? [];
  const wanted = part.resourceNames ?? [];
  return (
    hasAll(rule.apiGroups ?? [], part.apiGroups ?? []) &&
    coversResource(rule.resources ?? [], part.resources?.[0] ?? "") &&
    (held.length === 0 || (wanted.length > 0 && wanted.every((name) => held.includes(name))))
  );
}

function coversResource(held: readonly string[], wanted: string): boolean {
  if (held.includes("*") || held.includes(wanted)) return true;
  const slash = wanted.indexOf("/");
  return slash >= 0 && held.includes(`*/${wanted.slice(slash + 1)}`);
}

function hasAll(held: readonly string[], wanted: readonly string[]): boolean {
  return held.includes("*") || wanted.every((value) => held.includes(value));
}
