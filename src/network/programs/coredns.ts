import { DnsZone } from "../dns/kubernetes/zone.ts";
import { type CoreDns, loadCoreDns } from "../dns/server/core-dns.ts";
import { Metrics } from "../dns/server/metrics.ts";
import type { ListedKind, PluginPart, ServerSurroundings } from "../dns/server/plugin.ts";
import { goVersion, imageBuild } from "../dns/server/plugin-order.ts";
import type { HttpRequest, HttpResponse } from "../fabric/http.ts";
import { flagValue, type Process } from "./program.ts";
import { reflectorLines } from "./reflector-lines.ts";

/** One CoreDNS at work: its configuration as last loaded, and what it listens at. */
type Server = {
  readonly process: Process;
  readonly surroundings: ServerSurroundings;
  readonly plugins: readonly string[];
  readonly path: string;
  current: CoreDns | undefined;
  /** The Corefile as last looked at, whatever came of it. */
  seen: string;
  readonly dnsPorts: Map<number, () => void>;
  readonly httpPorts: Map<number, () => void>;
};

const DEFAULT_COREFILE = ".:53 {\nwhoami\nlog\n}\n";
const UNAVAILABLE = 503;
const SYNC_LOOK_MS = 100;
const SYNC_LOG_MS = 500;

/** CoreDNS: serves what its Corefile says, reads it anew when told to, and ends as upstream's does when it is wrong from the start. */
export function corednsProgram(process: Process): void {
  const { feed, build } = process.clusterDns;
  const { version, plugins } = imageBuild(process.container.image ?? "", build);
  const given = flagValue(process.argv, "conf");
  const path = given ?? "Corefile";
  const corefile = process.files.read(path) ?? (given === undefined ? DEFAULT_COREFILE : undefined);
  if (corefile === undefined) {
    process.output.stderr(`open ${path}: no such file or directory\n`);
    process.exit(1);
    return;
  }
  const server: Server = {
    process,
    surroundings: surroundingsOf(process, version),
    plugins,
    path,
    current: undefined,
    seen: corefile,
    dnsPorts: new Map(),
    httpPorts: new Map(),
  };
  const loaded = load(server, corefile);
  if (typeof loaded === "string") {
    process.output.stderr(`${loaded}\n`);
    process.exit(1);
    return;
  }
  const stopTelling = feed?.onFailure((kind) => tellFailure(server, kind));
  process.onTerminate(() => {
    stopTelling?.();
    shutDown(server);
  });
  waitForSync(server, loaded, () => {
    serve(server, loaded);
    process.output.stdout(`CoreDNS-${version}\nlinux/amd64, ${goVersion(version)}, \n`);
  });
}

function load(server: Server, corefile: string): CoreDns | string {
  const { process, surroundings, plugins, path } = server;
  const port = flagValue(process.argv, "dns.port");
  const loaded = loadCoreDns(
    { corefile, path, plugins, port: port === undefined ? undefined : Number(port) },
    surroundings,
  );
  if (typeof loaded === "string") return loaded;
  for (const kind of loaded.parts.flatMap(({ lists }) => lists ?? [])) process.clusterDns.feed?.watch(kind);
  return loaded;
}

/** Starts late rather than without data, but no later than its plugins will wait. */
function waitForSync(server: Server, loaded: CoreDns, start: () => void): void {
  const waiting = loaded.parts.filter((part) => part.waitsFor?.() === true);
  if (waiting.length === 0 || server.process.clusterDns.feed === undefined) {
    start();
    return;
  }
  const limitMs = Math.max(...waiting.map(({ startupWaitMs }) => startupWaitMs ?? 0));
  const { log } = server.surroundings;
  // Who waits for as long as it takes says nothing of it.
  const isTold = limitMs < Number.POSITIVE_INFINITY;
  const look = (waitedMs: number): void => {
    if (!waiting.some((part) => part.waitsFor?.() === true)) start();
    else if (waitedMs >= limitMs) {
      log("[WARNING] plugin/kubernetes: starting server with unsynced Kubernetes API");
      start();
    } else {
      if (isTold && waitedMs > 0 && waitedMs % SYNC_LOG_MS === 0)
        log("[INFO] plugin/kubernetes: waiting for Kubernetes API before starting server");
      server.process.after(SYNC_LOOK_MS, () => look(waitedMs + SYNC_LOOK_MS));
    }
  };
  look(0);
}

/** Puts a configuration to work in the place of the one before. */
function serve(server: Server, loaded: CoreDns): void {
  const { process, surroundings } = server;
  const before = server.current;
  server.current = loaded;
  before?.stop();
  openPorts(server.dnsPorts, loaded.ports.keys(), (port) =>
    process.listenDns(port, () => server.current?.ports.get(port)?.respond),
  );
  const http = loaded.parts.flatMap((part) => part.http?.port ?? []);
  openPorts(server.httpPorts, http, (port) =>
    process.listen(port, (request) => answerHttp(server.current?.parts ?? [], port, request)),
  );
  const everyMs = Math.max(0, ...loaded.parts.map(({ reloadEveryMs }) => reloadEveryMs ?? 0));
  if (before === undefined) process.output.stdout(loaded.banner);
  if (everyMs > 0) surroundings.log(`[INFO] plugin/reload: Running configuration SHA512 = ${loaded.hash}`);
  for (const part of loaded.parts) part.started?.();
  for (const kind of new Set(loaded.parts.flatMap(({ lists }) => lists ?? []))) tellFailure(server, kind);
  if (everyMs > 0) watchCorefile(server, loaded, everyMs);
}

