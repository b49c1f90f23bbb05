import { describe, expect, it } from "vitest";
import {
  ControllerRevision,
  CronJob,
  DaemonSet,
  Deployment,
  Job,
  Node,
  PersistentVolumeClaim,
  Pod,
  ReplicaSet,
  StatefulSet,
} from "../../../src/api/index.ts";
import type { Kind, KubeObject } from "../../../src/apimachinery/index.ts";
import { workloadControllers } from "../../../src/kube/controllers/index.ts";
import { snapshotOf } from "../../controller/snapshot.ts";
import { clusterOf, labels, named, template } from "./workloads.ts";

const KINDS = [
  Deployment,
  ReplicaSet,
  StatefulSet,
  DaemonSet,
  Job,
  CronJob,
  Pod,
  Node,
  ControllerRevision,
  PersistentVolumeClaim,
] as readonly Kind<KubeObject>[];

describe("a workload controller", () => {
  it("plans nothing for a world at rest, whatever it looks at", () => {
    const world = clusterOf(2);
    const spec = { selector: { matchLabels: labels }, template: template() };
    const once = { spec: { restartPolicy: "Never" as const, containers: [{ name: "c", image: "nginx" }] } };
    world.apply(Deployment, {
      apiVersion: "apps/v1",
      kind: "Deployment",
      ...named("a"),
      spec: { ...spec, replicas: 3 },
    });
    world.apply(StatefulSet, {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      ...named("b"),
      spec: { ...spec, replicas: 2 },
    });
    world.apply(DaemonSet, { apiVersion: "apps/v1", kind: "DaemonSet", ...named("c"), spec });
    world.apply(Job, { apiVersion: "batch/v1", kind: "Job", ...named("d"), spec: { template: once } });
    world.settle();
    const objects = KINDS.flatMap((kind) => world.list<typeof kind>(kind));
    for (const definition of workloadControllers(34)) {
      const snapshot = snapshotOf(objects, { definition, nowMs: world.loop.nowMs() });
      for (const kind of definition.primary)
        for (const object of snapshot.list(kind))
          expect(
            definition.reconcile(object as never, snapshot as never).intents,
            `${definition.name} ${object.metadata.name}`,
          ).toEqual([]);
    }
  });
});
