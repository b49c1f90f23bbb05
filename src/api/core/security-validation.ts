import { eachItem, type Findings, forbidden, invalid, NOTHING, notSupported, required } from "../validation.ts";
import type { PodSpec } from "./pod.ts";
import { descendingPath } from "./volume-validation.ts";

type Profile = { readonly type?: string; readonly localhostProfile?: string };
type SecurityContext = {
  readonly privileged?: boolean;
  readonly allowPrivilegeEscalation?: boolean;
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
  readonly procMount?: string;
  readonly capabilities?: { readonly add?: readonly string[] };
  readonly seccompProfile?: Profile;
  readonly appArmorProfile?: Profile;
};
type PodSecurityContext = Pick<SecurityContext, "runAsUser" | "runAsGroup" | "seccompProfile" | "appArmorProfile"> & {
  readonly fsGroup?: number;
  readonly supplementalGroups?: readonly number[];
  readonly fsGroupChangePolicy?: string;
  readonly supplementalGroupsPolicy?: string;
  readonly seLinuxChangePolicy?: string;
  readonly sysctls?: readonly { readonly name?: string; readonly value?: string }[];
};

/** How a container may act (`ValidateSecurityContext`). */
export function validateSecurityContext(
  given: Readonly<Record<string, unknown>> | undefined,
  path: string,
  hostUsers: boolean,
): Findings {
  if (given === undefined) return NOTHING;
  const context = given as SecurityContext;
  const { procMount } = context;
  return [
    ...identity(`${path}.runAsUser`, context.runAsUser),
    ...identity(`${path}.runAsGroup`, context.runAsGroup),
    ...among(`${path}.procMount`, procMount, ["Default", "Unmasked"]),
    ...(hostUsers && procMount === "Unmasked"
      ? [invalid(`${path}.procMount`, procMount, "`hostUsers` must be false to use `Unmasked`")]
      : NOTHING),
    ...seccomp(context.seccompProfile, `${path}.seccompProfile`),
    ...escalation(context, path),
    ...appArmor(context.appArmorProfile, `${path}.appArmorProfile`),
  ];
}

/** How all containers of a pod may act (`validatePodSpecSecurityContext`, `validateHostUsers`). */
export function validatePodSecurity(spec: PodSpec, path: string): Findings {
  const given = spec.securityContext;
  const shares = spec.shareProcessNamespace === true && spec.hostPID === true;
  const isOwnUsers = spec.hostUsers === false;
  if ((given === undefined || Object.keys(given).length === 0) && !shares && !isOwnUsers) return NOTHING;
  return [
    ...contextOfPod((given ?? {}) as PodSecurityContext, `${path}.securityContext`),
    ...(shares
      ? [
          invalid(
            `${path}.securityContext.shareProcessNamespace`,
            true,
            "ShareProcessNamespace and HostPID cannot both be enabled",
          ),
        ]
      : NOTHING),
    ...(isOwnUsers ? ownUsers(spec, path) : NOTHING),
  ];
}

function contextOfPod(context: PodSecurityContext, path: string): Findings {
  return [
    ...identity(`${path}.fsGroup`, context.fsGroup),
    ...identity(`${path}.runAsUser`, context.runAsUser),
    ...identity(`${path}.runAsGroup`, context.runAsGroup),
    ...eachItem(context.supplementalGroups, (group, index) => identity(`${path}.supplementalGroups[${index}]`, group)),
    ...sysctls(context.sysctls, `${path}.sysctls`),
    ...among(`${path}.fsGroupChangePolicy`, context.fsGroupChangePolicy, ["Always", "OnRootMismatch"]),
    ...seccomp(context.seccompProfile, `${path}.seccompProfile`),
    ...appArmor(context.appArmorProfile, `${path}.appArmorProfile`),
    ...among(`${path}.supplementalGroupsPolicy`, context.supplementalGroupsPolicy, ["Merge", "Strict"]),
    ...among(`${path}.seLinuxChangePolicy`, context.seLinuxChangePolicy, ["MountOption", "Recursive"]),
  ];
}

