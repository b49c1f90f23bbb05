import { duplexPair } from "node:stream";
import { constants, createDeflate, createInflate } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { acceptSpdy } from "../../../src/serving/streams/spdy/connection.ts";
import { FrameReader, formatFrame, type SpdyFrame } from "../../../src/serving/streams/spdy/frames.ts";
import { HeaderReader, HeaderWriter, spdyDictionary } from "../../../src/serving/streams/spdy/header-block.ts";

type Sent = Parameters<typeof formatFrame>[0];
const id = fc.integer({ min: 1, max: 0x7fff_ffff });
const word = fc.integer({ min: 0, max: 0xffff_ffff });
const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const frame: fc.Arbitrary<Sent> = fc.oneof(
  fc.record({ type: fc.constant("data" as const), streamId: id, fin: fc.boolean(), data: bytes }),
  fc.record({
    type: fc.constant("synStream" as const),
    streamId: id,
    fin: fc.boolean(),
    unidirectional: fc.boolean(),
    block: bytes,
  }),
  fc.record({
    type: fc.constantFrom("synReply" as const, "headers" as const),
    streamId: id,
    fin: fc.boolean(),
    block: bytes,
  }),
  fc.record({ type: fc.constant("rstStream" as const), streamId: id, status: word }),
  fc.record({ type: fc.constant("ping" as const), id: word }),
  fc.record({ type: fc.constant("goAway" as const), lastStreamId: id, status: word }),
);
const headers = fc
  .dictionary(
    fc.string({ minLength: 1 }).map((name) => name.toLowerCase()),
    fc.string(),
    { maxKeys: 8 },
  )
  .map((fields) => new Map(Object.entries(fields)));

describe("SPDY frames", () => {
  it("are read as they were written, however the bytes arrive", () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 8 }), fc.integer({ min: 1, max: 40 }), (frames, step) => {
        const wire = Buffer.concat(frames.map(formatFrame));
        const reader = new FrameReader();
        const read: SpdyFrame[] = [];
        for (let at = 0; at < wire.length; at += step) read.push(...reader.push(wire.subarray(at, at + step)));
        expect(read).toEqual(frames);
      }),
    );
  });

  it.each([
    ["another version", "8002000100000000"],
    ["a huge control frame", "80030001ffffffff"],
    ["a huge data frame", "00000001ffffffff"],
    ["SYN_STREAM without an id", "800300010000000400000001"],
    ["RST_STREAM without a status", "800300030000000400000001"],
    ["an empty PING", "8003000600000000"],
    ["half a GOAWAY", "800300070000000400000001"],
  ])("refuse %s", (_what, hex) => {
    expect(() => new FrameReader().push(Buffer.from(hex, "hex"))).toThrow();
  });
});

describe("SPDY header blocks", () => {
  it("carry the dictionary of the specification", () => {
    expect(spdyDictionary().length).toBe(1423);
  });

  it("of one direction are one stream that any zlib reads", async () => {
    const inflate = createInflate({ dictionary: spdyDictionary(), finishFlush: constants.Z_SYNC_FLUSH });
    const writer = new HeaderWriter();
    const all = [
      new Map([["streamtype", "error"]]),
      new Map([
        ["streamtype", "data"],
        ["port", "80"],
      ]),
      new Map(),
    ];
    for (const one of all) inflate.write(writer.write(one));
    inflate.end();
    const plain: Buffer[] = [];
    for await (const chunk of inflate) plain.push(chunk as Buffer);
    expect(Buffer.concat(plain).toString("latin1")).toContain(
      "streamtype\0\0\0\u0004data\0\0\0\u0004port\0\0\0\u000280",
    );
  });

  it("are read as any zlib writes them, which refers back to earlier blocks and to the dictionary", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(headers, { maxLength: 6 }), async (blocks) => {
        const deflate = createDeflate({ dictionary: spdyDictionary() });
        const reader = new HeaderReader();
        for (const block of blocks) {
          const chunks: Buffer[] = [];
          deflate.removeAllListeners("data").on("data", (chunk: Buffer) => chunks.push(chunk));
          deflate.write(pairs(block));
          await new Promise<void>((done) => deflate.flush(constants.Z_SYNC_FLUSH, () => done()));
          await new Promise((done) => setImmediate(done));
          expect(reader.read(Buffer.concat(chunks))).toEqual(block);
        }
      }),
      { numRuns: 30 },
    );
  });

  it("refuse rubbish, a missing dictionary, and what would swell", () => {
    const swollen = new HeaderWriter().write(new Map([["a", "x".repeat(100_000)]]));
    expect(() => new HeaderReader().read(swollen)).toThrow();
    expect(() => new HeaderReader().read(Buffer.from("789c030000000001", "hex"))).toThrow("dictionary");
    fc.assert(
      fc.property(bytes, (rubbish) => {
        const block = Buffer.concat([new HeaderWriter().write(new Map()).subarray(0, 6), rubbish]);
        try {
          new HeaderReader().read(block);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
    );
  });
});

describe("a SPDY connection", () => {
  it("ends, and throws nothing, whatever bytes come", async () => {
    const start = (): Buffer =>
      formatFrame({
        type: "synStream",
        streamId: 1,
        fin: false,
        unidirectional: false,
        block: new HeaderWriter().write(new Map([["a", "b"]])),
      });
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.array(fc.oneof(frame.map(formatFrame), bytes), { maxLength: 10 }),
        async (opens, pieces) => {
          const [client, transport] = duplexPair();
          client.on("error", () => {}).resume();
          let closes = 0;
          const server = acceptSpdy(transport, {
            onStream: ({ duplex }) => void duplex.resume(),
            onClose: () => closes++,
          });
          if (opens) client.write(start());
          for (const piece of pieces) if (piece.length > 0) client.write(piece);
          await new Promise((done) => setImmediate(done));
          server.close();
          transport.destroy();
          await new Promise((done) => setImmediate(done));
          expect(closes).toBe(1);
        },
      ),
      { numRuns: 60 },
    );
  });
});

function pairs(block: ReadonlyMap<string, string>): Buffer {
  const text = (value: string): Buffer => {
    const body = Buffer.from(value);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(body.length);
    return Buffer.concat([length, body]);
  };
  const count = Buffer.alloc(4);
  count.writeUInt32BE(block.size);
  return Buffer.concat([count, ...[...block].flatMap(([name, value]) => [text(name), text(value)])]);
}
