import { ConfigError, parseError } from "../corefile/config-error.ts";
import type { CorefileBlock, Directive } from "../corefile/corefile.ts";
import { type DnsQuestion, RCODE } from "../message.ts";
import { isWireName } from "../name.ts";
import { zonesOf } from "../zone-names.ts";
import type { Handler, PluginPart, Request, ServerSurroundings } from "./plugin.ts";
import { PLUGINS } from "./plugin-list.ts";
import { bareReply, type Reply } from "./reply.ts";

/** A server block made ready: its chain, and the parts of its plugins. */
export type ServerBlock = {
  readonly zones: readonly string[];
  readonly port: number;
  readonly handle: Handler;
  readonly parts: readonly PluginPart[];
};

const DNS_PORT = 53;

/** Where a block listens and for which zones: `.:53`, `example.org`, `10.0.0.0/24:1053`. */
export function keysOf(
  keys: readonly string[],
  defaultPort: number = DNS_PORT,
): ReadonlyMap<number, readonly string[]> {
  const zonesByPort = new Map<number, string[]>();
  for (const key of keys) {
    const scheme = /^(\w+):\/\//.exec(key)?.[1] ?? "dns";
    if (scheme !== "dns") throw new ConfigError(`${scheme}:// is not served here: only dns:// is`);
    const [, name = "", port] = /^(?:dns:\/\/)?(.*?)(?::(\d+))?$/.exec(key) ?? [];
    const zones = zonesOf(name === "" ? "." : name);
    if (!zones.every(isWireName)) throw new ConfigError(`zone is not a valid domain name: ${name}`);
    const number = port === undefined ? defaultPort : Number(port);
    zonesByPort.set(number, [...(zonesByPort.get(number) ?? []), ...zones]);
  }
  return zonesByPort;
}

/** Sets the plugins of a block up in the order they are compiled in, whatever the order of the Corefile. */
export function makeBlock(
  block: CorefileBlock,
  place: { readonly zones: readonly string[]; readonly port: number; readonly order: readonly string[] },
  around: {
    readonly surroundings: ServerSurroundings;
    readonly lookUp: (question: DnsQuestion, request: Request) => Reply;
  },
): ServerBlock {
  const uses = usesOf(block);
  const parts = new Map<string, PluginPart>();
  for (const name of place.order) {
    const directives = uses.get(name);
    if (directives === undefined) continue;
    const [first, ...rest] = directives as [Directive, ...Directive[]];
    const setup = PLUGINS[name];
    if (setup === undefined) throw parseError(first, `plugin/${name} is compiled in but not simulated`);
    try {
      const part = setup({
        directives: [first, ...rest],
        zones: place.zones,
        port: place.port,
        ...around,
        part: (other) => parts.get(other),
        parts: () => [...parts.values()],
        chain: () => [...parts].flatMap(([other, { handle }]) => (handle === undefined ? [] : [other])),
      });
      parts.set(name, part);
    } catch (error) {
      throw error instanceof ConfigError ? new ConfigError(`plugin/${name}: ${error.message}`) : error;
    }
  }
  for (const [name, { needs }] of parts)
    if (needs !== undefined && !parts.has(needs)) throw new ConfigError(`plugin/${name}: ${needs} plugin not loaded`);
  return { zones: place.zones, port: place.port, handle: chainOf(parts), parts: [...parts.values()] };
}

function usesOf(block: CorefileBlock): ReadonlyMap<string, readonly Directive[]> {
  const uses = new Map<string, Directive[]>();
  for (const directive of block.directives) {
    const known = uses.get(directive.name);
    if (known === undefined) uses.set(directive.name, [directive]);
    else known.push(directive);
  }
  return uses;
}

/** A block none of whose plugins answers refuses; behind the last one there is nobody to ask. */
function chainOf(parts: ReadonlyMap<string, PluginPart>): Handler {
  let last: string | undefined;
  const handlers: NonNullable<PluginPart["handle"]>[] = [];
  for (const [name, { handle }] of parts) {
    if (handle === undefined) continue;
    last = name;
    handlers.push(handle);
  }
  if (last === undefined) return () => bareReply(RCODE.REFUSED);
  const end = parts.get(last)?.refusesAtEnd
    ? bareReply(RCODE.REFUSED)
    : bareReply(RCODE.SERVFAIL, `plugin/${last}: no next plugin found`);
  return handlers.reduceRight<Handler>(
    (next, handle) => (request) => handle(request, next),
    () => end,
  );
}
