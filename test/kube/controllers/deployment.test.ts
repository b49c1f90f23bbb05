import { describe, expect, it } from "vitest";
import { Deployment, type DeploymentSpec, Pod, ReplicaSet } from "../../../src/api/index.ts";
import { isConditionTrue } from "../../../src/apimachinery/index.ts";
import { plainRuntime, type SmallCluster } from "../small-cluster.ts";
import { clusterOf, labels, named, template, told } from "./workloads.ts";

function deployment(spec: Partial<DeploymentSpec> = {}): Deployment {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    ...named("web"),
    spec: { replicas: 4, selector: { matchLabels: labels }, template: template(), ...spec },
  };
}

const reason = (world: SmallCluster, type: string): string | undefined =>
  world.get(Deployment, "web")?.status?.conditions?.find((condition) => condition.type === type)?.reason;

const sizes = (world: SmallCluster): readonly (number | undefined)[] =>
  [...world.list(ReplicaSet, "default")]
    .sort((left, right) => revision(left) - revision(right))
    .map(({ spec }) => spec.replicas);

const revision = ({ metadata }: ReplicaSet): number =>
  Number(metadata.annotations?.["deployment.kubernetes.io/revision"]);

/** Readiness that only comes when it is asked for. */
const probed = { readinessProbe: { httpGet: { port: 80 } } };
const withProbe = (image: string) => template({ containers: [{ name: "c", image, ...probed }] });

