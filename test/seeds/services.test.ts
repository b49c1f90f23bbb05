import { describe, expect, it } from "vitest";
import { endpointsColumns, serviceColumns } from "../../src/api/core/service-columns.ts";
import { EndpointSlice, Endpoints, Pod, Service, type ServiceSpec } from "../../src/api/index.ts";
import { World } from "../../src/index.ts";
import { textResponse } from "../../src/network/fabric/http.ts";
import { addressesIn, callerSeen, nodesNamed, type OneCluster, oneCluster } from "../network/proxy/one-cluster.ts";

const OUTSIDE = { outside: "203.0.113.9" };
const set = (values: readonly string[]): readonly string[] => [...new Set(values)].sort();
const object = (name: string, spec: object, metadata: object = {}) => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace: "default", ...metadata },
  spec,
});
/** Y-003-1, with the pods it selects. */
function myService(spec: Partial<ServiceSpec> = {}, replicas = 3): OneCluster {
  const world = oneCluster({ nodes: nodesNamed(2) });
  world.web("MyApp".toLowerCase(), replicas);
  world.service("my-service", {
    selector: { app: "myapp" },
    ports: [{ protocol: "TCP", port: 80, targetPort: 80 }],
    ...spec,
  });
  world.client("client");
  return world;
}
const refusal = (world: OneCluster, name: string, spec: object): string => world.refusal(Service, object(name, spec));
const vip = (world: OneCluster, name = "my-service"): string => world.get(Service, name).spec.clusterIP ?? "";
const podNames = (world: OneCluster, app: string): readonly string[] =>
  world
    .list(Pod, "default")
    .filter(({ metadata }) => metadata.labels?.app === app)
    .map(({ metadata }) => metadata.name);

describe("4.1 defining a Service", () => {
  it("S3-01 a client by name does not notice that the pods behind it change", () => {
    const world = myService();
    for (const name of podNames(world, "myapp")) {
      expect(world.ask("client", "http://my-service").status).toBe(200);
      world.remove(Pod, name);
      expect(world.ask("client", "http://my-service").status).toBe(200);
    }
  });

  it("S3-02 Endpoints change with the pods, and print three addresses and a number", () => {
    const world = myService({}, 5);
    const before = world.get(Endpoints, "my-service");
    world.remove(Pod, podNames(world, "myapp")[0] ?? "");
    const after = world.get(Endpoints, "my-service");
    expect(after.metadata.resourceVersion).not.toBe(before.metadata.resourceVersion);
    const [column] = endpointsColumns;
    expect(column?.value(after, 0)).toMatch(/^(10\.244\.\d+\.\d+:80,){2}10\.244\.\d+\.\d+:80 \+ 2 more\.\.\.$/);
    expect(endpointsColumns.map(({ name }) => name)).toEqual(["Endpoints", "Age"]);
  });

  it("S3-03 gets a ClusterIP, Endpoints and an EndpointSlice of its ready pods", () => {
    const world = oneCluster();
    const answer = world.send({
      verb: "create",
      kind: Service,
      namespace: "default",
      object: object("my-service", {
        selector: { app: "MyApp" },
        ports: [{ protocol: "TCP", port: 80, targetPort: 9376 }],
      }),
    });
    expect(answer).toMatchObject({
      ok: true,
      code: 201,
      object: { spec: { clusterIP: expect.stringMatching(/^10\.96\./) } },
    });
    world.create(Pod, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "a", namespace: "default", labels: { app: "MyApp" } },
      spec: { containers: [{ name: "a", image: "nginx" }] },
    });
    const address = world.get(Pod, "a").status?.podIP ?? "";
    expect(world.get(Endpoints, "my-service").subsets).toMatchObject([
      { addresses: [{ ip: address }], ports: [{ port: 9376 }] },
    ]);
    expect(addressesIn(world.list(EndpointSlice, "default"), "my-service")).toEqual([address]);
  });

  it.each(["1svc", "My", "a.b", "x".repeat(64)])("S3-04 is named by an RFC 1035 label, not %s", (name) => {
    const message = refusal(oneCluster(), name, { ports: [{ port: 80 }] });
    expect(message).toMatch(/^422 /);
    if (name.length < 64)
      expect(message).toContain(
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
      );
  });

  it("S3-05 targetPort is the port and protocol TCP unless told otherwise", () => {
    expect(oneCluster().service("a", { ports: [{ port: 8080 }] }).spec.ports).toEqual([
      { port: 8080, protocol: "TCP", targetPort: 8080 },
    ]);
  });

  it("S3-06 a named targetPort is each pod's own number, one slice for each set of ports", () => {
    const world = oneCluster();
    const pod = (name: string, containerPort: number) =>
      world.create(Pod, {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name, namespace: "default", labels: { app: "a" } },
        spec: { containers: [{ name: "c", image: "plain", ports: [{ name: "http", containerPort }] }] },
      });
    pod("old", 8080);
    pod("new", 9090);
    world.service("web", { selector: { app: "a" }, ports: [{ port: 80, targetPort: "http" }] });
    world.client("client");
    expect(set(Array.from({ length: 20 }, () => world.ask("client", "http://web").body.trim()))).toEqual([
      "plain in new",
      "plain in old",
    ]);
    expect(
      world
        .list(EndpointSlice, "default")
        .flatMap(({ ports, metadata }) =>
          metadata.name.startsWith("web-") ? (ports ?? []).map(({ port }) => port) : [],
        )
        .sort(),
    ).toEqual([8080, 9090]);
    world.remove(Pod, "old");
    expect(world.ask("client", "http://web").body.trim()).toBe("plain in new");
  });

  it("S3-07 may have several ports, the same number over two protocols, but none twice", () => {
    const world = oneCluster();
    const twins = [
      { name: "a", port: 80, protocol: "TCP" as const },
      { name: "b", port: 80, protocol: "UDP" as const },
    ];
    expect(world.service("a", { ports: twins }).spec.ports).toHaveLength(2);
    expect(
      refusal(world, "b", {
        ports: [
          { name: "a", port: 80 },
          { name: "b", port: 80 },
        ],
      }),
    ).toContain('422 Service "b" is invalid: spec.ports[1]: Duplicate value');
  });
});

