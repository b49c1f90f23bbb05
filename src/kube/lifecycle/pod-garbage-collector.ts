import { Node, Pod, type PodStatus } from "../../api/index.ts";
import { setCondition } from "../../apimachinery/index.ts";
import { type AnyDefinition, defineController, type Intent, NOTHING, type Plan, read } from "../../controller/index.ts";
import { keysOfPodsOn, NODE_INDEX, podNodes } from "./node-pods.ts";

/** How long a node may be missing before its pods count as orphans (`pkg/controller/podgc` quarantineTime). */
const QUARANTINE_MS = 40_000;

/** Removes pods whose node does not exist: no kubelet will ever do it. */
export function podGarbageCollector(): AnyDefinition {
  /** Since when a node has been found missing. */
  const missingSinceMs = new Map<string, number>();
  return defineController({
    name: "pod-garbage-collector",
    primary: [Pod],
    predicate: ({ before, after }) =>
      after !== undefined && podNodes(after).length > 0 && before?.spec.nodeName !== after.spec.nodeName,
    reads: [
      read(Pod, { enqueue: "none", indexes: { [NODE_INDEX]: podNodes } }),
      read(Node, {
        enqueue: ({ before, after, object }, snapshot) =>
          before !== undefined && after === undefined ? keysOfPodsOn(object.metadata.name, snapshot) : [],
      }),
    ],
    reconcile: (pod, snapshot) => {
      const nodeName = pod.spec.nodeName ?? "";
      if (snapshot.get(Node, nodeName) !== undefined) {
        missingSinceMs.delete(nodeName);
        return NOTHING;
      }
      const sinceMs = missingSinceMs.get(nodeName) ?? snapshot.nowMs;
      missingSinceMs.set(nodeName, sinceMs);
      const leftMs = sinceMs + QUARANTINE_MS - snapshot.nowMs;
      return leftMs > 0 ? { intents: [], requeueAfterMs: leftMs } : remove(pod, snapshot.nowMs);
    },
  });
}

function remove(pod: Pod, nowMs: number): Plan {
  const { name, namespace = "", uid = "" } = pod.metadata;
  const condition = {
    type: "DisruptionTarget",
    status: "True",
    reason: "DeletionByPodGC",
    message: "PodGC: node no longer exists",
  } as const;
  const over = pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
  const status: PodStatus = {
    ...pod.status,
    phase: over ? (pod.status?.phase ?? "Failed") : "Failed",
    conditions: setCondition(pod.status?.conditions, condition, nowMs),
  };
  const intents: readonly Intent[] = [
    { type: "updateStatus", kind: Pod, object: { ...pod, status } as Pod, before: pod },
    { type: "delete", kind: Pod, namespace, name, uid, gracePeriodSeconds: 0 },
  ];
  return { intents };
}
