import { writeFileSync } from "node:fs";
import { type PlayResult, play, readScenarioFile, type Scenario, World } from "../../scenario/index.ts";
import { formatTraceLine } from "../../sim/index.ts";
import { junitReport } from "../reports/junit.ts";
import { storyTeller } from "../reports/story.ts";
import { UsageError } from "../usage-error.ts";

export type RunOptions = {
  readonly seed?: number;
  readonly junit?: string;
  readonly trace?: boolean;
  readonly quiet?: boolean;
};

/** `atoll run`: plays every file in a world of its own. All files are read before the first is played. */
export async function run(files: readonly string[], options: RunOptions): Promise<number> {
  const scenarios = files.map(readScenario);
  const results: PlayResult[] = [];
  for (const scenario of scenarios) results.push(await playOne(scenario, options));
  if (options.junit !== undefined) writeReport(options.junit, junitReport(results));
  if (results.length > 1) {
    const passed = results.filter((result) => result.ok).length;
    process.stdout.write(`\n${passed} of ${results.length} scenarios passed\n`);
  }
  return results.every((result) => result.ok) ? 0 : 1;
}

async function playOne(scenario: Scenario, options: RunOptions): Promise<PlayResult> {
  const write = (text: string): void => void process.stdout.write(text);
  const teller = storyTeller({
    write,
    quiet: options.quiet === true,
    colors: process.stdout.isTTY === true && process.env.NO_COLOR === undefined,
  });
  teller.begin(scenario);
  const world = await World.create({
    ...scenario.fleet,
    ...(options.seed === undefined ? {} : { seed: options.seed }),
  });
  const startMs = world.nowMs();
  if (options.trace === true) world.observeTrace((line) => write(`    ${formatTraceLine(line, startMs)}\n`));
  try {
    const result = await play(scenario, world, teller.observe);
    teller.end(result, { seed: world.seed, file: scenario.file });
    return result;
  } finally {
    await world.stop();
  }
}

function readScenario(file: string): Scenario {
  try {
    return readScenarioFile(file);
  } catch (error) {
    if (error instanceof Error && error.name === "Error") throw new UsageError(error.message);
    throw error;
  }
}

function writeReport(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new UsageError(`cannot write the report ${file}: ${(error as Error).message}`);
  }
}
