import { describe, expect, it } from "vitest";
import {
  ConfigMap,
  Deployment,
  Namespace,
  OverridePolicy,
  PriorityClass,
  PropagationPolicy,
  ResourceBinding,
  Secret,
} from "../../../src/api/index.ts";
import { defineKind, type Kind, type KubeObject } from "../../../src/apimachinery/index.ts";
import { placementControllers } from "../../../src/federation/control-plane.ts";
import { namespaceFilter, propagatableKinds } from "../../../src/federation/detector/propagatable.ts";
import { isTemplateChange } from "../../../src/federation/detector/template-change.ts";
import {
  CONFIG_MAPS,
  configMap,
  DEPLOYMENTS,
  deployment,
  type Host,
  host,
  overridePolicy,
  policy,
  yaml,
} from "../host.ts";

const start = (): Host => host(placementControllers({ yaml }));
const isClaimed = (made: Host, name: string): boolean =>
  made.get(ConfigMap, name, "default")?.metadata.labels?.["propagationpolicy.karmada.io/permanent-id"] !== undefined;

describe("the kinds the detector watches", () => {
  const kind = (group: string, name: string, version = "v1", verbs = ["list", "watch", "delete"]): Kind<KubeObject> =>
    ({
      ...defineKind({ group, version, kind: name, plural: `${name.toLowerCase()}s`, namespaced: true }),
      verbs,
    }) as Kind<KubeObject>;
  it("are all but Karmada's, events, leases, what cannot be watched, and what is skipped", () => {
    const kinds = [
      kind("", "ConfigMap"),
      kind("", "Event"),
      kind("events.k8s.io", "Event"),
      kind("coordination.k8s.io", "Lease"),
      kind("work.karmada.io", "Work"),
      kind("authentication.k8s.io", "TokenReview", "v1", ["create"]),
      kind("autoscaling", "HorizontalPodAutoscaler", "v2"),
      kind("autoscaling", "HorizontalPodAutoscaler", "v1"),
      kind("example.com", "Widget"),
      kind("example.org", "Gadget"),
      kind("example.org", "Gizmo"),
    ];
    const found = propagatableKinds(kinds, { apis: ["example.com", "example.org/v1/Gadget"] });
    expect(found.map((each) => `${each.kind} ${each.version}`)).toEqual([
      "ConfigMap v1",
      "HorizontalPodAutoscaler v2",
      "Gizmo v1",
    ]);
  });

  it.each([
    ["default", true],
    ["kube-system", false],
    ["karmada-system", false],
    ["karmada-cluster", false],
    ["karmada-es-m1", false],
    ["my-kube-x", true],
  ])("in namespace %s: %s", (namespace, propagated) => {
    expect(namespaceFilter({})(namespace)).toBe(propagated);
  });
});

describe("a change of a template matters", () => {
  const template = { ...configMap("a"), status: { phase: "x" } };
  const withMetadata = (changes: Readonly<Record<string, unknown>>): KubeObject => ({
    ...template,
    metadata: { ...template.metadata, ...changes },
  });
  it.each<[string, KubeObject, boolean]>([
    ["when its content changed", { ...template, data: { a: "c" } } as KubeObject, true],
    ["when its labels changed", withMetadata({ labels: { a: "b" } }), true],
    ["not when its status changed", { ...template, status: { phase: "y" } } as KubeObject, false],
    [
      "not when versions and managers changed",
      withMetadata({ resourceVersion: "2", generation: 2, managedFields: [] }),
      false,
    ],
  ])("%s", (_title, after, matters) => {
    expect(isTemplateChange({ before: template, after, object: after })).toBe(matters);
  });
});

