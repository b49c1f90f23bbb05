import { connect as connectPlain } from "node:net";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { HttpHandler } from "../../src/serving/index.ts";
import type { RawAnswer, RawClient } from "./raw-client.ts";
import { type Served, serve } from "./served-api.ts";

const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
const JSON_TYPE = "Content-Type: application/json\r\n";
const configMap = (name: string, text = ""): string =>
  JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { text } });

const statusOf = (answer: RawAnswer | undefined): { readonly kind?: string; readonly code?: number } => {
  const text = (answer?.body ?? Buffer.from("{}")).toString();
  // What is no path of the API is told in plain text.
  return text === "404 page not found\n" ? { kind: "Status", code: 404 } : JSON.parse(text);
};

function postOf(body: string): string {
  const length = `Content-Length: ${Buffer.byteLength(body)}`;
  return `POST ${CONFIG_MAPS}?dryRun=All HTTP/1.1\r\nHost: x\r\n${JSON_TYPE}${length}\r\n\r\n${body}`;
}

describe("the HTTPS listener", () => {
  let served: Served;
  beforeAll(async () => {
    served = await serve();
  });
  afterAll(() => served.stop());

  it("answers large lists whole, to fast readers and slow ones", async () => {
    const client = await served.connect();
    const text = "x".repeat(100_000);
    for (let index = 0; index < 30; index++)
      expect((await client.request("POST", CONFIG_MAPS, configMap(`large-${index}`, text), JSON_TYPE))?.status).toBe(
        201,
      );
    const fast = await client.request("GET", CONFIG_MAPS);
    const slow = await served.connect();
    slow.socket.pause();
    const late = slow.request("GET", CONFIG_MAPS);
    await client.request("GET", "/readyz");
    slow.socket.resume();
    expect((await late)?.body.equals(fast?.body as Buffer)).toBe(true);
    expect(JSON.parse(fast?.body.toString() ?? "").items).toHaveLength(30);
    expect(fast?.headers["audit-id"]).toMatch(/-/);
    for (let index = 0; index < 30; index++) await client.request("DELETE", `${CONFIG_MAPS}/large-${index}`);
  });

  it("takes a large body from a client that has not read its last answer yet", async () => {
    const client = await served.connect();
    const text = "x".repeat(900_000);
    for (let index = 0; index < 8; index++)
      expect((await client.request("POST", CONFIG_MAPS, configMap(`large-${index}`, text), JSON_TYPE))?.status).toBe(
        201,
      );
    const late = await served.connect();
    late.socket.pause();
    const list = late.request("GET", CONFIG_MAPS);
    await client.request("GET", CONFIG_MAPS);
    late.send(postOf(configMap("late", text)));
    await client.request("GET", "/readyz");
    late.socket.resume();
    expect([(await list)?.status, (await late.answer())?.status]).toEqual([200, 201]);
    for (let index = 0; index < 8; index++) await client.request("DELETE", `${CONFIG_MAPS}/large-${index}`);
  });

  it("compresses what is larger than 128 KiB for clients that take gzip, and only that", async () => {
    const client = await served.connect();
    const gzip = "Accept-Encoding: deflate, gzip\r\n";
    for (const name of ["half", "other"])
      await client.request("POST", CONFIG_MAPS, configMap(`gzip-${name}`, name.repeat(16_000)), JSON_TYPE);
    const plain = await client.request("GET", CONFIG_MAPS);
    // The second and third answer come from bytes kept for the same list, the fourth tells a later revision.
    for (const revision of ["same", "same", "same", "later"]) {
      if (revision === "later") await client.request("DELETE", `${CONFIG_MAPS}/gzip-half`);
      const packed = await client.request("GET", CONFIG_MAPS, "", gzip);
      const whole = await client.request("GET", CONFIG_MAPS);
      if (revision === "later") expect(packed?.headers["content-encoding"]).toBeUndefined();
      else {
        expect(packed?.headers).toMatchObject({ "content-encoding": "gzip", vary: "Accept-Encoding" });
        expect(packed?.body.length).toBeLessThan(10_000);
      }
      const text = revision === "later" ? packed?.body : gunzipSync(packed?.body as Buffer);
      expect(text?.toString()).toBe(whole?.body.toString());
    }
    expect(plain?.headers["content-encoding"]).toBeUndefined();
    const one = await client.request("GET", `${CONFIG_MAPS}/gzip-other`, "", gzip);
    expect(one?.headers["content-encoding"]).toBeUndefined();
    await client.request("DELETE", `${CONFIG_MAPS}/gzip-other`);
  });

  it("refuses bodies beyond 3 MiB with a Status, and goes on", async () => {
    const client = await served.connect();
    const refused = await client.request("POST", CONFIG_MAPS, Buffer.alloc(3 * 1024 * 1024 + 1, "x"), JSON_TYPE);
    expect([refused?.status, statusOf(refused).kind]).toEqual([413, "Status"]);
    expect((await client.request("GET", "/readyz"))?.status).toBe(200);
  });

  it.each([
    ["headers beyond 64 KiB", `GET / HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(70_000)}\r\n\r\n`, 431],
    ["a URL beyond 64 KiB", `GET /${"x".repeat(70_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 431],
    ["a method nobody knows", `FOO ${CONFIG_MAPS} HTTP/1.1\r\nHost: x\r\n\r\n`, 405],
    ["what is no HTTP", "hello\r\n\r\n", 400],
    ["two lengths", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400],
    ["a broken chunk", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400],
    ["NUL in the path", "GET /api\u0000 HTTP/1.1\r\nHost: x\r\n\r\n", 400],
  ])("refuses %s with a Status", async (_what, bytes, code) => {
    const client = await served.connect();
    client.send(bytes);
    const answer = await client.answer();
    expect([answer?.status, statusOf(answer)]).toEqual([code, expect.objectContaining({ kind: "Status", code })]);
    expect(answer?.kept).toBe(false);
  });

  it("survives bytes that are no TLS, and connections that break off", async () => {
    await new Promise<void>((done) => {
      const socket = connectPlain(served.listener.port, "127.0.0.1", () => socket.end("GET / HTTP/1.1\r\n\r\n"));
      socket.on("error", () => {});
      socket.on("close", () => done());
      socket.resume();
    });
    const broken = await served.connect();
    broken.send(`POST ${CONFIG_MAPS} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{`);
    broken.close();
    expect((await (await served.connect()).request("GET", "/readyz"))?.status).toBe(200);
  });

  it("answers pipelined requests in their order", async () => {
    const client = await served.connect();
    client.send(["/readyz", "/api", "/absent"].map((path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`).join(""));
    const codes = [await client.answer(), await client.answer(), await client.answer()].map((answer) => answer?.status);
    expect(codes).toEqual([200, 200, 404]);
  });

  it("answers whatever path, method and body with success or a Status, never with 500, and stays up", async () => {
    const segment = fc.constantFrom(
      ...[
        "api",
        "apis",
        "v1",
        "apps",
        "namespaces",
        "default",
        "configmaps",
        "deployments",
        "watch",
        "status",
        "scale",
        "x",
      ],
      ...[
        "..",
        ".",
        "",
        "%2e%2e",
        "%2f",
        "%2F..%2F",
        "%00",
        "%ff",
        "%zz",
        "%",
        "a%20b",
        "~",
        "*",
        "🦄".replace(/./gu, encodeURIComponent),
      ],
      ...["openapi", "v2", "v3", "version", "readyz", "metrics", "__proto__", "constructor", "x".repeat(300)],
    );
    const query = fc.constantFrom(
      ...[
        "",
        "?",
        "?watch=false",
        "?limit=-1",
        "?limit=x",
        "?continue=x",
        "?continue=e30",
        "?resourceVersion=-5",
        "?resourceVersion=99999999999999999999",
      ],
      ...[
        "?labelSelector=a in (",
        "?labelSelector=%ff",
        "?fieldSelector=x=y",
        "?fieldSelector==",
        "?dryRun=x",
        "?timeoutSeconds=1e9",
        "?pretty",
        "?&&==&",
      ].map((text) => text.replaceAll(" ", "%20")),
    );
    const type = fc.constantFrom(
      ...["application/json", "application/yaml", "application/vnd.kubernetes.protobuf", "text/plain", "", "\u00ff"],
      ...[
        "application/merge-patch+json",
        "application/json-patch+json",
        "application/strategic-merge-patch+json",
        "application/apply-patch+yaml",
      ],
    );
    const body = fc.oneof(
      fc.constant(Buffer.alloc(0)),
      fc.uint8Array({ maxLength: 64 }),
      fc.json().map((text) => Buffer.from(text)),
      fc
        .json()
        .map((value) => Buffer.from(`{"apiVersion":"v1","kind":"ConfigMap","metadata":${value},"data":${value}}`)),
      fc
        .constantFrom(
          "[".repeat(2000),
          '{"a":'.repeat(1500),
          `${"[".repeat(900)}${"]".repeat(900)}`,
          "k8s\0",
          '{"kind":"\ud800"}',
        )
        .map((text) => Buffer.from(text)),
      fc.constant(Buffer.from([0x22, 0xff, 0x22])),
    );
    const method = fc.constantFrom("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE");
    const path = fc
      .tuple(fc.array(segment, { maxLength: 7 }), query)
      .map(([segments, text]) => `/${segments.join("/")}${text}`);
    const known = fc
      .tuple(fc.constantFrom(CONFIG_MAPS, `${CONFIG_MAPS}/x`, "/apis/apps/v1/deployments"), query)
      .map(([place, text]) => place + text);
    let client = await served.connect();
    await fc.assert(
      fc.asyncProperty(method, fc.oneof(path, known), type, body, async (verb, target, media, bytes) => {
        const isStream = /\/watch\//.test(target);
        if (isStream) return;
        const answer = await client.request(verb, target, bytes, `Content-Type: ${media}\r\n`);
        expect(answer, `${verb} ${target}`).toBeDefined();
        expect(answer?.status, `${verb} ${target} ${answer?.body}`).not.toBe(500);
        if ((answer?.status ?? 500) >= 400 && verb !== "HEAD") expect(statusOf(answer).kind).toBe("Status");
        if (answer?.kept === false) client = await served.connect();
      }),
      { numRuns: 600 },
    );
    expect((await client.request("GET", "/readyz"))?.body.toString()).toBe("ok");
  });
});

