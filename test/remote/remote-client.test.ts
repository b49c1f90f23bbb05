import { PassThrough } from "node:stream";
import nock from "nock";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ConfigMap, Pod } from "../../src/api/index.ts";
import type { Answer, ApiRequest, RawAnswer, WatchEvent } from "../../src/apiserver/index.ts";
import { type RemoteClient, type RemoteClientOptions, remoteClient } from "../../src/remote/index.ts";
import { Loop, Random, settle, Trace } from "../../src/sim/index.ts";

const SERVER = "https://member1.example:6443";
const KUBECONFIG = `
apiVersion: v1
kind: Config
current-context: other
clusters:
- name: member1
  cluster: { server: "${SERVER}" }
- name: proxied
  cluster: { server: "${SERVER}/k8s/clusters/c-1" }
users:
- name: admin
  user: { token: secret }
contexts:
- name: member1
  context: { cluster: member1, user: admin }
- name: other
  context: { cluster: proxied, user: admin }
`;
const json = { "content-type": "application/json" };
const inDefault = { kind: ConfigMap, namespace: "default" } as const;

let loop: Loop;
const clients: RemoteClient[] = [];

async function open(options: Partial<RemoteClientOptions> = {}): Promise<RemoteClient> {
  const kubeconfig = { text: KUBECONFIG };
  const client = await remoteClient({ cluster: "member1", kubeconfig, context: "member1", loop, ...options });
  clients.push(client);
  return client;
}

/** Lets the loop run until `done`, each time something entered it. */
async function until(done: () => boolean): Promise<void> {
  while (!done()) {
    settle(loop, { maxSteps: 10_000, maxVirtualMs: 1 });
    await new Promise(setImmediate);
  }
}

async function ask(client: RemoteClient, request: ApiRequest): Promise<Answer> {
  const answers: Answer[] = [];
  client.send(request, (answer) => answers.push(answer));
  await until(() => answers.length > 0);
  return answers[0] as Answer;
}

/** What a watch tells, as words. */
function watching(client: RemoteClient, options: ApiRequest["options"] = { resourceVersion: "5" }) {
  const told: string[] = [];
  const handle = client.watch(
    { verb: "watch", ...inDefault, options },
    {
      onEvent: (event: WatchEvent) =>
        told.push(
          event.type === "ERROR" ? `ERROR ${event.status.code}` : `${event.type} ${event.object.metadata.name}`,
        ),
      onEnd: () => told.push("end"),
    },
  );
  return { told, handle };
}

const status = (code: number, reason: string, more: object = {}): object => ({
  kind: "Status",
  apiVersion: "v1",
  metadata: {},
  status: "Failure",
  message: `refused: ${reason}`,
  reason,
  code,
  ...more,
});
const line = (type: string, name: string): string =>
  `${JSON.stringify({ type, object: { kind: "ConfigMap", apiVersion: "v1", metadata: { name, resourceVersion: "9" } } })}\n`;
const api = (): nock.Scope => nock(SERVER);
const MAPS = "/api/v1/namespaces/default/configmaps";

beforeAll(() => nock.disableNetConnect());
afterAll(() => {
  nock.enableNetConnect();
  nock.restore();
});
beforeEach(() => {
  loop = new Loop({ startMs: 0, random: new Random(1), trace: new Trace() });
});
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
  const pending = nock.pendingMocks();
  nock.cleanAll();
  expect(pending).toEqual([]);
});

