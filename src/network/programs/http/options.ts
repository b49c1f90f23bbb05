/** Splits arguments into flags, options with values (`-m 3`, `-m3`, `--max-time=3`) and the rest; `-sS` is `-s -S`. */
export function parseOptions(
  args: readonly string[],
  withValue: ReadonlySet<string>,
): {
  readonly flags: ReadonlySet<string>;
  readonly values: readonly (readonly [string, string])[];
  readonly rest: readonly string[];
} {
  const flags = new Set<string>();
  const values: (readonly [string, string])[] = [];
  const rest: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] as string;
    const equals = arg.indexOf("=");
    if (!arg.startsWith("-") || arg === "-") rest.push(arg);
    else if (withValue.has(arg)) values.push([arg, args[++at] ?? ""]);
    else if (arg.startsWith("--"))
      if (equals > 0 && withValue.has(arg.slice(0, equals))) values.push([arg.slice(0, equals), arg.slice(equals + 1)]);
      else flags.add(arg);
    else at = readCluster(args, at, { withValue, flags, values });
  }
  return { flags, values, rest };
}

/** `NAME: VALUE` as an option states it. */
export function statedHeader(text: string): readonly [name: string, value: string] {
  const colon = text.indexOf(":");
  return [text.slice(0, colon).trim(), text.slice(colon + 1).trim()];
}

/** `-sSm 3`, `-qO-`: letters in a row, the first that takes a value ends it. Returns where reading goes on from. */
function readCluster(
  args: readonly string[],
  at: number,
  into: {
    readonly withValue: ReadonlySet<string>;
    readonly flags: Set<string>;
    readonly values: (readonly [string, string])[];
  },
): number {
  const arg = args[at] as string;
  for (let index = 1; index < arg.length; index++) {
    const flag = `-${arg[index]}`;
    if (!into.withValue.has(flag)) {
      into.flags.add(flag);
      continue;
    }
    const attached = arg.slice(index + 1);
    into.values.push([flag, attached === "" ? (args[at + 1] ?? "") : attached]);
    return attached === "" ? at + 1 : at;
  }
  return at;
}
