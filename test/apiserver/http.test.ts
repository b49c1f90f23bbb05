import { describe, expect, it } from "vitest";
import { CustomResourceDefinition } from "../../src/api/index.ts";
import type { JsonSchema } from "../../src/apimachinery/index.ts";
import { door, type Reply } from "./door.ts";
import { fixture, object } from "./fixture.ts";

const TABLE =
  "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";
const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";

const configMap = (name: string, fields: object = {}): object => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name },
  ...fields,
});

describe("the HTTP door", () => {
  it("carries the verbs", () => {
    const { call, json } = door();
    expect(call("POST", CONFIG_MAPS, configMap("a", { data: { x: "1" } })).status).toBe(201);
    expect(json("GET", `${CONFIG_MAPS}/a`).data).toEqual({ x: "1" });
    expect(json("PUT", `${CONFIG_MAPS}/a`, configMap("a", { data: { x: "2" } })).data).toEqual({ x: "2" });
    const merge = { "content-type": "application/merge-patch+json" };
    expect(json("PATCH", `${CONFIG_MAPS}/a`, { data: { y: "3" } }, merge).data).toEqual({ x: "2", y: "3" });
    const list = json("GET", "/api/v1/configmaps?limit=500");
    expect(list).toMatchObject({ kind: "ConfigMapList", apiVersion: "v1", items: [{ metadata: { name: "a" } }] });
    expect(json("DELETE", `${CONFIG_MAPS}/a`, { propagationPolicy: "Background" })).toMatchObject({
      status: "Success",
    });
    expect(call("GET", `${CONFIG_MAPS}/a`).status).toBe(404);
  });

  it("reads DeleteOptions from the body", () => {
    const { call, json } = door();
    call("POST", CONFIG_MAPS, configMap("a"));
    expect(json("DELETE", `${CONFIG_MAPS}/a`, { preconditions: { uid: "x" } }).reason).toBe("Conflict");
    expect(json("DELETE", `${CONFIG_MAPS}/a`, { dryRun: ["All"] }).status).toBe("Success");
    expect(json("DELETE", `${CONFIG_MAPS}/a`, { propagationPolicy: "Foreground" }).metadata.finalizers).toEqual([
      "foregroundDeletion",
    ]);
  });

  const malformed: readonly (readonly [string, number, () => Reply])[] = [
    ["an unknown resource", 404, () => door().call("GET", "/api/v1/foos")],
    ["a dotted path", 404, () => door().call("GET", "/api/v1/namespaces/../configmaps/a")],
    ["an encoded slash", 404, () => door().call("GET", "/api/v1/namespaces/a%2fb/configmaps")],
    ["a broken escape", 400, () => door().call("GET", "/api/v1/namespaces/%zz/configmaps")],
    ["an empty segment", 404, () => door().call("GET", "/api/v1//configmaps")],
    ["a namespaced path of a cluster-scoped kind", 404, () => door().call("GET", "/api/v1/namespaces/default/nodes")],
    ["a method no resource has", 405, () => door().call("POST", `${CONFIG_MAPS}/a`, configMap("a"))],
    ["a body that is no JSON", 400, () => door().call("POST", CONFIG_MAPS, Buffer.from("{"))],
    ["a body that is no UTF-8", 400, () => door().call("POST", CONFIG_MAPS, Buffer.from([0x22, 0xff, 0x22]))],
    ["no body", 400, () => door().call("POST", CONFIG_MAPS)],
    ["a body that is no object", 400, () => door().call("POST", CONFIG_MAPS, "text")],
    ["a body of null", 422, () => door().call("POST", CONFIG_MAPS, null)],
    ["a body without metadata", 422, () => door().call("POST", CONFIG_MAPS, { apiVersion: "v1", kind: "ConfigMap" })],
    ["metadata that is no object", 400, () => door().call("POST", CONFIG_MAPS, { ...configMap("a"), metadata: [] })],
    [
      "labels that are no map of text",
      400,
      () => door().call("POST", CONFIG_MAPS, { ...configMap("a"), metadata: { name: "a", labels: { a: 1 } } }),
    ],
    ["deep nesting", 400, () => door().call("POST", CONFIG_MAPS, Buffer.from("[".repeat(100_000)))],
    ["too large a body", 413, () => door().call("POST", CONFIG_MAPS, Buffer.alloc(3 * 1024 * 1024 + 1, 0x20))],
    [
      "an unknown content type",
      415,
      () => door().call("POST", CONFIG_MAPS, configMap("a"), { "content-type": "text/csv" }),
    ],
    [
      "protobuf without a decoder",
      415,
      () => door().call("POST", CONFIG_MAPS, configMap("a"), { "content-type": "application/vnd.kubernetes.protobuf" }),
    ],
    [
      "an unknown patch type",
      415,
      () => door().call("PATCH", `${CONFIG_MAPS}/a`, {}, { "content-type": "application/json" }),
    ],
    ["an answer in XML", 406, () => door().call("GET", CONFIG_MAPS, undefined, { accept: "text/xml" })],
    ["a limit that is no number", 400, () => door().call("GET", `${CONFIG_MAPS}?limit=many`)],
    ["an unknown dryRun", 422, () => door().call("POST", `${CONFIG_MAPS}?dryRun=Some`, configMap("a"))],
    ["a bad selector", 400, () => door().call("GET", `${CONFIG_MAPS}?labelSelector=a%20in`)],
  ];
  it.each(malformed)("answers %s with %i and a Status", (_what, code, ask) => {
    const { status, text } = ask();
    expect(JSON.parse(text)).toMatchObject({ kind: "Status", status: "Failure", code });
    expect(status).toBe(code);
  });

  it("decodes further formats through what it is given", () => {
    const decoders = { "application/yaml": () => ({ value: configMap("from-yaml"), strictErrors: [] }) };
    const { call } = door(fixture(), { decoders });
    const reply = call("POST", CONFIG_MAPS, "ignored", { "content-type": "application/yaml; charset=utf-8" });
    expect(JSON.parse(reply.text).metadata.name).toBe("from-yaml");
  });

  it("writes objects in the order of Go's structs, and leaves out of typed lists what the list says", () => {
    const { call } = door();
    call("POST", CONFIG_MAPS, { data: { x: "1" }, ...configMap("a"), metadata: { labels: { l: "m" }, name: "a" } });
    const { text } = call("GET", `${CONFIG_MAPS}/a`);
    const places = [
      '{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a","namespace":',
      '"uid":',
      '"resourceVersion":',
      '"labels":',
      '"data":',
    ];
    expect(places.map((part) => text.indexOf(part)).toSorted((left, right) => left - right)).toEqual(
      places.map((part) => text.indexOf(part)),
    );
    expect([text.indexOf(places[0] as string), text.at(-1)]).toEqual([0, "\n"]);
    const list = call("GET", CONFIG_MAPS).text;
    expect(list).toContain('"items":[{"metadata":{"name":"a"');
    expect(JSON.parse(list).items[0]).toEqual({ ...JSON.parse(text), kind: undefined, apiVersion: undefined });
  });

  it("turns a bug into a 500 and a line of the trace", () => {
    const lines: string[] = [];
    const broken = {
      name: "broken",
      handles: () => true,
      admit: () => {
        throw new TypeError("a bug");
      },
    };
    const made = fixture({ admission: [] });
    const { call, loop } = door({ ...made, server: fixtureWith(broken) });
    loop.trace.observe((line) => lines.push(line.verb));
    expect(call("POST", CONFIG_MAPS, configMap("a")).status).toBe(500);
  });
});

