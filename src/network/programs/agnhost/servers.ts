import { parseDurationMs } from "../../../std/index.ts";
import type { HttpResponse } from "../../fabric/http.ts";
import { pathOf, textResponse } from "../../fabric/http.ts";
import type { Process } from "../program.ts";
import { serveDatagrams } from "./datagrams.ts";
import { readFlags } from "./flags.ts";
import { goResponse, logLine, notFound, redirectResponse, serveRoutes, statusResponse } from "./serving.ts";
import { serveStream } from "./streams.ts";

const HEALTHY_MS = 10_000;
const LAST_WORDS_MS = 60_000;

/** `serve-hostname`: the pod's name over HTTP, or bare over TCP and UDP; told to end, it serves for another minute. */
export function serveHostname(process: Process, args: readonly string[]): void {
  const flags = readFlags(args, ["tcp", "udp", "http", "close"]);
  const port = flags.number("port", 9376);
  const [tcp, udp, http] = [flags.is("tcp"), flags.is("udp"), flags.is("http", true)];
  if (http && (tcp || udp)) {
    logLine(process, "Can't server TCP/UDP mode and HTTP mode at the same time");
    process.exit(1);
    return;
  }
  if (udp) serveDatagrams(process, port, () => process.hostname);
  if (tcp)
    process.accept(port, (socket) => {
      socket.write(process.hostname);
      socket.end();
    });
  if (http && !serveRoutes(process, port, { "/": () => process.hostname })) return;
  logLine(process, `Serving on port ${port}.`);
  process.onTerminate(() => {
    logLine(process, "Shutting down after receiving signal: terminated.");
    logLine(process, "Awaiting pod deletion.");
    process.after(LAST_WORDS_MS, () => process.exit(0));
  });
}

/** `porter`: what `SERVE_PORT_9001`, `SERVE_UDP_PORT_9002`, `SERVE_SCTP_PORT_9003` and the like say, at those ports. */
export function porter(process: Process, args: readonly string[]): void {
  const asJson = readFlags(args, ["json-response"]).is("json-response");
  for (const [name, value] of process.environment) {
    const [, protocol = "TCP", port] = /^SERVE_(?:(TCP|TLS|UDP|SCTP)_)?PORT_(\d+)$/.exec(name) ?? [];
    if (port === undefined) continue;
    if (protocol === "UDP") serveDatagrams(process, Number(port), () => value);
    else if (protocol === "SCTP") serveStream(process, Number(port), () => value);
    else
      process.listen(Number(port), ({ method }) => {
        if (!asJson) return goResponse(value);
        return {
          status: 200,
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ Method: method, Body: value }),
        };
      });
  }
  process.onTerminate(() => process.exit(2));
}

/** `test-webserver`: the files of the container. */
export function testWebserver(process: Process, args: readonly string[]): void {
  const port = readFlags(args).number("port", 80);
  const answer = (path: string): HttpResponse => {
    const text = process.files.read(decodeURI(path)) ?? process.files.read(`${path.replace(/\/$/, "")}/index.html`);
    if (text !== undefined) return textResponse(text, { "cache-control": "private" });
    if (!process.files.isDirectory(path)) return notFound();
    const rows = process.files.entries(path).map((name) => `<a href="${name}">${name}</a>\n`);
    return {
      status: 200,
      headers: { "content-type": "text/html; charset=utf-8" },
      body: `<pre>\n${rows.join("")}</pre>\n`,
    };
  };
  serveRoutes(process, port, { "/": (_, request) => answer(pathOf(request)) });
  process.onTerminate(() => process.exit(2));
}

/** `liveness`: healthy for ten seconds. */
export function liveness(process: Process): void {
  const startMs = process.clock.nowMs();
  const aliveMs = (): number => process.clock.nowMs() - startMs;
  serveRoutes(process, 8080, {
    "/started": () => `${aliveMs() / 1000}s`,
    "/healthz": () => (aliveMs() > HEALTHY_MS ? statusResponse(500, `error: ${aliveMs() / 1000}`) : "ok"),
    "/redirect": (query) => redirectResponse(query.get("loc") ?? "", 302),
    "/": () => notFound(),
  });
  process.onTerminate(() => process.exit(2));
}

const METHODS = ["GET", "POST", "PUT"];
const NAMESPACES = ["kube-system", "default", "ns"];

/** `logs-generator`: so many lines over so much time. */
export function logsGenerator(process: Process, args: readonly string[]): void {
  const flags = readFlags(args);
  const total = Number(flags.text("log-lines-total", flags.text("t", "0")));
  const durationMs = parseDurationMs(flags.text("run-duration", flags.text("d", "0"))) ?? 0;
  if (!(total > 0) || durationMs <= 0) {
    const what = total > 0 ? `duration: ${durationMs / 1000}s` : `total number of lines: ${total}`;
    process.output.stderr(`${klogPrefix(process, "F")}Invalid ${what}\n`);
    process.exit(255);
    return;
  }
  process.onTerminate(() => process.exit(2));
  const random = process.clock.random.stream("logs-generator");
  const write = (id: number): void => {
    if (id >= total) {
      process.exit(0);
      return;
    }
    const name = Array.from({ length: 3 + random.below(2) }, () => "bcdfghjklmnpqrstvwxz2456789"[random.below(27)]);
    const namespace = NAMESPACES[random.below(NAMESPACES.length)];
    process.output.stderr(
      `${klogPrefix(process, "I")}${id} ${METHODS[random.below(METHODS.length)]} /api/v1/namespaces/${namespace}/pods/${name.join("")} ${200 + random.below(400)}\n`,
    );
    process.after(durationMs / total, () => write(id + 1));
  };
  write(0);
}

/** `I1130 15:04:05.000000       1 logs_generator.go:76] `. */
function klogPrefix(process: Process, level: string): string {
  const iso = new Date(process.clock.nowMs()).toISOString();
  return `${level}${iso.slice(5, 7)}${iso.slice(8, 10)} ${iso.slice(11, 23)}000 ${String(process.pid).padStart(7)} logs_generator.go:76] `;
}
