import { dns1123LabelErrors, type ObjectMeta } from "../../apimachinery/index.ts";
import { deepEqual } from "../../std/index.ts";
import { addressWarnings } from "../address-forms.ts";
import { nodeLabelWarnings, nodeTermWarnings, outdatedKey } from "./node-label-warnings.ts";
import { overlapWarnings } from "./path-overlap-warnings.ts";
import type { Affinity, Container, EnvVar, Pod, PodAffinityTerm, PodSpec, PodTemplateSpec } from "./pod.ts";
import { portWarnings } from "./port-warnings.ts";
import { claimSpecWarnings, fractionWarnings, goneSourceWarnings } from "./volume-warnings.ts";

const SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/";
const APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/";

const OUTDATED_ANNOTATIONS: readonly (readonly [key: string, why: string])[] = [
  ["scheduler.alpha.kubernetes.io/critical-pod", 'non-functional in v1.16+; use the "priorityClassName" field instead'],
  ["security.alpha.kubernetes.io/sysctls", 'non-functional in v1.11+; use the "sysctls" field instead'],
  ["security.alpha.kubernetes.io/unsafe-sysctls", 'non-functional in v1.11+; use the "sysctls" field instead'],
];

/** A pod or a template of pods, and where it stands: `""` for a pod, `spec.template.` for most templates. */
type Place = { readonly spec: PodSpec; readonly annotations: Readonly<Record<string, string>>; readonly at: string };

/** What a new pod's author is warned of; updates are not looked at (`podStrategy.WarningsOnUpdate`). */
export function podWarnings(pod: Pod, before?: Pod): readonly string[] {
  if (before !== undefined) return [];
  return [
    ...nameWarnings(pod, "the Pod's hostname"),
    ...specWarnings({ spec: pod.spec, annotations: pod.metadata.annotations ?? {}, at: "" }),
  ];
}

/** Odd addresses a kubelet tells of. */
export function podStatusWarnings({ status }: Pod): readonly string[] {
  return [
    ...(status?.podIPs ?? []).flatMap(({ ip }, index) => addressWarnings(`status.podIPs[${index}].ip`, ip)),
    ...(status?.hostIPs ?? []).flatMap(({ ip }, index) => addressWarnings(`status.hostIPs[${index}].ip`, ip)),
  ];
}

/** What the author of a template of pods is warned of (`pkg/api/pod.GetWarningsForPodTemplate`). */
export function podTemplateWarnings(template: PodTemplateSpec | undefined, field: string): readonly string[] {
  if (template?.spec === undefined) return [];
  return specWarnings({ spec: template.spec, annotations: template.metadata?.annotations ?? {}, at: `${field}.` });
}

/** A name that is no DNS label though hosts are to bear it. */
export function nameWarnings(
  { metadata }: { readonly metadata: ObjectMeta },
  where = "Pod names and hostnames",
): readonly string[] {
  const wrong = dns1123LabelErrors(metadata.name);
  if (wrong.length === 0) return [];
  const why = "which can result in surprising behavior; a DNS label is recommended";
  return [`metadata.name: this is used in ${where}, ${why}: [${wrong.join(" ")}]`];
}

function specWarnings(place: Place): readonly string[] {
  const { spec, annotations, at } = place;
  const containers = containersOf(place);
  const isProfiled = spec.securityContext?.seccompProfile !== undefined;
  return [
    ...nodeWarnings(place),
    ...OUTDATED_ANNOTATIONS.flatMap(([key, why]) =>
      annotations[key] === undefined ? [] : [`${at}metadata.annotations[${key}]: ${why}`],
    ),
    ...volumeWarnings(place),
    ...overlapWarnings(spec.volumes ?? []),
    ...repeatedWarnings(place),
    ...fractionWarnings(spec.overhead?.memory, `${at}spec.overhead[memory]`),
    ...fractionWarnings(spec.overhead?.["ephemeral-storage"], `${at}spec.overhead[ephemeral-storage]`),
    ...(isProfiled || annotations[SECCOMP_POD] === undefined
      ? []
      : [
          `${at}metadata.annotations[${SECCOMP_POD}]: non-functional in v1.27+; use the "seccompProfile" field instead`,
        ]),
    ...containers.flatMap(([container, field]) => containerWarnings(container, field, place)),
    ...portWarnings(containers),
    ...((spec.terminationGracePeriodSeconds ?? 0) < 0
      ? [`${at}spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`]
      : []),
    ...podAffinityWarnings(spec.affinity, `${at}spec.affinity`),
    ...(spec.dnsConfig?.nameservers ?? []).flatMap((server, index) =>
      addressWarnings(`${at}spec.dnsConfig.nameservers[${index}]`, server),
    ),
    ...(spec.hostAliases ?? []).flatMap(({ ip }, index) => addressWarnings(`${at}spec.hostAliases[${index}].ip`, ip)),
  ];
}

function containersOf({ spec, at }: Place): readonly (readonly [Container, string])[] {
  return (["initContainers", "containers", "ephemeralContainers"] as const).flatMap((list) =>
    (spec[list] ?? []).map((container, index) => [container, `${at}spec.${list}[${index}]`] as const),
  );
}

