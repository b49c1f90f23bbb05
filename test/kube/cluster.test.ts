import { describe, expect, it } from "vitest";
import { Deployment, EndpointSlice, Node, Pod, Service } from "../../src/api/index.ts";
import { smallCluster } from "./small-cluster.ts";

const labels = { app: "web" };
const deployment = (replicas: number, image = "nginx:1.25"): Deployment => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "default" },
  spec: {
    replicas,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: "web", image }] } },
  },
});

describe("a booted cluster", () => {
  it("comes up with its node, system services and two ready coredns pods", () => {
    const world = smallCluster();
    expect(world.list(Node).map(({ metadata }) => metadata.name)).toEqual(["member1-control-plane"]);
    expect(world.list(Service).map(({ metadata, spec }) => [metadata.name, spec.clusterIP])).toEqual([
      ["kubernetes", "10.11.0.1"],
      ["kube-dns", "10.11.0.10"],
    ]);
    expect(world.list(Pod, "kube-system").map(({ status }) => status?.podIP)).toEqual(["10.10.0.2", "10.10.0.3"]);
  });
  it("deploys", () => {
    const world = smallCluster();
    world.loop.trace.observe((l) => console.log(l.cluster, l.actor, l.verb, l.subject, l.detail));
    world.apply(Deployment, deployment(2));
    world.settle();
    expect(world.get(Deployment, "web")?.status?.readyReplicas).toBe(2);
    console.log(world.list(EndpointSlice).length);
  });
});
