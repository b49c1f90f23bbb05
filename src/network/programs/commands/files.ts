import { bytesOfText } from "../../../std/index.ts";
import type { Process } from "../program.ts";
import { absolutePath } from "../relative-files.ts";
import { matchesPattern } from "../shell/patterns.ts";
import { isInMemory } from "../volume-medium.ts";
import { baseName, complain, readOptions } from "./options.ts";

/** A command that needs no time: its code is its result. */
export type Plain = (process: Process, args: readonly string[]) => number;

const FILE_DATE = "Jan  1 00:00";

/** Commands about files and directories. */
export const fileCommands: Readonly<Record<string, Plain>> = {
  ls: list,
  mkdir: (process, args) => {
    const { flags, operands } = readOptions(args, ["m"]);
    let code = 0;
    for (const path of operands) {
      const taken = process.files.isDirectory(path) || process.files.read(path) !== undefined;
      if (taken && !flags.has("p")) code = complain(process, `can't create directory '${path}': File exists`);
      else if (!flags.has("p") && !process.files.isDirectory(parentOf(process, path)))
        code = complain(process, `can't create directory '${path}': No such file or directory`);
      else process.files.makeDirectory(path);
    }
    return code;
  },
  rmdir: (process, args) => {
    let code = 0;
    for (const path of readOptions(args).operands)
      if (process.files.entries(path).length > 0) code = complain(process, `'${path}': Directory not empty`);
      else if (!process.files.removeDirectory(path)) code = complain(process, `'${path}': No such file or directory`);
    return code;
  },
  rm: remove,
  touch: (process, args) => {
    for (const path of readOptions(args, ["t", "d", "r"]).operands)
      if (!process.files.isDirectory(path)) process.files.write(path, process.files.read(path) ?? "");
    return 0;
  },
  cp: (process, args) => copy(process, args, false),
  mv: (process, args) => copy(process, args, true),
  ln: (process, args) => copy(process, args, false),
  chmod: (process, args) => existing(process, readOptions(args).operands.slice(1)),
  chown: (process, args) => existing(process, readOptions(args).operands.slice(1)),
  basename: (process, [path = "", suffix = ""]) => {
    const name = baseName(path);
    return printed(process, `${suffix !== "" && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name}\n`);
  },
  dirname: (process, paths) =>
    printed(process, paths.map((path) => `${/^(.*)\/[^/]*$/.exec(path)?.[1] ?? "."}\n`).join("")),
  readlink: (process, args) =>
    printed(process, `${absolutePath(readOptions(args).operands[0] ?? "", process.directory)}\n`),
  realpath: (process, args) =>
    printed(process, `${absolutePath(readOptions(args).operands[0] ?? "", process.directory)}\n`),
  mktemp: (process, args) => {
    const { flags, values, operands } = readOptions(args, ["p"]);
    const [template = `${values.get("p") ?? "/tmp"}/tmp.XXXXXX`] = operands;
    const random = process.clock.random.stream(`mktemp/${process.cluster}`);
    const path = template.replace(/X+$/, (marks) => random.text(marks.length, "ABCDEFabcdef0123456789"));
    if (flags.has("d")) process.files.makeDirectory(path);
    else if (!flags.has("u")) process.files.write(path, "");
    return printed(process, `${path}\n`);
  },
  find,
  stat: (process, args) => {
    const { operands, values } = readOptions(args, ["c"]);
    const [path = ""] = operands;
    const text = process.files.read(path);
    if (text === undefined && !process.files.isDirectory(path))
      return complain(process, `can't stat '${path}': No such file or directory`);
    const size = text === undefined ? 4096 : bytesOfText(text).length;
    const told: Readonly<Record<string, string>> = {
      F: text === undefined ? "directory" : "regular file",
      a: text === undefined ? "755" : "644",
      n: path,
      s: String(size),
    };
    const format = values.get("c");
    if (format !== undefined)
      return printed(process, `${format.replace(/%([Fans])/g, (_, letter: string) => told[letter] ?? "")}\n`);
    return printed(process, `  File: ${path}\n  Size: ${size}\n`);
  },
  du: (process, args) => {
    const [path = "."] = readOptions(args).operands;
    const bytes = process.files.list(path).reduce((sum, file) => sum + (process.files.read(file) ?? "").length, 0);
    return printed(process, `${Math.ceil(bytes / 1024)}\t${path}\n`);
  },
  df: (process) =>
    printed(
      process,
      "Filesystem           1K-blocks      Used Available Use% Mounted on\noverlay              104857600  10485760  94371840  10% /\n",
    ),
  mount: (process, args) => {
    const { values, operands } = readOptions(args, ["t"]);
    if (operands.length > 0) return complain(process, "permission denied (are you root?)");
    const type = values.get("t");
    const shown = mountsOf(process).filter((mount) => type === undefined || mount.type === type);
    return printed(
      process,
      shown.map(({ what, at, type, how }) => `${what} on ${at} type ${type} (${how})\n`).join(""),
    );
  },
  sync: () => 0,
};

type Mounted = { readonly what: string; readonly at: string; readonly type: string; readonly how: string };

const SYSTEM_MOUNTS: readonly Mounted[] = [
  { what: "overlay", at: "/", type: "overlay", how: "rw,relatime" },
  { what: "proc", at: "/proc", type: "proc", how: "rw,nosuid,nodev,noexec,relatime" },
  { what: "tmpfs", at: "/dev", type: "tmpfs", how: "rw,nosuid,size=65536k,mode=755" },
  { what: "sysfs", at: "/sys", type: "sysfs", how: "ro,nosuid,nodev,noexec,relatime" },
  { what: "cgroup", at: "/sys/fs/cgroup", type: "cgroup2", how: "ro,nosuid,nodev,noexec,relatime" },
];

