import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Measure, PROGRAM } from "./measure.ts";

/** From the start of the process to every cluster Ready, served over HTTPS; the best of three, since the first fills caches. */
export const boot: Measure = {
  name: "boot",
  run: async () => {
    const runs = [await bootOnce(), await bootOnce(), await bootOnce()];
    const best = runs.reduce((left, right) => (right.readyMs < left.readyMs ? right : left));
    return [
      { name: "boot host + 3 members, all Ready", value: best.readyMs, unit: "ms", floor: { atMost: 500 } },
      { name: "  resident memory", value: best.residentMiB, unit: "MiB", floor: { atMost: 200 } },
    ];
  },
};

async function bootOnce(): Promise<{ readonly readyMs: number; readonly residentMiB: number }> {
  const folder = mkdtempSync(join(tmpdir(), "atoll-bench-"));
  const startMs = performance.now();
  const child = spawn(process.execPath, [PROGRAM, "up", "--members", "3", "--kubeconfig-dir", folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    await new Promise<void>((ready, fail) => {
      let printed = "";
      child.stdout.on("data", (chunk: Buffer) => {
        printed += chunk.toString();
        if (printed.includes("ready in")) ready();
      });
      child.once("exit", (code) => fail(new Error(`atoll up ended with exit code ${code}`)));
    });
    const readyMs = performance.now() - startMs;
    return { readyMs, residentMiB: residentMiB(child.pid ?? 0) };
  } finally {
    child.removeAllListeners("exit");
    const ended = new Promise((done) => child.once("exit", done));
    child.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
}

function residentMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}
