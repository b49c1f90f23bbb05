import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fileSchemaSource } from "../../src/scenario/schemas/source.ts";
import type { RawAnswer } from "./raw-client.ts";
import { type Served, serve } from "./served-api.ts";

const DEFAULT = "/apis/apps/v1/namespaces/default";
const TARGETS = [`${DEFAULT}/deployments/web`, `${DEFAULT}/deployments/web/status`, `${DEFAULT}/deployments/web/scale`];

const deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", labels: { app: "web" } },
  spec: {
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: { containers: [{ name: "web", image: "nginx", ports: [{ containerPort: 80 }] }] },
    },
  },
};

/** Paths into a Deployment, right and wrong. */
const pointer = fc
  .array(
    fc.constantFrom(
      ...["spec", "metadata", "status", "labels", "template", "containers", "ports", "replicas", "finalizers"],
      ...["0", "1", "-1", "-", "99999999999", "~0", "~1", "", "__proto__", "app", "name"],
    ),
    { maxLength: 6 },
  )
  .map((steps) => steps.map((step) => `/${step}`).join(""));

const leaf = fc.oneof(
  fc.constantFrom(null, "", "x", 0, -1, 1.5, 2 ** 53, true, "web", "IfNotPresent"),
  fc.jsonValue({ maxDepth: 2 }),
);

const operation = fc.record(
  {
    op: fc.constantFrom("add", "remove", "replace", "move", "copy", "test", "frobnicate", 5),
    path: fc.oneof(pointer, leaf),
    from: fc.oneof(pointer, leaf),
    value: leaf,
  },
  { requiredKeys: [] },
);

/** A piece of a Deployment, or of something like it, with the directives of strategic patches strewn in. */
const piece = fc.letrec((tie) => ({
  node: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.dictionary(
      fc.constantFrom(
        ...["apiVersion", "kind", "metadata", "spec", "status", "template", "containers", "name", "labels", "replicas"],
        ...["image", "ports", "strategy", "type", "rollingUpdate", "selector", "env", "finalizers", "managedFields"],
        ...["$patch", "$retainKeys", "$setElementOrder/containers", "$deleteFromPrimitiveList/finalizers", "__proto__"],
      ),
      tie("node"),
      { maxKeys: 4 },
    ),
    fc.array(tie("node"), { maxLength: 3 }),
  ),
})).node;

const body = fc.oneof(
  fc.array(operation, { maxLength: 4 }).map((operations) => JSON.stringify(operations)),
  piece.map((patch) => JSON.stringify(patch) ?? "null"),
  piece.map((spec) => JSON.stringify({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" }, spec })),
  piece.map((spec) => JSON.stringify({ ...deployment, spec: { ...deployment.spec, template: { spec } } })),
  fc.constantFrom("", "{", "a: [", "a: &a [*a]", "\u0000", "- op: add", "!!binary x", "a: b\na: c"),
);

const query = fc
  .array(
    fc.constantFrom(
      ...["fieldManager=x", "fieldManager=kubectl", "fieldManager=", "fieldManager=%0a", "force=true", "force=0"],
      ...["dryRun=All", "dryRun=", "fieldValidation=Strict", "fieldValidation=Ignore", "fieldValidation=No"],
      ...["pretty=true", "timeout=1s", "resourceVersion=x", "watch=1", "labelSelector=("],
    ),
    { maxLength: 4 },
  )
  .map((parts) => (parts.length === 0 ? "" : `?${parts.join("&")}`));

const type = fc.constantFrom(
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
  "application/apply-patch+yaml",
  "application/merge-patch+json; charset=utf-8",
);

const accept = fc.constantFrom(
  ...["application/json", "application/yaml", "*/*;q=0.1, application/json;as=Table;v=v1;g=meta.k8s.io", "text/html"],
  "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
);

describe("patches of any kind over HTTPS", () => {
  const panics: string[] = [];
  let served: Served;
  beforeAll(async () => {
    served = await serve({ schemas: fileSchemaSource() });
    served.server.core.loop.trace.observe(({ verb, subject, detail }) => {
      if (verb === "panic") panics.push(`${subject} ${detail}`);
    });
  });
  afterAll(() => served.stop());

  it("change the object or are refused with a Status; none of them is a bug", async () => {
    const client = await served.connect();
    const json = "Content-Type: application/json\r\n";
    const ask = (target: string, media: string, form: string, text: string): Promise<RawAnswer | undefined> =>
      client.request("PATCH", target, text, `Content-Type: ${media}\r\nAccept: ${form}\r\n`);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...TARGETS),
        query,
        type,
        accept,
        body,
        async (target, text, media, form, patch) => {
          await client.request("POST", `${DEFAULT}/deployments`, JSON.stringify(deployment), json);
          const answer = await ask(target + text, media, form, patch);
          const failed = (answer?.status ?? 500) >= 400;
          if (failed) expect(answer?.body.toString(), `${answer?.status}`).toMatch(/"?kind"?: *"?Status/);
          expect(answer?.body.toString()).not.toContain(`PATCH ${target}`);
        },
      ),
      { numRuns: 500 },
    );
    expect(panics).toEqual([]);
    expect((await client.request("GET", "/readyz"))?.body.toString()).toBe("ok");
  });
});
