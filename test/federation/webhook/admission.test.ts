import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type Binding, type Cluster, ConfigMap, type Policy, PropagationPolicy, Work } from "../../../src/api/index.ts";
import type { KubeObject, Unstructured } from "../../../src/apimachinery/index.ts";
import { type Fleet, fleet } from "../fleet.ts";

const made: Fleet = fleet({ members: [] });
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

let serial = 0;

function named(kind: string, apiVersion: string, spec: unknown, name = `test-${++serial}`): KubeObject {
  return { apiVersion, kind, metadata: { name }, spec } as KubeObject;
}

const propagation = (spec: string, kind = "PropagationPolicy"): KubeObject =>
  named(kind, "policy.karmada.io/v1alpha1", {
    resourceSelectors: [{ apiVersion: "apps/v1", kind: "Deployment", name: "web" }],
    ...(parse(spec) as object),
  });
const overriding = (spec: string, kind = "OverridePolicy"): KubeObject =>
  named(kind, "policy.karmada.io/v1alpha1", parse(spec));

function created(object: KubeObject): Unstructured {
  return made.host.create(object);
}

function refusal(object: KubeObject): string {
  const answer = made.host.tryCreate(object);
  if (answer.ok) return "accepted";
  expect(answer.status.reason).toBe("Forbidden");
  expect(answer.status.code).toBe(403);
  return answer.status.message ?? "";
}

