import { describe, expect, it } from "vitest";
import { builtinDescriptors, Ingress, IngressClass, Service } from "../../src/api/index.ts";
import { nodesNamed, type OneCluster, oneCluster } from "../network/proxy/one-cluster.ts";

const CLIENT = { outside: "203.0.113.9" };
const ADDRESS = "198.18.0.126";

const path = (text: string, pathType: string, service: string) => ({
  path: text,
  pathType,
  backend: { service: { name: service, port: { number: 80 } } },
});
const ingress = (name: string, spec: object, annotations: Record<string, string> = {}) => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "Ingress",
  metadata: { name, namespace: "default", annotations },
  spec,
});

/** Services `shop` and `blog`, and an Ingress that tells them apart by host and path. */
function edge(spec: object = {}): OneCluster {
  const world = oneCluster({ nodes: nodesNamed(2) });
  for (const name of ["shop", "blog"]) {
    world.web(name, 2);
    world.service(name, { selector: { app: name } });
  }
  world.service("empty", { selector: { app: "nobody" } });
  world.create(
    Ingress,
    ingress("web", {
      ingressClassName: "nginx",
      rules: [
        {
          host: "shop.example.com",
          http: {
            paths: [
              path("/", "Prefix", "shop"),
              path("/blog", "Prefix", "blog"),
              path("/only", "Exact", "blog"),
              path("/void", "ImplementationSpecific", "empty"),
            ],
          },
        },
        { host: "*.blogs.example.com", http: { paths: [path("/", "Prefix", "blog")] } },
      ],
      ...spec,
    }),
  );
  return world;
}

/** Which app answered, or the status. */
function answerer(world: OneCluster, host: string, at = "/info.php"): string {
  const asked = world.ask(CLIENT, `http://${ADDRESS}${at}`, { headers: { Host: host } });
  return /php_host: \t(\w+)-/.exec(asked.body)?.[1] ?? String(asked.status);
}

