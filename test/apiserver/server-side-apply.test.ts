import { beforeEach, describe, expect, it } from "vitest";
import { ConfigMap, CustomResourceDefinition, Deployment } from "../../src/api/index.ts";
import type { JsonSchema, ObjectMeta, StatusError, Unstructured } from "../../src/apimachinery/index.ts";
import { type ApiRequest, accessDenied, handleHttp, type RequestOptions } from "../../src/apiserver/index.ts";
import { fileSchemaSource } from "../../src/scenario/schemas/source.ts";
import { ADMIN, type Fixture, fixture, object } from "./fixture.ts";

const TEXT: JsonSchema = { type: "string" };
const schemas = fileSchemaSource();

let server: Fixture;
beforeEach(() => {
  server = fixture({ schemas });
});

const inDefault = { namespace: "default" } as const;
const HTTP: RequestOptions = { fieldValidation: "Strict" };
const configMap = (data: Readonly<Record<string, string>>, meta: Partial<ObjectMeta> = {}): Unstructured =>
  object("v1", "ConfigMap", { name: "a", ...meta }, { data });
const applying = (body: unknown, options: RequestOptions = {}, more: Partial<ApiRequest> = {}): ApiRequest => ({
  verb: "patch",
  kind: ConfigMap,
  ...inDefault,
  name: "a",
  patch: { type: "apply", body },
  options: { ...HTTP, fieldManager: "me", ...options },
  ...more,
});
const owners = (stored: Unstructured): string[] =>
  (stored.metadata.managedFields ?? []).map(
    ({ manager, operation, subresource }) =>
      `${manager} ${operation}${subresource === undefined ? "" : `/${subresource}`}`,
  );
const deployment = (spec: object): Unstructured =>
  object(
    "apps/v1",
    "Deployment",
    { name: "web" },
    {
      spec: {
        selector: { matchLabels: { app: "web" } },
        template: {
          metadata: { labels: { app: "web" } },
          spec: { containers: [{ name: "web", image: "nginx" }] },
        },
        ...spec,
      },
    },
  );

