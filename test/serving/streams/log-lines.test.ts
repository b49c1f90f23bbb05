import { describe, expect, it } from "vitest";
import type { LogPiece } from "../../../src/network/index.ts";
import { LineAssembler, LineWriter, type LogWish, wantedLines } from "../../../src/serving/streams/log-lines.ts";

const START_MS = Date.parse("2023-06-12T02:58:00Z");
const ALL: LogWish = { tailLines: undefined, sinceMs: undefined, timestamps: false, limitBytes: undefined };
const out = (second: number, text: string): LogPiece => ({ atMs: START_MS + second * 1000, stream: "stdout", text });
const err = (second: number, text: string): LogPiece => ({ ...out(second, text), stream: "stderr" });

function shown(pieces: readonly LogPiece[], wish: Partial<LogWish> = {}): string {
  const assembler = new LineAssembler();
  const lines = [...pieces.flatMap((piece) => assembler.take(piece)), ...assembler.end()];
  const whole = { ...ALL, ...wish };
  return Buffer.from(new LineWriter(whole).write(wantedLines(lines, whole))).toString();
}

describe("the lines of a log", () => {
  const pieces = [out(0, "a\nb"), err(1, "E\n"), out(2, "b\nc\n"), out(3, "left")];
  const rows: readonly (readonly [what: string, wish: Partial<LogWish>, text: string])[] = [
    ["all, errors between whole lines", {}, "a\nE\nbb\nc\nleft"],
    ["the last two", { tailLines: 2 }, "c\nleft"],
    ["none of them", { tailLines: 0 }, ""],
    ["those since a moment", { sinceMs: START_MS + 1000 }, "E\nc\nleft"],
    ["both limits", { tailLines: 3, sinceMs: START_MS + 2000 }, "c\nleft"],
    ["so many bytes", { limitBytes: 4 }, "a\nE\n"],
    [
      "the times they began at",
      { timestamps: true, tailLines: 3 },
      "2023-06-12T02:58:00.000000000Z bb\n2023-06-12T02:58:02.000000000Z c\n2023-06-12T02:58:03.000000000Z left",
    ],
  ];
  it.each(rows)("show %s", (_what, wish, text) => expect(shown(pieces, wish)).toBe(text));

  it("count bytes over several writes", () => {
    const writer = new LineWriter({ ...ALL, limitBytes: 5 });
    const line = [{ atMs: START_MS, text: "äb\n" }];
    expect([...writer.write(line), ...writer.write(line)]).toEqual([...Buffer.from("äb\n"), 0xc3]);
    expect(writer.full).toBe(true);
    expect(writer.write(line).length).toBe(0);
  });
});
