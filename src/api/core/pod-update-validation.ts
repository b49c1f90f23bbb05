import { deepEqual } from "../../std/index.ts";
import { specDiff } from "../spec-diff.ts";
import { eachItem, type Findings, forbidden, invalid, NOTHING } from "../validation.ts";
import { validateTolerations } from "./placement-validation.ts";
import type { Container, Pod, PodSpec, ResourceList, Toleration } from "./pod.ts";
import { qosClass } from "./pod-qos.ts";
import { validatePodSpec } from "./pod-validation.ts";

const FIXED =
  "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/** What may change of a pod: images, the deadline, more tolerations, fewer gates (`ValidatePodUpdate`). */
export function validatePodUpdate(after: Pod, before: Pod): Findings {
  if (after.spec === before.spec) return NOTHING;
  const lists = ["containers", "initContainers"] as const;
  const resized = lists.filter((list) => (after.spec[list] ?? []).length !== (before.spec[list] ?? []).length);
  if (resized.length > 0)
    return resized.slice(0, 1).map((list) => forbidden(`spec.${list}`, "pod updates may not add or remove containers"));
  const deadline = checkDeadline(after.spec.activeDeadlineSeconds, before.spec.activeDeadlineSeconds);
  if (deadline.length > 0 && after.spec.activeDeadlineSeconds !== undefined) return deadline;
  const munged = withBefore(after.spec, before.spec);
  return [
    ...deadline,
    ...onlyAddedTolerations(after.spec.tolerations, before.spec.tolerations),
    ...onlyDeletedGates(after.spec, before.spec),
    ...gatedSelector(after.spec, before.spec),
    ...(deepEqual(munged, before.spec)
      ? NOTHING
      : [forbidden("spec", `${FIXED}\n${specDiff("core.PodSpec", before.spec, munged)}`)]),
  ];
}

function checkDeadline(after: number | undefined, before: number | undefined): Findings {
  const field = "spec.activeDeadlineSeconds";
  if (after === undefined)
    return before === undefined
      ? NOTHING
      : [invalid(field, null, "must not update from a positive integer to nil value")];
  if (after < 0 || after > 2_147_483_647) return [invalid(field, after, "must be between 0 and 2147483647, inclusive")];
  return before !== undefined && before < after
    ? [invalid(field, after, "must be less than or equal to previous value")]
    : NOTHING;
}

function onlyAddedTolerations(after: readonly Toleration[] = [], before: readonly Toleration[] = []): Findings {
  if (after === before) return NOTHING;
  const timeless = ({ tolerationSeconds: _, ...toleration }: Toleration): Toleration => toleration;
  const kept = before.every((old) => after.some((next) => deepEqual(timeless(next), timeless(old))));
  if (!kept)
    return [forbidden("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds")];
  return validateTolerations(after, "spec.tolerations");
}

function onlyDeletedGates(after: PodSpec, before: PodSpec): Findings {
  const known = new Set((before.schedulingGates ?? []).map(({ name }) => name));
  return eachItem(after.schedulingGates, ({ name }, index) =>
    known.has(name)
      ? NOTHING
      : [
          forbidden(
            `spec.schedulingGates[${index}].name`,
            `only deletion is allowed, but found new scheduling gate '${name}'`,
          ),
        ],
  );
}

/** A gated pod may narrow where it goes, never widen it. */
function gatedSelector(after: PodSpec, before: PodSpec): Findings {
  if ((before.schedulingGates ?? []).length === 0) return NOTHING;
  const { nodeSelector: selector = {} } = after;
  const kept = Object.entries(before.nodeSelector ?? {}).every(([key, value]) => selector[key] === value);
  return kept
    ? NOTHING
    : [
        invalid(
          "spec.nodeSelector",
          selector,
          "only additions to spec.nodeSelector are allowed (no mutations or deletions)",
        ),
      ];
}

/** `after` with all that may change as it was. */
function withBefore(after: PodSpec, before: PodSpec): PodSpec {
  const isGated = (before.schedulingGates ?? []).length > 0;
  const images = (containers: readonly Container[] | undefined, old: readonly Container[] | undefined) =>
    containers?.map((container, index) => withSame(container, old?.[index] ?? container, ["image"]));
  const wasNegative = (before.terminationGracePeriodSeconds ?? 0) < 0 && after.terminationGracePeriodSeconds === 1;
  const plain = withSame(after, before, [
    "activeDeadlineSeconds",
    "tolerations",
    "schedulingGates",
    ...(wasNegative ? (["terminationGracePeriodSeconds"] as const) : []),
    ...(isGated ? (["nodeSelector"] as const) : []),
  ]);
  const init = images(after.initContainers, before.initContainers);
  const placed = isGated ? withNodeAffinityOf(plain, before) : plain;
  return {
    ...placed,
    containers: images(after.containers, before.containers) ?? [],
    ...(init === undefined ? {} : { initContainers: init }),
  };
}