describe("the detector", () => {
  it("releases a template its policy selects no more, and finds it another", () => {
    const made = start();
    made.create(ConfigMap, configMap("one"));
    made.create(ConfigMap, configMap("two"));
    made.create(PropagationPolicy, policy("all", { resourceSelectors: [CONFIG_MAPS] }));
    made.settle();
    made.patch(PropagationPolicy, "all", "default", { spec: { resourceSelectors: [{ ...CONFIG_MAPS, name: "one" }] } });
    made.settle();
    expect([isClaimed(made, "one"), isClaimed(made, "two")]).toEqual([true, false]);
    made.create(PropagationPolicy, policy("two", { resourceSelectors: [{ ...CONFIG_MAPS, name: "two" }] }));
    made.settle();
    expect(isClaimed(made, "two")).toBe(true);
  });

  it("keeps a template with the policy that claimed it when a better one comes", () => {
    const made = start();
    made.create(ConfigMap, configMap("one"));
    made.create(PropagationPolicy, policy("first", { resourceSelectors: [CONFIG_MAPS] }));
    made.settle();
    made.create(PropagationPolicy, policy("better", { resourceSelectors: [CONFIG_MAPS], priority: 9 }));
    made.settle();
    expect(made.get(ConfigMap, "one", "default")?.metadata.annotations?.["propagationpolicy.karmada.io/name"]).toBe(
      "first",
    );
  });

  it("leaves what a MultiClusterService claimed alone, and reserved namespaces", () => {
    const made = start();
    made.create(Namespace, { apiVersion: "v1", kind: "Namespace", metadata: { name: "kube-public" } });
    const claimed = { "resourcetemplate.karmada.io/claimed-by": "MultiClusterService" };
    made.create(PropagationPolicy, policy("all", { resourceSelectors: [CONFIG_MAPS] }));
    made.create(ConfigMap, configMap("one", claimed));
    const inKube = configMap("two");
    made.create(ConfigMap, { ...inKube, metadata: { ...inKube.metadata, namespace: "kube-public" } });
    made.settle();
    expect(made.list(ResourceBinding)).toEqual([]);
  });

  it("makes a binding again that was deleted", () => {
    const made = start();
    made.create(ConfigMap, configMap("one"));
    made.create(
      PropagationPolicy,
      policy("all", { resourceSelectors: [CONFIG_MAPS], placement: { clusterAffinity: { clusterNames: ["none"] } } }),
    );
    made.settle();
    const before = made.get(ResourceBinding, "one-configmap", "default")?.metadata.uid;
    made.remove(ResourceBinding, "one-configmap", "default");
    made.settle();
    const after = made.get(ResourceBinding, "one-configmap", "default")?.metadata.uid;
    expect(after).toBeDefined();
    expect(after).not.toBe(before);
  });

  it("copies what the policy says, and keeps what others wrote", () => {
    const made = start();
    const resources = { requests: { cpu: "250m", memory: "64Mi" } };
    made.create(
      Deployment,
      deployment("web", 2, {
        nodeSelector: { disk: "ssd" },
        containers: [{ name: "main", image: "nginx", resources }],
      }),
    );
    made.create(PriorityClass, {
      apiVersion: "scheduling.k8s.io/v1",
      kind: "PriorityClass",
      metadata: { name: "high" },
      value: 7,
    } as KubeObject);
    const spec = {
      resourceSelectors: [DEPLOYMENTS],
      conflictResolution: "Overwrite",
      preserveResourcesOnDeletion: true,
      suspension: { dispatching: true },
      schedulePriority: { priorityClassSource: "KubePriorityClass", priorityClassName: "high" },
      placement: { workloadAffinity: { affinity: { groupByLabelKey: "app" } } },
    };
    made.create(PropagationPolicy, policy("web", spec));
    made.settle();
    made.patch(ResourceBinding, "web-deployment", "default", { spec: { suspension: { scheduling: true } } });
    made.patch(PropagationPolicy, "web", "default", {
      spec: { suspension: { dispatching: false }, conflictResolution: "Abort" },
    });
    made.settle();
    const binding = made.get(ResourceBinding, "web-deployment", "default");
    expect(binding?.spec).toMatchObject({
      replicas: 2,
      replicaRequirements: {
        nodeClaim: { nodeSelector: { disk: "ssd" } },
        resourceRequest: { cpu: "250m", memory: "64Mi" },
      },
      conflictResolution: "Abort",
      preserveResourcesOnDeletion: true,
      suspension: { dispatching: false, scheduling: true },
      schedulePriority: { priority: 7 },
      workloadAffinityGroups: { affinityGroup: "app=web" },
    });
    expect(binding?.spec.clusters).toHaveLength(2);
  });

  it("waits for the overrides a policy depends on", () => {
    const made = start();
    made.create(ConfigMap, configMap("one"));
    made.create(PropagationPolicy, policy("all", { resourceSelectors: [CONFIG_MAPS], dependentOverrides: ["first"] }));
    made.settle();
    expect(made.list(ResourceBinding)).toEqual([]);
    made.create(OverridePolicy, overridePolicy("first", { overrideRules: [] }));
    made.settle();
    expect(made.list(ResourceBinding)).toHaveLength(1);
  });

  it("lets a lazy policy act on templates their users touch", () => {
    const made = start();
    made.create(ConfigMap, configMap("old"));
    made.settle();
    made.create(PropagationPolicy, policy("all", { resourceSelectors: [CONFIG_MAPS], activationPreference: "Lazy" }));
    made.settle();
    made.create(ConfigMap, configMap("new"));
    made.settle();
    expect([isClaimed(made, "old"), isClaimed(made, "new")]).toEqual([false, true]);
    made.patch(ConfigMap, "old", "default", { data: { a: "c" } });
    made.settle();
    expect(isClaimed(made, "old")).toBe(true);
    made.patch(PropagationPolicy, "all", "default", { spec: { conflictResolution: "Overwrite" } });
    made.settle();
    expect(made.list(ResourceBinding).map((binding) => binding.spec.conflictResolution)).toEqual(["Abort", "Abort"]);
  });

  it("finds templates of a policy for one name among many", () => {
    const made = start();
    made.create(Secret, { apiVersion: "v1", kind: "Secret", metadata: { name: "one", namespace: "default" } });
    made.create(ConfigMap, configMap("one"));
    made.create(PropagationPolicy, policy("all", { resourceSelectors: [{ ...CONFIG_MAPS, name: "one" }] }));
    made.settle();
    expect(made.list(ResourceBinding).map((binding) => binding.metadata.name)).toEqual(["one-configmap"]);
  });
});
