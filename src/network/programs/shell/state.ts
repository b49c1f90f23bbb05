import type { Output, Process } from "../program.ts";
import { TextPipe } from "../text-pipe.ts";
import type { Command, Script } from "./syntax.ts";

/** Where a command reads and writes; without an input of its own it reads what the shell itself would. */
export type Streams = { readonly input: TextPipe | undefined; readonly output: Output };

/** Hands over a line, and whether it had an end; `undefined` when there is none. */
type TakeLine = (use: (line: string | undefined, hasEnd: boolean) => void) => void;

/** What makes commands be left out: the shell ends, a function returns, a loop is left. */
export type Leaving =
  | { readonly kind: "exit" | "return" }
  | { readonly kind: "break" | "continue"; readonly loops: number };

/** A command that runs beside the shell. */
export type Job = {
  readonly id: number;
  code: number | undefined;
  readonly kill: () => void;
  readonly waiting: (() => void)[];
};

/** How a program is started. */
export type ProgramStart = {
  readonly assignments?: readonly (readonly [name: string, value: string])[];
  readonly streams: Streams;
};

/** What runs commands: the interpreter, for those of the shell's own commands that run others. */
export type Engine = {
  readonly run: (shell: Shell, script: Script, streams: Streams, done: () => void) => void;
  readonly runProgram: (shell: Shell, argv: readonly string[], how: ProgramStart, done: () => void) => void;
};

const ERROR = 2;

type Options = { errexit: boolean; nounset: boolean; xtrace: boolean; pipefail: boolean };

/** One shell, or a copy of it in parentheses, behind a pipe or in the background. */
export class Shell {
  readonly process: Process;
  readonly #engine: Engine;
  readonly variables: Map<string, string>;
  readonly exported: Set<string>;
  readonly readonly: Set<string>;
  readonly functions: Map<string, Command>;
  readonly traps: Map<string, string>;
  readonly options: Options;
  readonly jobs: Job[];
  name: string;
  positional: readonly string[];
  directory: string;
  code = 0;
  leaving: Leaving | undefined;
  /** Whether a failure here is looked at, so that `set -e` lets it pass. */
  tested = 0;
  loops = 0;
  /** Where the command at work reads and writes. */
  streams: Streams;
  /** Where commands read and write unless told otherwise; `exec` changes it. */
  ownStreams: Streams;
  /** What the shell itself reads, once it has begun to read it line by line; one for all copies of a shell. */
  readonly own: { input: TextPipe | undefined; takeLine: TakeLine | undefined };
  /** Ends the command at work. */
  killCurrent: (() => void) | undefined;
  /** Ends a `wait`, as a signal does. */
  interruptWait: (() => void) | undefined;
  lastJob: number | undefined;
  startMs: number;
  /** What variables were before the function at work made them its own. */
  #covered: Map<string, string | undefined> | undefined;

  constructor(process: Process, engine: Engine, from?: Shell) {
    this.process = process;
    this.#engine = engine;
    this.variables = new Map(from?.variables ?? process.environment);
    this.exported = new Set(from?.exported ?? process.environment.keys());
    this.readonly = new Set(from?.readonly);
    this.functions = new Map(from?.functions);
    this.traps = new Map();
    this.options = { errexit: false, nounset: false, xtrace: false, pipefail: false, ...from?.options };
    this.jobs = from?.jobs ?? [];
    this.name = from?.name ?? process.argv[0] ?? "sh";
    this.positional = from?.positional ?? [];
    this.directory = from?.directory ?? process.directory;
    this.code = from?.code ?? 0;
    this.tested = from?.tested ?? 0;
    this.lastJob = from?.lastJob;
    this.startMs = process.clock.nowMs();
    this.ownStreams = from?.ownStreams ?? { input: undefined, output: process.output };
    this.streams = from?.streams ?? this.ownStreams;
    this.own = from?.own ?? { input: undefined, takeLine: undefined };
    this.variables.set("PWD", this.directory);
    if (!this.variables.has("HOME")) this.variables.set("HOME", "/root");
  }

