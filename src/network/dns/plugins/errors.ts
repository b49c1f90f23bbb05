import { compileGoPattern, type GoPattern } from "../../../apimachinery/index.ts";
import { parseError, wrongCount } from "../corefile/config-error.ts";
import type { CorefileLine } from "../corefile/corefile.ts";
import type { PluginPart, Setup } from "../server/plugin.ts";
import { lowerName } from "../zone-names.ts";
import { argsOf, durationOf, onlyUse } from "./settings.ts";

type Consolidation = { readonly periodMs: number; readonly pattern: GoPattern; readonly level: string; count: number };

/** `errors { consolidate DURATION REGEXP [LEVEL] }`: a line for each query that went wrong, or one for many. */
export function errorsPlugin(setup: Setup): PluginPart {
  const directive = onlyUse(setup.directives);
  const { loop, log } = setup.surroundings;
  if (directive.args.length > 1) throw wrongCount(directive, directive.args.at(-1) ?? "");
  if (directive.args.length === 1 && directive.args[0] !== "stdout")
    throw parseError(directive, `invalid log file: ${directive.args[0]}`);
  const consolidations = directive.body.filter(({ words }) => words[0] !== "stacktrace").map(readConsolidation);
  const print = (level: string, text: string): void => log(`[${level.toUpperCase()}] plugin/errors: ${text}`);
  const gather = (one: Consolidation): void => {
    one.count++;
    if (one.count > 1) return;
    const report = (): void => {
      const times = one.count;
      one.count = 0;
      print(one.level, `${times} errors like '${one.pattern.source}' occurred in last ${one.periodMs / 1000}s`);
    };
    loop.after(one.periodMs, "consolidated errors of CoreDNS", report, { background: true });
  };
  return {
    handle: (request, next) => {
      const reply = next(request);
      const { error } = reply;
      if (error === undefined) return reply;
      const known = consolidations.find(({ pattern }) => pattern.test(error));
      if (known !== undefined) gather(known);
      else print("error", `${reply.rcode} ${lowerName(request.question.name)} ${request.question.type}: ${error}`);
      return reply;
    },
  };
}

function readConsolidation(line: CorefileLine): Consolidation {
  if (line.words[0] !== "consolidate") throw parseError(line, `Unknown field ${line.words[0]}`);
  const [duration = "", text = "", level = "error"] = argsOf(line, 2, 4);
  const pattern = compileGoPattern(text);
  if (pattern === undefined) throw parseError(line, `error parsing regexp: ${text}`);
  return { periodMs: durationOf(line, duration), pattern, level: level === "show_first" ? "error" : level, count: 0 };
}
