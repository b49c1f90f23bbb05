import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DigAnswer, World } from "../../src/index.ts";

const ROOT = join(import.meta.dirname, "../..");
const NAME = "my-service.my-ns.svc.cluster.local";

let world: World;
const member = () => world.member("member1");
beforeAll(async () => {
  world = await World.create({ seed: 48, members: [{ name: "member1" }] });
  await world.settle();
  for (const namespace of ["my-ns", "other"]) {
    await member().create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    await member().create(pod("client", namespace, {}));
    await member().create(pod("outsider", namespace, { dnsPolicy: "Default" }));
  }
  for (const name of ["web-1", "web-2"]) await member().create(pod(name, "my-ns", {}, { app: "web" }));
  await member().create(
    service("my-service", {
      selector: { app: "web" },
      ports: [
        { name: "http", port: 80 },
        { name: "admin", port: 81 },
      ],
    }),
  );
  await member().create(service("unnamed", { selector: { app: "web" }, ports: [{ port: 80 }] }));
  await world.settle();
});
afterAll(() => world.stop());

function service(name: string, spec: object): object {
  return { apiVersion: "v1", kind: "Service", metadata: { name, namespace: "my-ns" }, spec };
}

function pod(name: string, namespace: string, spec: object, labels: Readonly<Record<string, string>> = {}): object {
  const containers = [{ name: "c", image: "busybox:1.36", command: ["sleep", "86400"] }];
  return { apiVersion: "v1", kind: "Pod", metadata: { name, namespace, labels }, spec: { ...spec, containers } };
}

/** What a client in a pod finds under a name: an address, or nothing. */
async function lookUp(namespace: string, name: string, from = "client"): Promise<string | undefined> {
  const { exitCode, stdout } = await member().exec({ namespace, name: from }, ["getent", "hosts", name]);
  return exitCode === 0 ? stdout.split(/\s/)[0] : undefined;
}

async function clusterIP(name: string): Promise<string> {
  const found = await member().get("services", name, "my-ns");
  return String((found?.spec as { readonly clusterIP?: string } | undefined)?.clusterIP);
}

const short = ({ status, answers }: DigAnswer): readonly string[] =>
  answers.length === 0 ? [status] : answers.map(({ data }) => data);
const dig = async (name: string, type = "A"): Promise<readonly string[]> => short(await member().dig(name, type));

