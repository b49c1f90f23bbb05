import { describe, expect, it } from "vitest";
import {
  type Binding,
  ConfigMap,
  Deployment,
  Event,
  Job,
  OverridePolicy,
  PropagationPolicy,
  ResourceBinding,
  type TargetCluster,
  Work,
} from "../../../src/api/index.ts";
import type { KubeObject, Unstructured } from "../../../src/apimachinery/index.ts";
import { preservedLabels, retainedClusters, targetClusters } from "../../../src/federation/binding/target-clusters.ts";
import { placementControllers } from "../../../src/federation/control-plane.ts";
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
const manifest = (made: Host, member: string): Unstructured | undefined =>
  made.list(Work, `karmada-es-${member}`)[0]?.spec.workload?.manifests?.[0] as Unstructured | undefined;

function propagated(template: KubeObject, spec: Readonly<Record<string, unknown>> = {}): Host {
  const made = start();
  made.create(template.kind === "Deployment" ? Deployment : ConfigMap, template);
  made.create(PropagationPolicy, policy("all", { resourceSelectors: [CONFIG_MAPS, DEPLOYMENTS], ...spec }));
  made.settle();
  return made;
}

describe("a Work", () => {
  it("names its binding, and carries the template stamped with where it comes from", () => {
    const made = propagated(configMap("config"));
    const work = made.list(Work, "karmada-es-m1")[0];
    const id = made.get(ResourceBinding, "config-configmap", "default")?.metadata.labels?.[
      "resourcebinding.karmada.io/permanent-id"
    ];
    expect(work?.metadata.labels?.["resourcebinding.karmada.io/permanent-id"]).toBe(id);
    expect(work?.metadata.finalizers).toEqual(["karmada.io/execution-controller"]);
    expect(work?.metadata.annotations).toMatchObject({
      "resourcebinding.karmada.io/namespace": "default",
      "resourcebinding.karmada.io/name": "config-configmap",
      "work.karmada.io/conflict-resolution": "abort",
    });
    const object = manifest(made, "m1");
    expect(object?.metadata.uid).toBeUndefined();
    expect(object?.metadata.labels).toMatchObject({
      "karmada.io/managed": "true",
      "resourcebinding.karmada.io/permanent-id": id,
    });
    expect(object?.metadata.annotations).toMatchObject({
      "resourcebinding.karmada.io/name": "config-configmap",
      "work.karmada.io/namespace": "karmada-es-m1",
      "work.karmada.io/name": work?.metadata.name,
      "resourcetemplate.karmada.io/uid": made.get(ConfigMap, "config", "default")?.metadata.uid,
    });
  });

  it("changes with the template, and is made again when it is lost", () => {
    const made = propagated(configMap("config"));
    made.patch(ConfigMap, "config", "default", { data: { a: "c" } });
    made.settle();
    expect(manifest(made, "m2")?.data).toEqual({ a: "c" });
    const name = made.list(Work, "karmada-es-m2")[0]?.metadata.name ?? "";
    made.patch(Work, name, "karmada-es-m2", { metadata: { finalizers: null } });
    made.remove(Work, name, "karmada-es-m2");
    made.settle();
    expect(made.list(Work, "karmada-es-m2")[0]?.metadata.deletionTimestamp).toBeUndefined();
  });

  it("takes the template's word on conflicts before the policy's", () => {
    const own = configMap("config");
    const annotations = { "work.karmada.io/conflict-resolution": "abort" };
    const made = propagated(
      { ...own, metadata: { ...own.metadata, annotations } },
      { conflictResolution: "Overwrite" },
    );
    expect(made.list(Work)[0]?.metadata.annotations?.["work.karmada.io/conflict-resolution"]).toBe("abort");
    expect(
      propagated(own, { conflictResolution: "Overwrite" }).list(Work)[0]?.metadata.annotations?.[
        "work.karmada.io/conflict-resolution"
      ],
    ).toBe("overwrite");
  });

  it("is suspended where the policy says so", () => {
    const made = propagated(configMap("config"), { suspension: { dispatchingOnClusters: { clusterNames: ["m2"] } } });
    const suspended = made.list(Work).map((work) => work.spec.suspendDispatching === true);
    expect(suspended).toEqual([false, true]);
  });

  it("goes before its binding does", () => {
    const made = propagated(configMap("config"));
    made.remove(PropagationPolicy, "all", "default");
    made.settle();
    made.remove(ResourceBinding, "config-configmap", "default");
    made.settle();
    expect(made.list(Work).map((work) => work.metadata.deletionTimestamp !== undefined)).toEqual([true, true]);
    expect(made.get(ResourceBinding, "config-configmap", "default")).toBeDefined();
    for (const { metadata } of made.list(Work))
      made.patch(Work, metadata.name, metadata.namespace, { metadata: { finalizers: null } });
    made.settle();
    expect(made.get(ResourceBinding, "config-configmap", "default")).toBeUndefined();
  });
});

