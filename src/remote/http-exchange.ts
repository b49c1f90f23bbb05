import { type ClientRequest, request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Connection } from "./credentials.ts";
import type { HttpResponse } from "./http-answer.ts";
import type { HttpCall } from "./http-call.ts";

/** The whole answer did not come in time. */
export class ExchangeTimeout extends Error {
  override readonly name = "ExchangeTimeout";
}

/** Sends one request and reads the whole response; rejects when the connection fails or time runs out. */
export function exchange(connection: Connection, call: HttpCall, timeoutMs: number): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const request = startRequest(connection, call, (response) => {
      readBody(response).then(
        (body) => {
          clearTimeout(timer);
          resolve({ code: response.statusCode ?? 0, headers: response.headers, body });
        },
        (error: unknown) => fail(error),
      );
    });
    const fail = (error: unknown): void => {
      clearTimeout(timer);
      reject(error);
    };
    const timer = setTimeout(() => {
      fail(new ExchangeTimeout(`no answer within ${timeoutMs / 1000} s`));
      request.destroy();
    }, timeoutMs);
    request.on("error", fail);
  });
}

/** Sends one request; `onResponse` gets the response once its head is there. */
export function startRequest(
  { server, headers, agent }: Connection,
  call: HttpCall,
  onResponse: (response: IncomingMessage) => void,
): ClientRequest {
  const url = new URL(server.pathname.replace(/\/$/, "") + call.path, server);
  const length = call.body === undefined ? {} : { "content-length": String(Buffer.byteLength(call.body)) };
  const all = { ...headers, ...call.headers, ...length } as OutgoingHttpHeaders;
  const options = { method: call.method, headers: all, agent };
  const open = url.protocol === "http:" ? httpRequest : httpsRequest;
  const request = open(url, options, onResponse);
  request.end(call.body);
  return request;
}

/** The whole body as text; rejects when the connection breaks before its end. */
export async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
