/** Pieces of `time.RFC3339`: what a text must have next, and how the layout writes it. */
const PIECES: readonly (readonly [pattern: RegExp, layout: string])[] = [
  [/^\d{4}/, "2006"],
  [/^-/, "-"],
  [/^\d{2}/, "01"],
  [/^-/, "-"],
  [/^\d{2}/, "02"],
  [/^T/, "T"],
  [/^\d{2}/, "15"],
  [/^:/, ":"],
  [/^\d{2}/, "04"],
  [/^:/, ":"],
  [/^\d{2}(?:[.,]\d+)?/, "05"],
  [/^(?:Z|[+-]\d{2}:\d{2})/, "Z07:00"],
];
const LAYOUT = PIECES.map(([, layout]) => layout).join("");
/** Where in {@link PIECES} each unit stands, and what it may be. */
const RANGES: readonly (readonly [piece: number, unit: string, min: number, max: number])[] = [
  [2, "month", 1, 12],
  [4, "day", 1, 31],
  [6, "hour", 0, 23],
  [8, "minute", 0, 59],
  [10, "second", 0, 59],
];

/** Every time there is but the 29th of February, of which not every year has one. */
const USUAL =
  /^\d{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:[.,]\d+)?(?:Z|[+-]\d{2}:\d{2})$/;

/**
 * What Go's `time.Parse` says of a text that is no RFC 3339 time; `undefined` when it is one. `fraction` is what the layout it
 * is read by has after the seconds.
 */
export function goTimeError(text: string, fraction = ""): string | undefined {
  if (USUAL.test(text)) return undefined;
  const taken: string[] = [];
  let rest = text;
  for (const [pattern, layout] of PIECES) {
    const piece = pattern.exec(rest)?.[0];
    if (piece === undefined)
      return `parsing time ${JSON.stringify(text)} as "${LAYOUT.replace("05Z", `05${fraction}Z`)}": cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(layout)}`;
    taken.push(piece);
    rest = rest.slice(piece.length);
  }
  if (rest !== "") return `parsing time ${JSON.stringify(text)}: extra text: ${JSON.stringify(rest)}`;
  for (const [piece, unit, min, max] of RANGES) {
    const amount = Number.parseInt(taken[piece] as string, 10);
    if (amount < min || amount > max) return `parsing time ${JSON.stringify(text)}: ${unit} out of range`;
  }
  return isDayOfMonth(taken) ? undefined : `parsing time ${JSON.stringify(text)}: day out of range`;
}

function isDayOfMonth(taken: readonly string[]): boolean {
  const [year, month, day] = [taken[0], taken[2], taken[4]].map(Number) as [number, number, number];
  return day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}
