import { resolve } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What waits for processes takes longest, and goes first: the end of the suite waits for no single file. */
class ProcessesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const startsProcesses = ({ moduleId }: TestSpecification): boolean => moduleId.includes("/test/cli/");
    return [...sorted.filter(startsProcesses), ...sorted.filter((file) => !startsProcesses(file))];
  }
}

export default defineConfig({
  root: resolve(import.meta.dirname, ".."),
  resolve: {
    alias: [
      { find: "atoll-k8s", replacement: resolve(import.meta.dirname, "../src/index.ts") },
      { find: /^fast-check$/, replacement: resolve(import.meta.dirname, "fast-check.ts") },
    ],
  },
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: "forks",
    maxWorkers: 2,
    // A fifth of the suite's time went into loading the house anew for every file.
    isolate: false,
    sequence: { sequencer: ProcessesFirst },
  },
});
