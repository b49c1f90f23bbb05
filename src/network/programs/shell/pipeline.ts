import { TextPipe } from "../text-pipe.ts";
import type { Shell, Streams } from "./state.ts";
import type { Command, Pipeline } from "./syntax.ts";

type RunCommand = (shell: Shell, command: Command, streams: Streams, done: () => void) => void;

const BROKEN_PIPE = 141;

/**
 * Runs the commands of a pipeline side by side, each in a copy of the shell, what one writes being what the next reads. One that
 * writes to nobody ends, as SIGPIPE would have it. The last one's code is the pipeline's.
 */
export function runPipeline(
  shell: Shell,
  pipeline: Pipeline,
  how: { readonly streams: Streams; readonly runCommand: RunCommand },
  done: () => void,
): void {
  const { streams, runCommand } = how;
  const [first, ...rest] = pipeline.commands;
  if (first !== undefined && rest.length === 0) {
    runCommand(shell, first, streams, done);
    return;
  }
  const codes: number[] = [];
  const killers: (() => void)[] = [];
  const before = shell.killCurrent;
  shell.killCurrent = () => {
    for (const kill of killers) kill();
  };
  let left = pipeline.commands.length;
  let input = streams.input;
  for (const [index, command] of pipeline.commands.entries()) {
    const reads = input;
    const writes = index === pipeline.commands.length - 1 ? undefined : new TextPipe();
    const inner = shell.fork();
    const kill = (): void => {
      inner.leaving = { kind: "exit" };
      inner.killCurrent?.();
    };
    killers.push(kill);
    writes?.onBreak(() => {
      inner.code = BROKEN_PIPE;
      kill();
    });
    const output =
      writes === undefined ? streams.output : { ...streams.output, stdout: (text: string) => writes.write(text) };
    runCommand(inner, command, { input: reads, output }, () => {
      codes[index] = inner.code;
      writes?.close();
      if (index > 0) reads?.break();
      if (--left > 0) return;
      shell.killCurrent = before;
      shell.code = codeOf(shell, codes);
      done();
    });
    input = writes;
  }
}

function codeOf(shell: Shell, codes: readonly number[]): number {
  const last = codes.at(-1) ?? 0;
  return shell.options.pipefail ? (codes.findLast((code) => code !== 0) ?? 0) : last;
}
