import { declare, type Overload } from "../declaration.ts";
import { CelError, Duration, Timestamp } from "../values.ts";

const SECOND = 1_000_000_000n;
const UNITS: Readonly<Record<string, bigint>> = {
  h: 3600n * SECOND,
  m: 60n * SECOND,
  s: SECOND,
  ms: 1_000_000n,
  us: 1_000n,
  µs: 1_000n,
  ns: 1n,
};

/** Parts of points in time and of spans. */
export function timeFunctions(): readonly Overload[] {
  const parts: readonly (readonly [string, (time: Date) => number])[] = [
    ["getFullYear", (time) => time.getUTCFullYear()],
    ["getMonth", (time) => time.getUTCMonth()],
    ["getDayOfYear", dayOfYear],
    ["getDayOfMonth", (time) => time.getUTCDate() - 1],
    ["getDate", (time) => time.getUTCDate()],
    ["getDayOfWeek", (time) => time.getUTCDay()],
    ["getHours", (time) => time.getUTCHours()],
    ["getMinutes", (time) => time.getUTCMinutes()],
    ["getSeconds", (time) => time.getUTCSeconds()],
    ["getMilliseconds", (time) => time.getUTCMilliseconds()],
  ];
  return [
    ...parts.flatMap(([name, part]) => [
      declare(`timestamp.${name}(): int`, (time: Timestamp) => BigInt(part(dateOf(time, "UTC")))),
      declare(`timestamp.${name}(string): int`, (time: Timestamp, zone: string) => BigInt(part(dateOf(time, zone)))),
    ]),
    declare("duration.getHours(): int", ({ nanos }: Duration) => nanos / (3600n * SECOND)),
    declare("duration.getMinutes(): int", ({ nanos }: Duration) => nanos / (60n * SECOND)),
    declare("duration.getSeconds(): int", ({ nanos }: Duration) => nanos / SECOND),
    declare("duration.getMilliseconds(): int", ({ nanos }: Duration) => nanos / 1_000_000n),
  ];
}

/** A time as RFC 3339 writes it, or seconds since the epoch. */
export function parseTimestamp(value: string | bigint): Timestamp {
  if (typeof value === "bigint") return new Timestamp(value * SECOND);
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[-+]\d\d:\d\d)$/.exec(value);
  const millis = match === null ? Number.NaN : Date.parse(`${match[1]}${match[3]}`);
  if (Number.isNaN(millis) || !isDay(value.slice(0, 10)) || value.slice(11, 13) === "24")
    throw new CelError(`parsing time ${JSON.stringify(value)} as "2006-01-02T15:04:05Z07:00"`);
  const fraction = (match?.[2] ?? ".0").slice(1, 10).padEnd(9, "0");
  return new Timestamp(BigInt(millis) * 1_000_000n + BigInt(fraction), match?.[3]);
}

/** Whether a month has the day. */
function isDay(date: string): boolean {
  return new Date(`${date}T00:00:00Z`).toISOString().startsWith(date);
}

/** A day as OpenAPI's format `date` writes it. */
export function parseDate(value: string): Timestamp {
  return parseTimestamp(`${value}T00:00:00Z`);
}

/** A span as Go writes it: `1h30m`, `-1.5s`. */
export function parseDuration(text: string): Duration {
  const invalid = (): CelError => new CelError(`time: invalid duration ${JSON.stringify(text)}`);
  const [, sign = "", body = ""] = /^([-+]?)(.*)$/s.exec(text) ?? [];
  if (body === "0") return new Duration(0n);
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|ms|s|m|h))+$/.test(body)) throw invalid();
  let nanos = 0n;
  for (const [, whole = "", fraction = "", unit = ""] of body.matchAll(/(\d*)\.?(\d*)(ns|us|µs|ms|s|m|h)/g)) {
    const scale = UNITS[unit] ?? 1n;
    nanos += BigInt(whole === "" ? "0" : whole) * scale;
    nanos += (BigInt(fraction === "" ? "0" : fraction) * scale) / 10n ** BigInt(fraction.length);
  }
  return new Duration(sign === "-" ? -nanos : nanos);
}

/** The time as RFC 3339 writes it, in the zone it was given in. */
export function timestampText({ nanos, zone }: Timestamp): string {
  const rest = ((nanos % SECOND) + SECOND) % SECOND;
  const local = Number((nanos - rest) / 1_000_000n) + zoneOffsetMs(nanos, zone === "Z" ? "UTC" : zone);
  const date = new Date(local).toISOString().slice(0, 19);
  const fraction = rest === 0n ? "" : `.${String(rest).padStart(9, "0").replace(/0+$/, "")}`;
  return `${date}${fraction}${zone === "+00:00" ? "Z" : zone}`;
}

/** Seconds and their fraction, as `types.Duration` prints itself. */
export function durationText({ nanos }: Duration): string {
  const size = nanos < 0n ? -nanos : nanos;
  const rest = size % SECOND;
  const fraction = rest === 0n ? "" : `.${String(rest).padStart(9, "0").replace(/0+$/, "")}`;
  return `${nanos < 0n ? "-" : ""}${size / SECOND}${fraction}s`;
}

function dateOf({ nanos }: Timestamp, zone: string): Date {
  return new Date(Number(nanos / 1_000_000n) + zoneOffsetMs(nanos, zone));
}

function zoneOffsetMs(nanos: bigint, zone: string): number {
  if (zone === "UTC" || zone === "") return 0;
  const offset = /^([-+]?)(\d\d):(\d\d)$/.exec(zone);
  if (offset !== null) {
    const minutes = Number(offset[2]) * 60 + Number(offset[3]);
    return (offset[1] === "-" ? -minutes : minutes) * 60_000;
  }
  const atMs = Number(nanos / 1_000_000n);
  try {
    const text = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" });
    const local = Date.parse(`${text.format(atMs).replace(" ", "T")}Z`);
    return local - Math.floor(atMs / 1000) * 1000;
  } catch (error) {
    if (error instanceof RangeError) throw new CelError(`unknown time zone ${zone}`);
    throw error;
  }
}

function dayOfYear(time: Date): number {
  return Math.floor((time.getTime() - Date.UTC(time.getUTCFullYear(), 0, 1)) / 86_400_000);
}
