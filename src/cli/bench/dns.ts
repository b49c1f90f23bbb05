import { spawn, spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { dnsQuery, encodeMessage } from "../../network/index.ts";
import { World } from "../../scenario/index.ts";
import { type DnsListener, listenDns } from "../../serving/index.ts";
import type { LoadPlan, LoadResult } from "./dns-load.ts";
import { costOf, type Figure, type Measure } from "./measure.ts";

const SERVICES = 5000;
const CHANGING = 100;
const REPEAT_MS = 2000;
const OFFERED_PER_SECOND = 50_000;
const CHANGES_PER_SECOND = 1000;
const CHANGES_SEEN = 200;
const ASK_AGAIN_MS = 200;
const DNSPERF = "dnsperf";
const LOAD = resolve(import.meta.dirname, `dns-load${import.meta.filename.slice(-3)}`);
/** Caching off, so that changes show at once. */
const COREFILE = `.:53 {
    errors
    health
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    cache 30 {
       disable success cluster.local
       disable denial cluster.local
    }
    prometheus :9153
    reload
    loadbalance
}
`;

/** Answers for 5,000 Service names: from bytes to bytes, and over sockets to clients on the other core. */
export const dns: Measure = {
  name: "dns answers",
  run: async ({ quick }) => {
    const world = await worldOf(quick ? SERVICES / 10 : SERVICES);
    const seconds = quick ? 1 : 5;
    const listener = await listenDns(world.dnsQuery("member1"), { host: "127.0.0.1", port: 0 });
    try {
      return [
        await wireToWire(world, quick),
        await overSockets(world, listener, seconds),
        ...(await underChange(world, listener, seconds)),
        await untilSeen(world, listener),
      ];
    } finally {
      await listener.stop();
      await world.stop();
    }
  },
};

type Manifest = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
};

/** A member with that many Services, and some headless ones whose only endpoint comes and goes. */
async function worldOf(services: number): Promise<World> {
  const world = await World.create({ members: [{ name: "member1" }] });
  const member = world.member("member1");
  await member.patch("configmaps", "coredns", { data: { Corefile: COREFILE } }, { namespace: "kube-system" });
  for (let index = 0; index < services; index++)
    await member.create(service(`web-${index}`, { ports: [{ port: 80 }] }));
  for (let index = 0; index < CHANGING; index++) {
    await member.create(service(`head-${index}`, { clusterIP: "None", ports: [{ port: 80 }] }));
    await member.create(slice(index, 1));
  }
  await world.advance("2m");
  return world;
}

function service(name: string, spec: object): Manifest {
  return { apiVersion: "v1", kind: "Service", metadata: { name, namespace: "default" }, spec };
}

function slice(index: number, version: 1 | 2): Manifest {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: `head-${index}-a`,
      namespace: "default",
      labels: { "kubernetes.io/service-name": `head-${index}` },
    },
    addressType: "IPv4",
    ports: [{ port: 80, protocol: "TCP" }],
    endpoints: [{ addresses: [`10.200.${index}.${version}`], conditions: { ready: true } }],
  };
}

function queryOf(name: string): Buffer {
  return encodeMessage(dnsQuery({ name: `${name}.default.svc.cluster.local.`, type: "A" }));
}

async function serviceNames(world: World): Promise<readonly string[]> {
  const services = await world.member("member1").list("services", { namespace: "default" });
  return services.map(({ metadata }) => metadata.name).filter((name) => name.startsWith("web-"));
}

async function wireToWire(world: World, quick: boolean): Promise<Figure> {
  const queries = (await serviceNames(world)).map(queryOf);
  const answer = world.dnsQuery("member1");
  const lastMs = performance.now() + (quick ? REPEAT_MS / 4 : REPEAT_MS);
  let count = 0;
  let wrong = 0;
  const cost = await costOf(async () => {
    while (performance.now() < lastMs) {
      for (const query of queries) if ((answer(query, "udp")?.readUInt16BE(6) ?? 0) !== 1) wrong++;
      count += queries.length;
    }
  });
  if (wrong > 0) throw new Error(`${wrong} of ${count} answers were wrong`);
  return {
    name: "DNS answers, wire to wire",
    value: count / (cost.cpuMs / 1000),
    unit: "per CPU-second",
    floor: { atLeast: 100_000 },
  };
}

/** As many questions as dnsperf can send where it is installed; else as many as are offered. */
async function overSockets(world: World, { port }: DnsListener, seconds: number): Promise<Figure> {
  const names = await serviceNames(world);
  let answered = 0;
  const cost = await costOf(async () => {
    answered = (await dnsperf(names, port, seconds)) ?? (await load(await planOf(world, port, seconds))).received;
  });
  return {
    name: "DNS answers over UDP sockets",
    value: answered / (cost.cpuMs / 1000),
    unit: "per CPU-second",
    floor: { atLeast: 100_000 },
  };
}

