import { describe, expect, it } from "vitest";
import {
  type Binding,
  ClusterPropagationPolicy,
  ConfigMap,
  Deployment,
  Event,
  PropagationPolicy,
  ResourceBinding,
  Work,
  workName,
} from "../../src/api/index.ts";
import { isConditionTrue } from "../../src/apimachinery/index.ts";
import { placementControllers } from "../../src/federation/control-plane.ts";
import { CONFIG_MAPS, configMap, DEPLOYMENTS, deployment, type Host, host, policy, yaml } from "./host.ts";

const start = (members?: readonly string[]): Host => host(placementControllers({ yaml }), members);

const divided = (weights: readonly (readonly [string, number])[]) => ({
  replicaScheduling: {
    replicaSchedulingType: "Divided",
    replicaDivisionPreference: "Weighted",
    weightPreference: {
      staticWeightList: weights.map(([name, weight]) => ({ targetCluster: { clusterNames: [name] }, weight })),
    },
  },
});

function targets(binding: Binding | undefined): string {
  return (binding?.spec.clusters ?? [])
    .map(({ name, replicas }) => (replicas ? `${name}:${replicas}` : name))
    .join(" ");
}

describe("a template under a policy", () => {
  it("gets a claim, a scheduled binding, and a Work in every cluster", () => {
    const made = start();
    made.create(ConfigMap, configMap("config"));
    made.create(PropagationPolicy, policy("all", { resourceSelectors: [CONFIG_MAPS] }));
    made.settle();
    const template = made.get(ConfigMap, "config", "default");
    const id = made.get(PropagationPolicy, "all", "default")?.metadata.labels?.[
      "propagationpolicy.karmada.io/permanent-id"
    ];
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(template?.metadata.labels).toEqual({ "propagationpolicy.karmada.io/permanent-id": id });
    expect(template?.metadata.annotations).toEqual({
      "propagationpolicy.karmada.io/namespace": "default",
      "propagationpolicy.karmada.io/name": "all",
    });
    const binding = made.get(ResourceBinding, "config-configmap", "default");
    expect(targets(binding)).toBe("m1 m2");
    expect(binding?.spec.resource).toEqual({
      apiVersion: "v1",
      kind: "ConfigMap",
      namespace: "default",
      name: "config",
      uid: template?.metadata.uid,
      resourceVersion: template?.metadata.resourceVersion,
    });
    expect(isConditionTrue(binding?.status?.conditions, "Scheduled")).toBe(true);
    expect(binding?.status?.schedulerObservedGeneration).toBe(binding?.metadata.generation);
    expect(made.list(Work).map((work) => `${work.metadata.namespace}/${work.metadata.name}`)).toEqual([
      `karmada-es-m1/${workName("ConfigMap", "config", "default")}`,
      `karmada-es-m2/${workName("ConfigMap", "config", "default")}`,
    ]);
  });

  it("needs few plans, and comes to rest", () => {
    const made = start();
    made.create(PropagationPolicy, policy("all", { resourceSelectors: [CONFIG_MAPS] }));
    made.settle();
    made.plans.length = 0;
    made.create(ConfigMap, configMap("config"));
    made.settle();
    expect(made.plans).toEqual([
      "resource-detector ConfigMap config",
      "resource-detector ConfigMap config",
      "karmada-scheduler ResourceBinding config-configmap",
      "karmada-scheduler ResourceBinding config-configmap",
      "binding-controller ResourceBinding config-configmap",
    ]);
    made.advance(3_600_000);
    expect(made.plans).toHaveLength(5);
  });

  it("has its replicas divided, and divided again when they change", () => {
    const made = start();
    made.create(Deployment, deployment("web", 3));
    const placement = divided([
      ["m1", 2],
      ["m2", 1],
    ]);
    made.create(PropagationPolicy, policy("web", { resourceSelectors: [DEPLOYMENTS], placement }));
    made.settle();
    expect(targets(made.get(ResourceBinding, "web-deployment", "default"))).toBe("m1:2 m2:1");
    made.patch(Deployment, "web", "default", { spec: { replicas: 9 } });
    made.settle();
    expect(targets(made.get(ResourceBinding, "web-deployment", "default"))).toBe("m1:6 m2:3");
    const replicas = made
      .list(Work)
      .map((work) => (work.spec.workload?.manifests?.[0] as Deployment | undefined)?.spec.replicas);
    expect(replicas).toEqual([6, 3]);
  });

  it("follows the policy's placement", () => {
    const made = start();
    made.create(ConfigMap, configMap("config"));
    const placement = (name: string) => ({ clusterAffinity: { clusterNames: [name] } });
    made.create(PropagationPolicy, policy("all", { resourceSelectors: [CONFIG_MAPS], placement: placement("m1") }));
    made.settle();
    expect(made.list(Work).map((work) => work.metadata.namespace)).toEqual(["karmada-es-m1"]);
    made.patch(PropagationPolicy, "all", "default", { spec: { placement: placement("m2") } });
    made.settle();
    expect(targets(made.get(ResourceBinding, "config-configmap", "default"))).toBe("m2");
    // The execution controller, which is not here, would take its finalizer off.
    expect(made.list(Work, "karmada-es-m1")[0]?.metadata.deletionTimestamp).toBeDefined();
    expect(made.list(Work, "karmada-es-m2")).toHaveLength(1);
  });

  it("keeps binding and Works when the policy goes, without its claim", () => {
    const made = start();
    made.create(ConfigMap, configMap("config"));
    made.create(PropagationPolicy, policy("all", { resourceSelectors: [CONFIG_MAPS] }));
    made.settle();
    made.remove(PropagationPolicy, "all", "default");
    made.settle();
    expect(made.get(PropagationPolicy, "all", "default")).toBeUndefined();
    expect(made.get(ConfigMap, "config", "default")?.metadata.labels ?? {}).toEqual({});
    const binding = made.get(ResourceBinding, "config-configmap", "default");
    expect(Object.keys(binding?.metadata.labels ?? {})).toEqual(["resourcebinding.karmada.io/permanent-id"]);
    expect(made.list(Work)).toHaveLength(2);
  });

  it("is told what happened by events", () => {
    const made = start();
    made.create(ConfigMap, configMap("config"));
    made.create(PropagationPolicy, policy("all", { resourceSelectors: [CONFIG_MAPS] }));
    made.settle();
    const told = made.list(Event).filter((event) => event.involvedObject.kind === "ConfigMap");
    expect(told.map((event) => `${event.reason}: ${event.message}`).sort()).toEqual([
      "ApplyPolicySucceed: Apply policy(default/all) succeed",
      "ScheduleBindingSucceed: Binding has been scheduled successfully. Result: {m1:0, m2:0}",
      "SyncWorkSucceed: Sync work of resourceBinding(default/config-configmap) successful.",
    ]);
  });
});

