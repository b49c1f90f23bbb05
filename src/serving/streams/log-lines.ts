import type { LogPiece } from "../../network/index.ts";
import { bytesOfText } from "../../std/index.ts";

/** A line of a log with its line end, as the container runtime would have written it to its file. */
export type LogLine = { readonly atMs: number; readonly text: string };

/** Which lines of a log are wanted: PodLogOptions. */
export type LogWish = {
  readonly tailLines: number | undefined;
  readonly sinceMs: number | undefined;
  readonly timestamps: boolean;
  readonly limitBytes: number | undefined;
};

/** Puts pieces together to lines, each of the time it began; output and errors are lines of their own. */
export class LineAssembler {
  readonly #open = { stdout: "", stderr: "" };
  readonly #openedAtMs = { stdout: 0, stderr: 0 };

  /** The lines that are complete with this piece. */
  take({ atMs, stream, text }: LogPiece): readonly LogLine[] {
    if (this.#open[stream] === "") this.#openedAtMs[stream] = atMs;
    const parts = (this.#open[stream] + text).split("\n");
    this.#open[stream] = parts.pop() ?? "";
    const lines = parts.map((part, index) => ({
      atMs: index === 0 ? this.#openedAtMs[stream] : atMs,
      text: `${part}\n`,
    }));
    if (lines.length > 0) this.#openedAtMs[stream] = atMs;
    return lines;
  }

  /** What was begun and not ended, when nothing more comes. */
  end(): readonly LogLine[] {
    return (["stdout", "stderr"] as const)
      .filter((stream) => this.#open[stream] !== "")
      .map((stream) => ({ atMs: this.#openedAtMs[stream], text: this.#open[stream] }));
  }
}

/** The wanted ones of the lines there are. */
export function wantedLines(lines: readonly LogLine[], wish: LogWish): readonly LogLine[] {
  const { tailLines, sinceMs } = wish;
  const last = tailLines === undefined ? lines : tailLines === 0 ? [] : lines.slice(-tailLines);
  return sinceMs === undefined ? last : last.filter((line) => line.atMs >= sinceMs);
}

/** Writes lines as the client wants them, and says when it has had as many bytes as it asked for. */
export class LineWriter {
  readonly #wish: LogWish;
  #leftBytes: number;

  constructor(wish: LogWish) {
    this.#wish = wish;
    this.#leftBytes = wish.limitBytes ?? Number.POSITIVE_INFINITY;
  }

  get full(): boolean {
    return this.#leftBytes <= 0;
  }

  write(lines: readonly LogLine[]): Uint8Array {
    const text = lines.map((line) => (this.#wish.timestamps ? `${nanoTimestamp(line.atMs)} ${line.text}` : line.text));
    const bytes = bytesOfText(text.join("")).subarray(0, Math.max(0, this.#leftBytes));
    this.#leftBytes -= bytes.length;
    return bytes;
  }
}

/** RFC 3339 with nanoseconds, as the kubelet writes it before a line. */
function nanoTimestamp(atMs: number): string {
  return new Date(atMs).toISOString().replace("Z", "000000Z");
}
