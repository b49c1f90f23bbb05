import type { ContainerTarget, ExecHandle } from "../../network/index.ts";
import { bytesOfText } from "../../std/index.ts";
import type { NodeAgent } from "./node-agent.ts";
import { createTerminal, screenText, type Terminal } from "./terminal.ts";
import { createTextFeed } from "./text-feed.ts";

/** What exec and attach ask for: PodExecOptions, PodAttachOptions. */
export type CommandOptions = {
  readonly target: ContainerTarget & { readonly container: string };
  /** Absent for attach. */
  readonly argv?: readonly string[];
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
  /** Attach: the container's input ends with the session's (`stdinOnce`). */
  readonly stdinOnce: boolean;
};

export type CommandEnd =
  | { readonly ok: true }
  | { readonly ok: false; readonly exitCode: number }
  | { readonly ok: false; readonly error: string };

/** Where a session's output goes. */
export interface CommandOutput {
  stdout(bytes: Uint8Array): void;
  stderr(bytes: Uint8Array): void;
  /** The last that is heard of it. */
  ended(end: CommandEnd): void;
}

/** A session of exec or attach. Called in entries of the loop. */
export interface CommandSession {
  input(bytes: Uint8Array): void;
  endInput(): void;
  /** The client is gone: a command it started ends, a container it was attached to goes on. */
  abandon(): void;
}

/** Starts a command, or attaches to what runs. Its end may be told before this returns. */
export function startCommand(agent: NodeAgent, options: CommandOptions, output: CommandOutput): CommandSession {
  const session = new Session(options, output);
  const stop =
    options.argv === undefined ? attach(agent, options, session) : exec(agent, options, options.argv, session);
  session.onStop(stop);
  return session;
}

class Session implements CommandSession {
  readonly #options: CommandOptions;
  readonly #output: CommandOutput;
  readonly #feed = createTextFeed();
  #handle: ExecHandle | undefined;
  #terminal: Terminal | undefined;
  #stop: () => void = () => {};
  #over = false;

  constructor(options: CommandOptions, output: CommandOutput) {
    this.#options = options;
    this.#output = output;
  }

  onStop(stop: () => void): void {
    this.#stop = stop;
    if (this.#over) stop();
  }

  reaches(handle: ExecHandle): void {
    this.#handle = handle;
    if (this.#options.tty) this.#terminal = createTerminal(handle, (text) => this.#show("stdout", text));
  }

  write(stream: "stdout" | "stderr", text: string): void {
    // A terminal has one screen for both.
    if (this.#options.tty) this.#show("stdout", screenText(text));
    else this.#show(stream, text);
  }

  end(end: CommandEnd): void {
    if (this.#over) return;
    this.#over = true;
    this.#output.ended(end);
  }

  input(bytes: Uint8Array): void {
    if (this.#over || !this.#options.stdin) return;
    this.#type(this.#feed.take(bytes));
  }

  endInput(): void {
    if (this.#over || !this.#options.stdin) return;
    this.#finishInput();
    if (this.#closesInput) return;
    // Who has nothing more to say to a container that goes on listening is let go (containerd's `ContainerIO.Attach`).
    this.end({ ok: true });
    this.#stop();
  }

  get #closesInput(): boolean {
    return this.#options.argv !== undefined || this.#options.stdinOnce;
  }

  #finishInput(): void {
    this.#type(this.#feed.end());
    if (this.#closesInput) this.#handle?.closeInput();
  }

  abandon(): void {
    if (this.#over) return;
    if (this.#options.stdin) this.#finishInput();
    this.#over = true;
    this.#stop();
  }

  #type(text: string): void {
    if (this.#terminal !== undefined) this.#terminal.typed(text);
    else this.#handle?.write(text);
  }

  #show(stream: "stdout" | "stderr", text: string): void {
    if (!this.#over && this.#options[stream]) this.#output[stream](bytesOfText(text));
  }
}

function exec(agent: NodeAgent, options: CommandOptions, argv: readonly string[], session: Session): () => void {
  const handle = agent.exec(options.target, {
    argv,
    tty: options.tty,
    output: { stdout: (text) => session.write("stdout", text), stderr: (text) => session.write("stderr", text) },
    onExit: (exitCode) => session.end(exitCode === 0 ? { ok: true } : { ok: false, exitCode }),
  });
  if (typeof handle === "string") {
    // containerd's words, as the kubelet passes them on.
    const why = `OCI runtime exec failed: exec failed: unable to start container process: ${handle}: unknown`;
    session.end({ ok: false, error: `error executing command in container: failed to exec in container: ${why}` });
    return () => {};
  }
  session.reaches(handle);
  if (!options.stdin) handle.closeInput();
  return () => handle.kill();
}

/** Follows what a container writes from now on; the end of the container is the end of the session, whatever its exit code. */
function attach(agent: NodeAgent, options: CommandOptions, session: Session): () => void {
  const handle = agent.attach(options.target);
  const log = agent.log(options.target, { previous: false });
  if (handle === undefined || log === undefined) {
    session.end({ ok: false, error: `container ${options.target.container} is not running` });
    return () => {};
  }
  session.reaches(handle);
  return log.follow({
    onPiece: (piece) => session.write(piece.stream, piece.text),
    onEnd: () => session.end({ ok: true }),
  });
}
