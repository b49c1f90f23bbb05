import { canonicalIp } from "../../ip-address.ts";
import { ConfigError, parseError, wrongCount } from "../corefile/config-error.ts";
import { RCODE } from "../message.ts";
import type { PluginPart, Setup } from "../server/plugin.ts";
import { bareReply, ownReply } from "../server/reply.ts";
import { longestZone, lowerName } from "../zone-names.ts";
import { argsOf, zonesOrBlock } from "./settings.ts";

type Permission = { readonly zones: readonly string[]; readonly to: readonly string[] };

/** `transfer [ZONES…] { to ADDRESS…|* }`: whole zones, over TCP, to those who may have them. */
export function transferPlugin(setup: Setup): PluginPart {
  const permissions = setup.directives.map((directive): Permission => {
    const { args, body, end } = directive;
    const to: string[] = [];
    let source: string | undefined;
    for (const line of body) {
      const [option = "", ...words] = line.words;
      if (option === "to") {
        if (words.length === 0) throw wrongCount(line, "to");
        to.push(...words.map(addressOf));
      } else if (option === "source") {
        const [address = ""] = argsOf(line, 1);
        if (source !== undefined) throw named(parseError(line, "source already specified"));
        source = canonicalIp(address);
        if (source === undefined) throw named(parseError(line, `invalid source address ${JSON.stringify(address)}`));
      } else throw named(parseError(line, `unknown property ${JSON.stringify(option)}`));
    }
    if (to.length === 0) throw named(parseError(end, "'to' is required"));
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
  const bare =
    /^\[([^\]]+)\](?::\d+)?$/.exec(word)?.[1] ?? (canonicalIp(word) === undefined ? word.replace(/:\d+$/, "") : word);
  const address = canonicalIp(bare.replace(/%.*$/, ""));
  if (address === undefined) throw new ConfigError(`must specify an IP address: \`${word}'`);
  return address;
}

/** Upstream names the plugin twice in some of its errors. */
function named(error: ConfigError): ConfigError {
  return new ConfigError(`plugin/transfer: ${error.message}`);
}
