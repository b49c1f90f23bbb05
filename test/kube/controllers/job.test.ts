import { describe, expect, it } from "vitest";
import { CronJob, type CronJobSpec, Job, type JobSpec, Pod } from "../../../src/api/index.ts";
import { isConditionTrue } from "../../../src/apimachinery/index.ts";
import type { SmallCluster } from "../small-cluster.ts";
import { clusterOf, endingRuntime, named, told } from "./workloads.ts";

function job(image: string, spec: Partial<JobSpec> = {}, restartPolicy: "Never" | "OnFailure" = "Never"): Job {
  const template = { spec: { restartPolicy, containers: [{ name: "c", image }] } };
  return { apiVersion: "batch/v1", kind: "Job", ...named("work"), spec: { template, ...spec } };
}

const isTrue = (world: SmallCluster, type: string): boolean =>
  isConditionTrue(world.get(Job, "work")?.status?.conditions, type);

describe("the Job controller", () => {
  it("S2-29 S2-30 runs a pod to its end", () => {
    const world = clusterOf(1, endingRuntime);
    world.apply(Job, job("exit:0"));
    world.settle();
    expect(isTrue(world, "Complete")).toBe(true);
    expect(world.get(Job, "work")?.status).toMatchObject({ succeeded: 1, completionTime: expect.any(String) });
    const [pod] = world.list(Pod, "default");
    expect(pod?.metadata.name).toMatch(/^work-[a-z0-9]{5}$/);
    expect(pod?.metadata.labels).toMatchObject({ "job-name": "work", "batch.kubernetes.io/job-name": "work" });
    expect(told(world, "job-controller")).toContain("Job completed");
  });

  it("S2-32 runs as many side by side as it may, until enough have succeeded", () => {
    const world = clusterOf(1, endingRuntime);
    let most = 0;
    world.loop.trace.observe(({ subject }) => {
      if (!subject.startsWith("pods ")) return;
      most = Math.max(most, world.list(Pod, "default").filter(({ status }) => status?.phase !== "Succeeded").length);
    });
    world.apply(Job, job("exit:0", { completions: 3, parallelism: 2 }));
    world.settle();
    expect(world.get(Job, "work")?.status?.succeeded).toBe(3);
    expect(world.list(Pod, "default")).toHaveLength(3);
    expect(most).toBe(2);
  });

  it("S2-31 tries again with growing patience, and gives up at the backoff limit", () => {
    const world = clusterOf(1, endingRuntime);
    const startMs = world.loop.nowMs();
    world.apply(Job, job("exit:1", { backoffLimit: 2 }));
    world.settle();
    expect(isTrue(world, "Failed")).toBe(true);
    expect(world.get(Job, "work")?.status?.conditions?.at(-1)?.reason).toBe("BackoffLimitExceeded");
    expect(world.list(Pod, "default")).toHaveLength(3);
    expect(world.loop.nowMs() - startMs).toBeGreaterThanOrEqual(30_000);
    expect(told(world, "job-controller")).toContain("Job has reached the specified backoff limit");
  });

  it("S2-31 lets containers be restarted in place when told so", () => {
    const world = clusterOf(1, endingRuntime);
    world.apply(Job, job("exit:1", { backoffLimit: 2 }, "OnFailure"));
    world.settle();
    world.advance(600);
    expect(isTrue(world, "Failed")).toBe(true);
    expect(world.list(Pod, "default")).toEqual([]);
  });

  it("stops pods when its time is up", () => {
    const world = clusterOf(1, endingRuntime);
    world.apply(Job, job("nginx", { activeDeadlineSeconds: 60 }));
    world.settle();
    expect(isTrue(world, "Failed")).toBe(false);
    world.advance(120);
    expect(world.get(Job, "work")?.status?.conditions?.at(-1)).toMatchObject({
      type: "Failed",
      reason: "DeadlineExceeded",
    });
    expect(world.list(Pod, "default")).toEqual([]);
  });

  it("gives the pods of an Indexed Job their indexes", () => {
    const world = clusterOf(1, endingRuntime);
    world.apply(Job, job("exit:0", { completionMode: "Indexed", completions: 3, parallelism: 3 }));
    world.settle();
    const indexes = world
      .list(Pod, "default")
      .map(({ metadata }) => metadata.labels?.["batch.kubernetes.io/job-completion-index"]);
    expect([...indexes].sort()).toEqual(["0", "1", "2"]);
    expect(world.get(Job, "work")?.status).toMatchObject({ succeeded: 3, completedIndexes: "0-2" });
  });

  it("rests while suspended", () => {
    const world = clusterOf(1, endingRuntime);
    world.apply(Job, job("nginx", { suspend: true }));
    world.settle();
    expect(isTrue(world, "Suspended")).toBe(true);
    expect(world.list(Pod, "default")).toEqual([]);
    const suspended = world.get(Job, "work") as Job;
    world.apply(Job, { ...suspended, spec: { ...suspended.spec, suspend: false } });
    world.settle();
    expect(world.get(Job, "work")?.status?.active).toBe(1);
  });

  it("S2-33 stays when it is finished, unless its time to live is over", () => {
    const world = clusterOf(1, endingRuntime);
    world.apply(Job, job("exit:0", { ttlSecondsAfterFinished: 100 }));
    world.settle();
    world.advance(90);
    expect(world.get(Job, "work")).toBeDefined();
    world.advance(30);
    expect(world.get(Job, "work")).toBeUndefined();
    expect(world.list(Pod, "default")).toEqual([]);
  });
});

