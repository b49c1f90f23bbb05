import { describe, expect, it } from "vitest";
import { builtinDescriptors, Deployment, Pod, PodDisruptionBudget } from "../../src/api/index.ts";
import { defineKind, type KubeObject } from "../../src/apimachinery/index.ts";
import { type Authorizer, accessDenied } from "../../src/apiserver/index.ts";
import { door } from "./door.ts";
import { type Fixture, fixture, object } from "./fixture.ts";

const pods = { kind: Pod, namespace: "default", name: "web" } as const;

function withPod(spec: object = {}): Fixture {
  const made = fixture();
  const body = object(
    "v1",
    "Pod",
    { name: "web", labels: { app: "web" } },
    {
      spec: { containers: [{ name: "web", image: "nginx" }], ...spec },
    },
  );
  made.good({ verb: "create", ...pods, object: body });
  return made;
}

describe("pods/binding", () => {
  const binding = (node: string): KubeObject =>
    object("v1", "Binding", { name: "web" }, { target: { kind: "Node", name: node } });

  it("gives a pod its node once", () => {
    const { good, bad } = withPod();
    const bind = { verb: "create", ...pods, subresource: "binding" } as const;
    expect(good({ ...bind, object: binding("n1") })).toMatchObject({ kind: "Status", status: "Success" });
    expect(good({ verb: "get", ...pods })).toMatchObject({
      metadata: { generation: 1 },
      spec: { nodeName: "n1" },
      status: { conditions: [{ type: "PodScheduled", status: "True" }] },
    });
    expect(bad({ ...bind, object: binding("n2") }).message).toBe(
      'Operation cannot be fulfilled on pods/binding "web": pod web is already assigned to node "n1"',
    );
  });

  it("is also reached through bindings of its own", () => {
    const { good } = withPod();
    const kind = defineKind({ group: "", version: "v1", kind: "Binding", plural: "bindings", namespaced: true });
    good({ verb: "create", kind, namespace: "default", object: binding("n1") });
    expect(good({ verb: "get", ...pods })).toMatchObject({ spec: { nodeName: "n1" } });
  });
});

describe("pods/eviction", () => {
  const evict = {
    verb: "create",
    ...pods,
    subresource: "eviction",
    object: object("policy/v1", "Eviction", { name: "web" }),
  } as const;

  it("deletes the pod, unless its budget is spent", () => {
    const { good, bad } = withPod({ nodeName: "n1" });
    const running = { status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] } };
    good({ verb: "patch", ...pods, subresource: "status", patch: { type: "merge", body: running } });
    const budgets = { kind: PodDisruptionBudget, namespace: "default", name: "web" } as const;
    const spec = { minAvailable: 1, selector: { matchLabels: { app: "web" } } };
    good({ verb: "create", ...budgets, object: object("policy/v1", "PodDisruptionBudget", { name: "web" }, { spec }) });
    expect(bad(evict)).toMatchObject({
      code: 429,
      message: "Cannot evict pod as it would violate the pod's disruption budget.",
      details: { retryAfterSeconds: 10, causes: [{ reason: "DisruptionBudget" }] },
    });
    const body = {
      status: { observedGeneration: 1, disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1, expectedPods: 2 },
    };
    good({ verb: "patch", ...budgets, subresource: "status", patch: { type: "merge", body } });
    good(evict);
    expect(good({ verb: "get", ...pods }).metadata.deletionTimestamp).toBeDefined();
    expect(good({ verb: "get", ...budgets })).toMatchObject({ status: { disruptionsAllowed: 0 } });
  });
});

describe("scale of a built-in kind", () => {
  it("sets replicas, and nothing an invalid number", () => {
    const { good, bad } = fixture();
    const deployments = { kind: Deployment, namespace: "default", name: "web" } as const;
    const labels = { app: "web" };
    const template = { metadata: { labels }, spec: { containers: [{ name: "web", image: "nginx" }] } };
    const spec = { replicas: 1, selector: { matchLabels: labels }, template };
    good({ verb: "create", ...deployments, object: object("apps/v1", "Deployment", { name: "web" }, { spec }) });
    const scale = { ...deployments, subresource: "scale" } as const;
    const read = good({ verb: "get", ...scale });
    expect(read).toMatchObject({ apiVersion: "autoscaling/v1", kind: "Scale", status: { selector: "app=web" } });
    good({ verb: "update", ...scale, object: { ...read, spec: { replicas: 3 } } as KubeObject });
    expect(good({ verb: "get", ...deployments })).toMatchObject({ metadata: { generation: 2 }, spec: { replicas: 3 } });
    expect(bad({ verb: "update", ...scale, object: { ...read, spec: { replicas: 4 } } as KubeObject }).reason).toBe(
      "Conflict",
    );
    const patch = { type: "merge", body: { spec: { replicas: -1 } } } as const;
    expect(bad({ verb: "patch", ...scale, patch }).reason).toBe("Invalid");
  });
});

