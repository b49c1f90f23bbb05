import { goDurationError } from "../../../std/index.ts";
import { canonicalIp } from "../../ip-address.ts";
import { ConfigError, parseError, wrongCount } from "../corefile/config-error.ts";
import type { Directive } from "../corefile/corefile.ts";
import type { PluginPart, Setup } from "../server/plugin.ts";
import { argsOf, checkArgs, durationMs, noBlock, onlyUse, unknownProperty, wholeNumber } from "./settings.ts";

/** Directives that are read and change no answer. */

/** A plugin queries pass through. */
const PASSING: PluginPart = { handle: (request, next) => next(request) };

/** Interfaces of a pod, and which of the addresses are theirs. */
const LOOPBACK = ["127.0.0.1", "::1"] as const;
const INTERFACES = ["lo", "eth0"] as const;

/** `bind ADDRESS|INTERFACE… { except … }`: addresses nobody else has; the server listens at all of its own whichever are named. */
export function bindPlugin({ directives, surroundings }: Setup): PluginPart {
  const addressesOf = (words: readonly string[]): readonly string[] =>
    words.flatMap((word) => {
      const isInterface = INTERFACES.find((one) => one === word);
      if (isInterface !== undefined) return isInterface === "lo" ? LOOPBACK : surroundings.addresses;
      if (canonicalIp(word) === undefined)
        throw new ConfigError(`not a valid IP address or interface name: ${JSON.stringify(word)}`);
      return [word];
    });
  const bindsTo = directives.flatMap(({ args, body }) => {
    if (args.length === 0) throw new ConfigError("at least one address or interface name is expected");
    const left = body.flatMap(({ words: [option, ...words] }) => {
      if (option !== "except") throw new ConfigError(`invalid option ${JSON.stringify(option)}`);
      if (words.length === 0)
        throw new ConfigError("at least one address or interface must be given to except subdirective");
      return words;
    });
    const excepted = new Set(addressesOf(left));
    return addressesOf(args).filter((address) => !excepted.has(address));
  });
  return { bindsTo };
}

/** `cancel [TIMEOUT]`: no query here takes time. */
export function cancelPlugin({ directives }: Setup): PluginPart {
  for (const directive of directives) {
    const [text] = directive.args;
    if (directive.args.length > 1) throw wrongCount(directive, directive.args.at(-1) ?? "");
    if (text === undefined) continue;
    const given = JSON.stringify(text);
    if (goDurationError(text) !== undefined) throw new ConfigError(`invalid duration: ${given}`);
    if (durationMs(text) <= 0) throw new ConfigError(`invalid negative duration: ${given}`);
  }
  return PASSING;
}

/** `debug`: there is nothing more to log. */
export function debugPlugin({ directives }: Setup): PluginPart {
  for (const directive of directives) {
    checkArgs(directive, 0);
    noBlock(directive);
  }
  return {};
}

/** `pprof [ADDRESS] { block [RATE] }`: there is no profile to show. */
export function pprofPlugin({ directives }: Setup): PluginPart {
  const directive = onlyUse(directives);
  const [address] = checkArgs(directive, 0, 1);
  if (address !== undefined && !/:\w+$/.test(address))
    throw parseError(directive, `address ${address}: missing port in address`);
  for (const line of directive.body) {
    if (line.words[0] !== "block") throw unknownProperty(line);
    const [rate] = argsOf(line, 0, 1);
    if (rate !== undefined && !/^[+-]?\d+$/.test(rate))
      throw parseError(line, `property 'block' invalid integer value '${rate}'`);
  }
  return {};
}

const WRITE_BUFFERS_MAX = 1024;
const QUEUES_MAX = 4096;

/** `dnstap [listen] ENDPOINT [full] [BUFFER] [QUEUE] { … }`: nobody listens at an endpoint, and nothing is sent there. */
export function dnstapPlugin({ directives, surroundings }: Setup): PluginPart {
  const sockets = directives.flatMap(readDnstap);
  return {
    ...PASSING,
    started: () => {
      for (const path of sockets)
        surroundings.log(
          `[ERROR] plugin/dnstap: No connection to dnstap endpoint: dial unix ${path}: connect: no such file or directory`,
        );
    },
  };
}

/** The local socket it is to dial. */
function readDnstap(directive: Directive): readonly string[] {
  const isListener = directive.args[0] === "listen";
  const [endpoint, , buffers, queues] = isListener ? directive.args.slice(1) : directive.args;
  if (directive.args.length === 0) throw wrongCount(directive, directive.name);
  if (endpoint === undefined) throw parseError(directive, "dnstap listen requires an endpoint argument");
  checkMultiple(directive, buffers, { name: "MultipleTcpWriteBuf", most: WRITE_BUFFERS_MAX, unit: "MiB units" });
  checkMultiple(directive, queues, { name: "MultipleQueue", most: QUEUES_MAX, unit: "x10k messages" });
  for (const line of directive.body) {
    const [option = "", ...values] = line.words;
    const isTls = option === "tls";
    if (isTls && !isListener) throw parseError(line, "tls directive only valid for listeners");
    if (isTls && values.length < 2) throw parseError(line, "tls requires cert and key file paths");
    const takesOne = option === "identity" || option === "version" || option === "extra";
    if (takesOne && values.length === 0) throw wrongCount(line, option);
    if (!isTls && !takesOne && option !== "skipverify") throw unknownProperty(line);
    const extra = isTls ? undefined : values[takesOne ? 1 : 0];
    if (extra !== undefined) throw parseError(line, `unknown property '${extra}'`);
  }
  const isRemote = /^(?:tls|tcp):\/\//.test(endpoint);
  return isListener || isRemote ? [] : [endpoint.replace(/^unix:\/\//, "")];
}

function checkMultiple(
  directive: Directive,
  text: string | undefined,
  { name, most, unit }: { readonly name: string; readonly most: number; readonly unit: string },
): void {
  if (text === undefined) return;
  let value: number;
  try {
    value = wholeNumber(text);
  } catch (error) {
    throw parseError(directive, `dnstap: invalid ${name} ${JSON.stringify(text)}: ${(error as Error).message}`);
  }
  if (value < 1 || value > most)
    throw parseError(directive, `dnstap: ${name} must be between 1 and ${most} (${unit}): ${value}`);
}
