import { describe, expect, it } from "vitest";
import type { AggregatedStatusItem } from "../../../src/api/index.ts";
import type { Unstructured } from "../../../src/apimachinery/index.ts";
import { nativeInterpreter } from "../../../src/federation/index.ts";
import { deepFreeze } from "../../../src/std/index.ts";

const interpreter = nativeInterpreter();
type Fields = Readonly<Record<string, unknown>>;

function object(apiVersion: string, kind: string, fields: Fields = {}, metadata: Fields = {}): Unstructured {
  return deepFreeze({ apiVersion, kind, metadata: { name: "web", namespace: "default", ...metadata }, ...fields });
}

const items = (...statuses: readonly unknown[]): readonly AggregatedStatusItem[] =>
  statuses.map((status, index) => ({ clusterName: `m${index + 1}`, ...(status === undefined ? {} : { status }) }));

describe("replicas", () => {
  const container = { name: "a", resources: { requests: { cpu: "250m", memory: "1Gi" } } };
  const template = { spec: { containers: [container, container], tolerations: [{ key: "a" }] } };
  it.each<[string, string, Fields, number]>([
    ["apps/v1", "Deployment", { replicas: 3, template }, 3],
    ["apps/v1", "StatefulSet", { replicas: 2, template }, 2],
    ["batch/v1", "Job", { parallelism: 5, completions: 2, template }, 2],
    ["batch/v1", "Job", { parallelism: 5, template }, 5],
    ["v1", "Pod", template.spec, 1],
  ])("of %s %s with %o are %i, with what each needs", (apiVersion, kind, spec, replicas) => {
    expect(interpreter.replicas(object(apiVersion, kind, { spec }))).toEqual({
      replicas,
      requirements: { nodeClaim: { tolerations: [{ key: "a" }] }, resourceRequest: { cpu: "500m", memory: "2Gi" } },
    });
  });

  it("are unknown to other kinds", () => {
    expect(interpreter.replicas(object("v1", "ConfigMap"))).toBeUndefined();
    const daemonSet = object("apps/v1", "DaemonSet", { spec: { template } });
    expect(interpreter.reviseReplica(daemonSet, 3)).toBe(daemonSet);
  });

  it("are revised where the kind has them", () => {
    const deployment = object("apps/v1", "Deployment", { spec: { replicas: 3 } });
    expect(interpreter.reviseReplica(deployment, 1).spec).toEqual({ replicas: 1 });
    expect(interpreter.reviseReplica(object("batch/v1", "Job", { spec: { parallelism: 3 } }), 1).spec).toEqual({
      parallelism: 1,
    });
    expect(interpreter.reviseReplica(deployment, 3)).toBe(deployment);
  });
});

