import { type Binding, ClusterResourceBinding, ResourceBinding } from "../../api/index.ts";
import type { Kind } from "../../apimachinery/index.ts";
import {
  type AnyDefinition,
  type Change,
  defineController,
  type Key,
  NOTHING,
  plan,
  read,
} from "../../controller/index.ts";
import { permanentId } from "../permanent-id.ts";
import { claimant, type PolicyScope, policyId } from "./policy-scope.ts";
import { unmatchedSelectors } from "./unmatched-selectors.ts";

const ID_INDEX = "policy-id";

/**
 * Gives policies of one scope their permanent id, and keeps one whose deletion is asked for until the detector has taken
 * its claim off every binding.
 */
export function policyController(scope: PolicyScope): AnyDefinition {
  const claimed = (binding: Binding): string | undefined => binding.metadata.labels?.[scope.idLabel];
  const bindings = (kind: Kind<Binding>) =>
    read(kind, {
      enqueue: (change) => released(change, claimed),
      indexes: { [ID_INDEX]: (binding) => [claimed(binding) ?? ""] },
    });
  return defineController({
    name: scope.controllerName,
    primary: [scope.kind],
    reads: [bindings(ResourceBinding), bindings(ClusterResourceBinding)],
    reconcile: (policy, snapshot) => {
      if (policyId(policy) !== undefined) return plan(unmatchedSelectors(policy, snapshot));
      const { name, namespace } = policy.metadata;
      const body = {
        metadata: { labels: { [scope.idLabel]: permanentId(snapshot.random) } },
      };
      const target = namespace === undefined ? { kind: scope.kind, name } : { kind: scope.kind, name, namespace };
      return {
        intents: [{ type: "patch", patchType: "merge", ...target, body }],
      };
    },
    finalizer: {
      name: scope.finalizer,
      finalize: (policy, snapshot) => {
        const index = { name: ID_INDEX, value: policyId(policy) ?? " " };
        const isFree = [ResourceBinding, ClusterResourceBinding].every(
          (kind) => snapshot.list(kind, { index }).length === 0,
        );
        return isFree ? "done" : NOTHING;
      },
    },
  });
}

/** The policy whose claim went away from a binding. */
function released(
  { before, after }: Change<Binding>,
  claimed: (binding: Binding) => string | undefined,
): readonly Key[] {
  if (before === undefined || claimed(before) === undefined) return [];
  if (after !== undefined && claimed(after) === claimed(before)) return [];
  const policy = claimant(before);
  return policy === undefined ? [] : [policy.key];
}
