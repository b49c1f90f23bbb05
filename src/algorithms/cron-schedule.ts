import type { CronSchedule } from "../api/index.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** robfig/cron gives up after five years without a match (30 February). */
const HORIZON_DAYS = 5 * 366;

/** The first time after `afterMs` at which something is due, in a named time zone (the schedule's own, or UTC, when none is given). */
export function nextCronMs(schedule: CronSchedule, afterMs: number, named?: string): number | undefined {
  if ("everyMs" in schedule) return Math.floor(afterMs / 1000) * 1000 + schedule.everyMs;
  const timeZone = named ?? schedule.timeZone;
  const offsetAt = timeZone === undefined ? () => 0 : zoneOffset(timeZone);
  // Local times are reckoned as if they were UTC; an hour a clock skips or repeats is sorted out on the way back.
  let localMs = Math.floor((afterMs + offsetAt(afterMs)) / MINUTE_MS) * MINUTE_MS + MINUTE_MS;
  const horizonMs = localMs + HORIZON_DAYS * DAY_MS;
  while (localMs < horizonMs) {
    const date = new Date(localMs);
    if (!schedule.months.has(date.getUTCMonth() + 1)) {
      localMs = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
    } else if (!isDueOn(schedule, date)) {
      localMs = (Math.floor(localMs / DAY_MS) + 1) * DAY_MS;
    } else if (!schedule.hours.has(date.getUTCHours())) {
      localMs = (Math.floor(localMs / 3_600_000) + 1) * 3_600_000;
    } else if (!schedule.minutes.has(date.getUTCMinutes())) {
      localMs += MINUTE_MS;
    } else {
      const utcMs = localMs - offsetAt(localMs - offsetAt(localMs));
      if (utcMs > afterMs) return utcMs;
      localMs += MINUTE_MS;
    }
  }
  return undefined;
}

function isDueOn(schedule: Exclude<CronSchedule, { readonly everyMs: number }>, date: Date): boolean {
  const onDay = schedule.days.has(date.getUTCDate());
  const onWeekday = schedule.weekdays.has(date.getUTCDay());
  return schedule.eitherDay ? onDay || onWeekday : onDay && onWeekday;
}

/** How far a zone's clocks are ahead of UTC at a time, in ms. */
function zoneOffset(timeZone: string): (utcMs: number) => number {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  return (utcMs) => {
    const parts: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(utcMs)) parts[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(utcMs / 1000) * 1000;
  };
}
