import { echoText, printfText } from "../printing.ts";
import type { Process, Program } from "../program.ts";
import { filesFrom } from "../relative-files.ts";
import { testHolds } from "../shell/test-expression.ts";
import { nameOfId, userOf } from "../user.ts";
import { exprValue } from "./expr.ts";
import type { Plain } from "./files.ts";
import { baseName, complain, readOptions } from "./options.ts";
import { sysctl } from "./sysctl.ts";

const KERNEL = "5.15.0-105-generic";
const TIMED_OUT = 124;
/** All numbers are written at once, so there is an end to how many. */
const SEQUENCE_MAX = 1_000_000;

/** Commands about the container and the process itself. */
export const systemCommands: Readonly<Record<string, Plain>> = {
  true: () => 0,
  false: () => 1,
  ":": () => 0,
  echo: (process, args) => printed(process, echoText(args)),
  printf: (process, [format = "", ...args]) => printed(process, printfText(format, args)),
  hostname: (process, args) =>
    printed(process, `${/^-[iI]/.test(args[0] ?? "") ? process.address : process.hostname}\n`),
  whoami: (process) => {
    const { uid } = userOf(process);
    const name = nameOfId(uid);
    return name === undefined ? complain(process, `unknown uid ${uid}`) : printed(process, `${name}\n`);
  },
  id: (process, args) => printed(process, `${idText(process, readOptions(args).flags)}\n`),
  expr: (process, args) => {
    const value = exprValue(args);
    if (value === undefined) return complain(process, "syntax error", 2);
    printed(process, `${value}\n`);
    return value === "" || value === "0" ? 1 : 0;
  },
  groups: (process) =>
    printed(
      process,
      `${userOf(process)
        .groups.map((id) => nameOfId(id) ?? id)
        .join(" ")}\n`,
    ),
  tty: (process) => (process.tty ? printed(process, "/dev/pts/0\n") : printed(process, "not a tty\n") + 1),
  pwd: (process) => printed(process, `${process.directory}\n`),
  printenv: (process, [name]) => {
    if (name === undefined) return printed(process, environmentText(process.environment));
    const value = process.environment.get(name);
    return value === undefined ? 1 : printed(process, `${value}\n`);
  },
  uname: (process, args) => printed(process, `${unameText(process, args.join(""))}\n`),
  arch: (process) => printed(process, "x86_64\n"),
  nproc: (process) => printed(process, "8\n"),
  date: (process, args) => {
    const { values, operands } = readOptions(args, ["d", "date"]);
    const asked = values.get("d") ?? values.get("date");
    const atMs =
      asked === undefined
        ? process.clock.nowMs()
        : asked.startsWith("@")
          ? Number(asked.slice(1)) * 1000
          : Date.parse(asked);
    if (Number.isNaN(atMs)) return complain(process, `invalid date '${asked}'`);
    return printed(
      process,
      `${dateText(
        atMs,
        operands.find((word) => word.startsWith("+")),
        args.includes("-Iseconds"),
      )}\n`,
    );
  },
  uptime: (process) =>
    printed(
      process,
      ` ${dateText(process.clock.nowMs(), "+%H:%M:%S", false)} up 1 day,  0 users,  load average: 0.00, 0.00, 0.00\n`,
    ),
  ps: (process) => {
    const rows = process
      .processes()
      .map(({ pid, argv }) => `${String(pid).padStart(5)} root      0:00 ${argv.join(" ")}\n`);
    return printed(process, `PID   USER     TIME  COMMAND\n${rows.join("")}`);
  },
  seq: (process, args) => {
    const { values, operands } = readOptions(
      args.map((arg) => (/^-\d/.test(arg) ? ` ${arg}` : arg)),
      ["s"],
    );
    const numbers = operands.map(Number);
    const wrong = operands.find((_, index) => !Number.isFinite(numbers[index]));
    if (wrong !== undefined || numbers.length === 0)
      return complain(process, wrong === undefined ? "missing operand" : `invalid number '${wrong.trim()}'`);
    const [from, step, to] =
      numbers.length === 1 ? [1, 1, numbers[0]] : numbers.length === 2 ? [numbers[0], 1, numbers[1]] : numbers;
    const all: number[] = [];
    const [start = 1, by = 1, end = 0] = [from, step, to];
    if (Math.abs((end - start) / by) > SEQUENCE_MAX) return complain(process, "memory exhausted");
    for (let value = start; by > 0 ? value <= end : value >= end && by < 0; value += by) all.push(value);
    return printed(process, all.length === 0 ? "" : `${all.join(values.get("s") ?? "\n")}\n`);
  },
  which: (process, names) => {
    const missing = names.filter((name) => !process.hasCommand(name));
    printed(
      process,
      names.flatMap((name) => (missing.includes(name) ? [] : [`/usr/bin/${baseName(name)}\n`])).join(""),
    );
    return missing.length === 0 ? 0 : 1;
  },
  test: (process, args) => tested(process, args),
  "[": (process, args) => tested(process, args.slice(0, -1)),
  kill: (process, args) => {
    const signal = args.find((arg) => /^-\w/.test(arg))?.slice(1) ?? "TERM";
    const missing = args.filter((arg) => /^\d+$/.test(arg) && !process.signal(Number(arg), signal));
    return missing.reduce((_, pid) => complain(process, `can't kill pid ${pid}: No such process`), 0);
  },
  sysctl,
  "apt-get": packages,
  apt: packages,
  apk: packages,
  yum: packages,
  dnf: packages,
  clear: () => 0,
  stty: () => 0,
  nohup: () => 0,
};