describe("4.2 without selector", () => {
  const manual = (ip: string) => ({
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: { name: "my-service", namespace: "default" },
    subsets: [{ addresses: [{ ip }], ports: [{ port: 9376 }] }],
  });

  it("S3-08 no Endpoints are made", () => {
    const world = oneCluster();
    world.service("my-service", { ports: [{ port: 80, targetPort: 9376 }] });
    expect(world.list(Endpoints, "default").map(({ metadata }) => metadata.name)).not.toContain("my-service");
    expect(addressesIn(world.list(EndpointSlice, "default"), "my-service")).toEqual([]);
  });

  it("S3-09 S3-10 goes where Endpoints of the same name say, mirrored into a slice", () => {
    const world = oneCluster();
    world.network.fabric.serveOutside("192.0.2.42", 9376, () => textResponse("a database"));
    world.service("my-service", { ports: [{ port: 80, targetPort: 9376 }] });
    world.create(Endpoints, { ...manual("192.0.2.42"), metadata: { name: "other-name", namespace: "default" } });
    world.client("client");
    expect(world.ask("client", "http://my-service").error).toContain("connection refused");
    world.create(Endpoints, {
      ...manual("192.0.2.42"),
      metadata: { name: "my-service", namespace: "default", labels: { tier: "db" } },
    });
    expect(world.ask("client", "http://my-service").body).toBe("a database");
    const [slice] = world
      .list(EndpointSlice, "default")
      .filter(({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === "my-service");
    expect(slice?.metadata.labels).toEqual({
      tier: "db",
      "kubernetes.io/service-name": "my-service",
      "endpointslice.kubernetes.io/managed-by": "endpointslicemirroring-controller.k8s.io",
    });
    expect(slice?.metadata.ownerReferences?.[0]).toMatchObject({
      kind: "Endpoints",
      name: "my-service",
      controller: true,
    });
    world.remove(Endpoints, "my-service");
    expect(addressesIn(world.list(EndpointSlice, "default"), "my-service")).toEqual([]);
  });

  it.each([
    ["127.0.0.1", "may not be in the loopback range"],
    ["::1", "may not be in the loopback range"],
    ["169.254.10.1", "may not be in the link-local range"],
    ["fe80::1", "may not be in the link-local range"],
    ["224.0.0.5", "may not be in the link-local multicast range"],
    ["0.0.0.0", "may not be unspecified"],
  ])("S3-11 an endpoint may not be %s", (ip, why) => {
    const message = oneCluster().refusal(Endpoints, manual(ip));
    expect(message).toContain("422");
    expect(message).toContain(`subsets[0].addresses[0].ip: Invalid value: "${ip}": ${why}`);
  });

  it("S3-12 the ClusterIP of another Service is taken, and leads nowhere", () => {
    const world = myService();
    world.service("chained", { ports: [{ port: 80 }] });
    world.create(Endpoints, {
      ...manual(vip(world)),
      metadata: { name: "chained", namespace: "default" },
      subsets: [{ addresses: [{ ip: vip(world) }], ports: [{ port: 80 }] }],
    });
    expect(world.ask("client", "http://chained").error).not.toBe("");
  });

  it("S3-15 appProtocol is copied to Endpoints and slices, and must be a name", () => {
    const world = myService({ ports: [{ port: 80, appProtocol: "mycompany.com/my-custom-protocol" }] });
    expect(world.get(Endpoints, "my-service").subsets?.[0]?.ports?.[0]?.appProtocol).toBe(
      "mycompany.com/my-custom-protocol",
    );
    const [slice] = world
      .list(EndpointSlice, "default")
      .filter(({ metadata }) => metadata.name.startsWith("my-service-"));
    expect(slice?.ports?.[0]?.appProtocol).toBe("mycompany.com/my-custom-protocol");
    expect(refusal(world, "b", { ports: [{ port: 80, appProtocol: "no such thing!" }] })).toContain(
      "spec.ports[0].appProtocol: Invalid value",
    );
  });
});

describe("4.4 ports and own address", () => {
  it("S3-33 several ports need names, and each works", () => {
    const world = oneCluster();
    const containers = [{ name: "c", image: "plain", ports: [{ containerPort: 9376 }, { containerPort: 9377 }] }];
    world.create(Pod, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "a", namespace: "default", labels: { app: "MyApp" } },
      spec: { containers },
    });
    const ports = [
      { name: "http", protocol: "TCP" as const, port: 80, targetPort: 9376 },
      { name: "https", protocol: "TCP" as const, port: 443, targetPort: 9377 },
    ];
    world.service("my-service", { selector: { app: "MyApp" }, ports });
    world.client("client");
    for (const port of [80, 443]) expect(world.ask("client", `http://my-service:${port}`).status).toBe(200);
    expect(refusal(world, "b", { ports: [{ port: 80 }, { name: "b", port: 81 }] })).toContain(
      "spec.ports[0].name: Required value",
    );
  });

  it("S3-34 port names are labels", () => {
    const world = oneCluster();
    for (const name of ["123-abc", "web"]) world.service(`ok-${name}`, { ports: [{ name, port: 80 }] });
    for (const name of ["123_abc", "-web"])
      expect(refusal(world, "bad", { ports: [{ name, port: 80 }] })).toContain(
        `422 Service "bad" is invalid: spec.ports[0].name: Invalid value: "${name}"`,
      );
  });

  it("S3-35 S3-36 S3-37 S3-38 S3-39 may choose its address: free, valid, in range, once and for all", () => {
    const world = oneCluster({ serviceCIDR: "10.0.0.0/16", dnsIP: "10.0.0.10" });
    expect(world.service("a", { clusterIP: "10.0.171.239" }).spec.clusterIP).toBe("10.0.171.239");
    const kept = (spec: object): unknown =>
      world.send({
        verb: "create",
        kind: Service,
        namespace: "default",
        object: object("b", { ports: [{ port: 80 }], ...spec }),
      });
    expect(kept({ clusterIP: "not-an-ip" })).toMatchObject({
      ok: false,
      status: {
        code: 422,
        reason: "Invalid",
        message: expect.stringContaining('spec.clusterIPs[0]: Invalid value: "not-an-ip": must be a valid IP address'),
      },
    });
    expect(kept({ clusterIP: "10.1.0.1" })).toMatchObject({
      status: {
        code: 422,
        message: expect.stringContaining(
          "failed to allocate IP 10.1.0.1: the provided network does not match the current range",
        ),
      },
    });
    // Before ranges were objects, servers told theirs.
    const old = oneCluster({ serviceCIDR: "10.0.0.0/16", dnsIP: "10.0.0.10", version: "v1.26.0" });
    expect(old.refusal(Service, object("b", { ports: [{ port: 80 }], clusterIP: "10.1.0.1" }))).toContain(
      "failed to allocate IP 10.1.0.1: the provided IP (10.1.0.1) is not in the valid range. The range of valid IPs is 10.0.0.0/16",
    );
    expect(kept({ clusterIP: "10.0.171.239" })).toMatchObject({
      status: { code: 422, message: expect.stringContaining("provided IP is already allocated") },
    });
    const change = world.send({
      verb: "patch",
      kind: Service,
      namespace: "default",
      name: "a",
      patch: { type: "merge", body: { spec: { clusterIP: "10.0.1.1", clusterIPs: ["10.0.1.1"] } } },
    });
    expect(change).toMatchObject({
      status: { code: 422, message: expect.stringContaining("may not change once set") },
    });
  });
});

