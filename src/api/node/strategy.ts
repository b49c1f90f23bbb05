import { dns1123LabelErrors, labelValueErrors, qualifiedNameErrors } from "../../apimachinery/index.ts";
import { deepEqual } from "../../std/index.ts";
import { nodeLabelWarnings } from "../core/node-label-warnings.ts";
import { validateTolerations } from "../core/placement-validation.ts";
import { containerResourceNameErrors } from "../core/resource-names.ts";
import { quantityOf } from "../core/resource-validation.ts";
import type { Strategy } from "../descriptor.ts";
import { duplicate, eachEntry, type Findings, immutable, invalidFor, NOTHING } from "../validation.ts";
import type { RuntimeClass } from "./runtime-class.ts";

type Scheduling = NonNullable<RuntimeClass["scheduling"]>;

/** What is particular to RuntimeClasses: their handler never changes (`pkg/apis/node/validation`). */
export const runtimeClassStrategy: Strategy<RuntimeClass> = {
  validate: ({ handler = "", overhead, scheduling }) => [
    ...invalidFor("handler", handler, dns1123LabelErrors(handler)),
    ...eachEntry(overhead?.podFixed, (name, amount) => {
      const field = `overhead.podFixed[${name}]`;
      return [...invalidFor(field, name, containerResourceNameErrors(name)), ...quantityOf(name, field, amount)];
    }),
    ...checkScheduling(scheduling ?? {}),
  ],
  validateUpdate: (after, before) => immutable("handler", after.handler, before.handler),
  warnings: ({ scheduling }) => nodeLabelWarnings(scheduling?.nodeSelector, () => "scheduling.nodeSelector"),
};

function checkScheduling({ nodeSelector, tolerations = [] }: Scheduling): Findings {
  const field = "scheduling.nodeSelector";
  return [
    ...eachEntry(nodeSelector, (key, value) => [
      ...invalidFor(field, key, qualifiedNameErrors(key)),
      ...invalidFor(field, value, labelValueErrors(value)),
    ]),
    ...tolerations.flatMap((toleration, index) => {
      const isKnown = tolerations.slice(0, index).some((other) => deepEqual(other, toleration));
      return [
        ...validateTolerations([toleration], "scheduling.tolerations").map((wrong) => ({
          ...wrong,
          field: wrong.field.replace("tolerations[0]", `tolerations[${index}]`),
        })),
        ...(isKnown ? [duplicate(`scheduling.tolerations[${index}]`, toleration)] : NOTHING),
      ];
    }),
  ];
}
