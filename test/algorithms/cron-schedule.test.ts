import { describe, expect, it } from "vitest";
import { nextCronMs, parseCronSchedule } from "../../src/algorithms/index.ts";
import { parseDurationMs } from "../../src/std/index.ts";

function next(schedule: string, after: string, timeZone?: string): string | undefined {
  const parsed = parseCronSchedule(schedule, parseDurationMs);
  const atMs = parsed === undefined ? undefined : nextCronMs(parsed, Date.parse(after), timeZone);
  return atMs === undefined ? undefined : new Date(atMs).toISOString();
}

describe("a cron schedule", () => {
  it.each([
    ["every minute, never now", "*/1 * * * *", "2026-01-01T00:00:00Z", "2026-01-01T00:01:00.000Z"],
    ["S2-37 weekdays only", "*/1 * * * 1-5", "2026-01-02T23:59:00Z", "2026-01-05T00:00:00.000Z"],
    ["a list and a step", "5,35 8-18/2 * * *", "2026-01-01T08:35:00Z", "2026-01-01T10:05:00.000Z"],
    ["names", "0 0 * feb sun", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00.000Z"],
    ["either of two day fields", "0 0 13 * fri", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00.000Z"],
    ["a descriptor", "@monthly", "2026-01-15T00:00:00Z", "2026-02-01T00:00:00.000Z"],
    ["an interval", "@every 90s", "2026-01-01T00:00:00Z", "2026-01-01T00:01:30.000Z"],
    ["a leap day", "0 0 29 2 *", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00.000Z"],
    ["a list with nothing in between", "1,,2 * * * *", "2026-01-01T00:01:00Z", "2026-01-01T00:02:00.000Z"],
    ["7 for Sunday", "0 0 * * 7", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00.000Z"],
  ])("knows %s", (_name, schedule, after, expected) => {
    expect(next(schedule, after)).toBe(expected);
  });

  it("follows the clocks of its time zone, over their changes", () => {
    expect(next("30 9 * * *", "2026-03-28T12:00:00Z", "Europe/Berlin")).toBe("2026-03-29T07:30:00.000Z");
    expect(next("30 9 * * *", "2026-03-27T12:00:00Z", "Europe/Berlin")).toBe("2026-03-28T08:30:00.000Z");
  });

  it("has no next time when its day never comes", () => {
    expect(next("0 0 30 2 *", "2026-01-01T00:00:00Z")).toBeUndefined();
  });

  it.each(["", "* * * *", "60 * * * *", "a * * * *", "*/0 * * * *", "5-1 * * * *", "@never"])(
    "rejects %j",
    (schedule) => {
      expect(parseCronSchedule(schedule, parseDurationMs)).toBeUndefined();
    },
  );
});
