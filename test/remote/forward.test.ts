import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConfigMap } from "../../src/api/index.ts";
import type { HttpExchange } from "../../src/apiserver/index.ts";
import { handleHttp } from "../../src/apiserver/index.ts";
import type { HttpHandler } from "../../src/serving/index.ts";
import { type ServedCluster, servedCluster } from "./served-cluster.ts";

type Answered = { code: number; text: string; ended: boolean };

const ANN = { "impersonate-user": ["ann"], "impersonate-group": ["team"] };

/** Hands a request on for `ann`, and gathers what comes back. */
function forward(
  { client }: ServedCluster,
  request: string,
  headers: HttpExchange["headers"] = {},
  body = "",
): Answered {
  const [method = "", path = ""] = request.split(" ");
  const answered: Answered = { code: 0, text: "", ended: false };
  const take = (chunk: Uint8Array | string): boolean => {
    answered.text += Buffer.from(chunk as string).toString("utf8");
    return true;
  };
  client.forward(
    { method, path, headers: { ...ANN, ...headers }, user: { name: "proxy", groups: [] }, body: Buffer.from(body) },
    {
      respond: (code, _headers, text) => {
        Object.assign(answered, { code, ended: true });
        take(text);
      },
      startStream: (code) => {
        answered.code = code;
        return {
          write: take,
          end: () => {
            answered.ended = true;
          },
          onClose: () => {},
        };
      },
    },
  );
  return answered;
}

describe("a request handed on to a remote cluster", () => {
  let cluster: ServedCluster;
  let seen: HttpExchange[];
  beforeEach(async () => {
    seen = [];
    const handler: HttpHandler = (exchange, responder) => {
      seen.push(exchange);
      handleHttp(cluster.server, exchange, responder);
    };
    cluster = await servedCluster({ handler });
  });
  afterEach(() => cluster.close());

  it("comes with our credentials, in the name its headers say", async () => {
    const answered = forward(cluster, "GET /api/v1/namespaces?limit=1", {
      accept: "application/json",
      host: "elsewhere",
    });
    await cluster.settle(() => answered.ended);
    expect(answered).toMatchObject({ code: 200, ended: true });
    expect(JSON.parse(answered.text)).toMatchObject({ kind: "NamespaceList" });
    expect(seen[0]).toMatchObject({
      path: "/api/v1/namespaces?limit=1",
      user: { name: "admin" },
      headers: { "impersonate-user": ["ann"], "impersonate-group": ["team"], accept: ["application/json"] },
    });
  });

  it("brings its body along", async () => {
    const map = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } };
    const answered = forward(
      cluster,
      "POST /api/v1/namespaces/default/configmaps",
      { "content-type": "application/json" },
      JSON.stringify(map),
    );
    await cluster.settle(() => answered.ended);
    expect(answered.code).toBe(201);
    expect(cluster.server.state.get(ConfigMap, "a", "default")).toBeDefined();
  });

  it("is answered as it goes when it is a watch", async () => {
    const answered = forward(cluster, "GET /api/v1/namespaces/default/configmaps?watch=true");
    await cluster.settle(() => answered.code === 200);
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "b", namespace: "default" } };
    cluster.server.answer({ verb: "create", kind: ConfigMap, object }, { name: "admin", groups: ["system:masters"] });
    await cluster.settle(() => answered.text !== "");
    expect(answered.text).toContain('"name":"b"');
    expect(answered.ended).toBe(false);
  });

  it("passes failures on as they are", async () => {
    const answered = forward(cluster, "GET /api/v1/namespaces/none");
    await cluster.settle(() => answered.ended);
    expect(answered.code).toBe(404);
    expect(JSON.parse(answered.text)).toMatchObject({ reason: "NotFound" });
  });
});
