import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { overrideImage, parseImageReference } from "../../src/algorithms/image-reference.ts";
import { applyOverriders } from "../../src/algorithms/overrides.ts";
import type { ImageOverrider, Overriders } from "../../src/api/index.ts";
import { getPath, type Unstructured } from "../../src/apimachinery/index.ts";
import { deepFreeze } from "../../src/std/index.ts";

const codec = { parse, format: (value: unknown): string => stringify(value, { sortMapEntries: true }) };
const DIGEST = `sha256:${"a".repeat(64)}`;

const web: Unstructured = deepFreeze({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "default", labels: { app: "web" } },
  spec: {
    replicas: 1,
    template: {
      spec: {
        initContainers: [{ name: "init", image: "busybox" }],
        containers: [
          { name: "main", image: "docker.io/library/nginx:1.27", command: ["nginx"], args: ["-v", "-q"] },
          { name: "side", image: "localhost/side" },
        ],
      },
    },
  },
});
const config: Unstructured = deepFreeze({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "config" },
  data: { json: '{"a":{"b":1}}', yaml: "b: 1\na: 2\n" },
});

function overridden(object: Unstructured, overriders: Overriders): Unstructured | string {
  const result = applyOverriders(object, overriders, codec);
  return result.ok ? result.object : result.message;
}

function containers(overriders: Overriders): readonly Readonly<Record<string, unknown>>[] {
  return getPath(overridden(web, overriders), ["spec", "template", "spec", "containers"]) as Readonly<
    Record<string, unknown>
  >[];
}

describe("images", () => {
  it.each<[string, ImageOverrider["component"], ImageOverrider["operator"], string | undefined, string]>([
    ["nginx", "Registry", "add", "example.com", "example.com/nginx"],
    ["docker.io/nginx:1", "Registry", "add", ":5000", "docker.io:5000/nginx:1"],
    ["docker.io/nginx:1", "Registry", "replace", "example.com", "example.com/nginx:1"],
    ["docker.io/nginx:1", "Registry", "remove", undefined, "nginx:1"],
    ["docker.io/nginx:1", "Repository", "replace", "library/busybox", "docker.io/library/busybox:1"],
    ["nginx:1", "Repository", "add", "-dev", "nginx-dev:1"],
    ["nginx:1", "Tag", "replace", "2", "nginx:2"],
    ["nginx:1", "Tag", "add", "-dev", "nginx:1-dev"],
    ["nginx:1", "Tag", "remove", undefined, "nginx"],
    ["nginx", "Tag", "replace", "2", "nginx:2"],
    [`nginx@${DIGEST}`, "Tag", "remove", undefined, "nginx"],
    ["nginx:1", "Tag", "replace", DIGEST, `nginx@${DIGEST}`],
    ["nginx:1", "Tag", "replace", "not a tag", "nginx:1"],
    ["host:5000/a/b:1", "Repository", "replace", "c", "host:5000/c:1"],
  ])("%s: %s %s %s gives %s", (image, component, operator, value, result) => {
    expect(overrideImage(image, { component, operator, ...(value === undefined ? {} : { value }) })).toBe(result);
  });

  it("come apart as docker takes them", () => {
    expect(parseImageReference("localhost/side")).toEqual({
      registry: "localhost",
      repository: "side",
      tag: "",
      digest: "",
    });
    expect(parseImageReference("library/nginx")).toEqual({
      registry: "",
      repository: "library/nginx",
      tag: "",
      digest: "",
    });
  });

  it("are overridden in all containers, but not in init containers", () => {
    const object = overridden(web, { imageOverrider: [{ component: "Tag", operator: "replace", value: "2" }] });
    expect(JSON.stringify(object).match(/"image":"[^"]*"/g)).toEqual([
      '"image":"busybox"',
      '"image":"docker.io/library/nginx:2"',
      '"image":"localhost/side:2"',
    ]);
  });

  it("are overridden where a predicate points", () => {
    const predicate = { path: "/spec/template/spec/initContainers/0/image" };
    const object = overridden(web, { imageOverrider: [{ predicate, component: "Tag", operator: "add", value: "1" }] });
    expect(JSON.stringify(object)).toContain('"busybox:1"');
  });

  it("mean nothing to kinds without pods", () => {
    expect(overridden(config, { imageOverrider: [{ component: "Tag", operator: "replace", value: "2" }] })).toBe(
      config,
    );
  });
});

describe("words of commands", () => {
  it("are added at the end, and where there were none", () => {
    const [main, side] = containers({
      commandOverrider: [
        { containerName: "main", operator: "add", value: ["-g"] },
        { containerName: "side", operator: "add", value: ["run"] },
      ],
    });
    expect(main?.command).toEqual(["nginx", "-g"]);
    expect(side?.command).toEqual(["run"]);
  });
  it("are removed by value", () => {
    expect(
      containers({ argsOverrider: [{ containerName: "main", operator: "remove", value: ["-v"] }] })[0]?.args,
    ).toEqual(["-q"]);
  });
});

describe("labels and annotations", () => {
  it("are added, replaced and removed; keys that are not there are passed over", () => {
    const object = overridden(web, {
      labelsOverrider: [
        { operator: "add", value: { tier: "gold" } },
        { operator: "replace", value: { app: "other", none: "x" } },
        { operator: "remove", value: { none: "" } },
      ],
      annotationsOverrider: [{ operator: "add", value: { "example.com/a": "b" } }],
    }) as Unstructured;
    expect(object.metadata.labels).toEqual({ app: "other", tier: "gold" });
    expect(object.metadata.annotations).toEqual({ "example.com/a": "b" });
  });
});

describe("fields", () => {
  it("that hold JSON are patched inside", () => {
    const object = overridden(config, {
      fieldOverrider: [{ fieldPath: "/data/json", json: [{ subPath: "/a/b", operator: "replace", value: 2 }] }],
    });
    expect((object as Unstructured).data).toEqual({ json: '{"a":{"b":2}}', yaml: "b: 1\na: 2\n" });
  });
  it("that hold YAML are patched inside, and written with sorted keys", () => {
    const object = overridden(config, {
      fieldOverrider: [{ fieldPath: "/data/yaml", yaml: [{ subPath: "/c", operator: "add", value: 3 }] }],
    });
    expect((object as Unstructured).data).toEqual({ json: '{"a":{"b":1}}', yaml: "a: 2\nb: 1\nc: 3\n" });
  });
  it("that hold no text fail", () => {
    expect(
      overridden(web, {
        fieldOverrider: [{ fieldPath: "/spec/replicas", json: [{ subPath: "/a", operator: "remove" }] }],
      }),
    ).toBe("Get object's value by overrider's path(/spec/replicas) is not string");
  });
});

describe("plaintext", () => {
  it("is a JSON patch", () => {
    const object = overridden(web, { plaintext: [{ path: "/spec/replicas", operator: "replace", value: 3 }] });
    expect((object as Unstructured).spec).toMatchObject({ replicas: 3 });
  });
  it("fails on what is not there, and takes everything with it", () => {
    const labels = [{ operator: "add", value: { a: "b" } }] as const;
    expect(
      typeof overridden(web, {
        labelsOverrider: labels,
        plaintext: [{ path: "/spec/none/x", operator: "replace", value: 1 }],
      }),
    ).toBe("string");
  });
});
