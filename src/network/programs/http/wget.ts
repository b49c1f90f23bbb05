import type { FetchResult } from "../../fabric/fetch.ts";
import { parseHttpTarget } from "../../fabric/http.ts";
import { reasonPhrase } from "../../fabric/http-text.ts";
import type { Process } from "../program.ts";
import { parseOptions, statedHeader } from "./options.ts";

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
  const body = value("--post-data");
  const headers = {
    "user-agent": "Wget",
    ...(body === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
    ...Object.fromEntries(values.filter(([name]) => name === "--header").map(([, text]) => statedHeader(text))),
  };
  process.fetch(url, { method: body === undefined ? "GET" : "POST", headers, body, timeoutMs }, (result) => {
    const error = wgetError(result);
    const target = parseHttpTarget(url);
    if (!quiet && result.ok && target !== undefined)
      process.output.stderr(`Connecting to ${target.authority} (${result.dialed}:${target.port})\n`);
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
