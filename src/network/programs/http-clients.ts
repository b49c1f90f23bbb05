import type { FetchFailure, FetchOptions, FetchResult } from "../fabric/fetch.ts";
import { type HttpResponse, parseHttpTarget } from "../fabric/http.ts";
import { reasonPhrase } from "../fabric/http-text.ts";
import type { Process } from "./program.ts";

type Request = FetchOptions & {
  readonly urls: readonly string[];
  readonly silent: boolean;
  readonly showError: boolean;
  readonly failOnStatus: boolean;
  readonly includeHeaders: boolean;
  readonly outputPath?: string;
  readonly writeOut?: string;
};

/** Options of curl that take a value, by the letter or word they are read as. */
const CURL_VALUES = new Set([
  "-m",
  "--max-time",
  "--connect-timeout",
  "-X",
  "--request",
  "-H",
  "--header",
  "-d",
  "--data",
  "-o",
  "--output",
  "-w",
  "--write-out",
  "-A",
  "--user-agent",
  "--retry",
]);
const AGENT = "curl/7.58.0";
/** `curl`: prints bodies; exit codes and messages are curl's. */
export function curlProgram(process: Process): void {
  const request = curlRequest(process.argv.slice(1));
  if (request.urls.length === 0) {
    process.output.stderr("curl: try 'curl --help' or 'curl --manual' for more information\n");
    process.exit(2);
    return;
  }
  const next = (at: number, code: number): void => {
    const url = request.urls[at];
    if (url === undefined) process.exit(code);
    else process.fetch(url, request, (result) => next(at + 1, curlResult(process, request, result)));
  };
  next(0, 0);
}

function curlRequest(args: readonly string[]): Request {
  const { flags, values, rest } = parseOptions(args, CURL_VALUES);
  const headers: Record<string, string> = { "user-agent": AGENT, accept: "*/*" };
  for (const [name, value] of values) {
    if (name === "-A" || name === "--user-agent") headers["user-agent"] = value;
    if (name !== "-H" && name !== "--header") continue;
    const colon = value.indexOf(":");
    headers[value.slice(0, colon).trim()] = value.slice(colon + 1).trim();
  }
  const value = (...names: string[]): string | undefined => values.find(([name]) => names.includes(name))?.[1];
  const seconds = value("-m", "--max-time") ?? value("--connect-timeout");
  const body = value("-d", "--data");
  const head = flags.has("-I") || flags.has("--head");
  const outputPath = value("-o", "--output");
  const writeOut = value("-w", "--write-out");
  return {
    urls: rest,
    method: value("-X", "--request") ?? (body === undefined ? (head ? "HEAD" : "GET") : "POST"),
    headers,
    ...(body === undefined ? {} : { body }),
    ...(seconds === undefined ? {} : { timeoutMs: Number(seconds) * 1000 }),
    silent: flags.has("-s") || flags.has("--silent"),
    showError: flags.has("-S") || flags.has("--show-error"),
    failOnStatus: flags.has("-f") || flags.has("--fail"),
    includeHeaders: head || flags.has("-i") || flags.has("--include"),
    ...(outputPath === undefined ? {} : { outputPath }),
    ...(writeOut === undefined ? {} : { writeOut }),
  };
}

function curlResult(process: Process, request: Request, result: FetchResult): number {
  const fail = (code: number, message: string): number => {
    if (!request.silent || request.showError) process.output.stderr(`curl: (${code}) ${message}\n`);
    return code;
  };
  if (!result.ok) {
    if (request.writeOut !== undefined) process.output.stdout(writeOut(request.writeOut, 0));
    return fail(...curlError(result.failure, request));
  }
  const { response } = result;
  if (request.failOnStatus && response.status >= 400)
    return fail(22, `The requested URL returned error: ${response.status}`);
  const head = request.includeHeaders ? headText(response) : "";
  const text = head + (request.method === "HEAD" ? "" : response.body);
  if (request.outputPath === undefined) process.output.stdout(text);
  else if (request.outputPath !== "/dev/null") process.files.write(request.outputPath, text);
  if (request.writeOut !== undefined) process.output.stdout(writeOut(request.writeOut, response.status));
  return 0;
}

function curlError(failure: FetchFailure, request: Request): readonly [code: number, message: string] {
  if (failure.kind === "url") return [3, "URL using bad/illegal format or missing URL"];
  if (failure.kind === "timeout")
    return [28, `Operation timed out after ${(request.timeoutMs ?? 0) + 1} milliseconds with 0 bytes received`];
  if (failure.kind === "reset") return [56, "Recv failure: Connection reset by peer"];
  if (failure.kind === "malformed") return [1, "Received HTTP/0.9 when not allowed"];
  if (failure.kind !== "connect") return [52, "Empty reply from server"];
  const { lookup, reason, host, port } = failure.connect;
  if (lookup && request.timeoutMs !== undefined && failure.connect.afterMs >= request.timeoutMs)
    return [28, `Resolving timed out after ${request.timeoutMs + 1} milliseconds`];
  if (lookup) return [6, `Could not resolve host: ${host}`];
  if (reason === "connection refused") return [7, `Failed to connect to ${host} port ${port}: Connection refused`];
  if (request.timeoutMs !== undefined) return [28, `Connection timed out after ${request.timeoutMs + 1} milliseconds`];
  return [7, `Failed to connect to ${host} port ${port}: Connection timed out`];
}

