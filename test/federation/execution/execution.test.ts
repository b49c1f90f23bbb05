import { describe, expect, it } from "vitest";
import { type Cluster, ConfigMap, ServiceExport, type Work, type WorkSpec } from "../../../src/api/index.ts";
import { failure, type KubeObject, unstructured } from "../../../src/apimachinery/index.ts";
import type { Intent, Outcome, Plan } from "../../../src/controller/index.ts";
import { executionController } from "../../../src/federation/execution/execution.ts";
import { completedManifest, stampedManifest } from "../../../src/federation/execution/manifest.ts";
import { nativeInterpreter } from "../../../src/federation/index.ts";
import { snapshotOf } from "../../controller/snapshot.ts";

const controller = executionController(nativeInterpreter());
const SPACE = "karmada-es-member1";
const TEMPLATE = unstructured({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "config", namespace: "default", uid: "template" },
  ...{ data: { a: "b" } },
});

function manifest(conflictResolution = "abort"): KubeObject {
  return completedManifest(stampedManifest(TEMPLATE, { namespace: SPACE, name: "config-x", conflictResolution }), "id");
}

function work(spec: Partial<WorkSpec> = {}, metadata: Partial<Work["metadata"]> = {}): Work {
  return {
    apiVersion: "work.karmada.io/v1alpha1",
    kind: "Work",
    metadata: { name: "config-x", namespace: SPACE, finalizers: ["karmada.io/execution-controller"], ...metadata },
    spec: { workload: { manifests: [manifest()] }, ...spec },
  };
}

function cluster(ready: "True" | "False" | undefined, metadata: Partial<Cluster["metadata"]> = {}): Cluster {
  return {
    apiVersion: "cluster.karmada.io/v1alpha1",
    kind: "Cluster",
    metadata: { name: "member1", ...metadata },
    spec: { syncMode: "Push" },
    status: ready === undefined ? {} : { conditions: [{ type: "Ready", status: ready }] },
  };
}

type Scene = {
  readonly work?: Work;
  readonly cluster?: Cluster | "none";
  readonly member?: readonly KubeObject[] | "unreachable";
};

function snapshot({ cluster: joined = cluster("True"), member = [] }: Scene) {
  return snapshotOf(joined === "none" ? [] : [joined], {
    members: { member1: member },
    definition: controller,
    kinds: [ConfigMap],
  });
}

function reconcile(scene: Scene): Plan {
  return controller.reconcile(scene.work ?? work(), snapshot(scene));
}

function summary({ intents }: Plan): string[] {
  return intents.map((intent) => `${intent.type} ${"at" in intent && intent.at !== undefined ? intent.at : "host"}`);
}

const held = (changes: object = {}): KubeObject => ({ ...manifest(), ...changes }) as KubeObject;
const DELETED = { deletionTimestamp: "2026-01-01T00:00:00Z" };
const EXPORT = { apiVersion: "multicluster.x-k8s.io/v1alpha1", kind: ServiceExport.kind, metadata: { name: "x" } };