describe("4.5 environment", () => {
  const variables = (world: OneCluster, pod: string): readonly string[] =>
    world
      .exec(pod, "env")
      .split("\n")
      .filter((line) => line.includes("_SERVICE_") || line.includes("_PORT"));

  it("S3-45 S3-46 pods know the Services that were there before them", () => {
    const world = oneCluster({ serviceCIDR: "10.0.0.0/16", dnsIP: "10.0.0.10" });
    world.client("before");
    world.service("redis-master", { clusterIP: "10.0.0.11", ports: [{ port: 6379 }] });
    world.client("after");
    expect(
      variables(world, "after")
        .filter((line) => line.startsWith("REDIS"))
        .sort(),
    ).toEqual([
      "REDIS_MASTER_PORT=tcp://10.0.0.11:6379",
      "REDIS_MASTER_PORT_6379_TCP=tcp://10.0.0.11:6379",
      "REDIS_MASTER_PORT_6379_TCP_ADDR=10.0.0.11",
      "REDIS_MASTER_PORT_6379_TCP_PORT=6379",
      "REDIS_MASTER_PORT_6379_TCP_PROTO=tcp",
      "REDIS_MASTER_SERVICE_HOST=10.0.0.11",
      "REDIS_MASTER_SERVICE_PORT=6379",
    ]);
    expect(variables(world, "before").filter((line) => line.startsWith("REDIS"))).toEqual([]);
  });

  it("S3-47 named ports add a variable, headless Services none, and enableServiceLinks false drops all but the API server's", () => {
    const world = oneCluster();
    world.service("my-web", {
      ports: [
        { name: "http", port: 80 },
        { name: "https", port: 443 },
      ],
    });
    world.service("quiet", { clusterIP: "None" });
    world.client("linked");
    world.client("unlinked", { enableServiceLinks: false });
    const linked = variables(world, "linked");
    expect(linked).toEqual(
      expect.arrayContaining([
        "MY_WEB_SERVICE_PORT_HTTP=80",
        "MY_WEB_SERVICE_PORT_HTTPS=443",
        "KUBERNETES_SERVICE_PORT=443",
      ]),
    );
    expect(linked.some((line) => line.startsWith("QUIET"))).toBe(false);
    const unlinked = variables(world, "unlinked");
    expect(unlinked.every((line) => line.startsWith("KUBERNETES"))).toBe(true);
    expect(unlinked).toContain("KUBERNETES_SERVICE_HOST=10.96.0.1");
  });
});

