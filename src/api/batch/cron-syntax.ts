type Bounds = { readonly low: number; readonly high: number; readonly names?: readonly string[] };

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const FIELDS: readonly Bounds[] = [
  { low: 0, high: 59 },
  { low: 0, high: 23 },
  { low: 1, high: 31 },
  { low: 1, high: 12, names: MONTHS },
  { low: 0, high: 6, names: WEEKDAYS },
];
const DESCRIPTORS = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];
const INTERVAL = /^[-+]?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|ms|s|m|h))+$/;

/** What cron's parser says of a schedule, in the words of the library Kubernetes uses; absent when it is right. */
export function cronSyntaxError(schedule: string): string | undefined {
  let text = schedule;
  const zone = /^(?:CRON_)?TZ=([^ ]*) ?/.exec(text);
  if (zone !== null) {
    const [prefix, name = ""] = zone;
    if (!isTimeZone(name)) return `provided bad location ${name}: unknown time zone ${name}`;
    text = text.slice(prefix.length).trim();
  }
  if (text.startsWith("@")) return descriptorError(text);
  const fields = text.split(/\s+/).filter((field) => field !== "");
  if (fields.length !== FIELDS.length)
    return `expected exactly ${FIELDS.length} fields, found ${fields.length}: [${fields.join(" ")}]`;
  for (const [index, field] of fields.entries())
    for (const range of field.split(",").filter((part) => part !== "")) {
      const wrong = rangeError(range, FIELDS[index] as Bounds);
      if (wrong !== undefined) return wrong;
    }
  return undefined;
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

function descriptorError(text: string): string | undefined {
  if (DESCRIPTORS.includes(text)) return undefined;
  if (!text.startsWith("@every ")) return `unrecognized descriptor: ${text}`;
  const interval = text.slice("@every ".length);
  if (INTERVAL.test(interval) || interval === "0") return undefined;
  return `failed to parse duration ${text}: time: invalid duration ${JSON.stringify(interval)}`;
}

function rangeError(range: string, { low, high, names }: Bounds): string | undefined {
  const [span = "", stepText, ...more] = range.split("/");
  const [first = "", second, ...rest] = span.split("-");
  const isAny = first === "*" || first === "?";
  const start = isAny ? low : numberOrName(first, names, range);
  if (typeof start === "string") return start;
  let end: number | string = isAny ? high : start;
  if (!isAny && second !== undefined) end = numberOrName(second, names, range);
  if (typeof end === "string") return end;
  if (!isAny && rest.length > 0) return `too many hyphens: ${range}`;
  if (more.length > 0) return `too many slashes: ${range}`;
  const step = stepText === undefined ? 1 : wholeNumber(stepText, range);
  if (typeof step === "string") return step;
  if (stepText !== undefined && second === undefined) end = high;
  if (start < low) return `beginning of range (${start}) below minimum (${low}): ${range}`;
  if (end > high) return `end of range (${end}) above maximum (${high}): ${range}`;
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${range}`;
  return step === 0 ? `step of range should be a positive number: ${range}` : undefined;
}

/** A number, or what is wrong with it. */
function numberOrName(text: string, names: readonly string[] | undefined, range: string): number | string {
  const index = names?.indexOf(text.toLowerCase()) ?? -1;
  return index < 0 ? wholeNumber(text, range) : index + (names === MONTHS ? 1 : 0);
}

function wholeNumber(text: string, range: string): number | string {
  if (!/^[-+]?\d+$/.test(text))
    return `failed to parse int from ${range}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
  const value = Number(text);
  return value < 0 ? `negative number (${value}) not allowed: ${range}` : value;
}
