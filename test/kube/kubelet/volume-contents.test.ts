import { expect, it } from "vitest";
import type { PodSpec, VolumeMount } from "../../../src/api/index.ts";
import { ConfigMap, PersistentVolumeClaim, Pod, Secret } from "../../../src/api/index.ts";
import { type OneCluster, oneCluster } from "../../network/proxy/one-cluster.ts";
import { pod } from "../pods.ts";

/** A pod that sleeps, with one volume. */
function mounting(name: string, volume: object, mount: Partial<VolumeMount> = {}, spec: Partial<PodSpec> = {}): Pod {
  const container = {
    name: "c",
    image: "busybox",
    command: ["sleep", "1d"],
    env: [{ name: "PART", valueFrom: { fieldRef: { fieldPath: "metadata.annotations['part']" } } }],
    volumeMounts: [{ name: "v", mountPath: "/v", ...mount }],
    resources: { limits: { cpu: "1250m", memory: "64Mi" }, requests: { cpu: "250m", memory: "32Mi" } },
  };
  const made = pod(name, { containers: [container], volumes: [{ name: "v", ...volume }], ...spec });
  return { ...made, metadata: { ...made.metadata, annotations: { part: "one" } } };
}

const field = (path: string, fieldPath: string) => ({ path, fieldRef: { fieldPath } });
const resource = (path: string, name: string, divisor?: string) => ({
  path,
  resourceFieldRef: { containerName: "c", resource: name, ...(divisor === undefined ? {} : { divisor }) },
});
const ITEMS = [
  field("podname", "metadata.name"),
  field("notes", "metadata.annotations"),
  resource("cpu", "limits.cpu"),
  resource("milli", "requests.cpu", "1m"),
  resource("memory", "limits.memory", "1Mi"),
];

it.each([
  ["downward API", { downwardAPI: { items: ITEMS } }],
  ["projected", { projected: { sources: [{ downwardAPI: { items: ITEMS } }] } }],
])("a %s volume tells of the pod and its containers, and of its annotations as they become", (_kind, volume) => {
  const world = oneCluster();
  world.create(Pod, mounting("p", volume));
  expect(world.exec("p", "cat", "/v/podname", "/v/cpu", "/v/milli", "/v/memory")).toBe("p225064");
  expect(world.exec("p", "cat", "/v/notes")).toBe('part="one"');
  world.patch(Pod, "p", { metadata: { annotations: { part: "two" } } });
  expect(world.exec("p", "cat", "/v/notes")).toBe('part="two"');
});

it("what is no text stays as it is in a volume", () => {
  const world = oneCluster();
  const bytes = Buffer.from([0xde, 0xca, 0xfe, 0xba]).toString("base64");
  const metadata = { name: "o", namespace: "default" };
  world.create(ConfigMap, { apiVersion: "v1", kind: "ConfigMap", metadata, binaryData: { dump: bytes } });
  world.create(Secret, { apiVersion: "v1", kind: "Secret", metadata, data: { dump: bytes } });
  world.create(Pod, mounting("p", { configMap: { name: "o" } }));
  world.create(Pod, mounting("q", { secret: { secretName: "o" } }));
  for (const name of ["p", "q"]) expect(world.exec(name, "base64", "/v/dump")).toBe(`${bytes}\n`);
  expect(world.exec("p", "hexdump", "-C", "/v/dump")).toBe(`00000000  de ca fe ba${" ".repeat(39)}|....|\n00000004\n`);
});

/** One volume, a part of it mounted: what a command sees there. */
it.each<readonly [string, Partial<VolumeMount>, string, string]>([
  ["a file", { subPath: "a/one" }, "cat /v", "1"],
  ["a directory", { subPath: "a" }, "ls /v; cat /v/one", "one\n1"],
  ["a part named by a variable", { subPathExpr: "a/$(PART)" }, "cat /v", "1"],
  ["the whole", {}, "cat /v/b /v/a/one", "21"],
])("mounts %s of a ConfigMap", (_what, mount, script, seen) => {
  const world = oneCluster();
  const metadata = { name: "o", namespace: "default" };
  world.create(ConfigMap, { apiVersion: "v1", kind: "ConfigMap", metadata, data: { one: "1", two: "2" } });
  const items = [
    { key: "one", path: "a/one" },
    { key: "two", path: "b" },
  ];
  world.create(Pod, mounting("p", { configMap: { name: "o", items } }, mount));
  expect(world.exec("p", "sh", "-c", script)).toBe(seen);
});

