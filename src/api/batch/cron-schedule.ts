import { goDurationError, parseDurationMs } from "../../std/index.ts";

/** A parsed cron schedule: when something is due, in a time zone where it names one. */
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
      readonly timeZone?: string;
    };

type Bounds = { readonly low: number; readonly high: number; readonly names?: readonly string[] };
/** What a field stands for, and whether for anything. */
type Field = { readonly values: ReadonlySet<number>; readonly isAny: boolean };
type Range = { readonly start: number; readonly end: number; readonly step: number; readonly isAny: boolean };

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const FIELDS: readonly Bounds[] = [
  { low: 0, high: 59 },
  { low: 0, high: 23 },
  { low: 1, high: 31 },
  { low: 1, high: 12, names: MONTHS },
  { low: 0, high: 6, names: WEEKDAYS },
];
const DESCRIPTORS: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};
const EVERY = "@every ";
const SECOND_MS = 1000;

class CronProblem extends Error {}

/**
 * Reads five cron fields, a descriptor (`@daily`) or an interval (`@every 90s`, given in ms, in whole seconds), after a `TZ=` where
 * there is one (`robfig/cron`, which Kubernetes uses); what that library says when it is none of these.
 */
export function parseCronSchedule(text: string): CronSchedule | string {
  try {
    return read(text);
  } catch (error) {
    if (error instanceof CronProblem) return error.message;
    throw error;
  }
}

/** Whether a time zone of that name is known. */
export function isTimeZone(name: string): boolean {
  if (name === "" || name === "UTC" || name === "Local") return true;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

function read(schedule: string): CronSchedule {
  const [prefix = "", name] = /^(?:CRON_)?TZ=([^ ]*) ?/.exec(schedule) ?? [];
  if (name !== undefined && !isTimeZone(name))
    throw new CronProblem(`provided bad location ${name}: unknown time zone ${name}`);
  const text = name === undefined ? schedule : schedule.slice(prefix.length).trim();
  if (text.startsWith(EVERY)) return { everyMs: intervalMs(text) };
  if (text.startsWith("@") && DESCRIPTORS[text] === undefined)
    throw new CronProblem(`unrecognized descriptor: ${text}`);
  const fields = (DESCRIPTORS[text] ?? text).split(/\s+/).filter((field) => field !== "");
  if (fields.length !== FIELDS.length)
    throw new CronProblem(`expected exactly ${FIELDS.length} fields, found ${fields.length}: [${fields.join(" ")}]`);
  const [minutes, hours, days, months, weekdays] = fields.map((field, index) =>
    readField(field, FIELDS[index] as Bounds),
  ) as [Field, Field, Field, Field, Field];
  return {
    minutes: minutes.values,
    hours: hours.values,
    days: days.values,
    months: months.values,
    weekdays: weekdays.values,
    eitherDay: !days.isAny && !weekdays.isAny,
    ...(name === undefined ? {} : { timeZone: name }),
  };
}

function intervalMs(text: string): number {
  const interval = text.slice(EVERY.length);
  const error = goDurationError(interval);
  if (error !== undefined) throw new CronProblem(`failed to parse duration ${text}: ${error}`);
  if (interval.startsWith("-")) return SECOND_MS;
  const ms = parseDurationMs(interval.replace(/^\+/, "")) ?? 0;
  return Math.max(SECOND_MS, Math.floor(ms / SECOND_MS) * SECOND_MS);
}

/** Empty members of a list are passed over. */
function readField(field: string, bounds: Bounds): Field {
  const values = new Set<number>();
  let isAny = false;
  for (const part of field.split(",").filter((one) => one !== "")) {
    const range = readRange(part, bounds);
    for (let value = range.start; value <= range.end; value += range.step) values.add(value);
    isAny ||= range.isAny;
  }
  return { values, isAny };
}

function readRange(part: string, { low, high, names }: Bounds): Range {
  const [span = "", stepText, ...more] = part.split("/");
  const [first = "", second, ...rest] = span.split("-");
  const isAny = first === "*" || first === "?";
  const start = isAny ? low : numberOrName(first, names);
  let end = isAny ? high : start;
  if (!isAny && rest.length > 0) throw new CronProblem(`too many hyphens: ${part}`);
  if (!isAny && second !== undefined) end = numberOrName(second, names);
  if (more.length > 0) throw new CronProblem(`too many slashes: ${part}`);
  const step = stepText === undefined ? 1 : wholeNumber(stepText);
  if (stepText !== undefined && second === undefined) end = high;
  if (start < low) throw new CronProblem(`beginning of range (${start}) below minimum (${low}): ${part}`);
  if (end > high) throw new CronProblem(`end of range (${end}) above maximum (${high}): ${part}`);
  if (start > end) throw new CronProblem(`beginning of range (${start}) beyond end of range (${end}): ${part}`);
  if (step === 0) throw new CronProblem(`step of range should be a positive number: ${part}`);
  return { start, end, step, isAny: isAny && step === 1 };
}

function numberOrName(text: string, names: readonly string[] | undefined): number {
  const index = names?.indexOf(text.toLowerCase()) ?? -1;
  return index < 0 ? wholeNumber(text) : index + (names === MONTHS ? 1 : 0);
}

function wholeNumber(text: string): number {
  if (!/^[-+]?\d+$/.test(text))
    throw new CronProblem(
      `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  const value = Number(text);
  if (value < 0) throw new CronProblem(`negative number (${value}) not allowed: ${text}`);
  return value;
}