describe("of several policies", () => {
  const claimedBy = (made: Host): string | undefined => {
    const annotations = made.get(ConfigMap, "config", "default")?.metadata.annotations ?? {};
    return annotations["propagationpolicy.karmada.io/name"] ?? annotations["clusterpropagationpolicy.karmada.io/name"];
  };
  const byName = { ...CONFIG_MAPS, name: "config" };
  const byLabel = { ...CONFIG_MAPS, labelSelector: { matchLabels: { app: "web" } } };
  it.each([
    [
      "the first name wins between equals",
      [policy("b", { resourceSelectors: [CONFIG_MAPS] }), policy("a", { resourceSelectors: [CONFIG_MAPS] })],
      "a",
    ],
    [
      "a label selector wins over all",
      [policy("a", { resourceSelectors: [CONFIG_MAPS] }), policy("b", { resourceSelectors: [byLabel] })],
      "b",
    ],
    [
      "a name wins over a label selector",
      [policy("a", { resourceSelectors: [byLabel] }), policy("b", { resourceSelectors: [byName] })],
      "b",
    ],
    [
      "priority wins over a name",
      [policy("a", { resourceSelectors: [byName] }), policy("b", { resourceSelectors: [CONFIG_MAPS], priority: 1 })],
      "b",
    ],
  ])("%s", (_title, policies, name) => {
    const made = start();
    for (const each of policies) made.create(PropagationPolicy, each);
    made.settle();
    made.create(ConfigMap, configMap("config", { app: "web" }));
    made.settle();
    expect(claimedBy(made)).toBe(name);
  });

  it("the namespace's goes before the cluster's, and the cluster's takes over", () => {
    const made = start();
    const clusterWide = {
      ...policy("wide", { resourceSelectors: [CONFIG_MAPS], priority: 9 }),
      kind: "ClusterPropagationPolicy",
      metadata: { name: "wide" },
    };
    made.create(ClusterPropagationPolicy, clusterWide);
    made.create(PropagationPolicy, policy("near", { resourceSelectors: [CONFIG_MAPS] }));
    made.settle();
    made.create(ConfigMap, configMap("config"));
    made.settle();
    expect(claimedBy(made)).toBe("near");
    made.remove(PropagationPolicy, "near", "default");
    made.settle();
    expect(claimedBy(made)).toBe("wide");
    const labels = made.get(ResourceBinding, "config-configmap", "default")?.metadata.labels ?? {};
    expect(Object.keys(labels)).toContain("clusterpropagationpolicy.karmada.io/permanent-id");
  });
});
