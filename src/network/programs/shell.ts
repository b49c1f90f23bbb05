import type { Output, Process } from "./program.ts";
import {
  type Command,
  type ForCommand,
  type LoopCommand,
  type Pipeline,
  parseScript,
  type Script,
  type SimpleCommand,
  type Word,
} from "./shell-syntax.ts";

/** The state of one shell: variables, and how the last command ended. */
type Shell = { readonly process: Process; readonly variables: Map<string, string>; code: number; exiting: boolean };
type Done = () => void;
type Streams = { readonly output: Output; readonly input?: string };

const SYNTAX_ERROR = 2;
/** A loop that takes no time gives the rest of the world a turn this often, and time moves a little. */
const BUSY_LOOP_PAUSE_MS = 1;

/** `sh`, `bash`: runs `-c SCRIPT`, a script file, or the lines of its standard input one by one. */
export function shellProgram(process: Process): void {
  const shell: Shell = { process, variables: new Map(process.environment), code: 0, exiting: false };
  const args = process.argv.slice(1);
  const optionAt = args.findIndex((arg) => /^-[a-z]*c$/.test(arg));
  const script = optionAt >= 0 ? args[optionAt + 1] : readScriptFile(process, args);
  if (script === undefined) interact(shell);
  else runText(shell, script, () => process.exit(shell.code));
}

function readScriptFile(process: Process, args: readonly string[]): string | undefined {
  const file = args.find((arg) => !arg.startsWith("-"));
  return file === undefined ? undefined : (process.files.read(file) ?? "exit 127");
}

function interact(shell: Shell): void {
  const { process } = shell;
  const prompt = process.tty ? `root@${process.hostname}:/# ` : "";
  const lines: (string | undefined)[] = [];
  let busy = false;
  const next = (): void => {
    if (busy || lines.length === 0) return;
    const line = lines.shift();
    if (line === undefined || shell.exiting) {
      process.exit(shell.code);
      return;
    }
    busy = true;
    runText(shell, line, () => {
      busy = false;
      if (shell.exiting) process.exit(shell.code);
      else {
        if (prompt !== "") process.output.stdout(prompt);
        next();
      }
    });
  };
  if (prompt !== "") process.output.stdout(prompt);
  process.onInterrupt(() => process.output.stdout(prompt));
  process.onInput((line) => {
    lines.push(line);
    next();
  });
}

function runText(shell: Shell, text: string, done: Done): void {
  const script = parseScript(text);
  if (typeof script !== "string") {
    runScript(shell, script, { output: shell.process.output }, done);
    return;
  }
  shell.process.output.stderr(`sh: ${script}\n`);
  shell.code = SYNTAX_ERROR;
  done();
}

function runScript(shell: Shell, script: Script, streams: Streams, done: Done, at: number = 0): void {
  for (let index = at; index < script.length && !shell.exiting; index++) {
    const step = script[index] as Script[number];
    if (step.when === "&&" && shell.code !== 0) continue;
    if (step.when === "||" && shell.code === 0) continue;
    let finished = false;
    let waiting = false;
    runPipeline(shell, step.pipeline, streams, () => {
      finished = true;
      if (waiting) runScript(shell, script, streams, done, index + 1);
    });
    if (!finished) {
      waiting = true;
      return;
    }
  }
  done();
}

/** Each command's output is the next one's input, handed over whole when it ends; a last reader unknown here lets it through. */
function runPipeline(shell: Shell, pipeline: Pipeline, streams: Streams, done: Done): void {
  const [first, ...rest] = pipeline;
  if (first === undefined) done();
  else if (rest.length === 0 || !readsInput(shell, rest[0] as Command)) runCommand(shell, first, streams, done);
  else {
    let text = "";
    const keep = (piece: string): void => {
      text += piece;
    };
    const output = { ...streams.output, stdout: keep };
    runCommand(shell, first, { ...streams, output }, () => runPipeline(shell, rest, { ...streams, input: text }, done));
  }
}

const READERS: ReadonlySet<string> = new Set(["cat", "grep", "head", "tail", "wc", "sh", "bash", "tee", "sort"]);

function readsInput(shell: Shell, command: Command): boolean {
  return command.kind === "simple" && READERS.has(expandWords(shell, command.words.slice(0, 1))[0] ?? "");
}

function runCommand(shell: Shell, command: Command, streams: Streams, done: Done): void {
  switch (command.kind) {
    case "simple":
      runSimple(shell, command, streams, done);
      break;
    case "loop":
      runLoop(shell, command, streams, done);
      break;
    case "for":
      runFor(shell, { command, values: expandWords(shell, command.words), streams }, done);
      break;
    case "if":
      runScript(shell, command.test, streams, () =>
        runScript(shell, shell.code === 0 ? command.then : command.else, streams, done),
      );
  }
}

