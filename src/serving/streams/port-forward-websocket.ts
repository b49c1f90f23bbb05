import { Duplex } from "node:stream";
import { statusErrors } from "../../apimachinery/index.ts";
import { type ChannelForm, type ChannelSocket, channelSocket } from "./channel-socket.ts";
import { type ForwardTarget, openPort, portNumber } from "./port-forward-spdy.ts";
import { offeredProtocols, type Upgrade } from "./upgrade.ts";
import { openWebSocket } from "./web-socket.ts";

const FORMS: ReadonlyMap<string, ChannelForm> = new Map([
  ["v4.channel.k8s.io", "binary"],
  ["v4.base64.channel.k8s.io", "base64"],
]);
const PORTS_MAX = 32;

/**
 * Forwards the ports named in the query over one WebSocket, each on two channels, data and errors, which begin with the port's
 * number. The oldest way, of clients that are no kubectl.
 */
export function forwardOverChannels(upgrade: Upgrade, query: URLSearchParams, target: ForwardTarget): void {
  const asked = query.getAll("ports").flatMap((text) => text.split(","));
  const ports = asked.flatMap((text) => portNumber(text) ?? []);
  if (asked.length === 0) throw statusErrors.badRequest('query parameter "ports" is required');
  if (ports.length < asked.length || ports.length > PORTS_MAX)
    throw statusErrors.badRequest(`unable to parse ${JSON.stringify(asked.join(","))} as a list of ports`);
  const protocol = offeredProtocols(upgrade.request, "sec-websocket-protocol").find((one) => FORMS.has(one));
  openWebSocket(upgrade, protocol, (open) => {
    const connections: Duplex[] = [];
    const channels = channelSocket(open, FORMS.get(protocol ?? "") ?? "binary", (channel, bytes) => {
      const connection = channel % 2 === 0 ? connections[channel / 2] : undefined;
      if (connection !== undefined && !connection.destroyed && !connection.readableEnded) connection.push(bytes);
    });
    for (const [index, port] of ports.entries()) {
      for (const channel of [2 * index, 2 * index + 1]) channels.send(channel, portBytes(port));
      const connection = channelDuplex(channels, 2 * index);
      connections.push(connection);
      connection.once("close", () => {
        if (connections.every((one) => one.destroyed)) channels.close();
      });
      const failure = openPort(target, port, connection);
      if (failure === undefined) continue;
      channels.send(2 * index + 1, Buffer.from(failure));
      connection.destroy();
    }
    open.webSocket.on("close", () => {
      for (const connection of connections) connection.destroy();
    });
  });
}

function channelDuplex(channels: ChannelSocket, channel: number): Duplex {
  return new Duplex({
    read: () => {},
    write: (chunk: Buffer, _encoding, done) => {
      channels.send(channel, chunk);
      done();
    },
  });
}

function portBytes(port: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(port);
  return bytes;
}
