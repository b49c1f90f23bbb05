import { expect, it } from "vitest";
import type { ContainerStatus, JobSpec } from "../../../src/api/index.ts";
import { Job, Pod } from "../../../src/api/index.ts";
import type { ContainerRuntime } from "../../../src/kube/index.ts";
import type { Loop } from "../../../src/sim/index.ts";
import { plainRuntime, type SmallCluster } from "../small-cluster.ts";
import { clusterOf, named } from "./workloads.ts";

const INDEX = "batch.kubernetes.io/job-completion-index";

/** Containers end after a second with the codes their index is given, one after the other, the last again and again; without one they run on. */
function codes(byIndex: readonly (readonly number[])[]): (loop: Loop) => ContainerRuntime {
  const started = new Map<number, number>();
  return (loop) => {
    const plain = plainRuntime(loop);
    return {
      ...plain,
      start: (start, events) => {
        if (start.pod.metadata.namespace !== "default") return plain.start(start, events);
        const index = Number(start.pod.metadata.annotations?.[INDEX] ?? 0);
        const own = byIndex[index] ?? [];
        const attempt = started.get(index) ?? 0;
        started.set(index, attempt + 1);
        const code = own[Math.min(attempt, own.length - 1)];
        if (code !== undefined)
          loop.after(1000, "program ends", () => events.onExit({ code, reason: code === 0 ? "Completed" : "Error" }));
        return plain.start(start, events);
      },
    };
  };
}

function ran(spec: Partial<JobSpec>, byIndex: readonly (readonly number[])[]): SmallCluster {
  const world = clusterOf(1, codes(byIndex));
  const template = { spec: { restartPolicy: "Never" as const, containers: [{ name: "c", image: "busybox" }] } };
  world.apply(Job, { apiVersion: "batch/v1", kind: "Job", ...named("work"), spec: { template, ...spec } });
  world.settle();
  return world;
}

const endOf = (world: SmallCluster) => {
  const { conditions = [], ...status } = world.get(Job, "work")?.status ?? {};
  return { status, conditions: conditions.map(({ type, reason }) => `${type} ${reason}`) };
};

const exits = (action: string, operator: string, ...values: readonly number[]) => ({
  rules: [{ action, onExitCodes: { operator, values } }],
});
const indexed = (completions: number, more: Partial<JobSpec> = {}): Partial<JobSpec> => ({
  completionMode: "Indexed",
  completions,
  parallelism: completions,
  ...more,
});

/** A Job and the codes its pods end with, index by index; how it ends. */
it.each<readonly [string, Partial<JobSpec>, readonly (readonly number[])[], string, object]>([
  [
    "a failure that fails it",
    { backoffLimit: 6, podFailurePolicy: exits("FailJob", "In", 42) },
    [[42]],
    "PodFailurePolicy",
    { failed: 1 },
  ],
  [
    "another failure than those listed",
    { backoffLimit: 0, podFailurePolicy: exits("FailJob", "NotIn", 42) },
    [[42, 1]],
    "BackoffLimitExceeded",
    { failed: 1 },
  ],
  [
    "failures that do not count",
    { backoffLimit: 0, podFailurePolicy: exits("Ignore", "In", 3) },
    [[3, 3, 0]],
    "CompletionsReached",
    { succeeded: 1 },
  ],
  [
    "an index given up",
    indexed(2, { backoffLimitPerIndex: 3, podFailurePolicy: exits("FailIndex", "In", 9) }),
    [[9], [0]],
    "FailedIndexes",
    { failed: 1, succeeded: 1, failedIndexes: "0", completedIndexes: "1" },
  ],
  [
    "indexes that fail too often",
    indexed(4, { backoffLimitPerIndex: 1 }),
    [[1], [0], [1], [1, 0]],
    "FailedIndexes",
    { failed: 5, succeeded: 2, failedIndexes: "0,2", completedIndexes: "1,3" },
  ],
  [
    "too many indexes given up",
    indexed(3, { parallelism: 1, backoffLimitPerIndex: 0, maxFailedIndexes: 0 }),
    [[1], [0], [0]],
    "MaxFailedIndexesExceeded",
    { failed: 1, failedIndexes: "0" },
  ],
  [
    "enough that succeed",
    indexed(3, { successPolicy: { rules: [{ succeededCount: 2 }] } }),
    [[0], [0], []],
    "SuccessPolicy",
    { succeeded: 2, completedIndexes: "0,1" },
  ],
  [
    "those that succeed which must",
    indexed(3, { successPolicy: { rules: [{ succeededIndexes: "2" }] } }),
    [[], [], [0]],
    "SuccessPolicy",
    { succeeded: 1, completedIndexes: "2" },
  ],
  [
    "all that succeed",
    indexed(2, { successPolicy: { rules: [{ succeededIndexes: "0-1", succeededCount: 2 }] } }),
    [[0], [0]],
    "SuccessPolicy",
    { succeeded: 2 },
  ],
])("ends by %s", (_what, spec, byIndex, reason, status) => {
  const end = endOf(ran(spec, byIndex));
  const types =
    /Policy$|Reached/.test(reason) && reason !== "PodFailurePolicy"
      ? ["SuccessCriteriaMet", "Complete"]
      : ["FailureTarget", "Failed"];
  expect(end.conditions).toEqual(types.map((type) => `${type} ${reason}`));
  expect(end.status).toMatchObject(status);
});

it("says which container and rule failed a Job", () => {
  const world = ran({ podFailurePolicy: exits("FailJob", "In", 42) }, [[42]]);
  const [pod] = world.list(Pod, "default");
  expect(world.get(Job, "work")?.status?.conditions?.at(-1)?.message).toBe(
    `Container c for pod default/${pod?.metadata.name} failed with exit code 42 matching FailJob rule at index 0`,
  );
});

it("does not count pods that are disrupted, where told so", () => {
  const world = ran(
    {
      backoffLimit: 0,
      podFailurePolicy: { rules: [{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget" }] }] },
    },
    [[]],
  );
  const pod = world.list(Pod, "default")[0] as Pod;
  const containerStatuses = pod.status?.containerStatuses as readonly ContainerStatus[];
  const conditions = [{ type: "DisruptionTarget", status: "True" as const }];
  const status = { ...pod.status, phase: "Failed" as const, conditions, containerStatuses };
  world.send({
    verb: "update",
    kind: Pod,
    namespace: "default",
    name: pod.metadata.name,
    subresource: "status",
    object: { ...pod, status } as Pod,
  });
  world.settle();
  expect(endOf(world)).toMatchObject({ conditions: [], status: { active: 1 } });
});

it("tells the pods of a Job that counts failures by index how often theirs failed", () => {
  const world = ran(indexed(1, { backoffLimitPerIndex: 2, podFailurePolicy: exits("Ignore", "In", 5) }), [[1, 5, 0]]);
  const counts = world
    .list(Pod, "default")
    .map(({ metadata: { annotations = {} } }) => [
      annotations["batch.kubernetes.io/job-index-failure-count"],
      annotations["batch.kubernetes.io/job-index-ignored-failure-count"],
    ]);
  expect(counts.map((pair) => pair.map((one) => one ?? "none").join(" ")).sort()).toEqual(["0 none", "1 1", "1 none"]);
});
