import { constants, deflateRawSync, inflateRawSync } from "node:zlib";

/** Names and values of a SPDY frame; names in lower case. */
export type SpdyHeaders = ReadonlyMap<string, string>;

/** Names and values the specification's dictionary starts with, each behind its length. */
const WORDS =
  "options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow " +
  "authorization cache-control connection content-base content-encoding content-language content-length content-location " +
  "content-md5 content-range content-type date etag expect expires from host if-match if-modified-since if-none-match " +
  "if-range if-unmodified-since last-modified location max-forwards pragma proxy-authenticate proxy-authorization range " +
  "referer retry-after server te trailer transfer-encoding upgrade user-agent vary via warning www-authenticate method " +
  "get status 200_OK version HTTP/1.1 url public set-cookie keep-alive origin";
const PHRASES =
  "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505" +
  "203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden" +
  "404 Not Found500 Internal Server Error501 Not Implemented503 Service Unavailable" +
  "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT" +
  "chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript," +
  "publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.";

/** CMF, FLG with FDICT, and the Adler-32 sum of the dictionary: how every zlib stream of SPDY/3 begins. */
const ZLIB_HEADER = Buffer.from([0x78, 0xbb, 0xe3, 0xc6, 0xa7, 0xc2]);
/** What deflate may refer back to. */
const WINDOW_BYTES = 32_768;
const BLOCK_BYTES_MAX = 65_536;
const PAIRS_MAX = 256;

/**
 * Reads the header blocks of one direction of a connection, which are one zlib stream, flushed after every block. A block that
 * was flushed ends at a byte, so each is inflated by itself with the window so far for its dictionary: no state outside this object.
 */
export class HeaderReader {
  #window: Buffer = spdyDictionary();
  #started = false;

  /** Throws when the block is none. */
  read(block: Buffer): SpdyHeaders {
    let compressed = block;
    if (!this.#started) {
      if (!block.subarray(2, ZLIB_HEADER.length).equals(ZLIB_HEADER.subarray(2)))
        throw new Error("the header block begins without SPDY's dictionary");
      compressed = block.subarray(ZLIB_HEADER.length);
      this.#started = true;
    }
    const plain = inflateRawSync(compressed, {
      dictionary: this.#window,
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: BLOCK_BYTES_MAX,
    });
    this.#window = Buffer.concat([this.#window, plain]).subarray(-WINDOW_BYTES);
    return parsePairs(plain);
  }
}

/** Writes the header blocks of one direction. Blocks do not refer to each other: they are few and small. */
export class HeaderWriter {
  #started = false;

  write(headers: SpdyHeaders): Buffer {
    const block = deflateRawSync(formatPairs(headers), { finishFlush: constants.Z_SYNC_FLUSH });
    if (this.#started) return block;
    this.#started = true;
    return Buffer.concat([ZLIB_HEADER, block]);
  }
}

/** The dictionary of SPDY/3 (draft-mbelshe-httpbis-spdy-00, 2.6.10.1). */
export function spdyDictionary(): Buffer {
  const words = WORDS.split(" ").map((word) => lengthPrefixed(word.replace("_", " ")));
  return Buffer.concat([...words, Buffer.from(PHRASES)]);
}

function parsePairs(plain: Buffer): SpdyHeaders {
  let at = 0;
  const take = (): number => {
    if (at + 4 > plain.length) throw new Error("the header block ends early");
    at += 4;
    return plain.readUInt32BE(at - 4);
  };
  const takeText = (): string => {
    const length = take();
    if (at + length > plain.length) throw new Error("the header block ends early");
    at += length;
    return plain.toString("utf8", at - length, at);
  };
  const count = take();
  if (count > PAIRS_MAX) throw new Error(`a header block of ${count} pairs; ${PAIRS_MAX} are taken`);
  const headers = new Map<string, string>();
  for (let index = 0; index < count; index++) headers.set(takeText().toLowerCase(), takeText());
  return headers;
}

function formatPairs(headers: SpdyHeaders): Buffer {
  const count = Buffer.alloc(4);
  count.writeUInt32BE(headers.size);
  return Buffer.concat([
    count,
    ...[...headers].flatMap(([name, value]) => [lengthPrefixed(name), lengthPrefixed(value)]),
  ]);
}

function lengthPrefixed(text: string): Buffer {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
