import { describe, expect, it } from "vitest";
import { ConfigMap, Deployment, Namespace, Pod } from "../../src/api/index.ts";
import type { KubeObject } from "../../src/apimachinery/index.ts";
import { fixture, object, START_MS } from "./fixture.ts";

const inDefault = { kind: ConfigMap, namespace: "default" } as const;
const configMap = (name: string, fields: Readonly<Record<string, unknown>> = {}, metadata = {}): KubeObject =>
  object("v1", "ConfigMap", { name, namespace: "default", ...metadata }, fields);

describe("create", () => {
  it("refuses what the client may not say", () => {
    const { bad } = fixture();
    const refused = (body: KubeObject): string | undefined =>
      bad({ verb: "create", ...inDefault, object: body }).message;
    expect(refused(configMap("", {}))).toBe(
      'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
    );
    expect(refused(configMap("a", {}, { resourceVersion: "1" }))).toBe(
      "resourceVersion should not be set on objects to be created",
    );
    expect(refused(configMap("a", {}, { namespace: "other" }))).toContain("does not match the namespace sent");
    expect(refused({ ...configMap("a"), apiVersion: "v2" })).toContain(
      'no kind "ConfigMap" is registered for version "v2"',
    );
    expect(refused({ ...configMap("a"), kind: "Secret" })).toContain("cannot be handled as a ConfigMap");
    expect(refused(configMap("a", {}, { labels: { "a b": "c" } }))).toContain("metadata.labels: Invalid value");
    expect(refused(configMap("a", {}, { finalizers: ["hold"] }))).toBe(
      'ConfigMap "a" is invalid: metadata.finalizers[0]: Invalid value: "hold": name is neither a standard finalizer name nor is it fully qualified',
    );
  });

  it("takes a body that does not say what it is for what was asked", () => {
    const { good, bad } = fixture();
    const create = { verb: "create", ...inDefault } as const;
    const { kind: _kind, apiVersion: _version, ...bare } = configMap("a");
    expect(good({ ...create, object: bare as KubeObject })).toMatchObject({ apiVersion: "v1", kind: "ConfigMap" });
    const { kind: _none, ...versioned } = { ...configMap("b"), apiVersion: "apps/v1" };
    expect(bad({ ...create, object: versioned as KubeObject }).message).toContain(
      'no kind "ConfigMap" is registered for version "apps/v1"',
    );
  });

  it("needs a namespace that exists and is not going", () => {
    const { good, bad } = fixture();
    const elsewhere = {
      verb: "create",
      kind: ConfigMap,
      namespace: "gone",
      object: object("v1", "ConfigMap", { name: "a" }),
    } as const;
    expect(bad(elsewhere)).toMatchObject({ code: 404, message: 'namespaces "gone" not found' });
    good({ verb: "create", kind: Namespace, object: object("v1", "Namespace", { name: "gone" }) });
    good(elsewhere);
    good({ verb: "delete", kind: Namespace, name: "gone" });
    expect(bad({ ...elsewhere, object: object("v1", "ConfigMap", { name: "b" }) })).toMatchObject({
      code: 403,
      message:
        'configmaps "b" is forbidden: unable to create new content in namespace gone because it is being terminated',
      details: { causes: [{ reason: "NamespaceTerminating" }] },
    });
  });

  it("does not believe a status", () => {
    const { good } = fixture();
    const labels = { app: "web" };
    const template = { metadata: { labels }, spec: { containers: [{ name: "web", image: "nginx" }] } };
    const fields = { spec: { selector: { matchLabels: labels }, template }, status: { replicas: 9 } };
    const body = object("apps/v1", "Deployment", { name: "web" }, fields);
    const created = good({ verb: "create", kind: Deployment, namespace: "default", object: body });
    expect((created.status as { replicas?: number } | undefined)?.replicas).not.toBe(9);
  });

  it("writes a line into the trace", () => {
    const { good, loop } = fixture();
    const lines: unknown[] = [];
    loop.trace.observe((line) => lines.push(line));
    good({ verb: "create", ...inDefault, object: configMap("a"), options: { fieldManager: "kubectl" } });
    expect(lines).toEqual([
      {
        atMs: START_MS,
        cluster: "test",
        actor: "kubectl",
        verb: "create",
        subject: "configmaps default/a",
        detail: "3",
      },
    ]);
  });
});

