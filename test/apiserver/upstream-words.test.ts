import { describe, expect, it } from "vitest";
import { fileSchemaSource } from "../../src/scenario/schemas/source.ts";
import { bodyEncoders } from "../../src/serving/index.ts";
import { type Door, door } from "./door.ts";
import { fixture } from "./fixture.ts";

// What kube-apiserver 1.34 answers to the same requests.

const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
const DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";
const schemas = fileSchemaSource();

function filled(): Door {
  const made = door(fixture({ schemas }), { encoders: bodyEncoders() });
  made.call("POST", CONFIG_MAPS, configMap({ name: "a" }, { data: { k: "v" } }));
  return made;
}

function configMap(metadata: object, rest: object = {}): object {
  return { apiVersion: "v1", kind: "ConfigMap", metadata, ...rest };
}

function deployment(spec: object): object {
  return { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "d" }, spec };
}

type Row = readonly [method: string, path: string, body: unknown, code: number, message: string];

describe("an object of the wrong kind or type", () => {
  const of = "cannot be handled as a ConfigMap: ";
  const rows: readonly Row[] = [
    [
      "POST",
      CONFIG_MAPS,
      { apiVersion: "v1", kind: "Secret" },
      400,
      `Secret in version "v1" ${of}converting (v1.Secret) to (core.ConfigMap): unknown conversion`,
    ],
    [
      "POST",
      CONFIG_MAPS,
      { apiVersion: "v1", kind: "Foo" },
      400,
      `Foo in version "v1" ${of}no kind "Foo" is registered for version "v1" in scheme "pkg/api/legacyscheme/scheme.go:30"`,
    ],
    [
      "POST",
      CONFIG_MAPS,
      configMap({ name: "b" }, { data: { k: 1 } }),
      400,
      `ConfigMap in version "v1" ${of}json: cannot unmarshal number into Go struct field ConfigMap.data of type string`,
    ],
    [
      "POST",
      CONFIG_MAPS,
      configMap({ name: "b" }, { data: ["x"] }),
      400,
      `ConfigMap in version "v1" ${of}json: cannot unmarshal array into Go struct field ConfigMap.data of type map[string]string`,
    ],
    [
      "POST",
      DEPLOYMENTS,
      deployment({ replicas: "3" }),
      400,
      'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      "POST",
      DEPLOYMENTS,
      deployment({ template: { spec: { containers: [{ image: 7 }] } } }),
      400,
      'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal number into Go struct field Container.spec.template.spec.containers.image of type string',
    ],
    [
      "POST",
      DEPLOYMENTS,
      deployment({ template: { spec: { containers: {} } } }),
      400,
      'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal object into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container',
    ],
  ];
  it.each(rows)("%s %s %j is %i", (method, path, body, code, message) => {
    expect(filled().json(method, path, body)).toMatchObject({ code, message });
  });

  it("may leave out what its place says of it", () => {
    expect(filled().json("POST", CONFIG_MAPS, { metadata: { name: "b" } })).toMatchObject({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "b" },
    });
  });

  it("has empty text where a map of texts has null", () => {
    const { json } = filled();
    expect(json("POST", CONFIG_MAPS, configMap({ name: "b" }, { data: { k: null } })).data).toEqual({ k: "" });
  });
});