describe("retaining", () => {
  const kept = (
    apiVersion: string,
    kind: string,
    desired: Fields,
    observed: Fields,
    metadata: Fields = {},
  ): Unstructured =>
    interpreter.retain(object(apiVersion, kind, desired, metadata), object(apiVersion, kind, observed));
  it.each<[string, string, Fields, Fields, Fields]>([
    [
      "v1",
      "Service",
      { spec: {} },
      {
        spec: { clusterIP: "10.0.0.1", clusterIPs: ["10.0.0.1"], healthCheckNodePort: 30001, sessionAffinity: "None" },
      },
      { spec: { clusterIP: "10.0.0.1", clusterIPs: ["10.0.0.1"], healthCheckNodePort: 30001 } },
    ],
    [
      "v1",
      "PersistentVolumeClaim",
      { spec: { a: 1 } },
      { spec: { volumeName: "pv" } },
      { spec: { a: 1, volumeName: "pv" } },
    ],
    [
      "v1",
      "PersistentVolume",
      { spec: {} },
      { spec: { claimRef: { name: "c" } } },
      { spec: { claimRef: { name: "c" } } },
    ],
    [
      "batch/v1",
      "Job",
      { spec: {} },
      { spec: { selector: { matchLabels: { uid: "1" } }, template: { metadata: { labels: { uid: "1" } } } } },
      { spec: { selector: { matchLabels: { uid: "1" } }, template: { metadata: { labels: { uid: "1" } } } } },
    ],
    [
      "v1",
      "ServiceAccount",
      { secrets: [{ name: "a" }] },
      { secrets: [{ name: "a" }, { name: "token" }] },
      { secrets: [{ name: "a" }, { name: "token" }] },
    ],
    [
      "v1",
      "Secret",
      { type: "kubernetes.io/service-account-token" },
      { data: { token: "x" } },
      { type: "kubernetes.io/service-account-token", data: { token: "x" } },
    ],
    ["v1", "Secret", { type: "Opaque" }, { data: { token: "x" } }, { type: "Opaque" }],
    [
      "multicluster.x-k8s.io/v1alpha1",
      "ServiceImport",
      { spec: { ports: [] } },
      { spec: { ips: ["10.0.0.9"] } },
      { spec: { ports: [], ips: ["10.0.0.9"] } },
    ],
    [
      "multicluster.x-k8s.io/v1alpha1",
      "ServiceImport",
      { spec: { ips: ["1.1.1.1"] } },
      { spec: { ips: ["10.0.0.9"] } },
      { spec: { ips: ["1.1.1.1"] } },
    ],
    [
      "v1",
      "Pod",
      { spec: { containers: [{ name: "a" }] } },
      {
        spec: {
          nodeName: "n",
          volumes: [{ name: "token" }],
          containers: [{ name: "a", volumeMounts: [{ name: "token" }] }],
        },
      },
      {
        spec: {
          nodeName: "n",
          volumes: [{ name: "token" }],
          containers: [{ name: "a", volumeMounts: [{ name: "token" }] }],
        },
      },
    ],
    ["apps/v1", "Deployment", { spec: { replicas: 1 } }, { spec: { replicas: 9 } }, { spec: { replicas: 1 } }],
    ["v1", "ConfigMap", { data: {} }, { data: { a: "b" } }, { data: {} }],
  ])("%s %s: row %#", (apiVersion, kind, desired, observed, result) => {
    const {
      apiVersion: _version,
      kind: _kind,
      metadata: _metadata,
      ...fields
    } = kept(apiVersion, kind, desired, observed);
    expect(fields).toEqual(result);
  });

  it("leaves a Deployment's replicas to an autoscaler when its label says so", () => {
    const labels = { "resourcetemplate.karmada.io/retain-replicas": "true" };
    expect(
      kept("apps/v1", "Deployment", { spec: { replicas: 1 } }, { spec: { replicas: 9 } }, { labels }).spec,
    ).toEqual({ replicas: 9 });
  });
});

describe("the status of workloads", () => {
  const annotations = { "resourcetemplate.karmada.io/generation": "4" };
  const status = {
    replicas: 2,
    readyReplicas: 1,
    updatedReplicas: 0,
    observedGeneration: 7,
    conditions: [{ type: "Available" }],
  };

  it("is reflected as counters, with the generations they speak of", () => {
    expect(
      interpreter.reflectStatus(object("apps/v1", "Deployment", { status }, { generation: 7, annotations })),
    ).toEqual({
      generation: 7,
      resourceTemplateGeneration: 4,
      observedGeneration: 7,
      replicas: 2,
      readyReplicas: 1,
    });
    expect(interpreter.reflectStatus(object("apps/v1", "Deployment"))).toBeUndefined();
  });

  it("is summed up; the generation is observed once all members have", () => {
    const template = object("apps/v1", "Deployment", { status: { observedGeneration: 3 } }, { generation: 4 });
    const member = (resourceTemplateGeneration: number): Fields => ({
      generation: 7,
      observedGeneration: 7,
      resourceTemplateGeneration,
      replicas: 2,
      readyReplicas: 1,
    });
    expect(interpreter.aggregateStatus(template, items(member(4), member(3))).status).toEqual({
      observedGeneration: 3,
      replicas: 4,
      readyReplicas: 2,
    });
    const whole = interpreter.aggregateStatus(template, items(member(4), member(4)));
    expect(whole.status).toEqual({ observedGeneration: 4, replicas: 4, readyReplicas: 2 });
    expect(interpreter.aggregateStatus(whole, items(member(4), member(4)))).toBe(whole);
  });

  it("goes back to nothing when members do", () => {
    const template = object("apps/v1", "Deployment", { status: { replicas: 4 } }, { generation: 4 });
    expect(interpreter.aggregateStatus(template, items({ generation: 1 })).status).toEqual({});
  });
});

