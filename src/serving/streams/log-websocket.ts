import type { HttpResponder } from "../../apiserver/index.ts";
import type { Loop } from "../../sim/index.ts";
import { MessagesInTurn } from "./messages-in-turn.ts";
import { offeredProtocols, refuseUpgrade, type Upgrade } from "./upgrade.ts";
import { openWebSocket } from "./web-socket.ts";

/** How pieces are written in messages (`wsstream.NewDefaultReaderProtocols`): as they are, or in base64. */
const IS_BASE64: ReadonlyMap<string, boolean> = new Map([
  ["binary.k8s.io", false],
  ["base64.binary.k8s.io", true],
]);

type Sender = {
  readonly send: (piece: Uint8Array | string) => void;
  readonly close: () => void;
  readonly onClose: (notify: () => void) => void;
};

/** Answers over a WebSocket what would be a body of bytes: a message for each piece, then a normal closure. */
export function webSocketResponder(upgrade: Upgrade, loop: Loop): HttpResponder {
  return {
    respond: (_status, _headers, body) => {
      const sender = openSender(upgrade, loop);
      sender?.send(body);
      sender?.close();
    },
    startStream: () => {
      const sender = openSender(upgrade, loop);
      return {
        write: (piece) => {
          sender?.send(piece);
          return true;
        },
        end: () => sender?.close(),
        onClose: (notify) => {
          if (sender === undefined) notify();
          else sender.onClose(notify);
        },
      };
    },
  };
}

/** None when the client was refused. */
function openSender(upgrade: Upgrade, loop: Loop): Sender | undefined {
  const offered = offeredProtocols(upgrade.request, "sec-websocket-protocol");
  const protocol = offered.find((one) => IS_BASE64.has(one));
  if (offered.length > 0 && protocol === undefined) {
    const body = `unable to upgrade: none of the offered subprotocols is supported: ${offered.join(", ")}\n`;
    refuseUpgrade(upgrade.socket, { status: 400, contentType: "text/plain; charset=utf-8", body });
    return undefined;
  }
  const inBase64 = IS_BASE64.get(protocol ?? "") === true;
  let sender: Sender | undefined;
  openWebSocket(upgrade, protocol, (open) => {
    const messages = new MessagesInTurn(open);
    sender = {
      send: (piece) => {
        const bytes = Buffer.from(piece as Uint8Array);
        if (bytes.length > 0) messages.send(inBase64 ? bytes.toString("base64") : bytes);
      },
      close: () => messages.close(),
      onClose: (notify) => void open.webSocket.on("close", () => loop.soon("end of a log", notify)),
    };
  });
  return sender;
}
