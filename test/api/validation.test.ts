import { describe, expect, it } from "vitest";
import { given, refusals, updateRefusals } from "./built-in.ts";

const container = { name: "c", image: "nginx" };
const labels = { app: "web" };
const template = { metadata: { labels }, spec: { containers: [container] } };
const selector = { matchLabels: labels };
const workload = { selector, template };

function templateWith(spec: Record<string, unknown>): Record<string, unknown> {
  return { selector, template: { metadata: { labels }, spec: { containers: [container], ...spec } } };
}

const MISMATCH = "`selector` does not match template `labels`";
const dual = {
  clusterIP: "10.0.0.1",
  clusterIPs: ["10.0.0.1", "fd00::1"],
  ipFamilies: ["IPv4", "IPv6"],
  ports: [{ port: 80 }],
};
const LABEL_RULE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

describe("creating", () => {
  it.each<[name: string, kind: string, spec: unknown, expected: readonly string[]]>([
    ["a complete Deployment", "Deployment", workload, []],
    [
      "S0-22 a DaemonSet without selector",
      "DaemonSet",
      { template },
      [`spec.template.metadata.labels: Invalid value: ${JSON.stringify(labels)}: ${MISMATCH}`],
    ],
    [
      "S0-22 a Deployment without selector",
      "Deployment",
      { template },
      [
        "spec.selector: Required value",
        `spec.template.metadata.labels: Invalid value: ${JSON.stringify(labels)}: ${MISMATCH}`,
      ],
    ],
    [
      "a selector that cannot be read, whose template is not looked into",
      "StatefulSet",
      { selector: { matchLabels: { app: "a b" } }, template: {} },
      [
        `spec.selector.matchLabels: Invalid value: "a b": ${LABEL_RULE}`,
        'spec.selector: Invalid value: {"matchLabels":{"app":"a b"}}',
      ],
    ],
    [
      "S0-22 a DaemonSet without containers",
      "DaemonSet",
      templateWith({ containers: [] }),
      ["spec.template.spec.containers: Required value"],
    ],
    [
      "S0-22 a container without name and image",
      "DaemonSet",
      templateWith({ containers: [{}] }),
      [
        "spec.template.spec.containers[0].name: Required value",
        "spec.template.spec.containers[0].image: Required value",
      ],
    ],
    [
      "S0-25 a selector that is part of the labels",
      "DaemonSet",
      { selector, template: { ...template, metadata: { labels: { ...labels, tier: "front" } } } },
      [],
    ],
    [
      "S0-26 a template that lacks a label of the selector",
      "DaemonSet",
      { selector, template: { ...template, metadata: { labels: { app: "other" } } } },
      ['spec.template.metadata.labels: Invalid value: {"app":"other"}: `selector` does not match template `labels`'],
    ],
    [
      "an empty selector",
      "Deployment",
      { selector: {}, template },
      ["spec.selector: Invalid value: {}: empty selector is invalid for deployment"],
    ],
    ...["ReplicaSet", "DaemonSet", "Deployment", "StatefulSet"].map(
      (kind): [string, string, unknown, readonly string[]] => [
        `S1-23 a ${kind} whose pods never restart`,
        kind,
        templateWith({ restartPolicy: "Never" }),
        ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
      ],
    ),
    [
      "S1-24 a Job whose pods always restart",
      "Job",
      { template },
      ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
    ],
    [
      "S1-41 a rolling update that may not move",
      "Deployment",
      { ...workload, strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: "0%" } } },
      ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "0%": may not be 0 when `maxSurge` is 0'],
    ],
    [
      "S1-42 Recreate with a rollingUpdate block",
      "Deployment",
      { ...workload, strategy: { type: "Recreate", rollingUpdate: {} } },
      ["spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"],
    ],
    [
      "an unknown strategy",
      "Deployment",
      { ...workload, strategy: { type: "Canary" } },
      [
        'spec.strategy: Unsupported value: {"Type":"Canary","RollingUpdate":null}: supported values: "Recreate", "RollingUpdate"',
      ],
    ],
    [
      "a deadline shorter than readiness takes",
      "Deployment",
      { ...workload, minReadySeconds: 30, progressDeadlineSeconds: 30 },
      ["spec.progressDeadlineSeconds: Invalid value: 30: must be greater than minReadySeconds"],
    ],
    [
      "fewer than no replicas",
      "ReplicaSet",
      { ...workload, replicas: -1 },
      ["spec.replicas: Invalid value: -1: must be greater than or equal to 0"],
    ],
    [
      "two containers of one name",
      "Pod",
      { containers: [container, container] },
      ['spec.containers[1].name: Duplicate value: "c"'],
    ],
    [
      "a mount of no volume",
      "Pod",
      { containers: [{ ...container, volumeMounts: [{ name: "v", mountPath: "/v" }] }] },
      ['spec.containers[0].volumeMounts[0].name: Not found: "v"'],
    ],
    [
      "a port out of range",
      "Pod",
      { containers: [{ ...container, ports: [{ containerPort: 70000 }] }] },
      ["spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive"],
    ],
    [
      "a StatefulSet that mounts its claims",
      "StatefulSet",
      {
        ...templateWith({ containers: [{ ...container, volumeMounts: [{ name: "data", mountPath: "/data" }] }] }),
        volumeClaimTemplates: [
          {
            metadata: { name: "data" },
            spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
          },
        ],
      },
      [],
    ],
    ["a Service without ports", "Service", {}, ["spec.ports: Required value"]],
    ["a headless Service without ports", "Service", { clusterIP: "None" }, []],
    [
      "a Service with two nameless ports",
      "Service",
      { ports: [{ port: 80 }, { port: 81 }] },
      ["spec.ports[0].name: Required value", "spec.ports[1].name: Required value"],
    ],
    [
      "a Service port of zero",
      "Service",
      { ports: [{ port: 0 }] },
      [
        "spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
        "spec.ports[0].targetPort: Invalid value: 0: must be between 1 and 65535, inclusive",
      ],
    ],
    [
      "an ExternalName Service without name",
      "Service",
      { type: "ExternalName" },
      ["spec.externalName: Required value"],
    ],
    [
      "a CronJob with too few fields",
      "CronJob",
      { schedule: "* *", jobTemplate: { spec: { template: { spec: { ...template.spec, restartPolicy: "Never" } } } } },
      ['spec.schedule: Invalid value: "* *": expected exactly 5 fields, found 2: [* *]'],
    ],
    [
      "an autoscaler upside down",
      "HorizontalPodAutoscaler",
      { scaleTargetRef: { kind: "Deployment", name: "web" }, minReplicas: 5, maxReplicas: 2 },
      ["spec.maxReplicas: Invalid value: 2: must be greater than or equal to `minReplicas`"],
    ],
    [
      "an Ingress path without type",
      "Ingress",
      { rules: [{ http: { paths: [{ path: "/", backend: { service: { name: "s", port: { number: 80 } } } }] } }] },
      ["spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified"],
    ],
  ])("%s", (_name, kind, spec, expected) => {
    expect(refusals(given(kind, { spec }))).toEqual(expected);
  });

  it("a TLS Secret without its key", () => {
    expect(refusals(given("Secret", { type: "kubernetes.io/tls", data: { "tls.crt": "" } }))).toEqual([
      "data[tls.key]: Required value",
    ]);
  });
});

