import type { HealthCheck } from "../../algorithms/index.ts";
import type { Loop, Timer } from "../../sim/index.ts";
import type { NodePlace } from "./node-place.ts";

type State = { healthy: boolean; streak: number; leftMs: number | undefined };

/**
 * What a load balancer knows of its nodes: asked every interval, a node leaves after so many failures in a row and returns
 * after so many successes. One that is new is taken to be well.
 */
export class TargetHealth {
  readonly #options: {
    readonly loop: Loop;
    readonly why: string;
    readonly check: HealthCheck;
    readonly nodes: () => readonly NodePlace[];
    readonly probe: (node: NodePlace) => boolean;
  };
  readonly #states = new Map<string, State>();
  readonly #timer: Timer;

  constructor(options: {
    readonly loop: Loop;
    readonly why: string;
    readonly check: HealthCheck;
    readonly nodes: () => readonly NodePlace[];
    readonly probe: (node: NodePlace) => boolean;
  }) {
    this.#options = options;
    this.#timer = options.loop.every(options.check.intervalSeconds * 1000, options.why, () => this.#ask());
  }

  isHealthy(node: string): boolean {
    return this.#states.get(node)?.healthy ?? true;
  }

  /** When a node was let go; `undefined` while it is in. */
  leftMs(node: string): number | undefined {
    return this.#states.get(node)?.leftMs;
  }

  /** Nodes that are gone are let go at once. */
  nodesChanged(): void {
    const present = new Set(this.#options.nodes().map(({ name }) => name));
    for (const [name, state] of this.#states) if (!present.has(name)) state.leftMs ??= this.#options.loop.nowMs();
  }

  stop(): void {
    this.#timer.cancel();
  }

  #ask(): void {
    const { check, nodes, probe, loop } = this.#options;
    for (const node of nodes()) {
      const state = this.#states.get(node.name) ?? { healthy: true, streak: 0, leftMs: undefined };
      this.#states.set(node.name, state);
      if (probe(node) === state.healthy) {
        state.streak = 0;
        continue;
      }
      state.streak++;
      if (state.streak < (state.healthy ? check.unhealthyThreshold : check.healthyThreshold)) continue;
      state.healthy = !state.healthy;
      state.streak = 0;
      state.leftMs = state.healthy ? undefined : loop.nowMs();
    }
  }
}
