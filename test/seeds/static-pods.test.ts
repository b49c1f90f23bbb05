import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DaemonSet, Pod, ReplicaSet } from "../../src/api/index.ts";
import { has } from "../cli/served-fleet.ts";
import { type ServedWorld, servedWorld, table } from "./served-world.ts";

const MANIFEST = "/etc/kubernetes/manifests/web.yaml";
const manifest = (more = "", name = "web") => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}, labels: {app: web}}
spec:
  ${more}
  containers:
  - name: web
    image: nginx:1.27
    ports: [{containerPort: 80}]
`;

describe.skipIf(!has("kubectl"))("static pods", () => {
  let fleet: ServedWorld;
  const print = async (command: string | readonly string[], input?: string) => {
    const printed = await fleet.print(command, input);
    await fleet.world.settle();
    return printed;
  };
  /** Puts a file into the manifest folder of a node, as somebody there would. */
  const place = async (text: string, path = MANIFEST, node = "node1") => {
    await fleet.member.execOnNode(node, ["sh", "-c", `cat > ${path} <<'END'\n${text}\nEND`]);
    await fleet.world.settle();
  };
  const removed = async (path = MANIFEST) => {
    await fleet.member.execOnNode("node1", ["rm", path]);
    await fleet.world.settle();
  };
  const mirror = async (name = "web-node1") => (await fleet.member.get(Pod, name, "default")) as Pod;

  beforeAll(async () => {
    fleet = await servedWorld({ members: [{ name: "member1", nodes: [{ name: "node1" }, { name: "node2" }] }] });
  });
  afterAll(async () => {
    await fleet.stop();
  });

  it("S1-11 run on their node as long as their manifest is there, without a scheduler", async () => {
    await place(manifest());
    const [, row] = table(await print("get pods -o wide"));
    expect([row?.slice(0, 3), row?.[6]]).toEqual([["web-node1", "1/1", "Running"], "node1"]);
    const reasons = await print("get events -o jsonpath={.items[*].reason}");
    expect(reasons.split(" ")).toEqual(expect.arrayContaining(["Created", "Started"]));
    expect(reasons.split(" ")).not.toContain("Scheduled");
    expect((await fleet.member.request(undefined, `http://${(await mirror()).status?.podIP}`)).ok).toBe(true);
    await removed();
    expect((await fleet.kubectl("get pods")).stderr).toBe("No resources found in default namespace.\n");
  });

  it("S1-11 are made by who gets at the node's folder through the API, too", async () => {
    const script = `cat > /host/etc/kubernetes/manifests/made.yaml <<'END'\n${manifest("", "made")}\nEND`;
    const { stderr } = await fleet.kubectl([
      ..."debug node/node2 -i --image=busybox --profile=general -- sh -c".split(" "),
      script,
    ]);
    expect(stderr).not.toContain("error");
    await fleet.world.settle();
    expect((await mirror("made-node2")).spec.nodeName).toBe("node2");
  });

  it("S1-12 have a mirror in the API, which comes back and belongs to nobody else", async () => {
    await place(manifest());
    const before = await mirror();
    const { annotations = {}, ownerReferences } = before.metadata;
    expect(annotations["kubernetes.io/config.mirror"]).toBe(annotations["kubernetes.io/config.hash"]);
    expect(annotations["kubernetes.io/config.source"]).toBe("file");
    expect(ownerReferences).toEqual([expect.objectContaining({ kind: "Node", name: "node1", controller: true })]);
    expect(await print("delete pod web-node1")).toBe('pod "web-node1" deleted\n');
    const after = await mirror();
    expect(after.metadata.uid).not.toBe(before.metadata.uid);
    expect(after.status?.containerStatuses?.[0]).toMatchObject({
      restartCount: 0,
      containerID: before.status?.containerStatuses?.[0]?.containerID,
    });
    const spec = {
      selector: { matchLabels: { app: "web" } },
      template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "c", image: "nginx" }] } },
    };
    await fleet.member.apply({
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      metadata: { name: "web" },
      spec: { ...spec, replicas: 1 },
    });
    await fleet.member.apply({ apiVersion: "apps/v1", kind: "DaemonSet", metadata: { name: "web" }, spec });
    await fleet.world.settle();
    expect((await mirror()).metadata.ownerReferences?.map(({ kind }) => kind)).toEqual(["Node"]);
    expect((await fleet.member.get(ReplicaSet, "web", "default"))?.status?.replicas).toBe(1);
    await fleet.member.delete(ReplicaSet, "web");
    await fleet.member.delete(DaemonSet, "web");
  });

  it("S1-13 are probed", async () => {
    await place(
      manifest().replace(
        "    ports:",
        "    livenessProbe: {exec: {command: [cat, /alive]}, periodSeconds: 5, failureThreshold: 1}\n    ports:",
      ),
    );
    await fleet.world.advance("12s");
    expect((await mirror()).status?.containerStatuses?.[0]?.restartCount).toBeGreaterThan(0);
    expect(await print("get events -o jsonpath={.items[*].reason}")).toContain("Unhealthy");
  });

  it.each([
    ["Never", "Failed", 0],
    ["OnFailure", "Running", 1],
    ["Always", "Running", 1],
  ])("S1-25 are restarted as their policy %s says", async (policy, phase, restarts) => {
    await place(
      manifest(`restartPolicy: ${policy}`).replace(
        "    ports:",
        '    command: [sh, -c, "sleep 5; exit 1"]\n    ports:',
      ),
    );
    await fleet.world.advance("17s");
    const { status } = await mirror();
    expect([status?.phase, status?.containerStatuses?.[0]?.restartCount]).toEqual([phase, restarts]);
  });

  it("start again with their machine", async () => {
    await place(manifest());
    await fleet.member.crashNode("node1");
    await fleet.world.advance("1m");
    expect((await mirror()).status?.conditions?.find(({ type }) => type === "Ready")?.status).toBe("False");
    await fleet.member.restartNode("node1");
    await fleet.world.advance("1m");
    expect((await mirror()).status?.conditions?.find(({ type }) => type === "Ready")?.status).toBe("True");
  });
});
