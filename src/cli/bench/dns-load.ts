import { createSocket } from "node:dgram";
import { readFileSync } from "node:fs";

/** What the load generator is told, in a JSON file named by its first argument. */
export type LoadPlan = {
  readonly port: number;
  /** Packets in hex, and what each answer must end with: one of these, in hex. */
  readonly queries: readonly (readonly [packet: string, endings: readonly string[]])[];
  readonly seconds: number;
  /** Questions a second. */
  readonly perSecond: number;
};
/** What came of it; latencies are in milliseconds. */
export type LoadResult = {
  readonly sent: number;
  readonly received: number;
  readonly wrong: number;
  readonly p99Ms: number;
};

const TICK_MS = 1;
const ID_COUNT = 65_536;
const HEADER = 12;

if (process.argv[1] === import.meta.filename)
  run(JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as LoadPlan).then((result) =>
    process.stdout.write(JSON.stringify(result)),
  );

/** Offers questions evenly, from one socket; every answer is compared. */
async function run(plan: LoadPlan): Promise<LoadResult> {
  const queries = plan.queries.map(([packet, endings]) => ({ packet: Buffer.from(packet, "hex"), endings }));
  const sentAt = new Float64Array(ID_COUNT);
  const asked = new Int32Array(ID_COUNT).fill(-1);
  const latencies: number[] = [];
  let [sent, received, wrong] = [0, 0, 0];
  const socket = createSocket("udp4");
  socket.on("message", (answer) => {
    const id = answer.readUInt16BE(0);
    const query = queries[asked[id] as number];
    // Ids come round again within seconds: what answers another question is late, and was counted as unanswered.
    if (query === undefined || !query.packet.subarray(HEADER).equals(questionOf(answer, query.packet.length))) return;
    asked[id] = -1;
    received++;
    latencies.push(performance.now() - (sentAt[id] as number));
    const size = (query.endings[0]?.length ?? 0) / 2;
    if (!query.endings.includes(answer.toString("hex", answer.length - size))) wrong++;
  });
  await new Promise<void>((resolve) => void socket.bind(0, "127.0.0.1", resolve));
  socket.setRecvBufferSize(4 << 20);
  const start = performance.now();
  await new Promise<void>((resolve) => {
    const tick = setInterval(() => {
      const nowMs = performance.now() - start;
      const due = Math.min(nowMs, plan.seconds * 1000) * (plan.perSecond / 1000);
      for (; sent < due; sent++) {
        const id = sent % ID_COUNT;
        const index = sent % queries.length;
        const packet = Buffer.from((queries[index] as { packet: Buffer }).packet);
        packet.writeUInt16BE(id, 0);
        asked[id] = index;
        sentAt[id] = performance.now();
        socket.send(packet, plan.port, "127.0.0.1");
      }
      if (nowMs < plan.seconds * 1000 + 500) return;
      clearInterval(tick);
      resolve();
    }, TICK_MS);
  });
  socket.close();
  latencies.sort((left, right) => left - right);
  return { sent, received, wrong, p99Ms: latencies[Math.floor(latencies.length * 0.99)] ?? Number.POSITIVE_INFINITY };
}

/** The part of an answer that repeats the question, which ends where the query of that length did. */
function questionOf(answer: Buffer, queryLength: number): Buffer {
  return answer.subarray(HEADER, queryLength);
}
