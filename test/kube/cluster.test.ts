import { describe, expect, it } from "vitest";
import {
  ConfigMap,
  Deployment,
  EndpointSlice,
  Endpoints,
  Event,
  Lease,
  Namespace,
  Node,
  Pod,
  ReplicaSet,
  Secret,
  Service,
  ServiceAccount,
} from "../../src/api/index.ts";
import { plainRuntime, type SmallCluster, smallCluster } from "./small-cluster.ts";

const labels = { app: "web" };

function deployment(replicas: number, image = "nginx:1.25"): Deployment {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "default" },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "web", image }] } },
    },
  };
}

function service(name: string, ports: NonNullable<Service["spec"]["ports"]> = [{ port: 80 }]): Service {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: "default" },
    spec: { selector: labels, ports, clusterIP: "10.11.0.50" },
  };
}

const addresses = (world: SmallCluster): readonly string[] =>
  world
    .list(EndpointSlice, "default")
    .filter(({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === "web")
    .flatMap(({ endpoints }) =>
      endpoints.filter(({ conditions }) => conditions?.ready).flatMap((each) => each.addresses),
    )
    .sort();

describe("a booted cluster", () => {
  it("has its node, its system Services and two ready CoreDNS pods", () => {
    const world = smallCluster();
    const node = world.get(Node, "member1-control-plane");
    expect(node?.spec.podCIDR).toBe("10.10.0.0/24");
    expect(node?.status?.conditions?.find(({ type }) => type === "Ready")?.status).toBe("True");
    expect(world.list(Service).map(({ metadata, spec }) => [metadata.name, spec.clusterIP])).toEqual([
      ["kubernetes", "10.11.0.1"],
      ["kube-dns", "10.11.0.10"],
    ]);
    const pods = world.list(Pod, "kube-system");
    expect(pods.map(({ status }) => status?.podIP).sort()).toEqual(["10.10.0.2", "10.10.0.3"]);
    expect(pods.every(({ status }) => status?.phase === "Running")).toBe(true);
    expect(world.get(ConfigMap, "coredns", "kube-system")?.data?.Corefile).toContain("multicluster clusterset.local");
  });

  it("gives every namespace its ServiceAccount and root certificate", () => {
    const world = smallCluster();
    world.apply(Namespace, { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
    world.settle();
    expect(world.get(ServiceAccount, "default", "shop")).toBeDefined();
    expect(world.get(ConfigMap, "kube-root-ca.crt", "shop")).toBeDefined();
  });

  it("makes a Deployment ready with addresses of the node's pod CIDR, in few writes", () => {
    const world = smallCluster();
    const written: string[] = [];
    world.loop.trace.observe(({ verb, subject }) => {
      if (subject.startsWith("pods ")) written.push(`${verb} ${subject}`);
    });
    world.apply(Deployment, deployment(3));
    world.settle();
    expect(world.get(Deployment, "web")?.status?.readyReplicas).toBe(3);
    const pods = world.list(Pod, "default");
    expect(pods.map(({ status }) => status?.podIP).sort()).toEqual(["10.10.0.4", "10.10.0.5", "10.10.0.6"]);
    expect(pods.every(({ spec }) => spec.nodeName === "member1-control-plane")).toBe(true);
    expect(written.length, written.join("\n")).toBe(9);
  });

  it("S1-19 tells the creation flow as events", () => {
    const world = smallCluster();
    world.apply(Deployment, deployment(1));
    world.settle();
    const pod = world.list(Pod, "default")[0] as Pod;
    const events = world
      .list(Event, "default")
      .filter(({ involvedObject }) => involvedObject.uid === pod.metadata.uid)
      .sort((left, right) => Number(left.metadata.resourceVersion) - Number(right.metadata.resourceVersion));
    expect(events.map(({ reason, source }) => `${source?.component} ${reason}`)).toEqual([
      "default-scheduler Scheduled",
      "kubelet Pulling",
      "kubelet Pulled",
      "kubelet Created",
      "kubelet Started",
    ]);
    expect(events[0]?.message).toBe(`Successfully assigned default/${pod.metadata.name} to member1-control-plane`);
  });

  it("keeps slices and Endpoints of a Service in step with its pods", () => {
    const world = smallCluster();
    world.apply(Deployment, deployment(2));
    world.apply(Service, service("web", [{ name: "http", port: 80, targetPort: 8080 }]));
    world.settle();
    expect(addresses(world)).toEqual(["10.10.0.4", "10.10.0.5"]);
    const [slice] = world.list(EndpointSlice, "default").filter(({ metadata }) => metadata.name.startsWith("web-"));
    expect(slice?.ports).toEqual([{ name: "http", protocol: "TCP", port: 8080 }]);
    expect(slice?.endpoints[0]).toMatchObject({
      conditions: { ready: true, serving: true, terminating: false },
      nodeName: "member1-control-plane",
      targetRef: { kind: "Pod" },
    });
    expect(world.get(Endpoints, "web")?.subsets?.[0]?.addresses?.map(({ ip }) => ip)).toEqual([
      "10.10.0.4",
      "10.10.0.5",
    ]);
    world.apply(Deployment, { ...(world.get(Deployment, "web") as Deployment), spec: deployment(5).spec });
    world.settle();
    expect(addresses(world)).toHaveLength(5);
    world.remove(Service, "web");
    world.settle();
    expect(world.list(EndpointSlice, "default").map(({ metadata }) => metadata.name)).toEqual(["kubernetes"]);
    expect(world.get(Endpoints, "web")).toBeUndefined();
  });

  it("rolls an update through: new pods first, then old ones end", () => {
    const world = smallCluster();
    world.apply(Deployment, deployment(3));
    world.settle();
    world.apply(Deployment, {
      ...(world.get(Deployment, "web") as Deployment),
      spec: deployment(3, "nginx:1.26").spec,
    });
    world.settle();
    const pods = world.list(Pod, "default");
    expect(pods.map(({ spec }) => spec.containers[0]?.image)).toEqual(["nginx:1.26", "nginx:1.26", "nginx:1.26"]);
    expect(
      world
        .list(ReplicaSet, "default")
        .map(({ spec }) => spec.replicas)
        .sort(),
    ).toEqual([0, 3]);
  });

  it.each(["Background", "Foreground"] as const)("deletes what a Deployment owns with it (%s)", (propagationPolicy) => {
    const world = smallCluster();
    world.apply(Deployment, deployment(2));
    world.settle();
    world.remove(Deployment, "web", { propagationPolicy });
    world.settle();
    expect(world.get(Deployment, "web")).toBeUndefined();
    expect(world.list(ReplicaSet, "default")).toEqual([]);
    expect(world.list(Pod, "default")).toEqual([]);
  });

  it("S0-04 leaves orphans alone, without owner", () => {
    const world = smallCluster();
    world.apply(Deployment, deployment(2));
    world.settle();
    world.remove(Deployment, "web", { propagationPolicy: "Orphan" });
    world.settle();
    expect(world.get(Deployment, "web")).toBeUndefined();
    const [replicaSet] = world.list(ReplicaSet, "default");
    expect(replicaSet?.metadata.ownerReferences).toBeUndefined();
    expect(world.list(Pod, "default")).toHaveLength(2);
  });

  it("empties a namespace and lets it go", () => {
    const world = smallCluster();
    world.apply(Namespace, { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
    world.settle();
    const template = deployment(2);
    world.apply(Deployment, { ...template, metadata: { name: "web", namespace: "shop" } });
    world.apply(Secret, { apiVersion: "v1", kind: "Secret", metadata: { name: "key", namespace: "shop" } });
    world.settle();
    expect(world.list(Pod, "shop")).toHaveLength(2);
    world.remove(Namespace, "shop");
    world.settle();
    expect(world.get(Namespace, "shop")).toBeUndefined();
    for (const kind of [Pod, Deployment, ReplicaSet, Secret, ConfigMap, ServiceAccount, Event])
      expect(world.list<typeof kind>(kind, "shop"), kind.kind).toEqual([]);
  });

  it("holds a namespace until the finalizers in it are gone, and says so", () => {
    const world = smallCluster();
    world.apply(Namespace, { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
    const held = { name: "held", namespace: "shop", finalizers: ["example.com/hold"] };
    world.settle();
    world.apply(ConfigMap, { apiVersion: "v1", kind: "ConfigMap", metadata: held });
    world.remove(Namespace, "shop");
    world.settle();
    const conditions = world.get(Namespace, "shop")?.status?.conditions;
    expect(conditions?.find(({ type }) => type === "NamespaceFinalizersRemaining")?.message).toBe(
      "Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances",
    );
    const { finalizers: _finalizers, ...metadata } = (world.get(ConfigMap, "held", "shop") as ConfigMap).metadata;
    world.apply(ConfigMap, { apiVersion: "v1", kind: "ConfigMap", metadata });
    world.settle();
    expect(world.get(Namespace, "shop")).toBeUndefined();
  });

  it("rests: with nothing to do only heartbeats are written", () => {
    const world = smallCluster();
    world.apply(Deployment, deployment(2));
    world.apply(Service, service("web"));
    world.settle();
    const subjects = new Set<string>();
    world.loop.trace.observe(({ subject }) => subjects.add(subject.split(" ")[0] as string));
    world.advance(240);
    expect([...subjects]).toEqual(["leases"]);
    expect(world.list(Lease, "kube-node-lease")).toHaveLength(1);
  });

  it("runs alike from the same seed, and differently from another", () => {
    const hash = (seed: number): string => {
      const world = smallCluster({ seed, config: { nodes: [{ name: "a" }, { name: "b" }, { name: "c" }] } });
      world.apply(Deployment, deployment(7));
      world.apply(Service, service("web"));
      world.settle();
      world.advance(60);
      return world.loop.trace.hash;
    };
    expect(hash(7)).toBe(hash(7));
    expect(hash(7)).not.toBe(hash(8));
  });

  it("S0-63 keeps two pods with one host port off the same node", () => {
    const world = smallCluster({ config: { nodes: [{ name: "only" }] }, runtime: (loop) => plainRuntime(loop) });
    const pod = (name: string): Pod => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace: "default" },
      spec: { containers: [{ name: "c", image: "x:1", ports: [{ containerPort: 9100, hostPort: 9100 }] }] },
    });
    world.apply(Pod, pod("first"));
    world.settle();
    world.apply(Pod, pod("second"));
    world.settle();
    const scheduled = world.get(Pod, "second")?.status?.conditions?.find(({ type }) => type === "PodScheduled");
    expect(scheduled?.message).toBe(
      "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.",
    );
    world.remove(Pod, "first");
    world.settle();
    expect(world.get(Pod, "second")?.status?.phase).toBe("Running");
  });
});
