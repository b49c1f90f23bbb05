import type { Output } from "../programs/program.ts";
import type { TextPipe } from "../programs/text-pipe.ts";
import type { ProcessTable } from "./process-table.ts";

/** What a program is started with. */
export type ProcessStart = {
  readonly argv: readonly string[];
  readonly environment: ReadonlyMap<string, string>;
  readonly output: Output;
  /** Whether its timers count as progress: those of a command somebody waits for do, those of a container's own program do not. */
  readonly background: boolean;
  readonly tty?: boolean | undefined;
  /** The first process of a container ignores the signals it does not handle. */
  readonly first?: boolean | undefined;
  /** Where it begins; the container's own directory when absent. */
  readonly directory?: string | undefined;
  /** What it reads instead of what is written to it. */
  readonly input?: TextPipe | undefined;
  /** The processes it is one of; a container of its own when absent. */
  readonly table?: ProcessTable | undefined;
};