function printed(process: Process, text: string): number {
  process.output.stdout(text);
  return 0;
}

function idText(process: Process, flags: ReadonlySet<string>): string {
  const { uid, gid, groups } = userOf(process);
  const asked = flags.has("u") ? [uid] : flags.has("g") ? [gid] : flags.has("G") ? groups : undefined;
  if (asked !== undefined) return asked.map((id) => (flags.has("n") ? (nameOfId(id) ?? id) : id)).join(" ");
  const named = (id: number): string => (nameOfId(id) === undefined ? `${id}` : `${id}(${nameOfId(id)})`);
  return `uid=${named(uid)} gid=${named(gid)} groups=${groups.map(named).join(",")}`;
}

function environmentText(environment: ReadonlyMap<string, string>): string {
  return [...environment].map(([name, value]) => `${name}=${value}\n`).join("");
}

function unameText(process: Process, flags: string): string {
  const parts: readonly (readonly [letter: string, text: string])[] = [
    ["s", "Linux"],
    ["n", process.hostname],
    ["r", KERNEL],
    ["v", "#1 SMP"],
    ["m", "x86_64"],
  ];
  if (flags.includes("a")) return [...parts.map(([, text]) => text), "GNU/Linux"].join(" ");
  const wanted = parts.filter(([letter]) => flags.includes(letter)).map(([, text]) => text);
  return wanted.length === 0 ? "Linux" : wanted.join(" ");
}

function tested(process: Process, args: readonly string[]): number {
  const value = testHolds(args, filesFrom(process.files, process.directory));
  return typeof value === "string" ? complain(process, value, 2) : value ? 0 : 1;
}

/** Packages are all there already: installing them succeeds, and says so as apt does. */
function packages(process: Process, args: readonly string[]): number {
  const [verb, ...names] = readOptions(args, ["o", "t"]).operands;
  const name = baseName(process.argv[0] ?? "");
  if (verb === "update") printed(process, name === "apk" ? "OK: available\n" : "Reading package lists... Done\n");
  else if (verb === "install" || verb === "add")
    printed(
      process,
      name === "apk"
        ? `${names.map((one, index) => `(${index + 1}/${names.length}) Installing ${one}\n`).join("")}OK\n`
        : `Reading package lists... Done\nBuilding dependency tree... Done\n${names.map((one) => `Setting up ${one} ...\n`).join("")}`,
    );
  return 0;
}

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = "January February March April May June July August September October November December".split(" ");

/** `date`'s own form, or one asked for with `+`. */
function dateText(epochMs: number, format: string | undefined, iso: boolean): string {
  const date = new Date(epochMs);
  const two = (value: number): string => String(value).padStart(2, "0");
  if (iso) return `${date.toISOString().slice(0, 19)}+00:00`;
  const fields: Readonly<Record<string, string>> = {
    a: (DAYS[date.getUTCDay()] as string).slice(0, 3),
    A: DAYS[date.getUTCDay()] as string,
    b: (MONTHS[date.getUTCMonth()] as string).slice(0, 3),
    B: MONTHS[date.getUTCMonth()] as string,
    d: two(date.getUTCDate()),
    e: String(date.getUTCDate()).padStart(2),
    F: date.toISOString().slice(0, 10),
    H: two(date.getUTCHours()),
    j: String(Math.floor((epochMs - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000) + 1).padStart(3, "0"),
    m: two(date.getUTCMonth() + 1),
    M: two(date.getUTCMinutes()),
    N: `${String(epochMs % 1000).padStart(3, "0")}000000`,
    n: "\n",
    s: String(Math.floor(epochMs / 1000)),
    S: two(date.getUTCSeconds()),
    T: date.toISOString().slice(11, 19),
    u: String(date.getUTCDay() || 7),
    y: two(date.getUTCFullYear() % 100),
    Y: String(date.getUTCFullYear()),
    z: "+0000",
    Z: "UTC",
    "%": "%",
  };
  return (format?.slice(1) ?? "%a %b %e %T UTC %Y").replace(
    /%([a-zA-Z%])/g,
    (whole, letter: string) => fields[letter] ?? whole,
  );
}

const SUFFIX_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** `sleep N[smhd]…`, `sleep infinity`. As a container's first process it does not hear SIGTERM. */
export function sleepProgram(process: Process): void {
  const args = process.argv.slice(1);
  if (args.some((arg) => arg === "infinity" || arg === "inf")) return;
  const parts = args.map(secondsOf);
  const bad = args.find((_, index) => parts[index] === undefined);
  if (bad !== undefined || args.length === 0) {
    process.exit(complain(process, bad === undefined ? "missing operand" : `invalid time interval '${bad}'`));
    return;
  }
  const seconds = parts.reduce<number>((sum, part) => sum + (part ?? 0), 0);
  process.after(seconds * 1000, () => process.exit(0));
}

function secondsOf(text: string): number | undefined {
  const [, digits, unit = "s"] = /^(\d*\.?\d+)([smhd])?$/.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) * (SUFFIX_SECONDS[unit] ?? 1);
}