describe("the status of Jobs", () => {
  const complete = { conditions: [{ type: "Complete", status: "True", lastTransitionTime: "2026-01-01T00:00:09Z" }] };
  const member = (fields: Fields): Fields => ({ active: 1, startTime: "2026-01-01T00:00:01Z", ...fields });
  const job = object("batch/v1", "Job");
  it("is complete once it is in all members, at the latest time", () => {
    const first = member({ ...complete, completionTime: "2026-01-01T00:00:05Z" });
    const second = member({ ...complete, completionTime: "2026-01-01T00:00:09Z", startTime: "2026-01-01T00:00:00Z" });
    const done = interpreter.aggregateStatus(job, items(first, second));
    expect(done.status).toMatchObject({
      active: 2,
      startTime: "2026-01-01T00:00:00Z",
      completionTime: "2026-01-01T00:00:09Z",
      conditions: [
        { type: "Complete", status: "True", message: "Job completed", lastTransitionTime: "2026-01-01T00:00:09Z" },
      ],
    });
    expect(interpreter.aggregateStatus(done, items(member({ active: 9 })))).toBe(done);
    expect((interpreter.aggregateStatus(job, items(first, member({}))).status as Fields).conditions).toBeUndefined();
  });
  it("has failed when one has", () => {
    const failed = { conditions: [{ type: "Failed", status: "True" }] };
    expect(interpreter.aggregateStatus(job, items(member({}), failed)).status).toMatchObject({
      conditions: [{ type: "Failed", message: "Job executed failed in member clusters m2" }],
    });
  });
});

describe("the status of other kinds", () => {
  it.each<[string, string, Fields, readonly unknown[], unknown]>([
    ["v1", "Service", { type: "ClusterIP" }, [{ loadBalancer: { ingress: [{ ip: "1.1.1.1" }] } }], undefined],
    [
      "v1",
      "Service",
      { type: "LoadBalancer" },
      [
        { loadBalancer: { ingress: [{ ip: "2.2.2.2" }] } },
        { loadBalancer: { ingress: [{ ip: "1.1.1.1" }, { ip: "2.2.2.2" }] } },
      ],
      { loadBalancer: { ingress: [{ ip: "1.1.1.1" }, { ip: "2.2.2.2" }] } },
    ],
    [
      "v1",
      "Pod",
      {},
      [{ phase: "Running", containerStatuses: [{ name: "a", ready: true, state: {} }] }, undefined],
      { phase: "Pending", containerStatuses: [{ ready: true, state: {} }] },
    ],
    ["v1", "PersistentVolumeClaim", {}, [{ phase: "Bound" }, { phase: "Pending" }], { phase: "Pending" }],
    ["v1", "PersistentVolumeClaim", {}, [{ phase: "Lost" }, { phase: "Bound" }], { phase: "Lost" }],
    ["v1", "PersistentVolume", {}, [{ phase: "Bound" }, { phase: "Available" }], { phase: "Available" }],
    [
      "policy/v1",
      "PodDisruptionBudget",
      {},
      [{ currentHealthy: 1, disruptedPods: { p: "t" } }, { currentHealthy: 2 }],
      { currentHealthy: 3, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0, disruptedPods: { "m1/p": "t" } },
    ],
    [
      "autoscaling/v2",
      "HorizontalPodAutoscaler",
      {},
      [{ currentReplicas: 1, desiredReplicas: 2 }, { currentReplicas: 3 }],
      { currentReplicas: 4, desiredReplicas: 2 },
    ],
    [
      "batch/v1",
      "CronJob",
      {},
      [{ lastScheduleTime: "b", active: [{ name: "x" }] }, { lastScheduleTime: "c" }],
      { lastScheduleTime: "c", active: [{ name: "x" }] },
    ],
    ["v1", "ConfigMap", {}, [{ a: 1 }], undefined],
  ])("%s %s: row %#", (apiVersion, kind, spec, statuses, result) => {
    const template = object(apiVersion, kind, { spec });
    const status = interpreter.aggregateStatus(template, items(...statuses)).status;
    expect(JSON.parse(JSON.stringify(status ?? null))).toEqual(result ?? null);
  });

  it("of a kind without rules is reflected whole", () => {
    expect(interpreter.reflectStatus(object("example.com/v1", "Widget", { status: { a: 1 } }))).toEqual({ a: 1 });
  });
});

