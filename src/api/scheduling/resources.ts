import { AGE, integer, text } from "../columns.ts";
import { defineResource, type ResourceDescriptor } from "../descriptor.ts";
import { PriorityClass } from "./priority-class.ts";
import { priorityClassStrategy } from "./strategy.ts";

/** The kinds of the scheduling.k8s.io group. */
export const schedulingResources: readonly ResourceDescriptor[] = [
  defineResource({
    kind: PriorityClass,
    strategy: priorityClassStrategy,
    singular: "priorityclass",
    shortNames: ["pc"],
    columns: [
      integer<PriorityClass>("Value", (priorityClass) => priorityClass.value),
      { name: "Global-Default", type: "boolean", value: (priorityClass) => priorityClass.globalDefault ?? false },
      AGE,
      {
        ...text<PriorityClass>("PreemptionPolicy", (priorityClass) => priorityClass.preemptionPolicy),
        sinceMinor: 33,
      },
    ],
  }),
];
