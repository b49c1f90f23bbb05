import type { Condition, ContainerStatus, Pod, PodStatus } from "../../api/index.ts";
import { removeCondition, setCondition } from "../../apimachinery/index.ts";
import { compareText } from "../../std/index.ts";
import type { ResizeView } from "./pod-resize.ts";

/** What the kubelet knows of a pod on its node. */
export type PodView = {
  readonly startTime: string;
  readonly hostIPs: readonly string[];
  /** None until the pod has a sandbox. */
  readonly podIPs: readonly string[];
  /** Whether the sandbox still stands. */
  readonly sandboxReady: boolean;
  readonly initStatuses: readonly ContainerStatus[];
  readonly statuses: readonly ContainerStatus[];
  /** They bear on nothing else. */
  readonly ephemeralStatuses?: readonly ContainerStatus[];
  /** Why the kubelet itself ended the pod. */
  readonly failure?: { readonly reason: string; readonly message: string };
  /** All containers are down because the pod is being deleted. */
  readonly ended?: boolean;
  readonly resize: ResizeView;
  /** Kubernetes 1.N. */
  readonly minor: number;
};

/** From 1.N on conditions tell which generation of the pod they are about. */
const OBSERVES_GENERATIONS = 34;

type Phase = NonNullable<PodStatus["phase"]>;

/** The status the kubelet reports (`pkg/kubelet/kubelet_pods.go` generateAPIPodStatus). Conditions of others are kept. */
export function podStatus(pod: Pod, view: PodView, nowMs: number): PodStatus {
  const phase = view.failure === undefined ? podPhase(pod, view) : "Failed";
  const before: PodStatus = pod.status ?? {};
  const { generation } = pod.metadata;
  const observed =
    generation === undefined || view.minor < OBSERVES_GENERATIONS ? {} : { observedGeneration: generation };
  let conditions = before.conditions;
  for (const condition of ownConditions(pod, view, phase))
    conditions = setCondition(conditions, { ...condition, ...observed }, nowMs);
  conditions = withResizeConditions(conditions, view.resize, nowMs);
  const { ephemeralStatuses = [] } = view;
  return {
    ...before,
    phase,
    ...(conditions === undefined ? {} : { conditions }),
    ...(view.failure === undefined ? {} : view.failure),
    ...podAddresses(view),
    startTime: before.startTime ?? view.startTime,
    ...(view.initStatuses.length === 0 ? {} : { initContainerStatuses: view.initStatuses }),
    containerStatuses: [...view.statuses].sort((left, right) => compareText(left.name, right.name)),
    ...(ephemeralStatuses.length === 0 ? {} : { ephemeralContainerStatuses: ephemeralStatuses }),
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  };
}

/** Conditions that are there only as long as a resize waits, or is under way. */
function withResizeConditions(
  conditions: readonly Condition[] | undefined,
  { pending, underWay }: ResizeView,
  nowMs: number,
): readonly Condition[] {
  const observed = (of: { readonly generation: number | undefined }): Partial<Condition> =>
    of.generation === undefined ? {} : { observedGeneration: of.generation };
  let next = conditions ?? [];
  if (pending === undefined) next = removeCondition(next, "PodResizePending");
  else {
    const { reason, message } = pending;
    const condition = { type: "PodResizePending", status: "True", reason, message, ...observed(pending) } as const;
    next = setCondition(next, condition, nowMs);
  }
  if (underWay === undefined) return removeCondition(next, "PodResizeInProgress");
  return setCondition(next, { type: "PodResizeInProgress", status: "True", ...observed(underWay) }, nowMs);
}

/** Addresses as a status carries them: the first by itself, and all. */
export function podAddresses({ podIPs, hostIPs }: Pick<PodView, "podIPs" | "hostIPs">): Partial<PodStatus> {
  const [hostIP] = hostIPs;
  const [podIP] = podIPs;
  const listed = (ips: readonly string[]) => ips.map((ip) => ({ ip }));
  return {
    ...(hostIP === undefined ? {} : { hostIP, hostIPs: listed(hostIPs) }),
    ...(podIP === undefined ? {} : { podIP, podIPs: listed(podIPs) }),
  };
}

