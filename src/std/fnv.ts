const OFFSET_BASIS = 0x811c9dc5;
const PRIME = 0x01000193;

/** FNV-1a (xor, then multiply) over the UTF-8 bytes of `text`, as an unsigned 32-bit integer; Go's `fnv.New32a`. */
export function fnv1a32(text: string, seed: number = OFFSET_BASIS): number {
  let hash = seed;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) return fnv1aBytes(new TextEncoder().encode(text.slice(index)), hash);
    hash = Math.imul(hash ^ code, PRIME);
  }
  return hash >>> 0;
}

function fnv1aBytes(bytes: Uint8Array, seed: number): number {
  let hash = seed;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, PRIME);
  return hash >>> 0;
}
