import { evictionAtMs } from "../../algorithms/index.ts";
import { Node, Pod, type Taint } from "../../api/index.ts";
import { setCondition, timestamp } from "../../apimachinery/index.ts";
import {
  type AnyDefinition,
  defineController,
  type Intent,
  later,
  NOTHING,
  type Plan,
  read,
} from "../../controller/index.ts";
import { deepEqual } from "../../std/index.ts";
import { keysOfPodsOn, NODE_INDEX, podNodes } from "./node-pods.ts";

/**
 * Drives pods from nodes whose `NoExecute` taints they do not tolerate, or no longer (`pkg/controller/tainteviction`).
 * Waiting for a toleration to run out is background: the world is at rest meanwhile.
 */
export function taintEvictionController(): AnyDefinition {
  /** Since when taints that do not say so themselves have been seen, by node. Lost on a crash, they count anew. */
  const seen = new Map<string, readonly Taint[]>();
  return defineController({
    name: "taint-eviction-controller",
    primary: [Pod],
    predicate: ({ before, after }) =>
      after !== undefined &&
      podNodes(after).length > 0 &&
      (before?.spec.nodeName !== after.spec.nodeName || !deepEqual(before?.spec.tolerations, after.spec.tolerations)),
    reads: [
      read(Pod, { enqueue: "none", indexes: { [NODE_INDEX]: podNodes } }),
      read(Node, {
        enqueue: ({ before, after, object }, snapshot) => {
          if (deepEqual(executing(before), executing(after))) return [];
          const { name } = object.metadata;
          seen.set(name, dated(executing(after), seen.get(name) ?? [], snapshot.nowMs));
          return keysOfPodsOn(name, snapshot);
        },
      }),
    ],
    reconcile: (pod, snapshot) => {
      if (pod.metadata.deletionTimestamp !== undefined) return NOTHING;
      const atMs = evictionAtMs(seen.get(pod.spec.nodeName ?? ""), pod.spec.tolerations, snapshot.nowMs);
      if (atMs === undefined) return NOTHING;
      if (atMs > snapshot.nowMs) return later(atMs - snapshot.nowMs);
      return evict(pod, snapshot.nowMs);
    },
  });
}

function executing(node: Node | undefined): readonly Taint[] {
  return (node?.spec.taints ?? []).filter(({ effect }) => effect === "NoExecute");
}

/** The taints with the time each was added, or first seen. */
function dated(taints: readonly Taint[], before: readonly Taint[], nowMs: number): readonly Taint[] {
  return taints.map((taint) => {
    if (taint.timeAdded !== undefined) return taint;
    const known = before.find(({ key, value }) => key === taint.key && value === taint.value);
    return { ...taint, timeAdded: known?.timeAdded ?? timestamp(nowMs) };
  });
}

function evict(pod: Pod, nowMs: number): Plan {
  const { name, namespace = "", uid = "" } = pod.metadata;
  const disruption = {
    type: "DisruptionTarget",
    status: "True",
    reason: "DeletionByTaintManager",
    message: "Taint manager: deleting due to NoExecute taint",
  } as const;
  const conditions = setCondition(pod.status?.conditions, disruption, nowMs);
  const message = `Marking for deletion Pod ${namespace}/${name}`;
  const intents: readonly Intent[] = [
    { type: "event", regarding: pod, eventType: "Normal", reason: "TaintManagerEviction", message },
    { type: "updateStatus", kind: Pod, object: { ...pod, status: { ...pod.status, conditions } } as Pod, before: pod },
    { type: "delete", kind: Pod, namespace, name, uid },
  ];
  return { intents };
}
