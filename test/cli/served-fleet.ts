import { execFile, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const MAIN = resolve(import.meta.dirname, "../../src/cli/main.ts");

export type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** Runs a program to its end. */
export function run(
  program: string,
  argv: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly input?: string; readonly cwd?: string } = {},
): Promise<Ran> {
  return new Promise((done) => {
    const child = execFile(
      program,
      argv,
      { cwd: options.cwd, env: options.env ?? process.env, maxBuffer: 64 * 1024 * 1024, timeout: 180_000 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
        done({ code, stdout, stderr });
      },
    );
    // A program that fails early does not wait for its input.
    child.stdin?.on("error", () => {});
    child.stdin?.end(options.input ?? "");
  });
}

/** `atoll` itself, as a user runs it. */
export function atoll(...argv: readonly string[]): Promise<Ran> {
  return run(process.execPath, [MAIN, ...argv]);
}

/** Whether a program is on this machine; tests that need it are skipped with a visible line where it is not. */
export function has(program: string): boolean {
  const found = spawnSync("which", [program]).status === 0;
  if (!found) process.stderr.write(`skipped: ${program} is not on this machine\n`);
  return found;
}

export type KubectlOptions = {
  readonly input?: string;
  readonly config?: "karmada" | "members";
  /** Which kubectl; the one on the path when absent. */
  readonly program?: string;
  /** Further variables of its environment. */
  readonly env?: NodeJS.ProcessEnv;
};

/** A fleet served by a process of its own, and the clients pointed at it. */
export interface ServedFleet {
  readonly folder: string;
  readonly printed: string;
  readonly pid: number;
  host(...argv: readonly string[]): Promise<Ran>;
  member(name: string, ...argv: readonly string[]): Promise<Ran>;
  kubectl(argv: readonly string[], options?: KubectlOptions): Promise<Ran>;
  dig(member: string, ...argv: readonly string[]): Promise<Ran>;
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts `atoll up` and waits for `ready`. */
export async function serve(...argv: readonly string[]): Promise<ServedFleet> {
  const folder = mkdtempSync(join(tmpdir(), "atoll-served-"));
  const child = spawn(process.execPath, [MAIN, "up", "--kubeconfig-dir", folder, ...argv], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  const exited = new Promise<number | null>((done) => child.once("exit", (code) => done(code)));
  await new Promise<void>((ready, fail) => {
    const take = (chunk: Buffer): void => {
      printed += chunk.toString();
      if (/^ready in \d+ ms$/m.test(printed)) ready();
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    child.once("exit", (code) => fail(new Error(`atoll up ended with ${code}: ${printed}`)));
  });
  const env = { ...process.env, KUBECACHEDIR: join(folder, "cache"), HOME: folder };
  const kubectl: ServedFleet["kubectl"] = (args, options = {}) =>
    run(
      options.program ?? "kubectl",
      ["--kubeconfig", join(folder, `${options.config ?? "karmada"}.config`), ...args],
      {
        env: { ...env, ...options.env },
        ...(options.input === undefined ? {} : { input: options.input }),
      },
    );
  return {
    folder,
    printed,
    pid: child.pid ?? 0,
    kubectl,
    host: (...args) => kubectl(args),
    member: (name, ...args) => kubectl(["--context", name, ...args], { config: "members" }),
    dig: (member, ...args) => {
      const [, address, port] = new RegExp(`^${member} dns (\\S+):(\\d+)$`, "m").exec(printed) ?? [];
      return run("dig", [`@${address}`, "-p", String(port), "+tries=1", "+time=5", ...args]);
    },
    stop: async (signal = "SIGTERM") => {
      child.kill(signal);
      const code = await exited;
      rmSync(folder, { recursive: true, force: true });
      return code;
    },
  };
}

/** Repeats `look` until `good`, at most `seconds`; the last look. For watching another process, whose time is wall time. */
export async function eventually<T>(look: () => Promise<T>, good: (seen: T) => boolean, seconds = 20): Promise<T> {
  const last = performance.now() + seconds * 1000;
  for (;;) {
    const seen = await look();
    if (good(seen) || performance.now() > last) return seen;
    await new Promise((done) => setTimeout(done, 50));
  }
}
