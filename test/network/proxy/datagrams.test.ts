import { expect, it } from "vitest";
import { Pod } from "../../../src/api/index.ts";
import { nodesNamed, type OneCluster, oneCluster } from "./one-cluster.ts";

const NETEXEC = "registry.k8s.io/e2e-test-images/agnhost:2.53";

/** Pods that tell their names over UDP, behind one Service. */
function telling(names: readonly string[]): OneCluster {
  const world = oneCluster({ nodes: nodesNamed(2) });
  for (const name of names) tell(world, name);
  world.service("tell", {
    selector: { app: "tell" },
    clusterIP: "10.96.7.7",
    ports: [{ port: 80, targetPort: 8081, protocol: "UDP" }],
  });
  world.client("here");
  return world;
}

function tell(world: OneCluster, name: string): void {
  const containers = [{ name: "c", image: NETEXEC, args: ["netexec"] }];
  const metadata = { name, namespace: "default", labels: { app: "tell" } };
  world.create(Pod, { apiVersion: "v1", kind: "Pod", metadata, spec: { containers } });
}

/** Datagrams of one socket of the client: each asks, and comes back with the name of who answered. */
function flow(world: OneCluster): () => string {
  const heard: string[] = [];
  const hear = (text: string): void => void heard.push(text);
  const started = world.network.exec(
    { cluster: "c1", namespace: "default", pod: "here" },
    { argv: ["nc", "-u", "10.96.7.7", "80"], output: { stdout: hear, stderr: hear }, onExit: () => {} },
  );
  if (typeof started === "string") throw new Error(started);
  return () => {
    started.write("hostname\n");
    world.advance(1);
    return heard.splice(0).join("").trim();
  };
}

it("KP-37 a flow of datagrams keeps its endpoint, and has another once that is gone", () => {
  const world = telling(["a", "b"]);
  const ask = flow(world);
  const first = ask();
  expect(["a", "b"]).toContain(first);
  for (let time = 0; time < 8; time++) expect(ask()).toBe(first);
  const second = first === "a" ? "b" : "a";
  world.remove(Pod, first);
  expect(ask()).toBe(second);
  world.remove(Pod, second);
  expect(ask()).toBe("");
  tell(world, "c");
  expect(flow(world)()).toBe("c");
});
