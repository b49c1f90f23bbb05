import type { Pod, ResourceQuota } from "../api/index.ts";
import { getPath, type KubeObject } from "../apimachinery/index.ts";

type ScopeRequirement = {
  readonly scopeName: string;
  readonly operator: string;
  readonly values?: readonly string[];
};

/** Whether a quota counts an object: scopes narrow it to some pods, and leave everything else out. */
export function quotaCovers(
  { spec }: ResourceQuota,
  kind: { readonly group: string; readonly plural: string },
  object: KubeObject,
): boolean {
  const selector = spec?.scopeSelector as { readonly matchExpressions?: readonly ScopeRequirement[] } | undefined;
  const requirements = [
    ...(spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: "Exists" })),
    ...(selector?.matchExpressions ?? []),
  ];
  if (requirements.length === 0) return true;
  if (kind.group !== "") return false;
  if (kind.plural === "persistentvolumeclaims")
    return requirements.every((requirement) => claimInScope(object, requirement));
  return kind.plural === "pods" && requirements.every((requirement) => podInScope(object as Pod, requirement));
}

/** Claims are narrowed by the classes of attributes they have, ask for, or are on their way to. */
function claimInScope(claim: KubeObject, { scopeName, operator, values = [] }: ScopeRequirement): boolean {
  if (scopeName !== "VolumeAttributesClass") return false;
  const classes = [
    getPath(claim, ["spec", "volumeAttributesClassName"]),
    getPath(claim, ["status", "currentVolumeAttributesClassName"]),
    getPath(claim, ["status", "modifyVolumeStatus", "targetVolumeAttributesClassName"]),
  ].filter((name): name is string => typeof name === "string" && name !== "");
  if (classes.length === 0) return matches("", operator, values);
  return classes.some((name) => matches(name, operator, values));
}

function podInScope(pod: Pod, { scopeName, operator, values = [] }: ScopeRequirement): boolean {
  const { spec } = pod;
  const isTerminating = (spec.activeDeadlineSeconds ?? -1) >= 0;
  switch (scopeName) {
    case "Terminating":
      return isTerminating;
    case "NotTerminating":
      return !isTerminating;
    case "BestEffort":
      return isBestEffort(pod);
    case "NotBestEffort":
      return !isBestEffort(pod);
    case "PriorityClass":
      return matches(spec.priorityClassName ?? "", operator, values);
    case "CrossNamespacePodAffinity":
      return /"namespaces":\s*\["|"namespaceSelector"/.test(JSON.stringify(spec.affinity ?? {}));
    default:
      return false;
  }
}

function matches(value: string, operator: string, values: readonly string[]): boolean {
  switch (operator) {
    case "In":
      return values.includes(value);
    case "NotIn":
      return !values.includes(value);
    case "DoesNotExist":
      return value === "";
    default:
      return value !== "";
  }
}

function isBestEffort({ spec }: Pod): boolean {
  const isFree = (list: Readonly<Record<string, unknown>> | undefined): boolean =>
    list === undefined || (list.cpu === undefined && list.memory === undefined);
  return [...spec.containers, ...(spec.initContainers ?? [])].every(
    ({ resources }) => isFree(resources?.requests) && isFree(resources?.limits),
  );
}