describe("update", () => {
  it("replaces whatever there is when it names no version, or zero", () => {
    const { good, bad } = fixture();
    good({ verb: "create", ...inDefault, object: configMap("a") });
    const replaced = (resourceVersion: string) =>
      ({
        verb: "update",
        ...inDefault,
        name: "a",
        object: configMap("a", { data: { v: resourceVersion } }, { resourceVersion }),
      }) as const;
    for (const version of ["", "0"]) expect(good(replaced(version))).toMatchObject({ data: { v: version } });
    expect(bad(replaced("1")).message).toContain("the object has been modified");
  });

  it("keeps what the server owns, and refuses to contradict it", () => {
    const { good, bad } = fixture();
    const before = good({ verb: "create", ...inDefault, object: configMap("a") });
    const replaced = good({ verb: "update", ...inDefault, name: "a", object: configMap("a", { data: { x: "1" } }) });
    expect(replaced.metadata).toEqual({ ...before.metadata, resourceVersion: "4" });
    const refused = (metadata: object): string | undefined =>
      bad({ verb: "update", ...inDefault, name: "a", object: configMap("a", {}, metadata) }).message;
    expect(refused({ name: "b" })).toBe("the name of the object (b) does not match the name on the URL (a)");
    expect(refused({ uid: "x" })).toContain("Precondition failed: UID in precondition: x");
    expect(refused({ deletionTimestamp: "2030-01-01T00:00:00Z" })).toContain("field is immutable");
  });

  it("emits nothing for a change that is none", () => {
    const { good, watch, settle } = fixture();
    good({ verb: "create", ...inDefault, object: configMap("a", { data: { x: "1" } }) });
    const watched = watch({ verb: "watch", ...inDefault });
    good({ verb: "update", ...inDefault, name: "a", object: configMap("a", { data: { x: "1" } }) });
    settle();
    expect(watched.told()).toEqual(["ADDED a"]);
  });

  it("takes no new finalizer for an object that is being deleted", () => {
    const { good, bad } = fixture();
    good({ verb: "create", ...inDefault, object: configMap("a", {}, { finalizers: ["example.com/a"] }) });
    good({ verb: "delete", ...inDefault, name: "a" });
    const patch = { type: "merge", body: { metadata: { finalizers: ["example.com/a", "example.com/b"] } } } as const;
    expect(bad({ verb: "patch", ...inDefault, name: "a", patch }).message).toContain("no new finalizers can be added");
  });
});

describe("list", () => {
  it("is exact about resourceVersions where asked to be", () => {
    const { good, listed, bad } = fixture({ historyLimit: 3 });
    good({ verb: "create", ...inDefault, object: configMap("a") });
    const { resourceVersion } = listed({ verb: "list", ...inDefault }).metadata;
    good({ verb: "create", ...inDefault, object: configMap("b") });
    const names = (options: object): string[] =>
      listed({ verb: "list", ...inDefault, options }).items.map((item) => item.metadata.name);
    expect(names({ resourceVersion, resourceVersionMatch: "Exact" })).toEqual(["a"]);
    expect(names({ resourceVersion, resourceVersionMatch: "NotOlderThan" })).toEqual(["a", "b"]);
    expect(names({ resourceVersion: "0" })).toEqual(["a", "b"]);
    const refused = (options: object): number => bad({ verb: "list", ...inDefault, options }).code;
    expect(refused({ resourceVersion: "999" })).toBe(504);
    expect(refused({ resourceVersion: "x" })).toBe(400);
    expect(refused({ resourceVersionMatch: "Exact" })).toBe(422);
    expect(refused({ continue: "?" })).toBe(400);
    for (const name of ["c", "d", "e"]) good({ verb: "create", ...inDefault, object: configMap(name) });
    expect(refused({ resourceVersion, resourceVersionMatch: "Exact" })).toBe(410);
  });
});