function withNodeAffinityOf(after: PodSpec, before: PodSpec): PodSpec {
  const { nodeAffinity: _, ...others } = after.affinity ?? {};
  const old = before.affinity?.nodeAffinity;
  const affinity = old === undefined ? others : { ...others, nodeAffinity: old };
  const { affinity: _affinity, ...rest } = after;
  return Object.keys(affinity).length === 0 && before.affinity === undefined ? rest : { ...rest, affinity };
}

/** `after` with the fields named as `before` has them, absent ones too. */
function withSame<T extends object>(after: T, before: T, fields: readonly (keyof T)[]): T {
  const result = { ...after };
  for (const field of fields) {
    if (before[field] === undefined) delete result[field];
    else result[field] = before[field];
  }
  return result;
}

/** Containers put beside running ones: they stay as they came (`ValidatePodEphemeralContainersUpdate`). */
export function validateEphemeralUpdate(after: Pod, before: Pod): Findings {
  const next = new Map((after.spec.ephemeralContainers ?? []).map((container) => [container.name, container]));
  const field = "spec.ephemeralContainers";
  return [
    ...validatePodSpec(after.spec, "spec"),
    ...eachItem(before.spec.ephemeralContainers, (old) => {
      const kept = next.get(old.name);
      const named = `existing ephemeral containers ${JSON.stringify(old.name)}`;
      if (kept === undefined) return [forbidden(field, `${named} may not be removed\n`)];
      if (deepEqual(kept, old)) return NOTHING;
      return [forbidden(field, `${named} may not be changed\n${specDiff("core.EphemeralContainer", old, kept)}`)];
    }),
  ];
}

const COMPUTE = ["cpu", "memory"] as const;

/** Containers that get other resources while they run (`ValidatePodResize`). */
export function validateResize(after: Pod, before: Pod): Findings {
  const os = before.spec.os?.name;
  if (hasOwnResources(before) || hasOwnResources(after))
    return [forbidden("", "pods with pod-level resources cannot be resized")];
  if (before.metadata.annotations?.["kubernetes.io/config.mirror"] !== undefined)
    return [forbidden("", "static pods cannot be resized")];
  if (os === "windows") return [forbidden("", "windows pods cannot be resized")];
  const general = [
    ...validatePodSpec(after.spec, "spec"),
    ...(qosClass(before.spec) === qosClass(after.spec)
      ? NOTHING
      : [invalid("spec", before.status?.qosClass ?? "", "Pod QOS Class may not change as a result of resizing")]),
  ];
  const others = [...otherContainers(after, before, "containers"), ...otherContainers(after, before, "initContainers")];
  if (others.length > 0) return [...general, ...others];
  return [
    ...general,
    ...eachItem(before.spec.containers, (old, index) =>
      resizedContainer(after.spec.containers[index] ?? old, old, `spec.containers[${index}].resources`),
    ),
    ...eachItem(before.spec.initContainers, (old, index) => {
      const next = after.spec.initContainers?.[index] ?? old;
      if (old.restartPolicy === "Always") return resizedContainer(next, old, `spec.initContainers[${index}].resources`);
      return deepEqual(next, old)
        ? NOTHING
        : [forbidden("spec", "resources for non-sidecar init containers are immutable")];
    }),
  ];
}

/** Containers that are not those there were, in the order they were in. */
function otherContainers(after: Pod, before: Pod, list: "containers" | "initContainers"): Findings {
  const [next, old] = [after.spec[list] ?? [], before.spec[list] ?? []];
  if (next.length !== old.length) return [forbidden(`spec.${list}`, `${list} may not be added or removed on resize`)];
  return eachItem(next, ({ name }, index) =>
    name === old[index]?.name
      ? NOTHING
      : [forbidden(`spec.${list}[${index}].name`, `${list} may not be renamed or reordered on resize`)],
  );
}

function hasOwnResources({ spec: { resources = {} } }: Pod): boolean {
  return Object.keys(resources.requests ?? {}).length + Object.keys(resources.limits ?? {}).length > 0;
}

function resizedContainer(after: Container, before: Container, path: string): Findings {
  const [next, old] = [after.resources ?? {}, before.resources ?? {}];
  const others = (list: ResourceList | undefined): readonly (readonly [string, string])[] =>
    Object.entries(list ?? {}).filter(([name]) => !COMPUTE.some((compute) => compute === name));
  const isSame =
    deepEqual(others(next.limits), others(old.limits)) && deepEqual(others(next.requests), others(old.requests));
  return [
    ...(isRemoved(next.requests, old.requests)
      ? [forbidden(`${path}.requests`, "resource requests cannot be removed")]
      : NOTHING),
    ...(isRemoved(next.limits, old.limits)
      ? [forbidden(`${path}.limits`, "resource limits cannot be removed")]
      : NOTHING),
    ...(isSame ? NOTHING : [forbidden("spec", "only cpu and memory resources are mutable")]),
  ];
}

function isRemoved(after: ResourceList = {}, before: ResourceList = {}): boolean {
  return Object.keys(before).some((name) => after[name] === undefined);
}
