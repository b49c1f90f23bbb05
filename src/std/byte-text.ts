const STRICT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const ENCODER = new TextEncoder();
/** Byte `b` that is no part of UTF-8 becomes the lone surrogate ESCAPE + b (Python's `surrogateescape`). */
const ESCAPE = 0xdc00;
const ESCAPED = /([\u{DC80}-\u{DCFF}])/u;

/** The text some bytes are in UTF-8; bytes that are none are kept as lone surrogates, so that {@link bytesOfText} gives them back. */
export function textOfBytes(bytes: Uint8Array): string {
  try {
    return STRICT.decode(bytes);
  } catch {
    return withEscapes(bytes);
  }
}

/** The bytes {@link textOfBytes} made a text of; UTF-8 for any other text. */
export function bytesOfText(text: string): Uint8Array {
  if (text.isWellFormed()) return ENCODER.encode(text);
  const parts = text.split(ESCAPED).map((part, index) => {
    if (index % 2 === 0) return ENCODER.encode(part);
    return Uint8Array.of(part.charCodeAt(0) - ESCAPE);
  });
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** How many bytes at the end are the beginning of a character that goes on in the next piece. */
export function unfinishedBytes(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] as number;
    if (byte >= 0xc0) return expectedLength(byte) > back ? back : 0;
    if (byte < 0x80) return 0;
  }
  return 0;
}

function withEscapes(bytes: Uint8Array): string {
  const parts: string[] = [];
  let goodFrom = 0;
  let at = 0;
  while (at < bytes.length) {
    const length = characterLength(bytes, at);
    if (length > 0) {
      at += length;
      continue;
    }
    if (at > goodFrom) parts.push(STRICT.decode(bytes.subarray(goodFrom, at)));
    parts.push(String.fromCharCode(ESCAPE + (bytes[at] as number)));
    goodFrom = ++at;
  }
  if (at > goodFrom) parts.push(STRICT.decode(bytes.subarray(goodFrom, at)));
  return parts.join("");
}

/** The length of the character that starts here, 0 when none does (RFC 3629: nothing overlong, no surrogates, no more than U+10FFFF). */
function characterLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number;
  const length = expectedLength(first);
  if (length < 2) return length;
  const second = bytes[at + 1] ?? 0;
  if (first === 0xe0 && second < 0xa0) return 0;
  if (first === 0xed && second > 0x9f) return 0;
  if (first === 0xf0 && second < 0x90) return 0;
  if (first === 0xf4 && second > 0x8f) return 0;
  for (let offset = 1; offset < length; offset++) if (((bytes[at + offset] ?? 0) & 0xc0) !== 0x80) return 0;
  return length;
}

function expectedLength(first: number): number {
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}
