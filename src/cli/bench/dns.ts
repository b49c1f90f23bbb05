import { createSocket } from "node:dgram";
import { dnsQuery, encodeMessage } from "../../network/index.ts";
import { World } from "../../scenario/index.ts";
import { type DnsListener, listenDns } from "../../serving/index.ts";
import { ask, dnsperf, hasDnsperf, load } from "./dns-clients.ts";
import type { LoadPlan, LoadResult } from "./dns-load.ts";
import { costOf, type Figure, type Measure } from "./measure.ts";

const SERVICES = 5000;
const CHANGING = 100;
const REPEAT_MS = 2000;
const OFFERED_PER_SECOND = 50_000;
const FLOOR_PER_CPU_SECOND = 100_000;
/** What the sockets of the machine echo on which the floors were set, per CPU-second; on a slower one as much less is offered. */
const REFERENCE_ECHOES = 175_000;
const CHANGES_PER_SECOND = 1000;
const CHANGES_SEEN = 200;
const ANYWHERE = { host: "127.0.0.1", port: 0 };
/** How many of these a client asks that looks at every answer; dnsperf, which costs little, asks the others. */
const LOOKED_AT_PER_SECOND = 2000;
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
    const echo = await listenDns(echoed, ANYWHERE);
    const echoes = await echoesPerCpuSecond(echo, seconds);
    const listener = await listenDns(world.dnsQuery("member1"), ANYWHERE);
    try {
      return [
        await wireToWire(world, quick),
        ...(await overSockets(world, listener, { seconds, echoes })),
        ...(await underChange(world, { listener, echo }, { seconds, perSecond: offeredHere(echoes) })),
        await untilSeen(world, listener),
      ];
    } finally {
      await listener.stop();
      await echo.stop();
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

/** As many questions as dnsperf can send where it is installed, else as many as are offered; and what that is of mere echoes. */
async function overSockets(
  world: World,
  { port }: DnsListener,
  { seconds, echoes }: { readonly seconds: number; readonly echoes: number | undefined },
): Promise<readonly Figure[]> {
  const names = await serviceNames(world);
  const value = await perCpuSecond(async () =>
    hasDnsperf()
      ? dnsperf({ names, port, seconds })
      : (await load(await planOf(world, { port, seconds, perSecond: OFFERED_PER_SECOND }))).received,
  );
  const floor = { atLeast: FLOOR_PER_CPU_SECOND };
  const figure: Figure = { name: "DNS answers over UDP sockets", value, unit: "per CPU-second", floor };
  if (echoes === undefined) return [figure];
  const least = Math.round((FLOOR_PER_CPU_SECOND / REFERENCE_ECHOES) * 100);
  return [
    figure,
    { name: "  of what sockets echo here", value: (value / echoes) * 100, unit: "%", floor: { atLeast: least } },
  ];
}

/** How many questions a server that only echoes gets through: as fast as sockets are on this machine. Needs dnsperf. */
async function echoesPerCpuSecond({ port }: DnsListener, seconds: number): Promise<number | undefined> {
  return hasDnsperf() ? perCpuSecond(() => dnsperf({ names: ["web-0"], port, seconds })) : undefined;
}

/** The load a machine with such sockets is offered, in whole thousands a second. */
function offeredHere(echoes = REFERENCE_ECHOES): number {
  return Math.min(OFFERED_PER_SECOND, Math.round((echoes / REFERENCE_ECHOES) * (OFFERED_PER_SECOND / 1000)) * 1000);
}

async function perCpuSecond(count: () => Promise<number>): Promise<number> {
  let counted = 0;
  const cost = await costOf(async () => {
    counted = await count();
  });
  return counted / (cost.cpuMs / 1000);
}

/** The question, marked as an answer. */
function echoed(packet: Buffer): Buffer {
  packet[2] = (packet[2] as number) | 0x80;
  return packet;
}

/** What a load comes to while endpoints change, and how much later answers are than mere echoes under the same load and changes. */
async function underChange(
  world: World,
  { listener, echo }: { readonly listener: DnsListener; readonly echo: DnsListener },
  offered: Offered,
): Promise<readonly Figure[]> {
  const echoes = await whileChanging(world, () => loadOf(world, echo, offered));
  const { result, perSecond } = await whileChanging(world, () => loadOf(world, listener, offered));
  return [
    {
      name: `DNS at ${offered.perSecond.toLocaleString("en-US")} questions/s: p99`,
      value: result.p99Ms,
      unit: "ms",
      floor: { atMost: 2 },
    },
    {
      name: "  of what echoes take here",
      value: (result.p99Ms / echoes.result.p99Ms) * 100,
      unit: "%",
      floor: { atMost: 200 },
    },
    { name: "  unanswered", value: (1 - result.received / result.sent) * 100, unit: "%", floor: { atMost: 1 } },
    { name: "  wrong", value: result.wrong, unit: "answers", floor: { atMost: 0 } },
    { name: "  while endpoints change", value: perSecond, unit: "per s", floor: { atLeast: CHANGES_PER_SECOND * 0.9 } },
  ];
}

type Offered = { readonly seconds: number; readonly perSecond: number };

/** Some of the questions come from a client that looks at every answer, the others from dnsperf where it is installed. */
async function loadOf(world: World, { port }: DnsListener, { seconds, perSecond }: Offered): Promise<LoadResult> {
  const others = hasDnsperf() ? perSecond - LOOKED_AT_PER_SECOND : 0;
  const plan = await planOf(world, { port, seconds, perSecond: perSecond - others });
  const names = await serviceNames(world);
  const [result] = await Promise.all([
    load(plan),
    others === 0 ? undefined : dnsperf({ names, port, seconds, perSecond: others }),
  ]);
  return result;
}

/** Changes endpoints until the load is over, each in a turn of the event loop of its own, as watch events come. */
async function whileChanging(
  world: World,
  loading: () => Promise<LoadResult>,
): Promise<{ readonly result: LoadResult; readonly perSecond: number }> {
  const change = changer(world);
  let isOver = false;
  const start = performance.now();
  const loaded = loading().finally(() => {
    isOver = true;
  });
  let changes = 0;
  while (!isOver) {
    for (const due = ((performance.now() - start) * CHANGES_PER_SECOND) / 1000; changes < due && !isOver; changes++) {
      await change(changes % CHANGING, Math.floor(changes / CHANGING) % 2 === 0 ? 2 : 1);
      await new Promise((done) => setImmediate(done));
    }
    await new Promise((done) => setTimeout(done, 1));
  }
  const perSecond = changes / ((performance.now() - start) / 1000);
  return { result: await loaded, perSecond };
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
async function planOf(world: World, asked: Omit<LoadPlan, "queries">): Promise<LoadPlan> {
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
  return { ...asked, queries: [...fixed, ...changing] };
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
