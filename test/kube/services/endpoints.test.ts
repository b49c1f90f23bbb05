import { describe, expect, it } from "vitest";
import {
  EndpointSlice,
  Endpoints,
  Node,
  Pod,
  Service,
  type ServiceSpec,
  type EndpointSlice as Slice,
} from "../../../src/api/index.ts";
import { pod } from "../pods.ts";
import { plainRuntime, type SmallCluster, smallCluster } from "../small-cluster.ts";

function serve(world: SmallCluster, spec: Partial<ServiceSpec>, labels: Record<string, string> = {}): void {
  serveNow(world, spec, labels);
  world.settle();
}

function serveNow(world: SmallCluster, spec: Partial<ServiceSpec>, labels: Record<string, string>, name = "web"): void {
  world.apply(Service, {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: "default", labels },
    spec: { selector: { app: "a" }, ports: [{ port: 80 }], ...spec },
  });
}

function slices(world: SmallCluster, name = "web"): readonly Slice[] {
  return world
    .list(EndpointSlice, "default")
    .filter(({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === name);
}

function running(world: SmallCluster, ...pods: readonly Pod[]): void {
  for (const each of pods) world.apply(Pod, each);
  world.settle();
}

describe("endpoints of a Service", () => {
  it("EPS-02 are in slices that carry the Service's labels and belong to it", () => {
    const world = smallCluster();
    running(world, pod("a"));
    serve(world, {}, { team: "x" });
    const [slice] = slices(world);
    expect(slice?.metadata.name).toMatch(/^web-[a-z0-9]{5}$/);
    expect(slice?.metadata.labels).toEqual({
      team: "x",
      "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
      "kubernetes.io/service-name": "web",
    });
    expect(slice?.metadata.ownerReferences?.[0]).toMatchObject({ kind: "Service", controller: true });
  });

  it("EPS-03 a Service without pods has one empty slice, a Service without selector none", () => {
    const world = smallCluster();
    serve(world, {});
    expect(slices(world).map(({ endpoints }) => endpoints)).toEqual([[]]);
    const bare = smallCluster();
    bare.apply(Service, {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "web", namespace: "default" },
      spec: { ports: [{ port: 80 }] },
    });
    bare.settle();
    expect(slices(bare)).toEqual([]);
    expect(bare.get(Endpoints, "web")).toBeUndefined();
  });

  it("EPS-06 tell ready from serving and terminating", () => {
    const world = smallCluster({
      runtime: (loop) =>
        plainRuntime(loop, {
          start: (_start, events) => ({
            stop: (graceMs) => void loop.after(graceMs, "end", () => events.onExit({ code: 0, reason: "Completed" })),
          }),
        }),
    });
    running(world, pod("a"));
    serve(world, {});
    world.remove(Pod, "a");
    world.advance(1);
    expect(slices(world)[0]?.endpoints[0]?.conditions).toEqual({ ready: false, serving: true, terminating: true });
    expect(world.get(Endpoints, "web")?.subsets).toEqual([]);
    world.settle();
    expect(slices(world)[0]?.endpoints).toEqual([]);
  });

  it("EPS-06 EPS-20 DNS-13 keep pods that are not ready apart, unless they are to be published", () => {
    const probe = { tcpSocket: { port: 80 } };
    const world = smallCluster({
      runtime: (loop) => plainRuntime(loop, { probe: ({ metadata }) => metadata.namespace !== "default" }),
    });
    running(world, pod("a", {}, { readinessProbe: probe }));
    serve(world, {});
    expect(slices(world)[0]?.endpoints[0]?.conditions?.ready).toBe(false);
    expect(world.get(Endpoints, "web")?.subsets?.[0]).toMatchObject({ notReadyAddresses: [{ ip: "10.10.0.4" }] });
    world.apply(Service, {
      ...(world.get(Service, "web") as Service),
      spec: { ...(world.get(Service, "web") as Service).spec, publishNotReadyAddresses: true },
    });
    world.settle();
    expect(slices(world)[0]?.endpoints[0]?.conditions).toMatchObject({ ready: true, serving: false });
  });

  it("EPS-09 look named ports up in each pod", () => {
    const world = smallCluster();
    const named = (name: string, containerPort: number): Pod => {
      const each = pod(name, {}, { ports: [{ name: "http", containerPort }] });
      return { ...each, metadata: { ...each.metadata, labels: { app: "a" } } };
    };
    running(world, named("one", 8080), named("two", 9090));
    serve(world, { ports: [{ name: "web", port: 80, targetPort: "http" }] });
    expect(
      slices(world)
        .map(({ ports }) => ports?.[0]?.port)
        .sort(),
    ).toEqual([8080, 9090]);
  });

  it("EPS-07 name hosts only for the Service that is the pod's subdomain", () => {
    const world = smallCluster();
    running(world, pod("a", { hostname: "db-0", subdomain: "web" }));
    serve(world, { clusterIP: "None" });
    expect(slices(world)[0]?.endpoints[0]?.hostname).toBe("db-0");
    expect(slices(world)[0]?.metadata.labels).toHaveProperty(["service.kubernetes.io/headless"], "");
  });

  it("EPS-40 carry zones, and hints when the Service prefers what is near", () => {
    const nodes = [{ name: "n", labels: { "topology.kubernetes.io/zone": "z1" } }];
    const world = smallCluster({ config: { nodes } });
    running(world, pod("a"));
    serve(world, { trafficDistribution: "PreferClose" });
    expect(slices(world)[0]?.endpoints[0]).toMatchObject({ zone: "z1", hints: { forZones: [{ name: "z1" }] } });
  });

  it("EPS-08 leave out pods of a node that is gone, unless they are to be published", () => {
    const world = smallCluster();
    running(world, pod("a"));
    const [node] = world.list(Node);
    world.remove(Node, node?.metadata.name ?? "");
    // The pod is still there: nobody has looked for what the node left behind.
    serveNow(world, {}, {});
    serveNow(world, { publishNotReadyAddresses: true }, {}, "all");
    world.advance(1);
    const left = (name: string): number => slices(world, name).flatMap(({ endpoints }) => endpoints).length;
    expect([left("web"), left("all")]).toEqual([0, 1]);
  });

  it("EPS-10 leave slices of other managers alone", () => {
    const world = smallCluster();
    world.apply(EndpointSlice, {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { name: "manual", namespace: "default", labels: { "kubernetes.io/service-name": "web" } },
      addressType: "IPv4",
      endpoints: [{ addresses: ["192.0.2.9"] }],
    });
    running(world, pod("a"));
    serve(world, {});
    expect(slices(world).map(({ metadata }) => metadata.name.replace(/-.....$/, "-*"))).toEqual(["manual", "web-*"]);
  });

  it("makes a deleted slice again", () => {
    const world = smallCluster();
    running(world, pod("a"));
    serve(world, {});
    world.remove(EndpointSlice, slices(world)[0]?.metadata.name ?? "");
    world.settle();
    expect(slices(world)[0]?.endpoints).toHaveLength(1);
  });
});
