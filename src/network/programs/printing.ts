import { CONTROL_ESCAPES } from "../../std/index.ts";

const ESCAPES: Readonly<Record<string, string>> = {
  ...CONTROL_ESCAPES,
  e: "\u001b",
  "\\": "\\",
  '"': '"',
  "'": "'",
};

/** What `echo` prints: `-n` leaves the line's end out, `-e` reads escapes. */
export function echoText(args: readonly string[]): string {
  let at = 0;
  let ends = true;
  let escapes = false;
  for (; /^-[neE]+$/.test(args[at] ?? ""); at++) {
    if (args[at]?.includes("n")) ends = false;
    if (args[at]?.includes("e")) escapes = true;
    if (args[at]?.includes("E")) escapes = false;
  }
  const text = args.slice(at).join(" ");
  const stop = escapes ? text.indexOf("\\c") : -1;
  const shown = escapes ? unescaped(stop < 0 ? text : text.slice(0, stop)) : text;
  return stop >= 0 || !ends ? shown : `${shown}\n`;
}

/** What `printf` prints: the format again and again, until the arguments are used up. */
export function printfText(format: string, args: readonly string[]): string {
  let text = "";
  let rest = args;
  do {
    const round = printOnce(format, rest);
    text += round.text;
    if (round.used === 0) break;
    rest = rest.slice(round.used);
  } while (rest.length > 0);
  return text;
}

function printOnce(format: string, args: readonly string[]): { readonly text: string; readonly used: number } {
  let used = 0;
  const next = (): string => args[used++] ?? "";
  const text = format.replace(
    /\\(?:[abefnrtv\\"']|0?[0-7]{1,3}|x[0-9a-fA-F]{1,2})|%%|%([-+ 0#]*)(\*|\d+)?(?:\.(\d+))?([sbdiuoxXcfgeq])/g,
    (whole, flags?: string, width?: string, precision?: string, kind?: string) => {
      if (whole === "%%") return "%";
      if (kind === undefined) return unescaped(whole);
      const size = width === "*" ? Number(next()) : Number(width ?? 0);
      return padded(converted(kind, next(), precision), flags ?? "", size);
    },
  );
  return { text, used: Math.min(used, args.length) };
}

function converted(kind: string, value: string, precision: string | undefined): string {
  const number = /^['"]/.test(value) ? value.charCodeAt(1) : Number(value === "" ? 0 : value);
  switch (kind) {
    case "s":
      return precision === undefined ? value : value.slice(0, Number(precision));
    case "b":
      return unescaped(value);
    case "c":
      return value.slice(0, 1);
    case "q":
      return /^[\w./:@-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
    case "x":
      return Math.trunc(number || 0).toString(16);
    case "X":
      return Math.trunc(number || 0)
        .toString(16)
        .toUpperCase();
    case "o":
      return Math.trunc(number || 0).toString(8);
    case "f":
      return (number || 0).toFixed(Number(precision ?? 6));
    case "e":
    case "g":
      return String(number || 0);
    default:
      return String(Math.trunc(number || 0));
  }
}

function padded(text: string, flags: string, width: number): string {
  const signed = flags.includes("+") && /^\d/.test(text) ? `+${text}` : text;
  if (flags.includes("-")) return signed.padEnd(width);
  return signed.padStart(width, flags.includes("0") ? "0" : " ");
}

/** Reads backslash escapes. */
function unescaped(text: string): string {
  return text.replace(
    /\\(?:([abefnrtv\\"'])|0?([0-7]{1,3})|x([0-9a-fA-F]{1,2}))/g,
    (_, letter?: string, octal?: string, hex?: string) => {
      if (letter !== undefined) return ESCAPES[letter] ?? letter;
      return String.fromCharCode(octal === undefined ? Number.parseInt(hex ?? "0", 16) : Number.parseInt(octal, 8));
    },
  );
}