describe("overrides", () => {
  const tag = (value: string) => ({ imageOverrider: [{ component: "Tag", operator: "replace", value }] });
  const rule = (cluster: string, overriders: unknown) => ({ targetCluster: { clusterNames: [cluster] }, overriders });
  const image = (made: Host, member: string): unknown =>
    JSON.stringify(manifest(made, member)).match(/"image":"([^"]*)"/)?.[1];

  it("change one cluster's manifest, are recorded on its Work, and are taken back", () => {
    const made = propagated(deployment("web", 1));
    made.create(OverridePolicy, overridePolicy("tag", { overrideRules: [rule("m2", tag("2"))] }));
    made.settle();
    expect([image(made, "m1"), image(made, "m2")]).toEqual(["nginx:1.27", "nginx:2"]);
    const recorded = made.list(Work, "karmada-es-m2")[0]?.metadata.annotations?.["policy.karmada.io/applied-overrides"];
    expect(JSON.parse(recorded ?? "")).toEqual([{ policyName: "tag", overriders: tag("2") }]);
    made.remove(OverridePolicy, "tag", "default");
    made.settle();
    expect(image(made, "m2")).toBe("nginx:1.27");
  });

  it("of closer selectors, then later names, win", () => {
    const made = start();
    made.create(
      OverridePolicy,
      overridePolicy("a", {
        resourceSelectors: [{ ...DEPLOYMENTS, name: "web" }],
        overrideRules: [{ overriders: tag("close") }],
      }),
    );
    made.create(OverridePolicy, overridePolicy("b", { overrideRules: [{ overriders: tag("far") }] }));
    made.create(Deployment, deployment("web", 1));
    made.create(PropagationPolicy, policy("all", { resourceSelectors: [DEPLOYMENTS] }));
    made.settle();
    expect(image(made, "m1")).toBe("nginx:close");
  });

  it("that do not apply keep the Work as it was, and are told", () => {
    const made = propagated(configMap("config"));
    const broken = { plaintext: [{ path: "/data/none/x", operator: "replace", value: "y" }] };
    made.create(OverridePolicy, overridePolicy("broken", { overrideRules: [rule("m2", broken)] }));
    made.settle();
    expect(manifest(made, "m2")?.data).toEqual({ a: "b" });
    const reasons = made.list(Event).map((event) => event.reason);
    expect(reasons).toContain("ApplyOverridePolicyFailed");
    expect(reasons).toContain("SyncWorkFailed");
  });
});

describe("a divided Job", () => {
  it("has its completions divided as its parallelism", () => {
    const made = start();
    const containers = [{ name: "main", image: "busybox" }];
    const spec = { parallelism: 3, completions: 9, template: { spec: { restartPolicy: "Never", containers } } };
    made.create(Job, {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "job", namespace: "default" },
      spec,
    } as KubeObject);
    const weights = [
      { targetCluster: { clusterNames: ["m1"] }, weight: 2 },
      { targetCluster: { clusterNames: ["m2"] }, weight: 1 },
    ];
    const replicaScheduling = {
      replicaSchedulingType: "Divided",
      replicaDivisionPreference: "Weighted",
      weightPreference: { staticWeightList: weights },
    };
    made.create(
      PropagationPolicy,
      policy("job", { resourceSelectors: [{ apiVersion: "batch/v1", kind: "Job" }], placement: { replicaScheduling } }),
    );
    made.settle();
    expect(["m1", "m2"].map((member) => manifest(made, member)?.spec)).toMatchObject([
      { parallelism: 2, completions: 6 },
      { parallelism: 1, completions: 3 },
    ]);
  });
});

describe("the clusters of a binding", () => {
  const spec = (fields: Partial<Binding["spec"]>): Binding["spec"] => ({
    resource: { apiVersion: "v1", kind: "ConfigMap", name: "a" },
    ...fields,
  });
  const m = (...names: readonly string[]): readonly TargetCluster[] => names.map((name) => ({ name }));

  it("are its own and those of the bindings that need it, each once", () => {
    const requiredBy = [
      { name: "x", clusters: m("m2", "m3") },
      { name: "y", clusters: m("m3", "m4") },
    ];
    expect(targetClusters(spec({ clusters: m("m1", "m2"), requiredBy })).map(({ name }) => name)).toEqual([
      "m1",
      "m2",
      "m3",
      "m4",
    ]);
  });

  it("keep their Work while they are evicted, unless at once", () => {
    const task = { reason: "TaintUntolerated", producer: "TaintManager" };
    const gracefulEvictionTasks = [
      { ...task, fromCluster: "m2", purgeMode: "Gracefully" as const },
      { ...task, fromCluster: "m3", purgeMode: "Directly" as const },
    ];
    const binding = {
      apiVersion: "",
      kind: "",
      metadata: { name: "" },
      spec: spec({ clusters: m("m1"), gracefulEvictionTasks }),
    };
    expect([...retainedClusters(binding)]).toEqual(["m1", "m2"]);
  });

  it("get the labels a failed-over application takes along, when there is one new cluster", () => {
    const task = {
      reason: "ApplicationFailure",
      producer: "x",
      fromCluster: "m1",
      purgeMode: "Directly" as const,
      preservedLabelState: { state: "1" },
      clustersBeforeFailover: ["m1"],
    };
    expect(preservedLabels(spec({ clusters: m("m2"), gracefulEvictionTasks: [task] }), "m2")).toEqual({ state: "1" });
    expect(preservedLabels(spec({ clusters: m("m1"), gracefulEvictionTasks: [task] }), "m1")).toBeUndefined();
    expect(preservedLabels(spec({ clusters: m("m2", "m3"), gracefulEvictionTasks: [task] }), "m2")).toBeUndefined();
  });
});
