import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DaemonSet, Pod } from "../../src/api/index.ts";
import { has } from "../cli/served-fleet.ts";
import { fluentd, simple } from "./manifests/daemon-sets.ts";
import { follow, rowsOf, type ServedWorld, servedWorld, table } from "./served-world.ts";

const PODS = /^simple-daemonset-[bcdfghjklmnpqrstvwxz2456789]{5}$/;
const SELECTED = "-l app=simple-daemonset-app";
const worker = (name: string, place: number) => ({
  name,
  internalIP: `192.168.1.${place}`,
  externalIP: `203.0.113.${place}`,
});
/** Rows of `get ds`, counts only: desired, current, ready, up-to-date, available. */
const counts = (row: readonly string[] | undefined): readonly number[] => (row ?? []).slice(1, 6).map(Number);

describe.skipIf(!has("kubectl"))("a DaemonSet on two nodes", () => {
  let fleet: ServedWorld;
  const setOf = async (name = "simple-daemonset", namespace = "default") =>
    (await fleet.member.get(DaemonSet, name, namespace)) as DaemonSet;
  const pods = async () => (await fleet.member.list(Pod, { namespace: "default" })) as readonly Pod[];
  const nodesOf = async () => (await pods()).map(({ spec }) => spec.nodeName).sort();
  const settled = async <T>(done: Promise<T>): Promise<T> => {
    const result = await done;
    await fleet.world.settle();
    return result;
  };
  const print = (command: string | readonly string[], input?: string) => settled(fleet.print(command, input));
  const refused = async (...edits: readonly (readonly [from: string | RegExp, to: string])[]) => {
    const text = edits.map(([from, to]) => simple.replace(from, to)).join("---\n");
    const { code, stderr } = await fleet.kubectl("create -f -", text);
    expect(code).toBe(1);
    return stderr
      .trimEnd()
      .split("\n")
      .filter((line) => !line.startsWith("*"));
  };

  beforeAll(async () => {
    fleet = await servedWorld({
      startTime: new Date().toISOString(),
      members: [
        {
          name: "member1",
          version: "v1.26.0",
          nodes: [worker("k8s-node1", 11), worker("k8s-node2", 12)],
        },
      ],
    });
    writeFileSync(join(fleet.folder, "daemonset.yaml"), simple);
    writeFileSync(join(fleet.folder, "fluentd.yaml"), fluentd);
  });
  afterAll(async () => {
    await fleet.stop();
  });

  describe("made by a manifest", () => {
    it("S0-18 S0-21 is created, then unchanged; a second create is refused, in another namespace it is not", async () => {
      expect(await print("apply -f daemonset.yaml")).toBe("daemonset.apps/simple-daemonset created\n");
      expect(await print("apply -f daemonset.yaml")).toBe("daemonset.apps/simple-daemonset unchanged\n");
      expect((await fleet.kubectl("create -f daemonset.yaml")).stderr).toBe(
        'Error from server (AlreadyExists): error when creating "daemonset.yaml": daemonsets.apps "simple-daemonset" already exists\n',
      );
      await print("create namespace other");
      const elsewhere = simple.replace("  namespace: default\n", "");
      expect(await print("create -n other -f -", elsewhere)).toBe("daemonset.apps/simple-daemonset created\n");
      expect((await fleet.kubectl("create -f -", elsewhere)).stderr).toContain('"simple-daemonset" already exists');
      await print("delete namespace other --wait=false");
    });

    it("S0-01 S0-06 has one pod for each node, bound by the scheduler and owned by the set", async () => {
      const found = await pods();
      expect(found.map(({ spec }) => spec.nodeName).sort()).toEqual(["k8s-node1", "k8s-node2"]);
      for (const { metadata, spec } of found) {
        expect(metadata.name).toMatch(PODS);
        expect(metadata.ownerReferences).toEqual([expect.objectContaining({ kind: "DaemonSet", controller: true })]);
        expect(metadata.labels).toEqual({
          app: "simple-daemonset-app",
          "controller-revision-hash": expect.stringMatching(/^[bcdfghjklmnpqrstvwxz2456789]{8,10}$/),
          "pod-template-generation": "1",
        });
        expect(spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms).toEqual([
          { matchFields: [{ key: "metadata.name", operator: "In", values: [spec.nodeName] }] },
        ]);
      }
      const events = await print(
        "get events --field-selector reason=Scheduled -o jsonpath={.items[*].source.component}",
      );
      expect([...new Set(events.split(" "))]).toEqual(["default-scheduler"]);
    });

    it("S0-28 S0-30 S0-31 S0-17 shows its counts, its pods and what the server set by default", async () => {
      await fleet.world.advance("65s");
      const [sets, listed, strategy] = await Promise.all([
        print("get ds -n default -o wide"),
        print("get pods -n default -o wide"),
        fleet.shell("kubectl get daemonset simple-daemonset -n default -o json | jq -c .spec.updateStrategy"),
      ]);
      expect(sets).toMatch(
        /^NAME +DESIRED +CURRENT +READY +UP-TO-DATE +AVAILABLE +NODE SELECTOR +AGE +CONTAINERS +IMAGES +SELECTOR\n/,
      );
      expect(table(sets)[1]).toEqual(
        "simple-daemonset 2 2 2 2 2 <none> 65s nginx-container nginx:latest app=simple-daemonset-app".split(" "),
      );
      const [header, ...lines] = table(listed);
      expect(header).toEqual([
        ..."NAME READY STATUS RESTARTS AGE IP NODE".split(" "),
        "NOMINATED NODE",
        "READINESS GATES",
      ]);
      expect(lines.map((line) => [line[1], line[2], line[3], line[6]]).sort()).toEqual([
        ["1/1", "Running", "0", "k8s-node1"],
        ["1/1", "Running", "0", "k8s-node2"],
      ]);
      expect(JSON.parse(strategy.stdout)).toEqual({
        rollingUpdate: { maxSurge: 0, maxUnavailable: 1 },
        type: "RollingUpdate",
      });
      const { spec, metadata } = await setOf();
      expect([metadata.labels, spec.selector]).toEqual([undefined, { matchLabels: { app: "simple-daemonset-app" } }]);
    });

    it("S0-19 S0-20 names what a manifest must have", async () => {
      const apply = async (from: string | RegExp, to: string) =>
        (await fleet.kubectl("apply -f -", simple.replace(from, to))).stderr;
      const [kind, version, name, raw] = await Promise.all([
        apply(/^kind.*\n/m, ""),
        apply("apps/v1", "extensions/v1beta1"),
        apply("  name: simple-daemonset\n", ""),
        fleet.shell(
          `kubectl create --raw /apis/apps/v1/namespaces/default/daemonsets -f - <<'END'
{"apiVersion":"apps/v1","kind":"DaemonSet","metadata":{},"spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"a","image":"a"}]}}}}
END`,
        ),
      ]);
      expect(kind).toMatch(/Object 'Kind' is missing in|error validating data: kind not set/);
      expect(version).toContain('no matches for kind "DaemonSet" in version "extensions/v1beta1"');
      expect(version).toContain("ensure CRDs are installed first");
      expect(name).toContain("resource name may not be empty");
      expect(raw.stderr).toContain("name or generateName is required");
    });

    it("S0-22 S0-25 S0-26 tells which field is missing or does not match", async () => {
      const problems = await refused(
        [/ {2}selector:\n.*\n.*\n/, ""],
        [/ {6}containers:\n(.*\n)*/, ""],
        [/- name: nginx-container\n {8}/, "- "],
        [/ {8}image: .*\n/, ""],
        [/ {8}app: simple-daemonset-app\n/, "        app: other\n"],
      );
      // Kubernetes finds that no selector matches no labels, and does not say that it is missing.
      const texts = [
        "`selector` does not match template `labels`",
        "spec.template.spec.containers: Required value",
        "spec.template.spec.containers[0].name: Required value",
        "spec.template.spec.containers[0].image: Required value",
        "`selector` does not match template `labels`",
      ];
      for (const [index, text] of texts.entries()) expect(problems[index]).toContain(text);
      const more = simple
        .replace("simple-daemonset\n", "selects-less\n")
        .replace(/( {8})app: .*\n/, "$1app: simple-daemonset-app\n$1tier: more\n");
      expect(await print("create --dry-run=server -f -", more)).toContain("created (server dry run)");
    });

    it("S0-23 S0-24 takes names of 253 lower case characters at most", async () => {
      const named = (name: string) => ["name: simple-daemonset", `name: "${name}"`] as const;
      const [upper, underscore, dashed, dash, dot, long] = await refused(
        ...["UPPER", "Bad_Name", "-a", "a-", ".a", "x".repeat(254)].map(named),
      );
      const rule =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
      for (const line of [upper, underscore, dashed, dash, dot]) {
        expect(line).toContain("metadata.name: Invalid value: ");
        expect(line).toContain(rule);
      }
      expect(long).toMatch(/must be no more than 253 characters$/);
      const good = ["x".repeat(253), "a.b-1"].map((name) => simple.replace(...named(name))).join("---\n");
      expect((await print("create --dry-run=server -o name -f -", good)).trim().split("\n")).toHaveLength(2);
    });
  });

  describe("over its nodes", () => {
    it("S0-02 S0-03 follows the nodes that join and leave", async () => {
      await fleet.member.addNode(worker("k8s-node3", 13));
      await fleet.world.settle();
      expect(await nodesOf()).toEqual(["k8s-node1", "k8s-node2", "k8s-node3"]);
      expect(counts(rowsOf(await print("get ds")).get("simple-daemonset"))).toEqual([3, 3, 3, 3, 3]);
      expect(await print("delete node k8s-node3")).toBe('node "k8s-node3" deleted\n');
      expect(await nodesOf()).toEqual(["k8s-node1", "k8s-node2"]);
      expect(counts(rowsOf(await print("get ds")).get("simple-daemonset"))).toEqual([2, 2, 2, 2, 2]);
    });

    it("S0-05 has its pod made anew on the same node, never two on one", async () => {
      const [first] = await pods();
      const watch = follow(fleet, Pod);
      expect(await print(`delete pod ${first?.metadata.name}`)).toBe(`pod "${first?.metadata.name}" deleted\n`);
      watch.stop();
      const made = watch.seen.filter(({ type }) => type === "ADDED").map(({ object }) => object);
      expect(made).toHaveLength(3);
      expect(made.at(-1)?.spec.affinity).toEqual(first?.spec.affinity);
      expect(mostOnOneNode(watch.seen)).toBe(1);
    });

    it("S0-07 S0-45 tolerates the node's troubles, so that a cordon does not drive its pods out", async () => {
      const [pod] = await pods();
      const added = (pod?.spec.tolerations ?? []).map(({ key, effect, operator }) => `${key} ${operator} ${effect}`);
      expect(added.sort()).toEqual(
        [
          "disk-pressure Exists NoSchedule",
          "memory-pressure Exists NoSchedule",
          "not-ready Exists NoExecute",
          "pid-pressure Exists NoSchedule",
          "unreachable Exists NoExecute",
          "unschedulable Exists NoSchedule",
        ].map((text) => `node.kubernetes.io/${text}`),
      );
      expect(await print("cordon k8s-node2")).toBe("node/k8s-node2 cordoned\n");
      const cordoned = (await pods()).find(({ spec }) => spec.nodeName === "k8s-node2");
      await print(`delete pod ${cordoned?.metadata.name}`);
      expect(await nodesOf()).toEqual(["k8s-node1", "k8s-node2"]);
      await print("uncordon k8s-node2");
    });
  });

  describe("rolled out", () => {
    it("S0-32 S0-35 replaces one pod after another, each gone before the next comes", async () => {
      const watch = follow(fleet, Pod);
      expect(await print("set image daemonsets simple-daemonset nginx-container=nginx:1.14.0 -n default")).toBe(
        "daemonset.apps/simple-daemonset image updated\n",
      );
      watch.stop();
      expect(mostOnOneNode(watch.seen)).toBe(1);
      expect(fewestAvailable(watch.seen)).toBe(1);
      expect((await fleet.kubectl("set image daemonsets simple-daemonset web=nginx:1.14.0")).stderr).toBe(
        'error: unable to find container named "web"\n',
      );
    });

    it("S0-36 S0-37 tells how far it is, and what happened in which order", async () => {
      expect(await print("rollout status ds simple-daemonset -n default")).toBe(
        'daemon set "simple-daemonset" successfully rolled out\n',
      );
      const described = await print("describe ds simple-daemonset");
      for (const line of [
        /^Selector: +app=simple-daemonset-app$/m,
        /^Node-Selector: +<none>$/m,
        /^Desired Number of Nodes Scheduled: 2$/m,
        /^Current Number of Nodes Scheduled: 2$/m,
        /^Number of Nodes Scheduled with Up-to-date Pods: 2$/m,
        /^Number of Nodes Scheduled with Available Pods: 2$/m,
        /^Pods Status: +2 Running \/ 0 Waiting \/ 0 Succeeded \/ 0 Failed$/m,
        /^Pod Template:\n +Labels: +app=simple-daemonset-app$/m,
        /^ +Image: +nginx:1.14.0$/m,
      ])
        expect(described).toMatch(line);
      expect(eventPairs(described).slice(-2)).toEqual([
        "SuccessfulDelete, SuccessfulCreate",
        "SuccessfulDelete, SuccessfulCreate",
      ]);
    });

    it("S0-36 waits while a new pod is not ready", async () => {
      const slow = simple.replace(
        "        ports:",
        "        readinessProbe: {exec: {command: [cat, /ready]}, periodSeconds: 1}\n        ports:",
      );
      await fleet.print("apply -f -", slow);
      const waiting = fleet.start("rollout status ds simple-daemonset -n default");
      await waiting.printed(/^Waiting/);
      for (let updated = 0; updated < 2; updated++) {
        for (const { metadata, spec } of await pods())
          if (spec.containers[0]?.readinessProbe !== undefined)
            await fleet.member.exec(metadata.name, ["sh", "-c", "echo yes > /ready"]);
        await fleet.world.advance("10s");
      }
      const stdout = await waiting.ended;
      expect(stdout).toMatch(
        /^Waiting for daemon set "simple-daemonset" rollout to finish: (\d out of 2 new pods have been updated|\d of 2 updated pods are available)\.\.\.\n/,
      );
      expect(stdout).toMatch(/daemon set "simple-daemonset" successfully rolled out\n$/);
      await print("rollout undo ds simple-daemonset");
    });

    it("S0-38 S0-39 S0-40 S0-41 S0-42 keeps revisions, and rolls back to one, which becomes the newest", async () => {
      const history = await print("rollout history ds simple-daemonset");
      expect(history.split("\n").slice(0, 3)).toEqual([
        "daemonset.apps/simple-daemonset ",
        "REVISION  CHANGE-CAUSE",
        "1         <none>",
      ]);
      const revisions = await print("get controllerrevisions");
      expect(table(revisions)[0]).toEqual(["NAME", "CONTROLLER", "REVISION", "AGE"]);
      expect(table(revisions)[1]?.[1]).toBe("daemonset.apps/simple-daemonset");
      expect(await print("rollout history ds simple-daemonset --revision=1")).toMatch(
        /^daemonset.apps\/simple-daemonset with revision #1\nPod Template:\n(.*\n)* +Image:\s+nginx:latest\n/,
      );
      const pairs = async () => eventPairs(await print("describe ds simple-daemonset"));
      const before = await pairs();
      expect(await print("rollout undo daemonset -n default simple-daemonset --to-revision=1")).toBe(
        "daemonset.apps/simple-daemonset rolled back\n",
      );
      expect((await setOf()).spec.template.spec.containers[0]?.image).toBe("nginx:latest");
      const numbers = (await print("rollout history ds simple-daemonset")).trim().split("\n").slice(2);
      const newest = Number(numbers.at(-1)?.split(/\s+/)[0]);
      expect(numbers.map((line) => line.split(/\s+/)[0])).not.toContain("1");
      expect(await print(`rollout undo ds simple-daemonset --to-revision=${newest}`)).toBe(
        `daemonset.apps/simple-daemonset skipped rollback (current template already matches revision ${newest})\n`,
      );
      expect((await fleet.kubectl("rollout undo ds simple-daemonset --to-revision=99")).stderr).toBe(
        "error: unable to find specified revision 99 in history\n",
      );
      expect(await pairs()).toEqual([
        ...before,
        "SuccessfulDelete, SuccessfulCreate",
        "SuccessfulDelete, SuccessfulCreate",
      ]);
    });

    it("S0-39 keeps ten revisions beside the one at work", async () => {
      const set = await setOf();
      expect(set.spec.revisionHistoryLimit).toBe(10);
      for (let version = 1; version <= 12; version++) {
        await fleet.member.patch(DaemonSet, "simple-daemonset", {
          spec: { template: { metadata: { annotations: { version: String(version) } } } },
        });
        await fleet.world.settle();
      }
      const lines = (await print("rollout history ds simple-daemonset")).trim().split("\n").slice(2);
      expect(lines).toHaveLength(11);
    });

    it("S0-34 does nothing by itself when updated on deletion", async () => {
      await fleet.member.patch(DaemonSet, "simple-daemonset", {
        spec: { updateStrategy: { type: "OnDelete", rollingUpdate: null } },
      });
      const before = (await pods()).map(({ metadata }) => metadata.name);
      await print("set image ds/simple-daemonset nginx-container=nginx:1.15.0");
      expect((await pods()).map(({ metadata }) => metadata.name)).toEqual(before);
      await print(`delete pod ${before[0]}`);
      const images = (await pods()).map(({ spec }) => spec.containers[0]?.image).sort();
      expect(images).toEqual(["nginx:1.15.0", "nginx:latest"]);
      expect(counts(rowsOf(await print("get ds")).get("simple-daemonset"))).toEqual([2, 2, 2, 1, 2]);
    });

    it("S0-33 surges instead when told to; never neither, never both", async () => {
      const strategy = (maxUnavailable: number | string, maxSurge: number | string) => [
        "patch",
        "ds",
        "simple-daemonset",
        "-p",
        JSON.stringify({
          spec: { updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable, maxSurge } } },
        }),
      ];
      expect((await fleet.kubectl(strategy(0, 0))).stderr).toContain("cannot be 0 when maxSurge is 0");
      expect((await fleet.kubectl(strategy(1, 1))).stderr).toContain("may not be set when maxUnavailable is non-zero");
      const watch = follow(fleet, Pod);
      await print(strategy(0, "50%"));
      watch.stop();
      expect(mostOnOneNode(watch.seen)).toBe(2);
      expect(fewestAvailable(watch.seen)).toBe(2);
      const images = (await pods()).map(({ spec }) => spec.containers[0]?.image);
      expect(images).toEqual(["nginx:1.15.0", "nginx:1.15.0"]);
    });
  });

  describe("deleted", () => {
    it("S0-04 S0-43 S0-44 takes its pods with it, or leaves them to the next of its kind", async () => {
      const names = async () => (await pods()).map(({ metadata }) => metadata.name).sort();
      expect(await print("delete ds simple-daemonset -n default")).toBe('daemonset.apps "simple-daemonset" deleted\n');
      const { stdout, stderr } = await fleet.kubectl("get pods,controllerrevisions");
      expect([stdout, stderr]).toEqual(["", "No resources found in default namespace.\n"]);
      await print("apply -f daemonset.yaml");
      const before = await names();
      await print("delete ds simple-daemonset --cascade=orphan");
      expect([before.length, await names()]).toEqual([2, before]);
      await print("apply -f daemonset.yaml");
      expect(await names()).toEqual(before);
      const { metadata } = await setOf();
      for (const pod of await pods()) expect(pod.metadata.ownerReferences?.[0]?.uid).toBe(metadata.uid);
      expect(await print("delete -f daemonset.yaml")).toBe('daemonset.apps "simple-daemonset" deleted\n');
      expect((await fleet.kubectl("delete -f daemonset.yaml")).stderr).toBe(
        'Error from server (NotFound): error when deleting "daemonset.yaml": daemonsets.apps "simple-daemonset" not found\n',
      );
    });
  });

  it("S0-29 counts each thing by itself", async () => {
    const probed = simple.replace(
      "        ports:",
      "        readinessProbe: {exec: {command: [cat, /ready]}, periodSeconds: 1}\n        ports:",
    );
    await print("apply -f -", probed.replace("spec:\n", "spec:\n  minReadySeconds: 30\n"));
    const look = async () => counts(rowsOf(await print("get ds")).get("simple-daemonset"));
    expect(await look()).toEqual([2, 2, 0, 2, 0]);
    const [first] = await pods();
    const watch = follow(fleet, DaemonSet);
    await print(["exec", first?.metadata.name ?? "", "--", "sh", "-c", "echo yes > /ready"]);
    await fleet.world.advance("1m");
    watch.stop();
    expect(watch.seen.map(({ object: { status } }) => [status?.numberReady, status?.numberAvailable ?? 0])).toEqual([
      [0, 0],
      [1, 0],
      [1, 1],
    ]);
    expect(await look()).toEqual([2, 2, 1, 2, 1]);
    await print("label node k8s-node1 role=worker");
    await print([
      "patch",
      "ds",
      "simple-daemonset",
      "-p",
      '{"spec":{"updateStrategy":{"type":"OnDelete","rollingUpdate":null},"template":{"spec":{"nodeSelector":{"role":"worker"}}}}}',
    ]);
    const row = rowsOf(await print("get ds")).get("simple-daemonset");
    const ready = first?.spec.nodeName === "k8s-node1" ? "1" : "0";
    expect([row?.slice(1, 5), row?.[6]]).toEqual([["1", "1", ready, "0"], "role=worker"]);
    await print(`delete pod ${SELECTED}`);
    expect(await look()).toEqual([1, 1, 0, 1, 0]);
    await print("delete ds simple-daemonset");
    await print("label node k8s-node1 role-");
  });
});