describe("options", () => {
  const rows: readonly Row[] = [
    [
      "POST",
      `${CONFIG_MAPS}?fieldValidation=Bad`,
      configMap({ name: "b" }),
      422,
      'CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "Bad": supported values: "", "Ignore", "Strict", "Warn"',
    ],
    [
      "POST",
      `${CONFIG_MAPS}?dryRun=Some`,
      configMap({ name: "b" }),
      422,
      'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All"',
    ],
    [
      "PUT",
      `${CONFIG_MAPS}/a?dryRun=Some`,
      configMap({ name: "a" }),
      422,
      'UpdateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All"',
    ],
    [
      "DELETE",
      `${CONFIG_MAPS}/a?propagationPolicy=Foo`,
      undefined,
      422,
      'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Foo": supported values: "Foreground", "Background", "Orphan", "nil"',
    ],
    [
      "DELETE",
      `${CONFIG_MAPS}/a`,
      { propagationPolicy: "Orphan", orphanDependents: true },
      422,
      'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Invalid value: "Orphan": orphanDependents and deletionPropagation cannot be both set',
    ],
    [
      "DELETE",
      `${CONFIG_MAPS}/a`,
      configMap({}),
      400,
      'no kind "ConfigMap" is registered for version "v1" in scheme "k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:27"',
    ],
    [
      "DELETE",
      `${CONFIG_MAPS}/a?gracePeriodSeconds=abc`,
      undefined,
      400,
      'strconv.ParseInt: parsing "abc": invalid syntax',
    ],
    [
      "GET",
      `${CONFIG_MAPS}?resourceVersionMatch=Foo&resourceVersion=1`,
      undefined,
      422,
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Unsupported value: "Foo": supported values: "Exact", "NotOlderThan", ""',
    ],
    [
      "GET",
      `${CONFIG_MAPS}?watch=1&sendInitialEvents=true&resourceVersionMatch=Exact`,
      undefined,
      422,
      'ListOptions.meta.k8s.io "" is invalid: [resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan, resourceVersionMatch: Unsupported value: "Exact": supported values: "NotOlderThan"]',
    ],
    [
      "GET",
      `${CONFIG_MAPS}?watch=1&continue=abc`,
      undefined,
      422,
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided',
    ],
    [
      "GET",
      `${CONFIG_MAPS}?resourceVersion=abc`,
      undefined,
      400,
      'invalid resource version: resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
    ],
    [
      "GET",
      `${CONFIG_MAPS}/a?resourceVersion=999`,
      undefined,
      504,
      "Timeout: Too large resource version: 999, current: 3",
    ],
  ];
  it.each(rows)("%s %s %j is %i", (method, path, body, code, message) => {
    expect(filled().json(method, path, body)).toMatchObject({ code, message });
  });

  it("of a DELETE are those of its body, if it has one", () => {
    const { call, json } = filled();
    call("DELETE", `${CONFIG_MAPS}/a?dryRun=All`, { propagationPolicy: "Background" });
    expect(json("GET", `${CONFIG_MAPS}/a`).code).toBe(404);
  });
});

describe("a write", () => {
  const rows: readonly Row[] = [
    [
      "PUT",
      `${CONFIG_MAPS}/a`,
      configMap({}),
      400,
      "the name of the object (a based on URL) was undeterminable: name must be provided",
    ],
    [
      "PUT",
      `${CONFIG_MAPS}/a`,
      configMap({ name: "a", namespace: "other" }),
      400,
      "the namespace of the provided object does not match the namespace sent on the request",
    ],
    [
      "POST",
      CONFIG_MAPS,
      configMap({ name: "b", resourceVersion: "5" }),
      500,
      "resourceVersion should not be set on objects to be created",
    ],
    [
      "POST",
      CONFIG_MAPS,
      configMap({ name: "b", ownerReferences: [{ apiVersion: "v1", kind: "Pod", name: "p" }] }),
      422,
      'ConfigMap "b" is invalid: metadata.ownerReferences.uid: Invalid value: "": must not be empty',
    ],
    [
      "POST",
      "/api/v1/configmaps",
      configMap({ name: "b", namespace: "default" }),
      405,
      "the server does not allow this method on the requested resource",
    ],
    ["DELETE", "/api/v1/namespaces", undefined, 405, "the server does not allow this method on the requested resource"],
    [
      "DELETE",
      `${CONFIG_MAPS}/a`,
      { preconditions: { resourceVersion: "1" } },
      409,
      'Operation cannot be fulfilled on ConfigMap "a": the ResourceVersion in the precondition (1) does not match the ResourceVersion in record (3). The object might have been modified',
    ],
  ];
  it.each(rows)("%s %s %j is %i", (method, path, body, code, message) => {
    expect(filled().json(method, path, body)).toMatchObject({ code, message });
  });

  it("that takes the last finalizer away answers the object as it went", () => {
    const { call, json } = filled();
    call("POST", CONFIG_MAPS, configMap({ name: "f", finalizers: ["example.com/x"] }));
    call("DELETE", `${CONFIG_MAPS}/f`);
    expect(json("PUT", `${CONFIG_MAPS}/f`, configMap({ name: "f" }, { data: { last: "word" } }))).toMatchObject({
      data: { last: "word" },
    });
    expect(json("GET", `${CONFIG_MAPS}/f`).code).toBe(404);
  });

  it("answers a deletion with a Status without a code, and an unnamed failure without a name", () => {
    const { json } = filled();
    expect(json("DELETE", `${CONFIG_MAPS}/a`)).not.toHaveProperty("code");
    expect(json("POST", CONFIG_MAPS, configMap({})).details).not.toHaveProperty("name");
  });
});

