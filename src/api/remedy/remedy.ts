import { defineKind, type Kind, type KubeObject } from "../../apimachinery/index.ts";

export type DecisionMatch = {
  readonly clusterConditionMatch?: {
    readonly conditionType: string;
    readonly operator: "Equal" | "NotEqual";
    readonly conditionStatus: string;
  };
};
/** Asks for actions on clusters in certain conditions; the actions land in `Cluster.status.remedyActions`. */
export type Remedy = KubeObject & {
  readonly spec: {
    readonly clusterAffinity?: { readonly clusterNames?: readonly string[] };
    readonly decisionMatches?: readonly DecisionMatch[];
    readonly actions?: readonly string[];
  };
};
export const Remedy: Kind<Remedy> = defineKind<Remedy>({
  group: "remedy.karmada.io",
  version: "v1alpha1",
  kind: "Remedy",
  plural: "remedies",
  namespaced: false,
});
