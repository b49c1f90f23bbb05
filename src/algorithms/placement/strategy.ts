import type { Placement } from "../../api/index.ts";

/** How replicas come to clusters. */
export type Strategy = "Duplicated" | "StaticWeight" | "DynamicWeight" | "Aggregated";

/** The strategy a placement asks for; Duplicated unless it divides. `undefined`: divided, in no way we know. */
export function strategyOf(placement: Placement): Strategy | undefined {
  const scheduling = placement.replicaScheduling;
  if (!isDivided(placement)) return "Duplicated";
  if (scheduling?.replicaDivisionPreference === "Aggregated") return "Aggregated";
  if (scheduling?.replicaDivisionPreference !== "Weighted") return undefined;
  return scheduling.weightPreference?.dynamicWeight ? "DynamicWeight" : "StaticWeight";
}

/** Whether replicas are divided among clusters (`ReplicaSchedulingType()`; the API's default is Duplicated without a strategy). */
export function isDivided(placement: Placement): boolean {
  const scheduling = placement.replicaScheduling;
  return scheduling !== undefined && scheduling.replicaSchedulingType !== "Duplicated";
}

/** Static weights take every feasible cluster, whatever the spread constraints say (`shouldIgnoreSpreadConstraint`). */
export function ignoresSpreadConstraints(placement: Placement): boolean {
  const scheduling = placement.replicaScheduling;
  if (!isDivided(placement) || scheduling?.replicaDivisionPreference !== "Weighted") return false;
  const weights = scheduling.weightPreference;
  return weights === undefined || ((weights.staticWeightList?.length ?? 0) > 0 && !weights.dynamicWeight);
}
