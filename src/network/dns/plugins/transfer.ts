import { canonicalIp } from "../../ip-address.ts";
import { ConfigError, parseError, wrongCount } from "../corefile/config-error.ts";
import { RCODE } from "../message.ts";
import type { PluginPart, Request, Setup } from "../server/plugin.ts";
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
      const known = question.type === "IXFR" ? knownSerial(request) : 0;
      if (known === undefined) return bareReply(RCODE.SERVFAIL);
      for (const part of setup.parts()) {
        const answers = part.transfer?.(name);
        if (answers === undefined) continue;
        const [soa] = answers;
        const serial = soa?.type === "SOA" ? soa.serial : 0;
        const isUpToDate = known !== 0 && known === serial;
        const what = isUpToDate
          ? "noop, incremental transfer for up to date"
          : `transfer of ${answers.length} records of`;
        setup.surroundings.log(
          `[INFO] plugin/transfer: Outgoing ${what} zone ${JSON.stringify(question.name)} to ${client.address} for ${serial} SOA serial`,
        );
        if (isUpToDate) return { ...ownReply({ answers: answers.slice(0, 1) }), authoritative: false };
        return ownReply({ answers });
      }
      return next(request);
    },
  };
}

/** The serial an incremental transfer starts from; there is none other than whole ones or nothing at all. */
function knownSerial({ query }: Request): number | undefined {
  const [soa, more] = query.authorities;
  return soa?.type === "SOA" && more === undefined ? soa.serial : undefined;
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
