import { describe, expect, it } from "vitest";
import { Deployment, EndpointSlice, Endpoints, Node, Pod, Service } from "../../../src/api/index.ts";
import { nodesNamed, type OneCluster, oneCluster } from "../../network/proxy/one-cluster.ts";

const TRIGGER = "endpoints.kubernetes.io/last-change-trigger-time";

/** How often slices and Endpoints of a Service were written while something was done. */
function writes(world: OneCluster, service: string, act: () => void): readonly string[] {
  const seen: string[] = [];
  const end = world.loop.trace.observe(({ verb, subject }) => {
    const [kind = "", key = ""] = subject.split(" ");
    if (/^endpoint(slice)?s$/.test(kind) && key.startsWith(`default/${service}`)) seen.push(`${verb} ${kind}`);
  });
  act();
  end();
  return seen;
}

const slicesOf = (world: OneCluster, service: string): readonly EndpointSlice[] =>
  world.list(EndpointSlice, "default").filter(({ metadata }) => metadata.name.startsWith(`${service}-`));

describe("writes of slices", () => {
  it("EPS-04 EPS-11 are as few as can be: the placeholder becomes the first slice, and a pod costs one of each", () => {
    const world = oneCluster({ nodes: nodesNamed(1) });
    const made = writes(world, "web", () => world.service("web", { selector: { app: "web" } }));
    expect(made).toEqual(["create endpointslices", "create endpoints"]);
    const [placeholder] = slicesOf(world, "web");
    world.web("web", 1);
    expect(slicesOf(world, "web").map(({ metadata }) => metadata.name)).toEqual([placeholder?.metadata.name]);
    expect(writes(world, "web", () => world.patch(Service, "web", { metadata: { annotations: { a: "b" } } }))).toEqual(
      [],
    );
    const [pod] = world.list(Pod, "default");
    const relabel = () => world.patch(Pod, pod?.metadata.name ?? "", { metadata: { labels: { more: "1" } } });
    expect(writes(world, "web", relabel)).toEqual([]);
    const left = writes(world, "web", () => world.patch(Deployment, "web", { spec: { replicas: 0 } }));
    expect(new Set(left)).toEqual(new Set(["update endpointslices", "update endpoints"]));
    expect(slicesOf(world, "web")).toMatchObject([
      { metadata: { name: placeholder?.metadata.name }, endpoints: [], ports: [] },
    ]);
  });

  it("EPS-02 EPS-22 tell when what they tell came to be, and nothing when nobody knows", () => {
    const world = oneCluster({ nodes: nodesNamed(1) });
    const told = (): readonly (string | undefined)[] => [
      slicesOf(world, "web")[0]?.metadata.annotations?.[TRIGGER],
      world.get(Endpoints, "web").metadata.annotations?.[TRIGGER],
    ];
    const { creationTimestamp } = world.service("web", { selector: { app: "web" } }).metadata;
    expect(told()).toEqual([creationTimestamp, creationTimestamp]);
    world.advance(100);
    world.web("web", 1);
    const [pod] = world.list(Pod, "default");
    const ready = pod?.status?.conditions?.find(({ type }) => type === "Ready")?.lastTransitionTime;
    expect(told()).toEqual([ready, ready]);
    world.advance(100);
    world.patch(Deployment, "web", { spec: { replicas: 0 } });
    expect(told()[1]).toBeUndefined();
  });
});

