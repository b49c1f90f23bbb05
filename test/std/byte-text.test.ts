import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOfText, textOfBytes, unfinishedBytes } from "../../src/std/index.ts";

describe("text that stands for bytes", () => {
  it("gives back any bytes, however they were cut", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), (bytes, cut) => {
        const whole = bytesOfText(textOfBytes(bytes));
        expect([...whole]).toEqual([...bytes]);
        const pieces = [bytes.subarray(0, cut), bytes.subarray(cut)].map((piece) => bytesOfText(textOfBytes(piece)));
        expect(pieces.flatMap((piece) => [...piece])).toEqual([...bytes]);
      }),
    );
  });

  it("is UTF-8 for text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(textOfBytes(bytesOfText(text))).toBe(text);
        expect([...bytesOfText(text)]).toEqual([...Buffer.from(text)]);
      }),
    );
    expect(textOfBytes(Buffer.from("grüß"))).toBe("grüß");
  });

  it("knows where a character is cut in two", () => {
    const bytes = Buffer.from("a€😀");
    expect(bytes.map((_, index) => unfinishedBytes(bytes.subarray(0, index + 1)))).toEqual(
      Buffer.from([0, 1, 2, 0, 1, 2, 3, 0]),
    );
    expect(unfinishedBytes(Uint8Array.of(0x80, 0x80))).toBe(0);
    expect(unfinishedBytes(new Uint8Array())).toBe(0);
  });
});
