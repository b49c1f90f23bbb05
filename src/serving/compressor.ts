import { constants, gzip } from "node:zlib";

type Parts = readonly Uint8Array[];

/** Compresses bodies beside the loop, those that are still the same only once. */
export class Compressor {
  /** What was made of a body last, by the largest part of it and as long as somebody keeps that. */
  readonly #made = new WeakMap<Uint8Array, { readonly frame: string; readonly bytes: Promise<Buffer> }>();

  /** The gzip of a body in parts. */
  compress(parts: Parts): Promise<Buffer> {
    const largest = parts.reduce((left, right) => (right.length > left.length ? right : left), NOTHING);
    // A list's frame tells its revision; its items are what takes long.
    const frame = parts.map((part) => (part === largest ? "\n" : Buffer.from(part).toString("latin1"))).join("");
    const known = this.#made.get(largest);
    if (known?.frame === frame) return known.bytes;
    const bytes = gzipped(parts.length === 1 ? largest : Buffer.concat(parts));
    this.#made.set(largest, { frame, bytes });
    return bytes;
  }
}

const NOTHING = new Uint8Array(0);

/** At the level of least work, as upstream (`defaultGzipContentEncodingLevel`). */
function gzipped(body: Uint8Array): Promise<Buffer> {
  return new Promise((done, fail) => {
    gzip(body, { level: constants.Z_BEST_SPEED }, (error, bytes) => (error === null ? done(bytes) : fail(error)));
  });
}
