import { describe, expect, it } from "vitest";
import { Deployment, Namespace, Pod } from "../../../src/api/index.ts";
import type { ApiRequest } from "../../../src/apiserver/index.ts";
import { type Fixture, fixture, object } from "../fixture.ts";

type Fields = Readonly<Record<string, unknown>>;

function guarded(labels: Readonly<Record<string, string>>): Fixture {
  const made = fixture();
  const prefixed = Object.fromEntries(
    Object.entries(labels).map(([key, value]) => [`pod-security.kubernetes.io/${key}`, value]),
  );
  made.good({ verb: "create", kind: Namespace, object: object("v1", "Namespace", { name: "safe", labels: prefixed }) });
  return made;
}

function podOf(spec: Fields, container: Fields = {}): ApiRequest {
  const containers = [{ name: "c", image: "i", ...container }];
  const pod = object("v1", "Pod", { name: "p", namespace: "safe" }, { spec: { containers, ...spec } });
  return { verb: "create", kind: Pod, namespace: "safe", object: pod };
}

const SAFE_CONTAINER = { securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } } };
const SAFE_POD = { securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } } };

describe("Pod Security", () => {
  const ESCALATION =
    'allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false)';
  const ROOT = 'runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true)';
  const CAPABILITIES = 'unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"])';
  const SECCOMP =
    'seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")';
  const RANGE = { securityContext: { sysctls: [{ name: "net.ipv4.tcp_rmem", value: "1" }] } };
  const PROBE = { livenessProbe: { httpGet: { host: "10.0.0.1", port: 80 } } };

  it.each([
    ["restricted:v1.7", {}, {}, ROOT],
    ["restricted:v1.18", {}, {}, `${ESCALATION}, ${ROOT}`],
    ["restricted:v1.19", {}, {}, `${ESCALATION}, ${ROOT}, ${SECCOMP}`],
    ["restricted:v1.22", {}, {}, `${ESCALATION}, ${CAPABILITIES}, ${ROOT}, ${SECCOMP}`],
    ["restricted:v1.24", { ...SAFE_POD, os: { name: "windows" } }, {}, `${ESCALATION}, ${CAPABILITIES}`],
    ["restricted:v1.25", { ...SAFE_POD, os: { name: "windows" } }, {}, undefined],
    ["baseline:v1.31", RANGE, {}, "forbidden sysctls (net.ipv4.tcp_rmem)"],
    ["baseline:v1.32", RANGE, {}, undefined],
    ["baseline:v1.33", {}, PROBE, undefined],
    ["baseline:v1.34", {}, PROBE, 'probe or lifecycle host (container "c" uses probe or lifecycle host "10.0.0.1")'],
  ])("is what it was in the version asked for: %s %j %j", (standard, spec, part, why) => {
    const [level = "", version = ""] = standard.split(":");
    const made = guarded({ enforce: level, "enforce-version": version });
    if (why === undefined) made.good(podOf(spec, part));
    else
      expect(made.bad(podOf(spec, part)).message).toBe(
        `pods "p" is forbidden: violates PodSecurity "${standard}": ${why}`,
      );
  });

  it("leaves namespaces without labels alone", () => {
    guarded({}).good(podOf({ hostNetwork: true }));
  });

  it("lets privileged namespaces do as they please", () => {
    guarded({ enforce: "privileged" }).good(podOf({ hostPID: true }));
  });

  it.each([
    [{ hostNetwork: true, hostIPC: true }, {}, "host namespaces (hostNetwork=true, hostIPC=true)"],
    [{ volumes: [{ name: "v", hostPath: { path: "/" } }] }, {}, 'hostPath volumes (volume "v")'],
    [{}, { ports: [{ containerPort: 1, hostPort: 80 }] }, 'hostPort (container "c" uses hostPort 80)'],
    [
      {},
      { securityContext: { privileged: true } },
      'privileged (container "c" must not set securityContext.privileged=true)',
    ],
    [
      {},
      { securityContext: { capabilities: { add: ["SYS_ADMIN", "NET_RAW", "KILL"] } } },
      'non-default capabilities (container "c" must not include "NET_RAW", "SYS_ADMIN" in securityContext.capabilities.add)',
    ],
    [
      { hostUsers: false },
      { securityContext: { procMount: "Unmasked" } },
      'procMount (container "c" must not set securityContext.procMount to "Unmasked")',
    ],
    [
      { securityContext: { seLinuxOptions: { type: "x", user: "u" } } },
      {},
      'seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type "x"; user may not be set)',
    ],
    [
      { securityContext: { seccompProfile: { type: "Unconfined" } } },
      {},
      'seccompProfile (pod must not set securityContext.seccompProfile.type to "Unconfined")',
    ],
    [
      { securityContext: { sysctls: [{ name: "kernel.msgmax", value: "1" }] } },
      {},
      "forbidden sysctls (kernel.msgmax)",
    ],
    [
      {},
      { securityContext: { appArmorProfile: { type: "Unconfined" } } },
      'forbidden AppArmor profile (container "c" must not set AppArmor profile type to "Unconfined")',
    ],
    [
      {},
      { livenessProbe: { httpGet: { port: 80, host: "other" } } },
      'probe or lifecycle host (container "c" uses probe or lifecycle host "other")',
    ],
    [
      { securityContext: { windowsOptions: { hostProcess: true } }, hostNetwork: true },
      {},
      "host namespaces (hostNetwork=true), hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)",
    ],
  ])("holds pods to the baseline: %j %j", (spec, container, violations) => {
    expect(guarded({ enforce: "baseline" }).bad(podOf(spec, container))).toMatchObject({
      code: 403,
      reason: "Forbidden",
      message: `pods "p" is forbidden: violates PodSecurity "baseline:latest": ${violations}`,
    });
  });

  it("holds pods to the restricted standard, and says all at once", () => {
    const made = guarded({ enforce: "restricted", "enforce-version": "v1.34" });
    expect(made.bad(podOf({})).message).toBe(
      'pods "p" is forbidden: violates PodSecurity "restricted:v1.34": ' +
        'allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false), ' +
        'unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]), ' +
        'runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true), ' +
        'seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    );
    made.good(podOf(SAFE_POD, SAFE_CONTAINER));
  });

  it.each([
    [
      { volumes: [{ name: "v", nfs: { server: "s", path: "/" } }] },
      {},
      'restricted volume types (volume "v" uses restricted volume type "nfs")',
    ],
    [
      { securityContext: { ...SAFE_POD.securityContext, runAsUser: 0 } },
      {},
      "runAsUser=0 (pod must not set runAsUser=0)",
    ],
    [
      {},
      { securityContext: { ...SAFE_CONTAINER.securityContext, runAsNonRoot: false } },
      'runAsNonRoot != true (container "c" must not set securityContext.runAsNonRoot=false)',
    ],
  ])("restricts %j %j", (spec, container, violation) => {
    const request = podOf({ ...SAFE_POD, ...spec }, { ...SAFE_CONTAINER, ...container });
    expect(guarded({ enforce: "restricted" }).bad(request).message).toContain(`"restricted:latest": ${violation}`);
  });

  it("warns of pods, and of what makes them", () => {
    const made = guarded({ warn: "baseline" });
    const text = 'would violate PodSecurity "baseline:latest": host namespaces (hostPID=true)';
    expect(made.ask(podOf({ hostPID: true }))).toMatchObject({ ok: true, warnings: [text] });
    const labels = { app: "a" };
    const template = { metadata: { labels }, spec: { hostPID: true, containers: [{ name: "c", image: "i" }] } };
    const spec = { selector: { matchLabels: labels }, template };
    const deployment = object("apps/v1", "Deployment", { name: "d", namespace: "safe" }, { spec });
    expect(made.ask({ verb: "create", kind: Deployment, namespace: "safe", object: deployment })).toMatchObject({
      ok: true,
      warnings: [text],
    });
  });

  it("does not mind changes to pods that are there, as long as their images stay", () => {
    const made = guarded({});
    made.good(podOf({ hostPID: true }));
    const at = { kind: Pod, namespace: "safe", name: "p" } as const;
    const patch = (body: unknown): ApiRequest => ({ verb: "patch", ...at, patch: { type: "strategic", body } });
    const labels = { "pod-security.kubernetes.io/enforce": "baseline" };
    const relabel: ApiRequest = {
      verb: "patch",
      kind: Namespace,
      name: "safe",
      patch: { type: "merge", body: { metadata: { labels } } },
    };
    expect(made.ask(relabel)).toMatchObject({
      ok: true,
      warnings: [
        'existing pods in namespace "safe" violate the new PodSecurity enforce level "baseline:latest"',
        "p: host namespaces",
      ],
    });
    made.good(patch({ metadata: { labels: { a: "b" } } }));
    expect(made.bad(patch({ spec: { containers: [{ name: "c", image: "other" }] } })).code).toBe(403);
  });

  it("has labels that make sense", () => {
    const labels = { "pod-security.kubernetes.io/enforce": "strict", "pod-security.kubernetes.io/warn-version": "1" };
    const status = fixture().bad({
      verb: "create",
      kind: Namespace,
      object: object("v1", "Namespace", { name: "n", labels }),
    });
    expect(status).toMatchObject({ code: 422 });
    expect(status.message).toContain(
      'metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "strict": must be one of privileged, baseline, restricted',
    );
    expect(status.message).toContain('metadata.labels[pod-security.kubernetes.io/warn-version]: Invalid value: "1"');
  });
});
