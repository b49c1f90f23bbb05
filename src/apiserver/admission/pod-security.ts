import { Namespace, Pod, type PodSpec } from "../../api/index.ts";
import { type FieldError, getPath, invalid, statusErrors, type Unstructured } from "../../apimachinery/index.ts";
import { deepEqual, isRecord } from "../../std/index.ts";
import type { Call } from "../core.ts";
import type { Attributes } from "./attributes.ts";
import { BASELINE_CHECKS, type CheckedPod, type SecurityCheck, type Violation } from "./pod-security-checks.ts";
import { RESTRICTED_CHECKS } from "./pod-security-restricted.ts";

type Level = "privileged" | "baseline" | "restricted";
type Mode = "enforce" | "audit" | "warn";
type LevelVersion = { readonly level: Level; readonly version: string };
type Policy = { readonly [M in Mode]: LevelVersion } & { readonly errors: readonly FieldError[] };

const PREFIX = "pod-security.kubernetes.io/";
const LEVELS: readonly Level[] = ["privileged", "baseline", "restricted"];
const FREE: LevelVersion = { level: "privileged", version: "latest" };

/** Subresources of pods that change nothing the standards look at. */
const IGNORED = new Set(["exec", "attach", "binding", "eviction", "log", "portforward", "proxy", "status", "resize"]);

/** Where kinds that make pods keep what they make. */
const TEMPLATES: Readonly<Record<string, readonly string[]>> = {
  "apps/deployments": ["spec", "template"],
  "apps/replicasets": ["spec", "template"],
  "apps/statefulsets": ["spec", "template"],
  "apps/daemonsets": ["spec", "template"],
  "batch/jobs": ["spec", "template"],
  "batch/cronjobs": ["spec", "jobTemplate", "spec", "template"],
  "/replicationcontrollers": ["spec", "template"],
  "/podtemplates": ["template"],
};

/** Whether the standards have a say about a resource. */
export function concernsPodSecurity({ kind }: Attributes["resource"]): boolean {
  const name = `${kind.group}/${kind.plural}`;
  return name === "/pods" || name === "/namespaces" || TEMPLATES[name] !== undefined;
}

/** Pod Security Standards by the labels of namespaces (`k8s.io/pod-security-admission`). */
export function checkPodSecurity(call: Call, attributes: Attributes): void {
  const { resource, subresource, object, operation } = attributes;
  if (object === undefined || operation === "DELETE") return;
  if (resource.isNamespace) {
    if (subresource === "") checkNamespace(call, attributes, object);
    return;
  }
  const labels = call.core.state.get(Namespace, attributes.namespace)?.metadata.labels;
  if (labels === undefined || !Object.keys(labels).some((label) => label.startsWith(PREFIX))) return;
  const policy = policyOf(labels);
  const { group, plural } = resource.kind;
  if (group === "" && plural === "pods") checkPod(call, attributes, object, policy);
  else if (subresource === "") {
    const template = getPath(object, TEMPLATES[`${group}/${plural}`] ?? []);
    if (isRecord(template) && isRecord(template.spec)) warn(call, policy.warn, podOf(template));
  }
}

function checkPod(call: Call, attributes: Attributes, object: Unstructured, policy: Policy): void {
  const { subresource, operation, oldObject, resource, name } = attributes;
  if (IGNORED.has(subresource)) return;
  if (operation === "UPDATE" && oldObject !== undefined && !isSignificant(object, oldObject)) return;
  const pod = podOf(object);
  const violations = violationsOf(policy.enforce, pod);
  if (violations.length > 0)
    throw statusErrors.forbidden(
      resource.kind,
      name,
      `violates PodSecurity "${shown(policy.enforce)}": ${detailsOf(violations)}`,
    );
  warn(call, policy.warn, pod);
}

/** Most of a pod cannot change; what matters are images and containers that join. */
function isSignificant(object: Unstructured, before: Unstructured): boolean {
  const looked = (pod: Unstructured): unknown =>
    ["initContainers", "containers", "ephemeralContainers"].map((field) => {
      const list = getPath(pod, ["spec", field]);
      return Array.isArray(list) ? list.map((container) => getPath(container, ["image"])) : [];
    });
  return !deepEqual(looked(object), looked(before));
}

function warn(call: Call, standard: LevelVersion, pod: CheckedPod): void {
  const violations = violationsOf(standard, pod);
  if (violations.length > 0)
    call.warnings?.push(`would violate PodSecurity "${shown(standard)}": ${detailsOf(violations)}`);
}

function podOf(value: Readonly<Record<string, unknown>> | Unstructured): CheckedPod {
  const { metadata, spec } = value as { readonly metadata?: CheckedPod["metadata"]; readonly spec: PodSpec };
  return { metadata: metadata ?? {}, spec: { ...spec, containers: spec.containers ?? [] } };
}

