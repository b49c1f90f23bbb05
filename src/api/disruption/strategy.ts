import { pathSegmentNameErrors, validateLabelSelector } from "../../apimachinery/index.ts";
import { validateConditions } from "../condition-validation.ts";
import { withStatus } from "../defaults.ts";
import type { Strategy } from "../descriptor.ts";
import { atMostAll, countOrPercent, invalid, NOTHING, nonNegative, optionalOneOf } from "../validation.ts";
import type { PodDisruptionBudget } from "./pod-disruption-budget.ts";

/** What is particular to PodDisruptionBudgets (`pkg/registry/policy/poddisruptionbudget`). */
export const podDisruptionBudgetStrategy: Strategy<PodDisruptionBudget> = {
  prepareForCreate: withStatus<PodDisruptionBudget>({
    currentHealthy: 0,
    desiredHealthy: 0,
    disruptionsAllowed: 0,
    expectedPods: 0,
  }),
  validateStatus: ({ status }) => [
    ...validateConditions(status?.conditions, "status.conditions"),
    ...(["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"] as const).flatMap((count) =>
      nonNegative(`status.${count}`, status?.[count]),
    ),
  ],
  // Upstream holds their names to nothing but the rule of paths.
  validateName: pathSegmentNameErrors,
  validate: ({ spec = {} }) => [
    ...(spec.minAvailable !== undefined && spec.maxUnavailable !== undefined
      ? [invalid("spec", spec, "minAvailable and maxUnavailable cannot be both set")]
      : NOTHING),
    ...countOrPercent("spec.minAvailable", spec.minAvailable),
    ...atMostAll("spec.minAvailable", spec.minAvailable),
    ...countOrPercent("spec.maxUnavailable", spec.maxUnavailable),
    ...atMostAll("spec.maxUnavailable", spec.maxUnavailable),
    ...(spec.selector === undefined ? NOTHING : validateLabelSelector(spec.selector, "spec.selector")),
    ...optionalOneOf("spec.unhealthyPodEvictionPolicy", spec.unhealthyPodEvictionPolicy, [
      "AlwaysAllow",
      "IfHealthyBudget",
    ]),
  ],
};