/** Blocks that share a port speak as one: what does not succeed is told, all of it. */
function answerHttp(parts: readonly PluginPart[], port: number, request: HttpRequest): HttpResponse | undefined {
  const all = parts.flatMap(({ http }) => (http?.port === port ? [http.serve(request)] : []));
  const failed = all.filter(({ status }) => status === UNAVAILABLE);
  const [first] = failed;
  if (first === undefined) return all[0];
  return { ...first, body: [...new Set(failed.map(({ body }) => body))].sort().join() };
}

function openPorts(
  open: Map<number, () => void>,
  wanted: Iterable<number>,
  listen: (port: number) => (() => void) | undefined,
): void {
  const ports = new Set(wanted);
  for (const [port, close] of open) {
    if (ports.has(port)) continue;
    close();
    open.delete(port);
  }
  for (const port of ports) if (!open.has(port)) open.set(port, listen(port) ?? (() => {}));
}

/** Looks at the Corefile again and again; one that is wrong is said so once, and the configuration stays. */
function watchCorefile(server: Server, loaded: CoreDns, everyMs: number): void {
  const { process, surroundings } = server;
  process.after(everyMs, () => {
    if (server.current !== loaded) return;
    const corefile = process.files.read(server.path);
    if (corefile === undefined || corefile === server.seen) {
      watchCorefile(server, loaded, everyMs);
      return;
    }
    server.seen = corefile;
    const next = load(server, corefile);
    if (typeof next !== "string" && next.hash === loaded.hash) {
      next.stop();
      watchCorefile(server, loaded, everyMs);
      return;
    }
    surroundings.log("[INFO] Reloading");
    showVersion(surroundings, typeof next === "string" ? undefined : next.hash);
    if (typeof next === "string") {
      surroundings.metrics.counter("coredns_reload_failed_total", "Counter of the number of failed reload attempts.")
        .value++;
      surroundings.log(`[ERROR] Restart failed: ${next}`);
      surroundings.log(`[ERROR] plugin/reload: Corefile changed but reload failed: ${next}`);
      watchCorefile(server, loaded, everyMs);
      return;
    }
    serve(server, next);
    surroundings.log("[INFO] Reloading complete");
  });
}

/** Only the configuration last loaded again is shown, none before. */
function showVersion({ metrics }: ServerSurroundings, hash: string | undefined): void {
  const name = "coredns_reload_version_info";
  metrics.forget(name);
  if (hash === undefined) return;
  const help = "A metric with a constant '1' value labeled by hash, and value which type of hash generated.";
  metrics.gauge(name, help, { hash: "sha512", value: hash }).value = 1;
}

/** Asked to end, it goes on answering for a while: those who still know its address are not left alone. */
function shutDown(server: Server): void {
  const { process, surroundings, current } = server;
  surroundings.log("[INFO] SIGTERM: Shutting down servers then terminating");
  const lameduckMs = Math.max(0, ...(current?.parts ?? []).map((part) => part.lameduckMs ?? 0));
  const end = (): void => {
    current?.stop();
    process.exit(0);
  };
  if (lameduckMs === 0) {
    end();
    return;
  }
  surroundings.log(`[INFO] plugin/health: Going into lameduck mode for ${lameduckMs / 1000}s`);
  for (const { http } of current?.parts ?? []) if (http?.endsAtOnce === true) server.httpPorts.get(http.port)?.();
  process.after(lameduckMs, end);
}

function tellFailure(server: Server, kind: ListedKind): void {
  const failure = server.process.clusterDns.feed?.failure(kind);
  const lists = server.current?.parts.some((part) => part.lists?.includes(kind) === true) === true;
  if (failure === undefined || !lists) return;
  for (const line of reflectorLines(server.process.clock.nowMs(), kind, failure)) server.surroundings.log(line);
}

function surroundingsOf(process: Process, version: string): ServerSurroundings {
  const { clock, clusterDns, address } = process;
  return {
    loop: clock,
    random: clock.random.stream(`coredns/${process.cluster}`),
    zone: clusterDns.feed?.zone ?? new DnsZone(() => clock.nowMs()),
    addresses: [address],
    version,
    kubernetesVersion: clusterDns.kubernetesVersion,
    metrics: new Metrics(),
    isConnectedTo: clusterDns.isConnectedTo,
    readFile: (path) => process.files.read(path),
    listFiles: (path) => process.files.list(path),
    variable: (name) => process.environment.get(name),
    log: (line) => process.output.stdout(`${line}\n`),
    fatal: (line) => {
      process.output.stdout(`${line}\n`);
      process.exit(1);
    },
    ask: (server, query) => process.ask(query, server.address, server.port).answer,
  };
}
