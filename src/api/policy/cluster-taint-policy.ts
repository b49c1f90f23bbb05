import { defineKind, type Kind, type KubeObject } from "../../apimachinery/index.ts";
import type { Taint } from "../core/node.ts";
import type { ClusterAffinity } from "./shared.ts";

export type ClusterConditionMatch = {
  readonly conditionType: string;
  readonly operator: "In" | "NotIn";
  readonly statusValues: readonly string[];
};
/** Which taints clusters get and lose by their conditions. */
export type ClusterTaintPolicy = KubeObject & {
  readonly spec: {
    readonly targetClusters?: ClusterAffinity;
    /** All must hold; none never does. */
    readonly addOnConditions?: readonly ClusterConditionMatch[];
    readonly removeOnConditions?: readonly ClusterConditionMatch[];
    readonly taints: readonly Pick<Taint, "key" | "value" | "effect">[];
  };
};
export const ClusterTaintPolicy: Kind<ClusterTaintPolicy> = defineKind<ClusterTaintPolicy>({
  group: "policy.karmada.io",
  version: "v1alpha1",
  kind: "ClusterTaintPolicy",
  plural: "clustertaintpolicies",
  namespaced: false,
});
