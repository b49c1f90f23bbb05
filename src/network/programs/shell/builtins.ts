import { echoText, printfText } from "../printing.ts";
import { absolutePath, filesFrom } from "../relative-files.ts";
import type { Execution } from "./interpreter.ts";
import { jobBuiltins } from "./job-builtins.ts";
import { parseScript } from "./parser.ts";
import type { Shell } from "./state.ts";
import { testHolds } from "./test-expression.ts";
import { variableBuiltins } from "./variable-builtins.ts";

/** A command of the shell itself: ends by calling `done` with its code. */
export type Builtin = (shell: Shell, execution: Execution, done: (code: number) => void) => void;
/** One that takes no time. */
type Plain = (shell: Shell, args: readonly string[]) => number;

const USAGE = 2;

const PLAIN: Readonly<Record<string, Plain>> = {
  ":": () => 0,
  true: () => 0,
  false: () => 1,
  echo: (shell, args) => printed(shell, echoText(args)),
  printf: (shell, [format, ...args]) => {
    if (format === undefined) return complained(shell, "printf: usage: printf FORMAT [ARGUMENT]...", USAGE);
    return printed(shell, printfText(format, args));
  },
  pwd: (shell) => printed(shell, `${shell.directory}\n`),
  cd: changeDirectory,
  test: (shell, args) => tested(shell, "test", args),
  "[": (shell, args) => {
    if (args.at(-1) !== "]") return complained(shell, "[: missing ]", USAGE);
    return tested(shell, "[", args.slice(0, -1));
  },
  "[[": (shell, args) => tested(shell, "[[", args.slice(0, -1)),
  exit: (shell, [code]) => {
    shell.leaving = { kind: "exit" };
    return codeOf(code, shell.code);
  },
  return: (shell, [code]) => {
    shell.leaving = { kind: "return" };
    return codeOf(code, shell.code);
  },
  break: (shell, [loops]) => left(shell, "break", loops),
  continue: (shell, [loops]) => left(shell, "continue", loops),
  type: (shell, names) =>
    located(shell, names, (name, kind) => (kind === "builtin" ? `${name} is a shell builtin` : `${name} is ${kind}`)),
  alias: () => 0,
  umask: (shell, [mask]) => (mask === undefined ? printed(shell, "0022\n") : 0),
  ulimit: (shell) => printed(shell, "unlimited\n"),
  hash: () => 0,
  times: (shell) => printed(shell, "0m0.000s 0m0.000s\n0m0.000s 0m0.000s\n"),
};

const BUILTINS: Readonly<Record<string, Builtin>> = {
  ...variableBuiltins,
  ...jobBuiltins,
  eval: (shell, { argv, streams }, done) => runText(shell, argv.slice(1).join(" "), streams, done),
  ".": source,
  source,
  command: runCommandBuiltin,
  exec: replaceShell,
};

export function isBuiltin(name: string): boolean {
  return Object.hasOwn(PLAIN, name) || Object.hasOwn(BUILTINS, name);
}

/** Runs a built-in command; its code is the shell's afterwards. */
export function runBuiltin(shell: Shell, execution: Execution, done: () => void): void {
  const name = execution.argv[0] as string;
  const plain = Object.hasOwn(PLAIN, name) ? PLAIN[name] : undefined;
  if (plain !== undefined) {
    shell.code = plain(shell, execution.argv.slice(1));
    done();
    return;
  }
  BUILTINS[name]?.(shell, execution, (code) => {
    shell.code = code;
    done();
  });
}

function printed(shell: Shell, text: string): number {
  shell.streams.output.stdout(text);
  return 0;
}

function complained(shell: Shell, message: string, code: number): number {
  shell.streams.output.stderr(`${shell.name}: ${message}\n`);
  return code;
}

function tested(shell: Shell, name: string, args: readonly string[]): number {
  const value = testHolds(args, filesFrom(shell.process.files, shell.directory));
  if (typeof value === "string") return complained(shell, `${name}: ${value}`, USAGE);
  return value ? 0 : 1;
}

function codeOf(text: string | undefined, otherwise: number): number {
  return text === undefined ? otherwise : Number(text) & 0xff;
}

/** Outside of loops these do nothing. */
function left(shell: Shell, kind: "break" | "continue", loops: string | undefined): number {
  if (shell.loops > 0) shell.leaving = { kind, loops: Math.min(Number(loops ?? 1), shell.loops) };
  return 0;
}

function changeDirectory(shell: Shell, [target]: readonly string[]): number {
  const wanted =
    target === "-"
      ? (shell.variables.get("OLDPWD") ?? shell.directory)
      : (target ?? shell.variables.get("HOME") ?? "/root");
  const directory = absolutePath(wanted, shell.directory);
  if (!shell.process.files.isDirectory(directory))
    return complained(shell, `cd: can't cd to ${wanted}: No such file or directory`, 1);
  shell.variables.set("OLDPWD", shell.directory);
  shell.directory = directory;
  shell.variables.set("PWD", directory);
  return target === "-" ? printed(shell, `${directory}\n`) : 0;
}

/** Says where commands are; `kind` is `builtin`, a path, or how a function is shown. */
function located(shell: Shell, names: readonly string[], show: (name: string, kind: string) => string): number {
  let code = 0;
  for (const name of names) {
    const kind = shell.functions.has(name)
      ? name
      : isBuiltin(name)
        ? "builtin"
        : shell.process.hasCommand(name)
          ? pathOf(name)
          : undefined;
    if (kind === undefined) code = 127;
    else printed(shell, `${show(name, kind)}\n`);
  }
  return code;
}

function pathOf(name: string): string {
  return name.includes("/") ? name : `/usr/bin/${name}`;
}

/** `command -v NAME…`, or a command that is no function. */
function runCommandBuiltin(shell: Shell, execution: Execution, done: (code: number) => void): void {
  const [option, ...args] = execution.argv.slice(1);
  if (option === "-v" || option === "-V") {
    done(located(shell, args, (name, kind) => (kind === "builtin" ? name : kind)));
    return;
  }
  if (option === undefined) {
    done(0);
    return;
  }
  const argv = execution.argv.slice(1);
  const end = (): void => done(shell.code);
  if (isBuiltin(option)) runBuiltin(shell, { ...execution, argv }, end);
  else shell.runProgram(argv, execution, end);
}

/** `exec COMMAND` in the place of the shell; without one its redirections stay. */
function replaceShell(shell: Shell, execution: Execution, done: (code: number) => void): void {
  const argv = execution.argv.slice(1);
  if (argv.length === 0) {
    shell.ownStreams = execution.streams;
    done(0);
    return;
  }
  shell.runProgram(argv, execution, () => {
    shell.leaving = { kind: "exit" };
    done(shell.code);
  });
}

function source(shell: Shell, { argv, streams }: Execution, done: (code: number) => void): void {
  const path = argv[1] ?? "";
  const text = shell.process.files.read(absolutePath(path, shell.directory));
  if (text === undefined) done(complained(shell, `.: can't open '${path}': No such file or directory`, USAGE));
  else runText(shell, text, streams, done);
}

function runText(shell: Shell, text: string, streams: Execution["streams"], done: (code: number) => void): void {
  const script = parseScript(text);
  if (typeof script === "string") {
    done(complained(shell, script, USAGE));
    return;
  }
  shell.code = 0;
  shell.run(script, streams, () => done(shell.code));
}
