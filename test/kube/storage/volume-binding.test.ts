import { describe, expect, it } from "vitest";
import {
  Event,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  StorageClass,
  type Volume,
} from "../../../src/api/index.ts";
import { pod } from "../pods.ts";
import { type SmallCluster, smallCluster } from "../small-cluster.ts";

const cluster = (): SmallCluster => smallCluster({ config: { nodes: [{ name: "a" }, { name: "b" }] } });

function claim(world: SmallCluster, name: string, spec: PersistentVolumeClaim["spec"] = {}): void {
  world.apply(PersistentVolumeClaim, {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name, namespace: "default" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, ...spec },
  });
  world.settle();
}

function volume(
  world: SmallCluster,
  name: string,
  storage: string,
  spec: Partial<PersistentVolume["spec"]> = {},
): void {
  world.apply(PersistentVolume, {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name },
    spec: {
      capacity: { storage },
      accessModes: ["ReadWriteOnce"],
      persistentVolumeReclaimPolicy: "Retain",
      storageClassName: "manual",
      hostPath: { path: `/mnt/${name}` },
      ...spec,
    },
  });
  world.settle();
}

function storageClass(world: SmallCluster, name: string, more: Partial<StorageClass>): void {
  const kind = { apiVersion: "storage.k8s.io/v1", kind: "StorageClass" };
  world.apply(StorageClass, { ...kind, metadata: { name }, provisioner: "kubernetes.io/no-provisioner", ...more });
}

function mounting(world: SmallCluster, name: string, ...volumes: readonly Volume[]): void {
  world.apply(Pod, pod(name, { volumes }));
  world.settle();
}

const of = (claimName: string): Volume => ({ name: claimName, persistentVolumeClaim: { claimName } });
const claimed = (world: SmallCluster, name: string) => world.get(PersistentVolumeClaim, name);
const phases = (world: SmallCluster): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(world.list(PersistentVolume).map(({ metadata, status }) => [metadata.name, status?.phase]));
const told = (world: SmallCluster, name: string): readonly string[] =>
  world
    .list(Event, "default")
    .filter(({ involvedObject }) => involvedObject?.name === name)
    .map(({ reason, message }) => `${reason}: ${message}`);
const waitsFor = (world: SmallCluster, name: string): string | undefined =>
  world.get(Pod, name)?.status?.conditions?.find(({ type }) => type === "PodScheduled")?.message;

describe("a claim of the default class", () => {
  it("gets a volume where its first pod runs, which goes with it", () => {
    const world = cluster();
    claim(world, "data");
    expect(claimed(world, "data")?.status?.phase).toBe("Pending");
    expect(told(world, "data")).toEqual([
      "WaitForFirstConsumer: waiting for first consumer to be created before binding",
    ]);
    mounting(world, "web", of("data"));
    const { spec, status, metadata } = claimed(world, "data") as PersistentVolumeClaim;
    const node = world.get(Pod, "web")?.spec.nodeName;
    expect(world.get(Pod, "web")?.status?.phase).toBe("Running");
    expect({ spec, status }).toMatchObject({
      spec: { storageClassName: "standard", volumeName: `pvc-${metadata.uid}` },
      status: { phase: "Bound", accessModes: ["ReadWriteOnce"], capacity: { storage: "1Gi" } },
    });
    expect(metadata.annotations).toMatchObject({
      "volume.kubernetes.io/selected-node": node,
      "volume.kubernetes.io/storage-provisioner": "rancher.io/local-path",
      "pv.kubernetes.io/bind-completed": "yes",
    });
    expect(told(world, "data").slice(1)).toEqual([
      expect.stringMatching(/^ExternalProvisioning: Waiting for a volume to be created/),
      'Provisioning: External provisioner is provisioning volume for claim "default/data"',
      `ProvisioningSucceeded: Successfully provisioned volume pvc-${metadata.uid}`,
    ]);
    // Whoever mounts it later has to go there too.
    mounting(world, "second", of("data"));
    expect(world.get(Pod, "second")?.spec.nodeName).toBe(node);
    for (const name of ["web", "second"]) world.remove(Pod, name);
    world.settle();
    world.remove(PersistentVolumeClaim, "data");
    world.settle();
    world.advance(10);
    expect(phases(world)).toEqual({});
  });

  it("is made and removed with the pod whose ephemeral volume it is", () => {
    const world = cluster();
    const template = { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } };
    mounting(world, "web", { name: "scratch", ephemeral: { volumeClaimTemplate: template } });
    expect(claimed(world, "web-scratch")?.status?.phase).toBe("Bound");
    expect(world.get(Pod, "web")?.status?.phase).toBe("Running");
    world.remove(Pod, "web");
    world.settle();
    world.advance(60);
    expect([claimed(world, "web-scratch"), phases(world)]).toEqual([undefined, {}]);
  });
});