describe("the Deployment controller", () => {
  it("S2-10 names pods after the template's hash, and becomes available", () => {
    const world = clusterOf(2);
    world.apply(Deployment, deployment());
    world.settle();
    const [set] = world.list(ReplicaSet, "default");
    expect(set?.metadata.name).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]{8,10}$/);
    for (const pod of world.list(Pod, "default")) {
      expect(pod.metadata.name.startsWith(`${set?.metadata.name}-`)).toBe(true);
      expect(`web-${pod.metadata.labels?.["pod-template-hash"]}`).toBe(set?.metadata.name);
    }
    expect(world.get(Deployment, "web")?.status).toMatchObject({
      observedGeneration: 1,
      replicas: 4,
      updatedReplicas: 4,
      readyReplicas: 4,
      availableReplicas: 4,
    });
    expect(reason(world, "Available")).toBe("MinimumReplicasAvailable");
    expect(reason(world, "Progressing")).toBe("NewReplicaSetAvailable");
    expect(told(world, "deployment-controller")).toEqual([`Scaled up replica set ${set?.metadata.name} from 0 to 4`]);
  });

  it("rolls a new template out within surge and unavailability, and keeps the old set for a rollback", () => {
    const world = clusterOf(2);
    world.apply(Deployment, deployment());
    world.settle();
    let [most, least] = [0, 99];
    world.loop.trace.observe(({ subject }) => {
      if (!subject.startsWith("pods ")) return;
      const pods = world.list(Pod, "default").filter(({ metadata }) => metadata.deletionTimestamp === undefined);
      most = Math.max(most, pods.length);
      least = Math.min(least, pods.filter(({ status }) => isConditionTrue(status?.conditions, "Ready")).length);
    });
    world.apply(Deployment, deployment({ template: template({}, "nginx:2") }));
    world.settle();
    expect(sizes(world)).toEqual([0, 4]);
    expect([most, least]).toEqual([5, 3]);
    expect(world.list(Pod, "default").every(({ spec }) => spec.containers[0]?.image === "nginx:2")).toBe(true);
    expect(world.get(Deployment, "web")?.metadata.annotations?.["deployment.kubernetes.io/revision"]).toBe("2");

    world.apply(Deployment, deployment());
    world.settle();
    const sets = world.list(ReplicaSet, "default");
    expect(sets).toHaveLength(2);
    expect(sets.find(({ spec }) => spec.replicas === 4)?.metadata.annotations).toMatchObject({
      "deployment.kubernetes.io/revision": "3",
      "deployment.kubernetes.io/revision-history": "1",
    });
  });

  it("S1-39 S1-40 replaces the pods of three replicas one by one, telling each step", () => {
    const world = clusterOf(1);
    world.apply(Deployment, deployment({ replicas: 3 }));
    world.settle();
    world.apply(Deployment, deployment({ replicas: 3, template: template({}, "nginx:2") }));
    world.settle();
    const steps = told(world, "deployment-controller").map((message) => message.replace(/replica set \S+ /, ""));
    expect(steps).toEqual([
      "Scaled up from 0 to 3",
      "Scaled up from 0 to 1",
      "Scaled down from 3 to 2",
      "Scaled up from 1 to 2",
      "Scaled down from 2 to 1",
      "Scaled up from 2 to 3",
      "Scaled down from 1 to 0",
    ]);
  });

  it("stops at a template that never becomes ready, and says so when its time is up", () => {
    const world = clusterOf(2);
    world.apply(Deployment, deployment({ template: withProbe("nginx:1") }));
    world.settle();
    world.apply(Deployment, deployment({ template: withProbe("bad:1") }));
    world.settle();
    expect(sizes(world)).toEqual([3, 2]);
    expect(reason(world, "Available")).toBe("MinimumReplicasAvailable");
    expect(reason(world, "Progressing")).toBe("ReplicaSetUpdated");
    world.advance(700);
    expect(reason(world, "Progressing")).toBe("ProgressDeadlineExceeded");
    world.apply(Deployment, deployment({ template: withProbe("nginx:1") }));
    world.settle();
    expect(sizes(world)).toEqual([0, 4]);
    expect(reason(world, "Progressing")).toBe("NewReplicaSetAvailable");
  });

  it("S1-42 recreates: no new pod before the last old one is gone", () => {
    const world = clusterOf(2, (loop) =>
      plainRuntime(loop, {
        start: (_start, events) => ({
          stop: () => void loop.after(5000, "slow exit", () => events.onExit({ code: 0, reason: "Completed" })),
        }),
      }),
    );
    const recreate = { strategy: { type: "Recreate" } } as const;
    world.apply(Deployment, deployment(recreate));
    world.settle();
    let mixed = false;
    world.loop.trace.observe(({ subject }) => {
      if (subject.startsWith("pods "))
        mixed ||= new Set(world.list(Pod, "default").map((pod) => pod.spec.containers[0]?.image)).size > 1;
    });
    world.apply(Deployment, deployment({ ...recreate, template: template({}, "nginx:2") }));
    world.settle();
    expect(mixed).toBe(false);
    expect(sizes(world)).toEqual([0, 4]);
    expect(world.get(Deployment, "web")?.status?.availableReplicas).toBe(4);
  });

  it("scales, in the middle of a rollout in proportion", () => {
    const world = clusterOf(2);
    world.apply(
      Deployment,
      deployment({
        replicas: 10,
        template: withProbe("nginx:1"),
        strategy: { rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } },
      }),
    );
    world.settle();
    const stuck = { template: withProbe("bad:1"), strategy: { rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } } };
    world.apply(Deployment, deployment({ replicas: 10, ...stuck }));
    world.settle();
    expect(sizes(world)).toEqual([8, 5]);
    world.apply(Deployment, deployment({ replicas: 15, ...stuck }));
    world.settle();
    expect(sizes(world)).toEqual([11, 7]);
  });

  it("goes to zero and back", () => {
    const world = clusterOf(1);
    for (const replicas of [2, 0, 3]) {
      world.apply(Deployment, deployment({ replicas }));
      world.settle();
      expect(world.list(Pod, "default")).toHaveLength(replicas);
      expect(world.get(Deployment, "web")?.status?.replicas ?? 0).toBe(replicas);
    }
  });

  it("rolls nothing out while paused, but scales", () => {
    const world = clusterOf(1);
    world.apply(Deployment, deployment());
    world.settle();
    world.apply(Deployment, deployment({ paused: true, replicas: 5, template: template({}, "nginx:2") }));
    world.settle();
    expect(sizes(world)).toEqual([5]);
    expect(reason(world, "Progressing")).toBe("DeploymentPaused");
    world.apply(Deployment, deployment({ replicas: 5, template: template({}, "nginx:2") }));
    world.settle();
    expect(sizes(world)).toEqual([0, 5]);
  });

  it("keeps no more old sets than its history allows", () => {
    const world = clusterOf(1);
    for (let image = 1; image <= 5; image++) {
      world.apply(
        Deployment,
        deployment({ replicas: 1, revisionHistoryLimit: 2, template: template({}, `nginx:${image}`) }),
      );
      world.settle();
    }
    expect([...world.list(ReplicaSet, "default")].map(revision).sort()).toEqual([3, 4, 5]);
  });

  it("writes nothing more once it has come to rest", () => {
    const world = clusterOf(1);
    world.apply(Deployment, deployment());
    world.settle();
    const late: string[] = [];
    world.loop.trace.observe(({ actor, subject }) => late.push(`${actor} ${subject}`));
    world.advance(900);
    expect(late.filter((line) => /deployment|replicaset/.test(line))).toEqual([]);
  });

  it("counts revisions on from any number of 64 bits", () => {
    const world = clusterOf(1);
    const annotations = { "deployment.kubernetes.io/revision": "3546343826724305832" };
    world.apply(ReplicaSet, {
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      metadata: { ...named("old").metadata, labels, annotations },
      spec: { replicas: 1, selector: { matchLabels: labels }, template: template({}, "nginx:0") },
    });
    world.settle();
    world.apply(Deployment, deployment());
    world.settle();
    expect(world.get(Deployment, "web")?.metadata.annotations?.["deployment.kubernetes.io/revision"]).toBe(
      "3546343826724305833",
    );
  });
});
