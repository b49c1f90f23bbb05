import { describe, expect, it } from "vitest";
import {
  type Binding,
  Cluster,
  ConfigMap,
  Deployment,
  Event,
  PropagationPolicy,
  ResourceBinding,
} from "../../../src/api/index.ts";
import { findCondition } from "../../../src/apimachinery/index.ts";
import { placementControllers } from "../../../src/federation/control-plane.ts";
import {
  CONFIG_MAPS,
  configMap,
  DEPLOYMENTS,
  deployment,
  type Host,
  host,
  join,
  policy,
  setClusterStatus,
  yaml,
} from "../host.ts";

const start = (members?: readonly string[]): Host => host(placementControllers({ yaml }), members);
const bindingOf = (made: Host, name = "config-configmap"): Binding =>
  made.get(ResourceBinding, name, "default") as Binding;
const scheduledReason = (binding: Binding): string | undefined =>
  findCondition(binding.status?.conditions, "Scheduled")?.reason;
const names = (binding: Binding): readonly string[] => (binding.spec.clusters ?? []).map((target) => target.name);
const AGGREGATED = { replicaSchedulingType: "Divided", replicaDivisionPreference: "Aggregated" };

/** Propagates a ConfigMap by that placement. */
function propagated(made: Host, placement: Readonly<Record<string, unknown>>): Host {
  made.create(ConfigMap, configMap("config"));
  made.create(PropagationPolicy, policy("all", { resourceSelectors: [CONFIG_MAPS], placement }));
  made.settle();
  return made;
}

describe("a binding no cluster fits", () => {
  it("says why, keeps no cluster, and waits for a cluster to change", () => {
    const labelled = { clusterAffinity: { labelSelector: { matchLabels: { tier: "gold" } } } };
    const made = propagated(start(), labelled);
    const binding = bindingOf(made);
    expect(scheduledReason(binding)).toBe("NoClusterFit");
    expect(findCondition(binding.status?.conditions, "Scheduled")?.message).toBe(
      "0/2 clusters are available: 2 cluster(s) did not match the placement cluster affinity constraint.",
    );
    made.plans.length = 0;
    made.advance(3_600_000);
    expect(made.plans).toEqual([]);
    made.patch(Cluster, "m2", undefined, { metadata: { labels: { tier: "gold" } } });
    made.settle();
    expect(names(bindingOf(made))).toEqual(["m2"]);
    expect(scheduledReason(bindingOf(made))).toBe("Success");
  });

  it("loses the clusters it had", () => {
    const made = propagated(start(), { clusterAffinity: { clusterNames: ["m1"] } });
    expect(names(bindingOf(made))).toEqual(["m1"]);
    made.patch(PropagationPolicy, "all", "default", {
      spec: { placement: { clusterAffinity: { clusterNames: ["none"] } } },
    });
    made.settle();
    expect(names(bindingOf(made))).toEqual([]);
    expect(scheduledReason(bindingOf(made))).toBe("NoClusterFit");
  });
});

describe("a binding without replicas", () => {
  it("goes to a cluster that joins", () => {
    const made = propagated(start(["m1"]), {});
    join(made, "m2");
    made.settle();
    expect(names(bindingOf(made))).toEqual(["m1", "m2"]);
  });

  it("leaves a cluster that gets a taint alone, but does not go to one that has it", () => {
    const made = propagated(start(["m1"]), {});
    const taints = [{ key: "example.com/a", effect: "NoSchedule" }];
    made.patch(Cluster, "m1", undefined, { spec: { taints } });
    join(made, "m2", { taints });
    made.settle();
    expect(names(bindingOf(made))).toEqual(["m1"]);
  });
});

describe("a divided workload", () => {
  const divided = (made: Host, replicas: number): Host => {
    const resources = { requests: { cpu: "1" } };
    made.create(Deployment, deployment("web", replicas, { containers: [{ name: "main", image: "nginx", resources }] }));
    const placement = { replicaScheduling: AGGREGATED };
    made.create(PropagationPolicy, policy("web", { resourceSelectors: [DEPLOYMENTS], placement }));
    made.settle();
    return made;
  };

  it("is unschedulable without room, keeps what it has, and is tried again in the background", () => {
    const made = divided(start(), 4);
    const before = bindingOf(made, "web-deployment");
    expect(before.spec.clusters).toEqual([{ name: "m1", replicas: 4 }]);
    for (const member of ["m1", "m2"]) setClusterStatus(made, member, { pods: "100", cpu: "2", memory: "1Gi" });
    made.patch(Deployment, "web", "default", { spec: { replicas: 9 } });
    made.settle();
    const stuck = bindingOf(made, "web-deployment");
    expect(scheduledReason(stuck)).toBe("Unschedulable");
    expect(stuck.spec.clusters).toEqual([{ name: "m1", replicas: 4 }]);
    setClusterStatus(made, "m2", { pods: "100", cpu: "20", memory: "1Gi" });
    made.advance(300_000);
    made.settle();
    expect(bindingOf(made, "web-deployment").spec.clusters).toEqual([
      { name: "m1", replicas: 4 },
      { name: "m2", replicas: 5 },
    ]);
  });

  it("starts afresh when that is asked for, once", () => {
    const made = divided(start(["m1"]), 4);
    join(made, "m2");
    setClusterStatus(made, "m1", { pods: "100", cpu: "0", memory: "1Gi" });
    setClusterStatus(made, "m2", { pods: "100", cpu: "50", memory: "1Gi" });
    made.settle();
    expect(names(bindingOf(made, "web-deployment"))).toEqual(["m1"]);
    made.advance(10_000);
    const rescheduleTriggeredAt = "2026-01-01T00:00:05Z";
    made.patch(ResourceBinding, "web-deployment", "default", { spec: { rescheduleTriggeredAt } });
    made.settle();
    expect(names(bindingOf(made, "web-deployment"))).toEqual(["m2"]);
    made.plans.length = 0;
    made.advance(60_000);
    expect(made.plans).toEqual([]);
  });
});

describe("ordered affinity groups", () => {
  it("are tried one after the other, and the one that fits is remembered", () => {
    const clusterAffinities = [
      { affinityName: "primary", clusterNames: ["none"] },
      { affinityName: "backup", clusterNames: ["m2"] },
    ];
    const made = propagated(start(), { clusterAffinities });
    expect(names(bindingOf(made))).toEqual(["m2"]);
    expect(bindingOf(made).status?.schedulerObservingAffinityName).toBe("backup");
  });
});

describe("the scheduler", () => {
  it("leaves bindings of other schedulers and suspended ones alone", () => {
    const made = start();
    made.create(ConfigMap, configMap("config"));
    made.create(PropagationPolicy, policy("all", { resourceSelectors: [CONFIG_MAPS], schedulerName: "mine" }));
    made.settle();
    expect(bindingOf(made).status).toBeUndefined();
  });

  it("tells the binding and the template", () => {
    const made = propagated(start(), { clusterAffinity: { clusterNames: ["none"] } });
    const failed = made.list(Event).filter((event) => event.reason === "ScheduleBindingFailed");
    expect(failed.map((event) => event.involvedObject.kind).sort()).toEqual(["ConfigMap", "ResourceBinding"]);
  });
});
