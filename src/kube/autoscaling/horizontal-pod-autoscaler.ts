import { decideReplicas, type ScalingMemory } from "../../algorithms/index.ts";
import {
  HorizontalPodAutoscaler,
  type HorizontalPodAutoscalerStatus,
  type MetricStatus,
  Pod,
} from "../../api/index.ts";
import { type Kind, type KubeObject, parseLabelSelector, setCondition, timestamp } from "../../apimachinery/index.ts";
import {
  defineController,
  type Intent,
  type Key,
  later,
  NOTHING,
  type Outcome,
  plan,
  read,
  type Snapshot,
} from "../../controller/index.ts";
import { updateStatus } from "../controllers/status-update.ts";
import type { LiveReads, Scale } from "./live-reads.ts";
import { type Measured, type Proposal, proposalOf } from "./metric-replicas.ts";
import { RESCALED, refusedScale } from "./refused-scale.ts";

type View = Snapshot<typeof HorizontalPodAutoscaler | typeof Pod>;
type Conditions = NonNullable<HorizontalPodAutoscalerStatus["conditions"]>;

/** `--horizontal-pod-autoscaler-sync-period`, `--horizontal-pod-autoscaler-tolerance`. */
const PERIOD_MS = 15_000;
const TOLERANCE = 0.1;
/** The longest window a behavior may ask for. */
const MEMORY_MS = 3_600_000;

/** What is kept of an autoscaler between two looks. */
type Remembered = ScalingMemory & { readonly nextAtMs: number };

/** Compares what pods use with what they should, and scales their owners (`pkg/controller/podautoscaler`). */
export function horizontalPodAutoscaler(reads: LiveReads) {
  const memories = new Map<string, Remembered>();
  return defineController({
    name: "horizontal-pod-autoscaler",
    primary: [HorizontalPodAutoscaler],
    reads: [read(Pod, { enqueue: "none" })],
    reconcile: (autoscaler: HorizontalPodAutoscaler, snapshot: View) => {
      const key = keyOf(autoscaler.metadata);
      const memory = memories.get(key) ?? { ...NO_MEMORY, nextAtMs: snapshot.nowMs + PERIOD_MS };
      const waitMs = memory.nextAtMs - snapshot.nowMs;
      if (waitMs > 0) {
        memories.set(key, memory);
        return later(waitMs);
      }
      const looked = look(autoscaler, { reads, snapshot, memory });
      memories.set(key, { ...recent(looked.memory, snapshot.nowMs), nextAtMs: snapshot.nowMs + PERIOD_MS });
      return plan(looked.intents, later(PERIOD_MS));
    },
    conclude: (autoscaler: HorizontalPodAutoscaler, outcomes: readonly Outcome[], { nowMs }: View) => {
      const refused = refusedScale(autoscaler, outcomes, nowMs);
      if (refused === undefined) return NOTHING;
      const key = keyOf(autoscaler.metadata);
      const memory = memories.get(key);
      if (memory !== undefined) memories.set(key, unscaled(memory));
      return plan(refused);
    },
    absent: (key: Key) => {
      memories.delete(keyOf(key));
      return NOTHING;
    },
  });
}

const NO_MEMORY: ScalingMemory = { recommendations: [], scaleUps: [], scaleDowns: [] };

