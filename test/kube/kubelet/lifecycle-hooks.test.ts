import { expect, it } from "vitest";
import type { Container, LifecycleHandler, PodSpec } from "../../../src/api/index.ts";
import { Pod } from "../../../src/api/index.ts";
import { type OneCluster, oneCluster } from "../../network/proxy/one-cluster.ts";
import { pod } from "../pods.ts";

const SHARED = { volumes: [{ name: "s", emptyDir: {} }] };

function hooked(name: string, lifecycle: NonNullable<Container["lifecycle"]>, spec: Partial<PodSpec> = {}): Pod {
  const mounts = { volumeMounts: [{ name: "s", mountPath: "/s" }] };
  const container = { name: "c", image: "busybox", command: ["pause"], lifecycle, ...mounts };
  const second = { name: "d", image: "busybox", command: ["sleep", "1d"], ...mounts };
  return pod(name, { ...SHARED, containers: [container, second], ...spec });
}

const sh = (script: string): LifecycleHandler => ({ exec: { command: ["sh", "-c", script] } });
const stateOf = (world: OneCluster, name = "p") =>
  world.get(Pod, name).status?.containerStatuses?.map(({ state }) => Object.keys(state ?? {})[0]);

it("runs a command after a start; until it is through the container waits, and the next one with it", () => {
  const world = oneCluster();
  world.send({
    verb: "create",
    kind: Pod,
    namespace: "default",
    object: hooked("p", { postStart: sh("sleep 5; echo done > /s/started") }),
  });
  world.advance(4);
  expect(stateOf(world)).toEqual(["waiting", "waiting"]);
  expect(world.get(Pod, "p").status?.phase).toBe("Pending");
  world.advance(3);
  expect(stateOf(world)).toEqual(["running", "running"]);
  expect(world.exec("p", "cat", "/s/started")).toBe("done\n");
});

it("ends and restarts a container whose start was not followed well", () => {
  const world = oneCluster();
  world.create(Pod, hooked("p", { postStart: sh("exit 3") }));
  world.advance(40);
  expect(world.events("p").filter((said) => /Hook/.test(said))).toContain("FailedPostStartHook: PostStartHook failed");
  expect(world.get(Pod, "p").status?.containerStatuses?.[0]?.restartCount).toBeGreaterThan(0);
});

/** What is to happen before the end of a pod with 30 s of grace; when the containers are asked to end, and whether that went well. */
it.each<readonly [string, LifecycleHandler, number, boolean]>([
  ["a command", sh("sleep 4"), 4, true],
  ["a sleep", { sleep: { seconds: 7 } }, 7, true],
  ["a sleep of no time", { sleep: { seconds: 0 } }, 0, true],
  ["a command that fails", sh("exit 1"), 0, false],
])("waits for %s before the end", (_what, preStop, seconds, ok) => {
  const world = oneCluster();
  const spec = hooked("p", { preStop }).spec;
  world.create(Pod, { ...pod("p"), spec: { ...spec, containers: spec.containers.slice(0, 1) } });
  world.send({ verb: "delete", kind: Pod, namespace: "default", name: "p" });
  if (seconds > 0) {
    world.advance(seconds - 1);
    expect(stateOf(world)).toEqual(["running"]);
  }
  world.advance(2);
  expect(world.list(Pod, "default").map(({ metadata }) => metadata.name)).toEqual([]);
  expect(world.events("p").includes("FailedPreStopHook: PreStopHook failed")).toBe(!ok);
});

it("gives what goes before the end no more than the pod's grace, and the container two seconds more", () => {
  const world = oneCluster();
  world.create(Pod, hooked("p", { preStop: sh("sleep 100") }, { terminationGracePeriodSeconds: 10 }));
  world.send({ verb: "delete", kind: Pod, namespace: "default", name: "p" });
  world.advance(9);
  expect(world.list(Pod, "default")).toHaveLength(1);
  world.advance(4);
  expect(world.list(Pod, "default")).toEqual([]);
});

it("tells over HTTP of a start and of an end", () => {
  const world = oneCluster();
  const image = "registry.k8s.io/e2e-test-images/agnhost:2.53";
  world.create(Pod, pod("server", { containers: [{ name: "c", image, args: ["netexec"] }] }));
  const host = world.get(Pod, "server").status?.podIP ?? "";
  const get = (word: string) => ({ httpGet: { host, port: 8080, path: `/echo?msg=${word}` } });
  world.create(Pod, hooked("p", { postStart: get("hello"), preStop: get("bye") }));
  world.remove(Pod, "p");
  const log = world.network.log({ cluster: "c1", namespace: "default", pod: "server" })?.text ?? "";
  expect(log).toMatch(/echo\?msg=hello.*echo\?msg=bye/s);
});
