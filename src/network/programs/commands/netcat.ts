import type { Socket } from "../../fabric/socket.ts";
import type { Process } from "../program.ts";
import { TextPipe } from "../text-pipe.ts";
import { complain, type Options, readOptions } from "./options.ts";

const TIMEOUT_MS = 30_000;
const WITH_VALUE = ["e", "c", "i", "p", "q", "s", "w"];

/**
 * `nc [-vzuN] [-w SECONDS] HOST PORT` connects, `nc -l [-kvu] [-p] PORT [-e COMMAND…]` listens: what is typed goes out, what comes is
 * printed, or a command stands in for both. Options of busybox' and of OpenBSD's.
 */
export function ncProgram(process: Process): void {
  const { options, command } = optionsOf(process.argv.slice(1));
  const listens = options.flags.has("l");
  const port = portOf(options, listens);
  const [host] = options.operands;
  if (port === undefined || (!listens && host === undefined)) {
    process.exit(complain(process, "usage: nc [-vzu] [-w SECONDS] HOST PORT, or nc -l [-kvu] -p PORT [-e COMMAND...]"));
    return;
  }
  const waitMs = options.values.has("w") ? Number(options.values.get("w")) * 1000 : undefined;
  const talk: Talk = { process, options, command, waitMs };
  if (listens) (options.flags.has("u") ? listenUdp : listenTcp)(talk, port);
  else (options.flags.has("u") ? sendUdp : connectTcp)(talk, host as string, port);
}

type Talk = {
  readonly process: Process;
  readonly options: Options;
  /** What talks in place of the terminal. */
  readonly command: readonly string[] | undefined;
  /** How long to wait for a connection, and for more once there is one. */
  readonly waitMs: number | undefined;
};

/** `-e` takes a command with all its arguments when it comes last, as busybox has it; `-c` a line for the shell. */
function optionsOf(args: readonly string[]): {
  readonly options: Options;
  readonly command: readonly string[] | undefined;
} {
  const at = args.findIndex((arg) => /^-[a-z]*e$/i.test(arg));
  const before = at < 0 ? args : [...args.slice(0, at), args[at] === "-e" ? "" : (args[at] as string).slice(0, -1)];
  const options = readOptions(
    before.filter((arg) => arg !== ""),
    WITH_VALUE,
  );
  const line = options.values.get("c");
  const command = at >= 0 ? args.slice(at + 1) : line === undefined ? undefined : ["sh", "-c", line];
  return { options, command };
}

function portOf({ values, operands }: Options, listens: boolean): number | undefined {
  const text = listens ? (values.get("p") ?? operands.at(-1)) : operands[1];
  const port = Number(text);
  return text !== undefined && Number.isInteger(port) && port > 0 && port <= 65_535 ? port : undefined;
}

function connectTcp(talk: Talk, host: string, port: number): void {
  const { process, options, waitMs } = talk;
  const verbose = options.flags.has("v");
  process.dial({ host, port, timeoutMs: waitMs ?? TIMEOUT_MS }, (outcome) => {
    if (!outcome.ok) {
      const { reason, address = host } = outcome.failure;
      const unknown = outcome.failure.lookup;
      const what = reason === "connection refused" ? "Connection refused" : "Connection timed out";
      if (verbose || unknown)
        process.output.stderr(`nc: ${unknown ? `bad address '${host}'` : `${host} (${address}:${port}): ${what}`}\n`);
      process.exit(1);
      return;
    }
    if (verbose) process.output.stderr(`${host} (${outcome.address}:${port}) open\n`);
    if (options.flags.has("z")) {
      outcome.socket.close();
      process.exit(0);
    } else join(talk, outcome.socket, (code) => process.exit(code));
  });
}