describe("4.7 types and publishing", () => {
  it("S3-55 S1-46 is a ClusterIP Service unless told otherwise, for the inside only; there are four types", () => {
    const world = myService();
    expect(world.get(Service, "my-service").spec.type).toBe("ClusterIP");
    expect(world.ask("client", `http://${vip(world)}`).status).toBe(200);
    expect(world.ask(OUTSIDE, `http://${vip(world)}`).error).toContain("i/o timeout");
    expect(refusal(world, "b", { type: "Ingress", ports: [{ port: 80 }] })).toContain(
      '422 Service "b" is invalid: spec.type: Unsupported value: "Ingress": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
    );
  });

  it("S3-56 S3-57 S1-47 a node port is the same on every node, beside the ClusterIP", () => {
    const world = myService({ type: "NodePort", ports: [{ port: 80, targetPort: 80, nodePort: 30_007 }] });
    for (const node of ["172.18.0.2", "172.18.0.3"])
      expect(world.ask(OUTSIDE, `http://${node}:30007`).status).toBe(200);
    expect(world.ask("client", `http://${vip(world)}`).status).toBe(200);
    expect(world.ask("client", "http://172.18.0.3:30007").status).toBe(200);
    const drawn = world.service("b", { type: "NodePort", selector: { app: "myapp" } });
    const port = drawn.spec.ports?.[0]?.nodePort ?? 0;
    expect(port).toBeGreaterThanOrEqual(30_000);
    expect(port).toBeLessThanOrEqual(32_767);
    const ports = serviceColumns.find(({ name }) => name === "Port(s)");
    expect(ports?.value(world.get(Service, "my-service"), 0)).toBe("80:30007/TCP");
  });

  it("S3-58 a node port is free and in the range, which may be another", () => {
    const world = oneCluster({ nodePorts: { low: 20_000, high: 20_010 } });
    const at = (nodePort: number): object => ({ type: "NodePort", ports: [{ port: 80, nodePort }] });
    world.service("a", at(20_007) as Partial<ServiceSpec>);
    expect(refusal(world, "b", at(20_007))).toContain(
      "spec.ports[0].nodePort: Invalid value: 20007: provided port is already allocated",
    );
    expect(refusal(world, "b", at(30_007))).toContain(
      "provided port is not in the valid range. The range of valid ports is 20000-20010",
    );
  });

  it("S3-59 KP-21 node ports are open at every address, or at those within nodePortAddresses", () => {
    const addresses = [
      { type: "InternalIP", address: "10.1.2.3" },
      { type: "ExternalIP", address: "192.0.2.200" },
    ] as const;
    const world = oneCluster({ nodes: [{ name: "n1", addresses }] });
    world.web("web", 1);
    world.service("web", { type: "NodePort", selector: { app: "web" }, ports: [{ port: 80, nodePort: 30_007 }] });
    const open = (): readonly boolean[] => [
      world.ask(OUTSIDE, "http://10.1.2.3:30007").status === 200,
      world.ask(OUTSIDE, "http://192.0.2.200:30007").status === 200,
      world.nodeShell("n1", "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "http://127.0.0.1:30007") === "200",
    ];
    expect(open()).toEqual([true, true, true]);
    world.configureProxy((text) => text.replace("localhostNodePorts: null", "localhostNodePorts: false"));
    expect(open()).toEqual([true, true, false]);
    expect(world.nodeShell("n1", "iptables-save", "-t", "nat")).toContain("-A KUBE-SERVICES ! -d 127.0.0.0/8 ");
    world.configureProxy((text) => text.replace("localhostNodePorts: false", "localhostNodePorts: null"));
    world.configureProxy((text) => text.replace("nodePortAddresses: null", 'nodePortAddresses: ["127.0.0.0/8"]'));
    expect(open()).toEqual([false, false, true]);
    world.configureProxy((text) => text.replace('["127.0.0.0/8"]', '["10.0.0.0/8", "192.0.2.0/25"]'));
    expect(open()).toEqual([true, false, false]);
  });

  it("S1-51 a headless Service has no address, and its name stands for its pods", () => {
    const world = myService({ clusterIP: "None" });
    expect(world.network.proxy("c1", "n1").rules.map(({ service }) => service)).not.toContain("my-service");
    const resolved = world.network.resolve({ cluster: "c1", namespace: "default", pod: "client" }, "my-service");
    expect(resolved?.ok === true ? [...resolved.addresses].sort() : []).toEqual(
      addressesIn(world.list(EndpointSlice, "default"), "my-service"),
    );
  });

  it("S1-52 pods and ClusterIPs are out of reach from outside; host ports, node ports and load balancers are not", () => {
    const world = myService();
    const pod = world.list(Pod, "default").find(({ metadata }) => metadata.labels?.app === "myapp")?.status?.podIP;
    expect(world.ask(OUTSIDE, `http://${pod}`).error).toContain("i/o timeout");
    expect(world.ask(OUTSIDE, `http://${vip(world)}`).error).toContain("i/o timeout");
    world.create(Pod, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "host", namespace: "default" },
      spec: {
        nodeName: "n1",
        containers: [{ name: "c", image: "nginx", ports: [{ containerPort: 80, hostPort: 8081 }] }],
      },
    });
    expect(world.ask(OUTSIDE, "http://172.18.0.2:8081").status).toBe(200);
    world.service("np", { type: "NodePort", selector: { app: "myapp" }, ports: [{ port: 80, nodePort: 30_100 }] });
    expect(world.ask(OUTSIDE, "http://172.18.0.2:30100").status).toBe(200);
    world.service("lb", { type: "LoadBalancer", selector: { app: "myapp" } });
    const ip = world.get(Service, "lb").status?.loadBalancer?.ingress?.[0]?.ip;
    expect(world.ask(OUTSIDE, `http://${ip}`).status).toBe(200);
  });
});

