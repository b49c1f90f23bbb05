import { mergeTolerations } from "../../algorithms/index.ts";
import { Pod, type PodSpec, RuntimeClass } from "../../api/index.ts";
import { compareQuantities, kindKey, parseQuantity } from "../../apimachinery/index.ts";
import type { AdmissionPlugin, AdmissionRequest, ClusterState } from "../../apiserver/index.ts";
import { refuse } from "./refusal.ts";

type Amounts = Readonly<Record<string, string | number>>;

/** Gives pods what their RuntimeClass says of where they go and what they cost (`plugin/pkg/admission/runtimeclass`). */
export const runtimeClass: AdmissionPlugin = {
  name: "RuntimeClass",
  handles: (kind) => kindKey(kind) === kindKey(Pod),
  admit: (request, state) => {
    const { object } = request;
    const named = isNewPod(request) ? classOf(request, state) : undefined;
    if (named === undefined || object === undefined) return object;
    const spec = object.spec as PodSpec;
    return { ...object, spec: { ...spec, ...overhead(request, spec, named), ...scheduling(request, spec, named) } };
  },
  check: (request, state) => {
    if (!isNewPod(request)) return;
    const { overhead } = specOf(request);
    const wanted = classOf(request, state)?.overhead;
    if (wanted === undefined && overhead !== undefined)
      refuse(request, "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead");
    if (wanted !== undefined && !sameAmounts(wanted.podFixed, overhead)) refuse(request, MISMATCH);
  },
};

const MISMATCH = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead";

function specOf({ object }: AdmissionRequest): Partial<PodSpec> {
  return (object?.spec ?? {}) as Partial<PodSpec>;
}

function isNewPod({ verb, subresource, object }: AdmissionRequest): boolean {
  return verb === "create" && subresource === undefined && object?.spec !== undefined;
}

function classOf(request: AdmissionRequest, state: ClusterState): RuntimeClass | undefined {
  const { runtimeClassName } = specOf(request);
  if (runtimeClassName === undefined) return undefined;
  return (
    state.get(RuntimeClass, runtimeClassName) ??
    refuse(request, `pod rejected: RuntimeClass ${JSON.stringify(runtimeClassName)} not found`)
  );
}

function overhead(request: AdmissionRequest, spec: PodSpec, { overhead: wanted }: RuntimeClass): Partial<PodSpec> {
  if (wanted === undefined) return {};
  const isStated = Object.keys(spec.overhead ?? {}).length > 0;
  if (isStated && !sameAmounts(wanted.podFixed, spec.overhead)) refuse(request, MISMATCH);
  return wanted.podFixed === undefined ? {} : { overhead: wanted.podFixed };
}

function scheduling(request: AdmissionRequest, spec: PodSpec, { scheduling: wanted }: RuntimeClass): Partial<PodSpec> {
  if (wanted === undefined) return {};
  const { nodeSelector: own } = spec;
  for (const [key, value] of Object.entries(wanted.nodeSelector ?? {})) {
    const stated = own?.[key];
    if (stated === undefined || stated === value) continue;
    const [theirs, ours] = [`runtimeClass.scheduling.nodeSelector[${key}]`, `pod.spec.nodeSelector[${key}]`];
    refuse(request, `conflict: ${theirs} = ${value}; ${ours} = ${stated}`);
  }
  const nodeSelector = { ...own, ...wanted.nodeSelector };
  const tolerations = mergeTolerations(spec.tolerations ?? [], wanted.tolerations ?? []);
  return {
    ...(Object.keys(nodeSelector).length === 0 ? {} : { nodeSelector }),
    ...(tolerations.length === 0 ? {} : { tolerations }),
  };
}

function sameAmounts(left: Amounts = {}, right: Amounts = {}): boolean {
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => {
      const [ours, theirs] = [left[name], right[name]];
      return (
        ours !== undefined &&
        theirs !== undefined &&
        compareQuantities(parseQuantity(ours), parseQuantity(theirs)) === 0
      );
    })
  );
}
