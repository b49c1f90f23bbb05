import { withDefaults } from "../defaults.ts";
import type { Strategy } from "../descriptor.ts";
import { type Findings, forbidden, immutable, NOTHING, requiredOneOf } from "../validation.ts";
import type { PriorityClass } from "./priority-class.ts";

const HIGHEST_OF_USERS = 1_000_000_000;
const OF_SYSTEM: Readonly<Record<string, number>> = {
  "system-node-critical": 2_000_001_000,
  "system-cluster-critical": 2_000_000_000,
};

/** What is particular to PriorityClasses: their value never changes, and `system-` is the system's. */
export const priorityClassStrategy: Strategy<PriorityClass> = {
  applyDefaults: (priorityClass) => withDefaults(priorityClass, { value: 0, preemptionPolicy: "PreemptLowerPriority" }),
  // It is 1 for good.
  prepareForCreate: (priorityClass) => ({
    ...priorityClass,
    metadata: { ...priorityClass.metadata, generation: 1 },
  }),
  validate: (priorityClass, before) =>
    before === undefined
      ? [
          ...checkValue(priorityClass),
          ...requiredOneOf("preemptionPolicy", priorityClass.preemptionPolicy, ["PreemptLowerPriority", "Never"]),
        ]
      : NOTHING,
  validateUpdate: (after, before) => [
    ...(after.value === before.value ? NOTHING : [forbidden("value", "may not be changed in an update.")]),
    ...immutable("preemptionPolicy", after.preemptionPolicy, before.preemptionPolicy),
  ],
};

function checkValue({ metadata: { name }, value, globalDefault = false }: PriorityClass): Findings {
  if (!name.startsWith("system-"))
    return value > HIGHEST_OF_USERS
      ? [forbidden("value", `maximum allowed value of a user defined priority is ${HIGHEST_OF_USERS}`)]
      : NOTHING;
  const known = OF_SYSTEM[name];
  if (known === value && !globalDefault) return NOTHING;
  const reason =
    known === undefined
      ? `${name} is not a known system priority class`
      : known !== value
        ? `value of ${name} PriorityClass must be ${known}`
        : `globalDefault of ${name} PriorityClass must be false`;
  const rule = "priority class names with 'system-' prefix are reserved for system use only. error: ";
  return [forbidden("metadata.name", `${rule}${reason}`)];
}
