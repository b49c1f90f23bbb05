import { describe, expect, it } from "vitest";
import { ConfigMap, CustomResourceDefinition } from "../../src/api/index.ts";
import { fileSchemaSource } from "../../src/scenario/schemas/source.ts";
import { readFields, type WireValue } from "../../src/serving/protobuf/wire.ts";
import { type Door, door } from "./door.ts";
import { fixture, object } from "./fixture.ts";

const DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
const PROTOBUF = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";

describe("discovery", () => {
  it("comes aggregated or a document at a time", () => {
    const { call, json } = door();
    const aggregated = call("GET", "/apis", undefined, { accept: DISCOVERY });
    expect(aggregated.headers["content-type"]).toBe(
      "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
    );
    expect(JSON.parse(aggregated.text).kind).toBe("APIGroupDiscoveryList");
    const old = json("GET", "/api", undefined, { accept: DISCOVERY.replaceAll("v=v2", "v=v2beta1") });
    expect(old.apiVersion).toBe("apidiscovery.k8s.io/v2beta1");
    expect(json("GET", "/api").versions).toEqual(["v1"]);
    expect(json("GET", "/apis").groups.map((group: { name: string }) => group.name)).toContain("apps");
    expect(json("GET", "/apis/apps").preferredVersion).toEqual({ groupVersion: "apps/v1", version: "v1" });
    const { resources } = json("GET", "/api/v1");
    expect(resources.find((resource: { name: string }) => resource.name === "pods")).toMatchObject({
      shortNames: ["po"],
      namespaced: true,
    });
    expect(resources.map((resource: { name: string }) => resource.name)).toContain("pods/eviction");
  });

  it("has a tag by which clients ask whether it is still the same", () => {
    const { call, good } = door();
    const before = call("GET", "/apis", undefined, { accept: DISCOVERY });
    expect(before.headers).toMatchObject({ "cache-control": "public", vary: "Accept" });
    const asked = { accept: DISCOVERY, "if-none-match": before.headers.etag as string };
    expect(call("GET", "/apis", undefined, asked)).toMatchObject({ status: 304, text: "" });
    good({ verb: "create", kind: CustomResourceDefinition, object: widgets() });
    expect(call("GET", "/apis", undefined, asked).status).toBe(200);
  });

  it("tells version, paths and health", () => {
    const { json, call } = door();
    expect(json("GET", "/version?timeout=5s")).toMatchObject({ major: "1", minor: "34", gitVersion: "v1.34.0" });
    expect(json("GET", "/").paths).toEqual(expect.arrayContaining(["/api/v1", "/apis/apps/v1", "/readyz/ping"]));
    expect(call("GET", "/readyz").text).toBe("ok");
    expect(call("GET", "/livez/ping").text).toBe("ok");
    expect(call("GET", "/livez/nothing").status).toBe(404);
    expect(call("GET", "/livez?verbose&exclude=etcd&exclude=x").text).toBe(
      '[+]ping ok\n[+]log ok\n[+]etcd excluded: ok\nwarn: some health checks cannot be excluded: no matches for "x"\nlivez check passed\n',
    );
  });
});

describe("OpenAPI v3", () => {
  it("names the kind of each PATCH, its fieldValidation, and may be kept", () => {
    const { call, json } = door();
    const { serverRelativeURL } = json("GET", "/openapi/v3").paths["api/v1"];
    const { headers, text } = call("GET", serverRelativeURL);
    expect(headers).toMatchObject({ "cache-control": "public, immutable", vary: "Accept" });
    const { patch } = JSON.parse(text).paths["/api/v1/namespaces/{namespace}/configmaps/{name}"];
    expect(patch["x-kubernetes-group-version-kind"]).toEqual({ group: "", version: "v1", kind: ConfigMap.kind });
    expect(patch.operationId).toBe("patchCoreV1NamespacedConfigMap");
    expect(patch.parameters.map((parameter: { name: string }) => parameter.name)).toContain("fieldValidation");
    expect(Object.keys(patch.requestBody.content)).toContain("application/strategic-merge-patch+json");
    expect(call("GET", serverRelativeURL, undefined, { "if-none-match": headers.etag as string }).status).toBe(304);
    expect(call("GET", "/openapi/v3/apis/nobody.example/v1").status).toBe(404);
  });

  it("sends who asks for an older document to the present one", () => {
    const { call, json } = door();
    const { serverRelativeURL } = json("GET", "/openapi/v3").paths["apis/apps/v1"];
    const moved = call("GET", "/openapi/v3/apis/apps/v1?hash=00");
    expect([moved.status, moved.headers.location]).toEqual([301, serverRelativeURL]);
  });

  it("refers only to schemas it has, in every document", () => {
    const { json } = described();
    const { paths } = json("GET", "/openapi/v3") as { paths: Record<string, { serverRelativeURL: string }> };
    for (const { serverRelativeURL } of Object.values(paths)) {
      const document = json("GET", serverRelativeURL);
      for (const name of referencesIn(document, "#/components/schemas/"))
        expect(document.components.schemas, `${serverRelativeURL} ${name}`).toHaveProperty([name]);
    }
  });

  it("describes custom resources, with the metadata all objects have", () => {
    const { json } = described();
    const { serverRelativeURL } = json("GET", "/openapi/v3").paths["apis/example.com/v1"];
    const { schemas } = json("GET", serverRelativeURL).components;
    expect(schemas["com.example.v1.Widget"].properties.spec.description).toBe("What is wanted.");
    expect(schemas["com.example.v1.Widget"].properties.metadata.allOf).toEqual([
      { $ref: "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta" },
    ]);
    expect(schemas["com.example.v1.Widget"].properties.template.required).toEqual(["kind", "apiVersion"]);
    expect(schemas["com.example.v1.WidgetList"].properties.items.items.$ref).toContain("com.example.v1.Widget");
  });
});

