import { describe, expect, it } from "vitest";
import { nextCronMs } from "../../src/algorithms/index.ts";
import { parseCronSchedule } from "../../src/api/index.ts";

function next(schedule: string, after: string, timeZone?: string): string | undefined {
  const parsed = parseCronSchedule(schedule);
  if (typeof parsed === "string") throw new Error(parsed);
  const atMs = nextCronMs(parsed, Date.parse(after), timeZone);
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
    ["an interval of less than a second", "@every 10ms", "2026-01-01T00:00:00Z", "2026-01-01T00:00:01.000Z"],
    ["every other day, or Mondays", "0 0 */2 * 1", "2026-01-05T00:00:00Z", "2026-01-07T00:00:00.000Z"],
    ["any day that is a Monday", "0 0 */1 * 1", "2026-01-05T00:00:00Z", "2026-01-12T00:00:00.000Z"],
    ["days in a zone of its own", "TZ=Asia/Tokyo 0 0 * * *", "2026-01-01T00:00:00Z", "2026-01-01T15:00:00.000Z"],
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
});
