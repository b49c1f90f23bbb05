import { type HttpOptions, type HttpStream, handleHttp } from "../../src/apiserver/index.ts";
import { ADMIN, type Fixture, fixture } from "./fixture.ts";

type Headers = Readonly<Record<string, string | readonly string[]>>;
export type Reply = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly bytes: Uint8Array;
};
type Stream = {
  lines: () => Record<string, unknown>[];
  close: () => void;
  drain: () => void;
  ended: boolean;
  slow: boolean;
};

/** One API server asked through its HTTP door, without sockets. */
export type Door = Fixture & {
  readonly call: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Reply;
  readonly json: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => ReturnType<typeof JSON.parse>;
  readonly stream: (path: string, headers?: Record<string, string>) => Stream;
};

export function door(made: Fixture = fixture(), options: HttpOptions = {}): Door {
  const exchange = (method: string, path: string, body: unknown, headers: Record<string, string>) => ({
    method,
    path,
    headers,
    user: ADMIN,
    body: body instanceof Uint8Array ? body : Buffer.from(body === undefined ? "" : JSON.stringify(body)),
  });
  const call: Door["call"] = (method, path, body, headers = {}) => {
    const replies: Reply[] = [];
    const respond = (status: number, given: Headers, text: Uint8Array | string): void =>
      void replies.push({ status, headers: given, text: Buffer.from(text).toString(), bytes: Buffer.from(text) });
    const startStream = (): HttpStream => {
      throw new Error("no stream was asked for");
    };
    handleHttp(made.server, exchange(method, path, body, headers), { respond, startStream }, options);
    return replies[0] as Reply;
  };
  return {
    ...made,
    call,
    json: (...request) => JSON.parse(call(...request).text),
    stream: (path, headers = {}) => {
      let text = "";
      const hooks = { close: () => {}, drain: () => {} };
      const state = { ended: false, slow: false };
      const opened: HttpStream = {
        write: (chunk) => {
          text += Buffer.from(chunk).toString();
          return !state.slow;
        },
        end: () => {
          state.ended = true;
        },
        onClose: (notify) => {
          hooks.close = notify;
        },
        onDrain: (notify) => {
          hooks.drain = notify;
        },
      };
      const respond = (status: number, _headers: Headers, body: Uint8Array | string): void => {
        throw new Error(`${status} ${Buffer.from(body)}`);
      };
      handleHttp(
        made.server,
        exchange("GET", path, undefined, headers),
        { respond, startStream: () => opened },
        options,
      );
      const lines = (): Record<string, unknown>[] =>
        text
          .split("\n")
          .filter((line) => line !== "")
          .map((line) => JSON.parse(line));
      return Object.assign(state, { lines, close: () => hooks.close(), drain: () => hooks.drain() });
    },
  };
}
