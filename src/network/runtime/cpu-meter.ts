import { METRIC_WINDOW_MS } from "../../kube/index.ts";

const MILLI = 1000;

/** What a container's programs make a processor do, in windows of the length metrics are told for. */
export class CpuMeter {
  #window = 0;
  #presentMs = 0;
  #lastMs = 0;

  /** Counts `cpuMs` of work done at `nowMs`. */
  spend(nowMs: number, cpuMs: number): void {
    this.#moveTo(nowMs);
    this.#presentMs += cpuMs;
  }

  /** Thousandths of a core, on average over the last full window. */
  milli(nowMs: number): number {
    this.#moveTo(nowMs);
    return (this.#lastMs / METRIC_WINDOW_MS) * MILLI;
  }

  #moveTo(nowMs: number): void {
    const window = Math.floor(nowMs / METRIC_WINDOW_MS);
    if (window === this.#window) return;
    this.#lastMs = window === this.#window + 1 ? this.#presentMs : 0;
    this.#presentMs = 0;
    this.#window = window;
  }
}
