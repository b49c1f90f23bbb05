import { Pod, type PodSpec, PriorityClass } from "../../api/index.ts";
import { kindKey, statusErrors } from "../../apimachinery/index.ts";
import type { AdmissionPlugin, ClusterState } from "../../apiserver/index.ts";

/** Gives pods the number their PriorityClass stands for, or the default class's, or 0 (`plugin/pkg/admission/priority`). */
export const priority: AdmissionPlugin = {
  name: "Priority",
  handles: (kind) => kindKey(kind) === kindKey(Pod),
  admit: ({ verb, subresource, object, name }, state) => {
    if (object === undefined || subresource !== undefined || verb !== "create") return object;
    const spec = object.spec as PodSpec;
    const chosen = chosenClass(spec, name, state);
    const className = spec.priorityClassName ?? chosen?.metadata.name;
    return {
      ...object,
      spec: {
        ...spec,
        ...(className === undefined ? {} : { priorityClassName: className }),
        priority: chosen?.value ?? 0,
        preemptionPolicy: chosen?.preemptionPolicy ?? "PreemptLowerPriority",
      },
    };
  },
};

function chosenClass(spec: PodSpec, pod: string, state: ClusterState): PriorityClass | undefined {
  const { priorityClassName } = spec;
  if (priorityClassName === undefined || priorityClassName === "")
    return state.list(PriorityClass).find(({ globalDefault }) => globalDefault === true);
  const named = state.get(PriorityClass, priorityClassName);
  if (named === undefined)
    throw statusErrors.forbidden(Pod, pod, `no PriorityClass with name ${priorityClassName} was found`);
  return named;
}
