import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CronJob, Job, PersistentVolumeClaim, Pod, StatefulSet } from "../../src/api/index.ts";
import { isConditionTrue } from "../../src/apimachinery/index.ts";
import { has } from "../cli/served-fleet.ts";
import { masterAndWorkers } from "./fleets.ts";
import { cronJob, myjob, mysts, mysvc } from "./manifests/controllers.ts";
import { follow, rowsOf, type ServedWorld, servedWorld, table } from "./served-world.ts";

const shell = (node: string, name = "shell") => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}}
spec:
  nodeName: ${node}
  tolerations: [{operator: Exists}]
  containers: [{name: shell, image: "myos:latest", command: [sleep, infinity]}]
`;

describe.skipIf(!has("kubectl"))("work that ends, and pods with names", () => {
  let fleet: ServedWorld;
  const print = async (command: string | readonly string[], input?: string) => {
    const printed = await fleet.print(command, input);
    await fleet.world.settle();
    return printed;
  };
  const none = async (kinds: string) => (await fleet.kubectl(`get ${kinds}`)).stderr;
  const NOTHING = "No resources found in default namespace.\n";
  const podNames = async (labelSelector = "app=myhttp") =>
    (await fleet.member.list(Pod, { namespace: "default", labelSelector })).map(({ metadata }) => metadata.name);
  const exec = async (...argv: readonly string[]) => (await fleet.member.exec("shell", argv)).stdout;

  beforeAll(async () => {
    fleet = await servedWorld(masterAndWorkers("2022-06-27T09:25:54Z"));
    for (const [file, text] of Object.entries({ myjob, mycj: cronJob("*/1 * * * 1-5"), mysvc, mysts }))
      writeFileSync(join(fleet.folder, `${file}.yaml`), text);
  });
  afterAll(async () => {
    await fleet.stop();
  });

  describe("Jobs", () => {
    it("S2-28 S2-29 S2-30 S2-33 sleep as long as they are told to", async () => {
      expect(await print("apply -f myjob.yaml")).toBe("job.batch/myjob created\n");
      await fleet.world.advance("3s");
      const header = "NAME COMPLETIONS DURATION AGE".split(" ");
      expect(table(await print("get jobs.batch"))).toEqual([header, ["myjob", "0/1", "3s", "3s"]]);
      const [, pod] = table(await print("get pods -l job-name=myjob"));
      expect(pod).toEqual([
        expect.stringMatching(/^myjob-[bcdfghjklmnpqrstvwxz2456789]{5}$/),
        "1/1",
        "Running",
        "0",
        "3s",
      ]);
      await fleet.world.advance("61s");
      expect(table(await print("get jobs.batch"))[1]).toEqual([
        "myjob",
        "1/1",
        expect.stringMatching(/^3[01]s$/),
        "64s",
      ]);
      expect(table(await print("get pods -l job-name=myjob"))[1]?.slice(1, 3)).toEqual(["0/1", "Completed"]);
      expect(await print("delete -f myjob.yaml")).toBe('job.batch "myjob" deleted\n');
      expect(await none("jobs,pods")).toBe(NOTHING);
    });
  });

  describe("CronJobs", () => {
    const made = async (name: string, text: string) => {
      await print("apply -f -", text);
      const { metadata } = (await fleet.member.get(CronJob, name, "default")) as CronJob;
      return async () =>
        ((await fleet.member.list(Job, { namespace: "default" })) as readonly Job[]).filter(
          (job) => job.metadata.ownerReferences?.[0]?.uid === metadata.uid,
        );
    };

    it("S2-34 S2-35 S2-36 S2-38 S2-42 start a job a minute, and keep the last three", async () => {
      const startMs = Date.parse("2022-06-27T09:26:00Z");
      while (fleet.world.nowMs() % 60_000 > 0) await fleet.world.advanceMs(60_000 - (fleet.world.nowMs() % 60_000));
      const minute = Math.floor(fleet.world.nowMs() / 60_000) + 1;
      expect(fleet.world.nowMs()).toBeGreaterThan(startMs);
      await fleet.world.advance("10s");
      expect(await print("apply -f mycj.yaml")).toBe("cronjob.batch/mycronjob created\n");
      await fleet.world.advance("4s");
      expect(table(await print("get cronjobs.batch"))).toEqual([
        ["NAME", "SCHEDULE", "SUSPEND", "ACTIVE", "LAST SCHEDULE", "AGE"],
        ["mycronjob", "*/1 * * * 1-5", "False", "0", "<none>", "4s"],
      ]);
      expect([await none("jobs.batch"), await none("pods")]).toEqual([NOTHING, NOTHING]);
      await fleet.world.advance("49s");
      expect(table(await print("get jobs.batch"))[1]).toEqual([`mycronjob-${minute}`, "0/1", "3s", "3s"]);
      expect(table(await print("get pods"))[1]?.[0]).toMatch(new RegExp(`^mycronjob-${minute}-\\w{5}$`));
      expect(table(await print("get cronjobs.batch"))[1]?.slice(3, 5)).toEqual(["1", "3s"]);
      await fleet.world.advance("3m");
      const states = async () =>
        table(await print("get jobs.batch"))
          .slice(1)
          .map((row) => `${row[0]} ${row[1]}`);
      expect(await states()).toEqual([
        ...[0, 1, 2].map((after) => `mycronjob-${minute + after} 1/1`),
        `mycronjob-${minute + 3} 0/1`,
      ]);
      await fleet.world.advance("30s");
      expect(await states()).toEqual([1, 2, 3].map((after) => `mycronjob-${minute + after} 1/1`));
      expect(await print("delete -f mycj.yaml")).toBe('cronjob.batch "mycronjob" deleted\n');
      expect(await none("jobs,pods")).toBe(NOTHING);
    });

    it("S2-39 keep one job that failed", async () => {
      const failing = cronJob("* * * * *", { name: "failing", command: '["false"]' }).replace(
        "      template:",
        "      backoffLimit: 0\n      template:",
      );
      const jobs = await made("failing", failing);
      await fleet.world.advance("4m");
      expect((await jobs()).map(({ status }) => isConditionTrue(status?.conditions, "Failed"))).toEqual([true]);
      await fleet.member.delete(CronJob, "failing");
    });

    it("S2-40 read five fields with lists, ranges, steps and names, and say what they cannot read", async () => {
      for (const schedule of ["* * *", "60 * * * *", "* * * * mon-fry", "@often"]) {
        const { stderr } = await fleet.kubectl("apply -f -", cronJob(schedule, { name: "bad" }));
        expect(stderr).toContain(`spec.schedule: Invalid value: "${schedule}"`);
      }
      const good = ["0,30 8-18/2 1 jan,jul mon-fri", "@hourly", "5 4 * * sun"];
      for (const [index, schedule] of good.entries())
        await fleet.member.apply(cronJob(schedule, { name: `good-${index}` }));
      await fleet.member.deleteMatching({
        apiVersion: "batch/v1",
        kind: "CronJob",
        metadata: { namespace: "default" },
      });
    });

    it("S2-41 rest while suspended, and let a job that takes long run beside, before or instead of the next", async () => {
      const suspended = await made("still", cronJob("* * * * *", { name: "still", spec: "suspend: true" }));
      const command = '["sleep", "150"]';
      const of = (policy: string) =>
        made(
          policy.toLowerCase(),
          cronJob("* * * * *", { name: policy.toLowerCase(), spec: `concurrencyPolicy: ${policy}`, command }),
        );
      const [allowed, forbidden, replaced] = [await of("Allow"), await of("Forbid"), await of("Replace")];
      while (fleet.world.nowMs() % 60_000 > 0) await fleet.world.advanceMs(60_000 - (fleet.world.nowMs() % 60_000));
      await fleet.world.advance("125s");
      /** The minutes of the jobs at work, counted back from the present one. */
      const active = async (jobs: typeof allowed) =>
        (await jobs())
          .filter(({ status }) => (status?.active ?? 0) > 0)
          .map(({ metadata }) => Math.floor(fleet.world.nowMs() / 60_000) - Number(metadata.name.split("-").at(-1)))
          .sort();
      expect([await active(allowed), await active(forbidden), await active(replaced)]).toEqual([[0, 1, 2], [2], [0]]);
      expect([await suspended(), rowsOf(await print("get cronjobs")).get("still")?.[2]]).toEqual([[], "True"]);
      await print("delete cronjobs --all");
    });
  });

  describe("StatefulSets", () => {
    it("S2-45 need no Service to run, only to be found by name", async () => {
      await fleet.member.apply(shell("node-0001"));
      await print("apply -f mysts.yaml");
      expect(await podNames()).toEqual(["mysts-0", "mysts-1", "mysts-2"]);
      expect(await exec("host", "mysts-0.mysvc.default.svc.cluster.local", "10.245.0.10")).toContain("NXDOMAIN");
      await print("delete -f mysts.yaml");
    });

    it("S2-43 S2-44 come one after another, each when the one before is ready", async () => {
      expect(await print("apply -f mysvc.yaml")).toBe("service/mysvc created\n");
      await fleet.world.advance("61s");
      const services = await print("get service");
      expect(table(services)[0]).toEqual("NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE".split(" "));
      expect(rowsOf(services).get("mysvc")).toEqual("mysvc ClusterIP None <none> 80/TCP 61s".split(" "));
      expect(rowsOf(services).has("kubernetes")).toBe(true);
      const watch = follow(fleet, Pod);
      expect(await print("apply -f mysts.yaml")).toBe("statefulset.apps/mysts created\n");
      watch.stop();
      const ready = new Set<string>();
      const order: string[] = [];
      for (const { type, object } of watch.seen) {
        if (object.metadata.labels?.app !== "myhttp") continue;
        if (type === "ADDED") order.push(`${object.metadata.name} after ${[...ready].sort().join(" ")}`);
        if (isConditionTrue(object.status?.conditions, "Ready")) ready.add(object.metadata.name);
      }
      expect(order).toEqual(["mysts-0 after ", "mysts-1 after mysts-0", "mysts-2 after mysts-0 mysts-1"]);
      expect(table(await print("get sts"))).toEqual([
        ["NAME", "READY", "AGE"],
        ["mysts", "3/3", "0s"],
      ]);
    });

    it("S2-46 S2-47 are found by name, one and all", async () => {
      const ips = new Map(
        ((await fleet.member.list(Pod, { namespace: "default", labelSelector: "app=myhttp" })) as readonly Pod[]).map(
          ({ metadata, status }) => [metadata.name, status?.podIP ?? ""],
        ),
      );
      const head = "Using domain server:\nName: 10.245.0.10\nAddress: 10.245.0.10#53\nAliases: \n\n";
      const name = "mysts-0.mysvc.default.svc.cluster.local";
      expect(await print(`exec shell -- host ${name} 10.245.0.10`)).toBe(
        `${head}${name} has address ${ips.get("mysts-0")}\n`,
      );
      const all = await print("exec shell -- host mysvc.default.svc.cluster.local 10.245.0.10");
      expect(all.slice(head.length).trim().split("\n").sort()).toEqual(
        [...ips.values()].map((ip) => `mysvc.default.svc.cluster.local has address ${ip}`).sort(),
      );
    });

    it("S2-48 tell who asked, from the master's place in the pod network", async () => {
      const pod = (await fleet.member.get(Pod, "mysts-2", "default")) as Pod;
      const url = `http://${pod.status?.podIP}/info.php`;
      const { stdout } = await fleet.member.execOnNode("master", ["curl", "-m", "3", "-s", url]);
      for (const line of [
        /^<pre>\nArray\n\(\n/,
        /^ {4}\[REMOTE_ADDR\] => 10\.244\.0\.0$/m,
        /^ {4}\[REQUEST_METHOD\] => GET$/m,
        /^ {4}\[HTTP_USER_AGENT\] => curl\/\S+$/m,
        /^ {4}\[REQUEST_URI\] => \/info\.php$/m,
        /^php_host:\s+mysts-2\n\d+\n$/m,
      ])
        expect(stdout).toMatch(line);
    });

    it("S2-49 keep their names, which follow them to another address", async () => {
      const before = (await fleet.member.get(Pod, "mysts-1", "default")) as Pod;
      await print("delete pod mysts-1");
      const after = (await fleet.member.get(Pod, "mysts-1", "default")) as Pod;
      expect(after.metadata.uid).not.toBe(before.metadata.uid);
      expect(after.status?.podIP).not.toBe(before.status?.podIP);
      expect(after.metadata.labels?.["statefulset.kubernetes.io/pod-name"]).toBe("mysts-1");
      expect((await fleet.member.exec("mysts-1", ["hostname"])).stdout).toBe("mysts-1\n");
      await fleet.world.advance("31s");
      expect(await exec("host", "mysts-1.mysvc.default.svc.cluster.local")).toContain(
        `has address ${after.status?.podIP}`,
      );
    });

    it("S2-50 go from the last, are renewed from the last, and may come all at once", async () => {
      const orderOf = async (change: () => Promise<unknown>, type: "ADDED" | "DELETED") => {
        const watch = follow(fleet, Pod);
        const there = new Set(await podNames());
        await change();
        await fleet.world.settle();
        watch.stop();
        const seen = watch.seen.filter(
          (event) => event.type === type && event.object.metadata.labels?.app === "myhttp",
        );
        return seen.map(({ object }) => object.metadata.name).slice(type === "ADDED" ? there.size : 0);
      };
      expect(await orderOf(() => print("set image sts/mysts apache=myos:nginx"), "DELETED")).toEqual([
        "mysts-2",
        "mysts-1",
        "mysts-0",
      ]);
      expect(await orderOf(() => print("scale sts mysts --replicas=1"), "DELETED")).toEqual(["mysts-2", "mysts-1"]);
      await print("delete -f mysts.yaml");
      const parallel = mysts.replace("spec:\n", "spec:\n  podManagementPolicy: Parallel\n");
      const broken = parallel.replace(
        "        ports:",
        '        readinessProbe: {exec: {command: ["false"]}}\n        ports:',
      );
      await print("apply -f -", broken);
      expect(await podNames()).toEqual(["mysts-0", "mysts-1", "mysts-2"]);
      await print("delete -f mysts.yaml");
    });

    it("S2-51 keep their storage, over new pods and beyond the set", async () => {
      const claimed = `${mysts.trimEnd()}
        volumeMounts: [{name: data, mountPath: /data}]
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
`;
      await print("apply -f -", claimed);
      const claims = async () =>
        (await fleet.member.list(PersistentVolumeClaim, { namespace: "default" })).map(({ metadata }) => metadata.name);
      expect(await claims()).toEqual(["data-mysts-0", "data-mysts-1", "data-mysts-2"]);
      await fleet.member.exec("mysts-1", ["sh", "-c", "echo kept > /data/file"]);
      await print("delete pod mysts-1");
      expect((await fleet.member.exec("mysts-1", ["cat", "/data/file"])).stdout).toBe("kept\n");
      expect((await fleet.member.exec("mysts-0", ["ls", "/data"])).stdout).toBe("");
      await fleet.member.delete(StatefulSet, "mysts");
      await fleet.world.settle();
      expect(await claims()).toHaveLength(3);
      await print("delete pvc --all");
    });

    it("S2-52 go with their Service", async () => {
      await print("apply -f mysts.yaml");
      expect(await print("delete -f mysts.yaml -f mysvc.yaml")).toBe(
        'statefulset.apps "mysts" deleted\nservice "mysvc" deleted\n',
      );
      expect(await podNames()).toEqual([]);
    });
  });
});
