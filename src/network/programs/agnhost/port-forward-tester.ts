import type { Socket } from "../../fabric/socket.ts";
import type { Process } from "../program.ts";

/** How long the connection stays half open after the last piece (`rstAvoidanceDelay`). */
const LINGER_MS = 500;
/** More than this at once is more memory than there is. */
const CHUNK_MAX = 1 << 28;

const PIECES = ["CHUNKS", "CHUNK_SIZE", "CHUNK_INTERVAL"] as const;

/** `port-forward-tester`: takes one connection, expects what it is to, sends pieces one after another, and ends. */
export function portForwardTester(process: Process): void {
  const setting = (name: string): string => process.environment.get(name) ?? "";
  const port = Number(setting("BIND_PORT"));
  const close = process.accept(port, (socket) => {
    close?.();
    tell(process, "Accepted client connection");
    expectText(process, socket, setting("EXPECTED_CLIENT_DATA"), () => {
      const [count = 0, size = 0, everyMs = 0] = PIECES.map((name) => Number(setting(name)));
      const wrong = PIECES.find((name) => !/^[+-]?\d{1,15}$/.test(setting(name)));
      if (wrong !== undefined) {
        const text = JSON.stringify(setting(wrong));
        tell(process, `Error parsing ${wrong} ${text}: strconv.Atoi: parsing ${text}: invalid syntax`);
        process.exit(1);
      } else if (size < 0 || size > CHUNK_MAX) {
        process.output.stderr(`${size < 0 ? "panic: strings: negative Repeat count" : "fatal error: out of memory"}\n`);
        process.exit(2);
      } else sendPieces(process, socket, { count, text: "x".repeat(size), everyMs: Math.max(0, everyMs) });
    });
  });
  if (close !== undefined) return;
  tell(process, `Error listening: listen tcp :${port}: bind: address already in use`);
  process.exit(1);
}

/** Goes on once the whole text has come, at once where none is expected. */
function expectText(process: Process, socket: Socket, expected: string, goOn: () => void): void {
  let heard = "";
  let isDone = expected === "";
  socket.onText((text) => {
    if (isDone) return;
    heard += text ?? "";
    if (text !== undefined && heard.length < expected.length) return;
    isDone = true;
    if (heard.length < expected.length) {
      tell(process, `Expected to read ${expected.length} bytes from client, but got ${heard.length} instead. err=EOF`);
      process.exit(2);
    } else if (heard.slice(0, expected.length) !== expected) {
      tell(process, `Expect to read ${JSON.stringify(expected)}, but got ${JSON.stringify(heard)}. err=<nil>`);
      process.exit(3);
    } else {
      tell(process, "Received expected client data");
      goOn();
    }
  });
  if (isDone) goOn();
}

function sendPieces(
  process: Process,
  socket: Socket,
  { count, text, everyMs }: { readonly count: number; readonly text: string; readonly everyMs: number },
): void {
  if (count > 0) socket.write(text);
  if (count > 1) {
    process.after(everyMs, () => sendPieces(process, socket, { count: count - 1, text, everyMs }));
    return;
  }
  tell(process, "Shutting down connection");
  socket.end();
  process.after(LINGER_MS, () => {
    socket.close();
    tell(process, "Done");
    process.exit(0);
  });
}

function tell(process: Process, line: string): void {
  process.output.stdout(`${line}\n`);
}
