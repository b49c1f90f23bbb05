/** What a field holds on the wire: a varint as number (signed, 64 bits), else its bytes. */
export type WireValue = number | Uint8Array;

const HIGH = 2 ** 32;
const VARINT_BYTES_MAX = 10;

/** Visits every field of an encoded message, in order; throws on bytes that are no protobuf message. */
export function readFields(message: Uint8Array, visit: (number: number, value: WireValue) => void): void {
  const cursor = { bytes: message, at: 0 };
  while (cursor.at < message.length) {
    const key = readVarint(cursor);
    const number = Math.floor(key / 8);
    if (number <= 0) throw new Error(`proto: illegal tag ${number}`);
    switch (key & 7) {
      case 0:
        visit(number, readVarint(cursor));
        break;
      case 1:
        visit(number, readBytes(cursor, 8));
        break;
      case 2:
        visit(number, readBytes(cursor, readVarint(cursor)));
        break;
      case 5:
        visit(number, readBytes(cursor, 4));
        break;
      default:
        throw new Error(`proto: illegal wireType ${key & 7}`);
    }
  }
}

/** The varints of a packed list, or the one a field holds. */
export function readVarints(value: WireValue): readonly number[] {
  if (typeof value === "number") return [value];
  const cursor = { bytes: value, at: 0 };
  const numbers: number[] = [];
  while (cursor.at < value.length) numbers.push(readVarint(cursor));
  return numbers;
}

type Cursor = { readonly bytes: Uint8Array; at: number };

function readVarint(cursor: Cursor): number {
  let low = 0;
  let high = 0;
  for (let index = 0; index < VARINT_BYTES_MAX; index++) {
    const byte = cursor.bytes[cursor.at++];
    if (byte === undefined) throw new Error("unexpected EOF");
    const part = byte & 0x7f;
    if (index < 4) low |= part << (7 * index);
    else if (index === 4) {
      low |= part << 28;
      high = part >>> 4;
    } else high |= part << (7 * index - 32);
    if (byte < 0x80) return (high | 0) * HIGH + (low >>> 0);
  }
  throw new Error("proto: integer overflow");
}

function readBytes(cursor: Cursor, length: number): Uint8Array {
  const end = cursor.at + length;
  if (length < 0 || end > cursor.bytes.length) throw new Error("unexpected EOF");
  const bytes = cursor.bytes.subarray(cursor.at, end);
  cursor.at = end;
  return bytes;
}
