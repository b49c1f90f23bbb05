import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { fileSchemaSource } from "../../src/scenario/schemas/source.ts";
import { bodyDecoders, bodyEncoders } from "../../src/serving/index.ts";
import { type Door, door } from "./door.ts";
import { fixture } from "./fixture.ts";

type Refusal = {
  /** Method and path. */
  readonly ask: string;
  readonly type?: string;
  readonly accept?: string;
  readonly body?: string;
  /** Code, reason and message. */
  readonly answer: string;
  readonly details?: object;
};

const DEFAULT = "/api/v1/namespaces/default";
const DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";
const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/** Requests a kube-apiserver of v1.34 refused, and how it did. */
const refusals = JSON.parse(readFileSync(join(import.meta.dirname, "refusals.json"), "utf8")) as readonly Refusal[];

describe("a request kube-apiserver refuses", () => {
  let asked: Door;
  beforeAll(() => {
    asked = door(fixture({ schemas: fileSchemaSource() }), { decoders: bodyDecoders(), encoders: bodyEncoders() });
    for (const name of ["p1", "p2"]) asked.call("POST", `${DEFAULT}/configmaps`, configMap(name));
    asked.call("POST", DEPLOYMENTS, deployment);
    asked.call("POST", DEFINITIONS, widgets);
    asked.call("POST", "/apis/example.com/v1/namespaces/default/widgets", {
      apiVersion: "example.com/v1",
      kind: "Widget",
      metadata: { name: "w1" },
      spec: { replicas: 2, color: "red" },
    });
  });

  it.each(refusals)(
    "is refused in its words: $ask $type $body",
    ({ ask, type, accept, body = "", answer, details }) => {
      const [method = "", path = ""] = ask.split(" ");
      const headers = {
        ...(type === "" ? {} : { "content-type": type ?? "application/json" }),
        ...(accept === undefined ? {} : { accept }),
      };
      const status = asked.json(method, path, Buffer.from(body), headers);
      expect(`${status.code} ${status.reason}: ${status.message}`).toBe(answer);
      expect(status.details).toEqual(details);
    },
  );
});

const configMap = (name: string): object => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name },
  data: { a: "1" },
});

const deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "d1" },
  spec: {
    selector: { matchLabels: { a: "b" } },
    template: { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i" }] } },
  },
};

const text = { type: "string" };
const texts = { type: "array", items: text };
const spec = {
  type: "object",
  properties: {
    replicas: { type: "integer" },
    color: text,
    set: { ...texts, "x-kubernetes-list-type": "set" },
    map: {
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["k"],
      items: { type: "object", required: ["k"], properties: { k: text, v: text } },
    },
    atomic: { ...texts, "x-kubernetes-list-type": "atomic" },
  },
};

const widgets = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.example.com" },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { plural: "widgets", singular: "widget", kind: "Widget", listKind: "WidgetList" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: {
          status: {},
          scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" },
        },
        selectableFields: [{ jsonPath: ".spec.color" }],
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: { spec, status: { type: "object", properties: { replicas: { type: "integer" } } } },
          },
        },
      },
    ],
  },
};
