import type { Process } from "../program.ts";

/** What came back for a datagram. */
export type DatagramReply =
  | { readonly ok: true; readonly text: string; readonly address: string }
  | { readonly ok: false; readonly reason: string; readonly address: string | undefined };

/** Sends one datagram and waits for the reply; silence, be it a loss, costs the whole time-out. */
export function askDatagram(
  process: Process,
  what: { readonly host: string; readonly port: number; readonly text: string; readonly timeoutMs: number },
  onReply: (reply: DatagramReply) => void,
): void {
  const { host, port, text, timeoutMs } = what;
  const found = process.resolve(host);
  const [address] = found.ok ? found.addresses : [];
  if (!found.ok || address === undefined) {
    const reason = found.ok ? "no such host" : found.reason;
    process.after(Math.min(found.waitedMs, timeoutMs), () => onReply({ ok: false, reason, address }));
    return;
  }
  const flow = process.datagrams(address, port);
  let isOver = false;
  const finish = (reply: DatagramReply): void => {
    if (isOver) return;
    isOver = true;
    flow.close();
    onReply(reply);
  };
  flow.onText((reply) => finish({ ok: true, text: reply, address }));
  flow.onRefused(() => finish({ ok: false, reason: "connection refused", address }));
  process.after(timeoutMs, () => finish({ ok: false, reason: "i/o timeout", address }));
  flow.send(text);
}

/** Answers datagrams at a UDP port, or leaves them; false when the port is taken. */
export function serveDatagrams(
  process: Process,
  port: number,
  answer: (text: string, from: string) => string | undefined,
): boolean {
  const close = process.receive(port, ({ text, remoteAddress, reply }) => {
    const said = answer(text, remoteAddress);
    if (said !== undefined) reply(said);
  });
  return close !== undefined;
}
