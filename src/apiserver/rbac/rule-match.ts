import type { PolicyRule } from "../../api/index.ts";
import type { AuthorizationAttributes } from "../authorization.ts";

type Asked = Pick<AuthorizationAttributes, "verb" | "group" | "resource" | "subresource" | "path">;

/**
 * Whether a rule allows what is asked, resource names aside: `always`, `named` when only for the names it lists, or `no`
 * (`pkg/apis/rbac/v1/evaluation_helpers.go`).
 */
export function matchRule(rule: PolicyRule, asked: Asked): "always" | "named" | "no" {
  if (!includes(rule.verbs, asked.verb)) return "no";
  if (asked.path !== undefined) return matchesPath(rule.nonResourceURLs, asked.path) ? "always" : "no";
  if (!includes(rule.apiGroups, asked.group) || !matchesResource(rule, asked)) return "no";
  return rule.resourceNames === undefined || rule.resourceNames.length === 0 ? "always" : "named";
}

/** Whether one of a rule's paths covers `path`; a trailing `*` covers all that begins alike. */
export function matchesPath(paths: readonly string[] | undefined, path: string): boolean {
  return (paths ?? []).some(
    (own) => own === "*" || own === path || (own.endsWith("*") && path.startsWith(own.replace(/\*+$/, ""))),
  );
}

function includes(listed: readonly string[] | undefined, value: string): boolean {
  return listed !== undefined && (listed.includes(value) || listed.includes("*"));
}

function matchesResource({ resources }: PolicyRule, { resource, subresource }: Asked): boolean {
  if (resources === undefined) return false;
  if (resources.includes("*")) return true;
  if (subresource === undefined || subresource === "") return resources.includes(resource);
  return resources.includes(`${resource}/${subresource}`) || resources.includes(`*/${subresource}`);
}