function fixtureWith(plugin: { name: string; handles: () => boolean; admit: () => never }) {
  const made = fixture({
    admission: [{ ...plugin, handles: (kind: { plural: string }) => kind.plural === "configmaps" }],
  });
  return made.server;
}

describe("field validation", () => {
  const text: JsonSchema = { type: "string" };
  const schema: JsonSchema = {
    type: "object",
    properties: {
      apiVersion: text,
      kind: text,
      metadata: { type: "object", properties: { name: text, labels: { type: "object", additionalProperties: text } } },
      data: { type: "object", additionalProperties: text },
    },
  };
  const schemas = {
    schemaOf: (kind: { kind: string }) => (kind.kind === "ConfigMap" ? schema : undefined),
    document: () => ({}),
  };
  const body = configMap("a", { metadata: { name: "a", labels: null }, colour: "red" });

  it.each([
    ["Strict", 400, undefined],
    ["Warn", 201, ['299 - "unknown field \\"colour\\""']],
    ["Ignore", 201, undefined],
  ] as const)("%s", (mode, code, warning) => {
    const { call } = door(fixture({ schemas }));
    const { status, headers, text: answered } = call("POST", `${CONFIG_MAPS}?fieldValidation=${mode}`, body);
    expect([status, headers.warning]).toEqual([code, warning]);
    const made = JSON.parse(answered);
    if (code === 400)
      expect(made.message).toBe(
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "colour"',
      );
    else expect([made.colour, "labels" in made.metadata]).toEqual([undefined, false]);
  });
});

