import { ConfigError } from "../corefile/config-error.ts";
import { RCODE } from "../message.ts";
import type { Handler, PluginPart, Request, Setup } from "../server/plugin.ts";
import type { Reply } from "../server/reply.ts";
import { isInZone, longestZone, lowerName } from "../zone-names.ts";
import { searchList, zonesOrBlock } from "./settings.ts";

/**
 * `autopath [ZONES…] @kubernetes|RESOLV-CONF`: the first question of a client's walk along its search list is answered as the
 * whole walk would end, with a CNAME to the name that has data.
 */
export function autopathPlugin(setup: Setup): PluginPart {
  // The last one holds, all are read.
  const uses = setup.directives.map(({ args }) => {
    const source = args.at(-1);
    if (source === undefined) throw new ConfigError("no resolv-conf specified");
    const listed = source.startsWith("@") ? undefined : searchOf(source, setup);
    return { source, listed, zones: zonesOrBlock(args.slice(0, -1), setup.zones) };
  });
  const { source, listed, zones } = uses.at(-1) as (typeof uses)[number];
  const searchOfClient = (request: Request): readonly string[] | undefined =>
    listed ?? setup.part(source.slice(1))?.searchPath?.(request);
  const count = (): void => {
    const labels = { server: `dns://:${setup.port}` };
    const help = "Counter of requests that did autopath.";
    setup.surroundings.metrics.counter("coredns_autopath_success_total", help, labels).value++;
  };
  return {
    handle: (request, next) => {
      const name = lowerName(request.question.name);
      if (longestZone(zones, name) === undefined) return next(request);
      const search = searchOfClient(request) ?? [];
      const [first] = search;
      if (first === undefined || name === first || !isInZone(name, first)) return next(request);
      const reply = walk(request, search, { next, count });
      // Another client has another search list.
      return { ...reply, keep: undefined };
    },
  };
}

/** The first reply but NXDOMAIN on the way, counted; what went wrong ends the walk. */
function walk(
  request: Request,
  search: readonly string[],
  { next, count }: { readonly next: Handler; readonly count: () => void },
): Reply {
  const asked = request.question.name;
  const base = asked.slice(0, asked.length - (search[0] as string).length);
  let firstReply: Reply | undefined;
  for (const domain of search) {
    const name = `${base}${domain}`;
    const reply = next({ ...request, question: { ...request.question, name } });
    if (reply.error !== undefined) return reply;
    firstReply ??= reply;
    if (reply.unwritten === true || reply.rcode === RCODE.NXDOMAIN) continue;
    request.note?.("autopath", `${name} is where the search of the client ends`);
    count();
    return aliased(reply, asked);
  }
  return firstReply as Reply;
}

/** The answer under the name that was asked: a CNAME to the first other name in it. */
function aliased(reply: Reply, asked: string): Reply {
  const other = reply.answers.find(({ name }) => lowerName(name) !== lowerName(asked));
  if (other === undefined) return reply;
  const alias = { name: asked, type: "CNAME" as const, ttl: other.ttl, target: other.name };
  return { ...reply, answers: [alias, ...reply.answers] };
}

function searchOf(path: string, setup: Setup): readonly string[] {
  const text = setup.surroundings.readFile(path);
  if (text === undefined)
    throw new ConfigError(`failed to parse ${JSON.stringify(path)}: open ${path}: no such file or directory`);
  return [...searchList(text), ""];
}
