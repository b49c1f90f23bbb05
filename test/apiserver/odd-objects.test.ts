import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Kind, KubeObject } from "../../src/apimachinery/index.ts";
import { fileSchemaSource } from "../../src/scenario/schemas/source.ts";
import { door } from "./door.ts";
import { fixture } from "./fixture.ts";

const FIELDS = (
  "spec status metadata name namespace labels annotations template containers ports selector matchLabels rules subsets items volumes env " +
  "data type replicas strategy rollingUpdate conditions finalizers ownerReferences managedFields versions names schema openAPIV3Schema " +
  "properties group scope subresources clusterIP clusterIPs port targetPort involvedObject regarding subjects roleRef schedule jobTemplate " +
  "hard limits webhooks endpoints addresses metrics scaleTargetRef minAvailable backend http paths tls request taints resources requests " +
  "affinity tolerations initContainers readinessProbe httpGet command jsonPath user resourceAttributes target deletionTimestamp"
).split(" ");
const TABLE = { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" };

const scalar = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    0,
    -1,
    1.5,
    1e21,
    true,
    "",
    "a",
    "10.0.0.1",
    "100m",
    "TCP",
    "{.a}",
    "2020-01-01T00:00:00Z",
  ),
  fc.string({ maxLength: 5 }),
);
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: "small" },
    scalar,
    fc.array(tie("tree"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...FIELDS), tie("tree"), { maxKeys: 5 }),
  ),
}));
const fields = fc.dictionary(fc.constantFrom(...FIELDS), tree, { maxKeys: 6 });
const subresource = fc.constantFrom("", "", "/status", "/scale", "/eviction", "/binding", "/finalize", "/token");
const type = fc.constantFrom("json", "merge-patch+json", "strategic-merge-patch+json", "apply-patch+yaml");

it("no object of any kind, however odd, makes the server stumble, nor keeps it from listing what it took", () => {
  const { call, server, loop } = door(fixture({ schemas: fileSchemaSource() }));
  const kinds = server.core.registry.resources().map((resource) => resource.kind);
  const stumbles: string[] = [];
  loop.trace.observe(({ verb, subject, detail }) => void (verb === "panic" && stumbles.push(`${subject} ${detail}`)));
  fc.assert(
    fc.property(
      fc.constantFrom(...kinds),
      fields,
      fc.constantFrom("a", "b"),
      subresource,
      type,
      (kind, odd, name, below, media) => {
        const { metadata } = odd;
        const meta = typeof metadata === "object" && !Array.isArray(metadata) ? metadata : {};
        const { version, group } = kind;
        const apiVersion = group === "" ? version : `${group}/${version}`;
        const object = { ...odd, apiVersion, kind: kind.kind, metadata: { ...meta, name } };
        const headers = { "content-type": `application/${media}` };
        const item = `${collectionOf(kind)}/${name}${below}`;
        if (media !== "json") call("PATCH", `${item}?fieldManager=odd&force=true`, object, headers);
        else
          for (const [method, path] of [
            ["POST", below === "" ? collectionOf(kind) : item],
            ["PUT", item],
          ] as const)
            call(method, path, object, headers);
        call("GET", collectionOf(kind), undefined, TABLE);
      },
    ),
    { numRuns: 1000 },
  );
  expect(stumbles).toEqual([]);
});

function collectionOf({ group, version, plural, namespaced }: Kind<KubeObject>): string {
  const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  return `${root}${namespaced ? "/namespaces/default" : ""}/${plural}`;
}

describe("text within a request that is read as JSON", () => {
  const deep = `${"[".repeat(5000)}${"]".repeat(5000)}`;

  it("may be nested beyond reason", () => {
    const token = Buffer.from(deep).toString("base64url");
    const { status, text } = door().call("GET", `/api/v1/namespaces?limit=1&continue=${token}`);
    expect([status, text]).toEqual([400, expect.stringContaining("continue key is not valid: exceeded max depth")]);
  });

  it.each(["[null]", "[3]", "{}", "["])("may be %s where an autoscaler keeps its conditions", (conditions) => {
    const annotations = { "autoscaling.alpha.kubernetes.io/conditions": conditions };
    const scaler = {
      apiVersion: "autoscaling/v1",
      kind: "HorizontalPodAutoscaler",
      metadata: { name: "a", annotations },
      spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" } },
    };
    const { call } = door(fixture({ schemas: fileSchemaSource() }));
    const path = "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers";
    expect(call("POST", path, scaler)).toMatchObject({ status: 201 });
    expect(call("GET", `${path}/a`)).toMatchObject({ status: 200 });
  });
});