describe("server-side apply", () => {
  it("creates what is not there, and changes what is", () => {
    const created = server.ask(applying(configMap({ x: "1" })));
    expect(created).toMatchObject({ ok: true, code: 201, object: { data: { x: "1" } } });
    const changed = server.ask(applying(configMap({ y: "2" })));
    expect(changed).toMatchObject({ ok: true, code: 200, object: { data: { y: "2" } } });
    expect(changed.ok && changed.object.data).toEqual({ y: "2" });
  });

  it("leaves no trace when it changes nothing, however late", () => {
    const first = server.good(applying(configMap({ x: "1" })));
    server.loop.after(60_000, "later", () => {});
    server.settle();
    expect(server.good(applying(configMap({ x: "1" })))).toBe(first);
  });

  it("stops at what others own, unless forced", () => {
    server.good({
      verb: "create",
      kind: ConfigMap,
      ...inDefault,
      object: configMap({ x: "1" }),
      options: { ...HTTP, userAgent: "curl/8.1" },
    });
    const conflict = server.bad(applying(configMap({ x: "2" })));
    expect(conflict).toMatchObject({ code: 409, reason: "Conflict" });
    expect(conflict.message).toBe('Apply failed with 1 conflict: conflict with "curl" using v1: .data.x');
    expect(server.good(applying(configMap({ x: "2" }), { force: true })).data).toEqual({ x: "2" });
  });

  it.each<[string, ApiRequest, string]>([
    [
      "without a field manager",
      applying(configMap({}), { fieldManager: "" }),
      '422 PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    ],
    [
      "with force, where nothing is applied",
      applying({}, { force: true }, { patch: { type: "merge", body: {} } }),
      '422 PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
    ],
    [
      "that carries managed fields",
      applying(configMap({}, { managedFields: [] })),
      "400 metadata.managedFields must be nil",
    ],
    ["of another kind", applying({ ...configMap({}), kind: "Secret" }), "400 invalid object type: /v1, Kind=Secret"],
    [
      "of fields nobody declared",
      applying({ ...configMap({}), spec: 1 }),
      "500 failed to create typed patch object (/a; /v1, Kind=ConfigMap): .spec: field not declared in schema",
    ],
    [
      "that is no object",
      applying([]),
      "400 error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array",
    ],
    [
      "of another name",
      applying(configMap({}, { name: "b" })),
      "400 the name of the object (b) does not match the name on the URL (a)",
    ],
    [
      "of another namespace",
      applying(configMap({}, { namespace: "kube-system" })),
      "400 the namespace of the provided object does not match the namespace sent on the request",
    ],
    [
      "of an object that was, by its uid",
      applying(configMap({}, { uid: "1" })),
      '409 Operation cannot be fulfilled on configmaps "a": uid mismatch: the provided object specified uid 1, and no existing object was found',
    ],
    ["of the status of nothing", applying(configMap({}), {}, { kind: Deployment, subresource: "status" }), "404 "],
  ])("refuses one %s", (_, request, expected) => {
    const { code, message } = server.bad(request);
    expect(`${code} ${message}`).toContain(expected);
  });

  it("heeds the resourceVersion its configuration states", () => {
    const { metadata } = server.good(applying(configMap({ x: "1" })));
    const stale = server.bad(applying(configMap({ x: "2" }, { resourceVersion: "1" })));
    expect(stale).toMatchObject({ code: 409, message: expect.stringContaining("the object has been modified") });
    expect(
      server.good(applying(configMap({ x: "2" }, { resourceVersion: metadata.resourceVersion ?? "" }))).data,
    ).toEqual({ x: "2" });
  });

  it("writes nothing in a dry run", () => {
    const tried = server.ask(applying(configMap({ x: "1" }), { dryRun: true }));
    expect(tried).toMatchObject({ ok: true, code: 201 });
    expect(server.bad({ verb: "get", kind: ConfigMap, ...inDefault, name: "a" }).code).toBe(404);
  });

  it("creates for those who may create", () => {
    const denied = fixture({
      schemas,
      authorize: (attributes): "allow" | StatusError =>
        attributes.verb === "create" && attributes.resource === "configmaps" ? accessDenied(attributes) : "allow",
    });
    expect(denied.bad(applying(configMap({}))).message).toContain('cannot create resource "configmaps"');
  });
});

describe("managed fields", () => {
  it("follow create, update and patch of those who come through a door", () => {
    const made = server.good({
      verb: "create",
      kind: ConfigMap,
      ...inDefault,
      object: configMap({ x: "1" }),
      options: { ...HTTP, fieldManager: "one" },
    });
    expect(owners(made)).toEqual(["one Update"]);
    const put = { ...configMap({ x: "2" }), metadata: { name: "a" } };
    server.good({
      verb: "update",
      kind: ConfigMap,
      ...inDefault,
      name: "a",
      object: put,
      options: { ...HTTP, fieldManager: "two" },
    });
    const patched = server.good(
      applying({}, { fieldManager: "three" }, { patch: { type: "merge", body: { data: { y: "1" } } } }),
    );
    expect(owners(patched)).toEqual(["one Update", "three Update", "two Update"]);
    const same = applying({}, { fieldManager: "four" }, { patch: { type: "merge", body: { data: { y: "1" } } } });
    expect(server.good(same)).toBe(patched);
  });

  it("name a client of HTTP by its agent where it names no manager", () => {
    const { server: api } = server;
    const body = new TextEncoder().encode(JSON.stringify(configMap({ x: "1" })));
    const headers = { "content-type": "application/json", "user-agent": "curl/8.1 (x)" };
    const path = "/api/v1/namespaces/default/configmaps";
    const statuses: number[] = [];
    handleHttp(
      api,
      { method: "POST", path, headers, user: ADMIN, body },
      {
        respond: (status) => void statuses.push(status),
        startStream: () => {
          throw new Error("no stream was asked for");
        },
      },
    );
    expect(statuses).toEqual([201]);
    expect(owners(server.good({ verb: "get", kind: ConfigMap, ...inDefault, name: "a" }))).toEqual(["curl Update"]);
  });

  it("can be taken away and be stated by a patch", () => {
    server.good(applying(configMap({ x: "1" })));
    const patch = (managedFields: unknown): ApiRequest =>
      applying({}, {}, { patch: { type: "merge", body: { metadata: { managedFields } } } });
    const stated = [
      {
        manager: "x",
        operation: "Apply",
        apiVersion: "v1",
        fieldsType: "FieldsV1",
        fieldsV1: { "f:data": { "f:x": {} } },
      },
    ];
    expect(owners(server.good(patch(stated)))).toEqual(["x Apply"]);
    expect(owners(server.good(patch([{ manager: "x", operation: "Steal" }])))).toEqual(["x Apply"]);
    expect(server.bad(patch("x"))).toMatchObject({ code: 422 });
    expect(owners(server.good(patch([{}])))).toEqual([]);
    expect(owners(server.good(applying(configMap({ x: "1" }), { force: true })))).toEqual([
      "me Apply",
      "before-first-apply Update",
    ]);
  });

  it("are not worked out for writes of this process until somebody asks", () => {
    const typed = (data: Readonly<Record<string, string>>): Unstructured =>
      server.good({
        verb: "update",
        kind: ConfigMap,
        ...inDefault,
        name: "a",
        object: configMap(data),
        options: { fieldManager: "controller" },
      });
    server.good({
      verb: "create",
      kind: ConfigMap,
      ...inDefault,
      object: configMap({ x: "1" }),
      options: { fieldManager: "controller" },
    });
    expect(owners(typed({ x: "2" }))).toEqual([]);
    server.good(applying(configMap({ y: "1" })));
    expect(owners(typed({ x: "3", y: "1" }))).toEqual(["me Apply", "controller Update"]);
    expect(server.good(applying(configMap({}))).data).toEqual({ x: "3" });
  });

  it("tell the status and the scale apart from the object itself", () => {
    const options = { ...HTTP, fieldManager: "me" };
    const at = { kind: Deployment, ...inDefault, name: "web" } as const;
    const made = server.good({
      verb: "create",
      kind: Deployment,
      ...inDefault,
      object: deployment({ replicas: 1 }),
      options,
    });
    const status = { ...made, status: { replicas: 1 }, spec: {} };
    const written = server.good({ verb: "update", ...at, subresource: "status", object: status, options });
    expect(owners(written)).toEqual(["me Update", "me Update/status"]);
    const scaling = (type: "merge" | "apply", replicas: number, force?: true): ApiRequest => ({
      verb: "patch",
      ...at,
      subresource: "scale",
      patch: { type, body: object("autoscaling/v1", "Scale", { name: "web" }, { spec: { replicas } }) },
      options: { ...options, ...(force === undefined ? {} : { force }) },
    });
    server.good(scaling("merge", 3));
    const get = (): Unstructured => server.good({ verb: "get", ...at });
    expect(owners(get())).toEqual(["me Update/scale", "me Update", "me Update/status"]);
    expect(server.bad(scaling("apply", 4)).message).toContain(
      '"me" with subresource "scale" using autoscaling/v1: .spec.replicas',
    );
    server.good(scaling("apply", 4, true));
    expect(owners(get())).toEqual(["me Apply/scale", "me Update", "me Update/status"]);
    const replicas = server.bad(applying(deployment({ replicas: 5 }), { fieldManager: "other" }, at));
    expect(replicas.message).toContain('conflict with "me" with subresource "scale": .spec.replicas');
  });

  it("of custom resources go by the list types of their schema", () => {
    const parts: JsonSchema = {
      type: "array",
      items: { type: "object", properties: { name: TEXT, size: { type: "integer" } }, required: ["name"] },
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
    };
    const openAPIV3Schema = {
      type: "object",
      properties: { spec: { type: "object", properties: { parts, plain: { type: "array", items: TEXT } } } },
    };
    const names = { plural: "things", singular: "thing", kind: "Thing", listKind: "ThingList" };
    const versions = [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema } }];
    server.good({
      verb: "create",
      kind: CustomResourceDefinition,
      object: object(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        { name: "things.example.com" },
        { spec: { group: "example.com", scope: "Namespaced", names, versions } },
      ),
    });
    const kind = {
      group: "example.com",
      version: "v1",
      kind: "Thing",
      plural: "things",
      namespaced: true,
    } as typeof ConfigMap;
    const apply = (fieldManager: string, spec: object): ApiRequest =>
      applying(object("example.com/v1", "Thing", { name: "a" }, { spec }), { fieldManager }, { kind });
    server.good(apply("one", { parts: [{ name: "x", size: 1 }], plain: ["p"] }));
    const both = server.good(apply("two", { parts: [{ name: "y" }] }));
    expect(both.spec).toEqual({ parts: [{ name: "x", size: 1 }, { name: "y" }], plain: ["p"] });
    expect(server.bad(apply("two", { plain: ["q"] })).message).toContain('conflict with "one": .spec.plain');
    expect(server.good(apply("one", {})).spec).toEqual({ parts: [{ name: "y" }] });
    expect(server.bad(apply("one", { other: 1 })).message).toContain(".spec.other: field not declared in schema");
  });
});