describe("the CronJob controller", () => {
  const cronJob = (image: string, spec: Partial<CronJobSpec> = {}): CronJob => ({
    apiVersion: "batch/v1",
    kind: "CronJob",
    ...named("tick"),
    spec: { schedule: "*/1 * * * *", jobTemplate: { spec: job(image).spec }, ...spec },
  });
  const jobs = (world: SmallCluster): readonly string[] =>
    world.list(Job, "default").map(({ metadata }) => metadata.name);
  const minute = (world: SmallCluster): number => Math.floor(world.loop.nowMs() / 60_000);

  it("S2-35 S2-36 makes a Job at each minute, named after it", () => {
    const world = clusterOf(1, endingRuntime);
    world.apply(CronJob, cronJob("nginx"));
    world.settle();
    expect(jobs(world)).toEqual([]);
    const due = minute(world) + 1;
    world.advance(63);
    expect(jobs(world)).toEqual([`tick-${due}`]);
    expect(world.get(CronJob, "tick")?.status).toMatchObject({
      active: [{ kind: "Job", name: `tick-${due}`, uid: world.get(Job, `tick-${due}`)?.metadata.uid }],
      lastScheduleTime: new Date(due * 60_000).toISOString().replace(".000", ""),
    });
    expect(world.list(Pod, "default")[0]?.metadata.name).toMatch(new RegExp(`^tick-${due}-[a-z0-9]{5}$`));
    expect(told(world, "cronjob-controller")).toEqual([`Created job tick-${due}`]);
  });

  it("keeps so many finished Jobs and no more", () => {
    const world = clusterOf(1, endingRuntime);
    world.apply(CronJob, cronJob("exit:0", { successfulJobsHistoryLimit: 2 }));
    world.advance(330);
    expect(jobs(world)).toHaveLength(2);
    const status = world.get(CronJob, "tick")?.status;
    expect(status?.active).toBeUndefined();
    expect(status?.lastSuccessfulTime).toBeDefined();
  });

  it.each([
    ["Allow", 3],
    ["Forbid", 1],
    ["Replace", 1],
  ] as const)("%s: of three Jobs that do not end, %i are there", (concurrencyPolicy, count) => {
    const world = clusterOf(1, endingRuntime);
    world.apply(CronJob, cronJob("nginx", { concurrencyPolicy }));
    const first = minute(world) + 1;
    world.advance(190);
    expect(jobs(world)).toHaveLength(count);
    expect(jobs(world).includes(`tick-${first}`)).toBe(concurrencyPolicy !== "Replace");
  });

  it("makes no Job while suspended", () => {
    const world = clusterOf(1, endingRuntime);
    world.apply(CronJob, cronJob("exit:0", { suspend: true }));
    world.advance(200);
    expect(jobs(world)).toEqual([]);
  });
});
