import type { Socket as UdpSocket } from "node:dgram";
import { createServer, type Server, type Socket } from "node:net";
import type { DnsResponder } from "../../network/index.ts";
import { TcpFrames } from "./tcp-frames.ts";
import { bindUdp } from "./udp-socket.ts";

/** A DNS server on real sockets, UDP and TCP at one port. */
export interface DnsListener {
  readonly host: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** CoreDNS' times: a connection may be silent between two questions, but not before its first or in the middle of one. */
const IDLE_MS = 10_000;
const READ_MS = 3_000;
/** A port free for UDP may be taken for TCP; another is tried this often. */
const BIND_ATTEMPTS = 10;

/** Listens on `host`, at `port` or any free one (0), and answers every packet by `query`. */
export async function listenDns(
  query: DnsResponder,
  address: { readonly host: string; readonly port: number },
): Promise<DnsListener> {
  const { host } = address;
  for (let attempt = 1; ; attempt++) {
    const udp = await bindUdp(address, { reusePort: false }, (packet, from, socket) => {
      const answer = query(packet, "udp", from);
      if (answer !== undefined) socket.send(answer, from.port, from.address);
    });
    const { port } = udp.address();
    try {
      const tcp = await bindTcp(query, { host, port });
      return { host, port, stop: () => stopBoth(udp, tcp) };
    } catch (error) {
      await new Promise<void>((resolve) => void udp.close(() => resolve()));
      if (address.port !== 0 || attempt === BIND_ATTEMPTS) throw error;
    }
  }
}

type TcpListener = { readonly server: Server; readonly connections: Set<Socket> };

function bindTcp(query: DnsResponder, address: { readonly host: string; readonly port: number }): Promise<TcpListener> {
  const connections = new Set<Socket>();
  const server = createServer((socket) => {
    connections.add(socket);
    socket.on("close", () => connections.delete(socket));
    serveConnection(query, socket);
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(address.port, address.host, () => {
      server.removeListener("error", reject);
      resolve({ server, connections });
    });
  });
}

/** Answers come in the order of the questions, however many are on the way; a reader that is too slow is not read from. */
function serveConnection(query: DnsResponder, socket: Socket): void {
  const frames = new TcpFrames();
  const from = { address: socket.remoteAddress ?? "", port: socket.remotePort ?? 0 };
  const answersTo = (packet: Buffer): readonly Buffer[] => {
    const whole = query.transfer?.(packet, from);
    if (whole !== undefined) return whole;
    const answer = query(packet, "tcp", from);
    return answer === undefined ? [] : [answer];
  };
  socket.setNoDelay(true);
  socket.setTimeout(READ_MS, () => socket.destroy());
  socket.on("error", () => socket.destroy());
  socket.on("drain", () => socket.resume());
  socket.on("data", (chunk: Buffer) => {
    const answers: Buffer[] = [];
    for (const packet of frames.take(chunk))
      for (const answer of answersTo(packet)) answers.push(lengthOf(answer), answer);
    socket.setTimeout(frames.isPartial ? READ_MS : IDLE_MS);
    if (answers.length > 0 && !socket.write(Buffer.concat(answers))) socket.pause();
  });
}

function lengthOf(answer: Buffer): Buffer {
  const prefix = Buffer.allocUnsafe(2);
  prefix.writeUInt16BE(answer.length);
  return prefix;
}

async function stopBoth(udp: UdpSocket, tcp: TcpListener): Promise<void> {
  for (const connection of tcp.connections) connection.destroy();
  await Promise.all([
    new Promise<void>((resolve) => void udp.close(() => resolve())),
    new Promise<void>((resolve) => void tcp.server.close(() => resolve())),
  ]);
}
