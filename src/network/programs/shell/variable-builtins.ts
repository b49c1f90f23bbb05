import type { Builtin } from "./builtins.ts";
import type { Shell } from "./state.ts";

const NAME = /^([A-Za-z_]\w*)(?:=([\s\S]*))?$/;

/** Commands about variables, options and what is read into variables. */
export const variableBuiltins: Readonly<Record<string, Builtin>> = {
  export: (shell, { argv }, done) => done(declare(shell, argv.slice(1), (name) => void shell.exported.add(name))),
  readonly: (shell, { argv }, done) => done(declare(shell, argv.slice(1), (name) => void shell.readonly.add(name))),
  local: (shell, { argv }, done) => {
    const names = argv.slice(1).map((arg) => arg.split("=")[0] as string);
    if (names.every((name) => shell.cover(name))) done(declare(shell, argv.slice(1), () => {}));
    else {
      shell.streams.output.stderr(`${shell.name}: local: not in a function\n`);
      done(1);
    }
  },
  unset: (shell, { argv }, done) => {
    for (const name of argv.slice(1).filter((arg) => !arg.startsWith("-"))) {
      shell.variables.delete(name);
      shell.exported.delete(name);
      shell.functions.delete(name);
    }
    done(0);
  },
  set: (shell, { argv }, done) => done(setOptions(shell, argv.slice(1))),
  shift: (shell, { argv }, done) => {
    const count = Number(argv[1] ?? 1);
    if (count > shell.positional.length) {
      done(1);
      return;
    }
    shell.positional = shell.positional.slice(count);
    done(0);
  },
  read: (shell, { argv, streams }, done) => {
    const names = argv
      .slice(1)
      .filter((arg, index, all) => !arg.startsWith("-") && !/^-[pntd]$/.test(all[index - 1] ?? ""));
    const raw = argv.some((arg) => /^-\w*r/.test(arg));
    const prompt = argv.indexOf("-p");
    if (prompt > 0 && shell.process.tty) streams.output.stderr(argv[prompt + 1] ?? "");
    const take = (line: string | undefined, hasEnd: boolean): void => {
      spread(shell, names.length === 0 ? ["REPLY"] : names, raw ? (line ?? "") : (line ?? "").replace(/\\(.)/g, "$1"));
      done(hasEnd ? 0 : 1);
    };
    if (streams.input === undefined) shell.readOwnLine(take);
    else streams.input.readLine(take);
  },
  getopts: (shell, { argv }, done) => done(nextOption(shell, argv)),
};

function declare(shell: Shell, args: readonly string[], mark: (name: string) => void): number {
  if (args.length === 0 || args[0] === "-p") {
    for (const name of [...shell.exported].sort())
      shell.streams.output.stdout(`export ${name}='${shell.variables.get(name) ?? ""}'\n`);
    return 0;
  }
  for (const arg of args.filter((one) => !one.startsWith("-"))) {
    const [, name, value] = NAME.exec(arg) ?? [];
    if (name === undefined) {
      shell.streams.output.stderr(`${shell.name}: export: ${arg}: bad variable name\n`);
      return 2;
    }
    if (value !== undefined) {
      const problem = shell.assign(name, value);
      if (problem !== undefined) {
        shell.streams.output.stderr(`${shell.name}: ${problem}\n`);
        return 2;
      }
    }
    mark(name);
  }
  return 0;
}

const OPTION_LETTERS: Readonly<Record<string, "errexit" | "nounset" | "xtrace">> = {
  e: "errexit",
  u: "nounset",
  x: "xtrace",
};

/** `set -eux -o pipefail -- ARGUMENTS`. */
function setOptions(shell: Shell, args: readonly string[]): number {
  if (args.length === 0) {
    for (const [name, value] of [...shell.variables].sort(([left], [right]) => (left < right ? -1 : 1)))
      shell.streams.output.stdout(`${name}='${value}'\n`);
    return 0;
  }
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] as string;
    if (arg === "--" || !/^[-+]./.test(arg)) {
      shell.positional = args.slice(arg === "--" ? at + 1 : at);
      return 0;
    }
    const on = arg.startsWith("-");
    for (const letter of arg.slice(1)) {
      const option = OPTION_LETTERS[letter];
      if (option !== undefined) shell.options[option] = on;
      else if (letter === "o") setLongOption(shell, args[++at] ?? "", on);
    }
  }
  return 0;
}

function setLongOption(shell: Shell, name: string, on: boolean): void {
  if (name === "errexit" || name === "nounset" || name === "xtrace" || name === "pipefail") shell.options[name] = on;
}

/** Words of a line into variables, the rest of it into the last. */
function spread(shell: Shell, names: readonly string[], line: string): void {
  const separators = shell.variables.get("IFS") ?? " \t\n";
  const set = separators.replace(/[\\\]^-]/g, "\\$&");
  let rest = set === "" ? line : line.replace(new RegExp(`^[${set}]+|[${set}]+$`, "g"), "");
  for (const [index, name] of names.entries()) {
    const cut = index === names.length - 1 || set === "" ? null : new RegExp(`[${set}]+`).exec(rest);
    shell.assign(name, cut === null ? rest : rest.slice(0, cut.index));
    rest = cut === null ? "" : rest.slice(cut.index + cut[0].length);
  }
}

/** `getopts OPTIONS NAME`: one option of the arguments at a time. */
function nextOption(shell: Shell, [, options = "", name = "opt"]: readonly string[]): number {
  const index = Number(shell.variables.get("OPTIND") ?? 1);
  const arg = shell.positional[index - 1];
  const letter = /^-([A-Za-z0-9])/.exec(arg ?? "")?.[1];
  if (letter === undefined) {
    shell.assign(name, "?");
    return 1;
  }
  const takesValue = options.includes(`${letter}:`);
  const attached = (arg as string).slice(2);
  shell.assign("OPTIND", String(index + (takesValue && attached === "" ? 2 : 1)));
  if (takesValue) shell.assign("OPTARG", attached === "" ? (shell.positional[index] ?? "") : attached);
  shell.assign(name, options.includes(letter) ? letter : "?");
  return 0;
}
