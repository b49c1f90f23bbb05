import type { User } from "../request.ts";

/** Header values by lower-cased name. */
export type HttpHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** One HTTP request as it came in, its sender already known. */
export type HttpExchange = {
  readonly method: string;
  /** The raw URL: path and query. */
  readonly path: string;
  readonly headers: HttpHeaders;
  readonly user: User;
  readonly body: Uint8Array;
  /** Who sent it; absent where nobody did over a network. */
  readonly remoteAddress?: string | undefined;
};

/** An answer that goes on for a while. */
export interface HttpStream {
  /** False when the receiver is slow; more is taken, but it waits in memory. */
  write(chunk: Uint8Array | string): boolean;
  end(): void;
  /** The receiver is gone, or the answer has ended. */
  onClose(notify: () => void): void;
  /** Everything written has left. Without it a slow receiver is tried again after a while. */
  onDrain?(notify: () => void): void;
}

/** Takes the answer to one request: either one `respond` (or its like) or one `startStream`. */
export interface HttpResponder {
  respond(
    status: number,
    headers: Readonly<Record<string, string | readonly string[]>>,
    body: Uint8Array | string,
  ): void;
  /** As `respond`, with a body whose parts need not be joined. */
  respondInParts?(
    status: number,
    headers: Readonly<Record<string, string | readonly string[]>>,
    parts: readonly Uint8Array[],
  ): void;
  /** As `respondInParts`, with the body compressed by gzip on its way. */
  respondCompressed?(
    status: number,
    headers: Readonly<Record<string, string | readonly string[]>>,
    parts: readonly Uint8Array[],
  ): void;
  startStream(status: number, headers: Readonly<Record<string, string | readonly string[]>>): HttpStream;
}

/** What a body says, and what a strict reading has to say about it. */
export type ParsedBody = { readonly value: unknown; readonly strictErrors: readonly string[] };

/** Turns the bytes of a request in some format into the JSON value they stand for; throws on malformed ones. */
export type BodyDecoder = (body: Uint8Array) => ParsedBody;

/** Writes a JSON value in some format. */
export type BodyEncoder = (value: unknown) => string;

export type HttpOptions = {
  /** Further formats of request bodies by media type: `application/yaml`, `application/vnd.kubernetes.protobuf`. */
  readonly decoders?: Readonly<Record<string, BodyDecoder>>;
  /** Further formats of answers by media type: `application/yaml`. */
  readonly encoders?: Readonly<Record<string, BodyEncoder>>;
};

/** The first value of a header. */
export function headerOf(headers: HttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" || value === undefined ? value : value[0];
}
