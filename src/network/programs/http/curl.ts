import { bytesOfText, hostPort } from "../../../std/index.ts";
import type { FetchFailure, FetchOptions, FetchResult } from "../../fabric/fetch.ts";
import { type HttpResponse, parseHttpTarget } from "../../fabric/http.ts";
import { headerName, reasonPhrase } from "../../fabric/http-text.ts";
import type { Process } from "../program.ts";
import { parseOptions, statedHeader } from "./options.ts";

type Request = FetchOptions & {
  readonly urls: readonly string[];
  readonly silent: boolean;
  readonly showError: boolean;
  readonly failOnStatus: boolean;
  readonly includeHeaders: boolean;
  readonly follows: boolean;
  readonly redirectsMax: number;
  readonly verbose: boolean;
  /** Saves each body under the last part of its URL. */
  readonly remoteName: boolean;
  /** `HOST:PORT` to the address that stands in for it. */
  readonly resolve: ReadonlyMap<string, string>;
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
  "--data-raw",
  "--data-binary",
  "--data-urlencode",
  "-u",
  "--user",
  "-e",
  "--referer",
  "-b",
  "--cookie",
  "--resolve",
  "--max-redirs",
  "--cacert",
  "--interface",
]);
const REDIRECTS_MAX = 50;
const AGENT = "curl/7.58.0";
/** `curl`: prints bodies; exit codes and messages are curl's. */
export function curlProgram(process: Process): void {
  const request = curlRequest(process);
  if (request.urls.length === 0) {
    process.output.stderr("curl: try 'curl --help' or 'curl --manual' for more information\n");
    process.exit(2);
    return;
  }
  if (Number.isNaN(request.redirectsMax)) {
    process.output.stderr("curl: option --max-redirs: expected a proper numerical parameter\n");
    process.exit(2);
    return;
  }
  const next = (at: number, code: number): void => {
    const url = request.urls[at];
    if (url === undefined) process.exit(code);
    else curlFetch(process, { ...request, url, redirects: 0 }, (ended) => next(at + 1, ended));
  };
  next(0, 0);
}

/** One URL, and where it redirects to. */
function curlFetch(
  process: Process,
  request: Request & { readonly url: string; readonly redirects: number },
  onEnd: (code: number) => void,
): void {
  const { url } = request;
  process.fetch(resolvedUrl(url, request), withAuthority(url, request), (result) => {
    if (request.verbose) process.output.stderr(verboseText(request, result));
    const location =
      result.ok && request.follows && isRedirect(result.response) ? result.response.headers.location : undefined;
    if (location === undefined || !result.ok) {
      onEnd(curlResult(process, request, result));
      return;
    }
    if (request.redirects >= request.redirectsMax) {
      onEnd(failed(process, request, { code: 47, message: `Maximum (${request.redirectsMax}) redirects followed` }));
      return;
    }
    if (!URL.canParse(location, withScheme(url))) {
      const message = `The redirect target URL could not be parsed: ${whyUnreadable(location)}`;
      onEnd(failed(process, request, { code: 3, message }));
      return;
    }
    const again = keepsMethod(result.response.status) ? request : { ...request, method: "GET", body: undefined };
    curlFetch(
      process,
      { ...again, url: new URL(location, withScheme(url)).href, redirects: request.redirects + 1 },
      onEnd,
    );
  });
}

