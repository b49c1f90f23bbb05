import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Cluster, clusterConditions } from "../api/index.ts";
import { type ApiServer, handleHttp, SchemaPool } from "../apiserver/index.ts";
import { type ClusterClient, inProcessClient } from "../client/index.ts";
import { createNetwork, type DnsResponder, type Network, type Program } from "../network/index.ts";
import { type RemoteClient, remoteClient } from "../remote/index.ts";
import {
  bodyDecoders,
  bodyEncoders,
  createTokenSigner,
  type HttpHandler,
  type KeyPairPem,
  networkAgent,
  type StreamDoor,
  streamDoor,
  type Upgrade,
} from "../serving/index.ts";
import { FaultPlan, Loop, Random, Trace, type TraceLine } from "../sim/index.ts";
import { must, parseDurationMs } from "../std/index.ts";
import { ClusterHandle } from "./cluster-handle.ts";
import { type ClusterProxyOptions, proxyRequest, proxyUpgrade } from "./cluster-proxy.ts";
import { type Driver, virtualDriver, wallDriver } from "./driver.ts";
import { type FleetInput, type FleetSpec, fleetOf, type MemberSpec } from "./fleet.ts";
import { answerQuestion } from "./fleet-questions.ts";
import { type FleetServer, type ServeOptions, serveFleet } from "./fleet-server.ts";
import { foreignUpgrade } from "./foreign-caller.ts";
import { bootHost, type HostCluster } from "./host-cluster.ts";
import type { JoinedClusters } from "./joined-clusters.ts";
import { bootMember, linkOf, type MemberCluster, networkOf } from "./member-cluster.ts";
import { doorTo } from "./member-doors.ts";
import { MemberHandle } from "./member-handle.ts";
import { memberNetwork } from "./member-network.ts";
import { fileSchemaSource } from "./schemas/source.ts";
import type { Credentials, Surroundings } from "./surroundings.ts";
import { ADMINISTRATOR, karmadaIn } from "./users.ts";

/** A fleet, how its time passes, and whether what it stores is frozen (for tests: a mutation then throws where it happens). */
export type WorldOptions = FleetInput &
  Credentials & {
    /** `virtual` (the default) or `wall`. */
    readonly clock?: "virtual" | "wall";
    readonly freeze?: boolean;
    /** What containers do, by the image (with or without tag) or the command that starts it. */
    readonly programs?: Readonly<Record<string, Program>>;
  };

/** Where virtual time starts unless a fleet says otherwise. */
const EPOCH = "2026-01-01T00:00:00Z";

type Parts = {
  readonly fleet: FleetSpec;
  readonly loop: Loop;
  readonly faults: FaultPlan;
  readonly network: Network;
  readonly frontProxy: KeyPairPem | undefined;
  readonly driver: Driver;
  readonly host: HostCluster;
  readonly members: ReadonlyMap<string, MemberCluster>;
  readonly remotes: ReadonlyMap<string, RemoteClient>;
  readonly joined: JoinedClusters;
};

/**
 * All clusters of a fleet, their network and the one loop that moves them. Made by {@link World.create}, ended by `stop`.
 * With the virtual clock time passes only in `settle`, `advance` and `until`; with the wall clock it passes by itself.
 */
export class World {
  /** The control plane. */
  readonly host: ClusterHandle;
  readonly loop: Loop;
  readonly #httpOptions = { decoders: bodyDecoders(), encoders: bodyEncoders() };
  readonly #streamDoors = new Map<string, StreamDoor>();
  readonly #parts: Parts;
  readonly #members: ReadonlyMap<string, MemberHandle>;
  readonly #servers: FleetServer[] = [];
  #scripts: Promise<{ readonly server: FleetServer; readonly folder: string; readonly drive: Driver }> | undefined;

  private constructor(parts: Parts) {
    this.#parts = parts;
    this.loop = parts.loop;
    this.host = new ClusterHandle({
      name: "host",
      client: outsideClient(parts, parts.host),
      driver: parts.driver,
      http: this.httpHandler("host"),
    });
    this.#members = new Map(parts.fleet.members.map((member) => [member.name, this.#handleOf(member)]));
  }