describe("OpenAPI v2", () => {
  it("is one document whose every reference leads somewhere", () => {
    const document = described().json("GET", "/openapi/v2", undefined, { accept: "application/json" });
    for (const name of referencesIn(document, "#/definitions/")) expect(document.definitions).toHaveProperty([name]);
    const { patch } = document.paths["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"];
    expect(patch.consumes).toContain("application/strategic-merge-patch+json");
    expect(patch.parameters).toContainEqual({
      name: "fieldValidation",
      in: "query",
      type: "string",
      uniqueItems: true,
    });
  });

  it("says nothing of a custom resource that kubectl would take to forbid what the server allows", () => {
    const { definitions } = described().json("GET", "/openapi/v2");
    expect(definitions["com.example.v1.Widget"].properties).toMatchObject({
      maybe: { description: "Or not." },
      any: { "x-kubernetes-preserve-unknown-fields": true },
    });
    expect(definitions["com.example.v1.Widget"].properties.maybe).not.toHaveProperty("type");
    expect(definitions["com.example.v1.Widget"].properties.any).not.toHaveProperty("type");
    expect(definitions["com.example.v1.Widget"].required).toEqual(["spec"]);
  });

  it("leaves all fields of a custom resource open that keeps whatever it is given", () => {
    const { call, json } = described();
    const open = {
      type: "object",
      "x-kubernetes-preserve-unknown-fields": true,
      properties: { spec: { type: "object" } },
    };
    call("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "opens.example.com" },
      spec: {
        group: "example.com",
        scope: "Cluster",
        names: { plural: "opens", kind: "Open" },
        versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: open } }],
      },
    });
    expect(json("GET", "/openapi/v2").definitions["com.example.v1.Open"]).toEqual({
      type: "object",
      "x-kubernetes-group-version-kind": [{ group: "example.com", kind: "Open", version: "v1" }],
    });
  });

  it("comes in protobuf for those who ask for it, and tells the same kinds there", () => {
    const made = described();
    const { headers, bytes } = made.call("GET", "/openapi/v2?timeout=32s", undefined, { accept: PROTOBUF });
    expect(headers["content-type"]).toBe("application/com.github.proto-openapi.spec.v2.v1.0+protobuf");
    const [definitions] = fieldsOf(bytes, 9);
    const kinds = fieldsOf(definitions, 1).map((named) => {
      const [schema] = fieldsOf(named, 2);
      const extensions = fieldsOf(schema, 31).map((extension) => [
        text(extension, 1),
        text(fieldsOf(extension, 2)[0], 2),
      ]);
      return [text(named, 1), Object.fromEntries(extensions)["x-kubernetes-group-version-kind"]];
    });
    const json = made.json("GET", "/openapi/v2").definitions as Record<string, Record<string, unknown>>;
    expect(kinds).toEqual(
      Object.entries(json).map(([name, schema]) => [name, JSON.stringify(schema["x-kubernetes-group-version-kind"])]),
    );
  });
});

/** A server that knows the schemas of built-in kinds and has a custom resource. */
function described(): Door {
  const made = door(fixture({ schemas: fileSchemaSource() }));
  made.good({ verb: "create", kind: CustomResourceDefinition, object: widgets() });
  return made;
}

function widgets(): ReturnType<typeof object> {
  const openAPIV3Schema = {
    type: "object",
    required: ["spec", "maybe"],
    properties: {
      spec: { type: "object", description: "What is wanted." },
      maybe: { type: "string", nullable: true, description: "Or not." },
      any: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
      template: {
        type: "object",
        "x-kubernetes-embedded-resource": true,
        "x-kubernetes-preserve-unknown-fields": true,
      },
    },
  };
  return object(
    "apiextensions.k8s.io/v1",
    "CustomResourceDefinition",
    { name: "widgets.example.com" },
    {
      spec: {
        group: "example.com",
        names: { plural: "widgets", kind: "Widget" },
        scope: "Namespaced",
        versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema } }],
      },
    },
  );
}

function referencesIn(document: unknown, prefix: string): ReadonlySet<string> {
  const found = JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g);
  return new Set(
    [...found].map(([, reference = ""]) => {
      expect(reference.startsWith(prefix)).toBe(true);
      return reference.slice(prefix.length);
    }),
  );
}

function fieldsOf(bytes: WireValue | undefined, wanted: number): readonly WireValue[] {
  const found: WireValue[] = [];
  readFields(bytes as Uint8Array, (number, value) => void (number === wanted && found.push(value)));
  return found;
}

function text(bytes: WireValue | undefined, wanted: number): string {
  return Buffer.from(fieldsOf(bytes, wanted)[0] as Uint8Array).toString();
}