function writeOut(format: string, status: number): string {
  return format.replaceAll("%{http_code}", String(status).padStart(3, "0")).replaceAll("\\n", "\n");
}

function headText(response: HttpResponse): string {
  const headers = { ...response.headers, "content-length": String(Buffer.byteLength(response.body)) };
  const lines = Object.entries(headers).map(
    ([name, value]) => `${name.replace(/\b[a-z]/g, (letter) => letter.toUpperCase())}: ${value}`,
  );
  return [`HTTP/1.1 ${response.status} ${reasonPhrase(response.status)}`, ...lines, "", ""].join("\r\n");
}

const WGET_VALUES = new Set(["-O", "-T", "-t", "--timeout", "--tries", "--header", "--post-data"]);

/** busybox `wget`: saves the body, or prints it with `-O-`. */
export function wgetProgram(process: Process): void {
  const { flags, values, rest } = parseOptions(process.argv.slice(1), WGET_VALUES);
  const quiet = [...flags].some((flag) => /^-[a-z]*q/.test(flag));
  const [url] = rest;
  const value = (name: string): string | undefined => values.find(([one]) => one === name)?.[1];
  const seconds = value("-T") ?? value("--timeout");
  const timeoutMs = seconds === undefined ? undefined : Number(seconds) * 1000;
  if (url === undefined) {
    process.output.stderr("wget: missing URL\n");
    process.exit(1);
    return;
  }
  process.fetch(url, { headers: { "user-agent": "Wget" }, timeoutMs }, (result) => {
    const error = wgetError(result);
    const target = parseHttpTarget(url);
    if (!quiet && result.ok && target !== undefined)
      process.output.stderr(`Connecting to ${target.authority} (${result.address}:${target.port})\n`);
    if (error !== undefined) process.output.stderr(`wget: ${error}\n`);
    else if (result.ok) {
      const path = value("-O") ?? ((target?.path ?? "/").replace(/[?#].*$/, "").replace(/^.*\//, "") || "index.html");
      if (path === "-") process.output.stdout(result.response.body);
      else if (!flags.has("--spider")) process.files.write(path, result.response.body);
    }
    process.exit(error === undefined ? 0 : 1);
  });
}

function wgetError(result: FetchResult): string | undefined {
  if (result.ok)
    return result.response.status < 400
      ? undefined
      : `server returned error: HTTP/1.1 ${result.response.status} ${reasonPhrase(result.response.status)}`;
  const { failure } = result;
  if (failure.kind === "url") return `not an http or ftp url: ${result.url}`;
  if (failure.kind === "timeout") return "download timed out";
  if (failure.kind !== "connect") return "error getting response";
  const { lookup, reason, host, address } = failure.connect;
  if (lookup) return `bad address '${host}'`;
  if (reason === "connection refused") return `can't connect to remote host (${address}): Connection refused`;
  return "download timed out";
}

/** Splits arguments into flags, options with values (`-m 3`, `-m3`, `--max-time=3`) and the rest; `-sS` is `-s -S`. */
function parseOptions(
  args: readonly string[],
  withValue: ReadonlySet<string>,
): {
  readonly flags: ReadonlySet<string>;
  readonly values: readonly (readonly [string, string])[];
  readonly rest: readonly string[];
} {
  const flags = new Set<string>();
  const values: (readonly [string, string])[] = [];
  const rest: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] as string;
    const equals = arg.indexOf("=");
    if (!arg.startsWith("-") || arg === "-") rest.push(arg);
    else if (withValue.has(arg)) values.push([arg, args[++at] ?? ""]);
    else if (arg.startsWith("--"))
      if (equals > 0 && withValue.has(arg.slice(0, equals))) values.push([arg.slice(0, equals), arg.slice(equals + 1)]);
      else flags.add(arg);
    else at = readCluster(args, at, { withValue, flags, values });
  }
  return { flags, values, rest };
}

/** `-sSm 3`, `-qO-`: letters in a row, the first that takes a value ends it. Returns where reading goes on from. */
function readCluster(
  args: readonly string[],
  at: number,
  into: {
    readonly withValue: ReadonlySet<string>;
    readonly flags: Set<string>;
    readonly values: (readonly [string, string])[];
  },
): number {
  const arg = args[at] as string;
  for (let index = 1; index < arg.length; index++) {
    const flag = `-${arg[index]}`;
    if (!into.withValue.has(flag)) {
      into.flags.add(flag);
      continue;
    }
    const attached = arg.slice(index + 1);
    into.values.push([flag, attached === "" ? (args[at + 1] ?? "") : attached]);
    return attached === "" ? at + 1 : at;
  }
  return at;
}
