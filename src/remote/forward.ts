import type { IncomingMessage } from "node:http";
import { failure } from "../apimachinery/index.ts";
import type { HttpExchange, HttpResponder } from "../apiserver/index.ts";
import type { Loop } from "../sim/index.ts";
import type { Connection } from "./credentials.ts";
import { forwardedCall, messageHeaders } from "./forwarded-call.ts";
import { startRequest } from "./http-exchange.ts";

/** Hands a request on to the cluster, and the answer back as it comes. Called in an entry of the loop, as is the responder. */
export function forward(
  what: { readonly loop: Loop; readonly why: string; readonly connect: () => Promise<Connection> },
  exchange: HttpExchange,
  responder: HttpResponder,
): void {
  const { loop, why, connect } = what;
  const hold = loop.hold(why);
  let isAnswered = false;
  const answer = (run: () => void): void => {
    loop.soon(why, run);
    hold.release();
    isAnswered = true;
  };
  const fail = (error: unknown): void => {
    if (!isAnswered) answer(() => refuse(responder, error));
  };
  connect().then((connection) => {
    const request = startRequest(connection, forwardedCall(exchange), (response) =>
      answer(() => passOn(loop, why, response, responder)),
    );
    request.on("error", fail);
  }, fail);
}

function refuse(responder: HttpResponder, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  const status = failure("ServiceUnavailable", message);
  responder.respond(status.code, { "content-type": "application/json" }, JSON.stringify(status));
}

function passOn(loop: Loop, why: string, response: IncomingMessage, responder: HttpResponder): void {
  const stream = responder.startStream(response.statusCode ?? 502, messageHeaders(response.headers));
  stream.onClose(() => response.destroy());
  stream.onDrain?.(() => response.resume());
  response.on("data", (chunk: Buffer) =>
    loop.soon(why, () => {
      if (!stream.write(chunk) && stream.onDrain !== undefined) response.pause();
    }),
  );
  // Whether it ended or broke, there is no more to come.
  response.on("close", () => loop.soon(why, () => stream.end()));
  response.on("error", () => {});
}