  /** Makes a fleet and joins its members. Nothing has run yet in virtual time: `settle` lets it come to rest. */
  static async create(options: WorldOptions = {}): Promise<World> {
    const fleet = fleetOf(options);
    const startMs = Date.parse(fleet.startTime ?? EPOCH);
    if (Number.isNaN(startMs)) throw new Error(`startTime ${fleet.startTime} is no time as RFC 3339 writes it`);
    const loop = new Loop({ startMs, random: new Random(fleet.seed), trace: new Trace() });
    const faults = new FaultPlan();
    const simulated = fleet.members.filter((member) => member.kubeconfig === undefined);
    const network = createNetwork({
      loop,
      faults,
      clusters: simulated.map((member) => networkOf(member, fleet)),
      link: linkOf(fleet),
      programs: options.programs,
    });
    const surroundings: Surroundings = {
      loop,
      faults,
      network,
      schemas: fileSchemaSource(),
      schemaPool: new SchemaPool(),
      freeze: options.freeze ?? false,
      caCertificate: options.caCertificate ?? "",
      frontProxy: options.frontProxy,
      tokenSigner: createTokenSigner(),
      certificateSigner: options.certificateSigner,
    };
    const remotes = await openRemotes(fleet, loop);
    const host = bootHost(fleet, surroundings);
    const members = new Map(simulated.map((member) => [member.name, bootMember(member, fleet, surroundings)]));
    const joined = host.federate(doorsOf({ loop, faults, members, remotes }));
    for (const member of fleet.members) host.join(member, members.get(member.name)?.id);
    const driver = options.clock === "wall" ? wallDriver(loop, fleet.speed) : virtualDriver(loop);
    const { frontProxy } = options;
    return new World({ fleet, loop, faults, network, frontProxy, driver, host, members, remotes, joined });
  }

  get seed(): number {
    return this.#parts.fleet.seed;
  }

  /** The same seed and the same calls give the same hash. */
  get traceHash(): string {
    return this.loop.trace.hash;
  }

  nowMs(): number {
    return this.loop.nowMs();
  }

  observeTrace(observer: (line: TraceLine) => void): () => void {
    return this.loop.trace.observe(observer);
  }

  member(name: string): MemberHandle {
    const member = this.#members.get(name);
    if (member === undefined)
      throw new Error(`unknown member ${name}; the fleet has ${[...this.#members.keys()].join(", ")}`);
    return member;
  }

  /** The host or a member, by name. */
  cluster(name: string): ClusterHandle {
    return name === "host" ? this.host : this.member(name);
  }

  /** Runs until nothing is left to do. Heartbeats, periodic looks and retries of what keeps failing do not count. */
  settle(): Promise<void> {
    return this.#parts.driver.settle();
  }

  /** Lets time pass: `"5m"`, `"1h30m"`. */
  advance(duration: string): Promise<void> {
    const durationMs = parseDurationMs(duration);
    if (durationMs === undefined) throw new Error(`expected a duration such as 30s or 5m, found ${duration}`);
    return this.advanceMs(durationMs);
  }

  advanceMs(durationMs: number): Promise<void> {
    return this.#parts.driver.advance(durationMs);
  }

  /** Runs until `condition` holds, looking whenever something happened; false when `within` passed before. */
  until(condition: () => boolean | Promise<boolean>, within: string | number = "10m"): Promise<boolean> {
    const withinMs = typeof within === "number" ? within : (parseDurationMs(within) ?? Number.NaN);
    if (Number.isNaN(withinMs)) throw new Error(`expected a duration such as 30s or 5m, found ${within}`);
    return this.#parts.driver.until(condition, withinMs);
  }

  /** Runs until the host has judged every member and all are Ready, at most for `within`; those that are not, and why. */
  async untilReady(within: string): Promise<readonly { readonly name: string; readonly reason: string }[]> {
    const unready = async () => (await this.host.list(Cluster)).flatMap(unreadiness);
    // A simulated member is Ready at once; one that has been judged otherwise takes half a minute to be judged anew.
    await this.until(async () => (await unready()).every(({ judged }) => judged), within);
    return unready();
  }

  /** Takes a cluster down: it answers nobody and nothing in it runs. Returns its name. */
  crash(cluster: string): string {
    return this.#setDown(cluster, true);
  }

  restore(cluster: string): string {
    return this.#setDown(cluster, false);
  }