describe("the form of an answer", () => {
  const TABLE = "application/json;as=Table;g=meta.k8s.io;v=v1";
  const PARTIAL = (as: string): string => `application/json;as=${as};g=meta.k8s.io;v=v1`;
  const rows: readonly (readonly [accept: string, path: string, code: number, message: string])[] = [
    [
      "application/xml",
      `${CONFIG_MAPS}/a`,
      406,
      "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf",
    ],
    [
      "application/json;as=Foo;g=meta.k8s.io;v=v1",
      `${CONFIG_MAPS}/a`,
      406,
      "only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf",
    ],
    [
      PARTIAL("PartialObjectMetadataList"),
      `${CONFIG_MAPS}/a`,
      406,
      "you requested PartialObjectMetadataList, but the requested object is not a list (*core.ConfigMap)",
    ],
    [
      PARTIAL("PartialObjectMetadata"),
      CONFIG_MAPS,
      406,
      "you requested PartialObjectMetadata, but the requested object is a list (*core.ConfigMapList)",
    ],
    [
      TABLE,
      `${CONFIG_MAPS}/a?includeObject=Foo`,
      400,
      "Unable to convert to Table as requested: includeObject: Invalid value: \"Foo\": must be 'Metadata', 'Object', 'None', or empty",
    ],
  ];
  it.each(rows)("%s of %s is %i", (accept, path, code, message) => {
    expect(filled().json("GET", path, undefined, { accept })).toMatchObject({ code, message });
  });

  it("is YAML for those who would rather have it", () => {
    const { call } = filled();
    const { headers, text } = call("GET", `${CONFIG_MAPS}/a`, undefined, { accept: "application/yaml" });
    expect([headers["content-type"], text.slice(0, 47)]).toEqual([
      "application/yaml",
      "apiVersion: v1\ndata:\n  k: v\nkind: ConfigMap\nmet",
    ]);
  });

  it("of a list says once what its items are, in whichever order they were stated", () => {
    const { call, json } = filled();
    call("POST", CONFIG_MAPS, { kind: "ConfigMap", apiVersion: "v1", metadata: { name: "b" } });
    call("POST", CONFIG_MAPS, { metadata: { name: "c" }, kind: "ConfigMap", apiVersion: "v1" });
    const { kind, items } = json("GET", CONFIG_MAPS);
    expect([kind, items.length]).toEqual(["ConfigMapList", 3]);
    for (const item of items) expect(Object.keys(item)).toEqual(expect.not.arrayContaining(["kind", "apiVersion"]));
    expect(items[0].data).toEqual({ k: "v" });
  });

  it.each([
    ["/nope", "text/plain; charset=utf-8"],
    ["/apis/nope/v1/x", "text/plain; charset=utf-8"],
    ["/apis/apps/v9/deployments", "application/json"],
    ["/api/v1/nopes", "application/json"],
  ])("of a path that is not there, %s, is %s", (path, type) => {
    const { status, headers } = filled().call("GET", path);
    expect([status, headers["content-type"]]).toEqual([404, type]);
  });
});
