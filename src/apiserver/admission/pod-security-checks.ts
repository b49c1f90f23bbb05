import type { PodSpec } from "../../api/index.ts";
import { getPath, type ObjectMeta } from "../../apimachinery/index.ts";
import { isRecord } from "../../std/index.ts";

/** What a check found: the reason in a word or two, and where. */
export type Violation = { readonly reason: string; readonly detail: string };

/** A pod as the standards look at it. */
export type CheckedPod = {
  readonly metadata: Pick<ObjectMeta, "annotations">;
  readonly spec: PodSpec;
};

/** One control of a Pod Security Standard; `overrides` names those of the baseline it takes the place of. */
export type SecurityCheck = {
  readonly id: string;
  readonly overrides?: string;
  /** The minor version of the standards it came with. */
  readonly since?: number;
  /** `minor` is the version of the standards the pod is held to. */
  readonly check: (pod: CheckedPod, minor: number) => Violation | undefined;
};

type Context = Readonly<Record<string, unknown>>;
type Part = { readonly name: string; readonly securityContext: Context; readonly container: unknown };

/** Init containers, containers, ephemeral containers. */
export function containersOf({ spec }: CheckedPod): readonly Part[] {
  const all = [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])];
  return all.map((container) => ({
    name: container.name,
    securityContext: contextOf(container),
    container,
  }));
}

/** The securityContext of a container or of a pod's spec. */
export function contextOf(value: unknown): Context {
  const context = getPath(value, ["securityContext"]);
  return isRecord(context) ? context : {};
}

export function quoted(items: readonly string[]): string {
  return items.map((item) => JSON.stringify(item)).join(", ");
}

export function plural(word: string, count: number): string {
  return count === 1 ? word : `${word}s`;
}

/** `container "a"`, `containers "a", "b"`. */
export function named(word: string, names: readonly string[]): string {
  return `${plural(word, names.length)} ${quoted(names)}`;
}

/** Distinct texts, in order of the alphabet. */
export function distinct(values: readonly unknown[]): readonly string[] {
  return [...new Set(values.map(String))].sort();
}

/** Who set something: the pod, some containers, or both. */
export function setters(pod: boolean, containers: readonly string[]): string {
  const parts = [...(pod ? ["pod"] : []), ...(containers.length > 0 ? [named("container", containers)] : [])];
  return parts.join(" and ");
}

const CAPABILITIES = new Set(
  "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT".split(
    " ",
  ),
);
const SELINUX_TYPES = ["", "container_t", "container_init_t", "container_kvm_t"];
const SELINUX_TYPES_1_31 = [...SELINUX_TYPES, "container_engine_t"];
/** Sysctls that are safe, by the minor version that came to think so. */
const SYSCTLS: Readonly<Record<string, number>> = {
  "kernel.shm_rmid_forced": 0,
  "net.ipv4.ip_local_port_range": 0,
  "net.ipv4.tcp_syncookies": 0,
  "net.ipv4.ping_group_range": 0,
  "net.ipv4.ip_unprivileged_port_start": 0,
  "net.ipv4.ip_local_reserved_ports": 27,
  "net.ipv4.tcp_keepalive_time": 29,
  "net.ipv4.tcp_fin_timeout": 29,
  "net.ipv4.tcp_keepalive_intvl": 29,
  "net.ipv4.tcp_keepalive_probes": 29,
  "net.ipv4.tcp_rmem": 32,
  "net.ipv4.tcp_wmem": 32,
};
const APPARMOR = "container.apparmor.security.beta.kubernetes.io/";

/** The controls of the baseline standard, in the order they are reported (`k8s.io/pod-security-admission/policy`). */
export const BASELINE_CHECKS: readonly SecurityCheck[] = [
  { id: "appArmorProfile", check: appArmorProfile },
  { id: "capabilities_baseline", check: capabilities },
  { id: "hostNamespaces", check: hostNamespaces },
  { id: "hostPathVolumes", check: hostPathVolumes },
  { id: "hostPorts", check: hostPorts },
  { id: "hostProbesAndHostLifecycle", since: 34, check: handlerHosts },
  { id: "privileged", check: privileged },
  { id: "procMount", check: procMount },
  { id: "seLinuxOptions", check: seLinuxOptions },
  { id: "seccompProfile_baseline", since: 19, check: seccompProfile },
  { id: "sysctls", check: sysctls },
  { id: "windowsHostProcess", check: windowsHostProcess },
];

