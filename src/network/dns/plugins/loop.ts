import { CLASS_IN, dnsQuery, RCODE } from "../message.ts";
import type { PluginPart, Request, Setup } from "../server/plugin.ts";
import { bareReply } from "../server/reply.ts";
import { lowerName } from "../zone-names.ts";
import { checkArgs, onlyUse } from "./settings.ts";

/** Seen this often, a query can only have come back. */
const SEEN_MAX = 2;
const NUMBER_DIGITS = 19;

/** `loop`: once the server listens, it asks itself a question of its own making, and ends when that comes round again. */
export function loopPlugin(setup: Setup): PluginPart {
  checkArgs(onlyUse(setup.directives), 0);
  const { random, fatal } = setup.surroundings;
  const zone = setup.zones[0] ?? ".";
  const number = (): string => random.text(NUMBER_DIGITS, "123456789");
  const name = `${number()}.${number()}.${zone === "." ? "" : zone}`;
  let seen = 0;
  let probing = false;
  return {
    handle: (request, next) => {
      if (!probing || request.question.type !== "HINFO" || lowerName(request.question.name) !== name)
        return next(request);
      if (++seen <= SEEN_MAX) return next(request);
      const { address, port } = request.client;
      fatal(
        `[FATAL] plugin/loop: Loop (${address}:${port} -> :${setup.port}) detected for zone ${JSON.stringify(zone)}, see https://coredns.io/plugins/loop#troubleshooting. Query: "HINFO ${name}"`,
      );
      return bareReply(RCODE.SERVFAIL);
    },
    started: () => {
      probing = true;
      const question = { name, type: "HINFO", class: CLASS_IN };
      const query = dnsQuery(question);
      const client: Request["client"] = { address: "127.0.0.1", port: 53_053, transport: "udp" };
      setup.lookUp(question, { query, question, client, size: 0 });
      probing = false;
    },
  };
}
