import { type Condition, Lease, Node, Pod, type Taint } from "../../api/index.ts";
import { setCondition, timestamp } from "../../apimachinery/index.ts";
import {
  type AnyDefinition,
  type Change,
  defineController,
  type Intent,
  later,
  NOTHING,
  type Plan,
  plan,
  read,
  type Snapshot,
} from "../../controller/index.ts";
import { deepEqual } from "../../std/index.ts";
import { NODE_INDEX, podNodes } from "./node-pods.ts";

type Home = Snapshot<typeof Node | typeof Lease | typeof Pod>;

/** Upstream looks every five seconds, so it is never on the dot. */
const LATENESS_MS = 1_000;
const LEASE_NAMESPACE = "kube-node-lease";
const REPORTED = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"] as const;

/**
 * Watches over nodes (`pkg/controller/nodelifecycle`): one whose Lease is not renewed for `graceMs`
 * (`--node-monitor-grace-period`) becomes Unknown and its pods not ready; what its conditions say is written down as taints.
 */
export function nodeLifecycleController(graceMs: number): AnyDefinition {
  /** When the API server was last found not to answer: nodes could not be heard then, and get their grace anew. */
  let unansweredMs = Number.NEGATIVE_INFINITY;
  return defineController({
    name: "node-controller",
    primary: [Node],
    predicate: bearsOnHealth,
    reads: [read(Lease, { enqueue: "none" }), read(Pod, { enqueue: "none", indexes: { [NODE_INDEX]: podNodes } })],
    reconcile: (node, snapshot) => {
      const silentAtMs = Math.max(lastHeardMs(node, snapshot), unansweredMs) + graceMs + LATENESS_MS;
      if (silentAtMs <= snapshot.nowMs && isHeard(node)) return silence(node, snapshot);
      const watching: Plan = later(silentAtMs - snapshot.nowMs);
      return plan(taint(node, snapshot.nowMs), silentAtMs > snapshot.nowMs ? watching : undefined);
    },
    conclude: (_node, outcomes, snapshot) => {
      const unanswered = outcomes.some(
        ({ answer }) => answer !== "skipped" && !answer.ok && answer.status.code === 503,
      );
      if (unanswered) unansweredMs = snapshot.nowMs;
      return NOTHING;
    },
  });
}

/** Heartbeats alone are no reason to look. */
function bearsOnHealth({ before, after }: Change<Node>): boolean {
  if (before === undefined || after === undefined) return true;
  const health = ({ spec, status }: Node): unknown => [
    spec.taints ?? [],
    spec.unschedulable,
    (status?.conditions ?? []).map((condition) => [condition.type, condition.status]),
  ];
  return !deepEqual(health(before), health(after));
}

function lastHeardMs(node: Node, snapshot: Home): number {
  const lease = snapshot.get(Lease, node.metadata.name, LEASE_NAMESPACE);
  const ready = node.status?.conditions?.find(({ type }) => type === "Ready");
  const times = [lease?.spec?.renewTime, ready?.lastHeartbeatTime, node.metadata.creationTimestamp];
  return Math.max(...times.map((time) => (time === undefined ? 0 : Date.parse(time))));
}

function isHeard(node: Node): boolean {
  return REPORTED.some((type) => node.status?.conditions?.find((each) => each.type === type)?.status !== "Unknown");
}

/** The node has fallen silent: nothing is known of it any more, and its pods count as not ready. */
function silence(node: Node, snapshot: Home): Plan {
  let { conditions } = node.status ?? {};
  for (const type of REPORTED) {
    const posted = conditions?.some((condition) => condition.type === type) === true;
    const unknown: Condition = {
      type,
      status: "Unknown",
      reason: posted ? "NodeStatusUnknown" : "NodeStatusNeverUpdated",
      message: posted ? "Kubelet stopped posting node status." : "Kubelet never posted node status.",
    };
    conditions = setCondition(conditions, unknown, snapshot.nowMs);
  }
  const object = { ...node, status: { ...node.status, conditions } } as Node;
  const { name } = node.metadata;
  return plan(
    { type: "updateStatus", kind: Node, object, before: node },
    nodeEvent(node, "NodeNotReady", `Node ${name} status is now: NodeNotReady`),
    snapshot.list(Pod, { index: { name: NODE_INDEX, value: name } }).flatMap((pod) => notReady(pod, snapshot.nowMs)),
  );
}

function notReady(pod: Pod, nowMs: number): readonly Intent[] {
  const ready = pod.status?.conditions?.find(({ type }) => type === "Ready");
  if (ready?.status !== "True") return [];
  const conditions = setCondition(pod.status?.conditions, { type: "Ready", status: "False" }, nowMs);
  return [
    { type: "updateStatus", kind: Pod, object: { ...pod, status: { ...pod.status, conditions } } as Pod, before: pod },
    { type: "event", regarding: pod, eventType: "Warning", reason: "NodeNotReady", message: "Node is not ready" },
  ];
}

function nodeEvent(node: Node, reason: string, message: string): Intent {
  return { type: "event", regarding: node, eventType: "Normal", reason, message };
}

const PRESSURES: Readonly<Record<string, string>> = {
  MemoryPressure: "node.kubernetes.io/memory-pressure",
  DiskPressure: "node.kubernetes.io/disk-pressure",
  PIDPressure: "node.kubernetes.io/pid-pressure",
  NetworkUnavailable: "node.kubernetes.io/network-unavailable",
};
const NOT_READY = "node.kubernetes.io/not-ready";
const UNREACHABLE = "node.kubernetes.io/unreachable";
const UNSCHEDULABLE = "node.kubernetes.io/unschedulable";
const OWN: ReadonlySet<string> = new Set([...Object.values(PRESSURES), NOT_READY, UNREACHABLE, UNSCHEDULABLE]);

/** Makes the node's taints say what its conditions and `spec.unschedulable` say; taints of others stay. */
function taint(node: Node, nowMs: number): readonly Intent[] {
  const before = node.spec.taints ?? [];
  const wanted = wantedTaints(node);
  const same = (left: Taint, right: Taint): boolean => left.key === right.key && left.effect === right.effect;
  const kept = before.filter((each) => !OWN.has(each.key) || wanted.some((other) => same(each, other)));
  const added = wanted.filter((each) => !before.some((other) => same(each, other)));
  if (added.length === 0 && kept.length === before.length) return [];
  const taints = [...kept, ...added.map((each) => ({ ...each, timeAdded: timestamp(nowMs) }))];
  const { taints: _taints, ...rest } = node.spec;
  const spec = taints.length === 0 ? rest : { ...rest, taints };
  return [{ type: "update", kind: Node, object: { ...node, spec } as Node, before: node }];
}

function wantedTaints({ spec, status }: Node): readonly Taint[] {
  const taints: Taint[] = [];
  for (const { type, status: value } of status?.conditions ?? []) {
    const pressure = PRESSURES[type];
    if (pressure !== undefined && value === "True") taints.push({ key: pressure, effect: "NoSchedule" });
    if (type !== "Ready" || value === "True") continue;
    const key = value === "False" ? NOT_READY : UNREACHABLE;
    taints.push({ key, effect: "NoSchedule" }, { key, effect: "NoExecute" });
  }
  if (spec.unschedulable === true) taints.push({ key: UNSCHEDULABLE, effect: "NoSchedule" });
  return taints;
}