describe("what is not served", () => {
  it("is told apart: no such subresource, no such verb", () => {
    const { bad } = withPod();
    expect(bad({ verb: "get", ...pods, subresource: "soul" }).code).toBe(404);
    expect(bad({ verb: "delete", ...pods, subresource: "status" }).code).toBe(405);
  });

  it("follows the declared version of Kubernetes", () => {
    const newer = builtinDescriptors.map((descriptor) =>
      descriptor.kind === Deployment ? { ...descriptor, sinceMinor: 35 } : descriptor,
    );
    expect(fixture({ descriptors: newer }).bad({ verb: "list", kind: Deployment }).code).toBe(404);
  });
});

describe("authorization", () => {
  const readOnly: Authorizer = (attributes) =>
    attributes.user.name === "admin" || attributes.verb === "list" ? "allow" : accessDenied(attributes);
  const reader = { name: "jane", groups: ["dev"] };

  it("decides about every request, subresource and path", () => {
    const { ask, bad, server } = fixture({ authorize: readOnly });
    expect(ask({ verb: "list", kind: Pod }, reader).ok).toBe(true);
    expect(bad({ verb: "get", ...pods }, reader)).toMatchObject({
      code: 403,
      message:
        'pods "web" is forbidden: User "jane" cannot get resource "pods" in API group "" in the namespace "default"',
    });
    server.raw("/version", reader, (answer) => expect(answer.ok).toBe(false));
  });

  it("is what access reviews answer from", () => {
    const asking: Authorizer = (attributes, state) =>
      attributes.resource === "selfsubjectaccessreviews" ? "allow" : readOnly(attributes, state);
    const { good } = fixture({ authorize: asking });
    const kind = defineKind({
      group: "authorization.k8s.io",
      version: "v1",
      kind: "SelfSubjectAccessReview",
      plural: "selfsubjectaccessreviews",
      namespaced: false,
    });
    const review = (verb: string): unknown => {
      const spec = { resourceAttributes: { verb, resource: "pods", namespace: "default" } };
      const body = object("authorization.k8s.io/v1", "SelfSubjectAccessReview", {}, { spec });
      return good({ verb: "create", kind, object: body }, reader).status;
    };
    expect(review("list")).toEqual({ allowed: true });
    expect(review("delete")).toMatchObject({ allowed: false });
  });
});

describe("a status", () => {
  const written = (kind: string, apiVersion: string): Record<string, string> => ({ apiVersion, kind });

  it("is written together with annotations and labels, a Deployment's labels apart", () => {
    const { json } = door();
    const patch = { metadata: { annotations: { a: "1" }, labels: { l: "1" } }, status: { observedGeneration: 1 } };
    const merge = { "content-type": "application/merge-patch+json" };
    const namespace = json("PATCH", "/api/v1/namespaces/default/status", patch, merge);
    expect([namespace.metadata.annotations, namespace.metadata.labels.l]).toEqual([{ a: "1" }, "1"]);
    const template = { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i" }] } };
    const place = "/apis/apps/v1/namespaces/default/deployments";
    const spec = { selector: { matchLabels: { a: "b" } }, template };
    json("POST", place, { ...written("Deployment", "apps/v1"), metadata: { name: "d" }, spec });
    const { metadata, status } = json("PATCH", `${place}/d/status`, patch, merge);
    expect([metadata.annotations, metadata.labels, status]).toEqual([{ a: "1" }, undefined, { observedGeneration: 1 }]);
  });

  it("of a signing request takes annotations through its approval too", () => {
    const { json } = door();
    const place = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
    const request = { ...written("CertificateSigningRequest", "certificates.k8s.io/v1"), metadata: { name: "c" } };
    const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${Buffer.from("x").toString("base64")}\n-----END CERTIFICATE REQUEST-----\n`;
    const spec = { request: Buffer.from(pem).toString("base64"), signerName: "example.com/s", usages: ["any"] };
    json("POST", place, { ...request, spec });
    const conditions = [{ type: "Approved", status: "True", reason: "r" }];
    const patch = { metadata: { annotations: { a: "1" } }, status: { conditions } };
    const merge = { "content-type": "application/merge-patch+json" };
    expect(json("PATCH", `${place}/c/approval`, patch, merge)).toMatchObject({
      metadata: { annotations: { a: "1" } },
      status: { conditions: [{ type: "Approved", reason: "r" }] },
    });
  });

  const flow = { priorityLevelConfiguration: { name: "global-default" } };
  it.each([
    ["resource.k8s.io/v1", "namespaces/default/resourceclaims", "ResourceClaim", {}],
    ["flowcontrol.apiserver.k8s.io/v1", "flowschemas", "FlowSchema", flow],
  ])("of %s %s is written alone", (apiVersion, path, kind, spec) => {
    const { json } = door();
    const place = `/apis/${apiVersion}/${path}`;
    json("POST", place, { ...written(kind, apiVersion), metadata: { name: "c" }, spec });
    const patch = { metadata: { annotations: { a: "1" } } };
    const merge = { "content-type": "application/merge-patch+json" };
    const { metadata } = json("PATCH", `${place}/c/status`, patch, merge);
    expect([metadata.name, metadata.annotations]).toEqual(["c", undefined]);
  });
});
