import type { Duplex } from "node:stream";
import type { Loop } from "../../sim/index.ts";
import type { CommandOptions, CommandOutput, CommandSession } from "./command.ts";
import { endBytes } from "./command-status.ts";
import { acceptSpdy, type SpdyConnection } from "./spdy/connection.ts";
import { negotiateSpdy, switchToSpdy, type Upgrade } from "./upgrade.ts";

/** v5 is spoken over WebSocket only, as upstream: a client that offers it over SPDY gets v4. */
const PROTOCOLS = ["v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io"];
/** A session starts when its streams are there; a client that does not open them is given up after this. */
const STREAMS_WITHIN_MS = 30_000;
const UNREAD_BYTES_MAX = 16 * 1024 * 1024;
const TYPES = ["error", "stdin", "stdout", "stderr", "resize"] as const;

type StreamType = (typeof TYPES)[number];
type Streams = Partial<Record<StreamType, Duplex>>;

/** Serves a session of exec or attach over the streams of a SPDY connection. */
export function commandOverSpdy(
  upgrade: Upgrade,
  options: CommandOptions,
  { loop, start }: { readonly loop: Loop; readonly start: (output: CommandOutput) => CommandSession },
): void {
  const chosen = negotiateSpdy(upgrade, PROTOCOLS);
  if (chosen === undefined) return;
  const status = chosen.protocol?.startsWith("v4") === true ? "status" : "text";
  const expected = expectedStreams(options, chosen.protocol);
  const streams: Streams = {};
  let session: CommandSession | undefined;
  let over = false;
  switchToSpdy(upgrade, chosen.protocol);
  const late = setTimeout(() => connection.close(), STREAMS_WITHIN_MS);
  late.unref();
  const begin = (): void => {
    clearTimeout(late);
    loop.soon("start of a session", () => {
      if (over) return;
      const output = outputTo(streams, upgrade.socket);
      session = start({
        ...output,
        ended: (end) => {
          output.error(endBytes(end, status));
          connection.close();
        },
      });
      feed(streams.stdin, loop, session);
    });
  };
  let opened = 0;
  const connection: SpdyConnection = acceptSpdy(upgrade.socket, {
    onStream: ({ headers, duplex }) => {
      const type = TYPES.find((one) => one === headers.get("streamtype"));
      if (type === undefined || streams[type] !== undefined) {
        duplex.destroy();
        return;
      }
      streams[type] = duplex;
      if (type !== "stdin") duplex.resume();
      if (++opened === expected) begin();
    },
    onClose: () => {
      over = true;
      clearTimeout(late);
      loop.soon("end of a session", () => session?.abandon());
    },
  });
}

/** With a terminal there is a resize stream in place of stderr; a client that opens stderr instead counts the same. */
function expectedStreams(options: CommandOptions, protocol: string | undefined): number {
  const resizes = options.tty && protocol !== undefined && /^v[34]/.test(protocol);
  const wanted = [true, options.stdin, options.stdout, options.stderr && !options.tty, resizes];
  return wanted.filter((one) => one).length;
}

/** Writers to the streams a client has opened; one that reads too slowly loses its connection. */
function outputTo(
  streams: Streams,
  socket: Duplex,
): Record<"stdout" | "stderr" | "error", (bytes: Uint8Array) => void> {
  const writer = (stream: Duplex | undefined) => (bytes: Uint8Array) => {
    if (stream === undefined || bytes.length === 0) return;
    stream.write(bytes);
    if (stream.writableLength > UNREAD_BYTES_MAX) socket.destroy();
  };
  return { stdout: writer(streams.stdout), stderr: writer(streams.stderr), error: writer(streams.error) };
}

function feed(stdin: Duplex | undefined, loop: Loop, session: CommandSession): void {
  if (stdin === undefined) return;
  stdin.on("data", (chunk: Buffer) => loop.soon("input of a session", () => session.input(chunk)));
  stdin.on("end", () => loop.soon("input of a session", () => session.endInput()));
}
