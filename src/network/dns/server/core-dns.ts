import { createHash } from "node:crypto";
import { ConfigError } from "../corefile/config-error.ts";
import { type CorefileBlock, parseCorefile } from "../corefile/corefile.ts";
import type { PluginPart, ServerSurroundings } from "./plugin.ts";
import { PortServer } from "./port-server.ts";
import { keysOf, makeBlock, type ServerBlock } from "./server-block.ts";

/** What a CoreDNS process is started with. */
export type CoreDnsConfig = {
  readonly corefile: string;
  readonly path: string;
  /** The plugins compiled in, in order. */
  readonly plugins: readonly string[];
  /** Where blocks without a port of their own listen; 53 when absent. */
  readonly port?: number | undefined;
};

/** A configuration made ready to serve: what listens at which port. */
export type CoreDns = {
  readonly ports: ReadonlyMap<number, PortServer>;
  readonly parts: readonly PluginPart[];
  /** What is printed when it serves: `.:53`. */
  readonly banner: string;
  /** Names the configuration, as `reload` prints it. */
  readonly hash: string;
  /** Ends what it watches. */
  stop(): void;
};

/** Reads a Corefile and sets its servers up; a text says, in CoreDNS' words, why that cannot be. */
export function loadCoreDns(config: CoreDnsConfig, surroundings: ServerSurroundings): CoreDns | string {
  try {
    return makeCoreDns(config, surroundings);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

function makeCoreDns(config: CoreDnsConfig, surroundings: ServerSurroundings): CoreDns {
  const parsed = parseCorefile(config.corefile, {
    path: config.path,
    known: new Set(config.plugins),
    readFile: (path) => surroundings.readFile(path),
    variable: (name) => surroundings.variable(name),
  });
  const ports = new Map<number, PortServer>();
  const blocks: ServerBlock[] = [];
  for (const block of parsed)
    for (const [port, zones] of keysOf(block.keys, config.port)) {
      const server = ports.get(port) ?? new PortServer(surroundings);
      ports.set(port, server);
      const made = makeBlock(
        block,
        { zones, port, order: config.plugins },
        { surroundings, lookUp: (question, request) => server.lookUp(question, request) },
      );
      for (const zone of zones)
        if (!server.add(zone, made))
          throw new ConfigError(`cannot serve dns://${zone}:${port} - it is already defined`);
      blocks.push(made);
    }
  return {
    ports,
    parts: blocks.flatMap((block) => block.parts),
    banner: bannerOf(blocks, surroundings),
    hash: createHash("sha512")
      .update(JSON.stringify(parsed.map(withoutPlaces)))
      .digest("hex"),
    stop: () => {
      for (const block of blocks) for (const part of block.parts) part.stopped?.();
      for (const server of ports.values()) server.stop();
    },
  };
}

/** Comments and blank lines make no other configuration. */
function withoutPlaces({ keys, directives }: CorefileBlock): unknown {
  return { keys, directives: directives.map(({ name, args, body }) => [name, args, body.map(({ words }) => words)]) };
}

/** Where each zone is served. Throws a ConfigError for an address that is none of the server's. */
function bannerOf(blocks: readonly ServerBlock[], { addresses }: ServerSurroundings): string {
  const own = new Set([...addresses, ...EVERY_HOST]);
  return blocks
    .flatMap(({ zones, port, parts }) => {
      const bound = parts.flatMap(({ bindsTo }) => bindsTo ?? []);
      const foreign = bound.find((address) => !own.has(address));
      if (foreign !== undefined) throw new ConfigError(cannotListen(foreign, port));
      const places = bound.length === 0 ? [""] : bound.map((address) => ` on ${address}`);
      return zones.flatMap((zone) => places.map((on) => `${zone}:${port}${on}\n`));
    })
    .sort()
    .join("");
}

function cannotListen(address: string, port: number): string {
  const host = address.includes(":") ? `[${address}]` : address;
  return `Listen: listen tcp ${host}:${port}: bind: cannot assign requested address`;
}

/** Addresses every host listens at: its loopback, and any. */
const EVERY_HOST = ["127.0.0.1", "::1", "0.0.0.0", "::"] as const;
