import { describe, expect, it } from "vitest";
import { IPAddress, ipAddressOf, Service, ServiceCIDR } from "../../../src/api/index.ts";
import { type OneCluster, oneCluster } from "../../network/proxy/one-cluster.ts";

const range = (name: string, cidr: string) => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "ServiceCIDR",
  metadata: { name },
  spec: { cidrs: [cidr] },
});
const has = (world: OneCluster, address: string): boolean =>
  world.list(IPAddress).some(({ metadata }) => metadata.name === address);

describe("addresses that drift", () => {
  it("S3-94 come back within three minutes when they were deleted, with a word about it", () => {
    const world = oneCluster();
    world.service("web", { clusterIP: "10.96.7.7" });
    world.remove(IPAddress, "10.96.7.7");
    expect(has(world, "10.96.7.7")).toBe(false);
    world.advance(179);
    expect(has(world, "10.96.7.7")).toBe(false);
    world.advance(2);
    expect(world.get(IPAddress, "10.96.7.7").spec.parentRef).toMatchObject({ namespace: "default", name: "web" });
    expect(world.events("web")).toEqual([
      "ClusterIPNotAllocated: Cluster IP [IPv4]: 10.96.7.7 is not allocated; repairing",
    ]);
  });

  it("S3-94 are taken back from what has no right to them", () => {
    const world = oneCluster();
    world.service("web", { clusterIP: "10.96.7.7" });
    world.remove(IPAddress, "10.96.7.7");
    const spec = { parentRef: { group: "example.com", resource: "gateways", name: "g" } };
    world.create(IPAddress, {
      apiVersion: "networking.k8s.io/v1",
      kind: "IPAddress",
      metadata: { name: "10.96.7.7" },
      spec,
    });
    world.advance(1);
    expect(world.get(IPAddress, "10.96.7.7")).toMatchObject(
      ipAddressOf("10.96.7.7", { namespace: "default", name: "web" }),
    );
    expect(world.events("web")).toEqual([
      "ClusterIPNotAllocated: the ClusterIP [IPv4]: 10.96.7.7 for Service default/web has a wrong reference; repairing",
    ]);
  });

  it("S3-94 are free again a minute after nobody came for them", () => {
    const world = oneCluster();
    world.create(IPAddress, ipAddressOf("10.96.7.8", { namespace: "default", name: "nobody" }));
    world.advance(59);
    expect(has(world, "10.96.7.8")).toBe(true);
    world.advance(2);
    expect(has(world, "10.96.7.8")).toBe(false);
    world.service("web", { clusterIP: "10.96.7.7" });
    world.advance(10);
    world.create(IPAddress, ipAddressOf("10.96.7.9", { namespace: "default", name: "web" }));
    world.advance(6);
    expect(has(world, "10.96.7.9")).toBe(false);
  });

  it("S3-94 that are in no range any more are told of", () => {
    const world = oneCluster();
    world.create(ServiceCIDR, range("more", "10.97.0.0/24"));
    world.service("stray", { clusterIP: "10.97.0.7" });
    world.patch(ServiceCIDR, "more", { metadata: { finalizers: null } });
    world.remove(ServiceCIDR, "more");
    world.patch(ServiceCIDR, "more", { metadata: { finalizers: null } });
    world.patch(Service, "stray", { metadata: { labels: { touched: "yes" } } });
    const told = "Cluster IP [IPv4]: 10.97.0.7 is not within any configured Service CIDR; please recreate service";
    expect(world.events("stray")).toEqual([`ClusterIPOutOfRange: ${told}`]);
  });
});

