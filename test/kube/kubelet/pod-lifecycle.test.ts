import { describe, expect, it } from "vitest";
import { ConfigMap, Event, Job, Node, Pod, Secret, Service } from "../../../src/api/index.ts";
import type { ContainerRuntime, ContainerStart } from "../../../src/kube/index.ts";
import type { Loop } from "../../../src/sim/index.ts";
import { oneCluster } from "../../network/proxy/one-cluster.ts";
import { pod } from "../pods.ts";
import { plainRuntime, type SmallCluster, smallCluster } from "../small-cluster.ts";

type Exit = { readonly afterMs: number; readonly code: number };

/** A runtime whose containers end by themselves as `exits` says, by container name, and that remembers what it started. */
function scripted(exits: Readonly<Record<string, Exit>>, parts: Partial<ContainerRuntime> = {}) {
  const starts: ContainerStart[] = [];
  const runtime = (loop: Loop): ContainerRuntime =>
    plainRuntime(loop, {
      start: (start, events) => {
        starts.push(start);
        const exit = exits[start.container.name];
        const end = (code: number): void => events.onExit({ code, reason: code === 0 ? "Completed" : "Error" });
        const timer = exit && loop.after(exit.afterMs, "program", () => end(exit.code));
        return {
          stop: () => {
            timer?.cancel();
            loop.soon("container exit", () => end(0));
          },
        };
      },
      ...parts,
    });
  return { runtime, starts };
}

function created(world: SmallCluster, object: Pod): Pod {
  world.apply(Pod, object);
  world.settle();
  return world.get(Pod, object.metadata.name) as Pod;
}

const condition = (object: Pod | undefined, type: string): string | undefined =>
  object?.status?.conditions?.find((each) => each.type === type)?.status;
const own = (starts: readonly ContainerStart[]): readonly ContainerStart[] =>
  starts.filter(({ pod: { metadata } }) => metadata.namespace === "default");

describe("a pod's phases", () => {
  it("S1-16 succeeds when all its containers have, and are not to run again", () => {
    const { runtime } = scripted({ main: { afterMs: 3000, code: 0 } });
    const world = smallCluster({ runtime });
    const done = created(world, pod("once", { restartPolicy: "Never" }));
    expect(done.status?.phase).toBe("Succeeded");
    expect(done.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode: 0, reason: "Completed" });
    expect(condition(done, "Ready")).toBe("False");
  });

  it("S1-17 fails when one has failed", () => {
    const { runtime } = scripted({ main: { afterMs: 0, code: 2 } });
    const done = created(smallCluster({ runtime }), pod("bad", { restartPolicy: "Never" }));
    expect(done.status?.phase).toBe("Failed");
    expect(done.status?.containerStatuses?.[0]?.state?.terminated?.exitCode).toBe(2);
  });

  it("S1-15 S1-21 S1-22 restarts a crashing container at once, then after 10 s, 20 s, up to 300 s", () => {
    const { runtime, starts } = scripted({ main: { afterMs: 1000, code: 1 } });
    const world = smallCluster({ runtime });
    const before = created(world, pod("crash"));
    const startedAt = (): readonly number[] =>
      own(starts).map(({ pod: { status } }, index) => (index === 0 ? Date.parse(status?.startTime ?? "") : 0));
    expect(startedAt()).toHaveLength(2);
    expect(before.status).toMatchObject({ phase: "Running" });
    expect(before.status?.containerStatuses?.[0]).toMatchObject({
      restartCount: 1,
      ready: false,
      state: { waiting: { reason: "CrashLoopBackOff" } },
      lastState: { terminated: { exitCode: 1 } },
    });
    const counts = [10, 20, 40, 80, 160, 300, 300].map((seconds) => {
      world.advance(seconds + 1);
      return world.get(Pod, "crash")?.status?.containerStatuses?.[0]?.restartCount;
    });
    expect(counts).toEqual([2, 3, 4, 5, 6, 7, 8]);
    expect(world.get(Pod, "crash")?.metadata.uid).toBe(before.metadata.uid);
  });

  it("fails a pod that outlives its deadline", () => {
    const world = smallCluster();
    created(world, pod("slow", { activeDeadlineSeconds: 60, restartPolicy: "Never" }));
    world.advance(61);
    expect(world.get(Pod, "slow")?.status).toMatchObject({ phase: "Failed", reason: "DeadlineExceeded" });
  });

  it("runs a Job to its end", () => {
    const { runtime } = scripted({ main: { afterMs: 5000, code: 0 } });
    const world = smallCluster({ runtime });
    const template = { spec: pod("x", { restartPolicy: "Never" }).spec };
    const job: Job = {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "pi", namespace: "default" },
      spec: { completions: 3, parallelism: 2, template },
    };
    world.apply(Job, job);
    world.settle();
    expect(world.get(Job, "pi")?.status?.succeeded).toBe(3);
    expect(
      world.get(Job, "pi")?.status?.conditions?.some(({ type, status }) => type === "Complete" && status === "True"),
    ).toBe(true);
  });
});

