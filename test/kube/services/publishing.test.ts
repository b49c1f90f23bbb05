import { describe, expect, it } from "vitest";
import {
  EndpointSlice,
  Endpoints,
  Event,
  Pod,
  Service,
  type ServiceSpec,
  type EndpointSlice as Slice,
} from "../../../src/api/index.ts";
import { pod } from "../pods.ts";
import { type SmallCluster, type SmallClusterOptions, smallCluster } from "../small-cluster.ts";

const service = (name: string, spec: Partial<ServiceSpec>, annotations?: Record<string, string>): Service => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace: "default", ...(annotations === undefined ? {} : { annotations }) },
  spec: { ports: [{ port: 80 }], ...spec },
});

const slices = (world: SmallCluster, name = "web"): readonly Slice[] =>
  world
    .list(EndpointSlice, "default")
    .filter(({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === name);
const sizes = (world: SmallCluster): readonly number[] =>
  slices(world)
    .map(({ endpoints }) => endpoints.length)
    .sort((left, right) => left - right);
const reasons = (world: SmallCluster, name: string): readonly string[] =>
  world
    .list(Event, "default")
    .filter(({ involvedObject }) => involvedObject.name === name)
    .map(({ reason }) => reason ?? "");

/** Nodes that hold so many pods, three zones among them. */
function roomy(pods: number): SmallClusterOptions {
  const nodes = [1, 2, 3].map((index) => ({
    name: `n${index}`,
    podCIDR: `10.10.${index * 8}.0/21`,
    labels: { "topology.kubernetes.io/zone": `z${index}` },
    capacity: { pods: `${pods}`, cpu: "1000", memory: "4000Gi" },
  }));
  return { config: { nodes } };
}

function run(world: SmallCluster, from: number, to: number): void {
  for (let index = from; index < to; index++) {
    const made = pod(`p${index}`, { nodeName: `n${1 + (index % 3)}` });
    world.apply(Pod, { ...made, metadata: { ...made.metadata, labels: { app: "a" } } });
  }
  world.settle();
}

describe("large Services", () => {
  it("S3-13 S3-14 EPS-20 EPS-21 slices hold all of 1,001 pods a hundred each, Endpoints a thousand and the word truncated", () => {
    const world = smallCluster(roomy(1000));
    world.apply(Service, service("web", { selector: { app: "a" } }));
    run(world, 0, 101);
    expect(sizes(world)).toEqual([1, 100]);
    run(world, 101, 250);
    expect(sizes(world).reduce((sum, size) => sum + size, 0)).toBe(250);
    expect(Math.max(...sizes(world))).toBe(100);
    run(world, 250, 1001);
    const held = (): number =>
      (world.get(Endpoints, "web")?.subsets ?? []).reduce((sum, { addresses = [] }) => sum + addresses.length, 0);
    const capacity = (): string | undefined =>
      world.get(Endpoints, "web")?.metadata.annotations?.["endpoints.kubernetes.io/over-capacity"];
    expect([held(), capacity()]).toEqual([1000, "truncated"]);
    expect(sizes(world).reduce((sum, size) => sum + size, 0)).toBe(1001);
    world.remove(Pod, "p0", { gracePeriodSeconds: 0 });
    world.settle();
    expect([held(), capacity()]).toEqual([1000, undefined]);
  });
});

describe("endpoints in detail", () => {
  it("EPS-02 EPS-05 carry what they are of, where, and when they last changed", () => {
    const world = smallCluster(roomy(10));
    run(world, 0, 1);
    world.apply(Service, service("web", { selector: { app: "a" } }));
    world.settle();
    const [slice] = slices(world);
    expect(slice?.metadata.annotations?.["endpoints.kubernetes.io/last-change-trigger-time"]).toMatch(
      /^2026-01-01T00:/,
    );
    expect(slice?.endpoints[0]).toEqual({
      addresses: [expect.stringMatching(/^10\.10\./)],
      conditions: { ready: true, serving: true, terminating: false },
      nodeName: "n1",
      zone: "z1",
      targetRef: { kind: "Pod", namespace: "default", name: "p0", uid: expect.any(String) },
    });
  });

  it("EPS-40 deal ready endpoints out to zones when the topology mode is Auto, and PreferSameNode names nodes", () => {
    const world = smallCluster(roomy(100));
    for (let index = 0; index < 9; index++) {
      const made = pod(`p${index}`, { nodeName: index === 0 ? "n2" : "n1" });
      world.apply(Pod, { ...made, metadata: { ...made.metadata, labels: { app: "a" } } });
    }
    world.apply(
      Service,
      service(
        "web",
        { selector: { app: "a" }, trafficDistribution: "PreferClose" },
        { "service.kubernetes.io/topology-mode": "Auto" },
      ),
    );
    world.settle();
    const zones = slices(world).flatMap(({ endpoints }) =>
      endpoints.map(({ hints }) => (hints?.forZones as readonly { name: string }[] | undefined)?.[0]?.name),
    );
    expect(["z1", "z2", "z3"].map((zone) => zones.filter((one) => one === zone).length)).toEqual([3, 3, 3]);
    world.apply(Service, service("near", { selector: { app: "a" }, trafficDistribution: "PreferSameNode" }));
    world.settle();
    expect(slices(world, "near")[0]?.endpoints[0]?.hints).toMatchObject({
      forNodes: [{ name: expect.stringMatching(/^n[12]$/) }],
    });
  });

  it("EPS-50 come in a set for each family of the Service", () => {
    const world = smallCluster();
    world.apply(Service, service("web", { clusterIP: "None", selector: { app: "a" }, ipFamilies: ["IPv4"] }));
    world.settle();
    expect(slices(world).map(({ addressType }) => addressType)).toEqual(["IPv4"]);
  });
});

describe("mirrored Endpoints", () => {
  const endpoints = (subsets: Endpoints["subsets"], metadata: object = {}): Endpoints => ({
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: { name: "web", namespace: "default", ...metadata },
    ...(subsets === undefined ? {} : { subsets }),
  });
  const two = [
    {
      addresses: [{ ip: "192.0.2.1" }],
      notReadyAddresses: [{ ip: "2001:db8::1" }],
      ports: [{ name: "http", port: 80, protocol: "TCP" }],
    },
  ];

  it("EPS-30 become slices of both families, with their labels, annotations and owner", () => {
    const world = smallCluster();
    world.apply(Service, service("web", {}));
    world.apply(
      Endpoints,
      endpoints(two, { annotations: { note: "mine", "kubectl.kubernetes.io/last-applied-configuration": "{}" } }),
    );
    world.settle();
    const found = slices(world);
    expect(
      found
        .map(({ addressType, endpoints: all }) => [addressType, all[0]?.addresses[0], all[0]?.conditions?.ready])
        .sort(),
    ).toEqual([
      ["IPv4", "192.0.2.1", true],
      ["IPv6", "2001:db8::1", false],
    ]);
    expect(found[0]?.metadata.annotations).toMatchObject({ note: "mine" });
    expect(found[0]?.metadata.annotations).not.toHaveProperty(["kubectl.kubernetes.io/last-applied-configuration"]);
  });

  it("EPS-30 are written in place when addresses change, a thousand at most", () => {
    const world = smallCluster();
    world.apply(Service, service("web", {}));
    const many = (count: number) => [
      {
        addresses: Array.from({ length: count }, (_unused, index) => ({
          ip: `10.9.${Math.floor(index / 250)}.${1 + (index % 250)}`,
        })),
        ports: [{ port: 80, protocol: "TCP" }],
      },
    ];
    world.apply(Endpoints, endpoints(many(1)));
    world.settle();
    const [first] = slices(world);
    world.apply(Endpoints, endpoints(many(1003)));
    world.settle();
    const [second] = slices(world);
    expect(second?.metadata.uid).toBe(first?.metadata.uid);
    expect(second?.endpoints).toHaveLength(1000);
    expect(reasons(world, "web")).toContain("TooManyAddressesToMirror");
  });

  /** The subsets of `pkg/controller/endpointslicemirroring`'s own cases; `!` marks an address that is not ready. */
  it.each([
    ["no subsets", [], []],
    ["one subset", [["10.0.0.1", "http 80"]], ["10.0.0.1 http:80"]],
    [
      "other ports and addresses",
      [
        ["10.0.0.1", "http 80"],
        ["10.0.0.2", "https 443"],
      ],
      ["10.0.0.1 http:80", "10.0.0.2 https:443"],
    ],
    [
      "other ports of one address",
      [
        ["10.0.0.1", "http 80"],
        ["10.0.0.1", "https 443"],
      ],
      ["10.0.0.1 http:80,https:443"],
    ],
    [
      "other addresses of one port",
      [
        ["10.0.0.1", "http 80"],
        ["10.0.0.2", "http 80"],
      ],
      ["10.0.0.1 10.0.0.2 http:80"],
    ],
    ["two not ready", [["!10.0.0.1 !10.0.0.2", "http 80, https 443"]], ["!10.0.0.1 !10.0.0.2 http:80,https:443"]],
    ["some not ready", [["10.1.1.1 !10.0.0.1", "http 80"]], ["!10.0.0.1 10.1.1.1 http:80"]],
    [
      "one not ready in one of two",
      [
        ["10.0.0.1", "http 80"],
        ["!10.0.0.1", "http 80"],
      ],
      ["!10.0.0.1 http:80"],
    ],
    [
      "two subsets of several ports",
      [
        ["10.0.0.1 10.0.0.2", "http 80, https 443"],
        ["10.0.1.1 10.0.1.2 10.0.1.3", "http 3000, https 3001"],
      ],
      ["10.0.0.1 10.0.0.2 http:80,https:443", "10.0.1.1 10.0.1.2 10.0.1.3 http:3000,https:3001"],
    ],
  ])("EPS-30 are repacked: %s", (_, subsets, wanted) => {
    const world = smallCluster();
    world.apply(Service, service("web", {}));
    const made = subsets.map(([addresses = "", ports = ""]) => {
      const all = addresses.split(" ").filter((one) => one !== "");
      const of = (ready: boolean) =>
        all.filter((one) => one.startsWith("!") !== ready).map((one) => ({ ip: one.replace("!", "") }));
      return {
        addresses: of(true),
        notReadyAddresses: of(false),
        ports: ports.split(", ").map((text) => {
          const [name = "", port] = text.split(" ");
          return { name, port: Number(port), protocol: "TCP" };
        }),
      };
    });
    world.apply(Endpoints, endpoints(made));
    world.settle();
    const found = slices(world).map((slice) => {
      const all = slice.endpoints.map(
        ({ addresses: [ip], conditions }) => `${conditions?.ready === true ? "" : "!"}${ip}`,
      );
      return `${all.sort().join(" ")} ${slice.ports?.map(({ name, port }) => `${name}:${port}`).join()}`;
    });
    expect(found.sort()).toEqual(wanted);
  });

  it("EPS-31 are left alone with the skip label, with a leader's annotation, without Service and with a selector", () => {
    const cases: readonly ((world: SmallCluster) => void)[] = [
      (world) => {
        world.apply(Service, service("web", {}));
        world.apply(Endpoints, endpoints(two, { labels: { "endpointslice.kubernetes.io/skip-mirror": "true" } }));
      },
      (world) => {
        world.apply(Service, service("web", {}));
        world.apply(Endpoints, endpoints(two, { annotations: { "control-plane.alpha.kubernetes.io/leader": "{}" } }));
      },
      (world) => {
        world.apply(Endpoints, endpoints(two));
      },
    ];
    for (const arrange of cases) {
      const world = smallCluster();
      arrange(world);
      world.settle();
      expect(slices(world)).toEqual([]);
    }
    const world = smallCluster();
    world.apply(Service, service("web", {}));
    world.apply(Endpoints, endpoints(two));
    world.settle();
    expect(slices(world)).toHaveLength(2);
    world.apply(Service, service("web", { ...(world.get(Service, "web") as Service).spec, selector: { app: "a" } }));
    world.settle();
    expect(slices(world).map(({ metadata }) => metadata.labels?.["endpointslice.kubernetes.io/managed-by"])).toEqual([
      "endpointslice-controller.k8s.io",
    ]);
  });
});

describe("load balancers", () => {
  it("S3-60 keep their Service until they are gone, and their address while it lasts", () => {
    const world = smallCluster({ config: { cloud: { pool: "192.0.2.0/29" } } });
    world.apply(Service, service("lb", { type: "LoadBalancer" }));
    world.settle();
    const made = world.get(Service, "lb") as Service;
    expect(made.metadata.finalizers).toEqual(["service.kubernetes.io/load-balancer-cleanup"]);
    expect(made.status?.loadBalancer?.ingress).toEqual(
      [{ ip: "192.0.2.1", ipMode: "VIP", ports: [{ port: 80, protocol: "TCP" }] }].map(
        ({ ports: _ports, ...rest }) => rest,
      ),
    );
    world.apply(Service, { ...made, spec: { ...made.spec, ports: [{ port: 81 }] } });
    world.settle();
    expect(world.get(Service, "lb")?.status?.loadBalancer?.ingress?.[0]?.ip).toBe("192.0.2.1");
    world.apply(Service, { ...(world.get(Service, "lb") as Service), spec: { ...made.spec, type: "ClusterIP" } });
    world.settle();
    expect(world.get(Service, "lb")?.status?.loadBalancer).toEqual({});
    expect(world.get(Service, "lb")?.metadata.finalizers).toBeUndefined();
    expect(reasons(world, "lb")).toEqual([
      "EnsuringLoadBalancer",
      "EnsuredLoadBalancer",
      "DeletingLoadBalancer",
      "DeletedLoadBalancer",
    ]);
  });

  it("run out of addresses, and get one that is given back", () => {
    const world = smallCluster({ config: { cloud: { pool: "192.0.2.0/30" } } });
    for (const name of ["a", "b", "c"]) world.apply(Service, service(name, { type: "LoadBalancer" }));
    world.settle();
    const address = (name: string): string | undefined =>
      world.get(Service, name)?.status?.loadBalancer?.ingress?.[0]?.ip;
    expect([address("a"), address("b"), address("c")]).toEqual(["192.0.2.1", "192.0.2.2", undefined]);
    expect(reasons(world, "c")).toContain("SyncLoadBalancerFailed");
    world.remove(Service, "a");
    world.advance(10);
    expect(address("c")).toBe("192.0.2.1");
  });
});
