import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bodyDecoders } from "../../../src/serving/index.ts";
import { body, field, message } from "./encoding.ts";

const decode = (bytes: Uint8Array): unknown => bodyDecoders()["application/vnd.kubernetes.protobuf"]?.(bytes).value;

describe("bodies in protobuf", () => {
  it("become the objects they stand for: what Go leaves out of JSON is left out, what a pointer says is kept", () => {
    const meta = message(
      field(1, "web"),
      field(2, ""),
      field(8, ""),
      field(11, message(field(1, "app"), field(2, ""))),
    );
    const probe = message(
      field(1, message(field(2, message(field(2, message(field(1, 1), field(3, "http"))))))),
      field(2, 0),
    );
    const container = message(field(1, "c"), field(8, message(field(1, quantity("cpu", "100m")))), field(10, probe));
    const template = message(field(1, ""), field(2, message(field(2, container), field(11, 0), field(4, 0))));
    const spec = message(field(1, 0), field(3, template), field(5, 0), field(7, 0));
    expect(decode(body("apps/v1", "Deployment", message(field(1, meta), field(2, spec), field(3, ""))))).toEqual({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web", labels: { app: "" } },
      spec: {
        replicas: 0,
        template: {
          metadata: {},
          spec: {
            containers: [
              {
                name: "c",
                resources: { limits: { cpu: "100m" } },
                livenessProbe: { httpGet: { port: "http" } },
              },
            ],
            terminationGracePeriodSeconds: 0,
          },
        },
      },
      status: {},
    });
  });

  it.each([
    ["bytes", "v1", "Secret", message(field(2, message(field(1, "k"), field(2, "v")))), { data: { k: "dg==" } }],
    [
      "times",
      "v1",
      "Pod",
      field(1, field(8, field(1, 1_700_000_000))),
      { metadata: { creationTimestamp: "2023-11-14T22:13:20Z" } },
    ],
    [
      "times to the microsecond",
      "coordination.k8s.io/v1",
      "Lease",
      field(2, field(3, message(field(1, 1_700_000_000), field(2, 1_234_000)))),
      { spec: { acquireTime: "2023-11-14T22:13:20.001234Z" } },
    ],
    ["negative numbers", "v1", "Pod", field(2, field(25, -7)), { spec: { priority: -7 } }],
    ["large numbers", "apps/v1", "ControllerRevision", field(3, 2 ** 40), { revision: 2 ** 40 }],
    [
      "numbers in a string's place",
      "policy/v1",
      "PodDisruptionBudget",
      field(2, field(1, message(field(1, 0), field(2, 3)))),
      { spec: { minAvailable: 3 } },
    ],
    ["JSON within", "apps/v1", "ControllerRevision", field(2, field(1, '{"a":[1]}')), { data: { a: [1] } }],
    [
      "lists in maps",
      "authentication.k8s.io/v1",
      "SelfSubjectReview",
      field(2, field(1, field(4, message(field(1, "k"), field(2, message(field(1, "a"), field(1, "b"))))))),
      { status: { userInfo: { extra: { k: ["a", "b"] } } } },
    ],
    [
      "options of any version",
      "policy/v1",
      "DeleteOptions",
      message(field(1, 0), field(4, "Background")),
      { gracePeriodSeconds: 0, propagationPolicy: "Background" },
    ],
    [
      "fields unknown to us",
      "v1",
      "Pod",
      message(field(99, "x"), field(1, field(1, "p"))),
      { metadata: { name: "p" } },
    ],
  ])("carry %s", (_what, apiVersion, kind, raw, expected) => {
    expect(decode(body(apiVersion, kind, raw))).toMatchObject(expected);
  });

  it("keep a key called __proto__ a key", () => {
    const entry = message(field(1, "__proto__"), field(2, "x"));
    const read = decode(body("v1", "ConfigMap", field(2, entry))) as { readonly data: object };
    expect(Object.keys(read.data)).toEqual(["__proto__"]);
  });

  it.each([
    ["another format", Buffer.from('{"kind":"Pod"}')],
    ["a kind nobody knows", body("v1", "Nothing", Buffer.alloc(0))],
    ["a message cut short", body("v1", "Pod", field(1, field(1, "pod"))).subarray(0, -9)],
    ["a number where a message belongs", body("v1", "Pod", field(1, 7))],
    ["text that is not UTF-8", body("v1", "Pod", field(1, field(1, Buffer.from([0xff]))))],
    ["JSON within that is none", body("apps/v1", "ControllerRevision", field(2, field(1, "{")))],
  ])("are refused: %s", (_what, bytes) => {
    expect(() => decode(bytes)).toThrow();
  });

  it("never do worse than throw an Error, whatever bytes follow the magic", () => {
    const kinds = fc.constantFrom("Pod", "Secret", "Node", "DeleteOptions");
    fc.assert(
      fc.property(kinds, fc.uint8Array({ maxLength: 200 }), (kind, raw) => {
        try {
          decode(body("v1", kind, raw));
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
    );
  });
});

function quantity(name: string, amount: string): Buffer {
  return message(field(1, name), field(2, field(1, amount)));
}
