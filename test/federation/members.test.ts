import { describe, expect, it } from "vitest";
import { Cluster, ConfigMap, Deployment, Namespace, ResourceBinding, Work, workName } from "../../src/api/index.ts";
import { findCondition, isConditionTrue } from "../../src/apimachinery/index.ts";
import { type Fleet, fleet } from "./fleet.ts";

const POLICY = `
apiVersion: policy.karmada.io/v1alpha1
kind: PropagationPolicy
metadata: {name: all}
spec:
  resourceSelectors:
  - {apiVersion: v1, kind: ConfigMap}
  - {apiVersion: apps/v1, kind: Deployment}
  placement: {clusterAffinity: {clusterNames: [member1, member2]}}
`;
const CONFIG = `
apiVersion: v1
kind: ConfigMap
metadata: {name: config}
data: {a: b}
`;
const WEB = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: main, image: nginx}]}
`;

const CONFIG_WORK = workName("ConfigMap", "config", "default");

function workOf(made: Fleet, cluster: string, name = CONFIG_WORK): Work | undefined {
  return made.host.get(Work, name, `karmada-es-${cluster}`);
}

describe("a fleet", () => {
  it("S4-01 has its members ready at once, with version and served resources", () => {
    const made = fleet();
    for (const cluster of made.host.list(Cluster)) {
      expect(isConditionTrue(cluster.status?.conditions, "Ready")).toBe(true);
      expect(cluster.status?.kubernetesVersion).toBe("v1.34.0");
      expect(cluster.status?.apiEnablements?.some((entry) => entry.groupVersion === "apps/v1")).toBe(true);
      expect(cluster.status?.nodeSummary).toEqual({ totalNum: 0, readyNum: 0 });
      expect(cluster.spec.taints).toBeUndefined();
    }
    expect(made.loop.nowMs() - made.loop.startMs).toBeLessThan(1000);
    expect(made.host.get(Namespace, "karmada-es-member1")?.metadata.labels?.["karmada.io/system"]).toBe("true");
  });

  it("takes a ConfigMap to both members in few writes, and comes to rest", () => {
    const made = fleet();
    made.apply(POLICY);
    made.settle();
    made.writes.length = 0;
    made.apply(CONFIG);
    made.settle();
    const own = made.writes.filter((write) => !write.includes(" Event "));
    expect(own.sort()).toEqual([
      "create host ResourceBinding default/config-configmap",
      `create host Work karmada-es-member1/${CONFIG_WORK}`,
      `create host Work karmada-es-member2/${CONFIG_WORK}`,
      "create member1 ConfigMap default/config",
      "create member2 ConfigMap default/config",
      "patch host ConfigMap default/config",
      "patch host ResourceBinding default/config-configmap",
      "patch host ResourceBinding/status default/config-configmap",
      "update host ResourceBinding/status default/config-configmap",
      `update host Work/status karmada-es-member1/${CONFIG_WORK}`,
      `update host Work/status karmada-es-member2/${CONFIG_WORK}`,
    ]);
    made.writes.length = 0;
    made.advance(3_600_000);
    expect(made.writes).toEqual([]);
  });

  it("marks what it made, and tells the binding", () => {
    const made = fleet();
    made.apply(POLICY);
    made.apply(CONFIG);
    made.settle();
    const held = made.member("member1").get(ConfigMap, "config", "default");
    const template = made.host.get(ConfigMap, "config", "default");
    const work = workOf(made, "member1");
    expect(held?.data).toEqual({ a: "b" });
    expect(held?.metadata.labels?.["karmada.io/managed"]).toBe("true");
    expect(held?.metadata.labels?.["work.karmada.io/permanent-id"]).toBe(
      work?.metadata.labels?.["work.karmada.io/permanent-id"],
    );
    expect(held?.metadata.annotations).toMatchObject({
      "resourcetemplate.karmada.io/uid": template?.metadata.uid,
      "work.karmada.io/namespace": "karmada-es-member1",
      "work.karmada.io/name": CONFIG_WORK,
      "work.karmada.io/conflict-resolution": "abort",
    });
    expect(findCondition(work?.status?.conditions, "Applied")).toMatchObject({
      status: "True",
      reason: "AppliedSuccessful",
      message: "Manifest has been successfully applied",
    });
    const binding = made.host.get(ResourceBinding, "config-configmap", "default");
    expect(isConditionTrue(binding?.status?.conditions, "FullyApplied")).toBe(true);
    expect(binding?.status?.aggregatedStatus).toEqual([
      { clusterName: "member1", applied: true, health: "Healthy" },
      { clusterName: "member2", applied: true, health: "Healthy" },
    ]);
  });

  it("S4-04 S4-06 follows the template, reverts hand edits, aggregates status, and cleans up", () => {
    const made = fleet();
    made.apply(POLICY);
    made.apply(WEB);
    made.settle();
    const member = made.member("member1");
    made.host.patch(Deployment, "web", "default", { spec: { replicas: 3 } });
    made.settle();
    expect(member.get(Deployment, "web", "default")?.spec.replicas).toBe(3);
    member.patch(Deployment, "web", "default", { spec: { replicas: 9 } });
    made.settle();
    expect(member.get(Deployment, "web", "default")?.spec.replicas).toBe(3);
    for (const name of ["member1", "member2"]) {
      const generation = made.member(name).get(Deployment, "web", "default")?.metadata.generation;
      const counts = { replicas: 3, readyReplicas: 3, availableReplicas: 3, updatedReplicas: 3 };
      made
        .member(name)
        .patch(Deployment, "web", "default", { status: { ...counts, observedGeneration: generation } }, "status");
    }
    made.settle();
    const template = made.host.get(Deployment, "web", "default");
    expect(template?.status).toMatchObject({ replicas: 6, readyReplicas: 6, availableReplicas: 6 });
    expect(template?.status?.observedGeneration).toBe(template?.metadata.generation);
    made.host.remove(Deployment, "web", "default");
    made.settle();
    expect(member.get(Deployment, "web", "default")).toBeUndefined();
    expect(made.host.list(Work, "karmada-es-member1").map((work) => work.spec.workload?.manifests?.[0]?.kind)).toEqual(
      [],
    );
  });

  it("makes again what somebody deleted at a member", () => {
    const made = fleet();
    made.apply(POLICY);
    made.apply(CONFIG);
    made.settle();
    made.member("member1").remove(ConfigMap, "config", "default");
    made.settle();
    expect(made.member("member1").get(ConfigMap, "config", "default")?.data).toEqual({ a: "b" });
  });

  it("leaves alone what it does not own, until it goes or the template says overwrite", () => {
    const made = fleet();
    made.member("member1").create({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "config" } });
    made.apply(POLICY);
    made.apply(CONFIG);
    made.settle();
    expect(findCondition(workOf(made, "member1")?.status?.conditions, "Applied")).toMatchObject({
      status: "False",
      reason: "AppliedFailed",
      message:
        "Failed to apply all manifests (0/1): resource(kind=ConfigMap, default/config) already exists in the cluster member1 " +
        "and the work.karmada.io/conflict-resolution strategy value is empty, Karmada will not manage this resource",
    });
    const binding = made.host.get(ResourceBinding, "config-configmap", "default");
    expect(isConditionTrue(binding?.status?.conditions, "FullyApplied")).toBe(false);
    made.member("member1").remove(ConfigMap, "config", "default");
    made.settle();
    expect(made.member("member1").get(ConfigMap, "config", "default")?.data).toEqual({ a: "b" });
    const healed = made.host.get(ResourceBinding, "config-configmap", "default");
    expect(isConditionTrue(healed?.status?.conditions, "FullyApplied")).toBe(true);
  });

  it("has every namespace in every member, and takes it away again", () => {
    const made = fleet();
    made.apply("{apiVersion: v1, kind: Namespace, metadata: {name: shop}}");
    made.settle();
    expect(made.member("member2").get(Namespace, "shop")?.metadata.labels?.["karmada.io/managed"]).toBe("true");
    made.host.remove(Namespace, "shop");
    made.settle();
    expect(made.host.get(Namespace, "shop")).toBeUndefined();
    const left = made.member("member2").get(Namespace, "shop");
    // Bare members have no namespace controller to finish it.
    expect(left === undefined || left.metadata.deletionTimestamp !== undefined).toBe(true);
  });

  it("holds back what is suspended", () => {
    const made = fleet();
    made.apply(POLICY.replace("spec:", "spec:\n  suspension: {dispatchingOnClusters: {clusterNames: [member1]}}"));
    made.apply(CONFIG);
    made.settle();
    expect(made.member("member1").get(ConfigMap, "config", "default")).toBeUndefined();
    expect(made.member("member2").get(ConfigMap, "config", "default")).toBeDefined();
    expect(findCondition(workOf(made, "member1")?.status?.conditions, "Dispatching")).toMatchObject({
      status: "False",
      reason: "SuspendDispatching",
    });
  });

  it("turns a lost member NotReady after 30 s, taints it, and serves it again when it is back", () => {
    const made = fleet();
    made.apply(POLICY);
    made.settle();
    made.faults.setDown("member1", true);
    made.advance(25_000);
    expect(isConditionTrue(made.host.get(Cluster, "member1")?.status?.conditions, "Ready")).toBe(true);
    made.advance(20_000);
    const lost = made.host.get(Cluster, "member1");
    expect(findCondition(lost?.status?.conditions, "Ready")).toMatchObject({
      status: "False",
      reason: "ClusterNotReachable",
    });
    expect(lost?.spec.taints).toEqual([{ key: "cluster.karmada.io/not-ready", effect: "NoSchedule" }]);
    made.faults.setDown("member1", false);
    made.advance(60_000);
    expect(made.host.get(Cluster, "member1")?.spec.taints).toBeUndefined();
    made.apply(CONFIG);
    made.settle();
    expect(made.member("member1").get(ConfigMap, "config", "default")).toBeDefined();
  });

  it("unjoins a member: its Works and their objects go, then the Cluster", () => {
    const made = fleet();
    made.apply(POLICY.replace("[member1, member2]", "[member1]"));
    made.apply(CONFIG);
    made.settle();
    made.host.remove(Cluster, "member1");
    made.settle();
    expect(made.member("member1").get(ConfigMap, "config", "default")).toBeUndefined();
    expect(made.host.get(Cluster, "member1")).toBeUndefined();
    expect(made.host.get(Namespace, "karmada-es-member1")).toBeUndefined();
  });
});
