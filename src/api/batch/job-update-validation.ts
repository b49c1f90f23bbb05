import { deepEqual } from "../../std/index.ts";
import type { PodTemplateSpec } from "../core/pod.ts";
import { type Findings, immutable, invalid, NOTHING } from "../validation.ts";
import type { Job } from "./job.ts";

/** What may not change of a Job (`ValidateJobSpecUpdate`). */
export function validateJobUpdate(after: Job, before: Job): Findings {
  const fixed = (field: keyof Job["spec"]): Findings =>
    immutable(`spec.${field}`, after.spec[field], before.spec[field]);
  return [
    ...checkCompletions(after, before),
    ...fixed("selector"),
    ...checkTemplate(after, before),
    ...fixed("completionMode"),
    ...fixed("podFailurePolicy"),
    ...fixed("backoffLimitPerIndex"),
    ...fixed("managedBy"),
    ...fixed("successPolicy"),
  ];
}

/** An indexed Job grows and shrinks as a whole. */
function checkCompletions({ spec }: Job, { spec: old }: Job): Findings {
  const field = "spec.completions";
  if (spec.completionMode !== "Indexed" || spec.completions === undefined || old.completions === undefined)
    return immutable(field, spec.completions, old.completions);
  if (spec.completions === old.completions) return NOTHING;
  const isTandem = spec.completions === spec.parallelism;
  if (isTandem) return NOTHING;
  return [invalid(field, spec.completions, "can only be modified in tandem with spec.parallelism")];
}

/** Where pods may run is open to change until a suspended Job has started; the rest of its template is not. */
function checkTemplate(after: Job, before: Job): Findings {
  const isOpen = before.spec.suspend === true && before.status?.startTime === undefined;
  const old = isOpen ? withScheduling(before.spec.template, after.spec.template) : before.spec.template;
  return deepEqual(after.spec.template, old) ? NOTHING : immutable("spec.template", after.spec.template, old);
}

/** The old template with what the new one says of where its pods may run. */
function withScheduling(old: PodTemplateSpec, next: PodTemplateSpec): PodTemplateSpec {
  const { nodeSelector, tolerations, schedulingGates } = next.spec;
  const nodeAffinity = next.spec.affinity?.nodeAffinity;
  const { nodeAffinity: _, ...kept } = old.spec.affinity ?? {};
  const affinity = defined({ ...kept, nodeAffinity });
  const isNone = Object.keys(affinity).length === 0 && next.spec.affinity === undefined;
  const metadata = defined({ ...old.metadata, labels: next.metadata?.labels, annotations: next.metadata?.annotations });
  const spec = { ...old.spec, nodeSelector, tolerations, schedulingGates, affinity: isNone ? undefined : affinity };
  return { ...old, metadata, spec: defined(spec) } as PodTemplateSpec;
}

function defined(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