describe("4.9 ExternalName and externalIPs", () => {
  it("S3-88 S3-89 an ExternalName has no address and no rules; one that looks like an address is taken and resolves to nothing", () => {
    const world = oneCluster();
    const made = world.service("my-service", {
      type: "ExternalName",
      externalName: "my.database.example.com",
      ports: [],
    });
    const columns = serviceColumns
      .filter(({ priority }) => priority !== 1)
      .slice(0, 4)
      .map((column) => column.value(made, 0));
    expect(columns).toEqual(["ExternalName", "<none>", "my.database.example.com", "<none>"]);
    expect(made.spec.clusterIP).toBeUndefined();
    expect(world.network.proxy("c1", "c1-control-plane").rules.map(({ service }) => service)).not.toContain(
      "my-service",
    );
    world.service("numbers", { type: "ExternalName", externalName: "1.2.3.4", ports: [] });
    world.client("client");
    expect(world.ask("client", "http://numbers").error).toContain("no such host");
  });

  it("S3-90 an HTTP client says the name it used, which the server behind an ExternalName may not know", () => {
    const world = oneCluster();
    const answer = ({ headers }: { readonly headers: Readonly<Record<string, string>> }) => ({
      ...textResponse("origin"),
      status: headers.host === "origin.example.com" ? 200 : 404,
    });
    world.network.fabric.serveOutside("192.0.2.50", 80, answer);
    world.service("my-service", { ports: [{ port: 80 }] });
    world.create(Endpoints, {
      apiVersion: "v1",
      kind: "Endpoints",
      metadata: { name: "my-service", namespace: "default" },
      subsets: [{ addresses: [{ ip: "192.0.2.50" }], ports: [{ port: 80 }] }],
    });
    world.client("client");
    expect(world.ask("client", "http://my-service").status).toBe(404);
    expect(world.ask("client", "http://my-service", { headers: { Host: "origin.example.com" } }).status).toBe(200);
  });

  it("S3-91 the same name becomes a virtual address when the type changes", () => {
    const world = myService({ type: "ExternalName", externalName: "elsewhere.example.com" });
    world.patch(Service, "my-service", { spec: { type: "ClusterIP", externalName: null } });
    expect(vip(world)).toMatch(/^10\.96\./);
    expect(world.ask("client", "http://my-service").status).toBe(200);
  });

  it("S3-92 KP-22 an external address that is routed to a node reaches the endpoints", () => {
    const world = myService({ externalIPs: ["80.11.12.10"], ports: [{ name: "http", protocol: "TCP", port: 80 }] });
    expect(world.ask(OUTSIDE, "http://80.11.12.10").status).toBe(200);
    expect(callerSeen(world.ask(OUTSIDE, "http://80.11.12.10/info.php"))).toBe("172.18.0.2");
    expect(world.ask("client", "http://80.11.12.10").status).toBe(200);
    const column = serviceColumns.find(({ name }) => name === "External-IP");
    expect(column?.value(world.get(Service, "my-service"), 0)).toBe("80.11.12.10");
    expect(refusal(world, "b", { ports: [{ port: 80 }], externalIPs: ["127.0.0.1"] })).toContain(
      "spec.externalIPs[0]: Invalid value",
    );
  });
});

