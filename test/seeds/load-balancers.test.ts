import { describe, expect, it } from "vitest";
import { serviceColumns } from "../../src/api/core/service-columns.ts";
import { Node, Pod, Service, type ServiceSpec } from "../../src/api/index.ts";
import { portKey } from "../../src/network/fabric/hosts.ts";
import { type HttpRequest, textResponse } from "../../src/network/fabric/http.ts";
import { callerSeen, nodesNamed, type OneCluster, oneCluster } from "../network/proxy/one-cluster.ts";

const CLIENT = { outside: "203.0.113.9" };
const AWS = "service.beta.kubernetes.io/aws-load-balancer-";
const TKE = "service.kubernetes.io/";

type Balanced = { readonly world: OneCluster; readonly url: string };

/** A cluster of two nodes with two web pods behind the load balancer `lb`. */
function balanced(
  annotations: Record<string, string> = {},
  spec: Partial<ServiceSpec> = {},
  options: Parameters<typeof oneCluster>[0] = {},
): Balanced {
  const world = oneCluster({ nodes: nodesNamed(2), ...options });
  world.web("web", 2);
  world.service("lb", { type: "LoadBalancer", selector: { app: "web" }, ...spec }, { annotations });
  return { world, url: `http://${addressOf(world, "lb")}` };
}

const aws = (settings: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(settings).map(([name, value]) => [AWS + name, value]));
const onAws = (settings: Record<string, string>, spec: Partial<ServiceSpec> = {}): Balanced =>
  balanced(aws(settings), spec, { cloud: { provider: "aws" } });

function addressOf(world: OneCluster, name: string): string {
  const [point] = world.get(Service, name).status?.loadBalancer?.ingress ?? [];
  return point?.ip ?? point?.hostname ?? "";
}

const report = (world: OneCluster) => {
  const found = world.network.loadBalancers("c1").find(({ service }) => service === "default/lb");
  if (found === undefined) throw new Error("no load balancer");
  return found;
};
const model = (world: OneCluster) => report(world).model;

/** Lets every web pod answer with what `tell` makes of the request. */
function telling(world: OneCluster, tell: (request: HttpRequest) => string): void {
  const network = world.network.fabric.cluster("c1");
  for (const pod of world.list(Pod, "default")) {
    const address = pod.status?.podIP ?? "";
    const present = network.listenerAt(address, portKey(80, "TCP"));
    if (present !== undefined) network.close(address, portKey(80, "TCP"), present);
    network.listen(address, portKey(80, "TCP"), { serve: (request) => textResponse(tell(request)) });
  }
}

