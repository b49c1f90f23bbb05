import type { Process } from "../program.ts";

/** Arguments taken apart: letters that stand alone, options with a value, and the rest. */
export type Options = {
  readonly flags: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, string>;
  readonly operands: readonly string[];
};

/** Reads `-abc`, `-n 3`, `-n3`, `--name=value`; `withValue` names the options that take one (`n`, `name`). */
export function readOptions(args: readonly string[], withValue: readonly string[] = []): Options {
  const takesValue = new Set(withValue);
  const flags = new Set<string>();
  const values = new Map<string, string>();
  const operands: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] as string;
    if (arg === "--") {
      operands.push(...args.slice(at + 1));
      break;
    }
    if (!arg.startsWith("-") || arg === "-") operands.push(arg);
    else if (arg.startsWith("--")) {
      const [name = "", value] = arg.slice(2).split(/=(.*)/s);
      if (value !== undefined) values.set(name, value);
      else if (takesValue.has(name)) values.set(name, args[++at] ?? "");
      else flags.add(name);
    } else
      for (let index = 1; index < arg.length; index++) {
        const letter = arg[index] as string;
        if (!takesValue.has(letter)) {
          flags.add(letter);
          continue;
        }
        const attached = arg.slice(index + 1);
        values.set(letter, attached === "" ? (args[++at] ?? "") : attached);
        break;
      }
  }
  return { flags, values, operands };
}

/** Says what is wrong, as `NAME: message`, and gives the code to end with. */
export function complain(process: Process, message: string, code = 1): number {
  process.output.stderr(`${baseName(process.argv[0] ?? "")}: ${message}\n`);
  return code;
}

/** The last label of a path. */
export function baseName(path: string): string {
  return path.replace(/\/+$/, "").split("/").at(-1) ?? path;
}
