import { spawn, spawnSync } from "node:child_process";
import type { createSocket } from "node:dgram";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { LoadPlan, LoadResult } from "./dns-load.ts";

const ASK_AGAIN_MS = 200;
const DNSPERF = "dnsperf";
/** Sockets it asks from: enough for a port's listeners to get about as many questions each. */
const CLIENTS = 32;
const LOAD = resolve(import.meta.dirname, `dns-load${import.meta.filename.slice(-3)}`);

/** What dnsperf asks: names of Services in `default`, for so long; as fast as it is answered, or so many a second. */
export type PerfPlan = {
  readonly names: readonly string[];
  readonly port: number;
  readonly seconds: number;
  readonly perSecond?: number;
};

/** Asks again while what others asked fills the server's buffer; late answers to earlier questions are passed over. */
export function ask(socket: ReturnType<typeof createSocket>, port: number, { query, id }: Numbered): Promise<Buffer> {
  const packet = Buffer.from(query);
  packet.writeUInt16BE(id, 0);
  return new Promise((done, fail) => {
    const send = (): void => socket.send(packet, port, "127.0.0.1");
    const again = setInterval(send, ASK_AGAIN_MS);
    const late = setTimeout(() => fail(new Error("a question was not answered within half a minute")), 30_000);
    const hear = (answer: Buffer): void => {
      if (answer.readUInt16BE(0) !== id) return;
      socket.removeListener("message", hear);
      clearInterval(again);
      clearTimeout(late);
      done(answer);
    };
    socket.on("message", hear);
    send();
  });
}

/** A question, and the id it is asked under. */
export type Numbered = { readonly query: Buffer; readonly id: number };

/** Runs the load generator in a process of its own, on the other core. */
export function load(plan: LoadPlan): Promise<LoadResult> {
  const folder = mkdtempSync(join(tmpdir(), "atoll-bench-"));
  const file = join(folder, "plan.json");
  writeFileSync(file, JSON.stringify(plan));
  const child = spawn(process.execPath, [LOAD, file], { stdio: ["ignore", "pipe", "inherit"] });
  let printed = "";
  child.stdout.on("data", (chunk: Buffer) => {
    printed += chunk.toString();
  });
  return new Promise((done, fail) => {
    child.once("error", fail);
    child.once("close", () => {
      rmSync(folder, { recursive: true, force: true });
      done(JSON.parse(printed) as LoadResult);
    });
  });
}

/** Whether dnsperf is installed. */
export function hasDnsperf(): boolean {
  return spawnSync(DNSPERF, ["-h"]).error === undefined;
}

/** How many answers dnsperf got. */
export async function dnsperf({ names, port, seconds, perSecond }: PerfPlan): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "atoll-bench-"));
  const file = join(folder, "queries.txt");
  writeFileSync(file, names.map((name) => `${name}.default.svc.cluster.local A\n`).join(""));
  const pace = perSecond === undefined ? [] : ["-Q", String(perSecond)];
  const asking = [
    "-s",
    "127.0.0.1",
    "-p",
    String(port),
    "-d",
    file,
    "-l",
    String(seconds),
    "-c",
    String(CLIENTS),
    "-q",
    "200",
  ];
  const child = spawn(DNSPERF, [...asking, ...pace], { stdio: ["ignore", "pipe", "ignore"] });
  let printed = "";
  child.stdout.on("data", (chunk: Buffer) => {
    printed += chunk.toString();
  });
  await new Promise((done) => child.once("close", done));
  rmSync(folder, { recursive: true, force: true });
  return Number(/Queries completed:\s+(\d+)/.exec(printed)?.[1] ?? 0);
}