function violationsOf({ level, version }: LevelVersion, pod: CheckedPod): readonly Violation[] {
  if (level === "privileged") return [];
  const minor = version === "latest" ? Number.POSITIVE_INFINITY : Number(version.slice("v1.".length));
  const inForce = ({ since = 0 }: SecurityCheck): boolean => minor >= since;
  const restricted = level === "restricted" ? RESTRICTED_CHECKS.filter(inForce) : [];
  const overridden = new Set(restricted.map(({ overrides }) => overrides));
  const baseline = BASELINE_CHECKS.filter((check) => inForce(check) && !overridden.has(check.id));
  return [...baseline, ...restricted]
    .map(({ check }) => check(pod, minor))
    .filter((violation) => violation !== undefined);
}

function detailsOf(violations: readonly Violation[]): string {
  return violations.map(({ reason, detail }) => (detail === "" ? reason : `${reason} (${detail})`)).join(", ");
}

function shown({ level, version }: LevelVersion): string {
  return `${level}:${version}`;
}

function policyOf(labels: Readonly<Record<string, string>>): Policy {
  const errors: FieldError[] = [];
  const read = (mode: Mode): LevelVersion => {
    const level = labels[`${PREFIX}${mode}`];
    const version = labels[`${PREFIX}${mode}-version`];
    const field = (name: string): string => `metadata.labels[${PREFIX}${name}]`;
    const isLevel = level === undefined || LEVELS.includes(level as Level);
    const isVersion = version === undefined || version === "latest" || /^v1\.(?:0|[1-9]\d*)$/.test(version);
    if (!isLevel) errors.push(invalid(field(mode), level, `must be one of ${LEVELS.join(", ")}`));
    if (!isVersion) errors.push(invalid(field(`${mode}-version`), version, 'must be "latest" or "v1.x"'));
    // What cannot be read is taken strictly when it would be enforced, and not at all otherwise.
    const fallback: Level = mode === "enforce" && level !== undefined ? "restricted" : "privileged";
    return {
      level: isLevel ? ((level as Level | undefined) ?? "privileged") : fallback,
      version: isVersion ? (version ?? "latest") : "latest",
    };
  };
  const [enforce, audit, warning] = [read("enforce"), read("audit"), read("warn")];
  const isImplied = labels[`${PREFIX}warn`] === undefined && LEVELS.includes(labels[`${PREFIX}enforce`] as Level);
  const hasVersion = labels[`${PREFIX}warn-version`] !== undefined;
  const implied = { level: enforce.level, version: hasVersion ? warning.version : enforce.version };
  return { enforce, audit, warn: isImplied && enforce.level !== FREE.level ? implied : warning, errors };
}

/** Labels must make sense, and a stricter standard tells which pods it would not let in. */
function checkNamespace(call: Call, { oldObject }: Attributes, object: Unstructured): void {
  const policy = policyOf(object.metadata.labels ?? {});
  const before = oldObject === undefined ? undefined : policyOf(oldObject.metadata.labels ?? {});
  const areNew = before === undefined || !deepEqual(policy.errors, before.errors);
  if (policy.errors.length > 0 && areNew)
    throw statusErrors.invalid({ group: "", kind: "Namespace" }, object.metadata.name, policy.errors);
  if (before === undefined || deepEqual(policy.enforce, before.enforce) || policy.enforce.level === FREE.level) return;
  const rank = ({ level }: LevelVersion): number => LEVELS.indexOf(level);
  if (policy.enforce.version === before.enforce.version && rank(policy.enforce) <= rank(before.enforce)) return;
  call.warnings?.push(...namespaceWarnings(call, object.metadata.name, policy.enforce));
}

function namespaceWarnings({ core }: Call, namespace: string, standard: LevelVersion): readonly string[] {
  const byReason = new Map<string, string[]>();
  for (const pod of core.state.list(Pod, namespace)) {
    const violations = violationsOf(standard, podOf(pod as Unstructured & Pod));
    const reasons = violations.map(({ reason }) => reason).join(", ");
    if (reasons !== "") byReason.set(reasons, [...(byReason.get(reasons) ?? []), pod.metadata.name]);
  }
  if (byReason.size === 0) return [];
  const lines = [...byReason].map(([reasons, pods]) => {
    const [first = "", ...others] = pods.sort();
    const more = others.length === 0 ? "" : ` (and ${others.length} other ${others.length === 1 ? "pod" : "pods"})`;
    return `${first}${more}: ${reasons}`;
  });
  return [
    `existing pods in namespace "${namespace}" violate the new PodSecurity enforce level "${shown(standard)}"`,
    ...lines.sort(),
  ];
}