function keyOf({ namespace = "", name }: { readonly namespace?: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}

function recent(memory: ScalingMemory, nowMs: number): ScalingMemory {
  const kept = (records: ScalingMemory["recommendations"]) => records.filter(({ atMs }) => atMs > nowMs - MEMORY_MS);
  return {
    recommendations: kept(memory.recommendations),
    scaleUps: kept(memory.scaleUps),
    scaleDowns: kept(memory.scaleDowns),
  };
}

/** Without what the last look wanted to scale by. */
function unscaled(memory: Remembered): Remembered {
  const before = (records: ScalingMemory["recommendations"]) =>
    records.filter(({ atMs }) => atMs < memory.nextAtMs - PERIOD_MS);
  return { ...memory, scaleUps: before(memory.scaleUps), scaleDowns: before(memory.scaleDowns) };
}

type Looked = { readonly memory: ScalingMemory; readonly intents: readonly Intent[] };
type Given = { readonly reads: LiveReads; readonly snapshot: View; readonly memory: ScalingMemory };

/** One look at an autoscaler, its status written as it goes (`reconcileAutoscaler`). */
function look(autoscaler: HorizontalPodAutoscaler, { reads, snapshot, memory }: Given): Looked {
  const { nowMs } = snapshot;
  const { namespace = "" } = autoscaler.metadata;
  const { scaleTargetRef, minReplicas = 1, maxReplicas } = autoscaler.spec;
  const draft = new StatusDraft(autoscaler, nowMs);
  const kind = snapshot.kindOf(scaleTargetRef.apiVersion ?? "v1", scaleTargetRef.kind);
  const scale = kind === undefined ? unknownKind(scaleTargetRef) : reads.scale(kind, namespace, scaleTargetRef.name);
  if (kind === undefined || typeof scale === "string") {
    draft.warn("FailedGetScale", scale as string);
    const told = `the HPA controller was unable to get the target's current scale: ${scale}`;
    draft.condition("AbleToScale", "False", "FailedGetScale", told);
    return { memory, intents: draft.unchanged() };
  }
  draft.condition(
    "AbleToScale",
    "True",
    "SucceededGetScale",
    "the HPA controller was able to get the target's current scale",
  );
  const current = scale.spec?.replicas ?? 0;
  const known =
    memory.recommendations.length > 0 ? memory : { ...memory, recommendations: [{ atMs: nowMs, count: current }] };
  if (current === 0 && minReplicas !== 0) {
    const told = "scaling is disabled since the replica count of the target is zero";
    draft.condition("ScalingActive", "False", "ScalingDisabled", told);
    return { memory: known, intents: draft.written({ current, desired: 0, metrics: [] }) };
  }
  const target: Target = { kind, scale, current };
  if (current > maxReplicas)
    return rescale(draft, target, known, {
      desired: maxReplicas,
      why: `Current number of replicas above Spec.MaxReplicas`,
    });
  if (current < minReplicas)
    return rescale(draft, target, known, {
      desired: minReplicas,
      why: `Current number of replicas below Spec.MinReplicas`,
    });
  return followMetrics(draft, target, { reads, snapshot, memory: known });
}

type Target = { readonly kind: Kind<KubeObject>; readonly scale: Scale; readonly current: number };

function followMetrics(draft: StatusDraft, target: Target, { reads, snapshot, memory }: Given): Looked {
  const { autoscaler } = draft;
  const { current } = target;
  const { nowMs } = snapshot;
  const { metrics: specs = [], behavior, minReplicas = 1, maxReplicas } = autoscaler.spec;
  const measured = measuredBy(autoscaler, target, snapshot, reads);
  if (measured === undefined) {
    draft.warn("SelectorRequired", "selector is required");
    draft.condition("ScalingActive", "False", "InvalidSelector", "the HPA target's scale is missing a selector");
    return { memory, intents: draft.failedCompute(current, [], "selector is required") };
  }
  const proposals = specs.map((spec) => proposalOf(spec, measured));
  const metrics = proposals.map((proposal) => (proposal.ok ? proposal.status : UNKNOWN));
  const best = proposals.reduce<Extract<Proposal, { ok: true }> | undefined>(
    (most, proposal) => (proposal.ok && (most === undefined || proposal.replicas > most.replicas) ? proposal : most),
    undefined,
  );
  const invalid = proposals.filter((proposal) => !proposal.ok);
  for (const { reason, cause } of invalid) draft.warn(reason, cause);
  const [first] = invalid;
  if (best === undefined || (first !== undefined && best.replicas < current)) {
    if (first !== undefined)
      draft.condition(
        "ScalingActive",
        "False",
        first.reason,
        `the HPA was unable to compute the replica count: ${first.cause}`,
      );
    const summary = `invalid metrics (${invalid.length} invalid out of ${specs.length}), first error is: ${first?.message}`;
    return { memory, intents: draft.failedCompute(current, metrics, summary) };
  }
  const told = `the HPA was able to successfully calculate a replica count from ${best.metric}`;
  draft.condition("ScalingActive", "True", "ValidMetricFound", told);
  const decision = decideReplicas({
    current,
    desired: best.replicas,
    minReplicas,
    maxReplicas,
    behavior,
    memory,
    nowMs,
  });
  const recorded = { ...memory, recommendations: [...memory.recommendations, { atMs: nowMs, count: best.replicas }] };
  draft.condition("AbleToScale", "True", decision.able.reason, decision.able.message);
  const { isLimited, reason, message } = decision.limited;
  draft.condition("ScalingLimited", isLimited ? "True" : "False", reason, message);
  const desired = decision.replicas;
  if (desired === current) return { memory: recorded, intents: draft.written({ current, desired, metrics }) };
  const why = best.replicas > current ? `${best.metric} above target` : "All metrics below target";
  return rescale(draft, target, recorded, { desired, why, metrics });
}

/** A metric without a value, as Go writes an empty one. */
const UNKNOWN: MetricStatus = { type: "" };

function measuredBy(
  { metadata: { namespace = "" }, spec: { behavior } }: HorizontalPodAutoscaler,
  { scale, current }: Target,
  snapshot: View,
  reads: LiveReads,
): Measured | undefined {
  const selector = scale.status?.selector ?? "";
  if (selector === "") return undefined;
  const matches = parseLabelSelector(selector);
  const pods = snapshot.list(Pod, { namespace, where: ({ metadata }) => matches(metadata.labels) });
  const tolerance = (text: string | undefined): number => (text === undefined ? TOLERANCE : Number(text));
  const tolerances = { up: tolerance(behavior?.scaleUp?.tolerance), down: tolerance(behavior?.scaleDown?.tolerance) };
  return { namespace, selector, pods, current, tolerances, nowMs: snapshot.nowMs, reads };
}

function rescale(
  draft: StatusDraft,
  { kind, scale, current }: Target,
  memory: ScalingMemory,
  to: { readonly desired: number; readonly why: string; readonly metrics?: readonly MetricStatus[] },
): Looked {
  const { desired, why, metrics = [] } = to;
  const { nowMs } = draft;
  const message = `the HPA controller was able to update the target scale to ${desired}`;
  draft.condition("AbleToScale", "True", "SucceededRescale", message);
  const record = { atMs: nowMs, count: Math.abs(desired - current) };
  const changed =
    desired > current
      ? { ...memory, scaleUps: [...memory.scaleUps, record] }
      : { ...memory, scaleDowns: [...memory.scaleDowns, record] };
  const update: Intent = {
    type: "update",
    kind,
    subresource: "scale",
    object: { ...scale, spec: { ...scale.spec, replicas: desired } } as Scale,
  };
  draft.tell("Normal", RESCALED, `New size: ${desired}; reason: ${why}`);
  return {
    memory: changed,
    intents: [update, ...draft.written({ current, desired, metrics, scaledAt: timestamp(nowMs) })],
  };
}

function unknownKind({ apiVersion = "v1", kind }: HorizontalPodAutoscaler["spec"]["scaleTargetRef"]): string {
  const [group] = apiVersion.includes("/") ? apiVersion.split("/") : [""];
  return `no matches for kind "${kind}" in group "${group}"`;
}

/** The status an autoscaler is to have after a look, and the events on the way. */
class StatusDraft {
  readonly autoscaler: HorizontalPodAutoscaler;
  readonly nowMs: number;
  readonly #events: Intent[] = [];
  #conditions: Conditions;

  constructor(autoscaler: HorizontalPodAutoscaler, nowMs: number) {
    this.autoscaler = autoscaler;
    this.nowMs = nowMs;
    this.#conditions = autoscaler.status?.conditions ?? [];
  }

  condition(type: string, status: "True" | "False", reason: string, message: string): void {
    this.#conditions = setCondition(this.#conditions, { type, status, reason, message }, this.nowMs);
  }

  tell(eventType: "Normal" | "Warning", reason: string, message: string): void {
    this.#events.push({ type: "event", regarding: this.autoscaler, eventType, reason, message });
  }

  warn(reason: string, message: string): void {
    this.tell("Warning", reason, message);
  }

  /** All but the conditions stays as it was. */
  unchanged(): readonly Intent[] {
    return this.#write({ currentReplicas: 0, desiredReplicas: 0, ...this.autoscaler.status });
  }

  /** No metric could be computed: the replicas are told, nothing is done. */
  failedCompute(current: number, metrics: readonly MetricStatus[], message: string): readonly Intent[] {
    this.warn("FailedComputeMetricsReplicas", message);
    const { desiredReplicas = 0 } = this.autoscaler.status ?? {};
    return this.written({ current, desired: desiredReplicas, metrics });
  }

  written(to: {
    readonly current: number;
    readonly desired: number;
    readonly metrics: readonly MetricStatus[];
    readonly scaledAt?: string;
  }): readonly Intent[] {
    const lastScaleTime = to.scaledAt ?? this.autoscaler.status?.lastScaleTime;
    return this.#write({
      currentReplicas: to.current,
      desiredReplicas: to.desired,
      ...(lastScaleTime === undefined ? {} : { lastScaleTime }),
      ...(to.metrics.length === 0 ? {} : { currentMetrics: to.metrics }),
    });
  }

  #write(status: HorizontalPodAutoscalerStatus): readonly Intent[] {
    const written = { ...status, conditions: this.#conditions };
    return [...this.#events, ...updateStatus(HorizontalPodAutoscaler, this.autoscaler, written)];
  }
}