describe("deletion with grace", () => {
  const pods = { kind: Pod, namespace: "default", name: "web" } as const;
  const pod = (nodeName?: string): KubeObject =>
    object(
      "v1",
      "Pod",
      { name: "web", namespace: "default" },
      {
        spec: { containers: [{ name: "web", image: "nginx" }], ...(nodeName === undefined ? {} : { nodeName }) },
      },
    );

  it("removes a pod no node has at once", () => {
    const { good, bad } = fixture();
    good({ verb: "create", ...pods, object: pod() });
    good({ verb: "delete", ...pods });
    expect(bad({ verb: "get", ...pods }).code).toBe(404);
  });

  it("gives a running pod its grace, which may only be shortened", () => {
    const { good, bad } = fixture();
    good({ verb: "create", ...pods, object: pod("n1") });
    const graceful = good({ verb: "delete", ...pods });
    expect(graceful.metadata).toMatchObject({
      deletionTimestamp: "2030-01-01T00:00:30Z",
      deletionGracePeriodSeconds: 30,
      generation: 2,
    });
    expect(good({ verb: "delete", ...pods, options: { gracePeriodSeconds: 60 } })).toEqual(graceful);
    const shorter = good({ verb: "delete", ...pods, options: { gracePeriodSeconds: 5 } });
    expect(shorter.metadata).toMatchObject({ deletionTimestamp: "2030-01-01T00:00:05Z", generation: 2 });
    good({ verb: "delete", ...pods, options: { gracePeriodSeconds: 0 } });
    expect(bad({ verb: "get", ...pods }).code).toBe(404);
  });

  it("outlives its grace by its finalizers", () => {
    const { good, bad } = fixture();
    const held = pod("n1");
    good({
      verb: "create",
      ...pods,
      object: { ...held, metadata: { ...held.metadata, finalizers: ["example.com/a"] } },
    });
    good({ verb: "delete", ...pods, options: { gracePeriodSeconds: 0 } });
    good({ verb: "patch", ...pods, patch: { type: "merge", body: { metadata: { finalizers: null } } } });
    expect(bad({ verb: "get", ...pods }).code).toBe(404);
  });
});

describe("propagation policies", () => {
  it.each([
    ["Foreground", ["foregroundDeletion"]],
    ["Orphan", ["orphan"]],
  ] as const)("%s leaves word for the garbage collector", (propagationPolicy, finalizers) => {
    const { good } = fixture();
    good({ verb: "create", ...inDefault, object: configMap("a") });
    const waiting = good({ verb: "delete", ...inDefault, name: "a", options: { propagationPolicy } });
    expect(waiting.metadata).toMatchObject({ finalizers, deletionGracePeriodSeconds: 0 });
  });
});

describe("a Namespace", () => {
  it("is terminating until finalized", () => {
    const { good, bad } = fixture();
    const made = good({ verb: "create", kind: Namespace, object: object("v1", "Namespace", { name: "a" }) });
    expect(made).toMatchObject({
      metadata: { labels: { "kubernetes.io/metadata.name": "a" } },
      spec: { finalizers: ["kubernetes"] },
      status: { phase: "Active" },
    });
    const going = good({ verb: "delete", kind: Namespace, name: "a" });
    expect(going).toMatchObject({ status: { phase: "Terminating" } });
    good({ verb: "delete", kind: Namespace, name: "a" });
    const finalized = { ...going, spec: {} };
    good({ verb: "update", kind: Namespace, name: "a", subresource: "finalize", object: finalized });
    expect(bad({ verb: "get", kind: Namespace, name: "a" }).code).toBe(404);
  });

  it("of the system stays", () => {
    expect(fixture().bad({ verb: "delete", kind: Namespace, name: "default" })).toMatchObject({
      code: 403,
      message: 'namespaces "default" is forbidden: this namespace may not be deleted',
    });
  });
});
