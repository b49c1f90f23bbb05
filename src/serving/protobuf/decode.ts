import type { BodyDecoder } from "../../apiserver/index.ts";
import { type MessageField, MessageTable, WHOLE } from "./message-table.ts";
import { readFields, readVarints, type WireValue } from "./wire.ts";

/** Media type of the bodies Kubernetes' typed clients send. */
export const PROTOBUF_TYPE = "application/vnd.kubernetes.protobuf";

/** What precedes every body (`k8s.io/apimachinery/pkg/runtime/serializer/protobuf`): "k8s" and a zero byte. */
const MAGIC = [0x6b, 0x38, 0x73, 0x00];

type Fields = Record<string, unknown>;

/** Makes a decoder of Kubernetes' protobuf: an envelope that names the kind, and its message, become the JSON value they stand for. */
export function protobufDecoder(): BodyDecoder {
  const decoder = new Decoder();
  return (body) => ({ value: decoder.decode(body), strictErrors: [] });
}

class Decoder {
  #table: MessageTable | undefined;

  decode(body: Uint8Array): unknown {
    if (!MAGIC.every((byte, index) => body[index] === byte))
      throw new Error(`provided data does not appear to be a protobuf message, expected prefix [${MAGIC.join(" ")}]`);
    const { apiVersion, kind, raw } = readEnvelope(body.subarray(MAGIC.length));
    this.#table ??= new MessageTable();
    const key = this.#table.keyOf(apiVersion, kind);
    if (key === undefined)
      throw new Error(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`);
    const object: Fields = { apiVersion, kind };
    this.#readMessage(raw, key, object);
    return object;
  }

  #readMessage(bytes: Uint8Array, key: string, into: Fields): Fields {
    const message = (this.#table as MessageTable).message(key);
    readFields(bytes, (number, value) => {
      const field = message.get(number);
      if (field !== undefined) this.#readField(field, value, into);
    });
    return into;
  }

  #readField(field: MessageField, value: WireValue, into: Fields): void {
    const { name, shape, type, zeroKept } = field;
    if (name === undefined) {
      this.#readMessage(bytesOf(value), type, into);
      return;
    }
    if (shape === "list") {
      const list: unknown[] = Array.isArray(into[name]) ? into[name] : [];
      into[name] = list;
      if (type === "int") list.push(...readVarints(value));
      else list.push(this.#readValue(type, value));
    } else if (shape === "map") {
      const map = (into[name] as Fields | undefined) ?? {};
      into[name] = map;
      this.#readEntry(type, bytesOf(value), map);
    } else {
      const read = this.#readValue(type, value);
      if (read !== undefined && (zeroKept || !isOmitted(type, read))) into[name] = read;
    }
  }

  #readEntry(type: string, bytes: Uint8Array, map: Fields): void {
    let key = "";
    let value: unknown = EMPTY_OF[type];
    readFields(bytes, (number, part) => {
      if (number === 1) key = textOf(part);
      else if (number === 2) value = this.#readValue(type, part);
    });
    // Defined, not assigned: a key may be called __proto__.
    Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
  }

  #readValue(type: string, value: WireValue): unknown {
    const read = Object.hasOwn(SCALARS, type) ? SCALARS[type] : undefined;
    if (read !== undefined) return read(value);
    const message = this.#readMessage(bytesOf(value), type, {});
    return Object.hasOwn(message, WHOLE) ? message[WHOLE] : message;
  }
}

/** What a map's entry without a value holds. */
const EMPTY_OF: Readonly<Record<string, unknown>> = { string: "", bytes: "", quantity: "0" };

const SCALARS: Readonly<Record<string, (value: WireValue) => unknown>> = {
  string: textOf,
  int: numberOf,
  bool: (value) => numberOf(value) !== 0,
  double: (value) => {
    const bytes = bytesOf(value);
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getFloat64(0, true);
  },
  bytes: (value) => Buffer.from(bytesOf(value)).toString("base64"),
  time: (value) => timeText(bytesOf(value), 0),
  microTime: (value) => timeText(bytesOf(value), 6),
  quantity: (value) => partsOf(value).texts.get(1) || "0",
  intOrString: (value) => {
    const { numbers, texts } = partsOf(value);
    return numbers.get(1) === 1 ? (texts.get(3) ?? "") : (numbers.get(2) ?? 0);
  },
  json: (value) => {
    const raw = partsOf(value).texts.get(1) ?? "";
    return raw === "" ? undefined : JSON.parse(raw);
  },
  texts: (value) => {
    const texts: string[] = [];
    readFields(bytesOf(value), (number, part) => void (number === 1 && texts.push(textOf(part))));
    return texts;
  },
};

/** runtime.Unknown: 1 the type's apiVersion and kind, 2 the message; encodings of the message are of no use to anyone. */
function readEnvelope(bytes: Uint8Array): {
  readonly apiVersion: string;
  readonly kind: string;
  readonly raw: Uint8Array;
} {
  let typeMeta: Uint8Array = new Uint8Array();
  let raw: Uint8Array = new Uint8Array();
  readFields(bytes, (number, value) => {
    if (number === 1) typeMeta = bytesOf(value);
    else if (number === 2) raw = bytesOf(value);
  });
  const { texts } = partsOf(typeMeta);
  return { apiVersion: texts.get(1) ?? "", kind: texts.get(2) ?? "", raw };
}

/** The numbers and texts of a small message, by field. */
function partsOf(value: WireValue): {
  readonly numbers: ReadonlyMap<number, number>;
  readonly texts: ReadonlyMap<number, string>;
} {
  const numbers = new Map<number, number>();
  const texts = new Map<number, string>();
  readFields(bytesOf(value), (number, part) => {
    if (typeof part === "number") numbers.set(number, part);
    else texts.set(number, textOf(part));
  });
  return { numbers, texts };
}

/** RFC 3339 with so many digits of a second; an empty Time is no time at all. */
function timeText(bytes: Uint8Array, digits: 0 | 6): string | undefined {
  if (bytes.length === 0) return undefined;
  const { numbers } = partsOf(bytes);
  const text = new Date((numbers.get(1) ?? 0) * 1000).toISOString().slice(0, -".000Z".length);
  const nanos = String(numbers.get(2) ?? 0).padStart(9, "0");
  return digits === 0 ? `${text}Z` : `${text}.${nanos.slice(0, digits)}Z`;
}

/** Zero values of Go's own types; what is a struct there is never left out. */
function isOmitted(type: string, value: unknown): boolean {
  return OMITTED.has(type) && (value === "" || value === 0 || value === false);
}

const OMITTED = new Set(["string", "int", "bool", "double", "bytes"]);

function bytesOf(value: WireValue): Uint8Array {
  if (typeof value === "number") throw new Error("proto: wrong wireType = 0");
  return value;
}

function numberOf(value: WireValue): number {
  if (typeof value !== "number") throw new Error("proto: wrong wireType = 2");
  return value;
}

function textOf(value: WireValue): string {
  return new TextDecoder("utf-8", { fatal: true }).decode(bytesOf(value));
}
