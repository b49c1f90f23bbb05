import { canonicalIp } from "../../ip-address.ts";
import { ConfigError, wrongCount } from "../corefile/config-error.ts";
import { RCODE } from "../message.ts";
import type { PluginPart, Setup } from "../server/plugin.ts";
import { bareReply, ownReply } from "../server/reply.ts";
import { longestZone, lowerName } from "../zone-names.ts";
import { unknownProperty, zonesOrBlock } from "./settings.ts";

type Permission = { readonly zones: readonly string[]; readonly to: readonly string[] };

/** `transfer [ZONES…] { to ADDRESS…|* }`: whole zones, over TCP, to those who may have them. */
export function transferPlugin(setup: Setup): PluginPart {
  const permissions = setup.directives.map(({ args, body }): Permission => {
    const to: string[] = [];
    for (const line of body) {
      if (line.words[0] !== "to") throw unknownProperty(line);
      if (line.words.length === 1) throw wrongCount(line, "to");
      to.push(...line.words.slice(1).map(addressOf));
    }
    if (to.length === 0) throw new ConfigError("'to' is required");
    return { zones: zonesOrBlock(args, setup.zones), to };
  });
  return {
    handle: (request, next) => {
      const { question, client } = request;
      if (question.type !== "AXFR" && question.type !== "IXFR") return next(request);
      if (client.transport !== "tcp") return bareReply(RCODE.REFUSED);
      const name = lowerName(question.name);
      const permission = permissions.find(({ zones }) => longestZone(zones, name) !== undefined);
      if (permission === undefined) return next(request);
      if (!permission.to.includes("*") && !permission.to.includes(client.address))
        return { ...ownReply({ rcode: RCODE.REFUSED }), authoritative: false };
      for (const part of setup.parts()) {
        const answers = part.transfer?.(name);
        if (answers === undefined) continue;
        const serial = answers[0]?.type === "SOA" ? answers[0].serial : 0;
        setup.surroundings.log(
          `[INFO] plugin/transfer: Outgoing transfer of ${answers.length} records of zone ${JSON.stringify(question.name)} to ${client.address} for ${serial} SOA serial`,
        );
        return ownReply({ answers });
      }
      return next(request);
    },
  };
}

/** A port says where notifications would go. */
function addressOf(word: string): string {
  if (word === "*") return word;
  const address = canonicalIp(word) ?? canonicalIp(word.replace(/^\[([^\]]+)\](?::\d+)?$/, "$1").replace(/:\d+$/, ""));
  if (address === undefined) throw new ConfigError(`not an IP address or file: ${JSON.stringify(word)}`);
  return address;
}
