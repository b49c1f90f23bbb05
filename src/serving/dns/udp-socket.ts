import { createSocket, type Socket, type SocketOptions } from "node:dgram";
import { lookup } from "node:dns";
import { isIP } from "node:net";

/** The system's usual buffer drops bursts. */
const RECEIVE_BUFFER_BYTES = 4 << 20;

/** Binds a socket and hands every packet over, with a way to answer it; several may share a port (`SO_REUSEPORT`). */
export function bindUdp(
  address: { readonly host: string; readonly port: number },
  how: { readonly reusePort: boolean },
  take: (packet: Buffer, from: { readonly address: string; readonly port: number }, socket: Socket) => void,
): Promise<Socket> {
  const type = address.host.includes(":") ? "udp6" : "udp4";
  const socket = createSocket({ type, reusePort: how.reusePort, lookup: plainLookup });
  socket.on("message", (packet, from) => take(packet, from, socket));
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(address.port, address.host, () => {
      socket.removeListener("error", reject);
      // A client that closed its socket answers with ICMP; that is its own affair.
      socket.on("error", () => {});
      socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
      resolve(socket);
    });
  });
}

/** Node looks the receiver of every packet up, which is an address already. */
const plainLookup: SocketOptions["lookup"] = (host, options, done) => {
  const family = isIP(host);
  if (family === 0) lookup(host, options, done);
  else done(null, host, family);
};
