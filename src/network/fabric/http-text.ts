import { bytesOfText, textOfBytes } from "../../std/index.ts";
import type { HttpRequest, HttpResponse } from "./http.ts";

/** A message read off a connection. */
export type HttpMessage = {
  /** `GET / HTTP/1.1` or `HTTP/1.1 200 OK`. */
  readonly start: string;
  /** Names in lower case; of repeated ones all values. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

const REASONS: Readonly<Record<number, string>> = {
  100: "Continue",
  101: "Switching Protocols",
  200: "OK",
  201: "Created",
  202: "Accepted",
  204: "No Content",
  206: "Partial Content",
  301: "Moved Permanently",
  302: "Found",
  303: "See Other",
  304: "Not Modified",
  307: "Temporary Redirect",
  308: "Permanent Redirect",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  409: "Conflict",
  413: "Content Too Large",
  418: "I'm a teapot",
  421: "Misdirected Request",
  429: "Too Many Requests",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};
const HEAD_MAX = 64 * 1024;
const BODY_MAX = 16 * 1024 * 1024;

/** What a status code is called (RFC 9110); empty for one nobody knows. */
export function reasonPhrase(status: number): string {
  return REASONS[status] ?? "";
}

/** A request as it goes over a connection that is used once. */
export function requestText(request: HttpRequest): string {
  const headers: Record<string, string> = { ...request.headers, connection: "close" };
  if (request.body !== "") headers["content-length"] = String(bytesOfText(request.body).length);
  return `${request.preamble ?? ""}${head(`${request.method} ${request.path} HTTP/1.1`, headers)}${request.body}`;
}

/** A response as it goes over a connection; without its body in answer to HEAD. */
export function responseText(
  response: HttpResponse,
  how: { readonly close: boolean; readonly bodiless?: boolean },
): string {
  const length = bytesOfText(response.body).length;
  const headers = {
    ...response.headers,
    "content-length": String(length),
    ...(how.close ? { connection: "close" } : {}),
  };
  const start = `HTTP/1.1 ${response.status} ${reasonPhrase(response.status)}`;
  return `${head(start, headers)}${how.bodiless === true ? "" : response.body}`;
}

/** The name of a header as servers write it: `Content-Type`. */
export function headerName(name: string): string {
  return name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
}

function head(start: string, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${headerName(name)}: ${value}\r\n`);
  return `${start}\r\n${lines.join("")}\r\n`;
}

/** Reads the messages of one direction of a connection, however they are cut into pieces. */
export class HttpReader {
  readonly #untilEnd: boolean;
  readonly #onMessage: (message: HttpMessage) => void;
  readonly #onBad: () => void;
  #bytes: Buffer = Buffer.alloc(0);
  #over = false;

  /** `untilEnd`: a body of no stated length goes on to the end of the connection, as responses' do. */
  constructor(options: {
    readonly untilEnd: boolean;
    readonly onMessage: (message: HttpMessage) => void;
    readonly onBad: () => void;
  }) {
    this.#untilEnd = options.untilEnd;
    this.#onMessage = options.onMessage;
    this.#onBad = options.onBad;
  }

  write(text: string | undefined): void {
    if (this.#over) return;
    if (text !== undefined) this.#bytes = Buffer.concat([this.#bytes, bytesOfText(text)]);
    while (!this.#over && this.#bytes.length > 0 && this.#readOne(text === undefined));
    if (text === undefined && this.#bytes.length > 0) this.#fail();
  }

  #readOne(ended: boolean): boolean {
    const end = this.#bytes.indexOf("\r\n\r\n");
    const bare = end < 0 ? this.#bytes.indexOf("\n\n") : -1;
    const headEnd = end >= 0 ? end : bare;
    if (headEnd < 0) {
      if (this.#bytes.length > HEAD_MAX) this.#fail();
      return false;
    }
    const read = readHead(this.#bytes.toString("latin1", 0, headEnd));
    if (read === undefined) return this.#fail();
    const from = headEnd + (end >= 0 ? 4 : 2);
    const body = this.#bodyOf(read, from, ended);
    if (body === undefined) return this.#bytes.length > BODY_MAX ? this.#fail() : false;
    this.#bytes = this.#bytes.subarray(body.to);
    this.#onMessage({ ...read, body: textOfBytes(body.bytes) });
    return true;
  }

  #bodyOf(
    { start, headers }: Omit<HttpMessage, "body">,
    from: number,
    ended: boolean,
  ): { readonly bytes: Buffer; readonly to: number } | undefined {
    if (/\bchunked\b/i.test(headers["transfer-encoding"] ?? "")) return readChunks(this.#bytes, from);
    const stated = headers["content-length"];
    if (stated === undefined && this.#untilEnd && !/^HTTP\/\S+ (1\d\d|204|304)\b/.test(start))
      return ended ? { bytes: this.#bytes.subarray(from), to: this.#bytes.length } : undefined;
    const to = from + Number(stated ?? 0);
    return this.#bytes.length >= to ? { bytes: this.#bytes.subarray(from, to), to } : undefined;
  }

  #fail(): false {
    this.#over = true;
    this.#onBad();
    return false;
  }
}

function readHead(text: string): Omit<HttpMessage, "body"> | undefined {
  const [start = "", ...lines] = text.replace(/^(\r?\n)+/, "").split(/\r?\n/);
  if (!/^(HTTP\/\d\.\d \d{3}|[A-Z]+ \S+ HTTP\/\d\.\d$)/.test(start)) return undefined;
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon < 1) return undefined;
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  return /^\d*$/.test(headers["content-length"] ?? "") ? { start, headers } : undefined;
}

/** `undefined` while the last chunk has not come. */
function readChunks(bytes: Buffer, from: number): { readonly bytes: Buffer; readonly to: number } | undefined {
  const parts: Buffer[] = [];
  for (let at = from; ; ) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(bytes.toString("latin1", at, lineEnd), 16);
    const dataFrom = lineEnd + 2;
    if (!(size > 0)) {
      const end = bytes.indexOf("\r\n", dataFrom);
      return end < 0 ? undefined : { bytes: Buffer.concat(parts), to: end + 2 };
    }
    if (bytes.length < dataFrom + size + 2) return undefined;
    parts.push(bytes.subarray(dataFrom, dataFrom + size));
    at = dataFrom + size + 2;
  }
}
