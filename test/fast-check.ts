import fc from "../node_modules/fast-check/lib/fast-check.js";

// Every run draws the same, so that a red test is red for everybody; SEED and RUNS widen the search.
fc.configureGlobal({
  seed: Number(process.env.SEED ?? 1),
  ...(process.env.RUNS === undefined ? {} : { numRuns: Number(process.env.RUNS) }),
});

export default fc;
