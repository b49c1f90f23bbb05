import type { Process } from "../program.ts";

/** What came back over a connection of SCTP. */
export type StreamReply =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: string };

/** Connects by SCTP, says one thing and waits for the reply; `timeoutMs` is for all of it. */
export function askStream(
  process: Process,
  what: { readonly host: string; readonly port: number; readonly text: string; readonly timeoutMs: number },
  onReply: (reply: StreamReply) => void,
): void {
  const { text, ...target } = what;
  process.dial({ ...target, protocol: "SCTP" }, (outcome) => {
    if (!outcome.ok) {
      onReply({ ok: false, reason: outcome.failure.reason });
      return;
    }
    const { socket } = outcome;
    let isOver = false;
    const finish = (reply: StreamReply): void => {
      if (isOver) return;
      isOver = true;
      socket.close();
      onReply(reply);
    };
    socket.onText((reply) => finish(reply === undefined ? { ok: false, reason: "EOF" } : { ok: true, text: reply }));
    process.after(target.timeoutMs, () => finish({ ok: false, reason: "i/o timeout" }));
    socket.write(text);
  });
}

/** Answers what comes over connections of SCTP, or leaves it; false when the port is taken. */
export function serveStream(
  process: Process,
  port: number,
  answer: (text: string, from: string) => string | undefined,
): boolean {
  const close = process.accept(
    port,
    (socket) =>
      socket.onText((text) => {
        const said = text === undefined ? undefined : answer(text, socket.remoteAddress);
        if (said !== undefined) socket.write(said);
        if (text === undefined) socket.end();
      }),
    "SCTP",
  );
  return close !== undefined;
}
