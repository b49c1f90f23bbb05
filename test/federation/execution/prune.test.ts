import { describe, expect, it } from "vitest";
import { type KubeObject, unstructured } from "../../../src/apimachinery/index.ts";
import { pruned } from "../../../src/federation/execution/prune.ts";

const object = (apiVersion: string, kind: string, fields: object = {}, annotations?: Record<string, string>) =>
  unstructured({
    apiVersion,
    kind,
    metadata: { name: "x", namespace: "default", ...(annotations === undefined ? {} : { annotations }) },
    ...fields,
  } as KubeObject);

describe("a template on its way to members", () => {
  it("loses what only its own cluster gave it", () => {
    const template = {
      ...object("v1", "ConfigMap", { data: { a: "b" }, status: { x: 1 } }),
      metadata: {
        name: "x",
        namespace: "default",
        labels: { a: "b" },
        uid: "u",
        resourceVersion: "3",
        generation: 2,
        creationTimestamp: "2026-01-01T00:00:00Z",
        finalizers: ["f"],
        ownerReferences: [],
        managedFields: [],
      },
    };
    expect(pruned(unstructured(template))).toEqual({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "x", namespace: "default", labels: { a: "b" } },
      data: { a: "b" },
    });
  });

  it("is the same object when there is nothing to take away", () => {
    const bare = object("v1", "ConfigMap", { data: {} });
    expect(pruned(bare)).toBe(bare);
  });

  it.each<[string, ReturnType<typeof object>, object]>([
    [
      "a Service its address, but not its node ports",
      object("v1", "Service", {
        spec: { clusterIP: "10.96.0.1", clusterIPs: ["10.96.0.1"], ports: [{ nodePort: 30000 }] },
      }),
      { spec: { ports: [{ nodePort: 30000 }] } },
    ],
    [
      "a headless Service nothing",
      object("v1", "Service", { spec: { clusterIP: "None", clusterIPs: ["None"] } }),
      { spec: { clusterIP: "None", clusterIPs: ["None"] } },
    ],
    [
      "a Job its generated selector and its time to live",
      object("batch/v1", "Job", {
        spec: {
          ttlSecondsAfterFinished: 3,
          selector: { matchLabels: { "controller-uid": "u", own: "1" } },
          template: { metadata: { labels: { "controller-uid": "u", "job-name": "x", own: "1" } }, spec: {} },
        },
      }),
      { spec: { selector: { matchLabels: { own: "1" } }, template: { metadata: { labels: { own: "1" } }, spec: {} } } },
    ],
    [
      "a Job with a selector of its own only its time to live",
      object("batch/v1", "Job", {
        spec: {
          manualSelector: true,
          ttlSecondsAfterFinished: 3,
          selector: { matchLabels: { "controller-uid": "u" } },
        },
      }),
      { spec: { manualSelector: true, selector: { matchLabels: { "controller-uid": "u" } } } },
    ],
    [
      "a ServiceAccount its tokens",
      object("v1", "ServiceAccount", { secrets: [{ name: "x-token-abc" }, { name: "mine" }] }),
      { secrets: [{ name: "mine" }] },
    ],
    [
      "a token Secret its data",
      object(
        "v1",
        "Secret",
        { type: "kubernetes.io/service-account-token", data: { token: "t" } },
        { "kubernetes.io/service-account.uid": "u", a: "b" },
      ),
      {
        type: "kubernetes.io/service-account-token",
        metadata: { name: "x", namespace: "default", annotations: { a: "b" } },
      },
    ],
    [
      "a Deployment its revision",
      object("apps/v1", "Deployment", { spec: {} }, { "deployment.kubernetes.io/revision": "1", a: "b" }),
      { metadata: { name: "x", namespace: "default", annotations: { a: "b" } } },
    ],
  ])("costs %s", (_case, template, expected) => {
    const { apiVersion, kind } = template;
    const { metadata: _metadata, ...rest } = pruned(template);
    const wanted = { metadata: template.metadata, ...expected } as { metadata: unknown };
    expect(pruned(template).metadata).toEqual(wanted.metadata);
    const { metadata: _wanted, ...fields } = wanted;
    expect(rest).toMatchObject({ apiVersion, kind, ...fields });
    for (const [field, value] of Object.entries(fields)) expect(rest[field]).toEqual(value);
  });
});
