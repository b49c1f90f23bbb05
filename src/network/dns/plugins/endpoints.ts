import { goDurationError } from "../../../std/index.ts";
import { pageNotFound, pathOf, textResponse } from "../../fabric/http.ts";
import { ConfigError, parseError } from "../corefile/config-error.ts";
import type { Directive } from "../corefile/corefile.ts";
import { SLIM_BOUNDS } from "../server/metrics.ts";
import type { PluginPart, ServerSurroundings, Setup } from "../server/plugin.ts";
import { argsOf, checkArgs, durationMs, onlyUse, portOf, unknownProperty } from "./settings.ts";

const HEALTH_PORT = 8080;
const OWN_REQUEST_MS = 1000;
const READY_PORT = 8181;
const RELOAD_MS = 30_000;
const RELOAD_MS_LEAST = 2_000;
const JITTER_MS = 15_000;
const JITTER_MS_LEAST = 1_000;

/** `health [ADDRESS] { lameduck DURATION }`: `/health` says OK as long as the process lives, a while after it was asked to end too. */
export function healthPlugin(setup: Setup): PluginPart {
  let port = HEALTH_PORT;
  let lameduckMs = 0;
  for (const directive of setup.directives) {
    const [address] = checkArgs(directive, 0, 1);
    if (address !== undefined) port = portOf(address);
    for (const line of directive.body) {
      if (line.words[0] !== "lameduck") throw unknownProperty(line);
      const [duration = ""] = argsOf(line, 1);
      const problem = goDurationError(duration);
      if (problem !== undefined)
        throw new ConfigError(`unable to parse lameduck duration value: '${duration}' : ${problem}`);
      lameduckMs = durationMs(duration);
    }
  }
  return {
    http: {
      port,
      serve: (request) => (pathOf(request) === "/health" ? textResponse("OK") : pageNotFound()),
    },
    lameduckMs,
    started: () => countOwnRequests(setup.surroundings),
  };
}

/** The process asks its own `/health` each second, to see whether it is overloaded. */
function countOwnRequests({ metrics, loop }: ServerSurroundings): void {
  const help = "Histogram of the time (in seconds) each request took.";
  const asked = metrics.instants("coredns_health_request_duration_seconds", help, { labels: {}, bounds: SLIM_BOUNDS });
  const [before, startMs] = [asked.value, loop.nowMs()];
  metrics.beforeReading("health", () => {
    asked.value = before + Math.floor((loop.nowMs() - startMs) / OWN_REQUEST_MS);
  });
}

/** `ready [ADDRESS] { monitor until-ready|continuously }`: `/ready` says OK once every plugin that has something to wait for has been ready. */
export function readyPlugin(setup: Setup): PluginPart {
  const directive = onlyUse(setup.directives);
  const [address] = checkArgs(directive, 0, 1);
  const port = address === undefined ? READY_PORT : portOf(address);
  const looksAgain = monitorsContinuously(directive);
  const seen = new Set<string>();
  const waiting = (): readonly string[] =>
    ["kubernetes", "multicluster"].filter((name) => {
      if (seen.has(name)) return false;
      const isReady = setup.part(name)?.ready?.() !== false;
      if (isReady && !looksAgain) seen.add(name);
      return !isReady;
    });
  return {
    http: {
      port,
      endsAtOnce: true,
      serve: (request) => {
        if (pathOf(request) !== "/ready") return pageNotFound();
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
  const everyMs = interval === undefined ? RELOAD_MS : durationMs(interval);
  if (everyMs < RELOAD_MS_LEAST) throw new ConfigError("interval value must be greater or equal to 2s");
  const wished = jitter === undefined ? JITTER_MS : durationMs(jitter);
  if (wished !== 0 && wished < JITTER_MS_LEAST)
    throw new ConfigError("jitter value must be 0 or greater or equal to 1s");
  const jitterMs = Math.min(wished, everyMs / 2);
  const shift = jitterMs === 0 ? 0 : setup.surroundings.random.below(jitterMs) - Math.floor(jitterMs / 2);
  return { reloadEveryMs: everyMs + shift };
}

function monitorsContinuously(directive: Directive): boolean {
  let continuously = false;
  for (const line of directive.body) {
    if (line.words[0] !== "monitor") throw unknownProperty(line);
    const [mode = ""] = argsOf(line, 1);
    if (mode !== "until-ready" && mode !== "continuously")
      throw parseError(line, `monitor type '${mode}' not supported`);
    continuously = mode === "continuously";
  }
  return continuously;
}
