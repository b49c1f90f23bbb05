/** Writes the fields of one protobuf message. */
export class MessageWriter {
  readonly #parts: Buffer[] = [];
  #length = 0;

  varint(field: number, value: number): void {
    this.#key(field, 0);
    this.#add(varint(value));
  }

  double(field: number, value: number): void {
    this.#key(field, 1);
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(value);
    this.#add(bytes);
  }

  text(field: number, value: string): void {
    const bytes = Buffer.from(value);
    this.#key(field, 2);
    this.#add(varint(bytes.length));
    this.#add(bytes);
  }

  message(field: number, write: (nested: MessageWriter) => void): void {
    const nested = new MessageWriter();
    write(nested);
    this.#key(field, 2);
    this.#add(varint(nested.#length));
    for (const part of nested.#parts) this.#parts.push(part);
    this.#length += nested.#length;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#parts, this.#length);
  }

  #key(field: number, wireType: number): void {
    this.#add(varint(field * 8 + wireType));
  }

  #add(bytes: Buffer): void {
    this.#parts.push(bytes);
    this.#length += bytes.length;
  }
}

/** Ten bytes for a negative number, as its two's complement takes. */
function varint(value: number): Buffer {
  if (value >= 0 && value < 0x80) return Buffer.of(value);
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(Math.trunc(value)));
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  return Buffer.from([...bytes, Number(rest)]);
}
