const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  // The sign of micro, and the Greek letter.
  "\u00b5s": 1e-3,
  "\u03bcs": 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};
const PART = /(\d+\.?\d*|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/gy;

/** Parses Go's duration form (`300ms`, `5m`, `1h30m`, `0`) into milliseconds; `undefined` when the text is none. */
export function parseDurationMs(text: string): number | undefined {
  if (text === "0") return 0;
  let totalMs = 0;
  let end = 0;
  PART.lastIndex = 0;
  for (let part = PART.exec(text); part !== null; part = PART.exec(text)) {
    totalMs += Number(part[1]) * (UNIT_MS[part[2] as string] as number);
    end = PART.lastIndex;
  }
  return end > 0 && end === text.length ? totalMs : undefined;
}

/** What Go's `time.ParseDuration` says of a text, which may have a sign; `undefined` when it is a duration. */
export function goDurationError(text: string): string | undefined {
  const invalid = `time: invalid duration ${JSON.stringify(text)}`;
  let rest = text.replace(/^[+-]/, "");
  if (rest === "0") return undefined;
  if (rest === "") return invalid;
  while (rest !== "") {
    const [part, unit = ""] = /^(?:\d+\.?\d*|\.\d+)([^.\d]*)/.exec(rest) ?? [];
    if (part === undefined) return invalid;
    if (unit === "") return `time: missing unit in duration ${JSON.stringify(text)}`;
    if (!Object.hasOwn(UNIT_MS, unit))
      return `time: unknown unit ${JSON.stringify(unit)} in duration ${JSON.stringify(text)}`;
    rest = rest.slice(part.length);
  }
  return undefined;
}

/** Age as kubectl prints it (`65s`, `3m10s`, `4h42m`, `3d4h`); `k8s.io/apimachinery/pkg/util/duration.HumanDuration`. */
export function humanDuration(durationMs: number): string {
  const seconds = Math.floor(durationMs / 1000);
  if (seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return withRest(minutes, "m", seconds % 60, "s");
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return withRest(hours, "h", minutes % 60, "m");
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (hours < 192) return withRest(days, "d", hours % 24, "h");
  if (days < 730) return `${days}d`;
  const years = Math.floor(days / 365);
  return days < 2920 ? withRest(years, "y", days % 365, "d") : `${years}y`;
}

function withRest(whole: number, unit: string, rest: number, restUnit: string): string {
  return rest === 0 ? `${whole}${unit}` : `${whole}${unit}${rest}${restUnit}`;
}