describe("types of built-in kinds", () => {
  it("are those of their schema", () => {
    const schema: JsonSchema = {
      type: "object",
      "x-go-type": "v1.ConfigMap",
      properties: { data: { type: "object", additionalProperties: { type: "string" } } },
    };
    const { json } = door(fixture({ schemas: { schemaOf: () => schema, document: () => ({}) } }));
    const status = json("POST", CONFIG_MAPS, configMap("a", { data: { x: 1 } }));
    expect(status).toMatchObject({ code: 400, reason: "BadRequest" });
    expect(status.message).toContain("cannot unmarshal number into Go struct field ConfigMap.data of type string");
  });
});

describe("Tables", () => {
  it("print a list as kubectl shows it", () => {
    const { call, json } = door();
    call("POST", CONFIG_MAPS, configMap("a", { data: { x: "1" } }));
    const table = json("GET", CONFIG_MAPS, undefined, { accept: TABLE });
    expect(table).toMatchObject({ kind: "Table", apiVersion: "meta.k8s.io/v1", metadata: { resourceVersion: "3" } });
    expect(table.columnDefinitions.map((column: { name: string }) => column.name)).toEqual(["Name", "Data", "Age"]);
    expect(table.rows).toMatchObject([
      {
        cells: ["a", 1, "0s"],
        object: { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: { name: "a" } },
      },
    ]);
    expect(
      json("GET", `${CONFIG_MAPS}?includeObject=Object`, undefined, { accept: TABLE }).rows[0].object.data,
    ).toEqual({ x: "1" });
    expect(json("GET", `${CONFIG_MAPS}?includeObject=None`, undefined, { accept: TABLE }).rows[0].object).toBeNull();
    expect(json("GET", `${CONFIG_MAPS}/none`, undefined, { accept: TABLE })).toMatchObject({
      kind: "Status",
      code: 404,
    });
  });

  it("print custom resources by the columns of their definition", () => {
    const { call, json, good, loop } = door();
    const columns = [
      { name: "Color", type: "string", jsonPath: ".spec.color" },
      { name: "Size", type: "integer", jsonPath: ".spec.size", priority: 1 },
      { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
    ];
    const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
    const spec = {
      group: "example.com",
      scope: "Cluster",
      names: { plural: "widgets", kind: "Widget" },
      versions: [{ name: "v1", served: true, storage: true, schema, additionalPrinterColumns: columns }],
    };
    good({
      verb: "create",
      kind: CustomResourceDefinition,
      object: object("apiextensions.k8s.io/v1", "CustomResourceDefinition", { name: "widgets.example.com" }, { spec }),
    });
    const widgets = "/apis/example.com/v1/widgets";
    call("POST", widgets, { apiVersion: "example.com/v1", kind: "Widget", metadata: { name: "w" }, spec: { size: 3 } });
    loop.after(90_000, "later", () => {});
    while (loop.step(Number.POSITIVE_INFINITY));
    const table = json("GET", `${widgets}/w`, undefined, { accept: TABLE });
    expect(table.rows[0].cells).toEqual(["w", null, 3, "90s"]);
    expect(table.columnDefinitions.map((column: { priority: number }) => column.priority)).toEqual([0, 0, 1, 0]);
  });

  it("and bare metadata are forms of any object", () => {
    const { call, json } = door();
    call("POST", CONFIG_MAPS, configMap("a", { data: { x: "1" } }));
    const accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
    expect(json("GET", CONFIG_MAPS, undefined, { accept })).toMatchObject({
      kind: "PartialObjectMetadataList",
      items: [{ kind: "PartialObjectMetadata", metadata: { name: "a" } }],
    });
  });
});

describe("watch streams", () => {
  it("are lines of JSON", () => {
    const { call, stream, settle } = door();
    const watched = stream(`${CONFIG_MAPS}?watch=true`);
    call("POST", CONFIG_MAPS, configMap("a"));
    settle();
    expect(watched.lines()).toMatchObject([{ type: "ADDED", object: { kind: "ConfigMap", metadata: { name: "a" } } }]);
    watched.close();
    call("DELETE", `${CONFIG_MAPS}/a`);
    settle();
    expect(watched.lines()).toHaveLength(1);
  });

  it("carry Tables, with their columns once", () => {
    const { call, stream, settle } = door();
    const watched = stream(`${CONFIG_MAPS}?watch=true&resourceVersion=0`, { accept: TABLE });
    for (const name of ["a", "b"]) call("POST", CONFIG_MAPS, configMap(name));
    settle();
    const tables = watched
      .lines()
      .map((line) => line.object as { columnDefinitions: unknown[] | null; rows: unknown[] });
    expect(tables.map((table) => table.columnDefinitions?.length)).toEqual([3, undefined]);
    expect(tables[1]?.rows).toMatchObject([{ cells: ["b", 0, "0s"] }]);
  });

  it("say 410 as an event, and end", () => {
    const made = fixture({ historyLimit: 2 });
    const { call, stream, settle } = door(made);
    for (const name of ["a", "b", "c", "d"]) call("POST", CONFIG_MAPS, configMap(name));
    const watched = stream(`${CONFIG_MAPS}?watch=true&resourceVersion=2`);
    settle();
    expect(watched.lines()).toMatchObject([
      {
        type: "ERROR",
        object: { kind: "Status", code: 410, reason: "Expired", message: "too old resource version: 2 (4)" },
      },
    ]);
    expect(watched.ended).toBe(true);
  });

  it("wait for a slow receiver, and leave it when it is too far behind", () => {
    const { call, stream, settle } = door(fixture({ historyLimit: 3 }));
    const watched = stream(`${CONFIG_MAPS}?watch=true`);
    watched.slow = true;
    call("POST", CONFIG_MAPS, configMap("a"));
    settle();
    call("POST", CONFIG_MAPS, configMap("b"));
    settle();
    expect(watched.lines()).toHaveLength(1);
    watched.drain();
    settle();
    expect(watched.lines()).toHaveLength(2);
    for (const name of ["c", "d", "e", "f"]) call("POST", CONFIG_MAPS, configMap(name));
    settle();
    expect([watched.lines().length, watched.ended]).toEqual([2, true]);
  });

  it("of one object are asked by its name, the old way only below watch/", () => {
    const { call, json, stream, settle } = door();
    for (const name of ["a", "b"]) call("POST", CONFIG_MAPS, configMap(name));
    const watched = stream("/api/v1/watch/namespaces/default/configmaps/b");
    settle();
    expect(watched.lines()).toMatchObject([{ object: { metadata: { name: "b" } } }]);
    expect(json("GET", `${CONFIG_MAPS}/b?watch=1`)).toMatchObject({ kind: "ConfigMap", metadata: { name: "b" } });
  });
});