function ownUsers(spec: PodSpec, path: string): Findings {
  const detail = "when `pod.Spec.HostUsers` is false";
  return [
    ...(spec.hostNetwork === true ? [forbidden(`${path}.hostNetwork`, detail)] : NOTHING),
    ...(spec.hostPID === true ? [forbidden(`${path}.HostPID`, detail)] : NOTHING),
    ...(spec.hostIPC === true ? [forbidden(`${path}.HostIPC`, detail)] : NOTHING),
  ];
}

function identity(field: string, id: number | undefined): Findings {
  return id === undefined || id === null || (id >= 0 && id <= 2_147_483_647)
    ? NOTHING
    : [invalid(field, id, "must be between 0 and 2147483647, inclusive")];
}

function among(field: string, value: string | undefined, supported: readonly string[]): Findings {
  return value === undefined || supported.includes(value) ? NOTHING : [notSupported(field, value, supported)];
}

function escalation(context: SecurityContext, path: string): Findings {
  if (context.allowPrivilegeEscalation !== false) return NOTHING;
  return [
    ...(context.privileged === true
      ? [invalid(path, context, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true")]
      : NOTHING),
    ...eachItem(context.capabilities?.add, (capability) =>
      capability === "CAP_SYS_ADMIN"
        ? [
            invalid(
              path,
              context,
              "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN",
            ),
          ]
        : NOTHING,
    ),
  ];
}

const PROFILES = ["Localhost", "RuntimeDefault", "Unconfined"];

function seccomp(profile: Profile | undefined, path: string): Findings {
  if (profile === undefined) return NOTHING;
  const { type = "", localhostProfile: local } = profile;
  const typed =
    type === ""
      ? [required(`${path}.type`, "type is required when seccompProfile is set")]
      : among(`${path}.type`, type, PROFILES);
  const field = `${path}.localhostProfile`;
  if (type !== "Localhost")
    return local === undefined
      ? typed
      : [
          ...typed,
          invalid(field, { Type: type, LocalhostProfile: local }, "can only be set when seccomp type is Localhost"),
        ];
  return local === undefined
    ? [...typed, required(field, "must be set when seccomp type is Localhost")]
    : [...typed, ...descendingPath(field, local)];
}

function appArmor(profile: Profile | undefined, path: string): Findings {
  if (profile === undefined) return NOTHING;
  const { type = "", localhostProfile: local } = profile;
  const field = `${path}.localhostProfile`;
  if (type === "") return [required(`${path}.type`, "type is required when appArmorProfile is set")];
  if (!PROFILES.includes(type)) return [notSupported(`${path}.type`, type, PROFILES)];
  if (type !== "Localhost")
    return local === undefined ? NOTHING : [invalid(field, local, "can only be set when AppArmor type is Localhost")];
  if (local === undefined) return [required(field, "must be set when AppArmor type is Localhost")];
  if (local !== local.trim()) return [invalid(field, local, "must not be padded with whitespace")];
  return local === "" ? [required(field, "must be set when AppArmor type is Localhost")] : NOTHING;
}

const SYSCTL_PART = "[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
const SYSCTL = `(${SYSCTL_PART}[\\./])*${SYSCTL_PART}`;
const sysctlPattern = new RegExp(`^${SYSCTL}$`);

function sysctls(given: PodSecurityContext["sysctls"], path: string): Findings {
  const seen = new Set<string>();
  return eachItem(given, ({ name = "" }, index) => {
    const field = `${path}[${index}].name`;
    if (name === "") return [required(field)];
    if (name.length > 253 || !sysctlPattern.test(name))
      return [invalid(field, name, `must have at most 253 characters and match regex ^${SYSCTL}$`)];
    if (seen.has(name)) return [{ type: "FieldValueDuplicate", field, value: name, detail: "" }];
    seen.add(name);
    return NOTHING;
  });
}