describe("init containers", () => {
  const init = (name: string) => ({ name, image: "busybox:1" });

  it("S1-37 run one after another before the others", () => {
    const { runtime, starts } = scripted({ one: { afterMs: 2000, code: 0 }, two: { afterMs: 1000, code: 0 } });
    const world = smallCluster({ runtime });
    world.apply(Pod, pod("p", { initContainers: [init("one"), init("two")] }));
    world.advance(1);
    const early = world.get(Pod, "p");
    expect(early?.status?.phase).toBe("Pending");
    expect(early?.status?.conditions?.find(({ type }) => type === "Initialized")?.message).toBe(
      "containers with incomplete status: [one two]",
    );
    expect(early?.status?.containerStatuses?.[0]?.state?.waiting?.reason).toBe("PodInitializing");
    world.settle();
    expect(own(starts).map(({ container }) => container.name)).toEqual(["one", "two", "main"]);
    expect(condition(world.get(Pod, "p"), "Ready")).toBe("True");
  });

  it("S1-38 fail the pod under Never, and are tried again otherwise", () => {
    const { runtime } = scripted({ one: { afterMs: 0, code: 1 } });
    const world = smallCluster({ runtime });
    expect(created(world, pod("never", { restartPolicy: "Never", initContainers: [init("one")] })).status?.phase).toBe(
      "Failed",
    );
    const again = created(world, pod("always", { initContainers: [init("one")] }));
    expect(again.status?.phase).toBe("Pending");
    expect(again.status?.initContainerStatuses?.[0]?.state?.waiting?.reason).toBe("CrashLoopBackOff");
  });

  it("sidecars start in order, keep running, and end last", () => {
    const ended: string[] = [];
    const { runtime, starts } = scripted({});
    const recording = (loop: Loop): ContainerRuntime => {
      const inner = runtime(loop);
      return {
        ...inner,
        start: (start, events) =>
          inner.start(start, {
            onExit: (exit) => {
              ended.push(start.container.name);
              events.onExit(exit);
            },
          }),
      };
    };
    const world = smallCluster({ runtime: recording });
    const proxy = { ...init("proxy"), restartPolicy: "Always" as const };
    expect(created(world, pod("p", { initContainers: [proxy] })).status?.phase).toBe("Running");
    expect(own(starts).map(({ container }) => container.name)).toEqual(["proxy", "main"]);
    world.remove(Pod, "p");
    world.settle();
    expect(ended).toEqual(["main", "proxy"]);
  });
});

