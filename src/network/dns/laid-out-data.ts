import { labelsOf, nameOf } from "./name.ts";
import { type SvcParam, svcParam, svcParamText } from "./svc-params.ts";

/** What the data of a record is made of, one after the other; the last three kinds take what is left. */
type Field = "u8" | "u16" | "name" | "text" | "hex" | "base64" | "octets" | "params";

/** Types this server only hands on: their data stands as it is on the wire, where no name of it is ever compressed. */
const LAYOUTS: Readonly<Record<string, readonly Field[]>> = {
  NAPTR: ["u16", "u16", "text", "text", "text", "name"],
  DNAME: ["name"],
  DS: ["u16", "u8", "u8", "hex"],
  SSHFP: ["u8", "u8", "hex"],
  DNSKEY: ["u16", "u8", "u8", "base64"],
  TLSA: ["u8", "u8", "u8", "hex"],
  SVCB: ["u16", "name", "params"],
  HTTPS: ["u16", "name", "params"],
  URI: ["u16", "u16", "octets"],
};
/** dig parts long data by blanks. */
const PART = 56;
/** A record's data and a parameter's value have their length before them in 16 bits. */
const LENGTH_MAX = 0xffff;

/**
 * The data a zone file writes for a type in words, a quoted one with its first quote, or as any type's can be written
 * (`\# 2 abcd`, RFC 3597); `undefined` when they make none. `absolute` completes names.
 */
export function dataOfWords(
  type: string,
  words: readonly string[],
  absolute: (name: string) => string,
): Buffer | undefined {
  const data = words[0] === "\\#" ? genericData(words) : laidOut(LAYOUTS[type] ?? [], words, absolute);
  return data === undefined || data.length > LENGTH_MAX ? undefined : data;
}

function laidOut(
  layout: readonly Field[],
  words: readonly string[],
  absolute: (name: string) => string,
): Buffer | undefined {
  if (layout.length === 0) return undefined;
  const parts: Buffer[] = [];
  let rest = words;
  for (const [index, field] of layout.entries()) {
    const taken = index === layout.length - 1 ? rest : rest.slice(0, 1);
    rest = rest.slice(taken.length);
    const bytes = fieldBytes(field, taken, absolute);
    if (bytes === undefined) return undefined;
    parts.push(bytes);
  }
  return Buffer.concat(parts);
}

/** The name an SVCB or HTTPS record's data points to. */
export function serviceTarget(data: Buffer): string {
  return nameText(data.subarray(2))[0];
}

/** The data of a type as dig prints it. */
export function textOfData(type: string, data: Buffer): string {
  const words: string[] = [];
  let at = 0;
  for (const field of LAYOUTS[type] ?? []) {
    const [word, length] = fieldText(field, data.subarray(at));
    words.push(word);
    at += length;
  }
  // Data that ends too early is no data of that type.
  const isComplete = at > 0 && at <= data.length;
  return isComplete
    ? words.join(" ").trimEnd()
    : `\\# ${data.length} ${parted(data.toString("hex").toUpperCase())}`.trimEnd();
}

function genericData([, length, ...digits]: readonly string[]): Buffer | undefined {
  const data = hexBytes(digits.join(""));
  return data === undefined || String(data.length) !== length ? undefined : data;
}

function fieldBytes(field: Field, words: readonly string[], absolute: (name: string) => string): Buffer | undefined {
  const [word] = words;
  if (word === undefined) return field === "params" ? Buffer.alloc(0) : undefined;
  switch (field) {
    case "u8":
    case "u16":
      return numberBytes(word, field === "u8" ? 1 : 2);
    case "name":
      return words.length > 1 ? undefined : nameBytes(absolute(word));
    case "text":
      return Buffer.from([unquoted(word).length, ...Buffer.from(unquoted(word), "latin1")]);
    case "octets":
      return words.length > 1 ? undefined : Buffer.from(unquoted(word), "latin1");
    case "hex":
      return hexBytes(words.join(""));
    case "base64":
      return Buffer.from(words.join(""), "base64");
    case "params":
      return paramBytes(words);
  }
}

function fieldText(field: Field, data: Buffer): readonly [text: string, length: number] {
  switch (field) {
    case "u8":
      return [String(data[0]), 1];
    case "u16":
      return [String(((data[0] ?? 0) << 8) | (data[1] ?? 0)), 2];
    case "name":
      return nameText(data);
    case "text": {
      const end = 1 + (data[0] ?? 0);
      return [quoted(data.toString("latin1", 1, end)), end];
    }
    case "octets":
      return [quoted(data.toString("latin1")), data.length];
    case "hex":
      return [parted(data.toString("hex").toUpperCase()), data.length];
    case "base64":
      return [parted(data.toString("base64")), data.length];
    case "params":
      return [paramsText(data), data.length];
  }
}

/** Parameters in the order of their keys, each key once. */
function paramBytes(words: readonly string[]): Buffer | undefined {
  const params: SvcParam[] = [];
  for (let at = 0; at < words.length; at++) {
    const [word = "", next] = words.slice(at);
    const sign = word.indexOf("=");
    const isQuoted = word.endsWith("=") && next?.startsWith('"') === true;
    if (isQuoted) at++;
    const text = sign < 0 ? "" : isQuoted ? next.slice(1) : word.slice(sign + 1);
    const param = svcParam(sign < 0 ? word : word.slice(0, sign), text);
    if (param === undefined || param.value.length > LENGTH_MAX) return undefined;
    params.push(param);
  }
  params.sort((left, right) => left.key - right.key);
  if (params.some(({ key }, index) => key === params[index - 1]?.key)) return undefined;
  return Buffer.concat(params.flatMap(({ key, value }) => [numberOf(key, 2), numberOf(value.length, 2), value]));
}

function paramsText(data: Buffer): string {
  const texts: string[] = [];
  for (let at = 0; at + 4 <= data.length; ) {
    const end = at + 4 + data.readUInt16BE(at + 2);
    texts.push(svcParamText({ key: data.readUInt16BE(at), value: data.subarray(at + 4, end) }));
    at = end;
  }
  return texts.join(" ");
}

function numberBytes(word: string, size: 1 | 2): Buffer | undefined {
  const value = Number(word);
  return /^\d+$/.test(word) && value < 256 ** size ? numberOf(value, size) : undefined;
}

function numberOf(value: number, size: 1 | 2): Buffer {
  const out = Buffer.alloc(size);
  out.writeUIntBE(value, 0, size);
  return out;
}

function nameBytes(name: string): Buffer {
  const labels = labelsOf(name).map((label) => Buffer.from([label.length, ...Buffer.from(label, "latin1")]));
  return Buffer.concat([...labels, Buffer.alloc(1)]);
}

function nameText(data: Buffer): readonly [text: string, length: number] {
  const labels: string[] = [];
  let at = 0;
  for (let size = data[0] ?? 0; size > 0; size = data[at] ?? 0) {
    labels.push(data.toString("latin1", at + 1, at + 1 + size));
    at += size + 1;
  }
  return [nameOf(labels), at + 1];
}

function hexBytes(digits: string): Buffer | undefined {
  return /^(?:[\da-f]{2})*$/i.test(digits) ? Buffer.from(digits, "hex") : undefined;
}

function parted(text: string): string {
  return (text.match(new RegExp(`.{1,${PART}}`, "g")) ?? []).join(" ");
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}

function unquoted(word: string): string {
  return word.startsWith('"') ? word.slice(1) : word;
}
