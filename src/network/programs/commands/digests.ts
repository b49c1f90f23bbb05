import { createHash } from "node:crypto";
import { bytesOfText } from "../../../std/index.ts";
import type { Program } from "../program.ts";
import { readOptions } from "./options.ts";
import { eachText } from "./sources.ts";

/** `md5sum`, `sha1sum`, `sha256sum`, `sha512sum` of files, or of what they read. */
export function digestProgram(algorithm: "md5" | "sha1" | "sha256" | "sha512"): Program {
  return (process) =>
    eachText(process, readOptions(process.argv.slice(1)).operands, (text, path) =>
      process.output.stdout(`${createHash(algorithm).update(bytesOfText(text)).digest("hex")}  ${path}\n`),
    );
}
