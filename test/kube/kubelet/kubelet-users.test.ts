import { expect, it } from "vitest";
import { Pod, ServiceAccount } from "../../../src/api/index.ts";
import { pod } from "../pods.ts";
import { smallCluster } from "../small-cluster.ts";

it("what a node has to say is written by its own kubelet", () => {
  const small = smallCluster();
  const written = new Map<string, Set<string>>();
  small.loop.trace.observe(({ actor, verb, subject }) => {
    if (!actor.startsWith("system:node")) return;
    written.set(actor, (written.get(actor) ?? new Set()).add(`${verb} ${subject.split(" ")[0]}`));
  });
  small.apply(ServiceAccount, {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "default", namespace: "default" },
  });
  small.apply(Pod, pod("web"));
  small.advance(20);
  const { spec, status } = small.get(Pod, "web", "default") as Pod;
  expect(status?.phase).toBe("Running");
  expect(Object.fromEntries([...written].map(([actor, what]) => [actor, [...what].sort()]))).toEqual({
    [`system:node:${spec.nodeName}`]: ["create events", "update leases", "update/status pods"],
  });
});