describe("4.7 load balancers", () => {
  it("S3-60 S1-48 the address comes later, in the status; a status that was sent is not heeded", () => {
    const world = oneCluster({ cloud: { pool: "192.0.2.127/32" } });
    const answer = world.send({
      verb: "create",
      kind: Service,
      namespace: "default",
      object: {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "lb", namespace: "default" },
        spec: {
          selector: { app: "MyApp" },
          ports: [{ protocol: "TCP", port: 80, targetPort: 9376 }],
          type: "LoadBalancer",
        },
        status: { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } },
      } as never,
    });
    const column = serviceColumns.find(({ name }) => name === "External-IP");
    if (!answer.ok) throw new Error(answer.status.message);
    expect(column?.value(answer.object as unknown as Service, 0)).toBe("<pending>");
    world.settle();
    expect(column?.value(world.get(Service, "lb"), 0)).toBe("192.0.2.127");
    expect(world.events("lb").map((event) => event.split(":")[0])).toEqual([
      "EnsuringLoadBalancer",
      "EnsuredLoadBalancer",
    ]);
  });

  it("S3-61 KP-23 traffic to the address reaches pods, from outside and inside", () => {
    const { world, url } = balanced();
    world.client("client");
    expect(world.ask(CLIENT, url).status).toBe(200);
    expect(world.ask("client", url).status).toBe(200);
    expect(callerSeen(world.ask(CLIENT, `${url}/info.php`))).toMatch(/^172\.18\.0\.[23]$/);
    world.remove(Service, "lb");
    expect(world.ask(CLIENT, url).error).toContain("i/o timeout");
  });

  it("S3-62 loadBalancerIP is given when it is had, ignored by a provider without support, and must be reserved at Azure", () => {
    const at = (loadBalancerIP: string, cloud: object): OneCluster => balanced({}, { loadBalancerIP }, { cloud }).world;
    expect(addressOf(at("192.0.2.77", { pool: "192.0.2.0/24" }), "lb")).toBe("192.0.2.77");
    expect(addressOf(at("192.0.2.77", { loadBalancerIP: false }), "lb")).toMatch(/^198\.18\.0\./);
    const azure = at("192.0.2.77", { provider: "azure", pool: "192.0.2.0/24", reserved: { group1: ["192.0.2.9"] } });
    expect(addressOf(azure, "lb")).toBe("");
    expect(azure.events("lb").join()).toContain(
      "CreatingLoadBalancerFailed: Error creating load balancer (will retry): user supplied IP Address 192.0.2.77 was not found in resource group default",
    );
    const reserved = balanced(
      { "service.beta.kubernetes.io/azure-load-balancer-resource-group": "group1" },
      { loadBalancerIP: "192.0.2.9" },
      { cloud: { provider: "azure", reserved: { group1: ["192.0.2.9"] } } },
    );
    expect(addressOf(reserved.world, "lb")).toBe("192.0.2.9");
  });

  it("S3-63 protocols may mix since 1.24; a provider may still refuse one", () => {
    const ports = [
      { name: "tcp", port: 80, protocol: "TCP" as const },
      { name: "udp", port: 53, protocol: "UDP" as const },
    ];
    const object = {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "lb", namespace: "default" },
      spec: { type: "LoadBalancer", ports },
    };
    expect(oneCluster({ mixedProtocols: false }).refusal(Service, object)).toContain(
      "may not contain a mix of protocols when 'type' is 'LoadBalancer'",
    );
    const world = oneCluster({ cloud: { protocols: ["TCP"] } });
    world.create(Service, object);
    expect(world.get(Service, "lb").status?.loadBalancer?.ingress?.[0]?.ports).toEqual([
      { port: 80, protocol: "TCP" },
      { port: 53, protocol: "UDP", error: "UnsupportedProtocol" },
    ]);
  });

  it("S3-64 KP-23 node ports can be done without, and go one by one once they are there", () => {
    const without = balanced({}, { allocateLoadBalancerNodePorts: false });
    expect(without.world.get(Service, "lb").spec.ports?.[0]?.nodePort).toBeUndefined();
    expect(without.world.ask(CLIENT, without.url).status).toBe(200);
    const { world } = balanced();
    const kept = world.patch(Service, "lb", { spec: { allocateLoadBalancerNodePorts: false } });
    expect(kept.spec.ports?.[0]?.nodePort).toBeGreaterThan(0);
    const gone = world.patch(Service, "lb", { spec: { ports: [{ port: 80, protocol: "TCP", targetPort: 80 }] } });
    expect(gone.spec.ports?.[0]?.nodePort).toBeUndefined();
  });

  it("S3-65 KP-23 a Service of a foreign loadBalancerClass stays pending; the class is a name, for load balancers only, and for good", () => {
    const { world } = balanced({}, { loadBalancerClass: "example.com/internal-vip" });
    expect(addressOf(world, "lb")).toBe("");
    expect(
      addressOf(balanced({}, { loadBalancerClass: "mine" }, { cloud: { classes: ["mine"] } }).world, "lb"),
    ).not.toBe("");
    const refused = (spec: object): string =>
      world.refusal(Service, {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "x", namespace: "default" },
        spec: { ports: [{ port: 80 }], ...spec },
      });
    expect(refused({ type: "LoadBalancer", loadBalancerClass: "no/such/class" })).toContain(
      '422 Service "x" is invalid: spec.loadBalancerClass: Invalid value',
    );
    expect(refused({ loadBalancerClass: "internal-vip" })).toContain(
      "spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'",
    );
    const change = world.send({
      verb: "patch",
      kind: Service,
      namespace: "default",
      name: "lb",
      patch: { type: "merge", body: { spec: { loadBalancerClass: "other" } } },
    });
    expect(change).toMatchObject({
      status: { code: 422, message: expect.stringContaining("may not change once set") },
    });
  });

  it.each([
    [`${AWS}internal`, "true"],
    ["networking.gke.io/load-balancer-type", "Internal"],
    ["service.beta.kubernetes.io/azure-load-balancer-internal", "true"],
    [`${TKE}qcloud-loadbalancer-internal-subnetid`, "subnet-123"],
  ])("S3-66 S1-58 %s gives a private address, reachable from within only", (key, value) => {
    const { world, url } = balanced({ [key]: value });
    expect(addressOf(world, "lb")).toMatch(/^192\.168\./);
    world.client("client");
    expect(world.ask("client", url).status).toBe(200);
    expect(world.ask(CLIENT, url).error).toContain("i/o timeout");
  });

  it("S3-67 an internal and an external load balancer serve the same pods", () => {
    const { world, url } = balanced();
    world.service(
      "inner",
      { type: "LoadBalancer", selector: { app: "web" } },
      { annotations: { [`${AWS}internal`]: "true" } },
    );
    world.client("client");
    const pods = (from: string | typeof CLIENT, at: string): readonly string[] =>
      [...new Set(world.answerers(from, at, 30))].sort();
    expect(pods("client", `http://${addressOf(world, "inner")}`)).toEqual(pods(CLIENT, url));
  });
});

