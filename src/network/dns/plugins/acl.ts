import { type Cidr, networkContains, parseCidr, parseIp } from "../../../std/index.ts";
import { parseError } from "../corefile/config-error.ts";
import type { CorefileLine } from "../corefile/corefile.ts";
import { isNamedType, RCODE } from "../message.ts";
import type { PluginPart, Request, Setup } from "../server/plugin.ts";
import { ownReply, type Reply } from "../server/reply.ts";
import { longestZone, lowerName } from "../zone-names.ts";
import { extendedError, withExtendedError } from "./extended-error.ts";
import { zonesOrBlock } from "./settings.ts";

const ACTIONS = ["allow", "block", "filter", "drop"] as const;
type Action = (typeof ACTIONS)[number];

/** Whom and what a line is about. */
type Policy = {
  readonly action: Action;
  readonly concernsType: (type: string) => boolean;
  readonly concernsAddress: (address: string) => boolean;
};
type Rule = { readonly zones: readonly string[]; readonly policies: readonly Policy[] };

/** What queries each action was taken with are called where they are counted. */
const COUNTED: Readonly<Record<Action, string>> = {
  allow: "allowed",
  block: "blocked",
  filter: "filtered",
  drop: "dropped",
};
const BLOCKED = extendedError(15);
const FILTERED = extendedError(17);

/** `acl [ZONES…] { allow|block|filter|drop [type TYPES…] [net NETWORKS…] }`: the first line that fits a query decides about it. */
export function aclPlugin(setup: Setup): PluginPart {
  const rules = setup.directives.map(
    ({ args, body }): Rule => ({ zones: zonesOrBlock(args, setup.zones), policies: body.map(readPolicy) }),
  );
  const { metrics } = setup.surroundings;
  return {
    handle: (request, next) => {
      const { action, zone } = decide(rules, request);
      const done = COUNTED[action];
      const labels = { server: `dns://:${setup.port}`, view: "", ...(action === "allow" ? {} : { zone }) };
      const help = `Counter of DNS requests being ${done}.`;
      metrics.counter(`coredns_acl_${done}_requests_total`, help, labels).value++;
      request.note?.("acl", `${action} for ${request.client.address}`);
      switch (action) {
        case "drop":
          return { ...ownReply({}), unsent: true };
        case "block":
          return told(request, RCODE.REFUSED, BLOCKED);
        case "filter":
          return told(request, RCODE.NOERROR, FILTERED);
        case "allow":
          // Another client may be told something else.
          return { ...next(request), keep: undefined };
      }
    },
  };
}

/** A rule none of whose lines fits leaves it to the next; who is spoken of by none is let through. */
function decide(
  rules: readonly Rule[],
  { question, client }: Request,
): { readonly action: Action; readonly zone: string } {
  const name = lowerName(question.name);
  for (const { zones, policies } of rules) {
    const zone = longestZone(zones, name);
    if (zone === undefined) continue;
    const policy = policies.find(
      ({ concernsType, concernsAddress }) => concernsType(question.type) && concernsAddress(client.address),
    );
    if (policy !== undefined) return { action: policy.action, zone };
  }
  return { action: "allow", zone: "" };
}

function told(request: Request, rcode: number, error: Buffer): Reply {
  return withExtendedError({ ...ownReply({ rcode }), authoritative: false }, request, error);
}

function readPolicy(line: CorefileLine): Policy {
  const [word = "", ...rest] = line.words;
  const action = ACTIONS.find((one) => one === word.toLowerCase());
  if (action === undefined)
    throw parseError(line, `unexpected token ${JSON.stringify(word)}; expect 'allow', 'block', 'filter' or 'drop'`);
  let concernsType = (_: string): boolean => true;
  let concernsAddress = (_: string): boolean => true;
  for (const [section, words] of sectionsOf(line, rest)) {
    if (section === "type") concernsType = typesOf(line, words);
    else concernsAddress = networksOf(line, words);
  }
  return { action, concernsType, concernsAddress };
}

/** What stands behind each `type` and `net`. */
function sectionsOf(line: CorefileLine, words: readonly string[]): readonly (readonly [string, readonly string[]])[] {
  const sections: (readonly [string, string[]])[] = [];
  for (const word of words) {
    const section = word.toLowerCase();
    const last = sections.at(-1);
    if (section === "type" || section === "net") sections.push([section, []]);
    else if (last === undefined)
      throw parseError(line, `unexpected token ${JSON.stringify(word)}; expect 'type | net'`);
    else last[1].push(word);
  }
  for (const [section, found] of sections)
    if (found.length === 0) throw parseError(line, `no token specified in ${JSON.stringify(section)} section`);
  return sections;
}

function typesOf(line: CorefileLine, words: readonly string[]): Policy["concernsType"] {
  const types = new Set<string>();
  for (const word of words) {
    if (word === "*") return () => true;
    if (!isNamedType(word)) throw parseError(line, `unexpected token ${JSON.stringify(word)}; expect legal QTYPE`);
    types.add(word);
  }
  return (type) => types.has(type);
}

function networksOf(line: CorefileLine, words: readonly string[]): Policy["concernsAddress"] {
  const networks: Cidr[] = [];
  for (const word of words) {
    if (word === "*") return () => true;
    const whole = word.includes("/") ? word : `${word}/${word.includes(":") ? 128 : 32}`;
    const network = parseCidr(whole);
    if (network === undefined) throw parseError(line, `illegal CIDR notation ${JSON.stringify(whole)}`);
    networks.push(network);
  }
  return (address) => {
    const ip = parseIp(address);
    return ip !== undefined && networks.some((network) => networkContains(network, ip));
  };
}
