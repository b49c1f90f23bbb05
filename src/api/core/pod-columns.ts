import { AGE, since, text, wide } from "../columns.ts";
import type { PrinterColumn, RowCondition } from "../descriptor.ts";
import type { ContainerStatus, Pod } from "./pod.ts";

/** The columns of `kubectl get pods` (printPod of `pkg/printers/internalversion`). */
export const podColumns: readonly PrinterColumn<Pod>[] = [
  text<Pod>("Ready", (pod) => {
    const { ready, total } = summarizePod(pod);
    return `${ready}/${total}`;
  }),
  text<Pod>("Status", (pod) => summarizePod(pod).reason),
  text<Pod>("Restarts", (pod, nowMs) => {
    const { restarts, lastRestart } = summarizePod(pod);
    return restarts === 0 || lastRestart === undefined
      ? `${restarts}`
      : `${restarts} (${since(lastRestart, nowMs)} ago)`;
  }),
  AGE,
  wide<Pod>("IP", (pod) => pod.status?.podIPs?.[0]?.ip ?? pod.status?.podIP ?? "<none>"),
  wide<Pod>("Node", (pod) => pod.spec.nodeName ?? "<none>"),
  wide<Pod>("Nominated Node", (pod) => pod.status?.nominatedNodeName ?? "<none>"),
  wide<Pod>("Readiness Gates", (pod) => {
    const gates = pod.spec.readinessGates ?? [];
    const met = gates.filter((gate) => hasTrueCondition(pod, gate.conditionType)).length;
    return gates.length === 0 ? "<none>" : `${met}/${gates.length}`;
  }),
];

/** Pods that have come to their end say so (`podSuccessConditions`, `podFailedConditions`). */
export function podRowConditions({ status }: Pod): readonly RowCondition[] | undefined {
  const ended = status?.phase === "Succeeded" ? HAS_SUCCEEDED : status?.phase === "Failed" ? HAS_FAILED : undefined;
  return ended === undefined ? undefined : [{ type: "Completed", status: "True", ...ended }];
}

const HAS_SUCCEEDED = { reason: "Succeeded", message: "The pod has completed successfully." };
const HAS_FAILED = { reason: "Failed", message: "The pod failed." };

type Summary = {
  readonly ready: number;
  readonly total: number;
  readonly reason: string;
  readonly restarts: number;
  readonly lastRestart: string | undefined;
};
type Containers = Omit<Summary, "total">;

/** The pod's state in one word, as `kubectl get pods` shows it. */
function summarizePod(pod: Pod): Summary {
  const status = pod.status ?? {};
  const gated = status.conditions?.some(
    (condition) => condition.type === "PodScheduled" && condition.reason === "SchedulingGated",
  );
  const phase = gated ? "SchedulingGated" : (status.reason ?? status.phase ?? "");
  const sidecars = new Set(
    (pod.spec.initContainers ?? []).filter((c) => c.restartPolicy === "Always").map((c) => c.name),
  );
  const init = summarizeInit(pod, phase, sidecars);
  const main =
    !init.initializing || hasTrueCondition(pod, "Initialized")
      ? summarizeMain(pod, init.reason, init)
      : init.containers;
  const total = pod.spec.containers.length + sidecars.size;
  return { ...main, total, reason: deletionReason(pod) ?? main.reason };
}

function deletionReason(pod: Pod): string | undefined {
  if (pod.metadata.deletionTimestamp === undefined) return undefined;
  if (pod.status?.reason === "NodeLost") return "Unknown";
  return pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed" ? undefined : "Terminating";
}

type InitSummary = {
  readonly initializing: boolean;
  readonly reason: string;
  readonly containers: Containers;
  /** Of sidecars alone: what still counts once initialization is over. */
  readonly sidecars: { readonly ready: number; readonly restarts: number; readonly lastRestart: string | undefined };
};

function summarizeInit(pod: Pod, phase: string, sidecarNames: ReadonlySet<string>): InitSummary {
  let restarts = 0;
  let lastRestart: string | undefined;
  let sidecars: InitSummary["sidecars"] = { ready: 0, restarts: 0, lastRestart: undefined };
  const statuses = pod.status?.initContainerStatuses ?? [];
  for (const [index, container] of statuses.entries()) {
    restarts += container.restartCount;
    lastRestart = later(lastRestart, container);
    const isSidecar = sidecarNames.has(container.name);
    if (isSidecar)
      sidecars = {
        ready: sidecars.ready + (container.started === true && container.ready ? 1 : 0),
        restarts: sidecars.restarts + container.restartCount,
        lastRestart: later(sidecars.lastRestart, container),
      };
    if (container.state?.terminated?.exitCode === 0 || (isSidecar && container.started === true)) continue;
    const reason = `Init:${stateReason(container) ?? `${index}/${(pod.spec.initContainers ?? []).length}`}`;
    return {
      initializing: true,
      reason,
      containers: { ready: sidecars.ready, reason, restarts, lastRestart },
      sidecars,
    };
  }
  return {
    initializing: false,
    reason: phase,
    containers: { ready: sidecars.ready, reason: phase, restarts, lastRestart },
    sidecars,
  };
}

function summarizeMain(pod: Pod, before: string, init: InitSummary): Containers {
  let { ready, restarts, lastRestart } = init.sidecars;
  let reason = before;
  let failure: string | undefined;
  let running = false;
  for (const container of [...(pod.status?.containerStatuses ?? [])].reverse()) {
    restarts += container.restartCount;
    lastRestart = later(lastRestart, container);
    const own = container.state?.waiting?.reason ?? stateReason(container);
    if (own !== undefined) {
      reason = own;
      if ((container.state?.terminated?.exitCode ?? 0) !== 0) failure = own;
    } else if (container.ready && container.state?.running !== undefined) {
      running = true;
      ready++;
    }
  }
  if (reason === "Completed") reason = completedReason(pod, running, failure);
  return { ready, reason, restarts, lastRestart };
}

/** What a pod is whose first container has completed: others may still run, or have failed. */
function completedReason(pod: Pod, running: boolean, failure: string | undefined): string {
  if (running && hasTrueCondition(pod, "Ready")) return "Running";
  return failure ?? (running ? "NotReady" : "Completed");
}

/** Why a container is not running; `undefined` when it runs or merely waits for the pod to initialize. */
function stateReason(container: ContainerStatus): string | undefined {
  const { terminated, waiting } = container.state ?? {};
  if (terminated !== undefined) {
    if (terminated.reason !== undefined && terminated.reason !== "") return terminated.reason;
    return terminated.signal !== undefined && terminated.signal !== 0
      ? `Signal:${terminated.signal}`
      : `ExitCode:${terminated.exitCode}`;
  }
  return waiting?.reason === "PodInitializing" ? undefined : waiting?.reason;
}

function later(time: string | undefined, container: ContainerStatus): string | undefined {
  const finished = container.lastState?.terminated?.finishedAt;
  return finished !== undefined && (time === undefined || finished > time) ? finished : time;
}

function hasTrueCondition(pod: Pod, type: string): boolean {
  return pod.status?.conditions?.some((condition) => condition.type === type && condition.status === "True") ?? false;
}