/** `timeout [-s SIGNAL] [-k TIME] TIME COMMAND…`. */
export function timeoutProgram(process: Process): void {
  const args = process.argv.slice(1);
  let at = 0;
  while (/^-[sk]$/.test(args[at] ?? "") || /^-/.test(args[at] ?? "")) at += /^-[skt]$/.test(args[at] ?? "") ? 2 : 1;
  const seconds = secondsOf(args[at] ?? "");
  if (seconds === undefined || args[at + 1] === undefined) {
    process.exit(complain(process, `invalid time interval '${args[at] ?? ""}'`, 125));
    return;
  }
  let timedOut = false;
  const child = process.spawn(args.slice(at + 1), {}, (code) => process.exit(timedOut ? TIMED_OUT : code));
  if (child === undefined)
    process.exit(complain(process, `can't execute '${args[at + 1]}': No such file or directory`, 127));
  else
    process.after(seconds * 1000, () => {
      timedOut = true;
      child.kill();
    });
}

/** `env [-i] [NAME=VALUE…] [COMMAND…]`. */
export function envProgram(process: Process): void {
  const args = process.argv.slice(1);
  const environment = new Map(args[0] === "-i" ? [] : process.environment);
  let at = args[0] === "-i" ? 1 : 0;
  for (; /^[A-Za-z_]\w*=/.test(args[at] ?? ""); at++) {
    const [name = "", value = ""] = (args[at] as string).split(/=(.*)/s);
    environment.set(name, value);
  }
  const argv = args.slice(at);
  if (argv.length === 0) {
    process.output.stdout(environmentText(environment));
    process.exit(0);
  } else if (process.spawn(argv, { environment }, (code) => process.exit(code)) === undefined)
    process.exit(complain(process, `can't execute '${argv[0]}': No such file or directory`, 127));
}

/** `xargs [-n N] [-I TEXT] [-r] COMMAND…`: a command for the words it reads. */
export const xargsProgram: Program = (process) => {
  const args = process.argv.slice(1);
  let at = 0;
  const values = new Map<string, string>();
  for (; args[at]?.startsWith("-") === true; at++) {
    const arg = args[at] as string;
    if (/^-[nIPdL]/.test(arg)) values.set(arg[1] as string, arg.length > 2 ? arg.slice(2) : (args[++at] ?? ""));
    else values.set(arg.slice(1), "");
  }
  const command = args.slice(at).length === 0 ? ["echo"] : args.slice(at);
  const most = values.get("n") ?? values.get("L");
  if (most !== undefined && !/^[1-9]\d*$/.test(most)) {
    process.exit(complain(process, `invalid number '${most}'`));
    return;
  }
  let text = "";
  process.onText((piece) => {
    if (piece !== undefined) {
      text += piece;
      return;
    }
    const mark = values.get("I");
    const items =
      mark === undefined && !values.has("L")
        ? text.split(/\s+/).filter((word) => word !== "")
        : text.split("\n").filter((line) => line !== "");
    const size = mark !== undefined ? 1 : Number(most ?? Number.POSITIVE_INFINITY);
    const groups: string[][] = [];
    for (let from = 0; from < items.length; from += size) groups.push(items.slice(from, from + size));
    if (groups.length === 0 && mark === undefined && !values.has("r")) groups.push([]);
    runEach(
      process,
      groups.map((group) =>
        mark === undefined ? [...command, ...group] : command.map((word) => word.replaceAll(mark, group[0] ?? "")),
      ),
    );
  });
};

function runEach(process: Process, commands: readonly (readonly string[])[]): void {
  let code = 0;
  const run = (index: number): void => {
    const argv = commands[index];
    if (argv === undefined) {
      process.exit(code);
      return;
    }
    const child = process.spawn(argv, {}, (ended) => {
      if (ended !== 0) code = 123;
      run(index + 1);
    });
    if (child === undefined) process.exit(complain(process, `${argv[0]}: No such file or directory`, 127));
  };
  run(0);
}