function appArmorProfile(pod: CheckedPod): Violation | undefined {
  const bad = (context: Context): string | undefined => {
    const type = getPath(context, ["appArmorProfile", "type"]);
    return type === undefined || type === "RuntimeDefault" || type === "Localhost" ? undefined : String(type);
  };
  const podType = bad(contextOf(pod.spec));
  const containers = containersOf(pod).filter(({ securityContext }) => bad(securityContext) !== undefined);
  const annotations = Object.entries(pod.metadata.annotations ?? {})
    .filter(([key, value]) => key.startsWith(APPARMOR) && !/^(?:|runtime\/default|localhost\/.*)$/.test(value))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .sort();
  const types = distinct([
    ...(podType === undefined ? [] : [podType]),
    ...containers.map(({ securityContext }) => bad(securityContext)),
  ]);
  const who = [
    setters(
      podType !== undefined,
      containers.map(({ name }) => name),
    ),
    ...(annotations.length > 0 ? [plural("annotation", annotations.length)] : []),
  ].filter((text) => text !== "");
  if (who.length === 0) return undefined;
  const values = [...types, ...annotations];
  return {
    reason: plural("forbidden AppArmor profile", values.length),
    detail: `${who.join(" and ")} must not set AppArmor profile type to ${values.map((value) => `"${value}"`).join(", ")}`,
  };
}

function capabilities(pod: CheckedPod): Violation | undefined {
  const added = ({ securityContext }: Part): readonly string[] => {
    const add = getPath(securityContext, ["capabilities", "add"]);
    return Array.isArray(add) ? add.map(String).filter((name) => !CAPABILITIES.has(name)) : [];
  };
  const bad = containersOf(pod).filter((part) => added(part).length > 0);
  if (bad.length === 0) return undefined;
  const names = named(
    "container",
    bad.map(({ name }) => name),
  );
  return {
    reason: "non-default capabilities",
    detail: `${names} must not include ${quoted(distinct(bad.flatMap(added)))} in securityContext.capabilities.add`,
  };
}

function hostNamespaces({ spec }: CheckedPod): Violation | undefined {
  const shared = ["hostNetwork", "hostPID", "hostIPC"].filter((field) => getPath(spec, [field]) === true);
  return shared.length === 0
    ? undefined
    : { reason: "host namespaces", detail: shared.map((field) => `${field}=true`).join(", ") };
}

function hostPathVolumes({ spec }: CheckedPod): Violation | undefined {
  const bad = (spec.volumes ?? []).filter((volume) => getPath(volume, ["hostPath"]) !== undefined);
  if (bad.length === 0) return undefined;
  const names = bad.map(({ name }) => name);
  return { reason: "hostPath volumes", detail: named("volume", names) };
}

function hostPorts(pod: CheckedPod): Violation | undefined {
  const ports = ({ container }: Part): readonly unknown[] => {
    const all = getPath(container, ["ports"]);
    return Array.isArray(all) ? all.map((port) => getPath(port, ["hostPort"])).filter((port) => Boolean(port)) : [];
  };
  const bad = containersOf(pod).filter((part) => ports(part).length > 0);
  if (bad.length === 0) return undefined;
  const numbers = distinct(bad.flatMap(ports));
  const names = bad.map(({ name }) => name);
  const uses = names.length === 1 ? "uses" : "use";
  return {
    reason: "hostPort",
    detail: `${named("container", names)} ${uses} ${plural("hostPort", numbers.length)} ${numbers.join(", ")}`,
  };
}

const HANDLERS = [
  ["livenessProbe"],
  ["readinessProbe"],
  ["startupProbe"],
  ["lifecycle", "postStart"],
  ["lifecycle", "preStop"],
];

/** Probes and lifecycle handlers speak to the pod itself, not to other hosts. */
function handlerHosts(pod: CheckedPod): Violation | undefined {
  const hosts = ({ container }: Part): readonly unknown[] =>
    HANDLERS.flatMap((path) =>
      ["httpGet", "tcpSocket"].map((action) => getPath(container, [...path, action, "host"])).filter(Boolean),
    );
  const bad = containersOf(pod).filter((part) => hosts(part).length > 0);
  if (bad.length === 0) return undefined;
  const names = distinct(bad.map(({ name }) => name));
  const forbidden = distinct(bad.flatMap(hosts));
  const uses = names.length === 1 ? "uses" : "use";
  return {
    reason: "probe or lifecycle host",
    detail: `${named("container", names)} ${uses} ${plural("probe or lifecycle host", forbidden.length)} ${quoted(forbidden)}`,
  };
}

