import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  applyStrategicMergePatch,
  compileSchema,
  type JsonSchema,
  type SchemaSource,
} from "../../src/apimachinery/index.ts";
import { schemaFiles } from "../../src/scenario/schemas/generate.ts";
import { readGoFields } from "../../src/scenario/schemas/go-fields.ts";
import { readGoScalars } from "../../src/scenario/schemas/go-scalars.ts";
import { endings, readOverlay } from "../../src/scenario/schemas/overlay.ts";
import { fileSchemaSource } from "../../src/scenario/schemas/source.ts";

type Document = { readonly components: { readonly schemas: Readonly<Record<string, JsonSchema & { $ref?: string }>> } };

const folder = join(mkdtempSync(join(tmpdir(), "schemas-")), "schemas");
let source: SchemaSource;
beforeAll(() => {
  source = fileSchemaSource(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const kind = (apiVersion: string, name: string): { group: string; version: string; kind: string } => {
  const [version = "", group = ""] = apiVersion.split("/").reverse();
  return { group, version, kind: name };
};

const deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", creationTimestamp: null },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: "web" } },
    strategy: { rollingUpdate: { maxSurge: "25%", maxUnavailable: 0 } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: {
        containers: [
          {
            name: "web",
            image: "nginx",
            ports: [{ containerPort: 80 }],
            resources: { limits: { cpu: 0.5, memory: "64Mi" } },
          },
        ],
      },
    },
  },
};

describe("the schemas of built-in kinds", () => {
  it("are generated when first asked for", () => {
    expect(source.schemaOf(kind("apps/v1", "Deployment"))?.properties?.spec?.required).toEqual([
      "selector",
      "template",
    ]);
    expect(readdirSync(folder)).toContain("apps_v1.json");
  });

  it.each([
    ["v1", "Pod"],
    ["v1", "PodList"],
    ["v1", "Event"],
    ["v1", "Status"],
    ["apps/v1", "Deployment"],
    ["autoscaling/v1", "Scale"],
    ["autoscaling/v2", "HorizontalPodAutoscaler"],
    ["policy/v1", "Eviction"],
    ["rbac.authorization.k8s.io/v1", "ClusterRole"],
    ["apiextensions.k8s.io/v1", "CustomResourceDefinition"],
    ["apiregistration.k8s.io/v1", "APIService"],
    ["authentication.k8s.io/v1", "TokenRequest"],
    ["discovery.k8s.io/v1", "EndpointSlice"],
    ["events.k8s.io/v1", "Event"],
  ])("know %s %s", (apiVersion, name) => {
    expect(source.schemaOf(kind(apiVersion, name))?.properties?.kind).toEqual({ type: "string" });
  });

  it("know nothing of other kinds", () => {
    expect(source.schemaOf(kind("v1", "Deployment"))).toBeUndefined();
    expect(source.schemaOf(kind("example.com/v1", "Pod"))).toBeUndefined();
    expect(source.document("example.com/v1")).toEqual({ components: { schemas: {} } });
  });

  it("take a real object, leave what is known, and drop the nulls kubectl writes", () => {
    const compiled = compileSchema(source.schemaOf(kind("apps/v1", "Deployment")) ?? {});
    expect(compiled.pruneUnknown(deployment)).toBe(deployment);
    const defaulted = compiled.applyDefaults(deployment);
    expect(defaulted.metadata).toEqual({ name: "web" });
    expect(defaulted.spec.template.spec.containers[0]?.ports).toEqual([{ containerPort: 80, protocol: "TCP" }]);
    expect(compiled.validateShape(defaulted)).toEqual([]);
  });

  it("find what is wrong in an object, within metadata too", () => {
    const compiled = compileSchema(source.schemaOf(kind("apps/v1", "Deployment")) ?? {});
    const unknown: string[] = [];
    compiled.pruneUnknown({ ...deployment, metadata: { name: "web", nam: "x" }, spek: {} }, (path) =>
      unknown.push(path),
    );
    expect(unknown).toEqual(["metadata.nam", "spek"]);
    const errors = compiled.validateShape({ ...deployment, metadata: {}, spec: { ...deployment.spec, replicas: "2" } });
    expect(errors.map((error) => error.field)).toEqual(["spec.replicas"]);
  });

  it("tell strategic merge patch how lists merge", () => {
    const patch = { spec: { template: { spec: { containers: [{ name: "web", ports: [{ containerPort: 81 }] }] } } } };
    const after = applyStrategicMergePatch(deployment, patch, source.schemaOf(kind("apps/v1", "Deployment")));
    const ports = [{ containerPort: 81 }, { containerPort: 80 }];
    expect(after).toMatchObject({ spec: { template: { spec: { containers: [{ image: "nginx", ports }] } } } });
  });

  it("share parts between kinds", () => {
    const template = source.schemaOf(kind("apps/v1", "Deployment"))?.properties?.spec?.properties?.template;
    expect(template?.properties?.spec).toBe(source.schemaOf(kind("v1", "Pod"))?.properties?.spec);
  });

  it("close the circle of schemas of schemas", () => {
    const definition = source.schemaOf(kind("apiextensions.k8s.io/v1", "CustomResourceDefinition"));
    const version = definition?.properties?.spec?.properties?.versions?.items;
    const schema = version?.properties?.schema?.properties?.openAPIV3Schema;
    expect(schema?.properties?.not).toBe(schema);
  });

  it("refer only to components that are in the same document, and describe them", () => {
    const { schemas } = (source.document("apps/v1") as Document).components;
    const text = JSON.stringify(schemas);
    const targets = new Set(
      [...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map((match) => match[1] as string),
    );
    expect([...targets].filter((target) => schemas[target] === undefined)).toEqual([]);
    const described = schemas["io.k8s.api.apps.v1.Deployment"];
    expect(described?.description).toMatch(/^Deployment enables declarative updates/);
    expect(described?.["x-kubernetes-group-version-kind" as keyof JsonSchema]).toEqual([
      { group: "apps", kind: "Deployment", version: "v1" },
    ]);
    expect(schemas["io.k8s.api.apps.v1.DeploymentSpec"]?.properties?.strategy).toEqual({
      allOf: [{ $ref: "#/components/schemas/io.k8s.api.apps.v1.DeploymentStrategy" }],
      "x-kubernetes-patch-strategy": "retainKeys",
    });
  });

  it.each<[kind: string, sent: object, read: object]>([
    [
      "apps/v1 Deployment",
      { metadata: { labels: {} }, spec: { paused: false, minReadySeconds: 0, replicas: 0, selector: {} } },
      {
        metadata: {},
        spec: { replicas: 0, selector: {}, strategy: {}, template: { metadata: {}, spec: {} } },
        status: {},
      },
    ],
    [
      "v1 Pod",
      {
        spec: {
          hostNetwork: false,
          nodeName: "",
          containers: [{ image: "a", command: [], env: [{ name: "A", value: "" }], securityContext: {} }],
          volumes: [{ name: "v", emptyDir: {} }],
          nodeSelector: {},
        },
      },
      {
        spec: {
          containers: [{ name: "", image: "a", env: [{ name: "A" }], securityContext: {}, resources: {} }],
          volumes: [{ name: "v", emptyDir: {} }],
        },
        status: {},
      },
    ],
    [
      "v1 PersistentVolumeClaim",
      { spec: { storageClassName: "", volumeName: "", resources: { requests: {} } } },
      { spec: { storageClassName: "", resources: {} }, status: {} },
    ],
    [
      "v1 LimitRange",
      { spec: { limits: [{ type: "Container", max: { cpu: 1.5, memory: "1.5Gi" }, min: { cpu: "0.10", x: "no" } }] } },
      {
        spec: {
          limits: [{ type: "Container", max: { cpu: "1500m", memory: "1536Mi" }, min: { cpu: "100m", x: "no" } }],
        },
      },
    ],
    ["v1 ConfigMap", { data: { empty: "" }, binaryData: {} }, { data: { empty: "" } }],
    [
      "rbac.authorization.k8s.io/v1 RoleBinding",
      { subjects: [{ kind: "User" }] },
      { subjects: [{ kind: "User", name: "" }], roleRef: { apiGroup: "", kind: "", name: "" } },
    ],
  ])("are read as Go does: %s", (name, sent, read) => {
    const schema = compileSchema(source.schemaOf(kind(...(name.split(" ") as [string, string]))) ?? {});
    const decoded = schema.decode(sent);
    expect(decoded).toEqual(read);
    expect(schema.decode(decoded)).toBe(decoded);
  });

  it("use every line of the merge table", () => {
    const components = Object.entries(schemaFiles())
      .filter(([file]) => file.endsWith(".json") && !file.endsWith(".descriptions.json") && file !== "index.json")
      .flatMap(([, content]) => Object.entries(content as Readonly<Record<string, JsonSchema>>));
    const known = new Set(
      components.flatMap(([name, schema]) =>
        Object.keys(schema.properties ?? {}).flatMap((field) => endings(name).map((ending) => `${ending} ${field}`)),
      ),
    );
    const entries = [...readOverlay().entries, ...readGoFields().entries, ...readGoScalars().entries];
    expect(entries.filter((entry) => !known.has(entry))).toEqual([]);
  });
});