type Seen = readonly { readonly type: string; readonly object: Pod }[];

/** Replays what a watch saw: after each event the pods that are there. */
function* states(seen: Seen): Generator<readonly Pod[]> {
  const there = new Map<string, Pod>();
  for (const { type, object } of seen) {
    if (type === "DELETED") there.delete(object.metadata.name);
    else there.set(object.metadata.name, object);
    yield [...there.values()];
  }
}

/** How many pods one node had at most. */
function mostOnOneNode(seen: Seen): number {
  let most = 0;
  for (const there of states(seen))
    for (const { spec } of there) {
      const bound = there.filter((pod) => spec.nodeName !== undefined && pod.spec.nodeName === spec.nodeName);
      most = Math.max(most, bound.length);
    }
  return most;
}

/** How few pods were available at any time after both were there. */
function fewestAvailable(seen: Seen): number {
  let fewest = Number.POSITIVE_INFINITY;
  for (const there of [...states(seen)].slice(2)) {
    const available = there.filter(
      ({ metadata, status }) =>
        metadata.deletionTimestamp === undefined &&
        status?.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True"),
    );
    fewest = Math.min(fewest, available.length);
  }
  return fewest;
}

/** The reasons of events a description lists, two by two. */
function eventPairs(described: string): readonly string[] {
  const reasons = [...described.matchAll(/ Successful(Create|Delete) /g)].map(([text]) => text.trim());
  const pairs: string[] = [];
  for (let at = reasons.length % 2; at < reasons.length; at += 2) pairs.push(reasons.slice(at, at + 2).join(", "));
  return pairs;
}
