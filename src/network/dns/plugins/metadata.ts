import { wrongCount } from "../corefile/config-error.ts";
import type { PluginPart, Setup } from "../server/plugin.ts";
import { longestZone, lowerName } from "../zone-names.ts";
import { zonesOrBlock } from "./settings.ts";

/** `metadata [ZONES…]`: lets plugins tell of queries in labels, which `log`, `template` and `rewrite` can show. */
export function metadataPlugin(setup: Setup): PluginPart {
  const [first, second] = setup.directives;
  const [line] = first.body;
  if (line !== undefined) throw wrongCount(line, line.words[0] ?? "");
  if (second !== undefined) throw wrongCount(second, second.name);
  const zones = zonesOrBlock(first.args, setup.zones);
  return {
    handle: (request, next) => {
      const isInZones = longestZone(zones, lowerName(request.question.name)) !== undefined;
      const known = isInZones ? setup.parts().flatMap((part) => part.labels?.(request) ?? []) : [];
      // What is told while a query is answered cannot be told of one that is answered from a ready packet.
      return { ...next({ ...request, labels: new Map(known) }), keep: undefined };
    },
  };
}
