import { AGE, integer, text } from "../columns.ts";
import { defineResource, type ResourceDescriptor } from "../descriptor.ts";
import { PodDisruptionBudget } from "./pod-disruption-budget.ts";
import { podDisruptionBudgetStrategy } from "./strategy.ts";

/** The kinds of Kubernetes' policy group. */
export const disruptionResources: readonly ResourceDescriptor[] = [
  defineResource({
    kind: PodDisruptionBudget,
    update: { needsVersion: true },
    strategy: podDisruptionBudgetStrategy,
    singular: "poddisruptionbudget",
    shortNames: ["pdb"],
    status: true,
    generation: true,
    columns: [
      text<PodDisruptionBudget>("Min Available", ({ spec }) => `${spec.minAvailable ?? "N/A"}`),
      text<PodDisruptionBudget>("Max Unavailable", ({ spec }) => `${spec.maxUnavailable ?? "N/A"}`),
      integer<PodDisruptionBudget>("Allowed Disruptions", ({ status }) => status?.disruptionsAllowed),
      AGE,
    ],
  }),
];
