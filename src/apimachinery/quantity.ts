import { statusErrors } from "./status-error.ts";

export type QuantityFormat = "DecimalSI" | "BinarySI" | "DecimalExponent";

/** resource.Quantity: an exact amount in billionths, and the notation it was written in. */
export type Quantity = {
  readonly nanos: bigint;
  readonly format: QuantityFormat;
};

const NANO = 1_000_000_000n;
const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?((?:[eEinumkKMGTP]*)[-+]?\d*)$/;
const DECIMAL_POWERS: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  "": 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const DECIMAL_SUFFIXES = Object.entries(DECIMAL_POWERS).sort((left, right) => right[1] - left[1]);
const BINARY_SUFFIXES = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"] as const;
const MAX_BINARY_NANOS = (2n ** 63n - 1n) * NANO;
/** Beyond this many digits an exponent says nothing Kubernetes could store; it bounds our bigints. */
const MAX_EXPONENT = 30;

/** Reads a quantity; throws a 400 with the text of `k8s.io/apimachinery/pkg/api/resource` when it is none. */
export function parseQuantity(text: string | number): Quantity {
  const parsed = readQuantity(typeof text === "number" ? numberText(text) : text);
  if (typeof parsed === "string") throw statusErrors.badRequest(parsed);
  return parsed;
}

/** Why a text is no quantity, in Go's words; `undefined` when it is one. */
export function quantityError(text: string): string | undefined {
  const parsed = readQuantity(text.trim());
  return typeof parsed === "string" ? parsed : undefined;
}

/** Reads a quantity, or answers `undefined` when it is none. */
export function tryParseQuantity(text: unknown): Quantity | undefined {
  if (typeof text !== "string" && typeof text !== "number") return undefined;
  const parsed = readQuantity(typeof text === "number" ? numberText(text) : text);
  return typeof parsed === "string" ? undefined : parsed;
}

/** The sum, in the notation of `left` (of `right` when `left` is zero, as upstream's Add does). */
export function addQuantities(left: Quantity, right: Quantity): Quantity {
  return {
    nanos: left.nanos + right.nanos,
    format: left.nanos === 0n ? right.format : left.format,
  };
}

/** The difference, in the notation of `left` (of `right` when `left` is zero). */
export function subtractQuantities(left: Quantity, right: Quantity): Quantity {
  return {
    nanos: left.nanos - right.nanos,
    format: left.nanos === 0n ? right.format : left.format,
  };
}

/** Negative, zero or positive as `left` is less than, equal to or greater than `right`. */
export function compareQuantities(left: Quantity, right: Quantity): number {
  return left.nanos < right.nanos ? -1 : left.nanos > right.nanos ? 1 : 0;
}

/** The amount as a floating-point number, which may lose precision. */
export function quantityToNumber(quantity: Quantity): number {
  return Number(quantity.nanos / NANO) + Number(quantity.nanos % NANO) / 1e9;
}

/** The amount in whole units, rounded away from zero; upstream's `Value()`. */
export function quantityValue(quantity: Quantity): number {
  return Number(roundedUp(quantity.nanos, NANO));
}

/** The amount in thousandths, rounded away from zero; upstream's `MilliValue()`. */
export function milliValue(quantity: Quantity): number {
  return Number(roundedUp(quantity.nanos, 1_000_000n));
}

/** A quantity of that many thousandths. */
export function quantityFromMilli(milli: number, format: QuantityFormat = "DecimalSI"): Quantity {
  return { nanos: BigInt(Math.round(milli)) * 1_000_000n, format };
}

/** The canonical text: no fraction, the largest suffix that keeps the amount exact, in the notation it was written in. */
export function formatQuantity(quantity: Quantity): string {
  const { nanos, format } = quantity;
  if (nanos === 0n) return "0";
  const magnitude = nanos < 0n ? -nanos : nanos;
  if (format === "BinarySI" && magnitude >= 1024n * NANO && nanos % NANO === 0n) return binaryText(nanos / NANO);
  return decimalText(nanos, format === "DecimalExponent");
}

function readQuantity(text: string): Quantity | string {
  const match = NUMBER.exec(text);
  if (match === null || text === "" || !/^[+-]?[\d.]/.test(text))
    return "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
  const [, sign, whole = "", fraction = "", suffix = ""] = match;
  const scale = readSuffix(suffix);
  if (scale === undefined) return "unable to parse quantity's suffix";
  if (whole === "" && fraction === "") return "unable to parse numeric part of quantity";
  let nanos = scaled(BigInt(whole + fraction), scale, fraction.length);
  let format = scale.format;
  if (format === "BinarySI") {
    if (nanos > MAX_BINARY_NANOS) nanos = MAX_BINARY_NANOS;
    if (nanos > 0n && nanos < NANO) format = "DecimalSI";
  }
  return { nanos: sign === "-" ? -nanos : nanos, format };
}

type Scale = {
  readonly base: bigint;
  readonly exponent: number;
  readonly format: QuantityFormat;
};

function readSuffix(suffix: string): Scale | undefined {
  const power = DECIMAL_POWERS[suffix];
  if (power !== undefined) return { base: 10n, exponent: power, format: "DecimalSI" };
  const binary = BINARY_SUFFIXES.indexOf(suffix as (typeof BINARY_SUFFIXES)[number]);
  if (binary > 0) return { base: 2n, exponent: 10 * binary, format: "BinarySI" };
  if (!/^[eE][-+]?\d+$/.test(suffix)) return undefined;
  const exponent = Number(suffix.slice(1));
  return {
    base: 10n,
    exponent: Math.max(-MAX_EXPONENT, Math.min(MAX_EXPONENT, exponent)),
    format: "DecimalExponent",
  };
}

/** `digits`, the last `fractionDigits` of them behind the point, times the scale, in nanos; rounded up like upstream. */
function scaled(digits: bigint, scale: Scale, fractionDigits: number): bigint {
  const factor = scale.base === 2n ? 2n ** BigInt(scale.exponent) : 1n;
  const tens = 9 - fractionDigits + (scale.base === 10n ? scale.exponent : 0);
  return tens >= 0 ? digits * factor * 10n ** BigInt(tens) : roundedUp(digits * factor, 10n ** BigInt(-tens));
}

function roundedUp(amount: bigint, unit: bigint): bigint {
  const rest = amount % unit;
  if (rest === 0n) return amount / unit;
  return amount / unit + (amount < 0n ? -1n : 1n);
}

function binaryText(value: bigint): string {
  let rest = value;
  let step = 0;
  while (step < BINARY_SUFFIXES.length - 1 && rest % 1024n === 0n) {
    rest /= 1024n;
    step++;
  }
  return `${rest}${BINARY_SUFFIXES[step]}`;
}

function decimalText(nanos: bigint, asExponent: boolean): string {
  for (const [suffix, power] of DECIMAL_SUFFIXES) {
    const unit = 10n ** BigInt(power + 9);
    if (nanos % unit !== 0n) continue;
    return asExponent ? `${nanos / unit}${power === 0 ? "" : `e${power}`}` : `${nanos / unit}${suffix}`;
  }
  return `${nanos}n`;
}

function numberText(value: number): string {
  const text = String(value);
  return text.includes("e") ? value.toFixed(9) : text;
}
