import { hostPort, parseDurationMs } from "../../../std/index.ts";
import { goErrorText } from "../../fabric/fetch.ts";
import { type HttpResponse, type PendingResponse, textResponse } from "../../fabric/http.ts";
import { headerName } from "../../fabric/http-text.ts";
import type { Process } from "../program.ts";
import { askDatagram, serveDatagrams } from "./datagrams.ts";
import { readFlags } from "./flags.ts";
import {
  errorResponse,
  goTime,
  type Handler,
  logLine,
  type Routes,
  redirectResponse,
  routeRequest,
  serveRoutes,
  statusResponse,
} from "./serving.ts";
import { askStream, serveStream } from "./streams.ts";

const DIAL_TIMEOUT_MS = 5000;
/** The port a client seems to come from; connections here have none of their own. */
const CLIENT_PORT = 32_768;

/** `netexec`: answers over HTTP, UDP and (where told) SCTP about itself and its callers, and dials, redirects, waits and ends when told to. */
export function netexec(process: Process, args: readonly string[]): void {
  const flags = readFlags(args);
  const port = flags.number("http-port", 8080);
  const udpPort = flags.number("udp-port", 8081);
  const delaySeconds = flags.number("delay-shutdown", 0);
  const state = { isTerminating: false };
  const routes = logged(process, netexecRoutes(process, port, state));
  const override = flags.text("http-override", "");
  const served: Routes =
    override === ""
      ? routes
      : { "/": (_, request) => routeRequest(routes, { ...request, method: "GET", path: override }) };
  if (udpPort !== -1 && serveDatagrams(process, udpPort, (text, from) => netexecDatagram(process, udpPort, text, from)))
    logLine(process, `Started UDP server on port  ${udpPort}`);
  const sctpPort = flags.number("sctp-port", -1);
  if (sctpPort !== -1 && serveStream(process, sctpPort, (text, from) => netexecDatagram(process, sctpPort, text, from)))
    logLine(process, `Started SCTP server on port ${sctpPort}`);
  if (!serveRoutes(process, port, served)) return;
  logLine(process, `Started HTTP server on port ${port}`);
  process.onTerminate(() => {
    if (state.isTerminating) return;
    state.isTerminating = true;
    if (delaySeconds <= 0) {
      process.exit(0);
      return;
    }
    logLine(process, `Sleeping ${delaySeconds} seconds before terminating...`);
    process.after(delaySeconds * 1000, () => process.exit(0));
  });
}

function netexecRoutes(process: Process, port: number, state: { readonly isTerminating: boolean }): Routes {
  const startMs = process.clock.nowMs();
  const hostname: Handler = () => process.hostname;
  return {
    "/": () => `NOW: ${goTime(process.clock.nowMs(), startMs)}`,
    "/clientip": (_, { remoteAddress }) => hostPort(remoteAddress, CLIENT_PORT),
    "/serverport": () => String(port),
    "/header": (query, { headers }) => {
      const key = query.get("key") ?? "";
      if (key !== "") return headers[key.toLowerCase()] ?? "";
      const named = Object.entries(headers).map(([name, value]) => [headerName(name), [value]] as const);
      return JSON.stringify(Object.fromEntries(named.sort(([left], [right]) => (left < right ? -1 : 1))));
    },
    "/dial": (query) => dial(process, query),
    "/echo": (query) => echo(query),
    "/exit": (query) => exit(process, query),
    "/healthz": () => "",
    "/readyz": () => (state.isTerminating ? statusResponse(503, "shutting down") : "ok"),
    "/hostname": hostname,
    "/hostName": hostname,
    "/redirect": (query) => {
      const code = Number(query.get("code") || 302);
      if (!Number.isInteger(code)) return badInteger("", query.get("code"));
      return redirectResponse(query.get("location") ?? "", code);
    },
    "/shell": (query) => shell(process, query.get("shellCommand") || query.get("cmd") || ""),
    "/shutdown": () => {
      process.exit(0);
      return undefined;
    },
  };
}

/** What is told of a question beside its path; one of another path is told as `/`. */
const TOLD: Readonly<Record<string, readonly string[]>> = {
  "/dial": ["host", "protocol", "port", "request", "tries"],
  "/echo": ["msg", "code"],
  "/exit": ["code", "timeout", "wait"],
  "/shell": ["cmd"],
};

/** Each question in a line of the log, as the handlers of upstream's write it. */
function logged(process: Process, routes: Routes): Routes {
  const entries = Object.entries(routes).map(([path, handler]): [string, Handler] => [
    path,
    (query, request) => {
      const told = (TOLD[path] ?? []).map((name) => `${name}=${query.get(name) ?? ""}`).join("&");
      logLine(process, `GET ${path}${told === "" ? "" : `?${told}`}`);
      return handler(query, request);
    },
  ]);
  return Object.fromEntries(entries);
}

/** What the servers of UDP and SCTP answer. */
function netexecDatagram(process: Process, port: number, text: string, from: string): string | undefined {
  const received = text.trim().toLowerCase();
  if (received === "hostname") return process.hostname;
  if (received.startsWith("echo ")) return received.slice("echo ".length);
  if (received === "clientip") return hostPort(from, CLIENT_PORT);
  if (received === "serverport") return String(port);
  if (received !== "") logLine(process, `Unknown UDP command received from ${from}: ${received}`);
  return undefined;
}