describe("a policy, when it is written", () => {
  it("gets a permanent id, its finalizer, and selectors in its own namespace", () => {
    const policy = created(propagation("{}"));
    expect(policy.metadata.labels?.["propagationpolicy.karmada.io/permanent-id"]).toMatch(UUID);
    expect(policy.metadata.finalizers).toEqual(["karmada.io/propagation-policy-controller"]);
    expect((policy as KubeObject as Policy).spec.resourceSelectors[0]?.namespace).toBe("default");
    const wide = created(propagation("{}", "ClusterPropagationPolicy"));
    expect(wide.metadata.labels?.["clusterpropagationpolicy.karmada.io/permanent-id"]).toMatch(UUID);
    expect((wide as KubeObject as Policy).spec.resourceSelectors[0]?.namespace).toBeUndefined();
  });

  it.each<[string, string, object]>([
    [
      "an empty spread constraint",
      "{placement: {spreadConstraints: [{maxGroups: 2}]}}",
      {
        placement: { spreadConstraints: [{ spreadByField: "cluster", maxGroups: 2, minGroups: 1 }] },
      },
    ],
    [
      "division without preference",
      "{placement: {replicaScheduling: {replicaSchedulingType: Divided}}}",
      {
        placement: { replicaScheduling: { replicaDivisionPreference: "Weighted" } },
      },
    ],
    [
      "graceful application failover",
      "{propagateDeps: true, failover: {application: {purgeMode: Gracefully, decisionConditions: {}}}}",
      { failover: { application: { gracePeriodSeconds: 600, decisionConditions: { tolerationSeconds: 300 } } } },
    ],
    [
      "what the CRD defaults",
      "{}",
      {
        conflictResolution: "Abort",
        preemption: "Never",
        priority: 0,
        schedulerName: "default-scheduler",
      },
    ],
  ])("has %s filled in", (_case, spec, expected) => {
    expect(created(propagation(spec)).spec).toMatchObject(expected);
  });

  it("S4-18 follows dependencies when it selects ServiceImports", () => {
    const policy = created(
      propagation(
        "{resourceSelectors: [{apiVersion: multicluster.x-k8s.io/v1alpha1, kind: ServiceImport, name: serve}]}",
      ),
    );
    expect((policy as KubeObject as Policy).spec.propagateDeps).toBe(true);
  });

  it.each<[string, KubeObject, string]>([
    [
      "a selector of another namespace",
      propagation("{resourceSelectors: [{apiVersion: v1, kind: Secret, namespace: other}]}"),
      'spec.resourceSelectors[0].namespace: Invalid value: "other": namespace of resource selector must be the same as the namespace of the policy',
    ],
    [
      "both kinds of affinity",
      propagation("{placement: {clusterAffinity: {}, clusterAffinities: [{affinityName: a}]}}"),
      "clusterAffinities cannot co-exist with clusterAffinity",
    ],
    [
      "two terms of one name",
      propagation("{placement: {clusterAffinities: [{affinityName: a}, {affinityName: a}]}}"),
      "each affinity term in a policy must have a unique name",
    ],
    [
      "an unknown field",
      propagation("{placement: {clusterAffinity: {fieldSelector: {matchExpressions: [{key: planet, operator: In}]}}}}"),
      'spec.placement.clusterAffinity.fieldSelector.matchExpressions[0].key: Invalid value: "planet": unsupported key "planet", must be provider, region, or zone',
    ],
    [
      "a region constraint alone",
      propagation("{placement: {spreadConstraints: [{spreadByField: region, maxGroups: 1}]}}"),
      "the cluster spread constraint must be enabled in one of the constraints in case of SpreadByField is enabled",
    ],
    [
      "bounds the wrong way round",
      propagation("{placement: {spreadConstraints: [{spreadByField: cluster, maxGroups: 1, minGroups: 2}]}}"),
      "maxGroups lower than minGroups is not allowed",
    ],
    [
      "failover without dependencies",
      propagation("{failover: {application: {purgeMode: Directly, decisionConditions: {}}}}"),
      "spec.propagateDeps: Invalid value: false: application failover is set, propagateDeps must be true",
    ],
    [
      "both kinds of suspension",
      propagation("{suspension: {dispatching: true, dispatchingOnClusters: {clusterNames: [a]}}}"),
      "suspension dispatching cannot co-exist with dispatchingOnClusters.clusterNames",
    ],
    [
      "preemption of everything",
      propagation("{preemption: Always, resourceSelectors: [{apiVersion: v1, kind: Secret}]}"),
      "name cannot be empty if preemption is Always",
    ],
    [
      "a toleration by order",
      propagation("{placement: {clusterTolerations: [{key: a, operator: Gt}]}}"),
      'spec.placement.clusterTolerations[0].operator: Unsupported value: "Gt"',
    ],
    [
      "overflow under static weights",
      propagation("{placement: {clusterAffinities: [{affinityName: a, overflowAffinities: [{affinityName: b}]}]}}"),
      "overflowAffinities can only be used together with dynamic weight or aggregated scheduling",
    ],
    [
      "rules and overriders",
      overriding("{overriders: {plaintext: [{path: /a, operator: remove}]}, overrideRules: [{overriders: {}}]}"),
      "overrideRules and overriders can't co-exist",
    ],
    [
      "a field overrider without operations",
      overriding("{overrideRules: [{overriders: {fieldOverrider: [{fieldPath: /data/x}]}}]}"),
      "FieldOverrider must have either JSON or YAML set",
    ],
    [
      "a pointer that is none",
      overriding(
        "{overrideRules: [{overriders: {imageOverrider: [{component: Tag, operator: remove, predicate: {path: x}}]}}]}",
        "ClusterOverridePolicy",
      ),
      "spec.overrideRules[0].overriders.imageOverrider[0].predicate.path",
    ],
    [
      "a tainting policy that evicts",
      named("ClusterTaintPolicy", "policy.karmada.io/v1alpha1", { taints: [{ key: "a", effect: "NoExecute" }] }),
      "Configuring taint with NoExecute effect is not allowed",
    ],
    [
      "a quota that is overspent",
      named("FederatedResourceQuota", "policy.karmada.io/v1alpha1", {
        overall: { cpu: "1" },
        staticAssignments: [
          { clusterName: "m1", hard: { cpu: "600m" } },
          { clusterName: "m2", hard: { cpu: "600m" } },
        ],
      }),
      "overall is less than assignments",
    ],
    [
      "a MultiClusterService of two types",
      named("MultiClusterService", "networking.karmada.io/v1alpha1", { types: ["CrossCluster", "LoadBalancer"] }),
      "MultiClusterService types should not contain more than one type",
    ],
    [
      "a cron rule that scales nothing",
      named("CronFederatedHPA", "autoscaling.karmada.io/v1alpha1", {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
        rules: [{ name: "a", schedule: "0 8 * *" }],
      }),
      "invalid cron format",
    ],
    [
      "a cron rule of nowhere",
      named("CronFederatedHPA", "autoscaling.karmada.io/v1alpha1", {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
        rules: [{ name: "a", schedule: "0 8 * * *", timeZone: "Mars/Olympus", targetReplicas: 1 }],
      }),
      'spec.rules[0].timeZone: Invalid value: "Mars/Olympus": unknown time zone Mars/Olympus',
    ],
  ])("is refused %s", (_case, object, expected) => {
    expect(refusal(object)).toContain(expected);
    expect(refusal(object)).toMatch(/^admission webhook "[a-z]+\.karmada\.io" denied the request: /);
  });

  it("keeps its permanent id and its scheduler", () => {
    const policy = created(propagation("{}"));
    const changing = (body: unknown): string => {
      const answer = made.host.patch(PropagationPolicy, policy.metadata.name, "default", body);
      return answer.ok ? "accepted" : (answer.status.message ?? "");
    };
    const label = "propagationpolicy.karmada.io/permanent-id";
    const prefix = 'admission webhook "propagationpolicy.karmada.io" denied the request: ';
    expect(changing({ metadata: { labels: { [label]: "mine" } } })).toBe(
      `${prefix}label ${label} is immutable, it can only be set by the system during creation`,
    );
    expect(changing({ metadata: { labels: { [label]: null } } })).toBe(
      `${prefix}label ${label} is required, it should be set by the mutating admission webhook during creation`,
    );
    expect(changing({ spec: { schedulerName: "other" } })).toBe(`${prefix}the schedulerName should not be updated`);
    expect(changing({ spec: { priority: 3 } })).toBe("accepted");
  });

  it("is left to the schema when it has no content at all", () => {
    const answer = made.host.tryCreate({ ...propagation("{}"), spec: undefined } as KubeObject);
    expect(answer.ok ? "accepted" : answer.status.reason).toBe("Invalid");
    const garbled = made.host.tryCreate(
      named("PropagationPolicy", "policy.karmada.io/v1alpha1", { resourceSelectors: 3 }),
    );
    expect(garbled.ok ? "accepted" : garbled.status.code).toBe(400);
  });
});

