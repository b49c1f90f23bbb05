import { getPath } from "../../apimachinery/index.ts";
import {
  type CheckedPod,
  containersOf,
  contextOf,
  distinct,
  named,
  plural,
  quoted,
  type SecurityCheck,
  seccompProfile,
  seccompType,
  setters,
  type Violation,
} from "./pod-security-checks.ts";

/** The controls the restricted standard adds, in the order they are reported. */
export const RESTRICTED_CHECKS: readonly SecurityCheck[] = [
  { id: "allowPrivilegeEscalation", since: 8, check: unlessWindows(allowPrivilegeEscalation) },
  { id: "capabilities_restricted", since: 22, overrides: "capabilities_baseline", check: unlessWindows(capabilities) },
  { id: "restrictedVolumes", overrides: "hostPathVolumes", check: restrictedVolumes },
  { id: "runAsNonRoot", check: runAsNonRoot },
  { id: "runAsUser", since: 23, check: runAsUser },
  { id: "seccompProfile_restricted", since: 19, overrides: "seccompProfile_baseline", check: unlessWindows(seccomp) },
];

const VOLUMES = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "image",
  "persistentVolumeClaim",
  "projected",
  "secret",
];

/** Since 1.25 the standards know that there are no such things on Windows. */
function unlessWindows(check: SecurityCheck["check"]): SecurityCheck["check"] {
  return (pod, minor) =>
    minor >= 25 && getPath(pod.spec, ["os", "name"]) === "windows" ? undefined : check(pod, minor);
}

function allowPrivilegeEscalation(pod: CheckedPod): Violation | undefined {
  const bad = containersOf(pod).filter(({ securityContext }) => securityContext.allowPrivilegeEscalation !== false);
  const names = bad.map(({ name }) => name);
  if (names.length === 0) return undefined;
  return {
    reason: "allowPrivilegeEscalation != false",
    detail: `${named("container", names)} must set securityContext.allowPrivilegeEscalation=false`,
  };
}

function capabilities(pod: CheckedPod): Violation | undefined {
  const listed = (context: unknown, list: "add" | "drop"): readonly string[] => {
    const names = getPath(context, ["capabilities", list]);
    return Array.isArray(names) ? names.map(String) : [];
  };
  const all = containersOf(pod);
  const notDropping = all.filter(({ securityContext }) => !listed(securityContext, "drop").includes("ALL"));
  const added = (context: unknown): readonly string[] =>
    listed(context, "add").filter((name) => name !== "NET_BIND_SERVICE");
  const adding = all.filter(({ securityContext }) => added(securityContext).length > 0);
  const names = (parts: typeof all): string =>
    named(
      "container",
      parts.map(({ name }) => name),
    );
  const forbidden = distinct(adding.flatMap(({ securityContext }) => added(securityContext)));
  const details = [
    ...(notDropping.length > 0 ? [`${names(notDropping)} must set securityContext.capabilities.drop=["ALL"]`] : []),
    ...(adding.length > 0
      ? [`${names(adding)} must not include ${quoted(forbidden)} in securityContext.capabilities.add`]
      : []),
  ];
  return details.length === 0 ? undefined : { reason: "unrestricted capabilities", detail: details.join("; ") };
}

function restrictedVolumes({ spec }: CheckedPod): Violation | undefined {
  const typeOf = (volume: object): string | undefined =>
    Object.entries(volume).find(([field, value]) => field !== "name" && value !== undefined)?.[0];
  const bad = (spec.volumes ?? []).filter((volume) => !VOLUMES.includes(typeOf(volume) ?? "unknown"));
  if (bad.length === 0) return undefined;
  const types = distinct(bad.map((volume) => typeOf(volume) ?? "unknown"));
  const names = bad.map(({ name }) => name);
  const uses = names.length === 1 ? "uses" : "use";
  return {
    reason: "restricted volume types",
    detail: `${named("volume", names)} ${uses} ${plural("restricted volume type", types.length)} ${quoted(types)}`,
  };
}

function runAsNonRoot(pod: CheckedPod): Violation | undefined {
  const reason = "runAsNonRoot != true";
  const onPod = contextOf(pod.spec).runAsNonRoot;
  const all = containersOf(pod);
  const explicit = all.filter(({ securityContext }) => securityContext.runAsNonRoot === false);
  const who = setters(
    onPod === false,
    explicit.map(({ name }) => name),
  );
  if (who !== "") return { reason, detail: `${who} must not set securityContext.runAsNonRoot=false` };
  const implicit = all.filter(({ securityContext }) => securityContext.runAsNonRoot === undefined && onPod !== true);
  if (implicit.length === 0) return undefined;
  const names = implicit.map(({ name }) => name);
  return { reason, detail: `pod or ${named("container", names)} must set securityContext.runAsNonRoot=true` };
}

function runAsUser(pod: CheckedPod): Violation | undefined {
  const bad = containersOf(pod).filter(({ securityContext }) => securityContext.runAsUser === 0);
  const who = setters(
    contextOf(pod.spec).runAsUser === 0,
    bad.map(({ name }) => name),
  );
  return who === "" ? undefined : { reason: "runAsUser=0", detail: `${who} must not set runAsUser=0` };
}

function seccomp(pod: CheckedPod): Violation | undefined {
  const explicit = seccompProfile(pod);
  if (explicit !== undefined || seccompType(contextOf(pod.spec)) !== undefined) return explicit;
  const implicit = containersOf(pod).filter(({ securityContext }) => seccompType(securityContext) === undefined);
  if (implicit.length === 0) return undefined;
  const names = implicit.map(({ name }) => name);
  return {
    reason: "seccompProfile",
    detail: `pod or ${named("container", names)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`,
  };
}