describe("names of Services", () => {
  it("S3-48 are short at home, carry their namespace elsewhere, and are whole everywhere", async () => {
    const address = await clusterIP("my-service");
    for (const name of ["my-service", "my-service.my-ns", NAME]) expect(await lookUp("my-ns", name)).toBe(address);
    for (const name of ["my-service.my-ns", "my-service.my-ns.svc", NAME])
      expect(await lookUp("other", name)).toBe(address);
    expect(await lookUp("other", "my-service")).toBeUndefined();
  });

  it("S3-49 E-04 come with their Service and go when the cache lets go of them", async () => {
    await member().create(service("late", { ports: [{ port: 80 }] }));
    await world.settle();
    const address = await clusterIP("late");
    expect(await dig("late.my-ns.svc.cluster.local")).toEqual([address]);
    await member().delete("services", "late", { namespace: "my-ns" });
    await world.advance("31s");
    expect(await dig("late.my-ns.svc.cluster.local")).toEqual(["NXDOMAIN"]);
  });

  it("S3-50 DNS-03 CD-15 have an SRV record for each named port, and the address beside it", async () => {
    const answer = await member().dig(`_http._tcp.${NAME}`, "SRV");
    expect(short(answer)).toEqual([`0 100 80 ${NAME}.`]);
    expect(answer.text).toMatch(new RegExp(`${NAME}\\.\\s+\\d+\\s+IN\\s+A\\s+${await clusterIP("my-service")}`));
    expect(await dig(`_admin._tcp.${NAME}`, "SRV")).toEqual([`0 100 81 ${NAME}.`]);
    expect(await dig("_http._tcp.unnamed.my-ns.svc.cluster.local", "SRV")).toEqual(["NXDOMAIN"]);
  });

  it("S3-51 S3-54 DNS-10 are an alias for an ExternalName, which nothing but DNS knows", async () => {
    await member().create(
      service("away", { type: "ExternalName", externalName: "my-service.my-ns.svc.cluster.local" }),
    );
    await world.settle();
    expect(await dig("away.my-ns.svc.cluster.local", "CNAME")).toEqual([`${NAME}.`]);
    expect(await dig("away.my-ns.svc.cluster.local")).toEqual([`${NAME}.`, await clusterIP("my-service")]);
    const { stdout } = await member().execOnNode((await member().list("nodes"))[0]?.metadata.name ?? "", [
      "iptables-save",
    ]);
    expect(stdout).toContain("my-ns/my-service:http");
    expect(stdout).not.toContain("my-ns/away");
  });

  it("S3-52 DNS-05 are the addresses of ready pods where there is no ClusterIP", async () => {
    await member().create(service("bare", { clusterIP: "None", selector: { app: "web" }, ports: [{ port: 80 }] }));
    await world.settle();
    const pods = await member().list("pods", { namespace: "my-ns" });
    const wanted = pods.flatMap(({ metadata, status }) =>
      metadata.labels?.app === "web" ? [(status as { readonly podIP: string }).podIP] : [],
    );
    expect([...(await dig("bare.my-ns.svc.cluster.local"))].sort()).toEqual(wanted.sort());
    const node = (await member().list("nodes"))[0]?.metadata.name ?? "";
    expect((await member().execOnNode(node, ["iptables-save"])).stdout).not.toContain("my-ns/bare");
  });

  it("S3-53 DNS-09 are what Endpoints made by hand say where there is no selector", async () => {
    await member().create(service("handmade", { clusterIP: "None", ports: [{ port: 80 }] }));
    await world.settle();
    expect(await dig("handmade.my-ns.svc.cluster.local")).toEqual(["NXDOMAIN"]);
    await member().create({
      apiVersion: "v1",
      kind: "Endpoints",
      metadata: { name: "handmade", namespace: "my-ns" },
      subsets: [{ addresses: [{ ip: "192.0.2.42" }], ports: [{ port: 80 }] }],
    });
    await world.advance("31s");
    expect(await dig("handmade.my-ns.svc.cluster.local")).toEqual(["192.0.2.42"]);
  });

  it("DNS-12 EPS-07 name pods by hostname and subdomain, whose own name they then have for a hostname", async () => {
    await member().create(service("group", { clusterIP: "None", selector: { app: "group" }, ports: [{ port: 80 }] }));
    const labels = { app: "group" };
    await member().create(
      pod("named", "my-ns", { hostname: "first", subdomain: "group", setHostnameAsFQDN: true }, labels),
    );
    await member().create(pod("nameless", "my-ns", { subdomain: "group" }, labels));
    await member().create(pod("stranger", "my-ns", { hostname: "other", subdomain: "elsewhere" }, labels));
    await world.settle();
    const ipOf = async (name: string): Promise<string> => {
      const found = await member().get("pods", name, "my-ns");
      return (found as unknown as { readonly status: { readonly podIP: string } }).status.podIP;
    };
    const [first, ...others] = await Promise.all(["named", "nameless", "stranger"].map(ipOf));
    const GROUP = "group.my-ns.svc.cluster.local";
    expect(await dig(`first.${GROUP}`)).toEqual([first]);
    expect(await dig(`other.${GROUP}`)).toEqual(["NXDOMAIN"]);
    expect([...(await dig(GROUP))].sort()).toEqual([first, ...others].sort());
    const { stdout } = await member().exec({ namespace: "my-ns", name: "named" }, ["hostname"]);
    expect(stdout.trim()).toBe(`first.${GROUP}`);
    expect(await lookUp("my-ns", `first.${GROUP}`, "named")).toBe(first);
  });

  it("DNS-13 stand for pods that are not ready where the Service publishes them", async () => {
    const readinessProbe = { httpGet: { path: "/", port: 81 } };
    const containers = [{ name: "c", image: "busybox:1.36", command: ["sleep", "86400"], readinessProbe }];
    await member().create({ ...pod("unready", "my-ns", {}, { app: "unready" }), spec: { containers } });
    const spec = { clusterIP: "None", selector: { app: "unready" }, ports: [{ port: 80 }] };
    await member().create(service("strict", spec));
    await member().create(service("lenient", { ...spec, publishNotReadyAddresses: true }));
    await world.settle();
    expect(await dig("strict.my-ns.svc.cluster.local")).toEqual(["NXDOMAIN"]);
    expect(await dig("lenient.my-ns.svc.cluster.local")).toEqual([expect.stringMatching(/^10\./)]);
  });

  it("S4-82 RES-01 are nothing to a pod that asks the name servers of its node", async () => {
    for (const name of [NAME, "my-service", "my-service.my-ns.svc.clusterset.local"])
      expect(await lookUp("my-ns", name, "outsider")).toBeUndefined();
    expect(await lookUp("my-ns", "outsider", "outsider")).toMatch(/^10\./);
  });
});

describe("multicluster names", () => {
  it("S4-72 cost a member no component: CoreDNS is as kubeadm makes it", async () => {
    const pods = await member().list("pods", { namespace: "kube-system" });
    const names = pods.map(({ metadata }) => metadata.name.replace(/(-[a-z0-9]{6,10})?-[a-z0-9]{5}$/, ""));
    expect(names.filter((name) => name === "coredns")).toHaveLength(2);
    const known =
      /^(?:coredns|kube-proxy|etcd-|kube-apiserver-|kube-controller-manager-|kube-scheduler-|kube-flannel-ds)/;
    expect(names.filter((name) => !known.test(name))).toEqual([]);
  });

  it("S4-83 S4-77 are documented with their sources, and need no tool that builds images", () => {
    const readme = readFileSync(join(ROOT, "README.md"), "utf8");
    for (const source of [
      "karmada.io/docs",
      "1645-multi-cluster-services-api",
      "coredns/multicluster",
      "Submariner",
      "#3694",
    ])
      expect(readme).toContain(source);
    expect(readme).toContain("No containers");
  });
});