describe("Ingress", () => {
  it("S1-53 rules of hosts and paths lead to different Services", () => {
    const world = edge();
    expect(world.get(Ingress, "web").status?.loadBalancer?.ingress).toEqual([{ ip: ADDRESS }]);
    expect(answerer(world, "shop.example.com")).toBe("shop");
    expect(answerer(world, "SHOP.example.com:80")).toBe("shop");
    expect(answerer(world, "my.blogs.example.com")).toBe("blog");
    expect(answerer(world, "a.b.blogs.example.com")).toBe("404");
    // The pods know no page below /blog: 404 is theirs, by whom they are told apart from the edge's.
    const body = (at: string): string =>
      world.ask(CLIENT, `http://${ADDRESS}${at}`, { headers: { Host: "shop.example.com" } }).body;
    expect(body("/blog/x")).toContain("Apache");
    expect(answerer(world, "shop.example.com", "/blogger/info.php")).toBe("404");
    expect(answerer(world, "shop.example.com", "/void")).toBe("503");
  });

  it("S1-53 unknown hosts get 404, or the default backend if there is one", () => {
    expect(answerer(edge(), "other.example.com")).toBe("404");
    const world = edge({ defaultBackend: { service: { name: "blog", port: { number: 80 } } } });
    expect(answerer(world, "other.example.com")).toBe("blog");
  });

  it("S1-53 prints class, hosts, address, ports and age", () => {
    const world = edge();
    const columns =
      builtinDescriptors.find(({ kind }) => kind.kind === "Ingress" && kind.group === "networking.k8s.io")?.columns ??
      [];
    expect(columns.map(({ name }) => name)).toEqual(["Class", "Hosts", "Address", "Ports", "Age"]);
    const printed = columns.slice(0, 4).map((column) => column.value(world.get(Ingress, "web"), 0));
    expect(printed).toEqual(["nginx", "shop.example.com,*.blogs.example.com", ADDRESS, "80"]);
  });

  it("S1-53 every path has a type, Exact, Prefix or ImplementationSpecific", () => {
    const world = edge();
    const withPath = (one: object) => ingress("bad", { rules: [{ http: { paths: [one] } }] });
    expect(
      world.refusal(Ingress, withPath({ path: "/", backend: { service: { name: "shop", port: { number: 80 } } } })),
    ).toContain("spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified");
    expect(world.refusal(Ingress, withPath(path("/", "Regex", "shop")))).toContain("pathType: Unsupported value");
  });

  it("S1-53 an Exact path goes before a prefix, and a longer prefix before a shorter", () => {
    const world = edge();
    world.create(
      Ingress,
      ingress("more", {
        ingressClassName: "nginx",
        rules: [
          {
            host: "more.example.com",
            http: {
              paths: [path("/", "Prefix", "blog"), path("/info.php", "Exact", "shop"), path("/info", "Prefix", "blog")],
            },
          },
        ],
      }),
    );
    expect(answerer(world, "more.example.com")).toBe("shop");
  });

  it("S1-53 other controllers' Ingresses are left alone; one without class is served unless another class is the default", () => {
    const world = edge();
    const classOf = (name: string, controller: string, standard = false) => ({
      apiVersion: "networking.k8s.io/v1",
      kind: "IngressClass",
      metadata: { name, annotations: standard ? { "ingressclass.kubernetes.io/is-default-class": "true" } : {} },
      spec: { controller },
    });
    world.create(IngressClass, classOf("other", "example.com/other"));
    const rules = (host: string) => [{ host, http: { paths: [path("/", "Prefix", "shop")] } }];
    world.create(Ingress, ingress("theirs", { ingressClassName: "other", rules: rules("theirs.example.com") }));
    world.create(Ingress, ingress("classless", { rules: rules("classless.example.com") }));
    expect(world.get(Ingress, "theirs").status?.loadBalancer?.ingress).toBeUndefined();
    expect([answerer(world, "theirs.example.com"), answerer(world, "classless.example.com")]).toEqual(["404", "shop"]);
    world.create(IngressClass, classOf("standard", "example.com/other", true));
    expect(answerer(world, "classless.example.com")).toBe("404");
    expect(world.get(Ingress, "classless").status?.loadBalancer?.ingress).toBeUndefined();
  });

  it("S1-53 a new Ingress without class gets the default one, the newest where several are", () => {
    const world = edge();
    const standard = (name: string) => ({
      apiVersion: "networking.k8s.io/v1",
      kind: "IngressClass",
      metadata: { name, annotations: { "ingressclass.kubernetes.io/is-default-class": "true" } },
      spec: { controller: "example.com/other" },
    });
    const classOf = (name: string, metadata: object = {}): string | undefined => {
      const made = ingress(name, { defaultBackend: { service: { name: "shop", port: { number: 80 } } } });
      return world.create(Ingress, { ...made, metadata: { ...made.metadata, ...metadata } }).spec.ingressClassName;
    };
    expect(classOf("before")).toBeUndefined();
    world.create(IngressClass, standard("b"));
    world.create(IngressClass, standard("a"));
    expect(classOf("same-age")).toBe("a");
    world.advance(2);
    world.create(IngressClass, standard("z"));
    expect(classOf("newest")).toBe("z");
    expect(classOf("annotated", { annotations: { "kubernetes.io/ingress.class": "nginx" } })).toBeUndefined();
    expect(world.get(Ingress, "before").spec.ingressClassName).toBeUndefined();
  });

  it("S1-53 a host with a certificate is sent to https, and served there", () => {
    const world = edge({ tls: [{ hosts: ["shop.example.com"], secretName: "cert" }] });
    const plain = world.ask(CLIENT, `http://${ADDRESS}/info.php`, { headers: { Host: "shop.example.com" } });
    expect(plain.status).toBe(308);
    expect(world.ask(CLIENT, `https://${ADDRESS}/info.php`, { headers: { Host: "shop.example.com" } }).status).toBe(
      200,
    );
    world.patch(Ingress, "web", { metadata: { annotations: { "nginx.ingress.kubernetes.io/ssl-redirect": "false" } } });
    expect(answerer(world, "shop.example.com")).toBe("shop");
    world.patch(Ingress, "web", {
      metadata: { annotations: { "nginx.ingress.kubernetes.io/ssl-redirect": null } },
      spec: { tls: [{ hosts: ["*.blogs.example.com"], secretName: "cert" }] },
    });
    const statusOf = (host: string): number =>
      world.ask(CLIENT, `http://${ADDRESS}/info.php`, { headers: { Host: host } }).status;
    expect(["a.blogs.example.com", "shop.example.com"].map(statusOf)).toEqual([308, 200]);
    world.patch(Ingress, "web", {
      metadata: { annotations: { "nginx.ingress.kubernetes.io/force-ssl-redirect": "true" } },
    });
    expect(statusOf("shop.example.com")).toBe(308);
  });

  it("S1-54 the edge sends to endpoints itself: kube-proxy counts nothing and may be gone", () => {
    const world = edge();
    const counted = (): number =>
      ["n1", "n2"].reduce((sum, node) => {
        const { rules } = world.network.proxy("c1", node);
        const proxy = world.network.fabric.cluster("c1").proxies.of(node);
        return sum + rules.reduce((all, rule) => all + proxy.packets(rule), 0);
      }, 0);
    const before = counted();
    expect(answerer(world, "shop.example.com")).toBe("shop");
    expect(counted()).toBe(before);
    for (const node of ["n1", "n2"]) world.network.setProxyCleanedUp("c1", node, true);
    world.client("client");
    expect(world.ask("client", `http://${world.get(Service, "shop").spec.clusterIP}`).error).toContain("i/o timeout");
    expect(answerer(world, "shop.example.com")).toBe("shop");
  });

  it("S1-54 S3-98 the edge is a reverse proxy: pods see it, and are told of the client", () => {
    const world = edge();
    const seen: Record<string, string>[] = [];
    const network = world.network.fabric.cluster("c1");
    const addresses = new Set(
      network.services.backendsOf("default", "shop", { number: 80 })?.endpoints.map(({ address }) => address),
    );
    for (const address of addresses) {
      const present = network.listenerAt(address, "80/TCP");
      if (present !== undefined) network.close(address, "80/TCP", present);
      network.listen(address, "80/TCP", {
        serve: (request) => {
          seen.push({ ...request.headers, from: request.remoteAddress });
          return { status: 200, headers: {}, body: "" };
        },
      });
    }
    const claimed = { "X-Forwarded-For": "192.0.2.1", Proxy: "x", "X-Request-Id": "mine" };
    world.ask(CLIENT, `http://${ADDRESS}/`, { headers: { Host: "shop.example.com", ...claimed } });
    world.ask(CLIENT, `http://${ADDRESS}/`, { headers: { Host: "shop.example.com" } });
    expect(seen[0]).toMatchObject({ "x-original-forwarded-for": "192.0.2.1", "x-request-id": "mine" });
    expect(seen[0]).not.toHaveProperty("proxy");
    expect(seen[1]?.["x-request-id"]).toMatch(/^[0-9a-f]{32}$/);
    expect(seen[1]).not.toHaveProperty("x-original-forwarded-for");
    expect(seen[0]).toMatchObject({
      // The place in the pod network of the node it runs on.
      from: "10.244.0.0",
      host: "shop.example.com",
      "x-forwarded-for": "203.0.113.9",
      "x-forwarded-proto": "http",
      "x-real-ip": "203.0.113.9",
    });
  });

  it("has several endpoints take turns, and passes over one that is down", () => {
    const world = edge();
    const pods = Array.from(
      { length: 8 },
      () =>
        /php_host: \t(\S+)/.exec(
          world.ask(CLIENT, `http://${ADDRESS}/info.php`, { headers: { Host: "shop.example.com" } }).body,
        )?.[1],
    );
    expect(new Set(pods).size).toBe(2);
    expect(pods.slice(2, 4)).toEqual(pods.slice(0, 2));
    world.network.setNodeDown("c1", "n2", true);
    for (let round = 0; round < 4; round++) expect(answerer(world, "shop.example.com")).toBe("shop");
  });
});