async function underChange(world: World, { port }: DnsListener, seconds: number): Promise<readonly Figure[]> {
  const change = changer(world);
  let isOver = false;
  const start = performance.now();
  const loaded = load(await planOf(world, port, seconds)).finally(() => {
    isOver = true;
  });
  let changes = 0;
  while (!isOver) {
    for (const due = ((performance.now() - start) * CHANGES_PER_SECOND) / 1000; changes < due && !isOver; changes++) {
      await change(changes % CHANGING, Math.floor(changes / CHANGING) % 2 === 0 ? 2 : 1);
      if (changes % 10 === 9) await new Promise((done) => setImmediate(done));
    }
    await new Promise((done) => setTimeout(done, 1));
  }
  const rate = changes / ((performance.now() - start) / 1000);
  const result = await loaded;
  return [
    { name: "DNS at 50,000 questions/s: p99", value: result.p99Ms, unit: "ms", floor: { atMost: 2 } },
    { name: "  unanswered", value: (1 - result.received / result.sent) * 100, unit: "%", floor: { atMost: 1 } },
    { name: "  wrong", value: result.wrong, unit: "answers", floor: { atMost: 0 } },
    { name: "  while endpoints change", value: rate, unit: "per s", floor: { atLeast: CHANGES_PER_SECOND * 0.9 } },
  ];
}

/** Gives a headless Service another endpoint, and lets the change take its way to DNS. */
function changer(world: World): (index: number, version: 1 | 2) => Promise<void> {
  const member = world.member("member1");
  return async (index, version) => {
    const { endpoints } = slice(index, version);
    await member.patch("endpointslices", `head-${index}-a`, { endpoints }, { namespace: "default" });
    await world.settle();
  };
}

/** Static names must give their address, changing ones one of the two they alternate between. */
async function planOf(world: World, port: number, seconds: number): Promise<LoadPlan> {
  const services = await world.member("member1").list("services", { namespace: "default" });
  const fixed = services.flatMap(({ metadata, spec }): LoadPlan["queries"] => {
    const address = (spec as { readonly clusterIP?: string }).clusterIP ?? "";
    if (!metadata.name.startsWith("web-")) return [];
    return [[queryOf(metadata.name).toString("hex"), [hexOf(address)]]];
  });
  const changing = Array.from({ length: CHANGING }, (_, index): LoadPlan["queries"][number] => [
    queryOf(`head-${index}`).toString("hex"),
    [1, 2].map((version) => hexOf(`10.200.${index}.${version}`)),
  ]);
  return { port, queries: [...fixed, ...changing], seconds, perSecond: OFFERED_PER_SECOND };
}

function hexOf(address: string): string {
  return Buffer.from(address.split(".").map(Number)).toString("hex");
}

/** How long after a change has begun the first answer shows it; the worst of many. */
async function untilSeen(world: World, { port }: DnsListener): Promise<Figure> {
  const change = changer(world);
  const socket = createSocket("udp4");
  const query = queryOf("head-0");
  let worst = 0;
  await ask(socket, port, { query, id: 0 });
  for (let turn = 0; turn < CHANGES_SEEN; turn++) {
    const version = turn % 2 === 0 ? 2 : 1;
    await change(0, version === 1 ? 2 : 1);
    const start = performance.now();
    await change(0, version);
    const answer = await ask(socket, port, { query, id: turn + 1 });
    if (answer.at(-1) !== version) throw new Error("a change of an endpoint was not seen by the question after it");
    worst = Math.max(worst, performance.now() - start);
  }
  socket.close();
  return { name: "DNS change, until it is seen", value: worst, unit: "ms at most", floor: { atMost: 5 } };
}

/** Asks again while what others asked fills the server's buffer; late answers to earlier questions are passed over. */
function ask(socket: ReturnType<typeof createSocket>, port: number, { query, id }: Numbered): Promise<Buffer> {
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

type Numbered = { readonly query: Buffer; readonly id: number };

/** Runs the load generator in a process of its own, on the other core. */
function load(plan: LoadPlan): Promise<LoadResult> {
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

/** Answers dnsperf got; `undefined` where it is not installed. */
export async function dnsperf(names: readonly string[], port: number, seconds: number): Promise<number | undefined> {
  if (spawnSync(DNSPERF, ["-h"]).error !== undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "atoll-bench-"));
  const file = join(folder, "queries.txt");
  writeFileSync(file, names.map((name) => `${name}.default.svc.cluster.local A\n`).join(""));
  const args = ["-s", "127.0.0.1", "-p", String(port), "-d", file, "-l", String(seconds), "-c", "8", "-q", "200"];
  const child = spawn(DNSPERF, args, { stdio: ["ignore", "pipe", "ignore"] });
  let printed = "";
  child.stdout.on("data", (chunk: Buffer) => {
    printed += chunk.toString();
  });
  await new Promise((done) => child.once("close", done));
  rmSync(folder, { recursive: true, force: true });
  return Number(/Queries completed:\s+(\d+)/.exec(printed)?.[1] ?? 0);
}
