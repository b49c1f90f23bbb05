import { bytesOfText, textOfBytes } from "../../std/index.ts";
import type { Process } from "./program.ts";

const BLOCK = 512;
const REGULAR = "0";
const HEADER_FIELDS = {
  name: [0, 100],
  size: [124, 12],
  checksum: [148, 8],
  type: [156, 1],
  prefix: [345, 155],
} as const;

type Entry = { readonly path: string; readonly bytes: Uint8Array };

/** `tar cf - [-C DIR] PATH…` and `tar x[m]f - [-C DIR]`: what `kubectl cp` and its like run in a container. */
export function tarProgram(process: Process): void {
  const [mode = "", ...rest] = process.argv.slice(1);
  const directoryAt = rest.indexOf("-C");
  const directory = directoryAt < 0 ? "" : (rest[directoryAt + 1] ?? "");
  const operands = rest.filter((arg, index) => !arg.startsWith("-") && (directoryAt < 0 || index !== directoryAt + 1));
  if (/^-?c/.test(mode)) create(process, operands, directory);
  else if (/^-?x/.test(mode)) extract(process, directory);
  else {
    process.output.stderr("tar: you must specify one of -c, -x\n");
    process.exit(2);
  }
}

function create(process: Process, paths: readonly string[], directory: string): void {
  const within = (directory.startsWith("/") ? directory : `${process.directory}/${directory}`).replace(/\/+$/, "");
  let code = 0;
  const entries = paths.flatMap((path) => {
    const name = path.replace(/^\/+|\/+$/g, "");
    const place = path.startsWith("/") ? `/${name}` : `${within}/${name}`;
    const found = process.files.list(place);
    if (found.length === 0) {
      process.output.stderr(`tar: ${path}: Cannot stat: No such file or directory\n`);
      code = 2;
    }
    return found.map((file) => ({
      path: `${name}${file.slice(place.length)}`,
      bytes: bytesOfText(process.files.read(file) ?? ""),
    }));
  });
  if (entries.length > 0 && paths.some((path) => path.startsWith("/")))
    process.output.stderr("tar: removing leading '/' from member names\n");
  process.output.stdout(textOfBytes(packTar(entries, process.clock.nowMs())));
  process.exit(code);
}

function extract(process: Process, directory: string): void {
  let text = "";
  process.onText((piece) => {
    if (piece !== undefined) {
      text += piece;
      return;
    }
    for (const { path, bytes } of unpackTar(bytesOfText(text)))
      process.files.write(directory === "" ? path : `${directory.replace(/\/$/, "")}/${path}`, textOfBytes(bytes));
    process.exit(0);
  });
}

function packTar(entries: readonly Entry[], nowMs: number): Uint8Array {
  const blocks = entries.flatMap(({ path, bytes }) => [
    header(path, bytes.length, nowMs),
    bytes,
    new Uint8Array(padding(bytes.length)),
  ]);
  return joined([...blocks, new Uint8Array(2 * BLOCK)]);
}

/** A ustar header; a long path is split at a slash into prefix and name. */
function header(path: string, size: number, nowMs: number): Uint8Array {
  const block = new Uint8Array(BLOCK);
  const put = (at: number, text: string): void => block.set(bytesOfText(text), at);
  const cut = path.length <= HEADER_FIELDS.name[1] ? -1 : path.indexOf("/", path.length - HEADER_FIELDS.name[1] - 1);
  put(HEADER_FIELDS.name[0], path.slice(cut + 1).slice(-HEADER_FIELDS.name[1]));
  put(100, "0000644\u00000000000\u00000000000\u0000");
  put(HEADER_FIELDS.size[0], `${octal(size, 11)}\u0000${octal(Math.floor(nowMs / 1000), 11)}\u0000`);
  put(HEADER_FIELDS.checksum[0], "        ");
  put(HEADER_FIELDS.type[0], REGULAR);
  put(257, "ustar\u000000root");
  put(297, "root");
  if (cut > 0) put(HEADER_FIELDS.prefix[0], path.slice(0, cut).slice(0, HEADER_FIELDS.prefix[1]));
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(HEADER_FIELDS.checksum[0], `${octal(sum, 6)}\u0000 `);
  return block;
}

/** Regular files only: directories come about with the files in them, links are left out. */
function unpackTar(bytes: Uint8Array): readonly Entry[] {
  const entries: Entry[] = [];
  for (let at = 0; at + BLOCK <= bytes.length; ) {
    const block = bytes.subarray(at, at + BLOCK);
    const field = ([from, length]: readonly [number, number]): string =>
      textOfBytes(block.subarray(from, from + length)).split("\0", 1)[0] ?? "";
    const name = field(HEADER_FIELDS.name);
    if (name === "") break;
    const size = Number.parseInt(field(HEADER_FIELDS.size).trim() || "0", 8);
    if (!Number.isSafeInteger(size) || size < 0) break;
    const prefix = field(HEADER_FIELDS.prefix);
    const type = field(HEADER_FIELDS.type);
    const content = bytes.slice(at + BLOCK, at + BLOCK + size);
    if (type === REGULAR || type === "")
      entries.push({ path: prefix === "" ? name : `${prefix}/${name}`, bytes: content });
    at += BLOCK + size + padding(size);
  }
  return entries;
}

function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, "0");
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
