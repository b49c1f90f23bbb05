import { isRecord, stableJson } from "../../std/index.ts";
import type { CelType, ListSemantics } from "./types.ts";
import { CelError, Duration, isOpaque, numeric, Optional, Timestamp, TypeValue, Uint } from "./values.ts";

/** Whether two values are equal, numbers across their types; `type` says how lists of a schema compare. */
export function equalValues(left: unknown, right: unknown, type?: CelType): boolean {
  if (left === right) return true;
  const [leftNumber, rightNumber] = [numeric(left), numeric(right)];
  // biome-ignore lint/suspicious/noDoubleEquals: numbers of different types are equal when they stand for the same number
  if (leftNumber !== undefined && rightNumber !== undefined) return leftNumber == rightNumber;
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return false;
  if (Array.isArray(left)) return Array.isArray(right) && equalLists(left, right, type);
  if (left instanceof Timestamp) return right instanceof Timestamp && left.nanos === right.nanos;
  if (left instanceof Duration) return right instanceof Duration && left.nanos === right.nanos;
  if (left instanceof Optional)
    return right instanceof Optional && left.present === right.present && equalValues(left.value, right.value);
  if (left instanceof TypeValue) return right instanceof TypeValue && left.typeName === right.typeName;
  if (left instanceof Uint8Array) return right instanceof Uint8Array && equalBytes(left, right);
  if (isOpaque(left)) return isOpaque(right) && left.typeName === right.typeName && left.equals(right);
  return isMap(left) && isMap(right) && equalMaps(left, right, type);
}

/** A map: of the data (a record) or made by the expression. */
export type CelMap = ReadonlyMap<unknown, unknown> | Readonly<Record<string, unknown>>;

export function isMap(value: unknown): value is CelMap {
  if (value instanceof Map) return true;
  if (!isRecord(value) || isOpaque(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Keys of maps: whole numbers are one key whatever their type. */
export function canonicalKey(key: unknown): unknown {
  if (typeof key === "string" || typeof key === "boolean" || typeof key === "bigint") return key;
  if (key instanceof Uint) return key.value;
  if (typeof key === "number" && Number.isInteger(key)) return BigInt(key);
  throw new CelError("unsupported key type");
}

/** The value of a key, `undefined` when there is none. */
export function mapValue(map: CelMap, key: unknown): unknown {
  if (map instanceof Map) return map.get(canonicalKey(key));
  const record = map as Readonly<Record<string, unknown>>;
  return typeof key === "string" && Object.hasOwn(record, key) ? record[key] : undefined;
}

export function mapKeys(map: CelMap): readonly unknown[] {
  return map instanceof Map ? [...map.keys()] : Object.keys(map);
}

/** What tells items of a list apart under its semantics; `undefined` for lists that go by position. */
export function itemIdentity(semantics: ListSemantics | undefined): ((item: unknown) => string) | undefined {
  if (semantics === undefined || semantics === "atomic") return undefined;
  if (semantics === "set") return identityOf;
  return (item) => identityOf(semantics.keys.map((key) => (isRecord(item) ? item[key] : undefined)));
}

function identityOf(value: unknown): string {
  return stableJson(typeof value === "bigint" ? Number(value) : value);
}

function equalLists(left: readonly unknown[], right: readonly unknown[], type: CelType | undefined): boolean {
  if (left.length !== right.length) return false;
  const element = type?.kind === "list" ? type.element : undefined;
  const identity = itemIdentity(type?.kind === "list" ? type.semantics : undefined);
  if (identity === undefined) return left.every((item, index) => equalValues(item, right[index], element));
  const others = new Map(right.map((item) => [identity(item), item]));
  return left.every((item) => {
    const key = identity(item);
    return others.has(key) && equalValues(item, others.get(key), element);
  });
}

function equalMaps(left: CelMap, right: CelMap, type: CelType | undefined): boolean {
  const keys = mapKeys(left);
  if (keys.length !== mapKeys(right).length) return false;
  return keys.every((key) => {
    const other = mapValue(right, key);
    return other !== undefined && equalValues(mapValue(left, key), other, valueType(type, key));
  });
}

function valueType(type: CelType | undefined, key: unknown): CelType | undefined {
  if (type?.kind === "map") return type.value;
  if (type?.kind !== "object" || typeof key !== "string") return undefined;
  for (const field of type.fields.values()) if (field.property === key) return field.type;
  return undefined;
}

function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

/** -1, 0 or 1; only values of one comparable kind compare. */
export function compareValues(left: unknown, right: unknown): number {
  const [leftNumber, rightNumber] = [numeric(left), numeric(right)];
  if (leftNumber !== undefined && rightNumber !== undefined) {
    if (Number.isNaN(leftNumber) || Number.isNaN(rightNumber)) throw new CelError("NaN values cannot be ordered");
    return order(leftNumber, rightNumber);
  }
  if (typeof left === "string" && typeof right === "string") return order(left, right);
  if (typeof left === "boolean" && typeof right === "boolean") return order(left, right);
  if (left instanceof Timestamp && right instanceof Timestamp) return order(left.nanos, right.nanos);
  if (left instanceof Duration && right instanceof Duration) return order(left.nanos, right.nanos);
  if (left instanceof Uint8Array && right instanceof Uint8Array) return Buffer.compare(left, right);
  throw new CelError("no such overload");
}

function order<T extends bigint | number | string | boolean>(left: T, right: T): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