describe("4.8 annotations of AWS", () => {
  it("S3-68 S3-71 S3-72 a certificate ends TLS at the ports named, by the policy named", () => {
    const arn = "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012";
    const ports = [80, 443, 8443].map((port) => ({ name: `p${port}`, port, targetPort: 80 }));
    const { world } = onAws(
      {
        "ssl-cert": arn,
        "backend-protocol": "http",
        "ssl-ports": "443,8443",
        "ssl-negotiation-policy": "ELBSecurityPolicy-TLS-1-2-2017-01",
      },
      { ports },
    );
    expect(
      model(world).listeners.map(({ port, frontend, backend, certificate, negotiationPolicy }) => [
        port,
        frontend,
        backend,
        certificate,
        negotiationPolicy,
      ]),
    ).toEqual([
      [80, "HTTP", "HTTP", undefined, undefined],
      [443, "HTTPS", "HTTP", arn, "ELBSecurityPolicy-TLS-1-2-2017-01"],
      [8443, "HTTPS", "HTTP", arn, "ELBSecurityPolicy-TLS-1-2-2017-01"],
    ]);
    expect(model(onAws({ "ssl-cert": arn }, { ports }).world).listeners.map(({ frontend }) => frontend)).toEqual([
      "SSL",
      "SSL",
      "SSL",
    ]);
  });

  it("S3-69 another backend protocol is warned of, and the Service kept", () => {
    const { world, url } = onAws({ "backend-protocol": "carrier-pigeon" });
    expect(world.events("lb").join("\n")).toContain("InvalidLoadBalancerAnnotation");
    expect(world.get(Service, "lb").metadata.annotations).toEqual(aws({ "backend-protocol": "carrier-pigeon" }));
    expect(world.ask(CLIENT, url).status).toBe(200);
    expect(world.events("lb").filter((event) => event.startsWith("Invalid"))).toHaveLength(1);
  });

  it("S3-70 S3-98 HTTP is read and told whose it is; TCP is passed on as it is", () => {
    const http = onAws({ "backend-protocol": "http" }, { externalTrafficPolicy: "Local" });
    const tell = ({ remoteAddress, headers }: HttpRequest): string =>
      `${remoteAddress} for ${headers["x-forwarded-for"] ?? "nobody"}`;
    telling(http.world, tell);
    expect(http.world.ask(CLIENT, http.url).body).toMatch(/^198\.18\.0\.\d+ for 203\.0\.113\.9$/);
    const tcp = onAws({ "backend-protocol": "tcp" });
    telling(tcp.world, tell);
    expect(tcp.world.ask(CLIENT, tcp.url).body).toMatch(/ for nobody$/);
  });

  it("S3-73 S3-99 the PROXY line comes before everything else; only * asks for it", () => {
    const { world, url } = onAws(
      { "proxy-protocol": "*" },
      { loadBalancerIP: "198.18.0.77", ports: [{ port: 7, targetPort: 80 }] },
    );
    telling(world, ({ preamble = "" }) => preamble);
    expect(world.ask({ outside: "192.0.2.202" }, `${url}:7`).body).toBe(
      "PROXY TCP4 192.0.2.202 198.18.0.77 12345 7\r\n",
    );
    const wrong = onAws({ "proxy-protocol": "tcp" });
    expect(wrong.world.events("lb").join("\n")).toContain("proxy-protocol must be");
    telling(wrong.world, ({ preamble = "none" }) => preamble);
    expect(wrong.world.ask(CLIENT, wrong.url).body).toBe("none");
  });

  it("S3-74 access logs go where they are told to, every 5 or 60 minutes", () => {
    const settings = {
      "access-log-enabled": "true",
      "access-log-emit-interval": "60",
      "access-log-s3-bucket-name": "my-bucket",
      "access-log-s3-bucket-prefix": "my-bucket-prefix/prod",
    };
    const { world, url } = onAws(settings);
    expect(model(world).accessLog).toEqual({
      intervalMinutes: 60,
      bucket: "my-bucket",
      prefix: "my-bucket-prefix/prod",
    });
    world.ask(CLIENT, url);
    const lines = world.network.accessLog("c1", "my-bucket/my-bucket-prefix/prod");
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain("203.0.113.9");
    expect(
      onAws({ ...settings, "access-log-emit-interval": "7" })
        .world.events("lb")
        .join(),
    ).toContain("access-log-emit-interval must be 5 or 60");
  });

  /** The node a kept connection goes through is let go; what becomes of the connection? */
  function released(settings: Record<string, string>): { readonly world: OneCluster; readonly alive: () => boolean } {
    const { world, url } = onAws({
      ...settings,
      "healthcheck-interval": "5",
      "healthcheck-timeout": "2",
      "healthcheck-unhealthy-threshold": "2",
    });
    const connection = world.open(CLIENT, url);
    expect(connection.request({})?.status).toBe(200);
    for (const node of ["n1", "n2"]) world.network.setProxyCleanedUp("c1", node, true);
    return { world, alive: () => connection.request({}) !== undefined };
  }

  it("S3-75 a node that is let go keeps its connections for as long as draining lasts", () => {
    const { world, alive } = released({ "connection-draining-enabled": "true", "connection-draining-timeout": "60" });
    world.advance(15);
    expect(alive()).toBe(true);
    world.advance(50);
    expect(alive()).toBe(true);
    world.advance(20);
    expect(alive()).toBe(false);
    const at = released({});
    at.world.advance(15);
    expect(at.alive()).toBe(false);
  });

  it("S3-76 an idle connection is closed", () => {
    const { world, url } = onAws({ "connection-idle-timeout": "60" });
    const connection = world.open(CLIENT, url);
    world.advance(59);
    expect(connection.request({})?.status).toBe(200);
    world.advance(60);
    expect(connection.request({})).toBeUndefined();
  });

  it("S3-77 across zones all nodes get the same; without, all zones do", () => {
    const shares = (crossZone: string): number => {
      const world = oneCluster({
        nodes: nodesNamed(4, (index) => (index === 1 ? "small" : "large")),
        cloud: { provider: "aws" },
      });
      world.web("web", 4);
      world.service(
        "lb",
        { type: "LoadBalancer", selector: { app: "web" } },
        { annotations: aws({ "cross-zone-load-balancing-enabled": crossZone }) },
      );
      const seen = Array.from({ length: 400 }, () =>
        callerSeen(world.ask(CLIENT, `http://${addressOf(world, "lb")}/info.php`)),
      );
      return seen.filter((node) => node === "172.18.0.2").length / seen.length;
    };
    expect(shares("true")).toBeGreaterThan(0.17);
    expect(shares("true")).toBeLessThan(0.33);
    expect(shares("false")).toBeGreaterThan(0.42);
  });

  it("S3-78 tags are written on the load balancer", () => {
    expect(model(onAws({ "additional-resource-tags": "environment=prod,owner=devops" }).world).tags).toEqual({
      environment: "prod",
      owner: "devops",
    });
  });

  it("S3-79 health checks have bounds and defaults, and let a node go after failures and back after successes", () => {
    expect(model(onAws({ "healthcheck-healthy-threshold": "" }).world).healthCheck).toEqual({
      healthyThreshold: 2,
      unhealthyThreshold: 6,
      intervalSeconds: 10,
      timeoutSeconds: 5,
    });
    for (const [name, value] of [
      ["healthcheck-healthy-threshold", "11"],
      ["healthcheck-interval", "4"],
      ["healthcheck-timeout", "61"],
      ["healthcheck-timeout", "20"],
    ] as const)
      expect(
        onAws({ [name]: value })
          .world.events("lb")
          .join(),
        `${name} ${value}`,
      ).toContain("InvalidLoadBalancerAnnotation");
    const { world, url } = onAws({
      "healthcheck-unhealthy-threshold": "3",
      "healthcheck-interval": "20",
      "healthcheck-timeout": "5",
    });
    const through = (): readonly string[] =>
      [
        ...new Set(
          Array.from({ length: 40 }, () => callerSeen(world.ask(CLIENT, `${url}/info.php`, { timeoutMs: 10 }))),
        ),
      ].sort();
    expect(through()).toEqual(["172.18.0.2", "172.18.0.3"]);
    world.network.setProxyCleanedUp("c1", "n2", true);
    world.advance(41);
    expect(through()).toContain("");
    world.advance(20);
    expect(through()).toEqual(["172.18.0.2"]);
    world.network.setProxyCleanedUp("c1", "n2", false);
    world.advance(41);
    expect(through()).toEqual(["172.18.0.2", "172.18.0.3"]);
  });

  it("S3-80 security-groups takes the place of all others, and Services that share one share its fate", () => {
    const settings = { "security-groups": "sg-53fae93f" };
    const { world, url } = onAws(settings);
    expect(model(world).securityGroups).toEqual(["sg-53fae93f"]);
    world.service("second", { type: "LoadBalancer", selector: { app: "web" } }, { annotations: aws(settings) });
    expect(world.ask(CLIENT, url).status).toBe(200);
    world.remove(Service, "second");
    expect(world.ask(CLIENT, url).error).toContain("i/o timeout");
  });

  it("S3-81 extra-security-groups come beside the load balancer's own, and are shared safely", () => {
    const settings = { "extra-security-groups": "sg-53fae93f,sg-42efd82e" };
    const { world, url } = onAws(settings);
    const [own, ...extra] = model(world).securityGroups;
    expect(own).toBe(`k8s-elb-${model(world).name}`);
    expect(extra).toEqual(["sg-53fae93f", "sg-42efd82e"]);
    world.service("second", { type: "LoadBalancer", selector: { app: "web" } }, { annotations: aws(settings) });
    world.remove(Service, "second");
    expect(world.ask(CLIENT, url).status).toBe(200);
  });

  it("S3-82 only nodes with the labels named are registered", () => {
    const { world, url } = onAws({ "target-node-labels": "ingress-gw,gw-name=public-api" });
    expect(world.ask(CLIENT, url).error).toContain("i/o timeout");
    world.patch(Node, "n2", { metadata: { labels: { "ingress-gw": "any", "gw-name": "public-api" } } });
    const through = Array.from({ length: 20 }, () => callerSeen(world.ask(CLIENT, `${url}/info.php`)));
    expect(new Set(through)).toEqual(new Set(["172.18.0.3"]));
  });

  it("S3-83 a network load balancer shows the client under Local, and sends to nodes with pods only", () => {
    const open = onAws({ type: "nlb" });
    expect(callerSeen(open.world.ask(CLIENT, `${open.url}/info.php`))).toMatch(/^172\.18\.0\./);
    const world = oneCluster({ nodes: nodesNamed(2), cloud: { provider: "aws" } });
    world.web("web", 1, { nodeName: "n2" });
    world.service(
      "lb",
      { type: "LoadBalancer", externalTrafficPolicy: "Local", selector: { app: "web" } },
      { annotations: aws({ type: "nlb" }) },
    );
    for (let round = 0; round < 10; round++)
      expect(callerSeen(world.ask(CLIENT, `http://${addressOf(world, "lb")}/info.php`))).toBe("203.0.113.9");
    expect(addressOf(world, "lb")).toMatch(/^a[0-9a-f]+-\d+\.elb\.us-east-1\.amazonaws\.com$/);
  });

  it("S3-84 a network load balancer's rules are those of the table", () => {
    const { world } = onAws({ type: "nlb" }, { loadBalancerSourceRanges: ["143.231.0.0/16"] });
    const { rules, model: balancer } = report(world);
    const nodePort = `${world.get(Service, "lb").spec.ports?.[0]?.nodePort}`;
    const tag = (what: string): string => `kubernetes.io/rule/nlb/${what}=${balancer.name}`;
    const ranges = "143.231.0.0/16";
    expect(rules).toEqual([
      { rule: "Health Check", protocol: "TCP", ports: nodePort, ranges: "172.18.0.0/24", description: tag("health") },
      { rule: "Client Traffic", protocol: "TCP", ports: nodePort, ranges, description: tag("client") },
      { rule: "MTU Discovery", protocol: "ICMP", ports: "3,4", ranges, description: tag("mtu") },
    ]);
    const local = onAws({ type: "nlb" }, { externalTrafficPolicy: "Local" }).world;
    expect(report(local).rules[0]?.ports).toBe(`${local.get(Service, "lb").spec.healthCheckNodePort}`);
    expect(report(local).rules[1]?.ranges).toBe("0.0.0.0/0");
  });

  it("S3-85 KP-23 loadBalancerSourceRanges lets some in and others not; a bad range is refused", () => {
    const { world, url } = balanced({}, { loadBalancerSourceRanges: ["143.231.0.0/16"] });
    expect(world.ask({ outside: "143.231.9.9" }, url).status).toBe(200);
    expect(world.ask({ outside: "8.8.8.8" }, url).error).toContain("i/o timeout");
    expect(model(balanced().world).sourceRanges).toEqual(["0.0.0.0/0"]);
    expect(
      world.refusal(Service, {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "x", namespace: "default" },
        spec: { type: "LoadBalancer", ports: [{ port: 80 }], loadBalancerSourceRanges: ["143.231.0.0/99"] },
      }),
    ).toContain('422 Service "x" is invalid: spec.LoadBalancerSourceRanges[0]: Invalid value');
  });
});