function runLoop(shell: Shell, command: LoopCommand, streams: Streams, done: Done): void {
  const startMs = shell.process.clock.nowMs();
  runScript(shell, command.while, streams, () => {
    if (shell.exiting || (shell.code === 0) === command.until) {
      done();
      return;
    }
    runScript(shell, command.body, streams, () => {
      if (shell.exiting) done();
      else if (shell.process.clock.nowMs() > startMs) runLoop(shell, command, streams, done);
      else shell.process.after(BUSY_LOOP_PAUSE_MS, () => runLoop(shell, command, streams, done));
    });
  });
}

function runFor(
  shell: Shell,
  loop: { readonly command: ForCommand; readonly values: readonly string[]; readonly streams: Streams },
  done: Done,
): void {
  const [value, ...values] = loop.values;
  if (value === undefined || shell.exiting) {
    done();
    return;
  }
  shell.variables.set(loop.command.name, value);
  runScript(shell, loop.command.body, loop.streams, () => runFor(shell, { ...loop, values }, done));
}

function runSimple(shell: Shell, command: SimpleCommand, streams: Streams, done: Done): void {
  const argv = expandWords(shell, command.words);
  while (argv[0] !== undefined && /^[A-Za-z_]\w*=/.test(argv[0])) assign(shell, argv.shift() as string);
  const finish = (code: number): void => {
    shell.code = code;
    done();
  };
  const [name] = argv;
  const output = redirected(shell, command, streams.output);
  if (name === undefined) finish(0);
  else if (name === "exit") {
    shell.exiting = true;
    finish(Number(argv[1] ?? shell.code) & 0xff);
  } else if (name === "export") {
    for (const assignment of argv.slice(1)) if (assignment.includes("=")) assign(shell, assignment);
    finish(0);
  } else if (name === "exec" && argv.length > 1) {
    shell.process.spawn(argv.slice(1), { output, environment: shell.variables }, (code) => {
      shell.exiting = true;
      finish(code);
    });
  } else if (["cd", "set", "trap", "wait", "ulimit", "umask"].includes(name)) finish(0);
  else {
    const input = streams.input === undefined ? {} : { input: streams.input };
    shell.process.spawn(argv, { output, environment: shell.variables, ...input }, finish);
  }
}

/** The file is emptied when the command starts and written as it goes, as a real shell does. */
function redirected(shell: Shell, command: SimpleCommand, output: Output): Output {
  let result = output;
  for (const redirect of command.redirects) {
    const path = expandWord(shell, redirect.to);
    const { files } = shell.process;
    const duplicated = path === "/dev/stdout" ? result.stdout : path === "/dev/stderr" ? result.stderr : undefined;
    if (duplicated !== undefined) {
      result = { ...result, [redirect.stream]: duplicated };
      continue;
    }
    if (!redirect.append) files.write(path, "");
    const write = (text: string): void => {
      if (path !== "/dev/null") files.write(path, (files.read(path) ?? "") + text);
    };
    result = { ...result, [redirect.stream]: write };
  }
  return result;
}

function assign(shell: Shell, assignment: string): void {
  const equals = assignment.indexOf("=");
  shell.variables.set(assignment.slice(0, equals), assignment.slice(equals + 1));
}

/** An unquoted word that holds a variable is split at blanks, and vanishes when empty. */
function expandWords(shell: Shell, words: readonly Word[]): string[] {
  return words.flatMap((word) => {
    const text = expandWord(shell, word);
    const [part] = word;
    const splits = word.length === 1 && part !== undefined && !part.quoted && part.text.includes("$");
    return splits ? text.split(/\s+/).filter((piece) => piece !== "") : [text];
  });
}

function expandWord(shell: Shell, word: Word): string {
  return word.map((part) => (part.expand ? expandVariables(shell, part.text) : part.text)).join("");
}

function expandVariables(shell: Shell, text: string): string {
  return text.replace(
    /\\\$|\$\((seq|date|hostname)([^)]*)\)|\$(?:\{(\w+)(?::-([^}]*))?\}|(\w+|\?))/g,
    (whole, command?: string, args?: string, braced?: string, fallback?: string, bare?: string) => {
      if (whole === "\\$") return "$";
      if (command !== undefined) return substitute(shell, command, args ?? "");
      const name = braced ?? bare ?? "";
      if (name === "?") return String(shell.code);
      return shell.variables.get(name) ?? fallback ?? "";
    },
  );
}

/** The substitutions that take no time: `$(seq N)`, `$(date)`, `$(hostname)`. */
function substitute(shell: Shell, command: string, args: string): string {
  if (command === "hostname") return shell.process.hostname;
  let text = "";
  const keep = (piece: string): void => {
    text += piece;
  };
  const output = { stdout: keep, stderr: () => {} };
  shell.process.spawn(
    [
      command,
      ...args
        .trim()
        .split(/\s+/)
        .filter((arg) => arg !== ""),
    ],
    { output },
    () => {},
  );
  return text.replace(/\n+$/, "");
}
