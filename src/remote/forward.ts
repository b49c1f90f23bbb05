import type { IncomingMessage } from "node:http";
import { failure } from "../apimachinery/index.ts";
import type { HttpExchange, HttpResponder } from "../apiserver/index.ts";
import type { Loop } from "../sim/index.ts";
import type { Connection } from "./credentials.ts";
import { forwardedCall, messageHeaders } from "./forwarded-call.ts";
import { startRequest } from "./http-exchange.ts";

export type ForwardOptions = {
  readonly loop: Loop;
  readonly why: string;
  readonly connect: () => Promise<Connection>;
  /** What to do when there is no answer; a 503 when absent. */
  readonly onError?: (error: unknown) => void;
  /** The answer is waited for to its end, for so long; without it, for its beginning. */
  readonly timeoutMs?: number | undefined;
};

/** Hands a request on to the cluster, and the answer back as it comes. Called in an entry of the loop, as is the responder. */
export function forward(what: ForwardOptions, exchange: HttpExchange, responder: HttpResponder): void {
  const { loop, why, connect, timeoutMs, onError = (error) => refuse(responder, error) } = what;
  const hold = loop.hold(why);
  let isAnswered = false;
  let timer: NodeJS.Timeout | undefined;
  const release = (): void => {
    clearTimeout(timer);
    hold.release();
  };
  const answer = (run: () => void): void => {
    loop.soon(why, run);
    isAnswered = true;
    if (timeoutMs === undefined) release();
  };
  const fail = (error: unknown): void => {
    if (!isAnswered) answer(() => onError(error));
    release();
  };
  connect().then((connection) => {
    const request = startRequest(connection, forwardedCall(exchange), (response) =>
      answer(() => passOn({ loop, why, onEnd: release }, response, responder)),
    );
    request.on("error", fail);
    if (timeoutMs !== undefined) timer = setTimeout(() => request.destroy(timeoutError(timeoutMs)), timeoutMs);
  }, fail);
}

function timeoutError(timeoutMs: number): DOMException {
  return new DOMException(`no answer within ${timeoutMs / 1000} s`, "TimeoutError");
}

function refuse(responder: HttpResponder, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  const status = failure("ServiceUnavailable", message);
  responder.respond(status.code, { "content-type": "application/json" }, JSON.stringify(status));
}

type Passing = { readonly loop: Loop; readonly why: string; readonly onEnd: () => void };

function passOn({ loop, why, onEnd }: Passing, response: IncomingMessage, responder: HttpResponder): void {
  const stream = responder.startStream(response.statusCode ?? 502, messageHeaders(response.headers));
  stream.onClose(() => response.destroy());
  stream.onDrain?.(() => response.resume());
  response.on("data", (chunk: Buffer) =>
    loop.soon(why, () => {
      if (!stream.write(chunk) && stream.onDrain !== undefined) response.pause();
    }),
  );
  // Whether it ended or broke, there is no more to come.
  response.on("close", () => {
    loop.soon(why, () => stream.end());
    onEnd();
  });
  response.on("error", () => {});
}
