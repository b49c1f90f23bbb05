import { describe, expect, it } from "vitest";
import { CustomResourceDefinition, Deployment, Event, Pod, PodDisruptionBudget } from "../../../src/api/index.ts";
import { defineKind, type KubeObject } from "../../../src/apimachinery/index.ts";
import type { Answer } from "../../../src/apiserver/index.ts";
import { object } from "../../apiserver/fixture.ts";
import { pod } from "../pods.ts";
import { plainRuntime, type SmallCluster, smallCluster } from "../small-cluster.ts";

const labels = { app: "web" };
const probed = { containers: [{ name: "main", image: "i", readinessProbe: { exec: { command: ["true"] } } }] };

function deployment(world: SmallCluster, replicas: number): void {
  const template = { metadata: { labels }, spec: probed };
  const spec = { replicas, selector: { matchLabels: labels }, template };
  world.apply(Deployment, {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "default" },
    spec,
  });
}

function budget(world: SmallCluster, spec: Partial<PodDisruptionBudget["spec"]>): void {
  const metadata = { name: "web", namespace: "default" };
  const whole = { selector: { matchLabels: labels }, ...spec };
  world.apply(PodDisruptionBudget, { apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata, spec: whole });
  world.settle();
}

const statusOf = (world: SmallCluster) => world.get(PodDisruptionBudget, "web")?.status;
const namesOf = (world: SmallCluster): readonly string[] =>
  world.list(Pod, "default").map(({ metadata }) => metadata.name);
const evict = (world: SmallCluster, name: string): Answer =>
  world.send({
    verb: "create",
    kind: Pod,
    namespace: "default",
    name,
    subresource: "eviction",
    object: object("policy/v1", "Eviction", { name }),
  });
const why = (answer: Answer): unknown => (answer.ok ? "evicted" : answer.status.details?.causes?.[0]?.message);
const eventsOf = (world: SmallCluster): readonly string[] => [
  ...new Set(
    world
      .list(Event, "default")
      .filter(({ source }) => source?.component === "controllermanager")
      .map(({ type, reason, message }) => `${type} ${reason} ${message}`),
  ),
];

