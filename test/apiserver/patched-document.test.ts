import { describe, expect, it } from "vitest";
import { fileSchemaSource } from "../../src/scenario/schemas/source.ts";
import { door } from "./door.ts";
import { fixture } from "./fixture.ts";

const PATH = "/api/v1/namespaces/default/configmaps";

describe("a patch that comes to no object of the kind", () => {
  it.each<[type: string, patch: unknown, metadata: string]>([
    [
      "merge-patch",
      { kind: "Foo" },
      '{"name":"cm","namespace":"default","uid":"U","resourceVersion":"N","creationTimestamp":"T","labels":{"b":"1","a":"2"}}',
    ],
    [
      "json-patch",
      [
        { op: "replace", path: "/kind", value: "Foo" },
        { op: "add", path: "/metadata/labels/c", value: "3" },
      ],
      '{"creationTimestamp":"T","labels":{"a":"2","b":"1","c":"3"},"name":"cm","namespace":"default","resourceVersion":"N","uid":"U"}',
    ],
  ])("is quoted as kube-apiserver's library writes it: %s", (type, patch, metadata) => {
    const asked = door(fixture({ schemas: fileSchemaSource() }));
    const labels = { b: "1", a: "2" };
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "cm", labels }, data: { k: "v" } };
    asked.call("POST", PATH, object);
    const { message } = asked.json("PATCH", `${PATH}/cm`, patch, { "content-type": `application/${type}+json` });
    const quoted = JSON.parse(/Invalid value: ("(?:\\.|[^"\\])*")/.exec(message)?.[1] ?? '""') as string;
    const plain = quoted
      .replace(/,?"managedFields":\[.*?\}\}\}\}?\](,?)/, "$1")
      .replace(/"uid":"[^"]*"/, '"uid":"U"')
      .replace(/"resourceVersion":"\d+"/, '"resourceVersion":"N"')
      .replace(/"creationTimestamp":"[^"]*"/, '"creationTimestamp":"T"');
    expect(plain).toBe(`{"apiVersion":"v1","data":{"k":"v"},"kind":"Foo","metadata":${metadata}}`);
  });
});
