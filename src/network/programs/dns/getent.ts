import type { Process } from "../program.ts";

const NOT_FOUND = 2;
const KINDS = ["STREAM", "DGRAM", "RAW"];

/** `getent hosts NAME…` and `getent ahosts NAME…`: what libc resolves. */
export function getentProgram(process: Process): void {
  const [, database, ...names] = process.argv;
  let code = 0;
  for (const name of names) {
    const found = process.resolve(name);
    if (!found.ok) {
      code = NOT_FOUND;
      continue;
    }
    const owner = found.name.replace(/(?!^)\.$/, "");
    for (const address of found.addresses)
      if (database?.startsWith("ahosts") === true)
        for (const [index, kind] of KINDS.entries())
          process.output.stdout(`${`${address.padEnd(15)} ${kind.padEnd(6)} ${index === 0 ? owner : ""}`.trimEnd()}\n`);
      else process.output.stdout(`${address.padEnd(15)} ${owner}\n`);
  }
  process.exit(names.length === 0 ? NOT_FOUND : code);
}
