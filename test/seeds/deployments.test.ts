import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DaemonSet, Deployment, Pod, ReplicaSet, StatefulSet } from "../../src/api/index.ts";
import { has } from "../cli/served-fleet.ts";
import { masterAndWorkers } from "./fleets.ts";
import { myds, mysts, myweb, websvc } from "./manifests/controllers.ts";
import { rowsOf, type ServedWorld, servedWorld, table } from "./served-world.ts";

const APACHE = "Welcome to The Apache.\n";
const NGINX = "Nginx is running !\n";
const HASH = "[bcdfghjklmnpqrstvwxz2456789]{8,10}";

/** A pod one can have commands run in, as the seed runs them on the master. */
const shell = `
apiVersion: v1
kind: Pod
metadata: {name: shell}
spec: {containers: [{name: shell, image: "myos:latest", command: [sleep, infinity]}]}
`;

describe.skipIf(!has("kubectl"))("a Deployment on three workers", () => {
  let fleet: ServedWorld;
  const print = async (command: string | readonly string[], input?: string) => {
    const printed = await fleet.print(command, input);
    await fleet.world.settle();
    return printed;
  };
  const curl = async (url = "http://10.245.1.80") =>
    (await fleet.member.exec("shell", ["curl", "-m", "3", "-s", url])).stdout;
  const pods = async (labelSelector = "app=myhttp") =>
    (await fleet.member.list(Pod, { namespace: "default", labelSelector })) as readonly Pod[];
  const names = async () => (await pods()).map(({ metadata }) => metadata.name);
  const replicaSets = async () => rowsOf(await print("get replicasets.apps"));

  beforeAll(async () => {
    fleet = await servedWorld(masterAndWorkers());
    for (const [file, text] of Object.entries({ mydeploy: myweb, websvc, myds, shell }))
      writeFileSync(join(fleet.folder, `${file}.yaml`), text);
    await print("apply -f shell.yaml");
  });
  afterAll(async () => {
    await fleet.stop();
  });

  it("S2-07 S2-08 S2-09 is made of a ReplicaSet and its pods", async () => {
    expect(await print("apply -f mydeploy.yaml")).toBe("deployment.apps/myweb created\n");
    await fleet.world.advance("68s");
    const [short, wide, sets, listed] = await Promise.all([
      print("get deployments.apps"),
      print("get deployments.apps -o wide"),
      print("get replicasets.apps"),
      print("get pods -l app=myhttp"),
    ]);
    expect(short).toBe("NAME    READY   UP-TO-DATE   AVAILABLE   AGE\nmyweb   2/2     2            2           68s\n");
    expect(table(wide)[0]).toEqual("NAME READY UP-TO-DATE AVAILABLE AGE CONTAINERS IMAGES SELECTOR".split(" "));
    expect(table(wide)[1]?.slice(5)).toEqual(["apache", "myos:httpd", "app=myhttp"]);
    expect(table(sets)[0]).toEqual("NAME DESIRED CURRENT READY AGE".split(" "));
    expect(table(sets)[1]).toEqual([expect.stringMatching(`^myweb-${HASH}$`), "2", "2", "2", "68s"]);
    const set = table(sets)[1]?.[0] as string;
    expect(table(listed)[0]).toEqual("NAME READY STATUS RESTARTS AGE".split(" "));
    for (const row of table(listed).slice(1)) {
      expect(row[0]).toMatch(new RegExp(`^${set}-[bcdfghjklmnpqrstvwxz2456789]{5}$`));
      expect(row.slice(1)).toEqual(["1/1", "Running", "0", "68s"]);
    }
    const owner = (await fleet.member.get(ReplicaSet, set, "default")) as ReplicaSet;
    expect(owner.metadata.labels?.["pod-template-hash"]).toBe(set.slice("myweb-".length));
    expect(owner.metadata.ownerReferences?.[0]).toMatchObject({ kind: "Deployment", name: "myweb" });
    for (const { metadata } of await pods())
      expect(metadata.ownerReferences?.[0]).toMatchObject({ kind: "ReplicaSet", name: set });
    expect(await print(`scale rs ${set} --replicas=5`)).toBe(`replicaset.apps/${set} scaled\n`);
    expect((await replicaSets()).get(set)?.slice(1, 4)).toEqual(["2", "2", "2"]);
  });

  it("S2-11 answers at the address the Service asked for", async () => {
    expect(await print("apply -f websvc.yaml")).toBe("service/websvc created\n");
    expect(
      rowsOf(await print("get service"))
        .get("websvc")
        ?.slice(1, 3),
    ).toEqual(["ClusterIP", "10.245.1.80"]);
    expect(await print("exec shell -- curl -s -m 3 http://10.245.1.80")).toBe(APACHE);
  });

  it("S2-12 replaces a pod that was deleted, and no other", async () => {
    const [gone = "", kept = ""] = await names();
    expect(await print(`delete pod ${gone}`)).toBe(`pod "${gone}" deleted\n`);
    const now = await names();
    expect(now).toHaveLength(2);
    expect(now).toContain(kept);
    expect(now).not.toContain(gone);
    expect(new Set(now.map((name) => name.slice(0, -6))).size).toBe(1);
    expect(await curl()).toBe(APACHE);
  });

  it("S2-13 S2-14 scales down from the youngest, and up again", async () => {
    await fleet.world.advance("10s");
    const byAge = [...(await pods())].sort((left, right) =>
      (left.metadata.creationTimestamp ?? "") < (right.metadata.creationTimestamp ?? "") ? -1 : 1,
    );
    const oldest = byAge[0]?.metadata.name ?? "";
    expect(await print("scale deployment myweb --replicas=1")).toBe("deployment.apps/myweb scaled\n");
    expect(await names()).toEqual([oldest]);
    expect(await print("scale deployment myweb --replicas=3")).toBe("deployment.apps/myweb scaled\n");
    expect([(await names()).includes(oldest), (await names()).length]).toEqual([true, 3]);
    await print("scale deployment myweb --replicas=0");
    expect(await names()).toEqual([]);
    await print("scale deployment myweb --replicas=2");
  });

  it("S2-15 S2-16 S2-17 S2-18 S2-19 rolls to another image without a failed answer, and remembers why", async () => {
    const annotate = (value: string) =>
      print(["annotate", "deployments.apps", "myweb", `kubernetes.io/change-cause=${value}`]);
    await annotate("draft");
    expect(await annotate("httpd.v1")).toBe("deployment.apps/myweb annotated\n");
    await print("annotate deployments.apps myweb team=web");
    expect((await fleet.kubectl("annotate deployments.apps myweb team=other")).stderr).toContain(
      "--overwrite is false",
    );
    const [old = ""] = [...(await replicaSets()).keys()];
    const { metadata } = (await fleet.member.get(ReplicaSet, old, "default")) as ReplicaSet;
    expect(metadata.annotations?.["kubernetes.io/change-cause"]).toBe("httpd.v1");
    await fleet.member.patch(Deployment, "myweb", { spec: { minReadySeconds: 5 } });
    await fleet.member.apply(
      shell
        .replaceAll("shell", "asking")
        .replace("[sleep, infinity]", '[sh, -c, "while true; do curl -sS -m 3 http://10.245.1.80; sleep 1; done"]'),
    );
    await fleet.world.advance("5s");
    const { stdout } = await fleet.shell("sed -r 's,(image: ).*,\\1myos:nginx,' mydeploy.yaml | kubectl apply -f -");
    expect(stdout).toBe("deployment.apps/myweb configured\n");
    await fleet.world.advance("10s");
    const answers = (await fleet.member.logs("asking")).split("\n").slice(0, -1);
    expect(new Set(answers)).toEqual(new Set([APACHE.trim(), NGINX.trim()]));
    expect(answers.length).toBeGreaterThan(15);
    await fleet.member.delete(Pod, "asking");
    const sets = await replicaSets();
    expect(sets.get(old)?.slice(1, 4)).toEqual(["0", "0", "0"]);
    expect([...sets.values()].find(([name]) => name !== old)?.slice(1, 4)).toEqual(["2", "2", "2"]);
    expect(await curl()).toBe(NGINX);
    const deployment = (await fleet.member.get(Deployment, "myweb", "default")) as Deployment;
    expect(deployment.metadata.annotations).toMatchObject({ "kubernetes.io/change-cause": "httpd.v1", team: "web" });
    const rows = async () => (await print("rollout history deployment myweb")).split("\n");
    const head = ["deployment.apps/myweb ", "REVISION  CHANGE-CAUSE"];
    expect(await rows()).toEqual([...head, "1         httpd.v1", "2         httpd.v1", "", ""]);
    await annotate("nginx.v1");
    expect(await rows()).toEqual([...head, "1         httpd.v1", "2         nginx.v1", "", ""]);
  });

  it("S2-20 S2-21 goes back to a revision, which becomes the newest, in its old ReplicaSet", async () => {
    const before = [...(await replicaSets()).keys()].sort();
    expect(await print("rollout undo deployment myweb --to-revision=1")).toBe("deployment.apps/myweb rolled back\n");
    const history = await print("rollout history deployment myweb");
    expect(history.split("\n").slice(2, 4)).toEqual(["2         nginx.v1", "3         httpd.v1"]);
    expect(await curl()).toBe(APACHE);
    expect([...(await replicaSets()).keys()].sort()).toEqual(before);
    expect((await fleet.kubectl("rollout undo deployment myweb --to-revision=9")).stderr).toBe(
      "error: unable to find specified revision 9 in history\n",
    );
    await print("rollout undo deployment myweb");
    expect(await curl()).toBe(NGINX);
    for (let version = 1; version <= 12; version++) {
      await fleet.member.patch(Deployment, "myweb", {
        spec: { template: { metadata: { annotations: { version: String(version) } } } },
      });
      await fleet.world.settle();
    }
    expect((await replicaSets()).size).toBe(11);
  });

  it("S2-22 takes its ReplicaSets and pods with it", async () => {
    expect(await print("delete deployments.apps myweb")).toBe('deployment.apps "myweb" deleted\n');
    expect((await fleet.kubectl("get rs,pods -l app=myhttp")).stderr).toBe(
      "No resources found in default namespace.\n",
    );
    await print("apply -f mydeploy.yaml");
    expect(await print("delete -f mydeploy.yaml")).toBe('deployment.apps "myweb" deleted\n');
    expect((await fleet.kubectl("get rs,pods -l app=myhttp")).stderr).toBe(
      "No resources found in default namespace.\n",
    );
  });

  it("S2-23 S2-25 S2-26 S0-08 a DaemonSet stays off the tainted master and other tainted nodes", async () => {
    expect(await print("apply -f myds.yaml")).toBe("daemonset.apps/myds created\n");
    const placed = async () => (await pods()).map(({ spec }) => spec.nodeName).sort();
    expect(await placed()).toEqual(["node-0001", "node-0002", "node-0003"]);
    for (const { spec, status } of await pods()) expect(status?.podIP).toMatch(`10.244.${spec.nodeName?.slice(-1)}.`);
    await fleet.member.addNode({ name: "node-0004", podCIDR: "10.244.4.0/24" });
    await fleet.world.settle();
    expect(await placed()).toEqual(["node-0001", "node-0002", "node-0003", "node-0004"]);
    await print("delete node node-0004");
    expect(await placed()).toEqual(["node-0001", "node-0002", "node-0003"]);
    expect(await print("delete -f myds.yaml")).toBe('daemonset.apps "myds" deleted\n');
    await print("taint node node-0001 only=few:NoSchedule");
    await print("apply -f myds.yaml");
    expect(await placed()).toEqual(["node-0002", "node-0003"]);
    await print("taint node node-0001 only-");
    const system = rowsOf(await print("get ds -n kube-system"));
    expect(system.get("kube-proxy")?.slice(1, 6)).toEqual(["4", "4", "4", "4", "4"]);
    expect(system.get("kube-flannel-ds")?.slice(1, 6)).toEqual(["4", "4", "4", "4", "4"]);
  });

  it("S2-27 shares a Service with others of the same label, but never their pods", async () => {
    await print("apply -f mydeploy.yaml");
    await print("apply -f -", mysts);
    const kinds = (await pods()).map(({ metadata }) => metadata.ownerReferences?.[0]?.kind);
    expect(kinds.filter((kind) => kind === "DaemonSet")).toHaveLength(3);
    expect(kinds.filter((kind) => kind === "ReplicaSet")).toHaveLength(2);
    expect(kinds.filter((kind) => kind === "StatefulSet")).toHaveLength(3);
    const hosts = new Set<string>();
    for (let ask = 0; ask < 60; ask++) {
      const page = await curl("http://10.245.1.80/info.php");
      hosts.add(/php_host:\s+(\S+)/.exec(page)?.[1] ?? page);
    }
    expect([...hosts].sort()).toEqual([...(await names())].sort());
    for (const [kind, name] of [
      [Deployment, "myweb"],
      [StatefulSet, "mysts"],
      [DaemonSet, "myds"],
    ] as const)
      await fleet.member.delete(kind, name);
  });
});
