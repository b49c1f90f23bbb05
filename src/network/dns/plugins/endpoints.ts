import { textResponse } from "../../fabric/http.ts";
import { ConfigError } from "../corefile/config-error.ts";
import type { PluginPart, Setup } from "../server/plugin.ts";
import { argsOf, checkArgs, durationOf, portOf, unknownProperty } from "./settings.ts";

const HEALTH_PORT = 8080;
const READY_PORT = 8181;
const RELOAD_MS = 30_000;
const RELOAD_MS_LEAST = 2_000;
const JITTER_MS = 15_000;
const JITTER_MS_LEAST = 1_000;

/** `health [ADDRESS] { lameduck DURATION }`: `/health` says OK as long as the process lives, a while after it was asked to end too. */
export function healthPlugin(setup: Setup): PluginPart {
  const [directive] = setup.directives;
  const [address] = checkArgs(directive, 0, 1);
  let lameduckMs = 0;
  for (const line of directive.body) {
    if (line.words[0] !== "lameduck") throw unknownProperty(line);
    lameduckMs = durationOf(line, argsOf(line, 1)[0] as string);
  }
  return {
    http: {
      port: address === undefined ? HEALTH_PORT : portOf(directive, address),
      serve: ({ path }) => (path === "/health" ? textResponse("OK") : notFound()),
    },
    lameduckMs,
  };
}

/** `ready [ADDRESS]`: `/ready` says OK once every plugin that has something to wait for has been ready. */
export function readyPlugin(setup: Setup): PluginPart {
  const [directive] = setup.directives;
  const [address] = checkArgs(directive, 0, 1);
  const seen = new Set<string>();
  const waiting = (): readonly string[] =>
    ["kubernetes", "multicluster"].filter((name) => {
      if (!seen.has(name) && setup.part(name)?.ready?.() !== false) seen.add(name);
      return !seen.has(name);
    });
  return {
    http: {
      port: address === undefined ? READY_PORT : portOf(directive, address),
      serve: ({ path }) => {
        if (path !== "/ready") return notFound();
        const missing = waiting();
        if (missing.length === 0) return textResponse("OK");
        setup.surroundings.log(`[INFO] plugin/ready: Plugins not ready: ${JSON.stringify(missing.join(","))}`);
        return { ...textResponse(missing.join(",")), status: 503 };
      },
    },
  };
}

/** `reload [INTERVAL] [JITTER]`: how often the Corefile is looked at; the jitter keeps the servers of a cluster apart. */
export function reloadPlugin(setup: Setup): PluginPart {
  const [directive] = setup.directives;
  const [interval, jitter] = checkArgs(directive, 0, 2);
  const everyMs = interval === undefined ? RELOAD_MS : durationOf(directive, interval);
  if (everyMs < RELOAD_MS_LEAST) throw new ConfigError("interval value must be greater or equal to 2s");
  const wished = jitter === undefined ? JITTER_MS : durationOf(directive, jitter);
  if (wished !== 0 && wished < JITTER_MS_LEAST)
    throw new ConfigError("jitter value must be 0 or greater or equal to 1s");
  const jitterMs = Math.min(wished, everyMs / 2);
  const shift = jitterMs === 0 ? 0 : setup.surroundings.random.below(jitterMs) - Math.floor(jitterMs / 2);
  return { reloadEveryMs: everyMs + shift };
}

function notFound(): ReturnType<typeof textResponse> {
  return { ...textResponse("404 page not found\n"), status: 404 };
}
