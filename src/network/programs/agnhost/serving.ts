import { type HttpRequest, type HttpResponse, type PendingResponse, textResponse } from "../../fabric/http.ts";
import { reasonPhrase } from "../../fabric/http-text.ts";
import { goLogPrefix, type ListenerExtras, type Process } from "../program.ts";

/** One path of a server, with the query's values. */
export type Handler = (
  query: URLSearchParams,
  request: HttpRequest,
) => HttpResponse | PendingResponse | undefined | string;

/** A path that is none of a server's own belongs to `/`, as in Go's ServeMux. */
export type Routes = Readonly<Record<string, Handler>>;

/** Serves routes at a port; a program that cannot have its port ends as Go's `log.Fatal` does. */
export function serveRoutes(process: Process, port: number, routes: Routes, more?: ListenerExtras): boolean {
  const serve = (request: HttpRequest) => routeRequest(routes, request);
  if (process.listen(port, serve, more) !== undefined) return true;
  logLine(process, `listen tcp :${port}: bind: address already in use`);
  process.exit(1);
  return false;
}

/** The answer of whichever route a request belongs to. */
export function routeRequest(routes: Routes, request: HttpRequest): HttpResponse | PendingResponse | undefined {
  const [path = "/", query = ""] = request.path.split(/\?(.*)/s);
  const handler = routes[path] ?? routes["/"];
  if (handler === undefined) return notFound();
  const answer = handler(new URLSearchParams(query), request);
  return typeof answer === "string" ? goResponse(answer) : answer;
}

/** What is written without a word about its type: Go looks at it for a page of HTML (`http.DetectContentType`). */
export function goResponse(body: string): HttpResponse {
  return textResponse(body, LOOKS_LIKE_HTML.test(body) ? { "content-type": "text/html; charset=utf-8" } : {});
}

const LOOKS_LIKE_HTML =
  /^[\t\n\f\r ]*<(?:!doctype html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p|!--)[ >]/i;

/** As {@link goResponse}, with a status of its own. */
export function statusResponse(status: number, body: string): HttpResponse {
  return { ...goResponse(body), status };
}

/** As Go's `http.Error` answers. */
export function errorResponse(status: number, message: string): HttpResponse {
  return { ...textResponse(`${message}\n`, { "x-content-type-options": "nosniff" }), status };
}

export function notFound(): HttpResponse {
  return errorResponse(404, "404 page not found");
}

/** As Go's `http.Redirect` answers. */
export function redirectResponse(location: string, status: number): HttpResponse {
  const body = `<a href="${location}">${reasonPhrase(status)}</a>.\n\n`;
  return { status, headers: { "content-type": "text/html; charset=utf-8", location }, body };
}

/** A line as Go's `log` prints it. */
export function logLine(process: Process, text: string): void {
  process.output.stderr(`${goLogPrefix(process.clock.nowMs())}${text}\n`);
}

/** As Go prints `time.Now()` in a program that was started then. */
export function goTime(nowMs: number, startMs: number): string {
  const iso = new Date(nowMs).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 23)} +0000 UTC m=+${((nowMs - startMs) / 1000).toFixed(9)}`;
}