function privileged(pod: CheckedPod): Violation | undefined {
  const bad = containersOf(pod).filter(({ securityContext }) => securityContext.privileged === true);
  const names = bad.map(({ name }) => name);
  return names.length === 0
    ? undefined
    : { reason: "privileged", detail: `${named("container", names)} must not set securityContext.privileged=true` };
}

function procMount(pod: CheckedPod): Violation | undefined {
  const bad = containersOf(pod).filter(({ securityContext: { procMount: type = "Default" } }) => type !== "Default");
  if (bad.length === 0) return undefined;
  const names = bad.map(({ name }) => name);
  const types = distinct(bad.map(({ securityContext }) => securityContext.procMount));
  return {
    reason: "procMount",
    detail: `${named("container", names)} must not set securityContext.procMount to ${quoted(types)}`,
  };
}

function seLinuxOptions(pod: CheckedPod, minor: number): Violation | undefined {
  const allowed = minor >= 31 ? SELINUX_TYPES_1_31 : SELINUX_TYPES;
  const options = (context: Context): Context => (isRecord(context.seLinuxOptions) ? context.seLinuxOptions : {});
  const isBad = (context: Context): boolean => {
    const { type = "", user = "", role = "" } = options(context);
    return !allowed.includes(String(type)) || user !== "" || role !== "";
  };
  const podContext = contextOf(pod.spec);
  const containers = containersOf(pod).filter(({ securityContext }) => isBad(securityContext));
  const who = setters(
    isBad(podContext),
    containers.map(({ name }) => name),
  );
  if (who === "") return undefined;
  const all = [podContext, ...containers.map(({ securityContext }) => securityContext)].map(options);
  const types = distinct(all.map(({ type = "" }) => type).filter((type) => !allowed.includes(String(type))));
  const data = [
    ...(types.length > 0 ? [named("type", types)] : []),
    ...(all.some(({ user = "" }) => user !== "") ? ["user may not be set"] : []),
    ...(all.some(({ role = "" }) => role !== "") ? ["role may not be set"] : []),
  ];
  return {
    reason: "seLinuxOptions",
    detail: `${who} set forbidden securityContext.seLinuxOptions: ${data.join("; ")}`,
  };
}

/** The type of a seccomp profile, when one is set. */
export function seccompType(context: Context): string | undefined {
  const profile = context.seccompProfile;
  return isRecord(profile) ? String(profile.type ?? "") : undefined;
}

/** Seccomp profiles that are set to what no standard allows. */
export function seccompProfile(pod: CheckedPod): Violation | undefined {
  const bad = (context: Context): boolean => {
    const type = seccompType(context);
    return type !== undefined && type !== "RuntimeDefault" && type !== "Localhost";
  };
  const podContext = contextOf(pod.spec);
  const containers = containersOf(pod).filter(({ securityContext }) => bad(securityContext));
  const who = setters(
    bad(podContext),
    containers.map(({ name }) => name),
  );
  if (who === "") return undefined;
  const contexts = [...(bad(podContext) ? [podContext] : []), ...containers.map((part) => part.securityContext)];
  const types = quoted(distinct(contexts.map(seccompType)));
  return { reason: "seccompProfile", detail: `${who} must not set securityContext.seccompProfile.type to ${types}` };
}

function sysctls({ spec }: CheckedPod, minor: number): Violation | undefined {
  const set = contextOf(spec).sysctls;
  const names = Array.isArray(set) ? set.map((sysctl) => String(getPath(sysctl, ["name"]))) : [];
  const bad = names.filter((name) => !Object.hasOwn(SYSCTLS, name) || minor < (SYSCTLS[name] as number));
  return bad.length === 0 ? undefined : { reason: "forbidden sysctls", detail: bad.join(", ") };
}

function windowsHostProcess(pod: CheckedPod): Violation | undefined {
  const isSet = (context: Context): boolean => getPath(context, ["windowsOptions", "hostProcess"]) === true;
  const containers = containersOf(pod).filter(({ securityContext }) => isSet(securityContext));
  const who = setters(
    isSet(contextOf(pod.spec)),
    containers.map(({ name }) => name),
  );
  return who === ""
    ? undefined
    : { reason: "hostProcess", detail: `${who} must not set securityContext.windowsOptions.hostProcess=true` };
}