  /** Takes a line of what the shell itself reads. */
  readOwnLine(use: Parameters<TakeLine>[0]): void {
    if (this.own.takeLine !== undefined) {
      this.own.takeLine(use);
      return;
    }
    this.own.input ??= ownInput(this.process);
    this.own.input.readLine(use);
  }

  /** A copy whose changes stay its own. */
  fork(): Shell {
    return new Shell(this.process, this.#engine, this);
  }

  /** Runs a script in this shell. */
  run(script: Script, streams: Streams, done: () => void): void {
    this.#engine.run(this, script, streams, done);
  }

  /** Runs a program as a child. */
  runProgram(argv: readonly string[], how: ProgramStart, done: () => void): void {
    this.#engine.runProgram(this, argv, how, done);
  }

  /** Reports an error of the shell's own, and ends it: no shell goes on after one in a script. */
  fail(message: string): void {
    this.streams.output.stderr(`${this.name}: ${message}\n`);
    this.code = ERROR;
    this.leaving = { kind: "exit" };
  }

  /** What a command finds in its environment. */
  environment(more: readonly (readonly [string, string])[] = []): ReadonlyMap<string, string> {
    const environment = new Map<string, string>();
    for (const name of this.exported) {
      const value = this.variables.get(name);
      if (value !== undefined) environment.set(name, value);
    }
    for (const [name, value] of more) environment.set(name, value);
    return environment;
  }

  /** Begins a function with arguments of its own; the returned function ends it and gives back what `local` covered. */
  enterFunction(positional: readonly string[]): () => void {
    const before = { positional: this.positional, covered: this.#covered };
    const covered = new Map<string, string | undefined>();
    this.positional = positional;
    this.#covered = covered;
    return () => {
      for (const [name, value] of covered)
        if (value === undefined) this.variables.delete(name);
        else this.variables.set(name, value);
      this.positional = before.positional;
      this.#covered = before.covered;
    };
  }

  /** Remembers a variable until the function at work ends; false outside of functions. */
  cover(name: string): boolean {
    if (this.#covered === undefined) return false;
    if (!this.#covered.has(name)) this.#covered.set(name, this.variables.get(name));
    return true;
  }

  /** Sets a variable; a text says why it cannot be. */
  assign(name: string, value: string): string | undefined {
    if (this.readonly.has(name)) return `${name}: is read only`;
    this.variables.set(name, value);
    return undefined;
  }

  /** The value of a variable or of `$?` and its like; `undefined` when it is not set. */
  parameter(name: string): string | undefined {
    if (/^\d+$/.test(name)) return name === "0" ? this.name : this.positional[Number(name) - 1];
    switch (name) {
      case "?":
        return String(this.code);
      case "#":
        return String(this.positional.length);
      case "@":
      case "*":
        return this.positional.join(" ");
      case "$":
        return String(this.process.pid);
      case "!":
        return this.lastJob === undefined ? undefined : String(this.lastJob);
      case "-":
        return `${this.options.errexit ? "e" : ""}${this.options.nounset ? "u" : ""}${this.options.xtrace ? "x" : ""}`;
      case "RANDOM":
        return String(this.process.clock.random.stream(`shell/${this.process.cluster}`).below(32_768));
      case "SECONDS":
        return String(Math.floor((this.process.clock.nowMs() - this.startMs) / 1000));
      default:
        return this.variables.get(name);
    }
  }
}

/** The standard input of a process as a pipe: a `read` takes a line and leaves the rest. */
function ownInput(process: Process): TextPipe {
  const pipe = new TextPipe();
  process.onText((text) => {
    if (text === undefined) pipe.close();
    else pipe.write(text);
  });
  return pipe;
}

/** What a command line sets before its words. */
export type Assigned = readonly (readonly [name: string, value: string])[];

/** Sets variables for one command; the returned function takes that back. */
export function assignFor(shell: Shell, assignments: Assigned): () => void {
  const before = assignments.map(([name]) => [name, shell.variables.get(name)] as const);
  for (const [name, value] of assignments) shell.assign(name, value);
  return () => {
    for (const [name, value] of before)
      if (value === undefined) shell.variables.delete(name);
      else shell.variables.set(name, value);
  };
}
