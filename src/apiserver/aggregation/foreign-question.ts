import type { HttpExchange, HttpHeaders, HttpResponder } from "../http/exchange.ts";
import type { User } from "../request.ts";
import type { ForeignCaller, ForeignServer } from "./foreign-caller.ts";

/** What this server asks another one on its own account. */
export type ForeignQuestion = {
  readonly path: string;
  /** In whose name; this server's certificate vouches for it. */
  readonly user: User;
  readonly headers?: HttpHeaders;
  readonly timeoutMs: number;
};

/** A whole answer. */
export type ForeignAnswer = { readonly code: number; readonly headers: HttpHeaders; readonly body: string };

/** Asks another server; `onError` hears why there is no answer, in the words of Go's HTTP client. */
export function askForeign(
  caller: ForeignCaller,
  server: ForeignServer,
  { path, user, headers = {}, timeoutMs }: ForeignQuestion,
  onAnswer: (answer: ForeignAnswer) => void,
  onError: (error: string) => void,
): void {
  const named = { "x-remote-user": user.name, ...(user.groups.length === 0 ? {} : { "x-remote-group": user.groups }) };
  const sent = { accept: "application/json", ...headers, ...named };
  const exchange: HttpExchange = { method: "GET", path, headers: sent, user, body: new Uint8Array() };
  caller.call(server, exchange, { responder: gathering(onAnswer), onError, timeoutMs });
}

/** Gathers an answer, streamed or not. */
function gathering(onAnswer: (answer: ForeignAnswer) => void): HttpResponder {
  return {
    respond: (code, headers, body) => onAnswer({ code, headers, body: Buffer.from(body as Uint8Array).toString() }),
    startStream: (code, headers) => {
      const chunks: Buffer[] = [];
      return {
        write: (chunk) => chunks.push(Buffer.from(chunk as Uint8Array)) > 0,
        end: () => onAnswer({ code, headers, body: Buffer.concat(chunks).toString() }),
        onClose: () => {},
      };
    },
  };
}
