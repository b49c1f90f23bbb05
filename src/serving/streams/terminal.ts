import type { ExecHandle } from "../../network/index.ts";

const INTERRUPT = "\u0003";
const END = "\u0004";
const KILL_LINE = "\u0015";
const ERASED = "\b \b";
const ESCAPE = "\u001b";
/** What follows ESCAPE in cursor keys and the like, which the simulated shells do not know. */
const SEQUENCE = /^(?:\[[0-9;?]*[ -/]*[@-~]|O?.)?/u;

/** The line discipline of a terminal: what the kernel does between a keyboard in raw mode and a program. */
export interface Terminal {
  typed(text: string): void;
}

/** A program's output as a terminal shows it. */
export function screenText(text: string): string {
  return text.replace(/\r?\n/g, "\r\n");
}

/** A terminal in front of a process: echo, line editing, Ctrl-C and Ctrl-D. */
export function createTerminal(process: ExecHandle, echo: (text: string) => void): Terminal {
  let line: string[] = [];
  const press = (key: string): void => {
    switch (key) {
      case "\r":
      case "\n":
        echo("\r\n");
        process.write(`${line.join("")}\n`);
        line = [];
        return;
      case "\u007f":
      case "\b":
        if (line.pop() !== undefined) echo(ERASED);
        return;
      case KILL_LINE:
        echo(ERASED.repeat(line.length));
        line = [];
        return;
      case INTERRUPT:
        line = [];
        echo("^C\r\n");
        process.interrupt();
        return;
      case END:
        if (line.length === 0) process.endText();
        else process.write(line.join(""));
        line = [];
        return;
    }
    if (key < " " && key !== "\t") return;
    line.push(key);
    echo(key);
  };
  return {
    typed: (text) => {
      for (let rest = text; rest !== ""; ) {
        const isSequence = rest.startsWith(ESCAPE);
        const key = isSequence
          ? ESCAPE + (SEQUENCE.exec(rest.slice(1))?.[0] ?? "")
          : String.fromCodePoint(rest.codePointAt(0) as number);
        if (!isSequence) press(key);
        rest = rest.slice(key.length);
      }
    },
  };
}
