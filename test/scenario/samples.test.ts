import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { play, readScenarioFile, World } from "../../src/scenario/index.ts";

const SAMPLES = join(import.meta.dirname, "../../samples");

describe("every sample", () => {
  it.each(readdirSync(SAMPLES))("%s plays to its end, twice alike", async (name) => {
    const scenario = readScenarioFile(join(SAMPLES, name, "scenario.yaml"));
    const hashes: string[] = [];
    for (let turn = 0; turn < 2; turn++) {
      const world = await World.create({ ...scenario.fleet, freeze: true });
      const failures: string[] = [];
      const result = await play(scenario, world, (event) => {
        if (event.type === "operation" && event.failure !== undefined)
          failures.push(`${event.failure.message}\n${event.failure.diff}`);
      });
      await world.stop();
      expect(failures).toEqual([]);
      expect(result.ok).toBe(true);
      hashes.push(result.traceHash);
    }
    expect(hashes[1]).toBe(hashes[0]);
  });
});
