import type { Process } from "../program.ts";
import { runProgram, runScript } from "./interpreter.ts";
import { parseScript } from "./parser.ts";
import { repeat } from "./repeat.ts";
import { Shell } from "./state.ts";

const SYNTAX_ERROR = 2;
const NOT_FOUND = 127;

/** `sh`, `bash`, `ash`: runs `-c SCRIPT [NAME ARGUMENTS]`, a script file, or the lines of its standard input one by one. */
export function shellProgram(process: Process): void {
  const shell = new Shell(process, { run: runScript, runProgram });
  const args = process.argv.slice(1);
  const optionEnd = args.findIndex((arg) => !/^-[a-z]+$/.test(arg));
  const options = args.slice(0, optionEnd < 0 ? args.length : optionEnd).join("");
  const operands = optionEnd < 0 ? [] : args.slice(optionEnd);
  if (options.includes("e")) shell.options.errexit = true;
  if (options.includes("u")) shell.options.nounset = true;
  if (options.includes("x")) shell.options.xtrace = true;
  hearSignals(shell);
  if (options.includes("c")) {
    const [script = "", name, ...rest] = operands;
    shell.name = name ?? shell.name;
    shell.positional = rest;
    runText(shell, script, () => end(shell));
  } else if (operands[0] === undefined) interact(shell);
  else runFile(shell, operands);
}

function runFile(shell: Shell, [path = "", ...args]: readonly string[]): void {
  const text = shell.process.files.read(path);
  if (text === undefined) {
    shell.process.output.stderr(`${shell.name}: ${path}: No such file or directory\n`);
    shell.process.exit(NOT_FOUND);
    return;
  }
  shell.name = path;
  shell.positional = args;
  runText(shell, text, () => end(shell));
}

/** Reads commands as they come; a line that is only the beginning of one waits for the next. */
function interact(shell: Shell): void {
  const { process } = shell;
  const lines: (string | undefined)[] = [];
  let begun = "";
  let take: (() => void) | undefined;
  const nextLine = (use: (line: string | undefined) => void): void => {
    take = () => {
      take = undefined;
      use(lines.shift());
    };
    if (lines.length > 0) take();
  };
  shell.own.takeLine = (use) => nextLine((line) => use(line, line !== undefined));
  const show = (): void => {
    if (process.tty) process.output.stdout(`root@${process.hostname}:${shell.directory}# `);
  };
  show();
  let busy = false;
  process.onInterrupt(() => {
    begun = "";
    if (busy) {
      shell.leaving = { kind: "return" };
      shell.killCurrent?.();
    } else show();
  });
  repeat((again) =>
    nextLine((line) => {
      if (line === undefined) {
        if (begun !== "") runText(shell, begun, () => end(shell));
        else end(shell);
        return;
      }
      begun += begun === "" ? line : `\n${line}`;
      if (isUnfinished(begun)) {
        again();
        return;
      }
      const text = begun;
      begun = "";
      busy = true;
      runText(shell, text, () => {
        busy = false;
        if (shell.leaving?.kind === "exit") end(shell);
        else {
          shell.leaving = undefined;
          show();
          again();
        }
      });
    }),
  );
  process.onInput((line) => {
    lines.push(line);
    take?.();
  });
}

function isUnfinished(text: string): boolean {
  const parsed = parseScript(text);
  return /\\$/.test(text) || (typeof parsed === "string" && /end of file|unterminated|EOF/.test(parsed));
}

function runText(shell: Shell, text: string, done: () => void): void {
  const script = parseScript(text);
  if (typeof script !== "string") {
    runScript(shell, script, shell.ownStreams, done);
    return;
  }
  shell.process.output.stderr(`${shell.name}: ${script}\n`);
  shell.code = SYNTAX_ERROR;
  done();
}

/** Runs the trap on EXIT, and ends. */
function end(shell: Shell): void {
  const trap = shell.traps.get("EXIT");
  const { code } = shell;
  shell.traps.delete("EXIT");
  shell.leaving = undefined;
  if (trap === undefined) shell.process.exit(code);
  else
    runText(shell, trap, () => {
      const left = shell.leaving?.kind === "exit" ? shell.code : code;
      shell.process.exit(left);
    });
}

/** A signal with a trap runs it, in between commands or instead of waiting; without one it is not heard. */
function hearSignals(shell: Shell): void {
  const { process } = shell;
  process.onTerminate(() => {
    const trap = shell.traps.get("TERM");
    if (trap === undefined) return;
    runText(shell, trap, () => {
      if (shell.leaving?.kind === "exit") end(shell);
      else shell.interruptWait?.();
    });
  });
}
