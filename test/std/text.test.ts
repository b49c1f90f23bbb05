import { describe, expect, it } from "vitest";
import {
  AssertionError,
  assert,
  fnv1a32,
  goDurationError,
  humanDuration,
  must,
  parseDurationMs,
} from "../../src/std/index.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe("a duration in Go's form", () => {
  it.each([
    ["0", 0],
    ["0s", 0],
    ["300ms", 300],
    ["1.5s", 1500],
    ["5m", 5 * MINUTE],
    ["1h30m", 90 * MINUTE],
    ["2h45m30s", 2 * HOUR + 45 * MINUTE + 30 * SECOND],
    ["100us", 0.1],
    ["1µs", 0.001],
    ["1μs", 0.001],
    [".5s", 500],
    ["1.s", 1000],
    ["", undefined],
    ["5", undefined],
    ["5 m", undefined],
    ["m", undefined],
    ["1d", undefined],
    ["1h x", undefined],
  ])("%j is %s ms", (text, ms) => {
    const parsed = parseDurationMs(text);
    if (ms === undefined) expect(parsed).toBeUndefined();
    else expect(parsed).toBeCloseTo(ms, 9);
    expect(goDurationError(text) === undefined).toBe(ms !== undefined);
  });

  it.each([
    ["-1h.5m", undefined],
    ["", 'time: invalid duration ""'],
    ["1h x", 'time: unknown unit "h x" in duration "1h x"'],
    ["-5", 'time: missing unit in duration "-5"'],
    ["--5s", 'time: invalid duration "--5s"'],
  ])("of %j Go says %s", (text, error) => {
    expect(goDurationError(text)).toBe(error);
  });
});

describe("an age as kubectl prints it", () => {
  // The table of k8s.io/apimachinery/pkg/util/duration.
  it.each([
    [-2 * SECOND, "<invalid>"],
    [-1500, "<invalid>"],
    [-1 * SECOND, "0s"],
    [-500, "0s"],
    [0, "0s"],
    [SECOND - 1, "0s"],
    [SECOND, "1s"],
    [65 * SECOND, "65s"],
    [2 * MINUTE - 1, "119s"],
    [2 * MINUTE, "2m"],
    [2 * MINUTE + SECOND, "2m1s"],
    [10 * MINUTE - 1, "9m59s"],
    [10 * MINUTE, "10m"],
    [10 * MINUTE + SECOND, "10m"],
    [3 * HOUR - 1, "179m"],
    [3 * HOUR, "3h"],
    [3 * HOUR + MINUTE, "3h1m"],
    [8 * HOUR - 1, "7h59m"],
    [8 * HOUR, "8h"],
    [8 * HOUR + 59 * MINUTE, "8h"],
    [2 * DAY - 1, "47h"],
    [2 * DAY, "2d"],
    [2 * DAY + HOUR, "2d1h"],
    [8 * DAY - 1, "7d23h"],
    [8 * DAY, "8d"],
    [8 * DAY + 23 * HOUR, "8d"],
    [2 * 365 * DAY - 1, "729d"],
    [2 * 365 * DAY, "2y"],
    [2 * 365 * DAY + 23 * HOUR, "2y"],
    [2 * 365 * DAY + 23 * HOUR + HOUR, "2y1d"],
    [8 * 365 * DAY - 1, "7y364d"],
    [8 * 365 * DAY, "8y"],
    [8 * 365 * DAY + 364 * DAY, "8y"],
    [9 * 365 * DAY, "9y"],
  ])("%d ms is %s", (ms, text) => {
    expect(humanDuration(ms)).toBe(text);
  });
});

describe("the FNV-1a hash", () => {
  it.each([
    ["", 0x811c9dc5],
    ["a", 0xe40c292c],
    ["foobar", 0xbf9cf968],
    ["é", fnv1aOfBytes([0xc3, 0xa9])],
    ["aé", fnv1aOfBytes([0x61, 0xc3, 0xa9])],
  ])("of %j is Go's", (text, hash) => {
    expect(fnv1a32(text)).toBe(hash);
  });

  it("goes on from where another left off", () => {
    expect(fnv1a32("bar", fnv1a32("foo"))).toBe(fnv1a32("foobar"));
  });
});

describe("an assertion", () => {
  it("stops the run with what must hold", () => {
    expect(() => assert(false, "time runs forward")).toThrow(new AssertionError("time runs forward"));
    expect(() => must(undefined, "the node")).toThrow("the node is missing");
    expect(must(0, "zero")).toBe(0);
  });
});

function fnv1aOfBytes(bytes: readonly number[]): number {
  return bytes.reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193) >>> 0, 0x811c9dc5);
}
