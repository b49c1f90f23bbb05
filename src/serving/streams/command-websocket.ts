import type { Loop } from "../../sim/index.ts";
import { type ChannelForm, channelSocket } from "./channel-socket.ts";
import type { CommandOptions, CommandOutput, CommandSession } from "./command.ts";
import { endBytes, type StatusForm } from "./command-status.ts";
import { offeredProtocols, refuseUpgrade, type Upgrade } from "./upgrade.ts";
import { openWebSocket } from "./web-socket.ts";

/** What a subprotocol means. Only v5 can close the input alone. */
type Dialect = { readonly form: ChannelForm; readonly status: StatusForm; readonly closes: boolean };

const DIALECTS: ReadonlyMap<string, Dialect> = new Map([
  ["v5.channel.k8s.io", { form: "binary", status: "status", closes: true }],
  ["v4.channel.k8s.io", { form: "binary", status: "status", closes: false }],
  ["v3.channel.k8s.io", { form: "binary", status: "text", closes: false }],
  ["v2.channel.k8s.io", { form: "binary", status: "text", closes: false }],
  ["channel.k8s.io", { form: "binary", status: "text", closes: false }],
  ["v4.base64.channel.k8s.io", { form: "base64", status: "status", closes: false }],
  ["base64.channel.k8s.io", { form: "base64", status: "text", closes: false }],
]);
const WITHOUT_PROTOCOL: Dialect = { form: "binary", status: "text", closes: false };

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const ERROR = 3;
const CLOSE = 255;

/** Serves a session of exec or attach over WebSocket channels: stdin 0, stdout 1, stderr 2, error 3, resize 4, close 255. */
export function commandOverWebSocket(
  upgrade: Upgrade,
  options: CommandOptions,
  { loop, start }: { readonly loop: Loop; readonly start: (output: CommandOutput) => CommandSession },
): void {
  const offered = offeredProtocols(upgrade.request, "sec-websocket-protocol");
  const protocol = offered.find((one) => DIALECTS.has(one));
  if (offered.length > 0 && protocol === undefined) {
    const body = `unable to upgrade: none of the offered subprotocols is supported: ${offered.join(", ")}\n`;
    refuseUpgrade(upgrade.socket, { status: 400, contentType: "text/plain; charset=utf-8", body });
    return;
  }
  const dialect = protocol === undefined ? WITHOUT_PROTOCOL : (DIALECTS.get(protocol) as Dialect);
  openWebSocket(upgrade, protocol, (open) => {
    let session: CommandSession | undefined;
    const channels = channelSocket(open, dialect.form, (channel, bytes) =>
      loop.soon("input of a session", () => {
        if (channel === STDIN) session?.input(bytes);
        else if (channel === CLOSE && dialect.closes && bytes[0] === STDIN) session?.endInput();
      }),
    );
    open.webSocket.on("close", () => loop.soon("end of a session", () => session?.abandon()));
    // Old clients wait for a message to know that they are connected.
    if (!dialect.closes) channels.send(options.stdout ? STDOUT : options.stderr ? STDERR : ERROR, Buffer.alloc(0));
    session = start({
      stdout: (bytes) => channels.send(STDOUT, bytes),
      stderr: (bytes) => channels.send(STDERR, bytes),
      ended: (end) => {
        const bytes = endBytes(end, dialect.status);
        if (bytes.length > 0) channels.send(ERROR, bytes);
        channels.close();
      },
    });
  });
}