describe("numbers that two have, or nobody may have", () => {
  const port = (nodePort: number, protocol: "TCP" | "UDP" = "TCP") => ({
    name: `${protocol.toLowerCase()}-${nodePort}`,
    port: nodePort,
    nodePort,
    protocol,
  });

  it("are told of where they are node ports: the first Service by name has them", () => {
    const world = oneCluster({ nodePortRange: "30000-30099", careless: true });
    world.service("both", { type: "NodePort", clusterIP: "10.96.7.1", ports: [port(30_007), port(30_007, "UDP")] });
    world.service("far", { type: "NodePort", clusterIP: "10.96.7.2", ports: [port(30_100), port(30_008)] });
    world.service("late", {
      type: "LoadBalancer",
      clusterIP: "10.96.7.3",
      externalTrafficPolicy: "Local",
      healthCheckNodePort: 30_009,
      ports: [port(30_007, "UDP"), port(30_009)],
    });
    expect(["both", "far", "late"].map((name) => world.events(name).filter((said) => said.startsWith("Port")))).toEqual(
      [
        [],
        ["PortOutOfRange: Port 30100 is not within the port range 30000-30099; please recreate service"],
        [
          "PortAlreadyAllocated: Port 30007 was assigned to multiple services; please recreate service",
          "PortAlreadyAllocated: Port 30009 was assigned to multiple services; please recreate service",
        ],
      ],
    );
  });

  it.each([
    ["v1.34.0", "Cluster IP [IPv4]: 10.97.0.7 is not within any configured Service CIDR; please recreate service"],
    ["v1.32.0", "Cluster IP [IPv4]:10.97.0.7 is not within the service CIDR 10.96.0.0/16; please recreate service"],
  ])("are told of where they are addresses, as Kubernetes %s does", (version, outOfRange) => {
    const world = oneCluster({ version, careless: true });
    if (version === "v1.34.0") world.create(ServiceCIDR, range("kubernetes", "10.96.0.0/16"));
    world.service("first", { clusterIP: "10.96.7.7" });
    world.advance(200);
    world.service("second", { clusterIP: "10.96.7.7" });
    world.service("far", { clusterIP: "10.97.0.7" });
    const twice = "Cluster IP [IPv4]:10.96.7.7 was assigned to multiple services; please recreate service";
    expect(world.events("second")).toEqual([`ClusterIPAlreadyAllocated: ${twice}`]);
    expect(world.events("far")).toEqual([`ClusterIPOutOfRange: ${outOfRange}`]);
    expect(world.events("first").filter((said) => said.startsWith("ClusterIPAlready"))).toEqual([]);
  });
});

describe("ranges of addresses", () => {
  const ready = (world: OneCluster, name: string) => world.get(ServiceCIDR, name).status?.conditions?.[0];

  it("EPS-50 are ready once they are protected, and stay while an address needs them", () => {
    const world = oneCluster();
    world.create(ServiceCIDR, range("more", "10.97.0.0/24"));
    expect(world.get(ServiceCIDR, "more").metadata.finalizers).toEqual(["networking.k8s.io/service-cidr-finalizer"]);
    expect(ready(world, "more")).toMatchObject({ status: "True", message: "Kubernetes Service CIDR is ready" });
    world.service("web", { clusterIP: "10.97.0.7" });
    world.remove(ServiceCIDR, "more");
    expect(ready(world, "more")).toMatchObject({
      status: "False",
      reason: "Terminating",
      message:
        "There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR",
    });
    world.remove(Service, "web");
    world.advance(11);
    expect(world.list(ServiceCIDR).map(({ metadata }) => metadata.name)).toEqual(["kubernetes"]);
  });

  it("EPS-50 may go when a wider one has their addresses", () => {
    const world = oneCluster();
    world.create(ServiceCIDR, range("narrow", "10.97.0.0/24"));
    world.create(ServiceCIDR, range("wide", "10.97.0.0/16"));
    world.service("web", { clusterIP: "10.97.0.7" });
    world.remove(ServiceCIDR, "narrow");
    world.advance(11);
    expect(world.list(ServiceCIDR).map(({ metadata }) => metadata.name)).toEqual(["kubernetes", "wide"]);
    expect(has(world, "10.97.0.7")).toBe(true);
  });

  it("EPS-50 are no objects before 1.33", () => {
    const world = oneCluster({ version: "v1.32.0" });
    expect(world.service("web", { clusterIP: "10.96.7.7" }).spec.clusterIP).toBe("10.96.7.7");
    expect(world.send({ verb: "list", kind: ServiceCIDR }).ok).toBe(false);
  });
});
