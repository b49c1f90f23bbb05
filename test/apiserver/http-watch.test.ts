import { describe, expect, it } from "vitest";
import { CustomResourceDefinition } from "../../src/api/index.ts";
import { advanceTo } from "../../src/sim/index.ts";
import { type Door, door } from "./door.ts";
import { object } from "./fixture.ts";

const EVENTS = "/api/v1/namespaces/default/events";
const NEW_EVENTS = "/apis/events.k8s.io/v1/namespaces/default/events";
const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
const TABLE = { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" };
const PARTIAL = { accept: "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io" };
const configMap = (name: string): object => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name } });
const names = (lines: Record<string, unknown>[]): unknown[] =>
  lines.map((line) => [line.type, (line.object as { metadata: { name: string } }).metadata.name]);

describe("a watch over HTTP", () => {
  it.each([
    ["/api/v1/watch/namespaces/default/configmaps", ["a", "b"]],
    ["/api/v1/watch/configmaps", ["a", "b"]],
    ["/api/v1/watch/namespaces/default/configmaps/b", ["b"]],
  ])("may be asked for the old way, by %s", (path, expected) => {
    const made = door();
    for (const name of ["a", "b"]) made.call("POST", CONFIG_MAPS, configMap(name));
    const stream = made.stream(path);
    made.settle();
    expect(names(stream.lines())).toEqual(expected.map((name) => ["ADDED", name]));
    expect(made.call("POST", path, configMap("c")).status).toBe(405);
  });

  it("that states no end ends after half an hour, or up to twice as long", () => {
    const made = door();
    const streams = [1, 2, 3].map(() => made.stream(`${CONFIG_MAPS}?watch=true`));
    const minutes = (count: number): void => void advanceTo(made.loop, made.loop.nowMs() + count * 60_000);
    minutes(29);
    expect(streams.map((stream) => stream.ended)).toEqual([false, false, false]);
    minutes(32);
    expect(streams.map((stream) => stream.ended)).toEqual([true, true, true]);
  });

  it("tells the initial events' end with the annotation clients wait for", () => {
    const made = door();
    made.call("POST", CONFIG_MAPS, configMap("a"));
    const stream = made.stream(
      `${CONFIG_MAPS}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`,
    );
    made.settle();
    expect(stream.lines().map((line) => line.type)).toEqual(["ADDED", "BOOKMARK"]);
    const metadata = { annotations: { "k8s.io/initial-events-end": "true" } };
    expect(stream.lines()[1]).toMatchObject({ object: { kind: "ConfigMap", metadata } });
    const tables = made.stream(
      `${CONFIG_MAPS}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`,
      { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" },
    );
    made.settle();
    expect(tables.lines()[1]).toMatchObject({
      object: { kind: "Table", columnDefinitions: null, rows: [{ cells: ["", "", ""], object: { metadata } }] },
    });
  });

  it.each(["", "&resourceVersion=0", "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"])(
    "that begins with the present objects says when all are told: %j",
    (query) => {
      const made = door();
      made.call("POST", CONFIG_MAPS, configMap("a"));
      const stream = made.stream(`${CONFIG_MAPS}?watch=1&allowWatchBookmarks=true${query}`);
      made.settle();
      expect(stream.lines().map((line) => line.type)).toEqual(["ADDED", "BOOKMARK"]);
    },
  );

  it("of a custom resource ends when its definition comes to say something else, and only then", () => {
    const made = withWidgets();
    const stream = made.stream("/apis/example.com/v1/widgets?watch=1");
    const others = made.stream(`${CONFIG_MAPS}?watch=1`);
    const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.example.com";
    const patch = (body: object): unknown =>
      made.json("PATCH", path, body, { "content-type": "application/merge-patch+json" });
    patch({ metadata: { labels: { a: "b" } } });
    made.settle();
    expect(stream.ended).toBe(false);
    patch({ spec: { names: { shortNames: ["wd"] } } });
    made.settle();
    expect([stream.ended, others.ended]).toEqual([true, false]);
  });

  it("of a custom resource hears the removals, then ends with its definition", () => {
    const made = withWidgets();
    made.call("POST", "/apis/example.com/v1/namespaces/default/widgets", widget("w"));
    const stream = made.stream("/apis/example.com/v1/widgets?watch=1&resourceVersion=0");
    made.settle();
    made.good({ verb: "delete", kind: CustomResourceDefinition, name: "widgets.example.com" });
    made.settle();
    expect(names(stream.lines())).toEqual([
      ["ADDED", "w"],
      ["DELETED", "w"],
    ]);
    expect(stream.ended).toBe(true);
    expect(made.call("GET", "/apis/example.com/v1/widgets").status).toBe(404);
  });

  it("comes as Tables and as metadata alone, of custom resources as of others", () => {
    const made = withWidgets();
    made.call("POST", "/apis/example.com/v1/namespaces/default/widgets", widget("w"));
    const tables = made.stream("/apis/example.com/v1/widgets?watch=1&resourceVersion=0", TABLE);
    const partial = made.stream("/apis/example.com/v1/widgets?watch=1&resourceVersion=0", PARTIAL);
    made.settle();
    expect(tables.lines()[0]).toMatchObject({
      object: { kind: "Table", rows: [{ cells: ["w", expect.anything()], object: { kind: "PartialObjectMetadata" } }] },
    });
    expect(partial.lines()[0]).toMatchObject({ object: { kind: "PartialObjectMetadata", metadata: { name: "w" } } });
    expect(partial.lines()[0]?.object).not.toHaveProperty("spec");
  });
});

describe("events", () => {
  const event = {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: "e" },
    involvedObject: { kind: "Pod", name: "p" },
    message: "m",
    source: { component: "kubelet" },
    count: 3,
  };

  it("are the same in both groups, each in its own words", () => {
    const { call, json } = door();
    expect(call("POST", EVENTS, event).status).toBe(201);
    expect(json("GET", `${NEW_EVENTS}/e`)).toMatchObject({
      apiVersion: "events.k8s.io/v1",
      regarding: { kind: "Pod", name: "p" },
      note: "m",
      deprecatedSource: { component: "kubelet" },
      deprecatedCount: 3,
    });
    const told = {
      apiVersion: "events.k8s.io/v1",
      kind: "Event",
      metadata: { name: "f" },
      regarding: { name: "q" },
      note: "n",
      reason: "r",
      action: "a",
      type: "Normal",
      eventTime: "2030-01-01T00:00:00.000000Z",
      reportingController: "c",
      reportingInstance: "i",
    };
    call("POST", NEW_EVENTS, told);
    expect(json("GET", `${EVENTS}?fieldSelector=involvedObject.name=q`).items).toMatchObject([
      { metadata: { name: "f" }, message: "n", reportingComponent: "c" },
    ]);
    expect(json("GET", `${NEW_EVENTS}?fieldSelector=regarding.name=p`).items).toHaveLength(1);
    call("DELETE", `${NEW_EVENTS}/e`);
    expect(call("GET", `${EVENTS}/e`).status).toBe(404);
  });

  it("are told to the watchers of both", () => {
    const made = door();
    const stream = made.stream(`${NEW_EVENTS}?watch=1`);
    made.call("POST", EVENTS, event);
    made.settle();
    expect(stream.lines()).toMatchObject([{ type: "ADDED", object: { apiVersion: "events.k8s.io/v1", note: "m" } }]);
  });
});