describe("a listener under load", () => {
  it("answers 429 with Retry-After once too many requests are in flight", async () => {
    const answers: (() => void)[] = [];
    const handler = (): HttpHandler => (_exchange, responder) =>
      void answers.push(() => responder.respond(200, {}, "done"));
    const served = await serve({ inFlight: { readOnly: 2, mutating: 1 }, handler });
    const clients = await Promise.all([1, 2, 3, 4].map(() => served.connect()));
    const [first, second] = clients.slice(0, 2).map((client) => client.request("GET", "/"));
    await until(() => answers.length === 2);
    const third = await clients[2]?.request("GET", "/");
    expect([third?.status, third?.headers["retry-after"], statusOf(third).kind]).toEqual([429, "1", "Status"]);
    const write = clients[3]?.request("POST", "/", "{}");
    await until(() => answers.length === 3);
    for (const answer of answers) answer();
    expect((await Promise.all([first, second, write])).map((answer) => answer?.status)).toEqual([200, 200, 200]);
    const again = clients[2]?.request("GET", "/");
    await until(() => answers.length === 4);
    answers[3]?.();
    expect((await again)?.status).toBe(200);
    await served.stop();
  });

  it("drops a watcher that does not read, while others hear everything", async () => {
    const served = await serve({ historyLimit: 20 });
    const [writer, slow, fast] = (await Promise.all([1, 2, 3].map(() => served.connect()))) as [
      RawClient,
      RawClient,
      RawClient,
    ];
    slow.socket.pause();
    const told = { slow: 0, fast: 0 };
    const state = { ended: false };
    fast.stream(
      `${CONFIG_MAPS}?watch=1`,
      counting((events) => {
        told.fast = events;
      }),
    );
    const countSlow = counting((events) => {
      told.slow = events;
    });
    slow.stream(`${CONFIG_MAPS}?watch=1`, (chunk) => {
      countSlow(chunk);
      // The last chunk of a chunked answer is empty.
      state.ended = chunk.subarray(-5).toString() === "0\r\n\r\n";
    });
    const text = "x".repeat(400_000);
    await writer.request("POST", CONFIG_MAPS, configMap("big", text), JSON_TYPE);
    for (let index = 0; index < 60; index++)
      await writer.request("PUT", `${CONFIG_MAPS}/big`, configMap("big", index + text), JSON_TYPE);
    await until(() => told.fast === 61);
    slow.socket.resume();
    await until(() => state.ended);
    expect(told.slow).toBeLessThan(61);
    await served.stop();
  });
});

/** Waits, turn by turn, for what sockets bring about. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((done) => setImmediate(done));
}

/** Counts the events in what arrives in pieces, some of them cut in two. */
function counting(tell: (events: number) => void): (chunk: Buffer) => void {
  const mark = '{"type":"';
  let events = 0;
  let rest = "";
  return (chunk) => {
    const text = rest + chunk.toString("latin1");
    events += text.split(mark).length - 1;
    rest = text.slice(Math.max(text.lastIndexOf(mark) + mark.length, text.length - mark.length + 1));
    tell(events);
  };
}
