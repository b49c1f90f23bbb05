import { StatusError } from "../apimachinery/index.ts";
import { ExpectationError, operations } from "./operations/index.ts";
import type { Operation, Scenario, Step } from "./scenario-file.ts";
import type { World } from "./world.ts";

/** What happens while a scenario plays. */
export type PlayEvent =
  | { readonly type: "step"; readonly step: Step; readonly index: number; readonly of: number }
  | {
      readonly type: "operation";
      readonly step: Step;
      readonly phase: "try" | "catch" | "finally";
      readonly operation: Operation;
      readonly shown: readonly string[];
      readonly failure?: Failure;
    };

/** A failed operation: where it stands, what was wrong, and a diff when there is one. */
export type Failure = {
  readonly step: string;
  readonly operation: Operation;
  readonly message: string;
  readonly diff: string;
};

export type StepResult = {
  readonly name: string;
  readonly wallMs: number;
  readonly virtualMs: number;
  readonly failures: readonly Failure[];
};

/** What became of a scenario. Steps after a failed one are not played, but for their absence in `steps`. */
export type PlayResult = {
  readonly name: string;
  readonly ok: boolean;
  readonly steps: readonly StepResult[];
  readonly operations: number;
  readonly wallMs: number;
  readonly virtualMs: number;
  readonly traceHash: string;
};

/** Plays a scenario in a world, step by step; a failure skips the rest of its step's `try`, runs `catch` and `finally`, and ends the play. */
export async function play(scenario: Scenario, world: World, observe: (event: PlayEvent) => void): Promise<PlayResult> {
  const wallStart = performance.now();
  const virtualStart = world.nowMs();
  const steps: StepResult[] = [];
  let count = 0;
  for (const [index, step] of scenario.steps.entries()) {
    observe({ type: "step", step, index: index + 1, of: scenario.steps.length });
    const startedWall = performance.now();
    const startedVirtual = world.nowMs();
    const failures = await playStep(step, world, (event) => {
      count++;
      observe(event);
    });
    steps.push({
      name: step.name,
      wallMs: performance.now() - startedWall,
      virtualMs: world.nowMs() - startedVirtual,
      failures,
    });
    if (failures.length > 0) break;
  }
  const ok = steps.every((step) => step.failures.length === 0);
  return {
    name: scenario.name,
    ok,
    steps,
    operations: count,
    wallMs: performance.now() - wallStart,
    virtualMs: world.nowMs() - virtualStart,
    traceHash: world.traceHash,
  };
}

async function playStep(step: Step, world: World, observe: (event: PlayEvent) => void): Promise<readonly Failure[]> {
  const failures: Failure[] = [];
  const phase = async (name: "try" | "catch" | "finally"): Promise<void> => {
    for (const operation of step[name]) {
      const { shown, failure } = await carryOut(operation, step, world);
      observe({
        type: "operation",
        step,
        phase: name,
        operation,
        shown,
        ...(failure === undefined ? {} : { failure }),
      });
      if (failure === undefined) continue;
      failures.push(failure);
      if (name === "try") return;
    }
  };
  await phase("try");
  if (failures.length > 0) await phase("catch");
  await phase("finally");
  return failures;
}

async function carryOut(
  operation: Operation,
  step: Step,
  world: World,
): Promise<{ readonly shown: readonly string[]; readonly failure?: Failure }> {
  const run = operations[operation.name];
  if (run === undefined) throw new Error(`no operation is called ${operation.name}`);
  try {
    return { shown: await run(operation, world) };
  } catch (error) {
    if (error instanceof ExpectationError)
      return { shown: [], failure: { step: step.name, operation, message: error.message, diff: error.diff } };
    if (error instanceof StatusError)
      return { shown: [], failure: { step: step.name, operation, message: error.message, diff: "" } };
    throw error;
  }
}
