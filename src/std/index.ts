export { AssertionError, assert, assertNever, must } from "./assert.ts";
export { bytesOfText, textOfBytes, unfinishedBytes } from "./byte-text.ts";
export { humanDuration, parseDurationMs } from "./duration.ts";
export { deepEqual } from "./equal.ts";
export { fnv1a32 } from "./fnv.ts";
export { deepFreeze } from "./freeze.ts";
export { Heap } from "./heap.ts";
export { compareText, sortedBy } from "./sorted.ts";
export { isRecord, stableJson } from "./stable-json.ts";
