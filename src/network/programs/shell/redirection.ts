import type { Output } from "../program.ts";
import { absolutePath } from "../relative-files.ts";
import { TextPipe } from "../text-pipe.ts";
import { expandText } from "./expansion.ts";
import { forEachInTurn } from "./repeat.ts";
import type { Shell, Streams } from "./state.ts";
import type { Redirect } from "./syntax.ts";

type Write = (text: string) => void;
/** What each file descriptor leads to. */
type Descriptors = { input: TextPipe | undefined; readonly writers: Map<number, Write> };

/** Leads a command's streams where its redirections say; `undefined` when one of them cannot be, which has been reported. */
export function redirect(
  shell: Shell,
  redirects: readonly Redirect[],
  streams: Streams,
  done: (redirected: Streams | undefined) => void,
): void {
  if (redirects.length === 0) {
    done(streams);
    return;
  }
  const descriptors: Descriptors = {
    input: streams.input,
    writers: new Map([
      [1, streams.output.stdout],
      [2, streams.output.stderr],
    ]),
  };
  let failed = false;
  forEachInTurn(
    redirects,
    (one, next) => {
      if (failed) {
        next();
        return;
      }
      expandText(shell, one.target, (target) => {
        failed = target === undefined || !apply(shell, one, target, descriptors);
        next();
      });
    },
    () => done(failed ? undefined : { input: descriptors.input, output: outputOf(descriptors) }),
  );
}

function outputOf({ writers }: Descriptors): Output {
  const nowhere: Write = () => {};
  return { stdout: writers.get(1) ?? nowhere, stderr: writers.get(2) ?? nowhere };
}

function apply(shell: Shell, { operator, fd }: Redirect, target: string, descriptors: Descriptors): boolean {
  const { writers } = descriptors;
  switch (operator) {
    case "<<":
      descriptors.input = TextPipe.of(target);
      return true;
    case "<":
      return applyInput(shell, target, descriptors);
    case ">&":
    case "<&": {
      if (target === "-") writers.delete(fd);
      else if (operator === ">&" && !/^\d$/.test(target)) return openBoth(shell, target, descriptors);
      else if (operator === ">&") writers.set(fd, writers.get(Number(target)) ?? (() => {}));
      return true;
    }
    case "&>":
      return openBoth(shell, target, descriptors);
    default: {
      const write = openFile(shell, target, { appends: operator === ">>", writers });
      writers.set(fd, write);
      return true;
    }
  }
}

function applyInput(shell: Shell, path: string, descriptors: Descriptors): boolean {
  if (path === "/dev/stdin") return true;
  const text = path === "/dev/null" ? "" : shell.process.files.read(absolutePath(path, shell.directory));
  if (text === undefined) {
    shell.streams.output.stderr(`${shell.name}: can't open ${path}: no such file\n`);
    shell.code = 1;
    return false;
  }
  descriptors.input = TextPipe.of(text);
  return true;
}

function openBoth(shell: Shell, path: string, { writers }: Descriptors): boolean {
  const write = openFile(shell, path, { appends: false, writers });
  writers.set(1, write);
  writers.set(2, write);
  return true;
}

/** The file is emptied when the command starts and written as it goes. */
function openFile(
  shell: Shell,
  path: string,
  how: { readonly appends: boolean; readonly writers: ReadonlyMap<number, Write> },
): Write {
  const nowhere: Write = () => {};
  if (path === "/dev/null") return nowhere;
  if (path === "/dev/stdout") return how.writers.get(1) ?? nowhere;
  if (path === "/dev/stderr") return how.writers.get(2) ?? nowhere;
  const { files } = shell.process;
  const file = absolutePath(path, shell.directory);
  if (!how.appends || files.read(file) === undefined) files.write(file, "");
  return (text) => files.write(file, (files.read(file) ?? "") + text);
}