describe("4.10 internals and protocols", () => {
  it("S3-93 two hundred Services have two hundred addresses, until the range is full", () => {
    const world = oneCluster({ serviceCIDR: "10.0.0.0/24", dnsIP: "10.0.0.10" });
    const made = Array.from({ length: 200 }, (_unused, index) => {
      const answer = world.send({
        verb: "create",
        kind: Service,
        namespace: "default",
        object: object(`s${index}`, { ports: [{ port: 80 }] }),
      });
      return answer.ok ? (answer.object as unknown as Service).spec.clusterIP : "";
    });
    expect(new Set(made).size).toBe(200);
    const rest = Array.from({ length: 60 }, (_unused, index) =>
      world.send({
        verb: "create",
        kind: Service,
        namespace: "default",
        object: object(`r${index}`, { ports: [{ port: 80 }] }),
      }),
    );
    const failed = rest.find(({ ok }) => !ok);
    expect(failed).toMatchObject({
      status: { message: expect.stringContaining("failed to allocate a serviceIP: range is full") },
    });
  });

  it("S3-94 an address is free again when its Service is gone", () => {
    const world = oneCluster();
    world.service("a", { clusterIP: "10.96.7.7" });
    world.remove(Service, "a");
    expect(world.service("b", { clusterIP: "10.96.7.7" }).spec.clusterIP).toBe("10.96.7.7");
  });

  it("S3-95 two Services may have the same port", () => {
    const world = myService();
    const second = world.service("second", { selector: { app: "myapp" }, ports: [{ port: 80 }] });
    expect(world.ask("client", `http://${second.spec.clusterIP}`).status).toBe(200);
    expect(world.ask("client", `http://${vip(world)}`).status).toBe(200);
  });

  it("S3-96 S3-97 TCP, UDP and SCTP are protocols, others are not", () => {
    const world = oneCluster();
    for (const protocol of ["TCP", "UDP", "SCTP"] as const)
      world.service(`p-${protocol.toLowerCase()}`, { type: "NodePort", ports: [{ port: 7, protocol }] });
    expect(refusal(world, "b", { ports: [{ port: 7, protocol: "DCCP" }] })).toContain(
      'spec.ports[0].protocol: Unsupported value: "DCCP": supported values: "SCTP", "TCP", "UDP"',
    );
  });

  it("S3-100 types build on each other: a load balancer has a node port and a ClusterIP", () => {
    const { spec } = oneCluster().service("a", { type: "LoadBalancer" });
    expect(spec.clusterIP).toMatch(/^10\.96\./);
    expect(spec.ports?.[0]?.nodePort).toBeGreaterThanOrEqual(30_000);
  });
});