describe("a remote request", () => {
  it.each<[string, ApiRequest, { method: string; path: string; body?: object; type?: string }]>([
    ["get", { verb: "get", ...inDefault, name: "a" }, { method: "GET", path: `${MAPS}/a` }],
    [
      "list",
      { verb: "list", kind: Pod, options: { labelSelector: "a=b", limit: 5 } },
      { method: "GET", path: "/api/v1/pods?labelSelector=a%3Db&limit=5" },
    ],
    [
      "apply patch",
      {
        verb: "patch",
        ...inDefault,
        name: "a",
        patch: { type: "apply", body: { data: {} } },
        options: { fieldManager: "me", force: true },
      },
      {
        method: "PATCH",
        path: `${MAPS}/a?fieldManager=me&force=true`,
        body: { data: {} },
        type: "application/apply-patch+yaml",
      },
    ],
    [
      "delete",
      {
        verb: "delete",
        ...inDefault,
        name: "a",
        options: { preconditions: { uid: "u" }, propagationPolicy: "Foreground", dryRun: true },
      },
      {
        method: "DELETE",
        path: `${MAPS}/a`,
        body: {
          apiVersion: "v1",
          kind: "DeleteOptions",
          propagationPolicy: "Foreground",
          preconditions: { uid: "u" },
          dryRun: ["All"],
        },
      },
    ],
    [
      "subresource",
      {
        verb: "create",
        kind: Pod,
        namespace: "default",
        name: "p",
        subresource: "binding",
        object: { apiVersion: "v1", kind: "Binding", metadata: { name: "p" } },
      },
      {
        method: "POST",
        path: "/api/v1/namespaces/default/pods/p/binding",
        body: { apiVersion: "v1", kind: "Binding", metadata: { name: "p" } },
      },
    ],
  ])("of a %s has its HTTP form, with credentials", async (_what, request, { method, path, body, type }) => {
    const scope = nock(SERVER, {
      reqheaders: { authorization: "Bearer secret", ...(type === undefined ? {} : { "content-type": type }) },
    });
    scope.intercept(path, method, body as nock.RequestBodyMatcher).reply(200, { kind: "X", metadata: {} }, json);
    expect((await ask(await open(), request)).ok).toBe(true);
  });

  it("keeps the path a cluster is served under", async () => {
    nock(SERVER).get(`/k8s/clusters/c-1${MAPS}/a`).reply(200, { metadata: {} }, json);
    const client = await remoteClient({ cluster: "member1", kubeconfig: { text: KUBECONFIG }, loop });
    clients.push(client);
    expect((await ask(client, { verb: "get", ...inDefault, name: "a" })).ok).toBe(true);
  });

  it("loses no field the types do not know, and gives items of lists their kind", async () => {
    const items = [{ metadata: { name: "a", future: 1 }, novel: { x: [1] } }];
    api()
      .get(MAPS)
      .reply(200, { kind: "ConfigMapList", apiVersion: "v1", metadata: { resourceVersion: "7" }, items }, json);
    const answer = await ask(await open(), { verb: "list", ...inDefault });
    expect(answer.ok && answer.object.items).toEqual([{ apiVersion: "v1", kind: "ConfigMap", ...items[0] }]);
  });

  it("is answered with the server's Status, or one made of the HTTP code", async () => {
    api().put(`${MAPS}/a`).reply(409, status(409, "Conflict"), json);
    api().put(`${MAPS}/a`).reply(502, "<html>bad gateway</html>", { "content-type": "text/html" });
    api().put(`${MAPS}/a`).reply(200, "not json", json);
    const client = await open();
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } };
    const request: ApiRequest = { verb: "update", ...inDefault, name: "a", object };
    const reasons = [];
    for (let count = 0; count < 3; count++) {
      const answer = await ask(client, request);
      reasons.push(answer.ok ? "ok" : `${answer.status.code} ${answer.status.reason}`);
    }
    expect(reasons).toEqual(["409 Conflict", "502 ServiceUnavailable", "500 InternalError"]);
  });

  it("waits as the server asks, then goes again", async () => {
    api()
      .get(MAPS)
      .reply(429, status(429, "TooManyRequests"), { ...json, "retry-after": "0" });
    api().get(MAPS).reply(503, "", { "retry-after": "0" });
    api().get(MAPS).reply(200, { metadata: {}, items: [] }, json);
    expect((await ask(await open(), { verb: "list", ...inDefault })).ok).toBe(true);
  });

  it("is answered at once when the server does not ask to wait", async () => {
    const refused = status(429, "TooManyRequests", { details: { retryAfterSeconds: 10 } });
    api().post(`/api/v1/namespaces/default/pods/p/eviction`).reply(429, refused, json);
    const answer = await ask(await open(), {
      verb: "create",
      kind: Pod,
      namespace: "default",
      name: "p",
      subresource: "eviction",
    });
    expect(answer.ok ? undefined : answer.status.details?.retryAfterSeconds).toBe(10);
  });

  it("gets new credentials once when they are refused", async () => {
    api().get(MAPS).times(2).reply(401, status(401, "Unauthorized"), json);
    const answer = await ask(await open(), { verb: "list", ...inDefault });
    expect(answer.ok ? undefined : answer.status.reason).toBe("Unauthorized");
  });

  it.each(["ECONNREFUSED", "ENOTFOUND", "ETIMEDOUT"])("finds a cluster that answers %s unavailable", async (code) => {
    api()
      .get(MAPS)
      .replyWithError(Object.assign(new Error(`connect ${code}`), { code }));
    const answer = await ask(await open(), { verb: "list", ...inDefault });
    expect(answer.ok ? undefined : answer.status).toMatchObject({
      reason: "ServiceUnavailable",
      message: expect.stringContaining(`cluster member1 at ${SERVER}`),
    });
  });

  it("reads again over a new connection when a kept one was closed, and never writes again", async () => {
    const reset = (): Error => Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
    api().get(MAPS).replyWithError(reset());
    api().get(MAPS).reply(200, { metadata: {}, items: [] }, json);
    api().post(MAPS).replyWithError(reset());
    const client = await open();
    expect((await ask(client, { verb: "list", ...inDefault })).ok).toBe(true);
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } };
    expect((await ask(client, { verb: "create", ...inDefault, object })).ok).toBe(false);
  });

  it("waits for a slow body, but not for ever", async () => {
    const slow = new PassThrough();
    api()
      .get(`${MAPS}/slow`)
      .reply(200, () => slow, json);
    api()
      .get(`${MAPS}/never`)
      .reply(200, () => new PassThrough(), json);
    const client = await open({ requestTimeoutMs: 50 });
    const answered = ask(client, { verb: "get", ...inDefault, name: "slow" });
    slow.write('{"metadata":{"na');
    setImmediate(() => slow.end('me":"slow"}}'));
    expect(await answered).toMatchObject({ ok: true, object: { metadata: { name: "slow" } } });
    const answer = await ask(client, { verb: "get", ...inDefault, name: "never" });
    expect(answer.ok ? undefined : answer.status.reason).toBe("Timeout");
  });

  it("holds the loop until its answer has entered it", async () => {
    api().get(MAPS).reply(200, { metadata: {}, items: [] }, json);
    const client = await open();
    const answers: Answer[] = [];
    client.send({ verb: "list", ...inDefault }, (answer) => answers.push(answer));
    expect(settle(loop, { maxSteps: 10, maxVirtualMs: 1000 })).toEqual({
      state: "held",
      holds: ["member1 list configmaps"],
    });
    await until(() => answers.length > 0);
    expect([loop.nowMs(), settle(loop, { maxSteps: 10, maxVirtualMs: 1000 })]).toEqual([0, { state: "idle" }]);
  });

  it("is answered when the client is closed", async () => {
    api()
      .get(MAPS)
      .reply(200, () => new PassThrough(), json);
    const client = await open({ qps: 1, burst: 1 });
    const answers: Answer[] = [];
    for (let count = 0; count < 2; count++)
      client.send({ verb: "list", ...inDefault }, (answer) => answers.push(answer));
    await new Promise((resolve) => setTimeout(resolve, 20));
    client.close();
    await until(() => answers.length === 2);
    expect(answers.map(({ ok }) => ok)).toEqual([false, false]);
  });

  it("asks for discovery in one document, and takes text as text", async () => {
    nock(SERVER, { reqheaders: { accept: /as=APIGroupDiscoveryList/ } })
      .get("/apis")
      .reply(200, { kind: "APIGroupDiscoveryList" }, json);
    api().get("/readyz").reply(200, "ok", { "content-type": "text/plain" });
    const client = await open();
    const answers: RawAnswer[] = [];
    client.raw("/apis", (answer) => answers.push(answer));
    await until(() => answers.length === 1);
    client.raw("/readyz", (answer) => answers.push(answer));
    await until(() => answers.length === 2);
    expect(answers.map((answer) => answer.ok && answer.body)).toEqual([{ kind: "APIGroupDiscoveryList" }, "ok"]);
  });

  it("warns as the server does", async () => {
    api()
      .get(`${MAPS}/a`)
      .reply(200, { metadata: {} }, { ...json, warning: '299 - "first, of two", 299 kube "it is \\"old\\""' });
    const answer = await ask(await open(), { verb: "get", ...inDefault, name: "a" });
    expect(answer.ok && answer.warnings).toEqual(["first, of two", 'it is "old"']);
  });
});