it("a volume follows its ConfigMap, a part of it that is mounted alone does not until the container starts anew", () => {
  const world = oneCluster();
  const metadata = { name: "o", namespace: "default" };
  world.create(ConfigMap, { apiVersion: "v1", kind: "ConfigMap", metadata, data: { one: "old" } });
  const command = ["sh", "-c", "trap 'exit 0' TERM; sleep 1d & wait"];
  const volumeMounts = [
    { name: "v", mountPath: "/whole" },
    { name: "v", mountPath: "/part", subPath: "one" },
  ];
  const container = { name: "c", image: "busybox", command, volumeMounts };
  world.create(Pod, mounting("p", { configMap: { name: "o" } }, {}, { containers: [container] }));
  world.patch(ConfigMap, "o", { data: { one: "new", two: "more" } });
  expect(world.exec("p", "sh", "-c", "cat /whole/one /whole/two /part")).toBe("newmoreold");
  world.exec("p", "kill", "1");
  world.advance(30);
  expect(world.exec("p", "cat", "/part")).toBe("new");
});

/** What a container that mounts something at /etc/hosts finds there. */
it.each<readonly [string, object, Partial<VolumeMount>, string]>([
  ["a file of the machine", { hostPath: { path: "/etc/hosts", type: "File" } }, {}, "127.0.0.1\tlocalhost"],
  ["a part of a ConfigMap", { configMap: { name: "o" } }, { subPath: "names" }, "192.0.2.1 own"],
])("keeps %s in place of the kubelet's hosts file", (_what, volume, mount, first) => {
  const world = oneCluster();
  const metadata = { name: "o", namespace: "default" };
  world.create(ConfigMap, { apiVersion: "v1", kind: "ConfigMap", metadata, data: { names: "192.0.2.1 own\n" } });
  world.create(Pod, mounting("p", volume, { mountPath: "/etc/hosts", ...mount }));
  expect(world.exec("p", "head", "-n", "1", "/etc/hosts")).toBe(`${first}\n`);
  world.create(Pod, mounting("q", volume, { mountPath: "/original", ...mount }));
  expect(world.exec("q", "head", "-n", "1", "/etc/hosts")).toBe("# Kubernetes-managed hosts file.\n");
});

const waitingOf = (world: OneCluster): object | undefined =>
  world.get(Pod, "p").status?.containerStatuses?.[0]?.state?.waiting;

it("a part of a volume named by a variable is made when first mounted, and waits for a name that is one", () => {
  const world = oneCluster();
  const bad = mounting("p", { emptyDir: {} }, { subPathExpr: "$(PART)/x" });
  world.create(Pod, { ...bad, metadata: { ...bad.metadata, annotations: { part: "/etc" } } });
  expect(waitingOf(world)).toEqual({
    reason: "CreateContainerConfigError",
    message: "error SubPath `/etc/x` must not be an absolute path",
  });
  world.patch(Pod, "p", { metadata: { annotations: { part: ".." } } });
  expect(waitingOf(world)).toMatchObject({ message: "unable to provision SubPath `../x`: must not contain '..'" });
  world.patch(Pod, "p", { metadata: { annotations: { part: "good" } } });
  expect(world.exec("p", "sh", "-c", "touch /v/file; ls /v")).toBe("file\n");
});

it("waits for a variable that is not there", () => {
  const world = oneCluster();
  world.create(Pod, mounting("p", { emptyDir: {} }, { subPathExpr: "$(NOBODY)" }));
  expect(waitingOf(world)).toMatchObject({ message: 'missing value for "NOBODY"' });
});

it("what is written to a claim's volume is there for the next pod, and gone with the claim", () => {
  const world = oneCluster();
  const claim: PersistentVolumeClaim = {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "data", namespace: "default" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
  };
  const found = (): string => {
    world.create(Pod, mounting("p", { persistentVolumeClaim: { claimName: "data" } }));
    world.advance(1);
    return world.exec("p", "sh", "-c", "cat /v/kept 2>&1; echo one >/v/kept");
  };
  const leave = (kind: typeof Pod | typeof PersistentVolumeClaim, name: string): void => {
    world.remove(kind, name);
    world.advance(60);
  };
  world.create(PersistentVolumeClaim, claim);
  expect(found()).toBe("cat: /v/kept: No such file or directory\n");
  leave(Pod, "p");
  expect(found()).toBe("one\n");
  leave(Pod, "p");
  leave(PersistentVolumeClaim, "data");
  world.create(PersistentVolumeClaim, claim);
  expect(found()).toBe("cat: /v/kept: No such file or directory\n");
});

it("a pod given to a node waits there for its claim", () => {
  const world = oneCluster();
  world.create(Pod, mounting("first", { emptyDir: {} }));
  const { nodeName = "" } = world.get(Pod, "first").spec;
  world.create(Pod, mounting("p", { persistentVolumeClaim: { claimName: "data" } }, {}, { nodeName }));
  world.advance(5);
  expect(world.get(Pod, "p").status?.phase).toBe("Pending");
  expect(world.events("p")).toContain(
    'FailedMount: Unable to attach or mount volumes: unmounted volumes=[v], unattached volumes=[], failed to process volumes=[v]: error processing PVC default/data: failed to fetch PVC from API server: persistentvolumeclaims "data" not found',
  );
});