describe("execution of a Work", () => {
  it.each<[string, Scene, string[]]>([
    ["creates what the member lacks", {}, ["create member1"]],
    ["reports what the member has", { member: [held()] }, ["updateStatus host"]],
    ["corrects what drifted", { member: [held({ data: { a: "other" } })] }, ["update member1"]],
    ["takes away a key somebody added", { member: [held({ data: { a: "b", c: "d" } })] }, ["update member1"]],
    ["reports an object that is not Karmada's", { member: [TEMPLATE] }, ["updateStatus host", "event host"]],
    [
      "takes such an object over when told to overwrite",
      { member: [TEMPLATE], work: work({ workload: { manifests: [manifest("overwrite")] } }) },
      ["update member1"],
    ],
    [
      "reports a kind the member does not serve",
      { work: work({ workload: { manifests: [EXPORT] } }) },
      ["updateStatus host", "event host"],
    ],
    ["waits for a member that is not ready", { cluster: cluster("False") }, []],
    ["waits for a member nobody looked at yet", { cluster: cluster(undefined) }, []],
    ["waits for a cache that has not synced", { member: "unreachable" }, []],
    ["does nothing without a Cluster", { cluster: "none" }, []],
    ["holds back what is suspended", { work: work({ suspendDispatching: true }) }, ["updateStatus host"]],
    [
      "removes the object first, then itself",
      { work: work({}, DELETED), member: [held()] },
      ["delete member1", "update host"],
    ],
    ["leaves behind what is not Karmada's", { work: work({}, DELETED), member: [TEMPLATE] }, ["update host"]],
    [
      "sets free what is to be preserved",
      { work: work({ preserveResourcesOnDeletion: true }, DELETED), member: [held()] },
      ["update member1", "update host"],
    ],
    ["waits with removal for an unready member", { work: work({}, DELETED), cluster: cluster("False") }, []],
    [
      "gives up a member that leaves unready",
      { work: work({}, DELETED), cluster: cluster("False", DELETED) },
      ["update host"],
    ],
    ["ends when its Cluster is gone", { work: work({}, DELETED), cluster: "none" }, ["update host"]],
    ["leaves a Work alone that it does not hold", { work: work({}, { ...DELETED, finalizers: ["other"] }) }, []],
  ])("%s", (_sentence, scene, expected) => {
    expect(summary(reconcile(scene))).toEqual(expected);
  });

  it("strips every mark of Karmada's from what is preserved", () => {
    const scene: Scene = { work: work({ preserveResourcesOnDeletion: true }, DELETED), member: [held()] };
    const [freed] = reconcile(scene).intents as [Extract<Intent, { readonly type: "update" }>];
    expect(freed.object.metadata).toEqual({ name: "config", namespace: "default" });
  });

  it("keeps the member's own metadata, labels and status when it corrects", () => {
    const own = {
      metadata: {
        ...manifest().metadata,
        uid: "own",
        resourceVersion: "7",
        finalizers: ["keep"],
        labels: { ...manifest().metadata.labels, theirs: "1" },
      },
      data: {},
      status: { seen: true },
    };
    const [corrected] = reconcile({ member: [held(own)] }).intents as [Extract<Intent, { readonly type: "update" }>];
    expect(corrected.object).toEqual({ ...own, apiVersion: "v1", kind: "ConfigMap", data: { a: "b" } });
  });

  it("removes a label the template once had, and no other", () => {
    const labels = { ...manifest().metadata.labels, gone: "1", theirs: "1" };
    const annotations = {
      ...manifest().metadata.annotations,
      "resourcetemplate.karmada.io/managed-labels": "gone,karmada.io/managed,work.karmada.io/permanent-id",
    };
    const metadata = { ...manifest().metadata, labels, annotations };
    const [corrected] = reconcile({ member: [held({ metadata })] }).intents as [
      Extract<Intent, { readonly type: "update" }>,
    ];
    expect(corrected.object.metadata.labels).toEqual({ ...manifest().metadata.labels, theirs: "1" });
  });
});

describe("the conclusion of a Work", () => {
  const create = (answer: Outcome["answer"]): Outcome[] => [
    { intent: { type: "create", at: "member1", kind: ConfigMap, object: manifest() }, answer },
  ];
  const conclude = (answer: Outcome["answer"]): Plan =>
    controller.conclude?.(work(), create(answer), snapshot({})) ?? { intents: [] };

  it("is one status: applied, dispatched, and how the object fares", () => {
    const plan = conclude({ ok: true, code: 201, object: unstructured(held()) });
    expect(plan.intents).toHaveLength(1);
    expect(plan.intents[0]).toMatchObject({
      type: "updateStatus",
      object: {
        status: {
          conditions: [
            { type: "Dispatching", status: "True", reason: "Dispatching" },
            { type: "Applied", status: "True", reason: "AppliedSuccessful" },
          ],
          manifestStatuses: [
            {
              identifier: {
                ordinal: 0,
                version: "v1",
                kind: "ConfigMap",
                resource: "configmaps",
                namespace: "default",
                name: "config",
              },
              health: "Healthy",
            },
          ],
        },
      },
    });
  });

  it("is a failure with the member's words, told once", () => {
    const status = failure("Forbidden", "not here");
    const plan = conclude({ ok: false, status });
    expect(summary(plan)).toEqual(["updateStatus host", "event host"]);
    expect(plan.intents[0]).toMatchObject({
      object: {
        status: {
          conditions: [
            {},
            { status: "False", reason: "AppliedFailed", message: "Failed to apply all manifests (0/1): not here" },
          ],
        },
      },
    });
  });

  it.each([["AlreadyExists" as const], ["Conflict" as const]])("says nothing of %s: the cache was behind", (reason) => {
    expect(conclude({ ok: false, status: failure(reason, "stale") }).intents).toEqual([]);
  });
});
