import { once } from "node:events";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { type ServedMember, serveMember } from "./served-member.ts";
import { ask, dial, type SpdyClient, spdyClient } from "./spdy-client.ts";

const PODS = `
apiVersion: v1
kind: Pod
metadata: {name: box}
spec: {containers: [{name: main, image: busybox, command: [sleep, infinity]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {containers: [{name: nginx, image: nginx, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: echo}
spec: {containers: [{name: main, image: busybox, command: [serve-tcp, "--port", "9"]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: wordy}
spec: {containers: [{name: main, image: busybox, command: [sh, -c, "echo one; echo two"]}], restartPolicy: Never}
---
apiVersion: v1
kind: Pod
metadata: {name: done}
spec: {containers: [{name: main, image: busybox, command: ["true"]}], restartPolicy: Never}
`;
const PODS_PATH = "/api/v1/namespaces/default/pods";
const V4 = "X-Stream-Protocol-Version: v4.channel.k8s.io";
const FORWARD = "X-Stream-Protocol-Version: portforward.k8s.io";
const WEBSOCKET = [
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
];
const execPath = (query: string, ...argv: readonly string[]): string =>
  `${PODS_PATH}/box/exec?${query}${argv.map((arg) => `&command=${encodeURIComponent(arg)}`).join("")}`;

let member: ServedMember;
beforeAll(async () => {
  member = await serveMember(PODS);
  for (const pod of ["box", "web", "echo", "done"]) await member.started(pod);
  await member.world.until(async () => {
    const pods = await Promise.all(["done", "wordy"].map((name) => member.world.member("member1").get("pods", name)));
    return pods.every((pod) => JSON.stringify(pod?.status).includes('"phase":"Succeeded"'));
  });
});
afterAll(() => member.stop());

/** Opens the streams of a session in kubectl's order: error 1, then 3, 5, … */
function openStreams(client: SpdyClient, ...types: readonly string[]): void {
  for (const [index, streamtype] of ["error", ...types].entries()) client.open(2 * index + 1, { streamtype });
}

const goneAway = (client: SpdyClient): Promise<void> =>
  client.until((frames) => frames.some((frame) => frame.type === "goAway"));

/** Nothing that was started for a client is left when its timers are gone. */
const atRest = (): Promise<boolean> => member.world.until(() => member.world.loop.idle, "1m");