/** The phase by container states and restart policy (`getPhase`). */
function podPhase(pod: Pod, view: Pick<PodView, "initStatuses" | "statuses" | "ended">): Phase {
  const { restartPolicy = "Always" } = pod.spec;
  const init = initProgress(pod, view.initStatuses);
  if (init === "failed") return "Failed";
  if (view.ended === true) return view.statuses.every(succeeded) ? "Succeeded" : "Failed";
  if (init === "pending" || view.statuses.some(neverStarted)) return "Pending";
  if (view.statuses.some(({ state }) => state?.running !== undefined) || restartPolicy === "Always") return "Running";
  if (view.statuses.every(succeeded)) return "Succeeded";
  return restartPolicy === "Never" ? "Failed" : "Running";
}

/** Init containers that are no sidecars must have succeeded; sidecars must have started. */
function initProgress(pod: Pod, statuses: readonly ContainerStatus[]): "done" | "pending" | "failed" {
  for (const container of pod.spec.initContainers ?? []) {
    const status = statuses.find(({ name }) => name === container.name);
    if (container.restartPolicy === "Always") {
      if (status?.started !== true) return "pending";
    } else if (status === undefined || !succeeded(status)) {
      const failed = status?.state?.terminated !== undefined && pod.spec.restartPolicy === "Never";
      return failed ? "failed" : "pending";
    }
  }
  return "done";
}

function ownConditions(pod: Pod, view: PodView, phase: Phase): readonly Condition[] {
  const over = phase === "Succeeded" || phase === "Failed";
  const ready = readiness(pod, view, phase);
  return [
    { type: "PodReadyToStartContainers", status: view.sandboxReady ? "True" : "False" },
    initialized(pod, view, phase),
    over ? ready : withGates(pod, ready),
    { ...ready, type: "ContainersReady" },
    { type: "PodScheduled", status: "True" },
  ];
}

function initialized(pod: Pod, view: PodView, phase: Phase): Condition {
  if (phase === "Succeeded") return { type: "Initialized", status: "True", reason: "PodCompleted" };
  if (initProgress(pod, view.initStatuses) === "done") return { type: "Initialized", status: "True" };
  const incomplete = (pod.spec.initContainers ?? []).filter(({ name, restartPolicy }) => {
    const status = view.initStatuses.find((each) => each.name === name);
    return restartPolicy === "Always" ? status?.started !== true : status === undefined || !succeeded(status);
  });
  return {
    type: "Initialized",
    status: "False",
    reason: "ContainersNotInitialized",
    message: `containers with incomplete status: [${incomplete.map(({ name }) => name).join(" ")}]`,
  };
}

function readiness(pod: Pod, view: PodView, phase: Phase): Condition {
  if (phase === "Succeeded" || phase === "Failed")
    return { type: "Ready", status: "False", reason: phase === "Succeeded" ? "PodCompleted" : "PodFailed" };
  const sidecars = new Set(
    (pod.spec.initContainers ?? []).filter((each) => each.restartPolicy === "Always").map((each) => each.name),
  );
  const counted = [...view.initStatuses.filter(({ name }) => sidecars.has(name)), ...view.statuses];
  const unready = counted.filter((status) => !status.ready);
  if (unready.length === 0) return { type: "Ready", status: "True" };
  return {
    type: "Ready",
    status: "False",
    reason: "ContainersNotReady",
    message: `containers with unready status: [${unready.map(({ name }) => name).join(" ")}]`,
  };
}

function withGates(pod: Pod, ready: Condition): Condition {
  if (ready.status !== "True") return ready;
  const messages = (pod.spec.readinessGates ?? []).flatMap(({ conditionType }) => {
    const gate = pod.status?.conditions?.find(({ type }) => type === conditionType);
    if (gate?.status === "True") return [];
    return [
      gate === undefined
        ? `corresponding condition of pod readiness gate "${conditionType}" does not exist.`
        : `the status of pod readiness gate "${conditionType}" is not "True", but ${gate.status}`,
    ];
  });
  if (messages.length === 0) return ready;
  return { type: "Ready", status: "False", reason: "ReadinessGatesNotReady", message: messages.join(", ") };
}

function succeeded(status: ContainerStatus): boolean {
  return status.state?.terminated?.exitCode === 0;
}

function neverStarted({ state, lastState }: ContainerStatus): boolean {
  return state?.running === undefined && state?.terminated === undefined && lastState?.terminated === undefined;
}
