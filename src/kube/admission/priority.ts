import { Pod, type PodSpec, PriorityClass } from "../../api/index.ts";
import { kindKey, type Unstructured } from "../../apimachinery/index.ts";
import type { AdmissionPlugin, AdmissionRequest, ClusterState } from "../../apiserver/index.ts";
import { refuse } from "./refusal.ts";

/**
 * Gives pods the number their PriorityClass stands for, or the default class's, or 0; of PriorityClasses only one is the default
 * (`plugin/pkg/admission/priority`).
 */
export const priority: AdmissionPlugin = {
  name: "Priority",
  handles: (kind) => kindKey(kind) === kindKey(Pod) || kindKey(kind) === kindKey(PriorityClass),
  admit: (request, state) => {
    const { verb, subresource, kind, object, before } = request;
    if (object === undefined || subresource !== undefined || kindKey(kind) !== kindKey(Pod)) return object;
    if (verb === "create") return prioritized(request, object, state);
    return verb === "update" && before !== undefined ? keeping(object, before) : object;
  },
  check: (request, state) => {
    const { verb, subresource, kind, object, name } = request;
    if (subresource !== undefined || kindKey(kind) !== kindKey(PriorityClass) || object?.globalDefault !== true) return;
    const other = defaultClass(state)?.metadata.name;
    if (other !== undefined && (verb === "create" || other !== name))
      refuse(request, `PriorityClass ${other} is already marked as default. Only one default can exist`);
  },
};

function prioritized(request: AdmissionRequest, object: Unstructured, state: ClusterState): Unstructured {
  const spec = object.spec as PodSpec;
  const chosen = chosenClass(request, spec, state);
  const className = chosen?.metadata.name ?? spec.priorityClassName;
  const value = chosen?.value ?? 0;
  if (spec.priority !== undefined && spec.priority !== value)
    refuse(
      request,
      `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`,
    );
  const preemptionPolicy = chosen?.preemptionPolicy ?? "PreemptLowerPriority";
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== preemptionPolicy)
    refuse(
      request,
      `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${preemptionPolicy} from the given PriorityClass name`,
    );
  const named = className === undefined ? {} : { priorityClassName: className };
  return { ...object, spec: { ...spec, ...named, priority: value, preemptionPolicy } };
}

/** An update that does not name them leaves a pod its numbers. */
function keeping(object: Unstructured, before: Unstructured): Unstructured {
  const [spec, earlier] = [object.spec as PodSpec, before.spec as PodSpec];
  const kept = {
    ...(spec?.priority === undefined && earlier?.priority !== undefined ? { priority: earlier.priority } : {}),
    ...(spec?.preemptionPolicy === undefined && earlier?.preemptionPolicy !== undefined
      ? { preemptionPolicy: earlier.preemptionPolicy }
      : {}),
  };
  return Object.keys(kept).length === 0 ? object : { ...object, spec: { ...spec, ...kept } };
}

function chosenClass(request: AdmissionRequest, spec: PodSpec, state: ClusterState): PriorityClass | undefined {
  const { priorityClassName } = spec;
  if (priorityClassName === undefined || priorityClassName === "") return defaultClass(state);
  return (
    state.get(PriorityClass, priorityClassName) ??
    refuse(request, `no PriorityClass with name ${priorityClassName} was found`)
  );
}

/** Where several slipped in as the default, the least counts. */
function defaultClass(state: ClusterState): PriorityClass | undefined {
  return state
    .list(PriorityClass)
    .filter(({ globalDefault }) => globalDefault === true)
    .reduce<PriorityClass | undefined>(
      (least, each) => (least === undefined || each.value < least.value ? each : least),
      undefined,
    );
}
