import { describe, expect, it } from "vitest";
import { createTerminal, screenText } from "../../../src/serving/streams/terminal.ts";

/** What a process behind a terminal is told, and what the screen shows, for some keys. */
function press(...typed: readonly string[]): { readonly told: string; readonly screen: string } {
  let told = "";
  let screen = "";
  const tell = (text: string) => (): void => {
    told += text;
  };
  const terminal = createTerminal(
    {
      write: (text) => tell(text)(),
      closeInput: tell("<closed>"),
      endText: tell("<end>"),
      interrupt: tell("<interrupt>"),
      kill: tell("<killed>"),
    },
    (text) => {
      screen += text;
    },
  );
  for (const text of typed) terminal.typed(text);
  return { told, screen };
}

describe("a terminal", () => {
  it.each([
    ["lines", ["l", "s\r"], "ls\n", "ls\r\n"],
    ["characters beyond the keyboard's", ["grüß 😀\r"], "grüß 😀\n", "grüß 😀\r\n"],
    ["corrections", ["ab\u007f\u007f\u007fc\bd\r"], "d\n", "ab\b \b\b \bc\b \bd\r\n"],
    ["a line taken back", ["abc\u0015d\r"], "d\n", "abc\b \b\b \b\b \bd\r\n"],
    ["cursor keys, which do nothing", ["a\u001b[A\u001b[1;5Cb\u001bOPc\u001b\r"], "abc\n", "abc\r\n"],
    ["Ctrl-C", ["half\u0003", "x\r"], "<interrupt>x\n", "half^C\r\nx\r\n"],
    ["Ctrl-D", ["\u0004", "half\u0004\r"], "<end>half\n", "half\r\n"],
    ["other control keys, which do nothing", ["\u0001\u0007\tx\n"], "\tx\n", "\tx\r\n"],
  ])("takes %s", (_what, typed, told, screen) => expect(press(...typed)).toEqual({ told, screen }));

  it("shows line ends as a screen wants them", () => expect(screenText("a\nb\r\n")).toBe("a\r\nb\r\n"));
});
