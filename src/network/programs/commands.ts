import { digProgram, getentProgram, hostProgram, nslookupProgram, pingProgram } from "./dns-clients.ts";
import { curlProgram, wgetProgram } from "./http-clients.ts";
import type { Process, Program } from "./program.ts";
import { catProgram, grepProgram, headProgram, tailProgram, teeProgram, wcProgram } from "./readers.ts";
import { shellProgram } from "./shell.ts";
import { tarProgram } from "./tar.ts";

type Plain = (process: Process, args: readonly string[]) => number;

/** Commands that need no time: their exit code is their result. */
const PLAIN: Readonly<Record<string, Plain>> = {
  true: () => 0,
  ":": () => 0,
  false: () => 1,
  echo: (process, args) => {
    const bare = args[0] === "-n" ? args.slice(1) : args[0] === "-e" ? args.slice(1) : args;
    process.output.stdout(`${bare.join(" ")}${args[0] === "-n" ? "" : "\n"}`);
    return 0;
  },
  printf: (process, [format = "", ...values]) => {
    let at = 0;
    const text = format
      .replace(/%[sd]/g, () => values[at++] ?? "")
      .replaceAll("\\n", "\n")
      .replaceAll("\\t", "\t");
    process.output.stdout(text);
    return 0;
  },
  hostname: (process, args) => {
    process.output.stdout(`${args[0] === "-i" ? process.address : process.hostname}\n`);
    return 0;
  },
  whoami: (process) => printed(process, "root\n"),
  id: (process) => printed(process, "uid=0(root) gid=0(root) groups=0(root)\n"),
  pwd: (process) => printed(process, `${process.container.workingDir ?? "/"}\n`),
  env: (process) => printed(process, [...process.environment].map(([name, value]) => `${name}=${value}\n`).join("")),
  printenv: (process, [name]) => {
    if (name === undefined)
      return printed(process, [...process.environment].map(([key, value]) => `${key}=${value}\n`).join(""));
    const value = process.environment.get(name);
    return value === undefined ? 1 : printed(process, `${value}\n`);
  },
  date: (process, [format]) => printed(process, `${dateText(process.clock.nowMs(), format)}\n`),
  seq: (process, args) => {
    const [from, to] = args.length > 1 ? args.map(Number) : [1, Number(args[0])];
    const numbers = Array.from({ length: Math.max(0, (to ?? 0) - (from ?? 1) + 1) }, (_, index) => (from ?? 1) + index);
    return printed(process, numbers.map((number) => `${number}\n`).join(""));
  },
  touch: (process, args) => {
    for (const path of args) process.files.write(path, process.files.read(path) ?? "");
    return 0;
  },
  rm: (process, args) => {
    const gone = args.filter((arg) => !arg.startsWith("-")).map((path) => process.files.remove(path));
    return gone.every((one) => one) || args.some((arg) => /^-\w*f/.test(arg)) ? 0 : 1;
  },
  test: (process, args) => (holds(process, args) ? 0 : 1),
  "[": (process, args) => (holds(process, args.slice(0, -1)) ? 0 : 1),
  // Packages are all there already: installing them succeeds.
  "apt-get": () => 0,
  apt: () => 0,
  apk: () => 0,
  yum: () => 0,
  mkdir: () => 0,
  sync: () => 0,
};

const PROGRAMS: Readonly<Record<string, Program>> = {
  cat: catProgram,
  grep: grepProgram,
  head: headProgram,
  sh: shellProgram,
  bash: shellProgram,
  ash: shellProgram,
  sleep: sleepProgram,
  tail: tailProgram,
  tar: tarProgram,
  tee: teeProgram,
  wc: wcProgram,
  curl: curlProgram,
  wget: wgetProgram,
  dig: digProgram,
  nslookup: nslookupProgram,
  host: hostProgram,
  getent: getentProgram,
  ping: pingProgram,
  timeout: (process) => process.spawn(process.argv.slice(2), {}, (code) => process.exit(code)),
};

/** The program of a command by its name or path; `undefined` when the container has none of that name. */
export function commandProgram(command: string): Program | undefined {
  const name = command.slice(command.lastIndexOf("/") + 1);
  const plain = Object.hasOwn(PLAIN, name) ? PLAIN[name] : undefined;
  if (plain !== undefined) return (process) => process.exit(plain(process, process.argv.slice(1)));
  return Object.hasOwn(PROGRAMS, name) ? PROGRAMS[name] : undefined;
}

const SUFFIX_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** `sleep N[smhd]…`, `sleep infinity`. As a container's first process it does not hear SIGTERM. */
function sleepProgram(process: Process): void {
  const args = process.argv.slice(1);
  if (args.some((arg) => arg === "infinity" || arg === "inf")) return;
  const parts = args.map((arg) => /^(\d+(?:\.\d+)?)([smhd]?)$/.exec(arg));
  const bad = args.find((_, index) => parts[index] === null);
  if (bad !== undefined || args.length === 0) {
    process.output.stderr(bad === undefined ? "sleep: missing operand\n" : `sleep: invalid time interval '${bad}'\n`);
    process.exit(1);
    return;
  }
  const seconds = parts.reduce((sum, part) => sum + Number(part?.[1]) * (SUFFIX_SECONDS[part?.[2] || "s"] ?? 1), 0);
  process.after(seconds * 1000, () => process.exit(0));
}

function printed(process: Process, text: string): number {
  process.output.stdout(text);
  return 0;
}

function dateText(epochMs: number, format: string | undefined): string {
  if (format === "+%s") return String(Math.floor(epochMs / 1000));
  const [day, date, month, year, time] = new Date(epochMs).toUTCString().replace(",", "").split(" ");
  return `${day} ${month} ${date} ${time} UTC ${year}`;
}

/** Directories every image has, if nothing else is in them. */
const ROOT_DIRECTORIES = /^\/(?:bin|etc|home|mnt|opt|root|srv|tmp|usr|var)?\/?$/;

function holds(process: Process, args: readonly string[]): boolean {
  if (args[0] === "!") return !holds(process, args.slice(1));
  const [left = "", operator, right] = args;
  if (args.length === 1) return left !== "";
  if (args.length === 2) {
    if (left === "-z") return operator === "";
    if (left === "-n") return operator !== "";
    const path = operator ?? "";
    const isFile = process.files.read(path) !== undefined;
    const isDirectory = !isFile && (ROOT_DIRECTORIES.test(path) || process.files.list(path).length > 0);
    return left === "-d" ? isDirectory : isFile || (left === "-e" && isDirectory);
  }
  switch (operator) {
    case "=":
    case "==":
      return left === right;
    case "!=":
      return left !== right;
    case "-eq":
      return Number(left) === Number(right);
    case "-gt":
      return Number(left) > Number(right);
    case "-lt":
      return Number(left) < Number(right);
    default:
      return false;
  }
}
