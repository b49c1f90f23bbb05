import { ClusterRole } from "../../api/index.ts";
import { aggregatedRules } from "../../apiserver/index.ts";
import { type AnyDefinition, defineController, type Key, NOTHING, plan, read } from "../../controller/index.ts";
import { deepEqual } from "../../std/index.ts";

/** Gathers into ClusterRoles with an `aggregationRule` the rules of the roles its selectors choose (`pkg/controller/clusterroleaggregation`). */
export const clusterRoleAggregation: AnyDefinition = defineController({
  name: "clusterrole-aggregation-controller",
  primary: [ClusterRole],
  predicate: ({ after }) => after?.aggregationRule !== undefined,
  reads: [
    read(ClusterRole, {
      enqueue: ({ before, after }, snapshot): readonly Key[] => {
        if (before !== undefined && after !== undefined && isSameSource(before, after)) return [];
        return snapshot
          .list(ClusterRole, { where: (role) => role.aggregationRule !== undefined })
          .map(({ metadata }) => ({ kind: ClusterRole, name: metadata.name }));
      },
    }),
  ],
  reconcile: (role, snapshot) => {
    const rules = aggregatedRules(role, snapshot.list(ClusterRole));
    if (rules === undefined || deepEqual(rules, role.rules ?? [])) return NOTHING;
    return plan({ type: "update", kind: ClusterRole, object: { ...role, rules } as ClusterRole, before: role });
  },
});

function isSameSource(before: ClusterRole, after: ClusterRole): boolean {
  return deepEqual(before.rules, after.rules) && deepEqual(before.metadata.labels, after.metadata.labels);
}
