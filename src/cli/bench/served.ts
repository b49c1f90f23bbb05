import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PROGRAM } from "./measure.ts";
import { type Target, targetOf } from "./raw-https.ts";

/** Serves a fleet of one member in a process of its own while `work` speaks to its host. */
export async function whileServed<T>(work: (host: Target) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "atoll-bench-"));
  const server = spawn(process.execPath, [PROGRAM, "up", "--members", "1", "--kubeconfig-dir", folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    await ready(server);
    return await work(targetOf(join(folder, "karmada.config")));
  } finally {
    server.removeAllListeners("exit");
    const ended = new Promise((done) => server.once("exit", done));
    server.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
}

function ready(server: ChildProcess): Promise<void> {
  return new Promise((done, fail) => {
    let printed = "";
    server.stdout?.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
      if (printed.includes("ready in")) done();
    });
    server.once("exit", (code) => fail(new Error(`atoll up ended with exit code ${code}`)));
  });
}
