import { goQuoted } from "./quote.ts";
import type { GoValue } from "./value.ts";

type Flags = {
  readonly minus: boolean;
  readonly plus: boolean;
  readonly sharp: boolean;
  readonly space: boolean;
  readonly zero: boolean;
  readonly width: number | undefined;
  readonly precision: number | undefined;
};

const VERB = /%([-+# 0]*)(\[\d+\])?(\*|\d+)?(?:(\.)(\[\d+\])?(\*|\d+)?)?(\[\d+\])?(.?)/gsu;
/** Go's bound for widths and precisions, and that of their digits in a format. */
const ARGUMENT_MAX = 1_000_000;
const LITERAL_MAX = 10 * ARGUMENT_MAX + 9;
/** As many decimals as numbers can be asked for here; the rest are zeros. */
const DECIMALS_MAX = 100;
const RADIX: Readonly<Record<string, readonly [radix: number, prefix: string]>> = {
  d: [10, ""],
  b: [2, "0b"],
  o: [8, "0"],
  O: [8, ""],
  x: [16, "0x"],
  X: [16, "0X"],
};

/** A value as Go's `%v` writes it; `nil` is what stands for the invalid value. */
export function goText(value: GoValue, nil = "<nil>"): string {
  return value === undefined ? nil : textOf(value, "v", NO_FLAGS);
}

/** Go's `fmt.Sprint`: blanks only between two that are no strings. */
export function sprint(values: readonly GoValue[]): string {
  let text = "";
  for (const [index, value] of values.entries()) {
    const apart = index > 0 && value?.kind !== "string" && values[index - 1]?.kind !== "string";
    text += (apart ? " " : "") + goText(value);
  }
  return text;
}

/** Go's `fmt.Sprintf`, its complaints within the text included. */
export function sprintf(format: string, values: readonly GoValue[]): string {
  let next = 0;
  let reordered = false;
  const take = (index?: string): { readonly value: GoValue } | undefined => {
    if (index !== undefined) {
      next = Number(index.slice(1, -1)) - 1;
      reordered = true;
    }
    const here = next++;
    return here >= 0 && here < values.length ? { value: values[here] } : undefined;
  };
  const written = format.replace(VERB, (_, marks, at1, width, dot, at2, precision, at3, verb) => {
    const wide = width === "*" ? numberOf(take(at1)?.value) : numeric(width);
    const given = precision === "*" ? numberOf(take(at2)?.value) : numeric(precision);
    const exact = given !== undefined && given < 0 ? undefined : given;
    if (Math.max(Math.abs(wide ?? 0), exact ?? 0) > LITERAL_MAX) return "%!(NOVERB)";
    if (verb === "%") return "%";
    if (verb === "") return "%!(NOVERB)";
    const index = at3 ?? (width === "*" ? undefined : at1);
    const taken = take(index);
    const bad =
      (width === "*" && wide === undefined ? "%!(BADWIDTH)" : "") +
      (precision === "*" && exact === undefined ? "%!(BADPREC)" : "");
    if (taken === undefined) return `${bad}%!${verb}(${index === undefined ? "MISSING" : "BADINDEX"})`;
    const flags: Flags = {
      minus: marks.includes("-") || (wide ?? 0) < 0,
      plus: marks.includes("+"),
      sharp: marks.includes("#"),
      space: marks.includes(" "),
      zero: marks.includes("0") && !marks.includes("-"),
      width: wide === undefined ? undefined : Math.abs(wide),
      precision: dot === undefined || (precision === "*" && exact === undefined) ? undefined : (exact ?? 0),
    };
    return bad + formatted(taken.value, verb, flags);
  });
  if (reordered || next >= values.length) return written;
  const extra = values.slice(next).map((value) => (value === undefined ? "<nil>" : `${value.type}=${goText(value)}`));
  return `${written}%!(EXTRA ${extra.join(", ")})`;
}

const NO_FLAGS: Flags = {
  minus: false,
  plus: false,
  sharp: false,
  space: false,
  zero: false,
  width: undefined,
  precision: undefined,
};

function numeric(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

/** A width or precision that is an argument; `undefined` when it is no number, or too large a one. */
function numberOf(value: GoValue): number | undefined {
  const number = value?.kind === "int" || value?.kind === "uint" ? Number(value.value) : undefined;
  return number !== undefined && Math.abs(number) <= ARGUMENT_MAX ? number : undefined;
}

function formatted(value: GoValue, verb: string, flags: Flags): string {
  if (verb === "T") return padded(value?.type ?? "<nil>", flags);
  if (value === undefined) return verb === "v" ? padded("<nil>", flags) : `%!${verb}(<nil>)`;
  return textOf(value, verb, flags);
}

/** One value by one verb; each element of a list by itself. */
function textOf(value: NonNullable<GoValue>, verb: string, flags: Flags): string {
  const inner = (one: GoValue): string => (one === undefined ? "<nil>" : textOf(one, verb, flags));
  switch (value.kind) {
    case "slice":
      return `[${value.items.map(inner).join(" ")}]`;
    case "map": {
      const keys = [...value.entries.keys()].sort();
      return `map[${keys.map((key) => `${padded(key, flags)}:${inner(value.entries.get(key))}`).join(" ")}]`;
    }
    case "struct":
      return `${value.type.startsWith("*") ? "&" : ""}{${Object.values(value.fields).map(inner).join(" ")}}`;
    case "string":
      return stringText(value.value, verb, flags) ?? badVerb(value, verb, flags);
    case "bool":
      return verb === "v" || verb === "t" ? padded(String(value.value), flags) : badVerb(value, verb, flags);
    case "float":
      return floatText(value.value, verb, flags) ?? badVerb(value, verb, flags);
    case "int":
    case "uint":
      return integerText(value.value, verb, flags) ?? badVerb(value, verb, flags);
  }
}

function badVerb(value: NonNullable<GoValue>, verb: string, flags: Flags): string {
  return `%!${verb}(${value.type}=${textOf(value, "v", { ...flags, sharp: false })})`;
}

function stringText(text: string, verb: string, flags: Flags): string | undefined {
  const cut = flags.precision === undefined ? text : firstOf(text, flags.precision);
  if (verb === "q" || (verb === "v" && flags.sharp)) return padded(goQuoted(cut), flags);
  if (verb === "v" || verb === "s") return padded(cut, flags);
  if (verb !== "x" && verb !== "X") return undefined;
  const bytes = Buffer.from(text, "utf8").subarray(0, flags.precision);
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0"));
  const prefix = flags.sharp && hex.length > 0 ? "0x" : "";
  const joined = flags.space ? hex.map((byte) => prefix + byte).join(" ") : prefix + hex.join("");
  return padded(verb === "X" ? joined.toUpperCase() : joined, flags);
}

function integerText(value: bigint, verb: string, flags: Flags): string | undefined {
  const char = (): string => (value >= 0n && value <= 0x10_ffffn ? String.fromCodePoint(Number(value)) : "\ufffd");
  if (verb === "c") return padded(char(), flags);
  if (verb === "q")
    return padded(`'${char() === "'" ? "\\'" : goQuoted(char()).slice(1, -1).replace('\\"', '"')}'`, flags);
  if (verb === "U") {
    const text = `U+${value
      .toString(16)
      .toUpperCase()
      .padStart(Math.max(4, flags.precision ?? 0), "0")}`;
    return padded(flags.sharp ? `${text} '${char()}'` : text, flags);
  }
  const [radix, prefix] = RADIX[verb === "v" ? "d" : verb] ?? [];
  if (radix === undefined) return undefined;
  const sign = value < 0n ? "-" : flags.plus ? "+" : flags.space ? " " : "";
  const before = verb === "O" ? "0o" : flags.sharp ? (prefix ?? "") : "";
  let digits = (value < 0n ? -value : value).toString(radix);
  if (verb === "X") digits = digits.toUpperCase();
  if (flags.precision === 0 && value === 0n) return padded("", flags);
  if (flags.precision !== undefined) digits = digits.padStart(flags.precision, "0");
  else if (flags.zero) digits = digits.padStart((flags.width ?? 0) - sign.length, "0");
  return padded(sign + before + digits, { ...flags, zero: false });
}

function floatText(value: number, verb: string, flags: Flags): string | undefined {
  const places = flags.precision;
  let digits: string;
  if (verb === "f" || verb === "F") digits = decimals(places ?? 6, (most) => Math.abs(value).toFixed(most));
  else if (verb === "e" || verb === "E")
    digits = exponent(decimals(places ?? 6, (most) => Math.abs(value).toExponential(most)));
  else if (verb === "v" || verb === "g" || verb === "G") digits = shortest(Math.abs(value), places);
  else return undefined;
  if (verb === "E" || verb === "G") digits = digits.toUpperCase();
  const sign = value < 0 ? "-" : flags.plus ? "+" : flags.space ? " " : "";
  if (flags.zero) digits = digits.padStart((flags.width ?? 0) - sign.length, "0");
  return padded(sign + digits, { ...flags, zero: false });
}

/** Digits with so many decimals. */
function decimals(places: number, write: (most: number) => string): string {
  const missing = Math.max(0, places - DECIMALS_MAX);
  return write(places - missing).replace(/e|$/, (end) => "0".repeat(missing) + end);
}

/** `%g`: with an exponent only where it is long otherwise. */
function shortest(value: number, places: number | undefined): string {
  const scientific =
    places === undefined ? value.toExponential() : value.toExponential(Math.min(Math.max(places, 1) - 1, DECIMALS_MAX));
  const power = Number(scientific.slice(scientific.indexOf("e") + 1));
  const isLong = value !== 0 && (power < -4 || power >= (places === undefined ? 21 : Math.max(places, 1)));
  const [mantissa = ""] = scientific.split("e");
  const trimmed = mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa;
  if (isLong) return exponent(`${trimmed}e${power < 0 ? power : `+${power}`}`);
  return Number(scientific).toFixed(Math.max(0, trimmed.replace(".", "").length - 1 - power));
}

/** An exponent has two digits at least. */
function exponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, "e$10$2");
}

/** So many of a text's characters. */
function firstOf(text: string, count: number): string {
  return [...text.slice(0, 2 * count)].slice(0, count).join("");
}

function padded(text: string, { width = 0, minus, zero }: Flags): string {
  // A character takes two places at most.
  if (text.length >= 2 * width) return text;
  const missing = width - [...text].length;
  if (missing <= 0) return text;
  return minus ? text + " ".repeat(missing) : (zero ? "0" : " ").repeat(missing) + text;
}
