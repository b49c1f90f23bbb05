import { declare, type Overload } from "../declaration.ts";
import { CelError, type Duration, int64, type Timestamp, TypeValue, typeNameOf, Uint } from "../values.ts";
import { durationText, parseDuration, parseTimestamp, timestampText } from "./time.ts";

const MAX_INT = 2 ** 63;

/** Conversions between types, `type` and `dyn`. */
export function conversions(): readonly Overload[] {
  return [
    declare("dyn(A): dyn", (value: unknown) => value),
    declare("type(A): type", (value: unknown) => new TypeValue(typeNameOf(value))),
    declare("bool(bool): bool", (value: boolean) => value),
    declare("bool(string): bool", toBool),
    ...toInt(),
    ...toUint(),
    ...toDouble(),
    ...toText(),
    declare("bytes(bytes): bytes", (value: Uint8Array) => value),
    declare("bytes(string): bytes", (value: string) => new TextEncoder().encode(value)),
    declare("timestamp(timestamp): timestamp", (value: Timestamp) => value),
    declare("timestamp(string): timestamp", (text: string) =>
      readAs("google.protobuf.Timestamp", text, parseTimestamp),
    ),
    declare("timestamp(int): timestamp", (seconds: bigint) => parseTimestamp(seconds)),
    declare("duration(duration): duration", (value: Duration) => value),
    declare("duration(string): duration", (text: string) => readAs("google.protobuf.Duration", text, parseDuration)),
    declare("duration(int): duration", (nanos: bigint) => parseDuration(`${nanos}ns`)),
  ];
}

function toBool(text: string): boolean {
  if (["1", "t", "T", "true", "TRUE", "True"].includes(text)) return true;
  if (["0", "f", "F", "false", "FALSE", "False"].includes(text)) return false;
  throw noConversion("string", "bool");
}

function toInt(): readonly Overload[] {
  return [
    declare("int(int): int", (value: bigint) => value),
    declare("int(uint): int", (value: Uint) => int64(value.value)),
    declare("int(double): int", (value: number) => {
      if (!Number.isFinite(value) || Math.abs(value) >= MAX_INT) throw new CelError("integer overflow");
      return BigInt(Math.trunc(value));
    }),
    declare("int(string): int", (text: string) =>
      wholeNumber(text, "int", (value) => BigInt.asIntN(64, value) === value),
    ),
    declare("int(timestamp): int", (time: Timestamp) => time.nanos / 1_000_000_000n),
    declare("int(duration): int", (span: Duration) => span.nanos),
  ];
}

function toUint(): readonly Overload[] {
  return [
    declare("uint(uint): uint", (value: Uint) => value),
    declare("uint(int): uint", (value: bigint) => new Uint(value)),
    declare("uint(double): uint", (value: number) => {
      if (!Number.isFinite(value) || value < 0) throw new CelError("unsigned integer overflow");
      return new Uint(BigInt(Math.trunc(value)));
    }),
    declare(
      "uint(string): uint",
      (text: string) => new Uint(wholeNumber(text, "uint", (value) => BigInt.asUintN(64, value) === value)),
    ),
  ];
}

function wholeNumber(text: string, type: "int" | "uint", fits: (value: bigint) => boolean): bigint {
  const isNumber = (type === "int" ? /^[-+]?\d+$/ : /^\d+$/).test(text);
  const value = isNumber ? BigInt(text.replace(/^\+/, "")) : 0n;
  if (!isNumber || !fits(value)) throw noConversion("string", type);
  return value;
}

function noConversion(from: string, to: string): CelError {
  return new CelError(`type conversion error from '${from}' to '${to}'`);
}

function toDouble(): readonly Overload[] {
  return [
    declare("double(double): double", (value: number) => value),
    declare("double(int): double", (value: bigint) => Number(value)),
    declare("double(uint): double", (value: Uint) => Number(value.value)),
    declare("double(string): double", (text: string) => {
      if (/^[-+]?(inf|infinity)$/i.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
      if (/^nan$/i.test(text)) return Number.NaN;
      if (!/^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(text)) throw noConversion("string", "double");
      return Number(text);
    }),
  ];
}

function toText(): readonly Overload[] {
  return [
    declare("string(string): string", (value: string) => value),
    declare("string(bool): string", (value: boolean) => String(value)),
    declare("string(int): string", (value: bigint) => String(value)),
    declare("string(uint): string", (value: Uint) => String(value.value)),
    declare("string(double): string", doubleText),
    declare("string(bytes): string", bytesText),
    declare("string(timestamp): string", (value: Timestamp) => timestampText(value)),
    declare("string(duration): string", (value: Duration) => durationText(value)),
  ];
}

/** Reads a text; whatever is wrong with it is one error. */
function readAs<T>(type: string, text: string, read: (text: string) => T): T {
  try {
    return read(text);
  } catch (error) {
    if (error instanceof CelError) throw noConversion("string", type);
    throw error;
  }
}

function bytesText(value: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(value);
  } catch (error) {
    if (error instanceof TypeError) throw new CelError("invalid UTF-8 in bytes, cannot convert to string");
    throw error;
  }
}

/** A double as Go's `strconv.FormatFloat(v, 'g', -1, 64)` writes it. */
export function doubleText(value: number): string {
  if (value === Infinity) return "+Inf";
  if (value === -Infinity) return "-Inf";
  if (Object.is(value, -0)) return "-0";
  const [mantissa = "", exponent = "0"] = value.toExponential().split("e");
  const isPlain = !Number.isFinite(value) || value === 0 || (Number(exponent) >= -4 && Number(exponent) < 6);
  if (isPlain) return String(value);
  return `${mantissa}e${exponent.replace(/^([-+])(\d)$/, "$10$2")}`;
}
