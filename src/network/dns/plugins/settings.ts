import { parseDurationMs } from "../../../std/index.ts";
import { ConfigError, type Place, parseError, wrongCount } from "../corefile/config-error.ts";
import type { CorefileLine, Directive } from "../corefile/corefile.ts";
import { isInZone, lowerName, zonesOf } from "../zone-names.ts";

/** The only use of a directive that may stand once in a block. */
export function onlyUse(directives: readonly [Directive, ...Directive[]]): Directive {
  const [first, second] = directives;
  if (second !== undefined) throw new ConfigError("plugin can only be used once per Server Block");
  return first;
}

/** The words of a line after its first, when there are as many as there should be. */
export function argsOf(line: CorefileLine, least: number, most: number = least): readonly string[] {
  const [, ...args] = line.words;
  if (args.length < least || args.length > most) throw wrongCount(line, line.words.at(-1) ?? "");
  return args;
}

/** A directive that takes no arguments, or so many. */
export function checkArgs(directive: Directive, least: number, most: number = least): readonly string[] {
  const { args } = directive;
  if (args.length < least || args.length > most) throw wrongCount(directive, args.at(-1) ?? directive.name);
  return args;
}

export function unknownProperty(line: CorefileLine): Error {
  return parseError(line, `unknown property '${line.words[0] ?? ""}'`);
}

/** The zones a directive names; the block's own when it names none. */
export function zonesOrBlock(words: readonly string[], blockZones: readonly string[]): readonly string[] {
  return words.length === 0 ? blockZones : words.flatMap(zonesOf);
}

/** Whether a missing name of these zones goes on to the next plugin: `fallthrough [ZONES…]`. */
export type Fall = (name: string) => boolean;

export const noFall: Fall = () => false;

export function fallOf(zones: readonly string[]): Fall {
  if (zones.length === 0) return () => true;
  const wanted = zones.flatMap(zonesOf);
  return (name) => wanted.some((zone) => isInZone(lowerName(name), zone));
}

/** A whole number, or an error in Go's words. */
export function integerOf(at: Place, text: string): number {
  if (!/^[+-]?\d+$/.test(text)) throw parseError(at, `strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

export function durationOf(at: Place, text: string): number {
  const duration = parseDurationMs(text.replace(/^\+/, ""));
  if (duration === undefined) throw parseError(at, `time: invalid duration ${JSON.stringify(text)}`);
  return duration;
}

/** The port of a listening address: `:9153`, `localhost:8080`. */
export function portOf(at: Place, address: string): number {
  const port = /:(\d+)$/.exec(address)?.[1];
  if (port === undefined) throw parseError(at, `address ${address}: missing port in address`);
  return Number(port);
}