describe("exec over SPDY/3.1", () => {
  it("answers the streams, carries output, tells the exit code and says good-bye", async () => {
    const client = await spdyClient(
      member.door,
      execPath("stdout=1&stderr=1", "sh", "-c", "echo a; echo b >&2; exit 7"),
      ["X-Stream-Protocol-Version: v5.channel.k8s.io", V4],
    );
    expect(client.head).toMatch(/^HTTP\/1\.1 101 /);
    expect(client.head).toContain("X-Stream-Protocol-Version: v4.channel.k8s.io");
    openStreams(client, "stdout", "stderr");
    await goneAway(client);
    expect(client.frames.filter((frame) => frame.type === "synReply")).toHaveLength(3);
    expect([client.text(3), client.text(5)]).toEqual(["a\n", "b\n"]);
    expect(JSON.parse(client.text(1))).toMatchObject({ details: { causes: [{ reason: "ExitCode", message: "7" }] } });
    const ends = client.frames.flatMap((frame) => (frame.type === "data" && frame.fin ? [frame.streamId] : []));
    expect(ends.sort()).toEqual([1, 3, 5]);
  });

  it("takes input until the client closes it", async () => {
    const client = await spdyClient(member.door, execPath("stdin=1&stdout=1", "cat"), [V4]);
    openStreams(client, "stdin", "stdout");
    client.send({ type: "data", streamId: 3, fin: false, data: Buffer.from("to the c\u00c3".slice(0, -1)) });
    client.send({ type: "data", streamId: 3, fin: true, data: Buffer.from("at") });
    await goneAway(client);
    expect(client.text(5)).toBe("to the cat");
    expect(JSON.parse(client.text(1))).toEqual({ metadata: {}, status: "Success" });
  });

  it("speaks in plain words with old clients, and in none of success", async () => {
    for (const [argv, text] of [
      [["false"], "command terminated with non-zero exit code: exit status 1"],
      [["true"], ""],
    ] as const) {
      const client = await spdyClient(member.door, execPath("stdout=1", ...argv));
      expect(client.head).not.toContain("X-Stream-Protocol-Version");
      openStreams(client, "stdout");
      await goneAway(client);
      expect(client.text(1)).toBe(text);
    }
  });

  it.each([["resize"], ["stderr"]])("with a terminal starts with a stream of %s beside stdout", async (third) => {
    const client = await spdyClient(
      member.door,
      execPath("stdout=1&stderr=1&tty=1", "sh", "-c", "echo a; echo b >&2"),
      [V4],
    );
    openStreams(client, "stdout", third);
    await goneAway(client);
    expect(client.text(3)).toBe("a\r\nb\r\n");
  });

  it("echoes pings and resets streams nobody asked for", async () => {
    const client = await spdyClient(member.door, execPath("stdout=1", "true"), [V4]);
    client.send({ type: "ping", id: 41 });
    client.open(1, { streamtype: "nonsense" });
    client.open(2, { streamtype: "error" });
    await client.until((frames) => frames.filter((frame) => frame.type === "rstStream").length === 2);
    expect(client.frames).toContainEqual({ type: "ping", id: 41 });
    client.socket.destroy();
  });

  it("refuses protocols it does not know, naming those it does", async () => {
    const head = await ask(await dial(member.door), [
      `POST ${execPath("stdout=1", "true")} HTTP/1.1`,
      "Connection: Upgrade",
      "Upgrade: SPDY/3.1",
      "X-Stream-Protocol-Version: v9.channel.k8s.io",
    ]);
    expect(head.text).toMatch(/^HTTP\/1\.1 403 Forbidden/);
    expect(head.text).toContain("X-Accepted-Stream-Protocol-Versions: v4.channel.k8s.io");
  });
});

