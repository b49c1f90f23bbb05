import type { HttpHandler } from "../../src/serving/index.ts";

/** What came back for one request. */
export type Told = {
  readonly code: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** All that was sent so far; a watch goes on. */
  readonly text: () => string;
  readonly json: () => Readonly<Record<string, unknown>>;
  /** The other side ended what it streams. */
  readonly ended: () => boolean;
};

export type Asked = {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly user?: string;
  readonly groups?: readonly string[];
};

/** Sends one request through an HTTP door, as the administrator unless a user is named. */
export function ask(door: HttpHandler, request: string, asked: Asked = {}): Told {
  const [method = "", path = ""] = request.split(" ");
  const { body, headers = {}, user = "kubernetes-admin", groups } = asked;
  const isAdmin = asked.user === undefined;
  const chunks: Buffer[] = [];
  let code = 0;
  let sent: Told["headers"] = {};
  let isEnded = false;
  const keep = (chunk: Uint8Array | string): boolean => chunks.push(Buffer.from(chunk as string)) > 0;
  door(
    {
      method,
      path,
      headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      user: { name: user, groups: [...(groups ?? (isAdmin ? ["system:masters"] : [])), "system:authenticated"] },
      body: body === undefined ? new Uint8Array() : Buffer.from(JSON.stringify(body)),
    },
    {
      respond: (status, given, text) => {
        [code, sent, isEnded] = [status, given, true];
        keep(text);
      },
      startStream: (status, given) => {
        [code, sent] = [status, given];
        return {
          write: keep,
          end: () => {
            isEnded = true;
          },
          onClose: () => {},
        };
      },
    },
  );
  const text = (): string => Buffer.concat(chunks).toString("utf8");
  return {
    get code() {
      return code;
    },
    get headers() {
      return sent;
    },
    text,
    json: () => JSON.parse(text()) as Readonly<Record<string, unknown>>,
    ended: () => isEnded,
  };
}
