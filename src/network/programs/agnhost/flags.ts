/** Arguments as cobra reads them: `--name=value`, `--name value`, `-n value`; those named in `switches` need no value. */
export type Flags = {
  readonly text: (name: string, otherwise: string) => string;
  readonly number: (name: string, otherwise: number) => number;
  readonly is: (name: string, otherwise?: boolean) => boolean;
  readonly operands: readonly string[];
};

export function readFlags(args: readonly string[], switches: readonly string[] = []): Flags {
  const values = new Map<string, string>();
  const operands: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] as string;
    const [, name, value] = /^--?([a-zA-Z][^=]*)(?:=(.*))?$/s.exec(arg) ?? [];
    if (name === undefined) operands.push(arg);
    else if (value !== undefined) values.set(name, value);
    else values.set(name, switches.includes(name) ? "true" : (args[++at] ?? ""));
  }
  return {
    text: (name, otherwise) => values.get(name) ?? otherwise,
    number: (name, otherwise) => (values.has(name) ? Number(values.get(name)) : otherwise),
    is: (name, otherwise = false) => (values.has(name) ? values.get(name) === "true" : otherwise),
    operands,
  };
}
