import { Worker } from "node:worker_threads";
import type { ClusterDns, DnsResponder, ReplicaConfig } from "../../network/index.ts";
import type { FromWorker, ToWorker, WorkerStart } from "./dns-worker.ts";

/** Threads that answer at one UDP port, each from a copy of the zone. */
export interface DnsWorkers {
  readonly host: string;
  readonly port: number;
  /** What each has done since it started: answers, and CPU milliseconds of its thread. */
  report(): Promise<readonly { readonly answers: number; readonly cpuMs: number }[]>;
  stop(): Promise<void>;
}

type Options = ReplicaConfig & {
  readonly count: number;
  readonly host: string;
  readonly port: number;
  /** Where the copies come from. */
  readonly follow: ClusterDns["follow"];
  readonly nowMs: () => number;
  /** Answers for what is in none of the zones the workers have. */
  readonly others: DnsResponder;
};

const WORKER = new URL(`./dns-worker${import.meta.url.slice(-3)}`, import.meta.url);

/** Starts `count` threads; the system spreads clients over their sockets (`SO_REUSEPORT`). */
export async function startDnsWorkers(options: Options): Promise<DnsWorkers> {
  const { host, clusterDomain, dnsIP, others } = options;
  const workers: Worker[] = [];
  let { port } = options;
  try {
    for (let index = 0; index < options.count; index++) {
      const start: WorkerStart = { host, port, clusterDomain, dnsIP };
      const worker = new Worker(WORKER, { workerData: start });
      workers.push(worker);
      port = await listening(worker);
      worker.on("message", (message: FromWorker) => passOn(worker, message, others));
    }
  } catch (error) {
    await Promise.all(workers.map((worker) => worker.terminate()));
    throw error;
  }
  const say = (worker: Worker, message: ToWorker): void => worker.postMessage(message);
  const unfollow = options.follow((change) => {
    for (const worker of workers) say(worker, { change, atMs: options.nowMs() });
  });
  return {
    host,
    port,
    report: () => Promise.all(workers.map(reportOf)),
    stop: async () => {
      unfollow();
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

function passOn(worker: Worker, message: FromWorker, others: DnsResponder): void {
  if (!("packet" in message)) return;
  const { address, port } = message;
  const answer = others(Buffer.from(message.packet), "udp", { address, port });
  const reply: ToWorker | undefined = answer && { answer, address, port };
  if (reply !== undefined) worker.postMessage(reply);
}

function listening(worker: Worker): Promise<number> {
  return new Promise((resolve, reject) => {
    worker.once("error", reject);
    worker.once("message", (message: FromWorker) => {
      worker.removeListener("error", reject);
      if ("listening" in message) resolve(message.listening);
    });
  });
}

function reportOf(worker: Worker): Promise<{ readonly answers: number; readonly cpuMs: number }> {
  return new Promise((resolve) => {
    const hear = (message: FromWorker): void => {
      if (!("cpuMs" in message)) return;
      worker.removeListener("message", hear);
      resolve(message);
    };
    worker.on("message", hear);
    worker.postMessage({ report: true } satisfies ToWorker);
  });
}