  /** Cuts the link between two clusters, both ways. */
  partition(left: string, right: string): string {
    return this.#setCut(left, right, true);
  }

  heal(left: string, right: string): string {
    return this.#setCut(left, right, false);
  }

  /** Routes the pod networks of the members to each other, or keeps them apart. */
  routePodNetworks(routed: boolean): string {
    this.#parts.network.fabric.links.setUsual({ routed });
    return `pod networks are ${routed ? "routed to each other" : "apart"}`;
  }

  simulatedMembers(): readonly string[] {
    return [...this.#parts.members.keys()];
  }

  /** The clusters that can be served: the host and the simulated members. */
  simulatedClusters(): readonly string[] {
    return ["host", ...this.simulatedMembers()];
  }

  /** The HTTP door of a simulated cluster; it answers nothing while the cluster is down. */
  httpHandler(cluster: string): HttpHandler {
    const server = this.#serverOf(cluster);
    const streams = this.#streamsOf(cluster);
    const { faults, network } = this.#parts;
    const proxy = cluster === "host" ? this.#clusterProxy() : undefined;
    return (exchange, responder) => {
      if (faults.isDown(cluster))
        responder.respond(503, { "content-type": "text/plain" }, `cluster ${cluster} is down\n`);
      else if (proxy !== undefined && proxyRequest(proxy, exchange, responder)) return;
      else if (cluster !== "host" && answerQuestion({ cluster, server, network }, exchange, responder)) return;
      else if (!streams.handle(exchange, responder)) handleHttp(server, exchange, responder, this.#httpOptions);
    };
  }

  /** The door of a simulated cluster for exec, attach and port-forward. */
  upgradeHandler(cluster: string): (upgrade: Upgrade) => void {
    const server = this.#serverOf(cluster);
    const streams = this.#streamsOf(cluster);
    const proxy = cluster === "host" ? this.#clusterProxy() : undefined;
    return (upgrade) => {
      if (this.#parts.faults.isDown(cluster)) upgrade.socket.destroy();
      else if (proxy !== undefined && proxyUpgrade(proxy, upgrade)) return;
      else if (!foreignUpgrade(server, upgrade, this.#parts.frontProxy)) streams.upgrade(upgrade);
    };
  }

  #clusterProxy(): ClusterProxyOptions {
    const { host, faults, remotes, joined } = this.#parts;
    const doorOf = (name: string) => ({ handle: this.httpHandler(name), upgrade: this.upgradeHandler(name) });
    const simulated = new Map(this.simulatedMembers().map((name) => [name, doorOf(name)]));
    return {
      host: host.server,
      doorTo: (member) => doorTo({ faults, simulated, remotes, joined }, member),
      hostDoor: (exchange, responder) => handleHttp(host.server, exchange, responder, this.#httpOptions),
    };
  }

  dnsQuery(member: string): DnsResponder {
    const { faults, network } = this.#parts;
    const server = () => (faults.isDown(member) ? undefined : network.dns(member).query);
    const answer: DnsResponder = (query, transport, from) => server()?.(query, transport, from);
    const transfer: DnsResponder["transfer"] = (query, from) => server()?.transfer?.(query, from);
    return Object.assign(answer, { transfer });
  }

  /**
   * Serves the host and the simulated members over HTTPS, and the members' DNS, until `stop`. In virtual time a request and
   * what it sets in motion run at once, as `settle` would run them; time passes further only when it is told to.
   */
  async serve(options: ServeOptions): Promise<FleetServer> {
    const server = await serveFleet(this, this.#parts.fleet, options);
    this.#servers.push(server);
    this.#parts.driver.attend();
    return server;
  }

  /** The environment of a script that speaks to a cluster: the fleet is served on loopback from the first script on. */
  async serveForScripts(cluster: string): Promise<Readonly<Record<string, string>>> {
    this.#scripts ??= this.#startServing();
    const { server, folder } = await this.#scripts;
    const config = cluster === "host" ? server.hostKubeconfig : server.membersKubeconfig;
    const context = cluster === "host" ? "karmada-apiserver" : cluster;
    return { KUBECONFIG: config, KUBECACHEDIR: join(folder, "cache"), ATOLL_CONTEXT: context };
  }

  async stop(): Promise<void> {
    const { host, members, remotes, driver } = this.#parts;
    const scripts = await this.#scripts;
    if (scripts !== undefined) {
      scripts.drive.stop();
      await scripts.server.close();
      rmSync(scripts.folder, { recursive: true, force: true });
    }
    await Promise.all(this.#servers.map((server) => server.close()));
    host.stop();
    for (const member of members.values()) member.stop();
    for (const remote of remotes.values()) remote.close();
    driver.stop();
  }

  #serverOf(cluster: string): ApiServer {
    const { host, members } = this.#parts;
    return cluster === "host" ? host.server : must(members.get(cluster), `simulated cluster ${cluster}`).server;
  }

  #streamsOf(cluster: string): StreamDoor {
    const { loop, network } = this.#parts;
    const known = this.#streamDoors.get(cluster);
    if (known !== undefined) return known;
    const agent = cluster === "host" ? undefined : networkAgent(network, cluster);
    const door = streamDoor({ server: this.#serverOf(cluster), loop, agent });
    this.#streamDoors.set(cluster, door);
    return door;
  }

  #handleOf(member: MemberSpec): MemberHandle {
    const { driver, network, loop, remotes, members } = this.#parts;
    const { name } = member;
    const remote = remotes.get(name);
    if (remote !== undefined) return new MemberHandle({ name, client: remote, driver });
    const simulated = must(members.get(name), `member ${name}`);
    return new MemberHandle({
      name,
      client: outsideClient(this.#parts, simulated),
      driver,
      http: this.httpHandler(name),
      network: memberNetwork(network, loop, { cluster: name, dnsIP: must(member.dnsIP, "dnsIP") }),
      machines: simulated.machines,
    });
  }

  async #startServing(): Promise<{ readonly server: FleetServer; readonly folder: string; readonly drive: Driver }> {
    const folder = mkdtempSync(join(tmpdir(), "atoll-scripts-"));
    const server = await serveFleet(this, this.#parts.fleet, { kubeconfigDir: folder });
    return { server, folder, drive: wallDriver(this.loop, this.#parts.fleet.speed) };
  }

  #setDown(cluster: string, down: boolean): string {
    this.cluster(cluster);
    this.#parts.faults.setDown(cluster, down);
    return cluster;
  }

  #setCut(left: string, right: string, cut: boolean): string {
    for (const cluster of [left, right]) this.cluster(cluster);
    this.#parts.faults.setCut(left, right, cut);
    this.#parts.faults.setCut(right, left, cut);
    return `the link between ${left} and ${right} is ${cut ? "cut" : "mended"}`;
  }
}

async function openRemotes(fleet: FleetSpec, loop: Loop): Promise<ReadonlyMap<string, RemoteClient>> {
  const remotes = new Map<string, RemoteClient>();
  for (const { name, kubeconfig, context } of fleet.members) {
    if (kubeconfig !== undefined)
      remotes.set(
        name,
        await remoteClient({
          cluster: name,
          kubeconfig: { path: kubeconfig },
          loop,
          ...(context === undefined ? {} : { context }),
        }),
      );
  }
  return remotes;
}

function doorsOf({
  loop,
  faults,
  members,
  remotes,
}: Pick<Parts, "loop" | "faults" | "members" | "remotes">): ReadonlyMap<string, ClusterClient> {
  const simulated = [...members].map(
    ([name, { server }]) => [name, inProcessClient(server, karmadaIn(name), { loop, faults, from: "host" })] as const,
  );
  return new Map([...simulated, ...remotes]);
}

/** The administrator at a keyboard: outside every cluster, cut off only from one that is down. */
function outsideClient(
  { loop, faults }: Pick<Parts, "loop" | "faults">,
  { server }: Pick<HostCluster, "server">,
): ClusterClient {
  return inProcessClient(server, ADMINISTRATOR, { loop, faults, from: "outside" });
}

function unreadiness({
  metadata,
  status,
}: Cluster): readonly { readonly name: string; readonly reason: string; readonly judged: boolean }[] {
  const ready = status?.conditions?.find((condition) => condition.type === clusterConditions.ready);
  if (ready?.status === "True") return [];
  return [{ name: metadata.name, reason: ready?.message ?? "not looked at yet", judged: ready !== undefined }];
}