/** Outdated labels of nodes, and constraints that select no pod. */
function nodeWarnings({ spec, at }: Place): readonly string[] {
  const { requiredDuringSchedulingIgnoredDuringExecution: required, ...affinity } = spec.affinity?.nodeAffinity ?? {};
  const preferred = affinity.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  const field = `${at}spec.affinity.nodeAffinity`;
  return [
    ...nodeLabelWarnings(spec.nodeSelector, (key) => `${at}spec.nodeSelector[${key}]`),
    ...(required?.nodeSelectorTerms ?? []).flatMap((term, index) =>
      nodeTermWarnings(term, `${field}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[${index}]`, {
        withValues: false,
      }),
    ),
    ...preferred.flatMap(({ preference }, index) =>
      nodeTermWarnings(preference, `${field}.preferredDuringSchedulingIgnoredDuringExecution[${index}].preference`, {
        withValues: true,
      }),
    ),
    ...(spec.topologySpreadConstraints ?? []).flatMap(({ topologyKey, labelSelector }, index) => {
      const constraint = `${at}spec.topologySpreadConstraints[${index}]`;
      const outdated = outdatedKey(String(topologyKey), `${constraint}.topologyKey`);
      return labelSelector === undefined ? [...outdated, selectsNothing(constraint)] : outdated;
    }),
  ];
}

function selectsNothing(field: string): string {
  return `${field}.labelSelector: a null labelSelector results in matching no pod`;
}

function volumeWarnings({ spec, at }: Place): readonly string[] {
  return (spec.volumes ?? []).flatMap((volume, index) => {
    const field = `${at}spec.volumes[${index}]`;
    const claim = volume.ephemeral?.volumeClaimTemplate?.spec;
    return [
      ...goneSourceWarnings(volume, field),
      ...(claim === undefined ? [] : claimSpecWarnings(claim, `${field}.ephemeral.volumeClaimTemplate.spec`)),
    ];
  });
}

/** Entries that are there twice, of lists that merge by them. */
function repeatedWarnings({ spec, at }: Place): readonly string[] {
  const { hostAliases = [], imagePullSecrets = [] } = spec;
  const twice = (values: readonly string[], say: (value: string, index: number) => string): readonly string[] =>
    values.flatMap((value, index) => (values.indexOf(value) < index ? [say(value, index)] : []));
  const secrets = imagePullSecrets.map(({ name = "" }) => name);
  return [
    ...twice(
      hostAliases.map(({ ip }) => ip),
      (ip, index) => `${at}spec.hostAliases[${index}].ip: duplicate ip "${ip}"`,
    ),
    ...twice(secrets, (name, index) => `${at}spec.imagePullSecrets[${index}].name: duplicate name "${name}"`),
    ...secrets.flatMap((name, index) =>
      name === "" ? [`${at}spec.imagePullSecrets[${index}].name: invalid empty name ""`] : [],
    ),
  ];
}

function containerWarnings(container: Container, field: string, { spec, annotations, at }: Place): readonly string[] {
  const { name, securityContext = {}, resources = {}, env = [] } = container;
  const seccomp = `${SECCOMP_CONTAINER}${name}`;
  const appArmor = `${APP_ARMOR}${name}`;
  const isProfiled = securityContext.seccompProfile !== undefined || annotations[seccomp] === undefined;
  // What the annotations of a pod say goes into its fields.
  const isArmored = at === "" || securityContext.appArmorProfile !== undefined || annotations[appArmor] === undefined;
  const isTold = isArmored || deepEqual(spec.securityContext?.appArmorProfile, profileOf(annotations[appArmor] ?? ""));
  return [
    ...(isProfiled
      ? []
      : [`${at}metadata.annotations[${seccomp}]: non-functional in v1.27+; use the "seccompProfile" field instead`]),
    ...(isTold
      ? []
      : [`${at}metadata.annotations[${appArmor}]: deprecated since v1.30; use the "appArmorProfile" field instead`]),
    ...(["memory", "ephemeral-storage"] as const).flatMap((resource) => [
      ...fractionWarnings(resources.limits?.[resource], `${field}.resources.limits[${resource}]`),
      ...fractionWarnings(resources.requests?.[resource], `${field}.resources.requests[${resource}]`),
    ]),
    ...hiddenVariables(env, field),
  ];
}

/** The profile an AppArmor annotation stands for. */
function profileOf(annotation: string): object | undefined {
  if (annotation === "unconfined") return { type: "Unconfined" };
  if (annotation === "runtime/default") return { type: "RuntimeDefault" };
  const [, localhostProfile] = /^localhost\/(.+)/.exec(annotation) ?? [];
  return localhostProfile === undefined ? undefined : { type: "Localhost", localhostProfile };
}

/** Variables defined again without use of what they were before. */
function hiddenVariables(env: readonly EnvVar[], field: string): readonly string[] {
  if (env.length < 2) return [];
  const seen = new Set<string>();
  return env.flatMap(({ name, value = "", valueFrom }, index) => {
    const isFirst = !seen.has(name);
    seen.add(name);
    const own = `$(${name})`;
    if (isFirst || (valueFrom === undefined && value !== own && value.includes(own))) return [];
    return [`${field}.env[${index}]: hides previous definition of "${name}", which may be dropped when using apply`];
  });
}

function podAffinityWarnings(affinity: Affinity | undefined, field: string): readonly string[] {
  return (["podAffinity", "podAntiAffinity"] as const).flatMap((side) => {
    const required = affinity?.[side]?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    const preferred = affinity?.[side]?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    const nothing = ({ labelSelector }: PodAffinityTerm, at: string): readonly string[] =>
      labelSelector === undefined ? [selectsNothing(at)] : [];
    return [
      ...required.flatMap((term, index) =>
        nothing(term, `${field}.${side}.requiredDuringSchedulingIgnoredDuringExecution[${index}]`),
      ),
      ...preferred.flatMap(({ podAffinityTerm }, index) =>
        nothing(
          podAffinityTerm,
          `${field}.${side}.preferredDuringSchedulingIgnoredDuringExecution[${index}].podAffinityTerm`,
        ),
      ),
    ];
  });
}
