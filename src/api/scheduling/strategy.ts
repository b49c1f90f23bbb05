import { withDefaults } from "../defaults.ts";
import type { Strategy } from "../descriptor.ts";
import { forbidden, immutable } from "../validation.ts";
import type { PriorityClass } from "./priority-class.ts";

/** What is particular to PriorityClasses: their value never changes. */
export const priorityClassStrategy: Strategy<PriorityClass> = {
  applyDefaults: (priorityClass) => withDefaults(priorityClass, { value: 0, preemptionPolicy: "PreemptLowerPriority" }),
  validate: ({ metadata: { name }, value }) =>
    !name.startsWith("system-") && value > 1_000_000_000
      ? [forbidden("value", "maximum allowed value of a user defined priority is 1000000000")]
      : [],
  validateUpdate: (after, before) => [
    ...(after.value === before.value ? [] : [forbidden("value", "may not be changed in an update.")]),
    ...immutable("preemptionPolicy", after.preemptionPolicy, before.preemptionPolicy),
  ],
};