function echo(query: URLSearchParams): HttpResponse | string {
  const code = query.get("code") ?? "";
  const message = query.get("msg") ?? "";
  if (code === "") return message;
  if (!/^-?\d+$/.test(code)) return badInteger("", code);
  return statusResponse(Number(code), message);
}

function badInteger(range: string, text: string | null): string {
  return `argument 'code' must be an integer ${range}or empty, got ${JSON.stringify(text ?? "")}\n`;
}

/** Ends the server with a code, after a while; what is being answered then is broken off. */
function exit(process: Process, query: URLSearchParams): PendingResponse | string {
  const durations = { timeout: query.get("timeout") ?? "", wait: query.get("wait") ?? "" };
  for (const [name, text] of Object.entries(durations))
    if (text !== "" && text !== "0" && parseDurationMs(text) === undefined)
      return `argument '${name}' must be a valid golang duration or empty, got ${JSON.stringify(text)}\n`;
  const code = query.get("code") ?? "";
  if (!/^-?\d*$/.test(code)) return badInteger("[0-127] ", code);
  const waitMs = parseDurationMs(durations.wait) ?? 0;
  const timeoutMs = parseDurationMs(durations.timeout) ?? 0;
  logLine(
    process,
    `Will begin shutdown in ${waitMs / 1000}s, allowing ${timeoutMs / 1000}s for connections to close, then will exit with ${Number(code)}`,
  );
  return {
    later: (onResponse) =>
      process.after(waitMs, () => {
        if (timeoutMs > 0) onResponse(textResponse(""));
        process.exit(Number(code));
      }),
  };
}

/** Asks another server as often as told, one after the other, and says what came back. */
function dial(process: Process, query: URLSearchParams): HttpResponse | PendingResponse {
  const request = query.get("request") ?? "";
  const tries = query.get("tries") || "1";
  if (!/^-?\d+$/.test(tries))
    return errorResponse(
      400,
      `tries parameter is invalid. strconv.Atoi: parsing ${JSON.stringify(tries)}: invalid syntax`,
    );
  if (request === "") return errorResponse(400, "request parameter not specified. <nil>");
  const protocol = (query.get("protocol") ?? "").toLowerCase();
  const to = { host: query.get("host") ?? "", port: Number(query.get("port") ?? 0), request };
  const ask = Object.hasOwn(DIALS, protocol) ? DIALS[protocol] : undefined;
  if (ask === undefined) return errorResponse(400, `unsupported protocol. ${protocol}`);
  return {
    later: (onResponse) => {
      const errors: string[] = [];
      const responses: string[] = [];
      const next = (left: number, last: string): void => {
        if (left > 0) {
          ask(process, to, ({ text, error }) => {
            if (error === undefined) responses.push(text);
            else errors.push(error);
            next(left - 1, text);
          });
          return;
        }
        const output = { ...(errors.length > 0 ? { errors } : {}), ...(last === "" ? {} : { responses }) };
        onResponse(textResponse(JSON.stringify(output)));
      };
      next(Number(tries), "");
    },
  };
}

type Dial = (
  process: Process,
  to: { readonly host: string; readonly port: number; readonly request: string },
  onReply: (reply: { readonly text: string; readonly error?: string }) => void,
) => void;

const dialHttp: Dial = (process, { host, port, request }, onReply) => {
  const url = `http://${hostPort(host, port)}/${request}`;
  process.fetch(url, { timeoutMs: DIAL_TIMEOUT_MS }, (result) => {
    if (result.ok) onReply({ text: result.response.body });
    else onReply({ text: "", error: goErrorText("GET", url, result.failure) });
  });
};

const dialUdp: Dial = (process, { host, port, request }, onReply) => {
  askDatagram(process, { host, port, text: request, timeoutMs: DIAL_TIMEOUT_MS }, (reply) => {
    if (reply.ok) onReply({ text: reply.text });
    else
      onReply({
        text: "",
        error: `reading from udp connection failed. err:'read udp ${hostPort(process.address, CLIENT_PORT)}->${hostPort(reply.address ?? host, port)}: ${reply.reason}'`,
      });
  });
};

const dialSctp: Dial = (process, { host, port, request }, onReply) => {
  askStream(process, { host, port, text: request, timeoutMs: DIAL_TIMEOUT_MS }, (reply) => {
    if (reply.ok) onReply({ text: reply.text });
    else onReply({ text: "", error: `sctp dial failed. err:${reply.reason}` });
  });
};

const DIALS: Readonly<Partial<Record<string, Dial>>> = { "": dialHttp, http: dialHttp, udp: dialUdp, sctp: dialSctp };

function shell(process: Process, command: string): PendingResponse {
  return {
    later: (onResponse) => {
      let output = "";
      const write = (text: string): void => {
        output += text;
      };
      process.spawn(["/bin/sh", "-c", command], { output: { stdout: write, stderr: write } }, (code) => {
        const told = {
          ...(code === 0 ? {} : { error: `exit status ${code}` }),
          ...(output === "" ? {} : { output }),
        };
        onResponse(textResponse(JSON.stringify(told)));
      });
    },
  };
}
