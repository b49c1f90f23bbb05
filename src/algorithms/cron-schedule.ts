/** A parsed cron expression: when, in some time zone, something is due. */
export type CronSchedule =
  | { readonly everyMs: number }
  | {
      readonly minutes: ReadonlySet<number>;
      readonly hours: ReadonlySet<number>;
      readonly days: ReadonlySet<number>;
      readonly months: ReadonlySet<number>;
      readonly weekdays: ReadonlySet<number>;
      /** With both day fields restricted a day need satisfy only one of them, as in every cron. */
      readonly eitherDay: boolean;
    };

const DESCRIPTORS: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** robfig/cron gives up after five years without a match (30 February). */
const HORIZON_DAYS = 5 * 366;

/** Reads five cron fields, a descriptor (`@daily`) or an interval (`@every 90s`, given in ms); `undefined` when it is none. */
export function parseCronSchedule(
  text: string,
  parseInterval: (interval: string) => number | undefined,
): CronSchedule | undefined {
  const trimmed = text.trim();
  if (trimmed.startsWith("@every ")) {
    const everyMs = parseInterval(trimmed.slice("@every ".length).trim());
    return everyMs === undefined || everyMs < 1000 ? undefined : { everyMs };
  }
  const fields = (DESCRIPTORS[trimmed] ?? trimmed).split(/\s+/);
  if (fields.length !== 5) return undefined;
  const [minute, hour, day, month, weekday] = fields as [string, string, string, string, string];
  const minutes = parseField(minute, 0, 59);
  const hours = parseField(hour, 0, 23);
  const days = parseField(day, 1, 31);
  const months = parseField(month, 1, 12, MONTHS);
  const weekdays = parseField(weekday, 0, 7, WEEKDAYS);
  if (!minutes || !hours || !days || !months || !weekdays) return undefined;
  if (weekdays.has(7)) weekdays.add(0);
  return { minutes, hours, days, months, weekdays, eitherDay: !isAny(day) && !isAny(weekday) };
}

/** The first time after `afterMs` at which something is due, in a named time zone (UTC when none is given). */
export function nextCronMs(schedule: CronSchedule, afterMs: number, timeZone?: string): number | undefined {
  if ("everyMs" in schedule) return Math.floor(afterMs / 1000) * 1000 + schedule.everyMs;
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

function isAny(field: string): boolean {
  return field.startsWith("*") || field === "?";
}

/** As robfig/cron, and so the validation of schedules, empty members of a list are passed over. */
function parseField(field: string, least: number, most: number, names?: readonly string[]): Set<number> | undefined {
  const values = new Set<number>();
  for (const part of field.split(",").filter((one) => one !== "")) {
    const range = parseRange(part, least, most, names);
    if (range === undefined) return undefined;
    for (let value = range.from; value <= range.to; value += range.step) values.add(value);
  }
  return values.size === 0 ? undefined : values;
}

type Range = { readonly from: number; readonly to: number; readonly step: number };

function parseRange(part: string, least: number, most: number, names?: readonly string[]): Range | undefined {
  const [span = "", stepText, ...rest] = part.split("/");
  const step = stepText === undefined ? 1 : wholeNumber(stepText);
  if (rest.length > 0 || step === undefined || step < 1) return undefined;
  if (span === "*" || span === "?") return { from: least, to: names === WEEKDAYS ? 6 : most, step };
  const [fromText = "", toText, ...more] = span.split("-");
  const from = valueOf(fromText, least, names);
  const to = toText === undefined ? (stepText === undefined ? from : most) : valueOf(toText, least, names);
  if (more.length > 0 || from === undefined || to === undefined) return undefined;
  return from < least || to > most || from > to ? undefined : { from, to, step };
}

function valueOf(text: string, least: number, names?: readonly string[]): number | undefined {
  const index = names?.indexOf(text.toLowerCase()) ?? -1;
  return index >= 0 ? index + least : wholeNumber(text);
}

function wholeNumber(text: string): number | undefined {
  return /^\d+$/.test(text) ? Number(text) : undefined;
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
