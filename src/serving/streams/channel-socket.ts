import type { RawData } from "ws";
import { MessagesInTurn } from "./messages-in-turn.ts";
import type { OpenSocket } from "./web-socket.ts";

/** How channels are written in WebSocket messages: a byte before the data, or a digit before base64. */
export type ChannelForm = "binary" | "base64";

/** A WebSocket that carries several numbered channels (`k8s.io/apiserver/pkg/util/httpstream/wsstream`). */
export interface ChannelSocket {
  /** A message of no bytes is sent too. */
  send(channel: number, bytes: Uint8Array): void;
  /** Ends with a normal closure, after what was sent. */
  close(): void;
}

const DIGIT_ZERO = 48;

/** Reads and writes channels over a WebSocket. Messages that are no channel's are dropped. */
export function channelSocket(
  { webSocket, hangUp }: OpenSocket,
  form: ChannelForm,
  onMessage: (channel: number, bytes: Buffer) => void,
): ChannelSocket {
  webSocket.on("message", (data) => {
    const message = bytesOf(data);
    if (message.length === 0) return;
    const first = message[0] as number;
    if (form === "binary") onMessage(first, message.subarray(1));
    else onMessage(first - DIGIT_ZERO, Buffer.from(message.toString("latin1", 1), "base64"));
  });
  const messages = new MessagesInTurn({ webSocket, hangUp });
  return {
    send: (channel, bytes) => {
      if (form === "binary") messages.send(Buffer.concat([Buffer.of(channel), bytes]));
      else messages.send(`${channel}${Buffer.from(bytes).toString("base64")}`);
    },
    close: () => messages.close(),
  };
}

function bytesOf(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