describe("probes", () => {
  const probe = { httpGet: { path: "/", port: 80 } };

  it("S1-27 readiness decides about Ready, and the container goes on", () => {
    let healthy = false;
    const { runtime, starts } = scripted({}, { probe: ({ metadata }) => metadata.namespace !== "default" || healthy });
    const world = smallCluster({ runtime });
    expect(condition(created(world, pod("p", {}, { readinessProbe: probe })), "Ready")).toBe("False");
    healthy = true;
    world.advance(10);
    expect(condition(world.get(Pod, "p"), "Ready")).toBe("True");
    healthy = false;
    world.advance(20);
    expect(condition(world.get(Pod, "p"), "Ready")).toBe("True");
    world.advance(10);
    expect(condition(world.get(Pod, "p"), "Ready")).toBe("False");
    expect(own(starts)).toHaveLength(1);
  });

  it("S1-26 S1-29 a failing liveness probe restarts the container after three periods", () => {
    let healthy = true;
    const { runtime, starts } = scripted({}, { probe: ({ metadata }) => metadata.namespace !== "default" || healthy });
    const world = smallCluster({ runtime });
    created(world, pod("p", {}, { livenessProbe: probe }));
    healthy = false;
    world.advance(29);
    expect(own(starts)).toHaveLength(1);
    world.advance(2);
    expect(own(starts)).toHaveLength(2);
    const reasons = world.list(Event, "default").map(({ reason, message }) => `${reason} ${message}`);
    expect(reasons).toContain("Killing Container main failed liveness probe, will be restarted");
    expect(reasons.some((text) => text.startsWith("Unhealthy Liveness probe failed: "))).toBe(true);
  });

  it("readiness still counts in a pod that ends, liveness does not", () => {
    const world = oneCluster();
    const at = (path: string) => ({ httpGet: { path, port: 8080 }, periodSeconds: 1, failureThreshold: 1 });
    const container = {
      name: "c",
      image: "registry.k8s.io/e2e-test-images/agnhost:2.53",
      args: ["netexec", "--delay-shutdown=20"],
      readinessProbe: at("/readyz"),
      livenessProbe: at("/readyz"),
    };
    world.create(Pod, { ...pod("p"), spec: { terminationGracePeriodSeconds: 30, containers: [container] } });
    const ready = () => world.get(Pod, "p").status?.conditions?.find(({ type }) => type === "Ready");
    expect(ready()).toEqual({
      type: "Ready",
      status: "True",
      observedGeneration: 1,
      lastTransitionTime: expect.any(String),
    });
    world.send({ verb: "delete", kind: Pod, namespace: "default", name: "p" });
    world.advance(5);
    expect(ready()).toMatchObject({ status: "False", reason: "ContainersNotReady" });
    expect(world.get(Pod, "p").status?.containerStatuses?.[0]).toMatchObject({ ready: false, restartCount: 0 });
    expect(world.events("p").filter((said) => said.includes("probe"))).toEqual([
      "Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 503",
    ]);
  });

  it("S1-28 a startup probe keeps the others waiting", () => {
    const probed: string[] = [];
    let starting = true;
    const { runtime } = scripted(
      {},
      {
        probe: ({ metadata }, container, each) => {
          if (metadata.namespace !== "default") return true;
          probed.push(each === container.startupProbe ? "startup" : "readiness");
          return each === container.startupProbe ? !starting : true;
        },
      },
    );
    const world = smallCluster({ runtime });
    world.apply(Pod, pod("p", {}, { startupProbe: { ...probe, failureThreshold: 30 }, readinessProbe: probe }));
    world.advance(25);
    expect(probed).toEqual(["startup", "startup", "startup"]);
    starting = false;
    world.settle();
    expect(probed.slice(3)).toEqual(["startup", "readiness"]);
    expect(condition(world.get(Pod, "p"), "Ready")).toBe("True");
  });
});

describe("images", () => {
  it("S1-56 pulls once per node under IfNotPresent, each time under Always, and never under Never", () => {
    const pulled: string[] = [];
    const pull: ContainerRuntime["pull"] = (image) => {
      pulled.push(image);
      return { ok: true };
    };
    const { runtime } = scripted({}, { pull });
    const world = smallCluster({ runtime, config: { images: ["loaded:1"] } });
    created(world, pod("a", {}, { image: "web:1" }));
    created(world, pod("b", {}, { image: "web:1" }));
    created(world, pod("c", {}, { image: "web:2", imagePullPolicy: "Always" }));
    created(world, pod("d", {}, { image: "web:2", imagePullPolicy: "Always" }));
    created(world, pod("e", {}, { image: "loaded:1", imagePullPolicy: "Never" }));
    expect(pulled.filter((image) => image.startsWith("web"))).toEqual(["web:1", "web:2", "web:2"]);
    expect(world.get(Pod, "e")?.status?.phase).toBe("Running");
    const missing = created(world, pod("f", {}, { image: "absent:1", imagePullPolicy: "Never" }));
    expect(missing.status?.containerStatuses?.[0]?.state?.waiting?.reason).toBe("ErrImageNeverPull");
  });

  it("S1-14 S1-56 backs off from an image that cannot be had, and takes it once it can", () => {
    let there = false;
    const { runtime } = scripted({}, { pull: () => (there ? { ok: true } : { ok: false, message: "not found" }) });
    const seen: (string | undefined)[] = [];
    const world = smallCluster({
      runtime: (loop) => ({
        ...runtime(loop),
        pull: (image) => (image === "x:1" ? runtime(loop).pull(image) : { ok: true }),
      }),
    });
    world.cluster.informers.of(Pod).addHandler(({ after }) => {
      if (after?.metadata.name === "p") seen.push(after.status?.containerStatuses?.[0]?.state?.waiting?.reason);
    });
    expect(created(world, pod("p", {}, { image: "x:1" })).status?.phase).toBe("Pending");
    expect(seen.filter((reason) => reason !== undefined)).toEqual(["ErrImagePull", "ImagePullBackOff"]);
    there = true;
    world.advance(11);
    expect(world.get(Pod, "p")?.status?.phase).toBe("Running");
  });
});