/** What is mounted in a container. */
function mountsOf({ pod, container }: Process): readonly Mounted[] {
  const volumes = (container.volumeMounts ?? []).map(({ name, mountPath, readOnly }): Mounted => {
    const volume = pod.spec.volumes?.find((each) => each.name === name);
    const how = readOnly === true ? "ro,relatime" : "rw,relatime";
    return isInMemory(volume)
      ? { what: "tmpfs", at: mountPath, type: "tmpfs", how }
      : { what: "/dev/vda1", at: mountPath, type: "ext4", how };
  });
  return [...SYSTEM_MOUNTS, ...volumes];
}

function printed(process: Process, text: string): number {
  process.output.stdout(text);
  return 0;
}

function parentOf(process: Process, path: string): string {
  return absolutePath(path, process.directory).replace(/\/[^/]*$/, "") || "/";
}

function existing(process: Process, paths: readonly string[]): number {
  const missing = paths.filter((path) => process.files.read(path) === undefined && !process.files.isDirectory(path));
  return missing.reduce((_, path) => complain(process, `${path}: No such file or directory`), 0);
}

function list(process: Process, args: readonly string[]): number {
  const { flags, operands } = readOptions(args);
  const paths = operands.length === 0 ? ["."] : operands;
  let code = 0;
  const blocks: string[] = [];
  const lineOf = (path: string, name: string): string => {
    if (!flags.has("l")) return `${name}\n`;
    const text = process.files.read(path);
    const size = text === undefined ? 4096 : Buffer.byteLength(text);
    const mode = text === undefined ? "drwxr-xr-x    2" : "-rw-r--r--    1";
    return `${mode} root     root     ${String(size).padStart(9)} ${FILE_DATE} ${name}\n`;
  };
  for (const path of paths) {
    if (process.files.read(path) !== undefined || (flags.has("d") && process.files.isDirectory(path)))
      blocks.push(lineOf(path, path));
    else if (!process.files.isDirectory(path)) code = complain(process, `${path}: No such file or directory`);
    else {
      const names = process.files
        .entries(path)
        .filter((name) => !name.startsWith(".") || flags.has("a") || flags.has("A"));
      const lines = [...(flags.has("a") ? [".", ".."] : []), ...names]
        .map((name) => lineOf(`${path}/${name}`, name))
        .join("");
      const total = flags.has("l") ? `total ${names.length * 4}\n` : "";
      blocks.push(`${paths.length > 1 ? `${path}:\n` : ""}${total}${lines}`);
    }
  }
  process.output.stdout(blocks.join(paths.length > 1 ? "\n" : ""));
  return code;
}

function remove(process: Process, args: readonly string[]): number {
  const { flags, operands } = readOptions(args);
  const [recursive, forced] = [flags.has("r") || flags.has("R"), flags.has("f")];
  let code = 0;
  for (const path of operands) {
    if (process.files.remove(path)) continue;
    if (!process.files.isDirectory(path)) {
      if (!forced) code = complain(process, `can't remove '${path}': No such file or directory`);
    } else if (recursive) {
      for (const file of process.files.list(path)) process.files.remove(file);
      process.files.removeDirectory(path);
    } else code = complain(process, `'${path}' is a directory`);
  }
  return code;
}

function copy(process: Process, args: readonly string[], moves: boolean): number {
  const { flags, operands } = readOptions(args);
  const target = operands.at(-1);
  if (operands.length < 2 || target === undefined) return complain(process, "missing file operand");
  let code = 0;
  for (const source of operands.slice(0, -1)) {
    const place = process.files.isDirectory(target) ? `${target.replace(/\/$/, "")}/${baseName(source)}` : target;
    const text = process.files.read(source);
    if (text !== undefined) {
      process.files.write(place, text);
      if (moves) process.files.remove(source);
    } else if (!process.files.isDirectory(source))
      code = complain(process, `can't stat '${source}': No such file or directory`);
    else if (!moves && !flags.has("r") && !flags.has("R") && !flags.has("a"))
      code = complain(process, `omitting directory '${source}'`);
    else {
      const base = absolutePath(source, process.directory);
      process.files.makeDirectory(place);
      for (const file of process.files.list(source)) {
        process.files.write(`${place}${file.slice(base.length)}`, process.files.read(file) ?? "");
        if (moves) process.files.remove(file);
      }
      if (moves) process.files.removeDirectory(source);
    }
  }
  return code;
}

/** `find [PATH] [-name PATTERN] [-type f|d]`. */
function find(process: Process, args: readonly string[]): number {
  const top = args[0]?.startsWith("-") === false ? args[0] : ".";
  const valueOf = (option: string): string | undefined =>
    args.includes(option) ? args[args.indexOf(option) + 1] : undefined;
  const [pattern, type] = [valueOf("-name"), valueOf("-type")];
  const base = absolutePath(top, process.directory).replace(/\/$/, "");
  const files = process.files.list(top);
  if (files.length === 0 && !process.files.isDirectory(top))
    return complain(process, `${top}: No such file or directory`);
  const found = new Map<string, "f" | "d">([[base, files.includes(base) ? "f" : "d"]]);
  for (const file of files) {
    for (let end = file.indexOf("/", base.length + 1); end > 0; end = file.indexOf("/", end + 1))
      found.set(file.slice(0, end), "d");
    found.set(file, "f");
  }
  const shown = [...found]
    .filter(
      ([path, kind]) =>
        (type === undefined || kind === type) && (pattern === undefined || matchesPattern(pattern, baseName(path))),
    )
    .map(([path]) => `${top.replace(/\/$/, "")}${path.slice(base.length)}`)
    .sort();
  return printed(process, shown.map((path) => `${path}\n`).join(""));
}