describe("what cannot be upgraded", () => {
  it.each([
    [`${PODS_PATH}/done/exec?command=ls&stdout=1`, 500, 'container not found ("main")'],
    [`${PODS_PATH}/box/exec?command=ls`, 400, "you must specify at least 1 of stdin, stdout, stderr"],
    [`${PODS_PATH}/none/exec?command=ls&stdout=1`, 404, 'pods \\"none\\" not found'],
    [`${PODS_PATH}/box/exec?container=x&command=ls&stdout=1`, 400, "container x is not valid for pod box"],
    [`${PODS_PATH}/done/portforward`, 400, "pod done is not running"],
    [`${PODS_PATH}/box/log`, 405, "the server does not allow this method on the requested resource"],
    ["/api/v1/pods", 400, "nothing here can be upgraded"],
  ])("%s is %i", async (path, status, message) => {
    const socket = await dial(member.door);
    const head = await ask(socket, [`POST ${path} HTTP/1.1`, "Connection: Upgrade", "Upgrade: SPDY/3.1"]);
    expect(head.text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    let body = head.rest.toString();
    for await (const chunk of socket) body += String(chunk);
    expect(body).toContain(message);
  });

  it("is an ordinary request, if the protocol is one nobody speaks here", async () => {
    const socket = await dial(member.door);
    const head = await ask(socket, ["GET /version HTTP/1.1", "Connection: Upgrade", "Upgrade: h2c"]);
    expect(head.text).toMatch(/^HTTP\/1\.1 200 /);
    socket.destroy();
  });
});

type Opened = { readonly socket: WebSocket; readonly messages: Buffer[]; readonly closed: Promise<number> };

function openSocket(path: string, protocols: readonly string[]): Promise<Opened> {
  const { port, ...credentials } = member.door;
  const socket = new WebSocket(`wss://127.0.0.1:${port}${path}`, [...protocols], credentials);
  const messages: Buffer[] = [];
  socket.on("message", (data: Buffer) => messages.push(data));
  const closed = new Promise<number>((done) => socket.on("close", (code) => done(code)));
  return new Promise((resolve, reject) => {
    socket.on("open", () => resolve({ socket, messages, closed }));
    socket.on("error", reject);
  });
}

describe("exec over WebSocket", () => {
  it("closes the input by channel 255 of v5, and ends normally after the status", async () => {
    const { socket, messages, closed } = await openSocket(execPath("stdin=1&stdout=1", "cat"), ["v5.channel.k8s.io"]);
    socket.send(Buffer.from("\u0000text"));
    socket.send(Buffer.from('\u0004{"Width":100,"Height":40}\n'));
    socket.send(Buffer.from([255, 0]));
    expect(await closed).toBe(1000);
    expect(messages.map((message) => message.toString())).toEqual([
      "\u0001text",
      '\u0003{"metadata":{},"status":"Success"}',
    ]);
  });

  it.each([
    ["v4.channel.k8s.io", ["\u0001", "\u0001a\n", expect.stringMatching(/\{.*"NonZeroExitCode"/)]],
    ["channel.k8s.io", ["\u0001", "\u0001a\n", "\u0003command terminated with non-zero exit code: exit status 2"]],
    ["v4.base64.channel.k8s.io", ["1", `1${btoa("a\n")}`, expect.stringMatching(/^3ey/)]],
  ])("greets at once in %s", async (protocol, expected) => {
    const path = execPath("stdout=1&stderr=1", "sh", "-c", "echo a; exit 2");
    const { socket, messages, closed } = await openSocket(path, ["other", protocol]);
    expect(socket.protocol).toBe(protocol);
    await closed;
    expect(messages.map((message) => message.toString())).toEqual(expected);
  });

  it("takes base64 input", async () => {
    const { socket, messages, closed } = await openSocket(execPath("stdin=1&stdout=1", "head", "-1"), [
      "base64.channel.k8s.io",
    ]);
    socket.send(`0${btoa("first\nsecond\n")}`);
    socket.close();
    await closed;
    expect(messages.map(String)).toEqual(["1"]);
    expect(await atRest()).toBe(true);
  });

  it("hangs up after its close message, also on clients that do not answer it", async () => {
    const socket = await dial(member.door);
    const path = execPath("stdout=1&stderr=1", "sh", "-c", "echo a; echo b >&2");
    const { rest } = await ask(socket, [
      `GET ${path} HTTP/1.1`,
      ...WEBSOCKET,
      "Sec-WebSocket-Protocol: v5.channel.k8s.io",
    ]);
    const pieces: Buffer[] = [rest];
    socket.on("data", (piece: Buffer) => void pieces.push(piece));
    await once(socket, "end");
    const status = '{"metadata":{},"status":"Success"}';
    const messages = [
      `\u0082\u0003\u0001a\n`,
      `\u0082\u0003\u0002b\n`,
      `\u0082${String.fromCharCode(status.length + 1)}\u0003${status}`,
    ];
    expect(Buffer.concat(pieces).toString("latin1")).toBe(`${messages.join("")}\u0088\u0002\u0003\u00e8`);
    socket.destroy();
  });

  it("refuses subprotocols it does not know", async () => {
    await expect(openSocket(execPath("stdout=1", "true"), ["v9.channel.k8s.io"])).rejects.toThrow("400");
  });
});

describe("a log over WebSocket", () => {
  const messagesOf = async (query: string, protocols: readonly string[]): Promise<readonly string[]> => {
    const { ca, cert, key, port } = member.door;
    const socket = new WebSocket(`wss://127.0.0.1:${port}${PODS_PATH}/wordy/log${query}`, [...protocols], {
      ca,
      cert,
      key,
    });
    const messages: string[] = [];
    socket.on("message", (data) => void messages.push(String(data)));
    const [code] = (await once(socket, "close")) as [number];
    return [...messages, `closed with ${code}`];
  };

  it("is a message of its bytes, or of their base64, then a normal closure", async () => {
    expect(await messagesOf("", ["binary.k8s.io"])).toEqual(["one\ntwo\n", "closed with 1000"]);
    expect(await messagesOf("", ["base64.binary.k8s.io"])).toEqual(["b25lCnR3bwo=", "closed with 1000"]);
    expect(await messagesOf("?tailLines=1", [])).toEqual(["two\n", "closed with 1000"]);
    expect(await messagesOf("?follow=true", ["binary.k8s.io"])).toEqual(["one\ntwo\n", "closed with 1000"]);
  });
});

describe("port-forward", () => {
  const open = (client: SpdyClient, request: number, port: string): void => {
    const requestid = String(request);
    client.open(4 * request + 1, { streamtype: "error", port, requestid }, true);
    client.open(4 * request + 3, { streamtype: "data", port, requestid });
  };
  const put = (client: SpdyClient, request: number, text: string, fin = false): void =>
    client.send({ type: "data", streamId: 4 * request + 3, fin, data: Buffer.from(text) });
  const ended = (client: SpdyClient, request: number): Promise<void> =>
    client.until((frames) =>
      frames.some((frame) => frame.type === "data" && frame.fin && frame.streamId === 4 * request + 3),
    );

  it("keeps connections apart, alive between requests, and half open for the answer", async () => {
    const client = await spdyClient(member.door, `${PODS_PATH}/web/portforward`, [FORWARD]);
    open(client, 0, "80");
    open(client, 1, "80");
    put(client, 0, "GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /none HTTP/1.1\r\nHost: x\r\n\r\n");
    put(client, 1, "POST /post HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", true);
    await ended(client, 1);
    expect(client.text(7)).toMatch(/^HTTP\/1\.1 404 Not Found\r\n/);
    await client.until(() => client.text(3).includes("404 Not Found</h1>"));
    expect(client.text(3)).toMatch(/^HTTP\/1\.1 200 OK\r\n.*Connection: keep-alive.*HTTP\/1\.1 404 Not Found/s);
    put(client, 0, "", true);
    await ended(client, 0);
    client.socket.destroy();
  });

  it("answers what is no HTTP with 400, and the next connection as ever", async () => {
    const client = await spdyClient(member.door, `${PODS_PATH}/web/portforward`, [FORWARD]);
    open(client, 0, "80");
    put(client, 0, "\u0000\u0001 nonsense\r\n\r\n");
    await ended(client, 0);
    expect(client.text(3)).toMatch(/^HTTP\/1\.1 400 Bad Request/);
    open(client, 1, "80");
    put(client, 1, "GET / HTTP/1.0\r\n\r\n");
    await ended(client, 1);
    expect(client.text(7)).toContain("Welcome to nginx!");
    client.socket.destroy();
  });

  it("carries bytes as they are to a program that reads bytes, and back", async () => {
    const client = await spdyClient(member.door, `${PODS_PATH}/echo/portforward`, [FORWARD]);
    open(client, 0, "9");
    const bytes = Buffer.from([0, 1, 0xc3, 0xff, 0xfe, ...Buffer.from("Grüße\r\n")]);
    // Cut within a character of more than one byte.
    for (const part of [bytes.subarray(0, 8), bytes.subarray(8)])
      client.send({ type: "data", streamId: 3, fin: part.length === bytes.length - 8, data: part });
    await ended(client, 0);
    const echoed = client.frames.flatMap((frame) =>
      frame.type === "data" && frame.streamId === 3 ? [frame.data] : [],
    );
    expect(Buffer.concat(echoed).toString("hex")).toBe(bytes.toString("hex"));
    client.socket.destroy();
  });

  it("tells on the stream for errors that nobody listens", async () => {
    const client = await spdyClient(member.door, `${PODS_PATH}/web/portforward`, [FORWARD]);
    open(client, 0, "81");
    await ended(client, 0);
    expect(client.text(1)).toMatch(/^error forwarding port 81 to pod web, uid .* connect: connection refused$/);
    open(client, 1, "zero");
    await client.until((frames) => frames.some((frame) => frame.type === "rstStream"));
    client.socket.destroy();
  });

  it("runs in the messages of a WebSocket too, in a protocol whose name is none", async () => {
    const socket = await dial(member.door);
    const head = await ask(socket, [
      `GET ${PODS_PATH}/web/portforward HTTP/1.1`,
      ...WEBSOCKET,
      "Sec-WebSocket-Protocol: SPDY/3.1+portforward.k8s.io",
    ]);
    expect(head.text).toContain("Sec-WebSocket-Protocol: SPDY/3.1+portforward.k8s.io");
    const ping = Buffer.from("800300060000000400000009", "hex");
    // A binary message of the client's, masked with zeros.
    socket.write(Buffer.concat([Buffer.of(0x82, 0x80 | ping.length, 0, 0, 0, 0), ping]));
    const [reply] = (await once(socket, "data")) as [Buffer];
    expect(reply.toString("hex")).toBe(`82${ping.length.toString(16).padStart(2, "0")}${ping.toString("hex")}`);
    socket.destroy();
  });
});

describe("a session that ends early", () => {
  it("takes its command with it", async () => {
    const spdy = await spdyClient(member.door, execPath("stdin=1&stdout=1", "sleep", "100000"), [V4]);
    openStreams(spdy, "stdin", "stdout");
    await spdy.until((frames) => frames.filter((frame) => frame.type === "synReply").length === 3);
    const { socket } = await openSocket(execPath("stdout=1", "sleep", "100000"), ["v5.channel.k8s.io"]);
    expect(member.world.loop.idle).toBe(false);
    spdy.socket.destroy();
    socket.terminate();
    expect(await atRest()).toBe(true);
  });

  it("is told of a container that is no more", async () => {
    await member.world.member("member1").apply(PODS.split("---")[0]?.replace("name: box", "name: brief") ?? "");
    await member.started("brief");
    const { messages, closed } = await openSocket(execPath("stdout=1", "sleep", "100000").replace("/box/", "/brief/"), [
      "v5.channel.k8s.io",
    ]);
    await member.world.member("member1").delete("pods", "brief");
    await closed;
    expect(messages.at(-1)?.toString()).toContain('"message":"137"');
  });

  it("leaves the server as it was, whatever bytes it sent", async () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom("spdy", "websocket"), bytes, async (kind, rubbish) => {
        const socket = await dial(member.door);
        const head = await ask(
          socket,
          kind === "spdy"
            ? [`POST ${execPath("stdin=1&stdout=1", "cat")} HTTP/1.1`, "Connection: Upgrade", "Upgrade: SPDY/3.1", V4]
            : [
                `GET ${execPath("stdin=1&stdout=1", "cat")} HTTP/1.1`,
                ...WEBSOCKET,
                "Sec-WebSocket-Protocol: v4.channel.k8s.io",
              ],
        );
        expect(head.text).toMatch(/^HTTP\/1\.1 101 /);
        socket.on("error", () => {}).end(rubbish);
        await new Promise((done) => socket.resume().once("close", done));
      }),
      { numRuns: 40 },
    );
    expect(await atRest()).toBe(true);
    expect((await member.ask("/version")).status).toBe(200);
  });
});

describe("a server that closes", () => {
  it("ends every session and frees its port", async () => {
    const own = await serveMember(PODS.split("---")[0] ?? "");
    await own.started("box");
    const exec = await spdyClient(own.door, execPath("stdin=1&stdout=1", "cat"), [V4]);
    openStreams(exec, "stdin", "stdout");
    const forward = await spdyClient(own.door, `${PODS_PATH}/box/portforward`, [FORWARD]);
    const closed = Promise.all([exec, forward].map(({ socket }) => new Promise((done) => socket.once("close", done))));
    await own.close();
    await closed;
    await expect(dial(own.door)).rejects.toThrow("ECONNREFUSED");
    await own.stop();
  });
});
