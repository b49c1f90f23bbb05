import { parentPort, workerData } from "node:worker_threads";
import { createDnsReplica, type DnsChange, type ReplicaConfig } from "../../network/index.ts";
import { bindUdp } from "./udp-socket.ts";

/** What a worker is started with. */
export type WorkerStart = ReplicaConfig & { readonly host: string; readonly port: number };
/** What the main thread says. */
export type ToWorker =
  | { readonly change: DnsChange; readonly atMs: number }
  | { readonly answer: Uint8Array; readonly port: number; readonly address: string }
  | { readonly report: true };
/** What a worker says: where it listens, a packet that is not for it, and what it has done. */
export type FromWorker =
  | { readonly listening: number }
  | { readonly packet: Uint8Array; readonly port: number; readonly address: string }
  | { readonly answers: number; readonly cpuMs: number };

const { host, port, ...config } = workerData as WorkerStart;
const replica = createDnsReplica(config);
const tell = (message: FromWorker): void => parentPort?.postMessage(message);
let answers = 0;

const socket = await bindUdp({ host, port }, { reusePort: true }, (packet, from, own) => {
  if (!replica.serves(packet)) {
    tell({ packet, port: from.port, address: from.address });
    return;
  }
  const answer = replica.respond(packet, "udp", from);
  answers++;
  if (answer !== undefined) own.send(answer, from.port, from.address);
});
parentPort?.on("message", (message: ToWorker) => {
  if ("change" in message) replica.apply(message.change, message.atMs);
  else if ("answer" in message) socket.send(message.answer, message.port, message.address);
  else {
    const { user, system } = process.threadCpuUsage();
    tell({ answers, cpuMs: (user + system) / 1000 });
  }
});
tell({ listening: socket.address().port });