describe("what a server says of itself", () => {
  it("is refused to those who will wait for no duration", () => {
    const made = door();
    const timeouts = ["invalid", "5", "5y", "1h5y", "3m", "-.5s"].map((timeout) =>
      made.call("GET", `/version?timeout=${timeout}`),
    );
    const refused = "invalid timeout specified in the request URL - time:";
    expect(timeouts.map(({ text, status }) => (status === 200 ? status : JSON.parse(text).message))).toEqual([
      `${refused} invalid duration "invalid"`,
      `${refused} missing unit in duration "5"`,
      `${refused} unknown unit "y" in duration "5y"`,
      `${refused} unknown unit "y" in duration "1h5y"`,
      200,
      200,
    ]);
  });

  it("counts requests and watches", () => {
    const made = door();
    made.call("POST", CONFIG_MAPS, configMap("a"));
    made.call("GET", `${CONFIG_MAPS}/absent`);
    made.stream(`${CONFIG_MAPS}?watch=1`);
    expect(made.call("GET", "/metrics/slis").text).toContain('kubernetes_healthcheck{name="etcd",type="readyz"} 1\n');
    const { text, headers } = made.call("GET", "/metrics", undefined, { accept: "text/plain;q=0.5,*/*;q=0.1" });
    expect(headers["content-type"]).toContain("text/plain; version=0.0.4");
    const series = 'group="",resource="configmaps"';
    expect(text).toContain(
      `apiserver_request_total{code="201",component="apiserver",dry_run="",${series},scope="namespace",subresource="",verb="POST",version="v1"} 1`,
    );
    expect(text).toContain(
      `apiserver_request_total{code="404",component="apiserver",dry_run="",${series},scope="resource",subresource="",verb="GET",version="v1"} 1`,
    );
    expect(text).toMatch(/apiserver_longrunning_requests\{.*verb="WATCH",version="v1"\} 1/);
    expect(text).toContain('apiserver_storage_objects{resource="configmaps"} 1');
  });

  it("is laid out for people who ask with curl", () => {
    const { call } = door();
    const readable = call("GET", "/api", undefined, { "user-agent": "curl/8" }).text;
    expect(readable).toBe(call("GET", "/api?pretty=true").text);
    expect(readable.split("\n").length).toBeGreaterThan(3);
    expect(call("GET", "/api?pretty=false", undefined, { "user-agent": "curl/8" }).text).toBe(call("GET", "/api").text);
  });

  it("warns of kinds on their way out", () => {
    expect(door().call("GET", "/api/v1/endpoints").headers.warning).toEqual([
      '299 - "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"',
    ]);
  });

  it("prefers what the client prefers", () => {
    const { json } = door();
    const accept = "application/json;q=0.5,application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io";
    expect(json("GET", CONFIG_MAPS, undefined, { accept }).kind).toBe("PartialObjectMetadataList");
  });
});

const widget = (name: string): object => ({
  apiVersion: "example.com/v1",
  kind: "Widget",
  metadata: { name },
  spec: {},
});

function withWidgets(): Door {
  const made = door();
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  const names = { plural: "widgets", kind: "Widget" };
  const versions = [{ name: "v1", served: true, storage: true, schema }];
  made.good({
    verb: "create",
    kind: CustomResourceDefinition,
    object: object(
      "apiextensions.k8s.io/v1",
      "CustomResourceDefinition",
      { name: "widgets.example.com" },
      {
        spec: { group: "example.com", names, scope: "Namespaced", versions },
      },
    ),
  });
  return made;
}