describe("X-05 the same through the control plane", () => {
  it("X-05 a Service that is propagated keeps its annotations, gets the member's addresses, and its status flows back", async () => {
    const annotations = {
      "service.beta.kubernetes.io/aws-load-balancer-type": "nlb",
      "service.kubernetes.io/loadbalance-type": "classic",
    };
    const world = await World.create({ seed: 3, members: [{ name: "member1" }, { name: "member2" }] });
    try {
      await world.settle();
      await world.host.apply(
        object(
          "my-service",
          { type: "LoadBalancer", selector: { app: "MyApp" }, ports: [{ port: 80, targetPort: 9376 }] },
          { annotations },
        ),
      );
      await world.host.apply({
        apiVersion: "policy.karmada.io/v1alpha1",
        kind: "PropagationPolicy",
        metadata: { name: "services", namespace: "default" },
        spec: {
          resourceSelectors: [{ apiVersion: "v1", kind: "Service", name: "my-service" }],
          placement: { clusterAffinity: { clusterNames: ["member1", "member2"] } },
        },
      });
      await world.settle();
      const services = await Promise.all(
        ["member1", "member2"].map((member) => world.member(member).get("services", "my-service", "default")),
      );
      const [first, second] = services as unknown as readonly Service[];
      for (const one of [first, second]) expect(one?.metadata.annotations).toMatchObject(annotations);
      expect([first?.spec.clusterIP, second?.spec.clusterIP]).toEqual([
        expect.stringMatching(/^10\.11\./),
        expect.stringMatching(/^10\.13\./),
      ]);
      expect([first, second].map((one) => one?.status?.loadBalancer?.ingress?.[0]?.ip)).toEqual([
        "198.18.0.1",
        "198.18.0.129",
      ]);
      const template = (await world.host.get("services", "my-service", "default")) as unknown as Service;
      expect(template.status?.loadBalancer?.ingress?.map(({ ip }) => ip).sort()).toEqual([
        "198.18.0.1",
        "198.18.0.129",
      ]);
    } finally {
      await world.stop();
    }
  });
});