/** `CURLUcode` in words. */
function whyUnreadable(location: string): string {
  const [, host = ""] = /^[a-z]+:\/\/([^/?#]*)/i.exec(location) ?? [];
  if (host.includes("[")) return "Bad IPv6 address";
  if (/:[^:]*$/.test(host)) return "Port number was not a decimal number between 0 and 65535";
  return "Malformed input to a URL function";
}

function isRedirect({ status }: HttpResponse): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}

function keepsMethod(status: number): boolean {
  return status === 307 || status === 308;
}

function withScheme(url: string): string {
  return /^https?:\/\//i.test(url) ? url : `http://${url}`;
}

/** `--resolve` names another address for a host and port; the host stays what the server is asked for. */
function resolvedUrl(url: string, { resolve }: Request): string {
  const target = parseHttpTarget(url);
  const address = target === undefined ? undefined : resolve.get(`${target.host}:${target.port}`);
  if (target === undefined || address === undefined) return url;
  return `${target.scheme}://${hostPort(address, target.port)}${target.path}`;
}

function withAuthority(url: string, request: Request): Request {
  const target = parseHttpTarget(url);
  if (target === undefined || request.resolve.size === 0) return request;
  return { ...request, headers: { host: target.authority, ...request.headers } };
}

/** What `-v` tells of a request and its answer. */
function verboseText(request: Request & { readonly url: string }, result: FetchResult): string {
  const target = parseHttpTarget(request.url);
  if (target === undefined || !result.ok) return "";
  const asked = { host: target.authority, ...request.headers };
  const lines = [
    `*   Trying ${result.dialed}:${target.port}...`,
    `* Connected to ${target.host} (${result.dialed}) port ${target.port} (#0)`,
    ...[`${request.method} ${target.path} HTTP/1.1`, ...headerLines(asked), ""].map((line) => `> ${line}`),
    ...headText(result.response)
      .split("\r\n")
      .slice(0, -1)
      .map((line) => `< ${line}`),
    `* Connection #0 to host ${target.host} left intact`,
  ];
  return lines.map((line) => `${line}\n`).join("");
}

function curlRequest(process: Process): Request {
  const args = process.argv.slice(1);
  const { flags, values, rest } = parseOptions(args, CURL_VALUES);
  const headers: Record<string, string> = { "user-agent": AGENT, accept: "*/*" };
  for (const [name, value] of values) {
    if (name === "-A" || name === "--user-agent") headers["user-agent"] = value;
    if (name !== "-H" && name !== "--header") continue;
    const [stated, text] = statedHeader(value);
    headers[stated] = text;
  }
  const value = (...names: string[]): string | undefined => values.find(([name]) => names.includes(name))?.[1];
  const seconds = value("-m", "--max-time") ?? value("--connect-timeout");
  const given = curlBody(process, values);
  const user = value("-u", "--user");
  if (user !== undefined) headers.authorization = `Basic ${Buffer.from(user).toString("base64")}`;
  for (const [option, name] of [
    ["-e", "referer"],
    ["-b", "cookie"],
  ] as const) {
    const said = value(option, `--${name}`);
    if (said !== undefined) headers[name] = said;
  }
  const asQuery = given !== undefined && (flags.has("-G") || flags.has("--get"));
  const body = asQuery ? undefined : given;
  if (body !== undefined) headers["content-type"] ??= "application/x-www-form-urlencoded";
  const head = flags.has("-I") || flags.has("--head");
  const outputPath = value("-o", "--output");
  const writeOut = value("-w", "--write-out");
  return {
    urls: asQuery ? rest.map((url) => `${url}${url.includes("?") ? "&" : "?"}${given}`) : rest,
    method: value("-X", "--request") ?? (body === undefined ? (head ? "HEAD" : "GET") : "POST"),
    headers,
    ...(body === undefined ? {} : { body }),
    ...(seconds === undefined ? {} : { timeoutMs: Number(seconds) * 1000 }),
    silent: flags.has("-s") || flags.has("--silent"),
    showError: flags.has("-S") || flags.has("--show-error"),
    failOnStatus: flags.has("-f") || flags.has("--fail"),
    follows: flags.has("-L") || flags.has("--location"),
    redirectsMax: Number(value("--max-redirs") ?? REDIRECTS_MAX),
    verbose: flags.has("-v") || flags.has("--verbose"),
    remoteName: flags.has("-O") || flags.has("--remote-name"),
    resolve: new Map(
      values.flatMap(([name, said]) => {
        const [, at, address] = /^([^:]+:\d+):\[?([^\]]+)\]?$/.exec(said) ?? [];
        return name === "--resolve" && at !== undefined && address !== undefined ? [[at, address] as const] : [];
      }),
    ),
    includeHeaders: head || flags.has("-i") || flags.has("--include"),
    ...(outputPath === undefined ? {} : { outputPath }),
    ...(writeOut === undefined ? {} : { writeOut }),
  };
}

/** All that `-d` and its like say, with `&` between; `@FILE` stands for a file. */
function curlBody(process: Process, values: readonly (readonly [string, string])[]): string | undefined {
  const parts = values.flatMap(([name, said]) => {
    if (name === "--data-urlencode") {
      const [, key = "", text = said] = /^([^=]*=)(.*)$/s.exec(said) ?? [];
      return [`${key === "=" ? "" : key}${encodeURIComponent(text)}`];
    }
    if (!["-d", "--data", "--data-raw", "--data-binary"].includes(name)) return [];
    if (!said.startsWith("@") || name === "--data-raw") return [said];
    const text = process.files.read(said.slice(1)) ?? "";
    return [name === "--data-binary" ? text : text.replace(/[\r\n]/g, "")];
  });
  return parts.length === 0 ? undefined : parts.join("&");
}