describe("health", () => {
  const rolledOut = { observedGeneration: 1, updatedReplicas: 2, availableReplicas: 2 };
  it.each<[string, string, Fields, Fields, string]>([
    ["apps/v1", "Deployment", { replicas: 2 }, rolledOut, "Healthy"],
    ["apps/v1", "Deployment", { replicas: 2 }, { ...rolledOut, observedGeneration: 0 }, "Unhealthy"],
    ["apps/v1", "Deployment", { replicas: 3 }, rolledOut, "Unhealthy"],
    ["apps/v1", "StatefulSet", { replicas: 2 }, { ...rolledOut, availableReplicas: 1 }, "Unhealthy"],
    ["apps/v1", "ReplicaSet", { replicas: 2 }, rolledOut, "Healthy"],
    [
      "apps/v1",
      "DaemonSet",
      {},
      { observedGeneration: 1, desiredNumberScheduled: 1, updatedNumberScheduled: 1, numberAvailable: 0 },
      "Unhealthy",
    ],
    ["v1", "Service", { type: "ClusterIP" }, {}, "Healthy"],
    ["v1", "Service", { type: "LoadBalancer" }, {}, "Unhealthy"],
    ["networking.k8s.io/v1", "Ingress", {}, { loadBalancer: { ingress: [{ hostname: "a" }] } }, "Healthy"],
    ["v1", "PersistentVolumeClaim", {}, { phase: "Bound" }, "Healthy"],
    ["v1", "Pod", {}, { phase: "Running", conditions: [{ type: "Ready", status: "True" }] }, "Healthy"],
    ["v1", "Pod", {}, { phase: "Running" }, "Unhealthy"],
    ["v1", "Pod", {}, { phase: "Succeeded" }, "Healthy"],
    ["policy/v1", "PodDisruptionBudget", {}, { currentHealthy: 1, desiredHealthy: 2 }, "Unhealthy"],
    ["v1", "ConfigMap", {}, {}, "Healthy"],
  ])("of %s %s with %o and %o is %s", (apiVersion, kind, spec, status, health) => {
    expect(interpreter.health(object(apiVersion, kind, { spec, status }, { generation: 1 }))).toBe(health);
  });
});

describe("dependencies", () => {
  const names = (references: ReturnType<typeof interpreter.dependencies>): readonly string[] =>
    references.map(({ kind, name, labelSelector }) => `${kind} ${name ?? JSON.stringify(labelSelector)}`);
  const podSpec = {
    serviceAccountName: "runner",
    imagePullSecrets: [{ name: "pull" }],
    initContainers: [{ name: "i", envFrom: [{ secretRef: { name: "from" } }] }],
    containers: [
      {
        name: "a",
        envFrom: [{ configMapRef: { name: "env" } }],
        env: [
          { name: "A", valueFrom: { configMapKeyRef: { name: "key", key: "k" } } },
          { name: "B", valueFrom: { secretKeyRef: { name: "key", key: "k" } } },
        ],
      },
    ],
    volumes: [
      { name: "c", configMap: { name: "env" } },
      { name: "s", secret: { secretName: "vol" } },
      { name: "p", projected: { sources: [{ configMap: { name: "proj" } }, { secret: { name: "proj" } }] } },
      { name: "d", persistentVolumeClaim: { claimName: "data" } },
      { name: "x", csi: { nodePublishSecretRef: { name: "csi" } } },
    ],
  };
  const all = [
    "ConfigMap env",
    "ConfigMap key",
    "ConfigMap proj",
    "Secret csi",
    "Secret from",
    "Secret key",
    "Secret proj",
    "Secret pull",
    "Secret vol",
    "ServiceAccount runner",
    "PersistentVolumeClaim data",
  ];
  it.each<[string, string, Fields, readonly string[]]>([
    ["v1", "Pod", { spec: podSpec }, all],
    ["apps/v1", "Deployment", { spec: { template: { spec: podSpec } } }, all],
    ["batch/v1", "CronJob", { spec: { jobTemplate: { spec: { template: { spec: podSpec } } } } }, all],
    [
      "apps/v1",
      "StatefulSet",
      { spec: { template: { spec: podSpec }, volumeClaimTemplates: [{ metadata: { name: "data" } }] } },
      all.slice(0, -1),
    ],
    ["v1", "Pod", { spec: { serviceAccountName: "default", containers: [] } }, []],
    ["networking.k8s.io/v1", "Ingress", { spec: { tls: [{ secretName: "tls" }] } }, ["Secret tls"]],
    [
      "multicluster.x-k8s.io/v1alpha1",
      "ServiceImport",
      {},
      ["Service derived-web", 'EndpointSlice {"matchLabels":{"kubernetes.io/service-name":"derived-web"}}'],
    ],
    ["v1", "ConfigMap", {}, []],
  ])("of %s %s: row %#", (apiVersion, kind, fields, references) => {
    expect(names(interpreter.dependencies(object(apiVersion, kind, fields)))).toEqual(references);
  });
});

describe("customizations", () => {
  it("go before what is native, operation by operation", () => {
    const custom = nativeInterpreter([new Map([["apps/v1/Deployment", { health: () => "Unknown" as const }]])]);
    const deployment = object("apps/v1", "Deployment", { spec: { replicas: 3 } });
    expect(custom.health(deployment)).toBe("Unknown");
    expect(custom.replicas(deployment)?.replicas).toBe(3);
  });
});