describe("updating", () => {
  it.each<[name: string, kind: string, before: unknown, after: unknown, expected: readonly string[]]>([
    [
      "S0-27 a selector",
      "DaemonSet",
      workload,
      { selector: { matchLabels: { app: "x" } }, template: { ...template, metadata: { labels: { app: "x" } } } },
      ['spec.selector: Invalid value: {"matchLabels":{"app":"x"}}: field is immutable'],
    ],
    ["a template", "Deployment", workload, templateWith({ containers: [{ ...container, image: "nginx:2" }] }), []],
    [
      "a StatefulSet's service",
      "StatefulSet",
      workload,
      { ...workload, serviceName: "other" },
      [
        "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
      ],
    ],
    [
      "a pod's image",
      "Pod",
      { containers: [{ ...container, image: "nginx:1" }] },
      { containers: [{ ...container, image: "nginx:2" }] },
      [],
    ],
    [
      "a Service's address",
      "Service",
      { clusterIP: "10.0.0.1", ports: [{ port: 80 }] },
      { clusterIP: "10.0.0.2", ports: [{ port: 80 }] },
      ['spec.clusterIPs[0]: Invalid value: ["10.0.0.2"]: may not change once set'],
    ],
    [
      "a Service's second family, which only goes with the policy",
      "Service",
      { ...dual, ipFamilyPolicy: "RequireDualStack" },
      { ...dual, clusterIPs: ["10.0.0.1"], ipFamilies: ["IPv4"], ipFamilyPolicy: "PreferDualStack" },
      ["clusterIP", "ipFamily"].map(
        (what) =>
          `spec.ipFamilyPolicy: Invalid value: "PreferDualStack": must be set to 'SingleStack' when releasing the secondary ${what}`,
      ),
    ],
    [
      "a Service's families",
      "Service",
      { ...dual, ipFamilyPolicy: "RequireDualStack" },
      { ...dual, ipFamilyPolicy: "RequireDualStack", ipFamilies: ["IPv6", "IPv4"] },
      expect.arrayContaining(['spec.ipFamilies[0]: Invalid value: ["IPv6","IPv4"]: may not change once set']),
    ],
  ])("%s", (_name, kind, before, after, expected) => {
    expect(updateRefusals(given(kind, { spec: before }), given(kind, { spec: after }))).toEqual(expected);
  });

  it("a pod's command is refused", () => {
    const before = given("Pod", { spec: { containers: [container] } });
    const after = given("Pod", { spec: { containers: [{ ...container, command: ["sh"] }] } });
    expect(updateRefusals(before, after)).toEqual([
      expect.stringMatching(/^spec: Forbidden: pod updates may not change/),
    ]);
  });

  it("a claim's selector is refused with what changed, however much that is", () => {
    const claim = (values: readonly string[]): ReturnType<typeof given> =>
      given("PersistentVolumeClaim", {
        spec: {
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: "1Gi" } },
          selector: { matchExpressions: [{ key: "a", operator: "In", values }] },
        },
      });
    const shown = (before: readonly string[], after: readonly string[]): string =>
      updateRefusals(claim(before), claim(after)).join("\n");
    // Lines stay where the longest run of them begins, as upstream's `difflib` has it.
    const small = shown(["0", "2", "2", "8"], ["2", "4", "0", "8"]);
    const lines = [...small.matchAll(/^([ +-]) *"(\d)"/gm)].map(([, side, value]) => `${side}${value}`);
    expect(lines).toEqual(["+2", "+4", " 0", "-2", "-2", " 8"]);
    const many = (name: string): readonly string[] => Array.from({ length: 40_000 }, (_, index) => `${name}${index}`);
    expect(/^@@ -\d+,40\d+ \+\d+,40\d+ @@$/m.test(shown(many("a"), many("b")))).toBe(true);
  });

  it("an immutable ConfigMap is refused", () => {
    const before = given("ConfigMap", { data: { a: "1" }, immutable: true });
    expect(updateRefusals(before, given("ConfigMap", { data: { a: "2" }, immutable: true }))).toEqual([
      "data: Forbidden: field is immutable when `immutable` is set",
    ]);
  });

  it("the role a binding grants is refused", () => {
    const binding = (name: string) => given("RoleBinding", { roleRef: { kind: "Role", name } });
    expect(updateRefusals(binding("a"), binding("b"))).toEqual([expect.stringMatching(/cannot change roleRef$/)]);
  });
});