describe("a claim of volumes made by hand", () => {
  it("gets the smallest that will do, which is kept when the claim is gone", () => {
    const world = cluster();
    volume(world, "large", "10Gi");
    volume(world, "small", "2Gi");
    volume(world, "tiny", "100Mi");
    expect(phases(world)).toEqual({ large: "Available", small: "Available", tiny: "Available" });
    claim(world, "data", { storageClassName: "manual" });
    expect(claimed(world, "data")).toMatchObject({
      spec: { volumeName: "small" },
      status: { phase: "Bound", capacity: { storage: "2Gi" } },
    });
    expect(phases(world)).toEqual({ large: "Available", small: "Bound", tiny: "Available" });
    world.remove(PersistentVolumeClaim, "data");
    world.settle();
    expect(phases(world)).toEqual({ large: "Available", small: "Released", tiny: "Available" });
  });

  it.each<readonly [string, Partial<PersistentVolume["spec"]>, PersistentVolumeClaim["spec"], string | undefined]>([
    ["one it names", {}, { volumeName: "v" }, "v"],
    ["one held for it", { claimRef: { namespace: "default", name: "data" } }, {}, "v"],
    ["none held for another", { claimRef: { namespace: "default", name: "other" } }, {}, undefined],
    ["none of another mode", {}, { accessModes: ["ReadWriteMany"] }, undefined],
    ["none of another class", { storageClassName: "other" }, {}, undefined],
    ["none it does not select", {}, { selector: { matchLabels: { tier: "gold" } } }, undefined],
    ["none for blocks", { volumeMode: "Block" }, {}, undefined],
  ])("gets %s", (_what, volumeSpec, claimSpec, expected) => {
    const world = cluster();
    volume(world, "v", "2Gi", volumeSpec);
    claim(world, "data", { storageClassName: "manual", ...claimSpec });
    const { spec, status } = claimed(world, "data") as PersistentVolumeClaim;
    expect([spec.volumeName, status?.phase]).toEqual([expected, expected === undefined ? "Pending" : "Bound"]);
  });

  it("that waits for its pod takes it to where a volume is", () => {
    const world = cluster();
    storageClass(world, "local", { volumeBindingMode: "WaitForFirstConsumer" });
    const values = ["b"];
    const terms = [{ matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In" as const, values }] }];
    const nodeAffinity = { required: { nodeSelectorTerms: terms } };
    claim(world, "data", { storageClassName: "local" });
    mounting(world, "web", of("data"));
    expect(waitsFor(world, "web")).toBe(
      "0/2 nodes are available: 2 node(s) didn't find available persistent volumes to bind. preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.",
    );
    volume(world, "v", "2Gi", { storageClassName: "local", nodeAffinity });
    world.advance(10);
    expect(claimed(world, "data")?.status?.phase).toBe("Bound");
    expect(world.get(Pod, "web")?.spec.nodeName).toBe("b");
  });

  it("is lost with its volume", () => {
    const world = cluster();
    volume(world, "v", "2Gi");
    claim(world, "data", { storageClassName: "manual" });
    world.remove(PersistentVolume, "v");
    const held = world.get(PersistentVolume, "v") as PersistentVolume;
    world.apply(PersistentVolume, { ...held, metadata: { ...held.metadata, finalizers: [] } });
    world.settle();
    expect(claimed(world, "data")?.status?.phase).toBe("Lost");
    expect(told(world, "data")).toContain(
      "ClaimLost: Bound claim has lost its PersistentVolume. Data on the volume is lost!",
    );
  });
});

it.each<readonly [string, (world: SmallCluster) => void, string]>([
  ["a claim there is not", () => {}, 'persistentvolumeclaim "data" not found'],
  [
    "a claim without a volume",
    (world) => claim(world, "data", { storageClassName: "manual" }),
    "pod has unbound immediate PersistentVolumeClaims",
  ],
])("a pod waits for %s", (_what, prepare, why) => {
  const world = cluster();
  prepare(world);
  mounting(world, "web", of("data"));
  expect(waitsFor(world, "web")).toBe(
    `0/2 nodes are available: ${why}. preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.`,
  );
  volume(world, "v", "2Gi");
  if (claimed(world, "data") === undefined) claim(world, "data", { storageClassName: "manual" });
  world.advance(10);
  expect(world.get(Pod, "web")?.status?.phase).toBe("Running");
});