function listenTcp(talk: Talk, port: number): void {
  const { process, options } = talk;
  const keeps = options.flags.has("k");
  const waiting: Socket[] = [];
  let busy = false;
  const next = (): void => {
    const socket = waiting.shift();
    busy = socket !== undefined;
    if (socket === undefined) return;
    if (options.flags.has("v")) process.output.stderr(`Connection received on ${socket.remoteAddress}\n`);
    join(talk, socket, (code) => {
      if (keeps) next();
      else process.exit(code);
    });
  };
  const close = process.accept(port, (socket) => {
    // With a command every connection gets its own; a terminal talks with one after the other.
    if (keeps && talk.command !== undefined) join(talk, socket, () => {});
    else {
      waiting.push(socket);
      if (!busy) next();
      if (!keeps) close?.();
    }
  });
  if (close === undefined) process.exit(complain(process, "bind: Address already in use"));
  else if (options.flags.has("v")) process.output.stderr(`listening on [::]:${port} ...\n`);
  process.onTerminate(() => process.exit(143));
}

/** Lets the terminal or a command talk over a connection until it is over. */
function join(talk: Talk, socket: Socket, onOver: (code: number) => void): void {
  const { process, options, command, waitMs } = talk;
  socket.onOver((how) => onOver(how === "ended" ? 0 : 1));
  if (command !== undefined) {
    serveWith(process, command, socket);
    return;
  }
  const idle = idleTimer(process, waitMs, () => socket.close());
  socket.onText((text) => {
    idle();
    if (text === undefined) socket.end();
    else process.output.stdout(text);
  });
  let said = !options.flags.has("l");
  process.onText((text) => {
    idle();
    if (text !== undefined) socket.write(text);
    // A listener nobody types to listens on; one that was given something to say has said it.
    else if (said) socket.end();
    said = true;
  });
}

function serveWith(process: Process, command: readonly string[], socket: Socket): void {
  const input = new TextPipe();
  const output = { stdout: (text: string) => socket.write(text), stderr: process.output.stderr };
  const child = process.spawn(command, { input, output }, () => socket.close());
  if (child === undefined) {
    process.output.stderr(`nc: can't execute '${command[0] ?? ""}': No such file or directory\n`);
    socket.close();
    return;
  }
  socket.onText((text) => {
    if (text === undefined) input.close();
    else input.write(text);
  });
  socket.onOver(() => child.kill());
}

function listenUdp(talk: Talk, port: number): void {
  const { process, options, command } = talk;
  let answer: ((text: string) => void) | undefined;
  const close = process.receive(port, ({ text, reply }) => {
    if (command === undefined) {
      answer = reply;
      process.output.stdout(text);
      return;
    }
    const output = { stdout: reply, stderr: process.output.stderr };
    process.spawn(command, { input: TextPipe.of(text), output }, () => {
      if (!options.flags.has("k")) process.exit(0);
    });
  });
  if (close === undefined) {
    process.exit(complain(process, "bind: Address already in use"));
    return;
  }
  process.onTerminate(() => process.exit(143));
  process.onText((text) => {
    if (text !== undefined) answer?.(text);
  });
}

function sendUdp(talk: Talk, host: string, port: number): void {
  const { process, options, waitMs } = talk;
  const found = process.resolve(host);
  const [address] = found.ok ? found.addresses : [];
  if (address === undefined) {
    process.exit(complain(process, `bad address '${host}'`));
    return;
  }
  const flow = process.datagrams(address, port);
  const idle = idleTimer(process, waitMs, () => process.exit(0));
  flow.onText((text) => {
    idle();
    process.output.stdout(text);
  });
  flow.onRefused(() => process.exit(1));
  if (options.flags.has("z")) {
    flow.send("\n");
    process.after(1000, () => process.exit(0));
    return;
  }
  process.onText((text) => {
    idle();
    if (text !== undefined) flow.send(text);
    else if (waitMs === undefined) process.after(1000, () => process.exit(0));
  });
}

/** Runs `onIdle` once nothing happened for so long; the returned function says that something did. */
function idleTimer(process: Process, waitMs: number | undefined, onIdle: () => void): () => void {
  if (waitMs === undefined) return () => {};
  let lastMs = process.clock.nowMs();
  const look = (): void => {
    const leftMs = lastMs + waitMs - process.clock.nowMs();
    if (leftMs <= 0) onIdle();
    else process.after(leftMs, look);
  };
  process.after(waitMs, look);
  return () => {
    lastMs = process.clock.nowMs();
  };
}
