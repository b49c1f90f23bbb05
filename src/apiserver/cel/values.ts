import { isRecord } from "../../std/index.ts";

/** What evaluating an expression may come to other than a value; `&&`, `||` and the macros may absorb it. */
export class CelError extends Error {
  override readonly name = "CelError";
}

/** The evaluation used up what it was given; nothing absorbs this. */
export class CostExceeded extends Error {
  override readonly name = "CostExceeded";

  constructor() {
    super("operation cancelled: actual cost limit exceeded");
  }
}

/** An unsigned integer; signed ones are bigints, doubles are numbers. */
export class Uint {
  readonly value: bigint;

  constructor(value: bigint) {
    if (value < 0n || value > 0xffff_ffff_ffff_ffffn) throw new CelError("unsigned integer overflow");
    this.value = value;
  }
}

/** A point in time, in nanoseconds since the epoch, with the zone it was told in: `Z` or `+01:00`. */
export class Timestamp {
  readonly nanos: bigint;
  readonly zone: string;

  constructor(nanos: bigint, zone = "Z") {
    if (nanos < -62_135_596_800_000_000_000n || nanos > 253_402_300_799_999_999_999n)
      throw new CelError("timestamp overflow");
    this.nanos = nanos;
    this.zone = zone;
  }
}

/** A span of time in nanoseconds. */
export class Duration {
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    if (BigInt.asIntN(64, nanos) !== nanos) throw new CelError("duration overflow");
    this.nanos = nanos;
  }
}

/** A value that may be absent; `optional.none()` holds `undefined`. */
export class Optional {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }

  get present(): boolean {
    return this.value !== undefined;
  }
}

/** A type as a value: what `type(x)` gives and `int`, `string`, … stand for. */
export class TypeValue {
  readonly typeName: string;

  constructor(typeName: string) {
    this.typeName = typeName;
  }
}

/** A value of one of Kubernetes' own types. */
export interface OpaqueValue {
  readonly typeName: string;
  /** Whether another value of the same type is equal. */
  equals(other: OpaqueValue): boolean;
  readonly size?: number;
  /** How long the patterns are that a format holds texts against. */
  readonly patternLength?: number;
}

export function isOpaque(value: unknown): value is OpaqueValue {
  return typeof value === "object" && value !== null && "typeName" in value && "equals" in value;
}

/** The name of a value's type at run time. */
export function typeNameOf(value: unknown): string {
  switch (typeof value) {
    case "boolean":
      return "bool";
    case "bigint":
      return "int";
    case "number":
      return "double";
    case "string":
      return "string";
    default:
      return typeNameOfObject(value);
  }
}

function typeNameOfObject(value: unknown): string {
  if (value === null || value === undefined) return "null_type";
  if (Array.isArray(value)) return "list";
  if (value instanceof Map) return "map";
  if (value instanceof Uint) return "uint";
  if (value instanceof Timestamp) return "google.protobuf.Timestamp";
  if (value instanceof Duration) return "google.protobuf.Duration";
  if (value instanceof Uint8Array) return "bytes";
  if (value instanceof Optional) return "optional_type";
  if (value instanceof TypeValue) return "type";
  if (isOpaque(value)) return value.typeName;
  return isRecord(value) ? "map" : "dyn";
}

/** A whole number within 64 bits, or the error of one outside. */
export function int64(value: bigint): bigint {
  if (BigInt.asIntN(64, value) !== value) throw new CelError("integer overflow");
  return value;
}

/** The number of a numeric value, for comparisons across types; `undefined` for others. */
export function numeric(value: unknown): bigint | number | undefined {
  if (typeof value === "bigint" || typeof value === "number") return value;
  return value instanceof Uint ? value.value : undefined;
}
