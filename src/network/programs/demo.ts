import { timestamp } from "../../apimachinery/index.ts";
import { parseDurationMs } from "../../std/index.ts";
import { goErrorText } from "../fabric/fetch.ts";
import { textResponse } from "../fabric/http.ts";
import { flagValue, goLogPrefix, type Process } from "./program.ts";

const SERVE_MESSAGE = "Hello from {{addr}}";
const SERVE_PORT = 8080;
const INTERVAL_MS = 1000;

/** `jeremyot/serve`: answers every request on 8080 with its `--message`, an HTML template over `env`, `addr` and `now`. */
export function serveProgram(process: Process): void {
  const message = flagValue(process.argv, "message") ?? SERVE_MESSAGE;
  const port = Number(/:(\d+)$/.exec(flagValue(process.argv, "address") ?? "")?.[1] ?? SERVE_PORT);
  process.listen(port, () => textResponse(expandTemplate(message, process)));
  process.onTerminate(() => {
    process.output.stderr(`${goLogPrefix(process.clock.nowMs())}Exiting (terminated)...\n`);
    process.exit(0);
  });
}

/**
 * `jeremyot/request`: asks `--address` at once and then every `--interval`, for `--duration` (forever when absent), and logs
 * each body or error. The duration counts from the first answer, and a tick at its very end is not taken.
 */
export function requestProgram(process: Process): void {
  const { argv, clock, output } = process;
  const address = flagValue(argv, "address") ?? "";
  const url = address.startsWith("http") ? address : `http://${address}`;
  const intervalMs = durationMs(argv, "interval") ?? INTERVAL_MS;
  const lastsMs = durationMs(argv, "duration") ?? 0;
  const log = (text: string): void => output.stderr(`${goLogPrefix(clock.nowMs())}${text}\n`);
  const ask = (done: () => void): void =>
    process.fetch(url, {}, (result) => {
      log(result.ok ? result.response.body : `Request error: ${goErrorText("GET", url, result.failure)}`);
      done();
    });
  process.onTerminate(() => process.exit(0));
  ask(() => {
    if (flagValue(argv, "once") !== undefined) {
      process.exit(0);
      return;
    }
    const startMs = clock.nowMs();
    const endMs = lastsMs > 0 ? startMs + lastsMs : Number.POSITIVE_INFINITY;
    let tick = 0;
    const next = (): void => {
      // Ticks missed during a long request are dropped, all but one.
      tick = Math.max(tick + 1, Math.floor((clock.nowMs() - startMs) / intervalMs));
      const atMs = Math.max(startMs + tick * intervalMs, clock.nowMs());
      if (atMs >= endMs) process.after(Math.max(0, endMs - clock.nowMs()), () => process.exit(0));
      else process.after(atMs - clock.nowMs(), () => ask(next));
    };
    next();
  });
}

/** Replaces `{{env "NAME"}}`, `{{addr}}` and `{{now}}`; what is put in is escaped, what is around it is not. */
function expandTemplate(template: string, process: Process): string {
  return template.replace(
    /\{\{-?\s*(?:env\s+["`]([^"`]*)["`]|(addr|now))\s*-?\}\}/g,
    (_, name?: string, word?: string) => {
      if (name !== undefined) return escapeHtml(process.environment.get(name) ?? "");
      return escapeHtml(word === "addr" ? process.address : timestamp(process.clock.nowMs()));
    },
  );
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&#34;",
  "'": "&#39;",
  "+": "&#43;",
};

/** As Go's html/template escapes text. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"'+]/g, (char) => ESCAPES[char] as string);
}

function durationMs(argv: readonly string[], name: string): number | undefined {
  const text = flagValue(argv, name);
  return text === undefined ? undefined : parseDurationMs(text);
}