describe("the disruption controller", () => {
  it.each([
    [{ minAvailable: 2 }, { desiredHealthy: 2, disruptionsAllowed: 1 }],
    [{ minAvailable: "50%" }, { desiredHealthy: 2, disruptionsAllowed: 1 }],
    [{ maxUnavailable: 1 }, { desiredHealthy: 2, disruptionsAllowed: 1 }],
    [{ maxUnavailable: "34%" }, { desiredHealthy: 1, disruptionsAllowed: 2 }],
    [{ maxUnavailable: 5 }, { desiredHealthy: 0, disruptionsAllowed: 3 }],
    [{ minAvailable: 3 }, { desiredHealthy: 3, disruptionsAllowed: 0 }],
  ])("counts what %j allows of three pods", (spec, counts) => {
    const world = smallCluster();
    deployment(world, 3);
    budget(world, spec);
    const [reason, status] = counts.disruptionsAllowed > 0 ? ["SufficientPods", "True"] : ["InsufficientPods", "False"];
    expect(statusOf(world)).toMatchObject({
      ...counts,
      currentHealthy: 3,
      expectedPods: 3,
      observedGeneration: 1,
      conditions: [{ type: "DisruptionAllowed", reason, status, observedGeneration: 1 }],
    });
  });

  it("lets one go at a time, and the next once there is a new one", () => {
    const world = smallCluster();
    deployment(world, 2);
    budget(world, { maxUnavailable: 1 });
    const [first = "", second = ""] = namesOf(world);
    expect(why(evict(world, first))).toBe("evicted");
    expect(world.get(Pod, first)?.status?.conditions).toContainEqual(
      expect.objectContaining({ type: "DisruptionTarget", status: "True", reason: "EvictionByEvictionAPI" }),
    );
    expect(why(evict(world, second))).toBe("The disruption budget web does not allow evicting pods currently");
    world.settle();
    expect(namesOf(world)).not.toContain(first);
    expect(statusOf(world)).toMatchObject({ currentHealthy: 2, disruptionsAllowed: 1 });
    expect(statusOf(world)?.disruptedPods).toBeUndefined();
    expect(why(evict(world, second))).toBe("evicted");
  });

  it("keeps count as pods become ready and as their Deployment is scaled", () => {
    const world = smallCluster();
    deployment(world, 1);
    budget(world, { maxUnavailable: "0%" });
    expect(statusOf(world)).toMatchObject({ currentHealthy: 1, expectedPods: 1 });
    deployment(world, 4);
    world.settle();
    expect(statusOf(world)).toMatchObject({ currentHealthy: 4, expectedPods: 4, desiredHealthy: 4 });
  });

  it("asks the scale of a custom resource, and says so where there is none", () => {
    const world = smallCluster();
    const group = "example.com";
    const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
    const scale = { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" };
    const crd = (kind: string, subresources: object): KubeObject =>
      object(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        { name: `${kind.toLowerCase()}s.${group}` },
        {
          spec: {
            group,
            scope: "Namespaced",
            names: { plural: `${kind.toLowerCase()}s`, kind },
            versions: [{ name: "v1", served: true, storage: true, schema, subresources }],
          },
        },
      );
    world.apply(CustomResourceDefinition, crd("Herd", { status: {}, scale }) as CustomResourceDefinition);
    world.apply(CustomResourceDefinition, crd("Heap", { status: {} }) as CustomResourceDefinition);
    world.settle();
    const owned = (kind: string, name: string): void => {
      const definition = defineKind({ group, version: "v1", kind, plural: `${kind.toLowerCase()}s`, namespaced: true });
      const owner = world.apply(
        definition,
        object(`${group}/v1`, kind, { name: "o", namespace: "default" }, { spec: { replicas: 5 } }),
      );
      const ownerReferences = [
        { apiVersion: `${group}/v1`, kind, name: "o", uid: owner.metadata.uid ?? "", controller: true },
      ];
      world.apply(Pod, { ...pod(name), metadata: { name, namespace: "default", labels, ownerReferences } });
      world.settle();
    };
    owned("Herd", "a");
    budget(world, { maxUnavailable: 4 });
    expect(statusOf(world)).toMatchObject({ expectedPods: 5, desiredHealthy: 1, currentHealthy: 1 });
    owned("Heap", "b");
    const message = "heaps.example.com does not implement the scale subresource";
    expect(statusOf(world)).toMatchObject({
      disruptionsAllowed: 0,
      conditions: [{ reason: "SyncFailed", status: "False", message }],
    });
    expect(why(evict(world, "a"))).toBe(
      `The disruption budget web does not allow evicting pods currently because it failed sync: ${message}`,
    );
    expect(eventsOf(world)).toContain(
      `Warning CalculateExpectedPodCountFailed Failed to calculate the number of expected pods: ${message}`,
    );
  });

  it("says that it found no pods, or pods that nobody keeps up", () => {
    const world = smallCluster();
    budget(world, { maxUnavailable: 1 });
    expect(statusOf(world)).toMatchObject({ disruptionsAllowed: 0, conditions: [{ reason: "InsufficientPods" }] });
    expect(eventsOf(world)).toEqual(["Normal NoPods No matching pods found"]);
    world.apply(Pod, { ...pod("bare"), metadata: { name: "bare", namespace: "default", labels } });
    world.settle();
    expect(eventsOf(world).at(-1)).toContain(
      "(selector: &LabelSelector{MatchLabels:map[string]string{app: web,},MatchExpressions:[]LabelSelectorRequirement{},})",
    );
  });

  it.each([
    [{ minAvailable: 1 }, "The disruption budget web needs 1 healthy pods and has 0 currently"],
    [{ minAvailable: 1, unhealthyPodEvictionPolicy: "AlwaysAllow" as const }, "evicted"],
  ])("holds a pod that is not ready by %j: %s", (spec, outcome) => {
    const world = smallCluster({ runtime: (loop) => plainRuntime(loop, { probe: () => false }) });
    deployment(world, 1);
    budget(world, spec);
    const [name = ""] = namesOf(world);
    expect(why(evict(world, name))).toBe(outcome);
  });

  it("lets pods go that are not ready while enough others are", () => {
    const world = smallCluster({
      runtime: (loop) => plainRuntime(loop, { probe: ({ metadata: { name } }) => name !== "ill" }),
    });
    for (const name of ["well", "ill"])
      world.apply(Pod, { ...pod(name, probed), metadata: { name, namespace: "default", labels } });
    budget(world, { minAvailable: 1 });
    expect(statusOf(world)).toMatchObject({ currentHealthy: 1, disruptionsAllowed: 0 });
    expect(why(evict(world, "well"))).toBe("The disruption budget web needs 1 healthy pods and has 1 currently");
    expect(why(evict(world, "ill"))).toBe("evicted");
    expect(statusOf(world)?.disruptedPods).toBeUndefined();
  });

  it("forgets an eviction whose pod stayed, and that the pod was to go", () => {
    const world = smallCluster();
    world.apply(Pod, { ...pod("a"), metadata: { name: "a", namespace: "default", labels } });
    budget(world, { minAvailable: 0 });
    const at = (kind: typeof Pod | typeof PodDisruptionBudget, name: string, status: object): void => {
      const patch = { type: "merge", body: { status } } as const;
      expect(world.send({ verb: "patch", kind, namespace: "default", name, subresource: "status", patch }).ok).toBe(
        true,
      );
    };
    const now = new Date(world.loop.nowMs()).toISOString().replace(/\.\d+/, "");
    const conditions = world.get(Pod, "a")?.status?.conditions ?? [];
    const target = {
      type: "DisruptionTarget",
      status: "True",
      reason: "EvictionByEvictionAPI",
      lastTransitionTime: now,
    };
    at(PodDisruptionBudget, "web", { disruptedPods: { a: now } });
    at(Pod, "a", { conditions: [...conditions, target] });
    world.settle();
    expect(statusOf(world)).toMatchObject({ currentHealthy: 0, disruptedPods: { a: now } });
    world.advance(125);
    expect(statusOf(world)).toMatchObject({ currentHealthy: 1 });
    expect(statusOf(world)?.disruptedPods).toBeUndefined();
    expect(eventsOf(world)).toContain(
      "Warning NotDeleted Pod was expected by PDB default/default to be deleted but it wasn't",
    );
    expect(world.get(Pod, "a")?.status?.conditions).toContainEqual(
      expect.objectContaining({ type: "DisruptionTarget", status: "False" }),
    );
  });
});
