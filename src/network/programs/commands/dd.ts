import { bytesOfText, textOfBytes } from "../../../std/index.ts";
import type { Process } from "../program.ts";
import { complain } from "./options.ts";
import { allText } from "./sources.ts";

const BLOCK = 512;
/** What one command may copy, in bytes. */
const COPIED_MAX = 16 << 20;
const UNITS: Readonly<Record<string, number>> = { "": 1, c: 1, w: 2, b: 512, k: 1024, K: 1024, M: 1 << 20, G: 1 << 30 };

/** `dd [if=FILE] [of=FILE] [bs=N] [count=N] [skip=N] [seek=N] [conv=notrunc] [oflag=append] [status=none]`. */
export function ddProgram(process: Process): void {
  const operands = new Map(process.argv.slice(1).map((word) => pairOf(word)));
  const from = operands.get("if");
  const copy = copyOf(operands);
  const endless = ENDLESS.get(from ?? "");
  const refuse = (why: string): void => process.exit(complain(process, why));
  if (typeof copy === "string") refuse(copy);
  else if (copy.seek * copy.bs > COPIED_MAX) refuse("error writing: No space left on device");
  else if (endless !== undefined) {
    const size = copy.bs * (copy.count ?? Number.POSITIVE_INFINITY);
    if (size > COPIED_MAX) refuse("error writing: No space left on device");
    else process.exit(written(process, operands, { copy: { ...copy, skip: 0 }, bytes: endless(process, size) }));
  } else if (from !== undefined && from !== "/dev/null" && process.files.read(from) === undefined)
    refuse(`can't open '${from}': No such file or directory`);
  else
    allText(process, from === undefined ? [] : [from], (text) =>
      written(process, operands, { copy, bytes: Buffer.from(bytesOfText(text)) }),
    );
}

/** What is to be copied, or in a text what is wrong with how it is said. */
function copyOf(operands: ReadonlyMap<string, string>): Copy | string {
  for (const name of operands.keys()) if (!KNOWN.has(name)) return `unrecognized operand '${name}'`;
  for (const name of NUMBERS)
    if (Number.isNaN(sizeOf(operands.get(name)))) return `invalid number '${operands.get(name)}'`;
  const [bs = BLOCK, count, skip = 0, seek = 0] = NUMBERS.map((name) => sizeOf(operands.get(name)));
  if (bs === 0) return `invalid number '${operands.get("bs")}'`;
  return { bs, skip, seek, ...(count === undefined ? {} : { count }) };
}

type Copy = { readonly bs: number; readonly count?: number; readonly skip: number; readonly seek: number };

const NUMBERS = ["bs", "count", "skip", "seek"] as const;
const KNOWN: ReadonlySet<string> = new Set(["if", "of", "conv", "iflag", "oflag", "status", ...NUMBERS]);
/** Devices that have no end. */
const ENDLESS: ReadonlyMap<string, (process: Process, size: number) => Buffer> = new Map([
  ["/dev/zero", (_process, size) => Buffer.alloc(size)],
  ["/dev/random", randomBytes],
  ["/dev/urandom", randomBytes],
]);

function randomBytes(process: Process, size: number): Buffer {
  const chance = process.clock.random.stream(`dd/${process.cluster}`);
  return Buffer.from(Array.from({ length: size }, () => chance.below(256)));
}

function written(
  process: Process,
  operands: ReadonlyMap<string, string>,
  { copy, bytes }: { readonly copy: Copy; readonly bytes: Buffer },
): number {
  const { bs, count, skip, seek } = copy;
  const part = bytes.subarray(skip * bs, count === undefined ? undefined : (skip + count) * bs);
  const to = operands.get("of");
  if (to === undefined) process.output.stdout(textOfBytes(part));
  else if (to !== "/dev/null") {
    const before = Buffer.from(bytesOfText(process.files.read(to) ?? ""));
    const isAppended = operands.get("oflag") === "append";
    const at = isAppended ? before.length : seek * bs;
    const head = Buffer.alloc(at);
    before.copy(head);
    const keepsRest = isAppended || operands.get("conv")?.split(",").includes("notrunc") === true;
    const rest = keepsRest ? before.subarray(at + part.length) : Buffer.alloc(0);
    process.files.write(to, textOfBytes(Buffer.concat([head, part, rest])));
  }
  const told = `${Math.floor(part.length / bs)}+${part.length % bs === 0 ? 0 : 1} records`;
  if (operands.get("status") !== "none") process.output.stderr(`${told} in\n${told} out\n`);
  return 0;
}

function pairOf(word: string): readonly [string, string] {
  const at = word.indexOf("=");
  return at < 0 ? [word, ""] : [word.slice(0, at), word.slice(at + 1)];
}

/** A number with a unit; `NaN` for anything else, as for one too large to count with. */
function sizeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d+)([cwbkKMG]?)$/.exec(text);
  const size = match === null ? Number.NaN : Number(match[1]) * (UNITS[match[2] ?? ""] as number);
  return Number.isSafeInteger(size) ? size : Number.NaN;
}
