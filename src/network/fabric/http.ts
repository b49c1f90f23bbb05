/** A request as a program sees it. Header names are lower case. */
export type HttpRequest = {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The sender, as the address translations on the way leave it. */
  readonly remoteAddress: string;
  /** What came on the connection before the request: the line of the PROXY protocol. */
  readonly preamble?: string;
};

export type HttpResponse = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** An answer that takes its time: handed over once; `undefined` when the program ends before it is there. */
export type PendingResponse = { readonly later: (onResponse: (response: HttpResponse | undefined) => void) => void };

/** A program's answer to a request; `undefined` when what listens there speaks no HTTP. */
export type Serve = (request: HttpRequest) => HttpResponse | PendingResponse | undefined;

/** Whether an answer is still to come. */
export function isPending(answer: ReturnType<Serve>): answer is PendingResponse {
  return answer !== undefined && "later" in answer;
}

/** A URL in the parts a client needs. */
export type HttpTarget = {
  readonly scheme: "http" | "https";
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** As the `Host` header says it. */
  readonly authority: string;
};

const URL_FORM = /^(?:(https?):\/\/)?(\[[0-9a-f:.]+\]|[^/:?#]+)(?::(\d+))?([/?][^#]*)?(?:#.*)?$/i;

/** Reads a URL; the scheme may be left out, as curl and wget allow. `undefined` when it is none. */
export function parseHttpTarget(url: string): HttpTarget | undefined {
  const parts = URL_FORM.exec(url);
  if (parts === null) return undefined;
  const scheme = parts[1]?.toLowerCase() === "https" ? "https" : "http";
  const host = parts[2] as string;
  const path = parts[4] ?? "/";
  return {
    scheme,
    host: host.startsWith("[") ? host.slice(1, -1) : host,
    port: parts[3] === undefined ? (scheme === "https" ? 443 : 80) : Number(parts[3]),
    path: path.startsWith("/") ? path : `/${path}`,
    authority: parts[3] === undefined ? host : `${host}:${parts[3]}`,
  };
}

export function jsonResponse(status: number, body: unknown): HttpResponse {
  return { status, headers: { "content-type": "application/json" }, body: `${JSON.stringify(body)}\n` };
}

/** The path of a request without its query. */
export function pathOf({ path }: HttpRequest): string {
  return path.replace(/\?.*$/s, "");
}

/** What Go's `http.NotFound` writes. */
export function pageNotFound(): HttpResponse {
  return { ...textResponse("404 page not found\n"), status: 404 };
}

/** A plain text response. */
export function textResponse(body: string, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  return { status: 200, headers: { "content-type": "text/plain; charset=utf-8", ...headers }, body };
}