describe("what a container is given", () => {
  it("S4-08 has its environment: fields, Services, ConfigMaps, Secrets, and variables in arguments", () => {
    const { runtime, starts } = scripted({});
    const world = smallCluster({ runtime });
    world.apply(Service, {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "my-db", namespace: "default" },
      spec: { ports: [{ name: "sql", port: 5432 }] },
    });
    world.apply(ConfigMap, {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "settings", namespace: "default" },
      data: { MODE: "fast" },
    });
    world.apply(Secret, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "key", namespace: "default" },
      data: { token: Buffer.from("s3cret").toString("base64") },
    });
    const field = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
    created(
      world,
      pod(
        "p",
        {},
        {
          args: ["--node=$(NODE_NAME)", "$$(NODE_NAME)", "$(UNKNOWN)"],
          envFrom: [{ prefix: "SET_", configMapRef: { name: "settings" } }],
          env: [
            field("NODE_NAME", "spec.nodeName"),
            field("POD_NAME", "metadata.name"),
            field("POD_IP", "status.podIP"),
            field("HOST_IP", "status.hostIP"),
            field("APP", "metadata.labels['app']"),
            { name: "TOKEN", valueFrom: { secretKeyRef: { name: "key", key: "token" } } },
            { name: "URL", value: "http://$(POD_IP):$(MY_DB_SERVICE_PORT)" },
          ],
        },
      ),
    );
    const start = own(starts)[0] as ContainerStart;
    const podIP = world.get(Pod, "p")?.status?.podIP;
    expect(Object.fromEntries(start.env)).toMatchObject({
      NODE_NAME: "member1-control-plane",
      POD_NAME: "p",
      POD_IP: podIP,
      HOST_IP: "172.18.0.2",
      APP: "p",
      SET_MODE: "fast",
      TOKEN: "s3cret",
      URL: `http://${podIP}:5432`,
      KUBERNETES_SERVICE_HOST: "10.11.0.1",
      MY_DB_PORT_5432_TCP_PROTO: "tcp",
      MY_DB_SERVICE_PORT_SQL: "5432",
    });
    expect(start.container.args).toEqual(["--node=member1-control-plane", "$(NODE_NAME)", "$(UNKNOWN)"]);
  });

  it("S4-54 has its resolver by its dnsPolicy", () => {
    const { runtime, starts } = scripted({});
    const world = smallCluster({ runtime, config: { dnsIP: "10.11.0.10", nodeNameservers: ["192.0.2.1"] } });
    created(world, pod("cluster-first"));
    created(world, pod("default", { dnsPolicy: "Default" }));
    created(world, pod("host", { hostNetwork: true }));
    created(world, pod("none", { dnsPolicy: "None", dnsConfig: { nameservers: ["1.1.1.1"], searches: ["a.b"] } }));
    created(
      world,
      pod("more", { dnsConfig: { searches: ["clusterset.local"], options: [{ name: "ndots", value: "2" }] } }),
    );
    const files = Object.fromEntries(
      own(starts).map((start) => [start.pod.metadata.name, start.files.get("/etc/resolv.conf")]),
    );
    const search = "search default.svc.cluster.local svc.cluster.local cluster.local";
    expect(files).toEqual({
      "cluster-first": `${search}\nnameserver 10.11.0.10\noptions ndots:5\n`,
      default: "nameserver 192.0.2.1\n",
      host: "nameserver 192.0.2.1\n",
      none: "search a.b\nnameserver 1.1.1.1\n",
      more: `${search} clusterset.local\nnameserver 10.11.0.10\noptions ndots:2\n`,
    });
    expect(world.get(Pod, "host")?.status?.podIP).toBe("172.18.0.2");
  });

  it("waits for the ConfigMaps it needs, and sees their changes in its files", () => {
    const { runtime, starts } = scripted({});
    const world = smallCluster({ runtime });
    const volumes = [{ name: "conf", configMap: { name: "late" } }];
    const waiting = created(world, pod("p", { volumes }, { volumeMounts: [{ name: "conf", mountPath: "/conf" }] }));
    expect(waiting.status?.phase).toBe("Pending");
    expect(world.list(Event, "default").find(({ reason }) => reason === "FailedMount")?.message).toBe(
      'MountVolume.SetUp failed for volume "conf" : configmap "late" not found',
    );
    const late: ConfigMap = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "late", namespace: "default" },
      data: { a: "1" },
    };
    world.apply(ConfigMap, late);
    world.settle();
    expect(world.get(Pod, "p")?.status?.phase).toBe("Running");
    const { files } = own(starts)[0] as ContainerStart;
    expect(files.get("/conf/a")).toBe("1");
    world.apply(ConfigMap, { ...late, data: { b: "2" } });
    world.settle();
    expect([files.get("/conf/a"), files.get("/conf/b")]).toEqual([undefined, "2"]);
  });

  it("does not start without a variable's source, and says so", () => {
    const { runtime } = scripted({});
    const world = smallCluster({ runtime });
    const env = [{ name: "X", valueFrom: { configMapKeyRef: { name: "late", key: "x" } } }];
    expect(created(world, pod("p", {}, { env })).status?.containerStatuses?.[0]?.state?.waiting).toEqual({
      reason: "CreateContainerConfigError",
      message: 'configmap "late" not found',
    });
    world.apply(ConfigMap, {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "late", namespace: "default" },
      data: { x: "1" },
    });
    world.settle();
    expect(world.get(Pod, "p")?.status?.phase).toBe("Running");
  });
});