function curlResult(
  process: Process,
  request: Request & { readonly url: string; readonly redirects: number },
  result: FetchResult,
): number {
  if (!result.ok) {
    if (request.writeOut !== undefined) process.output.stdout(writeOut(request.writeOut, request));
    return failed(process, request, curlError(result.failure, request));
  }
  const { response } = result;
  if (request.failOnStatus && response.status >= 400)
    return failed(process, request, { code: 22, message: `The requested URL returned error: ${response.status}` });
  const head = request.includeHeaders ? headText(response) : "";
  const text = head + (request.method === "HEAD" ? "" : response.body);
  const lastPart = parseHttpTarget(request.url)
    ?.path.replace(/[?#].*$/, "")
    .replace(/^.*\//, "");
  const outputPath = request.outputPath ?? (request.remoteName ? lastPart : undefined);
  if (outputPath === undefined || outputPath === "-") process.output.stdout(text);
  else if (outputPath !== "/dev/null") process.files.write(outputPath, text);
  if (request.writeOut !== undefined) process.output.stdout(writeOut(request.writeOut, request, result));
  return 0;
}

type Problem = { readonly code: number; readonly message: string };

/** Says what is wrong unless nobody wants to know; the exit code. */
function failed(process: Process, { silent, showError }: Request, { code, message }: Problem): number {
  if (!silent || showError) process.output.stderr(`curl: (${code}) ${message}\n`);
  return code;
}

function curlError(failure: FetchFailure, request: Request): Problem {
  if (failure.kind === "url") return { code: 3, message: "URL using bad/illegal format or missing URL" };
  if (failure.kind === "timeout")
    return {
      code: 28,
      message: `Operation timed out after ${(request.timeoutMs ?? 0) + 1} milliseconds with 0 bytes received`,
    };
  if (failure.kind === "reset") return { code: 56, message: "Recv failure: Connection reset by peer" };
  if (failure.kind === "malformed") return { code: 1, message: "Received HTTP/0.9 when not allowed" };
  if (failure.kind !== "connect") return { code: 52, message: "Empty reply from server" };
  const { lookup, reason, host, port } = failure.connect;
  if (lookup && request.timeoutMs !== undefined && failure.connect.afterMs >= request.timeoutMs)
    return { code: 28, message: `Resolving timed out after ${request.timeoutMs + 1} milliseconds` };
  if (lookup) return { code: 6, message: `Could not resolve host: ${host}` };
  if (reason === "connection refused")
    return { code: 7, message: `Failed to connect to ${host} port ${port}: Connection refused` };
  if (request.timeoutMs !== undefined)
    return { code: 28, message: `Connection timed out after ${request.timeoutMs + 1} milliseconds` };
  return { code: 7, message: `Failed to connect to ${host} port ${port}: Connection timed out` };
}

/** What `-w` asks for; times are virtual, and requests take none. */
function writeOut(
  format: string,
  asked: { readonly url: string; readonly redirects: number },
  result?: Extract<FetchResult, { readonly ok: true }>,
): string {
  const status = String(result?.response.status ?? 0).padStart(3, "0");
  const told: Readonly<Record<string, string>> = {
    http_code: status,
    response_code: status,
    url_effective: withScheme(asked.url),
    num_redirects: String(asked.redirects),
    remote_ip: result?.dialed ?? "",
    content_type: result?.response.headers["content-type"] ?? "",
    size_download: String(bytesOfText(result?.response.body ?? "").length),
    time_total: "0.000000",
  };
  return format
    .replace(/%\{(\w+)\}/g, (_, name: string) => told[name] ?? "")
    .replaceAll("\\n", "\n")
    .replaceAll("\\t", "\t");
}

function headerLines(headers: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(headers).map(([name, value]) => `${headerName(name)}: ${value}`);
}

function headText(response: HttpResponse): string {
  const headers = { ...response.headers, "content-length": String(bytesOfText(response.body).length) };
  const start = `HTTP/1.1 ${response.status} ${reasonPhrase(response.status)}`;
  return [start, ...headerLines(headers), "", ""].join("\r\n");
}