describe("a remote watch", () => {
  const watched = (): nock.Interceptor =>
    api()
      .get(MAPS)
      .query((query) => query.watch === "true");
  const streamed = (): PassThrough => {
    const stream = new PassThrough();
    watched().reply(200, () => stream, json);
    return stream;
  };

  it("tells events in order, wherever chunks end, within a character too", async () => {
    const stream = streamed();
    const { told, handle } = watching(await open());
    const bytes = Buffer.from(
      line("ADDED", "ä€𝄞") + line("MODIFIED", "b") + line("BOOKMARK", "") + line("DELETED", "c"),
    );
    const sent = (async () => {
      for (let start = 0; start < bytes.length; start += 7) {
        stream.write(bytes.subarray(start, start + 7));
        await new Promise(setImmediate);
      }
    })();
    await until(() => told.length === 4);
    await sent;
    expect(told).toEqual(["ADDED ä€𝄞", "MODIFIED b", "BOOKMARK ", "DELETED c"]);
    handle.stop();
  });

  it("asks to end some time, unless told when", async () => {
    const asked: unknown[] = [];
    api()
      .get(MAPS)
      .query((query) => asked.push(query.timeoutSeconds) > 0)
      .times(2)
      .reply(200, "", json);
    const client = await open();
    const watches = [watching(client), watching(client, { timeoutSeconds: 7, allowWatchBookmarks: true })];
    await until(() => watches.every(({ told }) => told.includes("end")));
    expect(asked.map(Number).sort((left, right) => left - right)).toEqual([
      7,
      expect.toSatisfy((seconds: number) => seconds >= 300 && seconds < 600),
    ]);
  });

  it.each<[string, (stream: PassThrough) => void]>([
    ["ends", (stream) => stream.end()],
    ["breaks", (stream) => stream.destroy(new Error("reset"))],
    ["breaks within an event", (stream) => stream.end(line("ADDED", "cut").slice(0, 30))],
    ["speaks nonsense", (stream) => stream.write("<html>\n")],
    ["falls silent", () => {}],
  ])("ends when its stream %s, after what came before", async (_how, finish) => {
    const stream = streamed();
    const { told } = watching(await open({ watchIdleMs: 40 }));
    stream.write(line("ADDED", "a"));
    await until(() => told.length === 1);
    finish(stream);
    await until(() => told.includes("end"));
    expect(told).toEqual(["ADDED a", "end"]);
  });

  it("says 410 and ends, whether refused at once or on the way", async () => {
    watched().reply(410, status(410, "Expired"), json);
    const first = watching(await open());
    await until(() => first.told.includes("end"));
    const stream = streamed();
    const second = watching(await open());
    const error = { type: "ERROR", object: status(410, "Expired") };
    stream.write(`${line("ADDED", "a")}${JSON.stringify(error)}\n${line("ADDED", "never")}`);
    await until(() => second.told.includes("end"));
    expect([first.told, second.told]).toEqual([
      ["ERROR 410", "end"],
      ["ADDED a", "ERROR 410", "end"],
    ]);
  });

  it("finds a cluster that cannot be reached unavailable", async () => {
    watched().replyWithError(Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }));
    const { told } = watching(await open());
    await until(() => told.includes("end"));
    expect(told).toEqual(["ERROR 503", "end"]);
  });

  it("tells nothing once stopped", async () => {
    const stream = streamed();
    const { told, handle } = watching(await open());
    stream.write(line("ADDED", "a"));
    await until(() => told.length === 1);
    handle.stop();
    stream.write(line("ADDED", "b"));
    stream.end();
    for (let count = 0; count < 10; count++) await new Promise(setImmediate);
    settle(loop, { maxSteps: 100, maxVirtualMs: 1 });
    expect(told).toEqual(["ADDED a"]);
  });
});