describe("ending", () => {
  it("S0-15 gives a pod its grace, and frees its address", () => {
    const graces: number[] = [];
    const runtime = (loop: Loop): ContainerRuntime =>
      plainRuntime(loop, {
        start: (_start, events) => ({
          stop: (graceMs) => {
            graces.push(graceMs);
            loop.after(graceMs, "killed", () => events.onExit({ code: 137, reason: "Error" }));
          },
        }),
      });
    const world = smallCluster({ runtime });
    created(world, pod("p"));
    world.remove(Pod, "p");
    world.advance(29);
    expect(world.get(Pod, "p")?.metadata.deletionGracePeriodSeconds).toBe(30);
    world.advance(2);
    expect(world.get(Pod, "p")).toBeUndefined();
    expect(graces).toEqual([30_000]);
  });

  it("removes by force at once", () => {
    const world = smallCluster();
    created(world, pod("p"));
    world.remove(Pod, "p", { gracePeriodSeconds: 0 });
    expect(world.get(Pod, "p")).toBeUndefined();
  });

  it("shows the end of a pod that finalizers keep", () => {
    const world = smallCluster();
    const held = pod("p");
    created(world, { ...held, metadata: { ...held.metadata, finalizers: ["example.com/hold"] } });
    world.remove(Pod, "p");
    world.settle();
    const last = world.get(Pod, "p") as Pod;
    expect(last.status?.phase).toBe("Succeeded");
    const { finalizers: _finalizers, ...metadata } = last.metadata;
    world.apply(Pod, { ...last, metadata });
    world.settle();
    expect(world.get(Pod, "p")).toBeUndefined();
  });

  it("gives addresses out again only after the others had their turn", () => {
    const world = smallCluster({ config: { nodes: [{ name: "n", podCIDR: "10.10.9.0/29" }] } });
    expect(
      world
        .list(Pod)
        .map(({ status }) => status?.podIP)
        .sort(),
    ).toEqual(["10.10.9.2", "10.10.9.3"]);
    expect(created(world, pod("a")).status?.podIP).toBe("10.10.9.4");
    world.remove(Pod, "a");
    world.settle();
    const addresses = ["b", "c", "d"].map((name) => created(world, pod(name)).status?.podIP);
    expect(addresses).toEqual(["10.10.9.5", "10.10.9.6", "10.10.9.4"]);
    expect(created(world, pod("e")).status?.phase).toBe("Pending");
    world.remove(Pod, "b");
    world.settle();
    world.advance(11);
    expect(world.get(Pod, "e")?.status?.podIP).toBe("10.10.9.5");
    expect(world.get(Node, "n")?.spec.podCIDR).toBe("10.10.9.0/29");
  });
});
