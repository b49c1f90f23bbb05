/** The `atoll` this is: measures start others of it. */
export const PROGRAM = process.argv[1] ?? "";

/** One figure of a measure, with the floor it must keep. */
export type Figure = {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What is demanded: at most or at least that much. */
  readonly floor?: { readonly atMost: number } | { readonly atLeast: number };
};

/** A measure: run in a process of its own, it gives figures. */
export type Measure = {
  readonly name: string;
  readonly run: (scale: { readonly quick: boolean }) => Promise<readonly Figure[]>;
};

/** What some work cost this process: wall and CPU milliseconds. */
export async function costOf(work: () => Promise<void>): Promise<{ readonly wallMs: number; readonly cpuMs: number }> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await work();
  const used = process.cpuUsage(cpu);
  return { wallMs: performance.now() - start, cpuMs: (used.user + used.system) / 1000 };
}

/** Whether a figure keeps its floor; true when it has none. */
export function keepsFloor(figure: Figure): boolean {
  if (figure.floor === undefined) return true;
  return "atMost" in figure.floor ? figure.value <= figure.floor.atMost : figure.value >= figure.floor.atLeast;
}
