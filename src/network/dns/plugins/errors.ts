import { type GoPattern, parseGoPattern } from "../../../apimachinery/index.ts";
import type { Timer } from "../../../sim/index.ts";
import { goDurationError } from "../../../std/index.ts";
import { ConfigError, parseError, wrongCount } from "../corefile/config-error.ts";
import type { CorefileLine } from "../corefile/corefile.ts";
import type { PluginPart, Setup } from "../server/plugin.ts";
import { lowerName } from "../zone-names.ts";
import { argsOf, durationMs, goDuration, onlyUse } from "./settings.ts";

type Consolidation = {
  readonly periodMs: number;
  readonly pattern: GoPattern;
  readonly level: string;
  /** Whether the first of many is told at once. */
  readonly showFirst: boolean;
  count: number;
  /** Until it is told how many there were. */
  timer: Timer | undefined;
};

const LEVELS: ReadonlySet<string> = new Set(["warning", "error", "info", "debug"]);
const PATTERN_LENGTH_MAX = 10_000;

/** `errors { stacktrace; consolidate DURATION REGEXP [LEVEL] [show_first] }`: a line for each query that went wrong, or one for many. */
export function errorsPlugin(setup: Setup): PluginPart {
  const directive = onlyUse(setup.directives);
  const { loop, log } = setup.surroundings;
  if (directive.args.length > 1) throw wrongCount(directive, directive.args.at(-1) ?? "");
  if (directive.args.length === 1 && directive.args[0] !== "stdout")
    throw parseError(directive, `invalid log file: ${directive.args[0]}`);
  const consolidations = directive.body.filter(isConsolidation).map(readConsolidation);
  const print = (level: string, text: string): void => log(`[${level.toUpperCase()}] plugin/errors: ${text}`);
  let isStopped = false;
  const tell = (one: Consolidation): void => {
    const { count, pattern, periodMs, level } = one;
    [one.count, one.timer] = [0, undefined];
    // One that was shown itself needs no count.
    if (count === 1 && one.showFirst) return;
    print(level, `${count} errors like '${pattern.source}' occurred in last ${goDuration(periodMs)}`);
  };
  const gather = (one: Consolidation, line: string): void => {
    one.count++;
    if (one.count > 1) return;
    if (one.showFirst) print(one.level, line);
    const why = "consolidated errors of CoreDNS";
    one.timer = loop.after(one.periodMs, why, () => tell(one), { background: true });
  };
  return {
    handle: (request, next) => {
      const reply = next(request);
      const { error } = reply;
      if (error === undefined) return reply;
      const line = `${reply.rcode} ${lowerName(request.question.name)} ${request.question.type}: ${error}`;
      const known = consolidations.find(({ pattern }) => pattern.test(error));
      if (known === undefined) print("error", line);
      else if (isStopped) print(known.level, line);
      else gather(known, line);
      return reply;
    },
    stopped: () => {
      isStopped = true;
      for (const one of consolidations) {
        if (one.timer === undefined) continue;
        one.timer.cancel();
        tell(one);
      }
    },
  };
}

/** The other line there may be is `stacktrace`, which has no arguments. */
function isConsolidation(line: CorefileLine): boolean {
  const [first, second] = line.words;
  const unknown = first === "stacktrace" ? second : first === "consolidate" ? undefined : first;
  if (unknown !== undefined)
    throw new ConfigError(
      `${line.file}:${line.line} - Syntax error: Unexpected token '${unknown}', expecting 'Unknown field ${unknown}'`,
    );
  return first === "consolidate";
}

function readConsolidation(line: CorefileLine): Consolidation {
  const [duration = "", text = "", ...more] = argsOf(line, 2, 4);
  const problem = goDurationError(duration);
  if (problem !== undefined) throw parseError(line, problem);
  if (text.length > PATTERN_LENGTH_MAX)
    throw parseError(line, `regex pattern too long: ${text.length} > ${PATTERN_LENGTH_MAX}`);
  const pattern = parseGoPattern(text);
  if (typeof pattern === "string") throw parseError(line, pattern);
  let level: string | undefined;
  let showFirst = false;
  for (const option of more) {
    if (option === "show_first") showFirst = true;
    else if (!LEVELS.has(option)) throw parseError(line, `unknown option in consolidate: ${option}`);
    else if (level !== undefined) throw parseError(line, "multiple log levels specified in consolidate");
    else if (showFirst) throw parseError(line, "log level must come before show_first in consolidate");
    else level = option;
  }
  return { periodMs: durationMs(duration), pattern, level: level ?? "error", showFirst, count: 0, timer: undefined };
}
