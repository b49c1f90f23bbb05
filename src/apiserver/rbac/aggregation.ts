import type { ClusterRole, PolicyRule } from "../../api/index.ts";
import { matchesLabelSelector } from "../../apimachinery/index.ts";
import { deepEqual, sortedBy } from "../../std/index.ts";

/**
 * The rules an aggregating ClusterRole is to hold: those of the roles its selectors choose, in order of their names, each
 * once (`pkg/controller/clusterroleaggregation`). `undefined` for a role that aggregates nothing.
 */
export function aggregatedRules(role: ClusterRole, roles: readonly ClusterRole[]): readonly PolicyRule[] | undefined {
  const { aggregationRule } = role;
  if (aggregationRule === undefined) return undefined;
  const rules: PolicyRule[] = [];
  for (const selector of aggregationRule.clusterRoleSelectors ?? []) {
    const chosen = roles.filter(
      ({ metadata }) => metadata.name !== role.metadata.name && matchesLabelSelector(selector, metadata.labels),
    );
    for (const source of sortedBy(chosen, ({ metadata }) => metadata.name))
      for (const rule of source.rules ?? [])
        if (!rules.some((known) => known === rule || deepEqual(known, rule))) rules.push(rule);
  }
  return rules;
}
