import { ConfigError, wrongCount } from "../corefile/config-error.ts";
import type { CorefileLine } from "../corefile/corefile.ts";
import type { PluginPart, Setup } from "../server/plugin.ts";
import type { Reply } from "../server/reply.ts";

type Flag = "aa" | "ra" | "rd";
type Rule = { readonly flag: Flag; readonly state: boolean };

const FLAGS: readonly Flag[] = ["aa", "ra", "rd"];

/** `header { query|response set|clear aa|ra|rd… }`: flags of what comes and of what goes. */
export function headerPlugin(setup: Setup): PluginPart {
  const [directive] = setup.directives;
  const rules: Record<"query" | "response", Rule[]> = { query: [], response: [] };
  for (const line of setup.directives.flatMap(({ body }) => body)) {
    const selector = line.words[0]?.toLowerCase() ?? "";
    if (selector !== "query" && selector !== "response")
      throw new ConfigError(`setting up rule: invalid selector=${selector} should be query or response`);
    rules[selector].push(...rulesOf(line));
  }
  if (rules.query.length + rules.response.length === 0)
    throw wrongCount(
      directive.end,
      directive.body.length === 0 && directive.end.line === directive.line ? directive.name : "}",
    );
  const desired = rules.query.findLast(({ flag }) => flag === "rd")?.state;
  return {
    handle: (request, next) => {
      const { query } = request;
      const asked =
        desired === undefined
          ? request
          : { ...request, query: { ...query, flags: { ...query.flags, recursionDesired: desired } } };
      const reply = next(asked);
      // A reply is made from the query as it was changed, its RD bit included.
      return ruled(desired === undefined ? reply : { ...reply, recursionDesired: desired }, rules.response);
    },
  };
}

/** What the server writes itself passes by. */
function ruled(reply: Reply, rules: readonly Rule[]): Reply {
  if (reply.unwritten === true) return reply;
  const state = (flag: Flag): boolean | undefined => rules.findLast((rule) => rule.flag === flag)?.state;
  const desired = state("rd");
  return {
    ...reply,
    authoritative: state("aa") ?? reply.authoritative,
    recursionAvailable: state("ra") ?? reply.recursionAvailable,
    ...(desired === undefined ? {} : { recursionDesired: desired }),
  };
}

function rulesOf(line: CorefileLine): readonly Rule[] {
  const [, action = "", ...flags] = line.words.map((word) => word.toLowerCase());
  if (action === "") throw new ConfigError("setting up rule: no flag action provided");
  if (flags.length === 0)
    throw new ConfigError("setting up rule: invalid length for flags, at least one should be provided");
  if (action !== "set" && action !== "clear")
    throw new ConfigError(`setting up rule: unknown flag action=${action}, should be set or clear`);
  return flags.map((word) => {
    const flag = FLAGS.find((one) => one === word);
    if (flag === undefined) throw new ConfigError(`setting up rule: unknown/unsupported flag=${word}`);
    return { flag, state: action === "set" };
  });
}
