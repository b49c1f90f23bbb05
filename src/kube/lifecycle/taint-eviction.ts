import { evictionAtMs } from "../../algorithms/index.ts";
import { Node, Pod, type Taint } from "../../api/index.ts";
import { setCondition } from "../../apimachinery/index.ts";
import {
  type AnyDefinition,
  type Change,
  defineController,
  type Intent,
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
export const taintEvictionController: AnyDefinition = defineController({
  name: "taint-eviction-controller",
  primary: [Pod],
  predicate: ({ before, after }) =>
    after !== undefined &&
    podNodes(after).length > 0 &&
    (before?.spec.nodeName !== after.spec.nodeName || !deepEqual(before?.spec.tolerations, after.spec.tolerations)),
  reads: [
    read(Pod, { enqueue: "none", indexes: { [NODE_INDEX]: podNodes } }),
    read(Node, {
      enqueue: (change, snapshot) => (taintsChanged(change) ? keysOfPodsOn(change.object.metadata.name, snapshot) : []),
    }),
  ],
  reconcile: (pod, snapshot) => {
    const node = snapshot.get(Node, pod.spec.nodeName ?? "");
    if (node === undefined || pod.metadata.deletionTimestamp !== undefined) return NOTHING;
    const atMs = evictionAtMs(node.spec.taints, pod.spec.tolerations, snapshot.nowMs);
    if (atMs === undefined) return NOTHING;
    if (atMs > snapshot.nowMs) return { intents: [], requeueAfterMs: atMs - snapshot.nowMs, requeue: "periodic" };
    return evict(pod, snapshot.nowMs);
  },
});

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

function taintsChanged({ before, after }: Change<Node>): boolean {
  const executing = (node: Node | undefined): readonly Taint[] =>
    (node?.spec.taints ?? []).filter(({ effect }) => effect === "NoExecute");
  return !deepEqual(executing(before), executing(after));
}
