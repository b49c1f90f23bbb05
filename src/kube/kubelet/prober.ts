import type { Container, Pod, Probe } from "../../api/index.ts";
import type { Loop, Timer } from "../../sim/index.ts";
import type { ContainerRuntime, ProbeResult } from "../runtime.ts";

/** How often in a row a probe came to the same, and whether that has said anything yet. */
type Streak = { success: boolean; length: number; decided: boolean };

type ProbeKind = "Startup" | "Liveness" | "Readiness";

/** What the prober of a container asks and tells. */
export type ProberOptions = {
  readonly loop: Loop;
  readonly runtime: ContainerRuntime;
  readonly pod: () => Pod;
  readonly container: Container;
  /** Readiness or startup has changed. */
  readonly onChange: () => void;
  /** Startup or liveness has failed for good: the container is to be killed. */
  readonly onFailure: (probe: "startup" | "liveness") => void;
  /** What a probe found is worth an event. */
  readonly onTold: (reason: "Unhealthy" | "ProbeWarning", message: string) => void;
};

/** `api/core/v1` defaults. */
const PERIOD_SECONDS = 10;
const FAILURES = 3;

/**
 * Probes one running container (`pkg/kubelet/prober`): each probe every period after its initial delay, readiness and
 * liveness only once startup has succeeded. Until readiness and startup are first decided their timers are progress; from
 * then on all probing is background.
 */
export class Prober {
  readonly #options: ProberOptions;
  readonly #timers = new Map<ProbeKind, Timer>();
  #started: boolean;
  #ready: boolean;
  readonly #ending = new Set<ProbeKind>();
  #stopped = false;

  constructor(options: ProberOptions) {
    this.#options = options;
    const { startupProbe, readinessProbe } = options.container;
    this.#started = startupProbe === undefined;
    this.#ready = readinessProbe === undefined;
    if (startupProbe !== undefined) this.#begin("Startup", startupProbe);
    else this.#beginSteady();
  }

  get started(): boolean {
    return this.#started;
  }

  get ready(): boolean {
    return this.#started && this.#ready;
  }

  /** The container is to end: whether it is ready still counts, what else it does no longer. */
  stopAllButReadiness(): void {
    for (const kind of ["Startup", "Liveness"] as const) {
      this.#ending.add(kind);
      this.#timers.get(kind)?.cancel();
    }
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers.values()) timer.cancel();
  }

  #beginSteady(): void {
    const { livenessProbe, readinessProbe } = this.#options.container;
    if (readinessProbe !== undefined) this.#begin("Readiness", readinessProbe);
    if (livenessProbe !== undefined) this.#begin("Liveness", livenessProbe);
  }

  #begin(kind: ProbeKind, probe: Probe): void {
    const streak: Streak = { success: false, length: 0, decided: kind === "Liveness" };
    this.#schedule(kind, (probe.initialDelaySeconds ?? 0) * 1000, streak.decided, () => this.#run(kind, probe, streak));
  }

  #schedule(kind: ProbeKind, delayMs: number, background: boolean, run: () => void): void {
    const why = `${kind.toLowerCase()} probe of ${this.#options.container.name}`;
    this.#timers.set(kind, this.#options.loop.after(delayMs, why, run, { background }));
  }

  #run(kind: ProbeKind, probe: Probe, streak: Streak): void {
    const { loop, runtime, pod, container } = this.#options;
    const startedMs = loop.nowMs();
    const take = (result: ProbeResult): void => {
      if (this.#stopped || this.#ending.has(kind)) return;
      this.#take(kind, probe, { streak, result });
      if (this.#stopped || (kind === "Startup" && this.#started)) return;
      const nextMs = startedMs + (probe.periodSeconds ?? PERIOD_SECONDS) * 1000;
      const delayMs = Math.max(0, nextMs - loop.nowMs());
      this.#schedule(kind, delayMs, streak.decided, () => this.#run(kind, probe, streak));
    };
    const result = runtime.probe(pod(), container, probe);
    if (typeof result === "object" && "later" in result) result.later(take);
    else take(result);
  }

  #take(kind: ProbeKind, probe: Probe, found: { readonly streak: Streak; readonly result: ProbeResult }): void {
    const { streak, result } = found;
    const { success, message } = told(result);
    if (success !== streak.success) streak.length = 0;
    streak.success = success;
    streak.length++;
    if (streak.length === 1 && message !== undefined) {
      const { onTold } = this.#options;
      if (success) onTold("ProbeWarning", `${kind} probe warning: ${message}`);
      else onTold("Unhealthy", `${kind} probe failed: ${message}`);
    }
    const threshold = success ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? FAILURES);
    if (streak.length !== threshold) return;
    streak.decided = true;
    this.#decide(kind, success);
  }

  #decide(kind: ProbeKind, success: boolean): void {
    const { onChange, onFailure } = this.#options;
    switch (kind) {
      case "Startup":
        if (!success) onFailure("startup");
        else if (!this.#started) {
          this.#started = true;
          this.#beginSteady();
          onChange();
        }
        return;
      case "Liveness":
        if (!success) onFailure("liveness");
        return;
      case "Readiness":
        if (success === this.#ready) return;
        this.#ready = success;
        onChange();
    }
  }
}

function told(result: ProbeResult): { readonly success: boolean; readonly message?: string } {
  if (result === true) return { success: true };
  return result === false ? { success: false, message: "the container did not answer well" } : result;
}
