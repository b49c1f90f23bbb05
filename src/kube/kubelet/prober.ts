import type { Container, Pod, Probe } from "../../api/index.ts";
import type { Loop, Timer } from "../../sim/index.ts";
import type { ContainerRuntime, ProbeResult } from "../runtime.ts";

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
  readonly onUnhealthy: (message: string) => void;
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
    const streak = { success: false, length: 0, decided: kind === "Liveness" };
    this.#schedule(kind, (probe.initialDelaySeconds ?? 0) * 1000, streak.decided, () => this.#run(kind, probe, streak));
  }

  #schedule(kind: ProbeKind, delayMs: number, background: boolean, run: () => void): void {
    const why = `${kind.toLowerCase()} probe of ${this.#options.container.name}`;
    this.#timers.set(kind, this.#options.loop.after(delayMs, why, run, { background }));
  }

  #run(kind: ProbeKind, probe: Probe, streak: { success: boolean; length: number; decided: boolean }): void {
    const { runtime, pod, container, onUnhealthy } = this.#options;
    const { success, message } = told(runtime.probe(pod(), container, probe));
    if (success !== streak.success) streak.length = 0;
    streak.success = success;
    streak.length++;
    if (!success && streak.length === 1) onUnhealthy(`${kind} probe failed: ${message}`);
    const threshold = success ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? FAILURES);
    if (streak.length === threshold) {
      streak.decided = true;
      this.#decide(kind, success);
    }
    if (this.#stopped || (kind === "Startup" && this.#started)) return;
    const periodMs = (probe.periodSeconds ?? PERIOD_SECONDS) * 1000;
    this.#schedule(kind, periodMs, streak.decided, () => this.#run(kind, probe, streak));
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

function told(result: ProbeResult): { readonly success: boolean; readonly message: string } {
  return typeof result === "boolean" ? { success: result, message: "the container did not answer well" } : result;
}
