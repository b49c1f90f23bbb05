import type { Loop } from "../../sim/index.ts";
import type { HttpRequest, HttpResponse } from "./http.ts";
import { type HttpMessage, HttpReader, requestText } from "./http-text.ts";
import type { Socket } from "./socket.ts";

/** What a client got over a connection: a response, the connection's end before there was one, other bytes, or nothing in time. */
export type Exchanged =
  | { readonly ok: true; readonly response: HttpResponse }
  | { readonly ok: false; readonly kind: "EOF" | "reset" | "malformed" | "timeout" };

/** Speaks HTTP with a program that reads and writes bytes: one request, one response. */
export function exchangeOver(
  socket: Socket,
  request: HttpRequest,
  how: { readonly loop: Loop; readonly why: string; readonly timeoutMs: number | undefined },
  onExchanged: (exchanged: Exchanged) => void,
): void {
  let isOver = false;
  const finish = (exchanged: Exchanged): void => {
    if (isOver) return;
    isOver = true;
    timer?.cancel();
    socket.close();
    onExchanged(exchanged);
  };
  const late = (): void => finish({ ok: false, kind: "timeout" });
  const timer = how.timeoutMs === undefined ? undefined : how.loop.after(how.timeoutMs, how.why, late);
  const reader = new HttpReader({
    untilEnd: true,
    onMessage: (message) => finish({ ok: true, response: responseOf(message) }),
    onBad: () => finish({ ok: false, kind: "malformed" }),
  });
  socket.onOver((end) => {
    if (end === "reset") finish({ ok: false, kind: "reset" });
    else if (end === "timeout") late();
  });
  socket.onText((text) => {
    reader.write(text);
    if (text === undefined) finish({ ok: false, kind: "EOF" });
  });
  socket.write(requestText(request));
}

function responseOf({ start, headers, body }: HttpMessage): HttpResponse {
  return { status: Number(start.split(" ")[1] ?? 0), headers, body };
}
