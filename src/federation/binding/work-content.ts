import { divideInProportion, isDivided, isWorkload, type YamlCodec } from "../../algorithms/index.ts";
import {
  type Binding,
  type Cluster,
  karmadaAnnotations,
  type Override,
  type TargetCluster,
  type Work,
  workName,
} from "../../api/index.ts";
import { getPath, setPath, type Unstructured, withAnnotations, withLabels } from "../../apimachinery/index.ts";
import { bindingAnnotations, bindingId, bindingScope } from "../binding-scope.ts";
import { workOf } from "../execution/manifest.ts";
import { type Interpreter, interpreted } from "../interpreter/index.ts";
import { applyOverrides, type OverridePolicies } from "../override/matching-overrides.ts";
import { isDispatchingSuspended, preservedLabels } from "./target-clusters.ts";

/** What all Works of one binding are made from. */
export type WorkSources = {
  readonly binding: Binding;
  readonly template: Unstructured;
  readonly targets: readonly TargetCluster[];
  readonly overrides: OverridePolicies;
  readonly interpreter: Interpreter;
  readonly yaml: YamlCodec;
};

/** One cluster's Work as it shall be, or why there is none; `policy` is the override that failed, if that is why. */
export type WorkContent =
  | { readonly ok: true; readonly work: Work; readonly applied: readonly Override[] }
  | { readonly ok: false; readonly message: string; readonly policy?: Override };

/** Makes the Works of a binding one by one; what they have in common is made once. */
export function workBuilder(
  sources: WorkSources,
): (target: TargetCluster, cluster: Cluster, existing: Work | undefined) => WorkContent {
  const { binding, template } = sources;
  const completions = jobCompletions(sources);
  const labels = { [bindingScope(binding.metadata).idLabel]: bindingId(binding) ?? "" };
  const origin = bindingAnnotations(binding);
  const generation = template.metadata.generation;
  const stamp = generation ? { ...origin, [karmadaAnnotations.templateGeneration]: String(generation) } : origin;
  const name = workName(template.kind, template.metadata.name, template.metadata.namespace);
  const conflictResolution = conflictResolutionOf(binding, template);
  return (target, cluster, existing) => {
    const revised = interpreted(() => revisedTemplate(sources, target, completions?.get(target.name)));
    if (!revised.ok) return revised;
    const overridden = applyOverrides(revised.value, cluster, sources.overrides, sources.yaml);
    if (!overridden.ok) return overridden;
    const state = preservedLabels(binding.spec, target.name);
    const object = withAnnotations(withLabels(overridden.object, { ...labels, ...state }), stamp);
    const work = workOf(
      {
        cluster: target.name,
        name,
        object,
        labels,
        annotations: { ...origin, ...overridden.annotations },
        conflictResolution,
        suspendDispatching: isDispatchingSuspended(binding.spec, target.name),
        preserveResourcesOnDeletion: binding.spec.preserveResourcesOnDeletion === true,
      },
      existing,
    );
    return { ok: true, work, applied: overridden.applied };
  };
}

function revisedTemplate(
  { binding, template, interpreter }: WorkSources,
  target: TargetCluster,
  completions: number | undefined,
): Unstructured {
  if (!isWorkload(binding.spec)) return template;
  const revised = interpreter.reviseReplica(template, target.replicas ?? 0);
  return completions === undefined ? revised : setPath(revised, ["spec", "completions"], completions);
}

/** A divided Job's completions follow its parallelism. */
function jobCompletions({ binding, template, targets }: WorkSources): ReadonlyMap<string, number> | undefined {
  const { placement, replicas = 0 } = binding.spec;
  if (template.kind !== "Job" || replicas === 0 || placement === undefined || !isDivided(placement)) return undefined;
  const completions = getPath(template, ["spec", "completions"]);
  if (typeof completions !== "number") return undefined;
  const shares = divideInProportion(completions, targets, template.metadata.uid);
  return new Map(shares.map((share) => [share.name, share.replicas ?? 0]));
}

/** The template's own word goes before the policy's. */
function conflictResolutionOf({ spec }: Binding, { metadata }: Unstructured): "overwrite" | "abort" {
  const own = metadata.annotations?.[karmadaAnnotations.conflictResolution];
  if (own === "overwrite" || own === "abort") return own;
  return spec.conflictResolution === "Overwrite" ? "overwrite" : "abort";
}
