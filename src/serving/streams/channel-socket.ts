import type { RawData, WebSocket } from "ws";

/** How channels are written in WebSocket messages: a byte before the data, or a digit before base64. */
export type ChannelForm = "binary" | "base64";

/** A WebSocket that carries several numbered channels (`k8s.io/apiserver/pkg/util/httpstream/wsstream`). */
export interface ChannelSocket {
  /** A message of no bytes is sent too. */
  send(channel: number, bytes: Uint8Array): void;
  /** Ends with a normal closure, after what was sent. */
  close(): void;
}

/** What a client may let lie unread before it is given up. */
const UNREAD_BYTES_MAX = 16 * 1024 * 1024;
const NORMAL_CLOSURE = 1000;
const DIGIT_ZERO = 48;

/** Reads and writes channels over a WebSocket. Messages that are no channel's are dropped. */
export function channelSocket(
  webSocket: WebSocket,
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
  return {
    send: (channel, bytes) => {
      if (webSocket.readyState !== webSocket.OPEN) return;
      if (form === "binary") webSocket.send(Buffer.concat([Buffer.of(channel), bytes]), { binary: true });
      else webSocket.send(`${channel}${Buffer.from(bytes).toString("base64")}`, { binary: false });
      if (webSocket.bufferedAmount > UNREAD_BYTES_MAX) webSocket.terminate();
    },
    close: () => webSocket.close(NORMAL_CLOSURE),
  };
}

function bytesOf(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
