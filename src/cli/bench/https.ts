import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { Agent, request } from "node:https";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import type { Figure, Measure } from "./measure.ts";

const MAIN = resolve(import.meta.dirname, `../main${import.meta.filename.slice(-3)}`);
const CONNECTIONS = 32;
const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";

type Target = { readonly url: URL; readonly agent: Agent };
type Call = { readonly method: string; readonly path: string; readonly body?: string; readonly type?: string };

/** Requests per second over 32 keep-alive connections, the server on a core of its own. */
export const https: Measure = {
  name: "https",
  run: async ({ quick }) => {
    const count = quick ? 1000 : 5000;
    const folder = mkdtempSync(join(tmpdir(), "atoll-bench-"));
    const server = spawn(process.execPath, [MAIN, "up", "--members", "1", "--kubeconfig-dir", folder], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      await ready(server);
      const target = targetOf(join(folder, "karmada.config"));
      const figures = await measure(target, count);
      target.agent.destroy();
      return figures;
    } finally {
      const ended = new Promise((done) => server.once("exit", done));
      server.kill("SIGTERM");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function measure(target: Target, count: number): Promise<readonly Figure[]> {
  const name = (index: number): string => `item-${index}`;
  const rates: (readonly [string, number, number, (index: number) => Call])[] = [
    [
      "create",
      count,
      4000,
      (index) => ({
        method: "POST",
        path: CONFIG_MAPS,
        body: JSON.stringify(configMap(name(index))),
        type: "application/json",
      }),
    ],
    ["get", count, 8000, (index) => ({ method: "GET", path: `${CONFIG_MAPS}/${name(index)}` })],
    [
      "merge patch",
      count,
      3000,
      (index) => ({
        method: "PATCH",
        path: `${CONFIG_MAPS}/${name(index)}`,
        body: `{"data":{"key":"changed ${index}"}}`,
        type: "application/merge-patch+json",
      }),
    ],
    ["list, limit 500", Math.ceil(count / 10), 500, () => ({ method: "GET", path: `${CONFIG_MAPS}?limit=500` })],
    [`list of ${count}`, Math.ceil(count / 50), 60, () => ({ method: "GET", path: CONFIG_MAPS })],
    ["delete", count, 4000, (index) => ({ method: "DELETE", path: `${CONFIG_MAPS}/${name(index)}` })],
  ];
  const figures: Figure[] = [];
  for (const [what, total, floor, call] of rates)
    figures.push({
      name: `HTTPS ${what}`,
      value: await rate(target, total, call),
      unit: "requests/s",
      floor: { atLeast: floor },
    });
  return figures;
}

async function rate(target: Target, total: number, call: (index: number) => Call): Promise<number> {
  const startMs = performance.now();
  let next = 0;
  const connection = async (): Promise<void> => {
    while (next < total) await send(target, call(next++));
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
  return total / ((performance.now() - startMs) / 1000);
}

function send(target: Target, call: Call): Promise<void> {
  return new Promise((done, fail) => {
    const headers =
      call.body === undefined ? {} : { "content-type": call.type, "content-length": Buffer.byteLength(call.body) };
    const sent = request(
      {
        host: target.url.hostname,
        port: target.url.port,
        method: call.method,
        path: call.path,
        agent: target.agent,
        headers,
      },
      (response) => {
        response.resume();
        response.once("end", () =>
          (response.statusCode ?? 500) < 300
            ? done()
            : fail(new Error(`${call.method} ${call.path} answered ${response.statusCode}`)),
        );
      },
    );
    sent.once("error", fail);
    sent.end(call.body);
  });
}

function targetOf(kubeconfig: string): Target {
  const config = parse(readFileSync(kubeconfig, "utf8")) as {
    readonly clusters: readonly {
      readonly cluster: { readonly server: string; readonly "certificate-authority-data": string };
    }[];
    readonly users: readonly {
      readonly user: Readonly<Record<"client-certificate-data" | "client-key-data", string>>;
    }[];
  };
  const cluster = config.clusters[0]?.cluster;
  const user = config.users[0]?.user;
  const decode = (text: string | undefined): Buffer => Buffer.from(text ?? "", "base64");
  const agent = new Agent({
    keepAlive: true,
    maxSockets: CONNECTIONS,
    ca: decode(cluster?.["certificate-authority-data"]),
    cert: decode(user?.["client-certificate-data"]),
    key: decode(user?.["client-key-data"]),
  });
  return { url: new URL(cluster?.server ?? ""), agent };
}

function configMap(name: string): object {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { key: "value", text: "x".repeat(900) } };
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
