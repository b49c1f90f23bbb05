import type { Process } from "../program.ts";
import { complain } from "./options.ts";

type Reader = (take: (text: string | undefined) => void) => void;

/** Reads one source after another (standard input for `-`, and for none) and exits when all are through: 1 if one was not there. */
export function eachSource(
  process: Process,
  paths: readonly string[],
  use: (read: Reader, next: () => void, path: string) => void,
  exitCode: (code: number) => number = (code) => code,
): void {
  const wanted = paths.length === 0 ? ["-"] : paths;
  let code = 0;
  const at = (index: number): void => {
    const path = wanted[index];
    if (path === undefined) {
      process.exit(exitCode(code));
      return;
    }
    const next = (): void => at(index + 1);
    if (path === "-" || path === "/dev/stdin") {
      use((take) => process.onText(take), next, path);
      return;
    }
    const text = path === "/dev/null" ? "" : process.files.read(path);
    if (text === undefined) {
      const isDirectory = process.files.isDirectory(path);
      code = complain(process, `${path}: ${isDirectory ? "Is a directory" : "No such file or directory"}`);
      next();
      return;
    }
    use(
      (take) => {
        take(text);
        take(undefined);
      },
      next,
      path,
    );
  };
  at(0);
}

/** As {@link eachSource}, each source whole. */
export function eachText(
  process: Process,
  paths: readonly string[],
  use: (text: string, path: string) => void,
  exitCode?: (code: number) => number,
): void {
  const collect = (read: Reader, next: () => void, path: string): void => {
    let whole = "";
    read((text) => {
      if (text !== undefined) {
        whole += text;
        return;
      }
      use(whole, path);
      next();
    });
  };
  eachSource(process, paths, collect, exitCode);
}

/** As {@link eachText}, all sources as one. */
export function allText(process: Process, paths: readonly string[], use: (text: string) => number): void {
  let whole = "";
  eachText(
    process,
    paths,
    (text) => {
      whole += text;
    },
    (code) => use(whole) || code,
  );
}

/** The lines of a text without their ends; none of an empty one. */
export function linesOf(text: string): readonly string[] {
  if (text === "") return [];
  return text.replace(/\n$/, "").split("\n");
}

export function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}