describe("hints", () => {
  it("EPS-40 are dealt out with a word about it, and taken back with another", () => {
    const world = oneCluster({ nodes: nodesNamed(2) });
    world.web("a", 2, { nodeName: "n1" });
    world.web("b", 2, { nodeName: "n2" });
    for (const { metadata } of world.list(Pod, "default"))
      world.patch(Pod, metadata.name, { metadata: { labels: { tier: "web" } } });
    const mode = (value: string | null) => ({
      metadata: { annotations: { "service.kubernetes.io/topology-mode": value } },
    });
    world.service("web", { selector: { tier: "web" } });
    world.patch(Service, "web", mode("Auto"));
    expect(slicesOf(world, "web")[0]?.endpoints.every(({ hints, zone }) => hints?.forZones?.[0]?.name === zone)).toBe(
      true,
    );
    world.patch(Node, "n2", { metadata: { labels: { "topology.kubernetes.io/zone": null } } });
    expect(slicesOf(world, "web")[0]?.endpoints.some(({ hints }) => hints !== undefined)).toBe(false);
    world.patch(Node, "n2", { metadata: { labels: { "topology.kubernetes.io/zone": "z2" } } });
    world.patch(Service, "web", mode(null));
    expect(slicesOf(world, "web")[0]?.endpoints.some(({ hints }) => hints !== undefined)).toBe(false);
    expect(world.events("web")).toEqual([
      "TopologyAwareHintsEnabled: Topology Aware Hints has been enabled, addressType: IPv4",
      "TopologyAwareHintsDisabled: Insufficient Node information: allocatable CPU or zone not specified on one or more nodes, addressType: IPv4",
      "TopologyAwareHintsDisabled: Topology Aware Hints has been disabled, addressType: IPv4",
    ]);
    world.patch(Service, "web", mode("AUTO"));
    expect(slicesOf(world, "web")[0]?.endpoints.some(({ hints }) => hints !== undefined)).toBe(false);
  });

  it("EPS-40 name nodes also where there are no zones", () => {
    const world = oneCluster({ nodes: [{ name: "n1" }] });
    world.web("web", 1);
    world.service("web", { selector: { app: "web" }, trafficDistribution: "PreferSameNode" });
    expect(slicesOf(world, "web")[0]?.endpoints[0]?.hints).toEqual({ forNodes: [{ name: "n1" }] });
    world.patch(Service, "web", { spec: { trafficDistribution: "PreferSameZone" } });
    expect(slicesOf(world, "web")[0]?.endpoints[0]?.hints).toBeUndefined();
  });

  const zone = { forZones: [{ name: "z1" }] };
  const both = { ...zone, forNodes: [{ name: "n1" }] };
  it.each([
    ["v1.34.0", { PreferClose: zone, PreferSameZone: zone, PreferSameNode: both }],
    ["v1.33.4", { PreferClose: zone, PreferSameZone: undefined, PreferSameNode: undefined }],
    ["v1.30.2", { PreferClose: undefined }],
  ] as const)("follow the traffic distribution as Kubernetes %s does", (version, wanted) => {
    const world = oneCluster({ nodes: nodesNamed(1), version });
    world.web("web", 1);
    const found = Object.keys(wanted).map((trafficDistribution) => {
      const name = trafficDistribution.toLowerCase();
      world.service(name, { selector: { app: "web" }, trafficDistribution });
      return [trafficDistribution, slicesOf(world, name)[0]?.endpoints[0]?.hints];
    });
    expect(Object.fromEntries(found)).toEqual(wanted);
  });

  it("stay where they are while they are fair, and are dealt out evenly when they are not", () => {
    const world = oneCluster({ nodes: nodesNamed(2) });
    world.web("web", 8, { nodeName: "n1" });
    world.service("web", { selector: { app: "web" } });
    const topology = { "service.kubernetes.io/topology-mode": "Auto" };
    world.patch(Service, "web", { metadata: { annotations: topology } });
    const zones = (): readonly (string | undefined)[] =>
      slicesOf(world, "web")
        .flatMap(({ endpoints }) => endpoints.map(({ hints }) => hints?.forZones?.[0]?.name))
        .sort();
    expect(zones()).toEqual(["z1", "z1", "z1", "z1", "z2", "z2", "z2", "z2"]);
    const before = slicesOf(world, "web")[0]?.metadata.resourceVersion;
    world.patch(Node, "n2", { metadata: { labels: { some: "label" } } });
    world.patch(Service, "web", { metadata: { annotations: { some: "note" } } });
    expect(slicesOf(world, "web")[0]?.metadata.resourceVersion).toBe(before);
  });
});