describe("what Karmada's own objects get", () => {
  it("is a permanent id, and complete manifests in a Work", () => {
    const binding = created({
      ...named("ResourceBinding", "work.karmada.io/v1alpha2", {
        resource: { apiVersion: "v1", kind: "ConfigMap", name: "x", namespace: "default" },
      }),
    }) as KubeObject as Binding;
    expect(binding.metadata.labels?.["resourcebinding.karmada.io/permanent-id"]).toMatch(UUID);
    const manifest = {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "serve", namespace: "default", uid: "u", annotations: { own: "1" } },
      spec: { clusterIP: "10.96.0.1", clusterIPs: ["10.96.0.1"], ports: [{ port: 80 }] },
      status: { loadBalancer: {} },
    };
    const work = created(
      named("Work", "work.karmada.io/v1alpha1", { workload: { manifests: [manifest] } }),
    ) as KubeObject as Work;
    const id = work.metadata.labels?.["work.karmada.io/permanent-id"];
    expect(id).toMatch(UUID);
    expect(work.spec.workload?.manifests).toEqual([
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: {
          name: "serve",
          namespace: "default",
          labels: { "work.karmada.io/permanent-id": id },
          annotations: {
            own: "1",
            "resourcetemplate.karmada.io/managed-annotations":
              "own,resourcetemplate.karmada.io/managed-annotations,resourcetemplate.karmada.io/managed-labels",
            "resourcetemplate.karmada.io/managed-labels": "work.karmada.io/permanent-id",
          },
        },
        spec: { ports: [{ port: 80 }] },
      },
    ]);
    const again = made.host.patch(Work, work.metadata.name, "default", { metadata: { labels: { x: "y" } } });
    expect(again.ok && again.object.spec).toEqual(work.spec);
  });

  it("is a time on taints that evict", () => {
    const cluster = created(
      named("Cluster", "cluster.karmada.io/v1alpha1", {
        syncMode: "Push",
        taints: [{ key: "a", effect: "NoExecute" }],
      }),
    ) as KubeObject as Cluster;
    expect(cluster.spec.taints?.[0]?.timeAdded).toMatch(/^2026-01-01T/);
  });
});

describe("an object that is protected", () => {
  it.each([
    [
      "Always",
      'admission webhook "resourcedeletionprotection.karmada.io" denied the request: This resource is protected, please make sure to remove the label: resourcetemplate.karmada.io/deletion-protected',
    ],
    ["never", "gone"],
  ])("by %s is deleted or not", (value, expected) => {
    const name = `guarded-${++serial}`;
    const labels = { "resourcetemplate.karmada.io/deletion-protected": value };
    created({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, labels } });
    const answer = made.host.remove(ConfigMap, name, "default");
    expect(answer.ok ? "gone" : answer.status.message).toBe(expected);
  });
});
