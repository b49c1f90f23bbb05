import { expect, it } from "vitest";
import { Pod, StatefulSet } from "../../../src/api/index.ts";
import { oneCluster } from "../../network/proxy/one-cluster.ts";
import { pod } from "../pods.ts";

const PORT = { ports: [{ containerPort: 80, hostPort: 21_017 }], command: ["sleep", "1d"] };

it("a node turns a pod away whose ports are taken, however it came there", () => {
  const world = oneCluster();
  world.create(Pod, pod("first", {}, PORT));
  const { nodeName = "" } = world.get(Pod, "first").spec;
  world.create(Pod, pod("second", { nodeName }, PORT));
  world.advance(2);
  const message = "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports";
  expect(world.get(Pod, "second").status).toMatchObject({
    phase: "Failed",
    reason: "NodePorts",
    message: `Pod was rejected: ${message}`,
  });
  expect(world.events("second")).toContain(`NodePorts: ${message}`);
  world.remove(Pod, "second");
  expect(world.list(Pod, "default").map(({ metadata }) => metadata.name)).toEqual(["first"]);
});

it.each([
  [
    "OutOfcpu",
    {},
    { resources: { requests: { cpu: "64" } } },
    /^Node didn't have enough resource: cpu, requested: 64000, used: \d+, capacity: 8000$/,
  ],
  [
    "NodeAffinity",
    { nodeSelector: { disk: "ssd" } },
    {},
    /^Predicate NodeAffinity failed: node\(s\) didn't match Pod's node affinity\/selector$/,
  ],
] as const)(
  "a node turns a pod away that was given to it past the scheduler: %s",
  (reason, spec, container, message) => {
    const world = oneCluster();
    world.create(Pod, pod("first", {}));
    const { nodeName = "" } = world.get(Pod, "first").spec;
    world.create(Pod, pod("second", { ...spec, nodeName }, container));
    world.advance(2);
    const { status } = world.get(Pod, "second");
    expect(status).toMatchObject({ phase: "Failed", reason });
    expect(status?.message?.replace("Pod was rejected: ", "")).toMatch(message);
  },
);

it("a StatefulSet has its pod again once there is room", () => {
  const world = oneCluster();
  world.create(Pod, pod("first", {}, PORT));
  const { nodeName = "" } = world.get(Pod, "first").spec;
  const labels = { app: "set" };
  world.send({
    verb: "create",
    kind: StatefulSet,
    namespace: "default",
    object: {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata: { name: "set", namespace: "default" },
      spec: {
        replicas: 1,
        serviceName: "set",
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { nodeName, containers: [{ name: "c", image: "busybox", ...PORT }] } },
      },
    } as StatefulSet,
  });
  world.advance(0);
  const uid = (): string | undefined =>
    world.list(Pod, "default").find(({ metadata }) => metadata.name === "set-0")?.metadata.uid;
  const first = uid();
  world.advance(30);
  expect(uid()).not.toBe(first);
  world.send({ verb: "delete", kind: Pod, namespace: "default", name: "first", options: { gracePeriodSeconds: 0 } });
  world.advance(60);
  expect(world.get(Pod, "set-0").status?.phase).toBe("Running");
});
