import { wrongCount } from "../corefile/config-error.ts";
import { answerEdns } from "../server/answer-edns.ts";
import type { PluginPart, Setup } from "../server/plugin.ts";
import { onlyUse } from "./settings.ts";

const BUFSIZE = 1232;
const BUFSIZE_LEAST = 512;
const BUFSIZE_MOST = 4096;
const NSID_OPTION = 3;

/** `bufsize [SIZE]`: answers over UDP are no larger, whatever a client says it takes. */
export function bufsizePlugin(setup: Setup): PluginPart {
  const [directive] = setup.directives;
  const [text, ...more] = directive.args;
  const size = text === undefined ? BUFSIZE : /^[+-]?\d+$/.test(text) ? Number(text) : 0;
  if (more.length > 0 || size < BUFSIZE_LEAST || size > BUFSIZE_MOST) {
    const error = wrongCount(directive, directive.args.at(-1) ?? "");
    // Upstream names the plugin twice.
    error.message = `plugin/bufsize: ${error.message}`;
    throw error;
  }
  return {
    handle: (request, next) => {
      const { edns } = request.query;
      if (edns === undefined || edns.udpSize <= size) return next(request);
      const query = { ...request.query, edns: { ...edns, udpSize: size } };
      const reply = next({ ...request, query });
      const told = answerEdns(query, reply);
      return told === undefined ? reply : { ...reply, keep: undefined, edns: told };
    },
  };
}

/** `nsid [DATA…]`: who asks for the server's identity (RFC 5001) is told it; the host's name unless told otherwise. */
export function nsidPlugin(setup: Setup): PluginPart {
  const { args } = onlyUse(setup.directives);
  const host = (setup.surroundings.readFile("/etc/hostname") ?? "localhost").trim();
  const data = Buffer.from(args.length === 0 ? host : args.join(" "));
  return {
    handle: (request, next) => {
      const { query } = request;
      const reply = next(request);
      const isAsked = query.edns?.options.some(({ code }) => code === NSID_OPTION) === true;
      const edns = answerEdns(query, reply);
      if (!isAsked || edns === undefined || reply.unwritten === true) return reply;
      const options = [...edns.options.filter(({ code }) => code !== NSID_OPTION), { code: NSID_OPTION, data }];
      // The OPT upstream makes for it has DO set.
      return { ...reply, keep: undefined, edns: { ...edns, dnssecOk: true, options } };
    },
  };
}