describe("4.9 annotations of Tencent", () => {
  it("S3-86 S3-87 are kept as they are and heeded: nodes by expression, settings recorded, bad ones warned of", () => {
    const annotations = {
      [`${TKE}qcloud-loadbalancer-backends-label`]: "key in (value1, value2)",
      [`${TKE}service.extensiveParameters`]: "",
      [`${TKE}service.listenerParameters`]: "",
      [`${TKE}loadbalance-type`]: "classic",
      [`${TKE}qcloud-loadbalancer-internet-charge-type`]: "TRAFFIC_POSTPAID_BY_HOUR",
      [`${TKE}qcloud-loadbalancer-internet-max-bandwidth-out`]: "10",
    };
    const { world, url } = balanced(annotations);
    expect(world.get(Service, "lb").metadata.annotations).toEqual(annotations);
    expect(model(world).recorded).toEqual(annotations);
    expect(world.ask(CLIENT, url).error).toContain("i/o timeout");
    world.patch(Node, "n1", { metadata: { labels: { key: "value2" } } });
    expect(callerSeen(world.ask(CLIENT, `${url}/info.php`))).toBe("172.18.0.2");
    const wide = balanced({ [`${TKE}qcloud-loadbalancer-internet-max-bandwidth-out`]: "2001" });
    expect(wide.world.events("lb").join()).toContain("must be a number between 1 and 2000");
  });

  it("S3-87 an existing load balancer is shared and outlives the Service; nodes without the pod are left out on demand", () => {
    const existing = { [`${TKE}tke-existed-lbid`]: "lb-6swtxxxx" };
    const { world } = balanced(existing, { ports: [{ port: 80 }] });
    world.service(
      "second",
      { type: "LoadBalancer", selector: { app: "web" }, ports: [{ port: 81, targetPort: 80 }] },
      { annotations: existing },
    );
    expect(addressOf(world, "second")).toBe(addressOf(world, "lb"));
    expect(world.ask(CLIENT, `http://${addressOf(world, "lb")}:81`).status).toBe(200);
    world.remove(Service, "lb");
    expect(world.events("lb").join()).not.toContain("DeletingLoadBalancer");
    expect(world.ask(CLIENT, `http://${addressOf(world, "second")}:81`).status).toBe(200);
    const lone = oneCluster({ nodes: nodesNamed(2) });
    lone.web("web", 1, { nodeName: "n2" });
    lone.service(
      "lb",
      { type: "LoadBalancer", selector: { app: "web" } },
      { annotations: { [`${TKE}local-svc-only-bind-node-with-pod`]: "true" } },
    );
    const seen = Array.from({ length: 10 }, () =>
      callerSeen(lone.ask(CLIENT, `http://${addressOf(lone, "lb")}/info.php`)),
    );
    expect(new Set(seen)).toEqual(new Set(["172.18.0.3"]));
  });
});
