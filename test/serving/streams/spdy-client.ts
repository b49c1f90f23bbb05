import { connect, type TLSSocket } from "node:tls";
import { FrameReader, formatFrame, type SpdyFrame } from "../../../src/serving/streams/spdy/frames.ts";
import { HeaderWriter } from "../../../src/serving/streams/spdy/header-block.ts";

/** How to reach an API server as a user. */
export type Door = { readonly port: number; readonly ca: string; readonly cert: string; readonly key: string };

/** A raw connection to the server, as an administrator. */
export function dial(door: Door): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", ...door }, () => resolve(socket));
    socket.once("error", reject);
  });
}

/** The status line and headers of an answer, and what came after them. */
export type Head = { readonly text: string; readonly rest: Buffer };

/** Sends a request as it stands and waits for the head of the answer. */
export async function ask(socket: TLSSocket, lines: readonly string[]): Promise<Head> {
  socket.write(`${lines.join("\r\n")}\r\nHost: localhost\r\n\r\n`);
  let received = Buffer.alloc(0);
  return new Promise((resolve, reject) => {
    const take = (chunk: Buffer): void => {
      received = Buffer.concat([received, chunk]);
      const end = received.indexOf("\r\n\r\n");
      if (end < 0) return;
      socket.off("data", take);
      resolve({ text: received.toString("latin1", 0, end), rest: received.subarray(end + 4) });
    };
    socket.on("data", take);
    socket.once("close", () => reject(new Error("closed before an answer came")));
  });
}

/** A SPDY client made of frames: what it sends is what a test says, what it gets is kept. */
export interface SpdyClient {
  readonly socket: TLSSocket;
  readonly head: string;
  readonly frames: SpdyFrame[];
  open(streamId: number, headers: Readonly<Record<string, string>>, fin?: boolean): void;
  send(frame: Parameters<typeof formatFrame>[0]): void;
  /** The data of a stream so far. */
  text(streamId: number): string;
  /** Waits until a frame like that has come, or the connection has ended. */
  until(found: (frames: readonly SpdyFrame[]) => boolean): Promise<void>;
}

export async function spdyClient(door: Door, path: string, headers: readonly string[] = []): Promise<SpdyClient> {
  const socket = await dial(door);
  const { text, rest } = await ask(socket, [
    `POST ${path} HTTP/1.1`,
    "Connection: Upgrade",
    "Upgrade: SPDY/3.1",
    ...headers,
  ]);
  const frames: SpdyFrame[] = [];
  const reader = new FrameReader();
  const writer = new HeaderWriter();
  const wakes = new Set<() => void>();
  let ended = false;
  const take = (chunk: Buffer): void => {
    frames.push(...reader.push(chunk));
    for (const wake of wakes) wake();
  };
  socket.on("data", take);
  socket.on("error", () => {});
  socket.on("close", () => {
    ended = true;
    for (const wake of wakes) wake();
  });
  if (rest.length > 0) take(rest);
  const send: SpdyClient["send"] = (frame) => void socket.write(formatFrame(frame));
  return {
    socket,
    head: text,
    frames,
    send,
    open: (streamId, values, fin = false) =>
      send({
        type: "synStream",
        streamId,
        fin,
        unidirectional: false,
        block: writer.write(new Map(Object.entries(values))),
      }),
    text: (streamId) =>
      frames
        .map((frame) => (frame.type === "data" && frame.streamId === streamId ? frame.data.toString() : ""))
        .join(""),
    until: (found) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!ended && !found(frames)) return;
          wakes.delete(look);
          resolve();
        };
        wakes.add(look);
        look();
      }),
  };
}
