import { describe, expect, it } from "vitest";
import {
  type Binding,
  ConfigMap,
  Deployment,
  PropagationPolicy,
  ResourceBinding,
  Work,
} from "../../../src/api/index.ts";
import { placementControllers } from "../../../src/federation/control-plane.ts";
import { CONFIG_MAPS, configMap, DEPLOYMENTS, deployment, type Host, host, policy, yaml } from "../host.ts";

const VOLUMES = { volumes: [{ name: "config", configMap: { name: "config" } }] };
const to = (name: string) => ({ clusterAffinity: { clusterNames: [name] } });

/** A Deployment with a ConfigMap, sent to one cluster with what it depends on. */
function start(spec: Readonly<Record<string, unknown>> = {}): Host {
  const made = host(placementControllers({ yaml }));
  made.create(ConfigMap, configMap("config"));
  made.create(Deployment, deployment("web", 1, VOLUMES));
  made.create(
    PropagationPolicy,
    policy("web", { resourceSelectors: [DEPLOYMENTS], propagateDeps: true, placement: to("m1"), ...spec }),
  );
  made.settle();
  return made;
}

const attached = (made: Host): Binding | undefined => made.get(ResourceBinding, "config-configmap", "default");
const worksOf = (made: Host): readonly string[] =>
  made
    .list(Work)
    .filter((work) => work.metadata.name.startsWith("config-") && work.metadata.deletionTimestamp === undefined)
    .map((work) => work.metadata.namespace ?? "");

describe("what a template depends on", () => {
  it("gets an attached binding, and goes where the template goes", () => {
    const made = start();
    const independent = made.get(ResourceBinding, "web-deployment", "default");
    expect(JSON.parse(independent?.metadata.annotations?.["resourcebinding.karmada.io/dependencies"] ?? "")).toEqual([
      { apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: "config" },
    ]);
    const binding = attached(made);
    expect(binding?.spec.placement).toBeUndefined();
    expect(binding?.spec.requiredBy).toEqual([
      { namespace: "default", name: "web-deployment", clusters: [{ name: "m1", replicas: 1 }] },
    ]);
    const label = Object.keys(binding?.metadata.labels ?? {}).find((key) => key.includes("depended-by-")) ?? "";
    expect(binding?.metadata.labels?.[label]).toBe(
      independent?.metadata.labels?.["resourcebinding.karmada.io/permanent-id"],
    );
    expect(worksOf(made)).toEqual(["karmada-es-m1"]);
  });

  it("follows the template to other clusters", () => {
    const made = start();
    made.patch(PropagationPolicy, "web", "default", { spec: { placement: to("m2") } });
    made.settle();
    expect(worksOf(made)).toEqual(["karmada-es-m2"]);
  });

  it("is picked up when it comes later, and when it changes", () => {
    const made = start();
    made.patch(Deployment, "web", "default", {
      spec: { template: { spec: { volumes: [{ name: "config", configMap: { name: "late" } }] } } },
    });
    made.settle();
    expect(attached(made)?.spec.requiredBy ?? []).toEqual([]);
    made.create(ConfigMap, configMap("late"));
    made.settle();
    const late = made.get(ResourceBinding, "late-configmap", "default");
    expect(late?.spec.requiredBy).toHaveLength(1);
    made.patch(ConfigMap, "late", "default", { data: { a: "changed" } });
    made.settle();
    const manifests = made.list(Work, "karmada-es-m1").map((work) => work.spec.workload?.manifests?.[0] as ConfigMap);
    expect(manifests.find((manifest) => manifest.metadata.name === "late")?.data).toEqual({ a: "changed" });
  });

  it("stays when the template goes, with no cluster", () => {
    const made = start();
    made.remove(ResourceBinding, "web-deployment", "default");
    made.remove(PropagationPolicy, "web", "default");
    made.settle();
    expect(attached(made)?.spec.requiredBy ?? []).toEqual([]);
    expect(worksOf(made)).toEqual([]);
  });

  it("keeps the placement of a policy of its own", () => {
    const made = start();
    made.create(PropagationPolicy, policy("own", { resourceSelectors: [CONFIG_MAPS], placement: to("m2") }));
    made.settle();
    expect(attached(made)?.spec.clusters).toEqual([{ name: "m2" }]);
    expect(attached(made)?.spec.requiredBy).toHaveLength(1);
    expect(worksOf(made)).toEqual(["karmada-es-m1", "karmada-es-m2"]);
  });

  it("inherits how conflicts are resolved", () => {
    expect(attached(start({ conflictResolution: "Overwrite" }))?.spec.conflictResolution).toBe("Overwrite");
    expect(attached(start())?.spec.conflictResolution).toBe("Abort");
  });

  it("is left behind without propagateDeps", () => {
    expect(attached(start({ propagateDeps: false }))).toBeUndefined();
  });
});
