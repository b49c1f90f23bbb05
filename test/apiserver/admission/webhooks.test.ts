import { describe, expect, it } from "vitest";
import { ConfigMap, Deployment, Namespace, Pod, Service } from "../../../src/api/index.ts";
import { getPath, type KubeObject } from "../../../src/apimachinery/index.ts";
import { type ApiRequest, namespaceLifecyclePlugin, serviceAddressPlugin } from "../../../src/apiserver/index.ts";
import { Journal } from "../../../src/apiserver/suspension.ts";
import { Random } from "../../../src/sim/index.ts";
import { object } from "../fixture.ts";
import { CONFIG_MAPS, configuration, hook, patchOf, type WebhookFixture, webhookFixture } from "./webhook-fixture.ts";

const at = { kind: ConfigMap, namespace: "default", name: "m" } as const;

function map(metadata: Partial<KubeObject["metadata"]> = {}, data: Readonly<Record<string, string>> = {}): KubeObject {
  return object("v1", "ConfigMap", { name: "m", namespace: "default", ...metadata }, { data });
}

const creation = (
  metadata: Partial<KubeObject["metadata"]> = {},
  data: Readonly<Record<string, string>> = {},
): ApiRequest => ({ verb: "create", kind: ConfigMap, namespace: "default", object: map(metadata, data) });

function validating(...webhooks: readonly Readonly<Record<string, unknown>>[]): WebhookFixture {
  const made = webhookFixture();
  made.good(configuration("validating", "v", webhooks));
  return made;
}

function mutating(...webhooks: readonly Readonly<Record<string, unknown>>[]): WebhookFixture {
  const made = webhookFixture();
  made.good(configuration("mutating", "m", webhooks));
  return made;
}

describe("a validating webhook", () => {
  it("is asked about a write, which is made when it allows it", () => {
    const made = validating(hook("a.hooks.io"));
    made.answersTo("a.hooks.io", () => ({ allowed: true, warnings: ["think again"] }));
    const answer = made.send(creation({}, { key: "value" }));
    expect(answer).toMatchObject({ ok: true, warnings: ["think again"] });
    expect(made.asked).toMatchObject([
      { cluster: "test", target: { url: "https://a.hooks.io/admit" }, timeoutSeconds: 10 },
    ]);
    expect(made.reviews()).toMatchObject([
      {
        operation: "CREATE",
        kind: { group: "", version: "v1", kind: "ConfigMap" },
        resource: { group: "", version: "v1", resource: "configmaps" },
        name: "m",
        namespace: "default",
        userInfo: { username: "admin", groups: ["system:masters"] },
        dryRun: false,
        options: { kind: "CreateOptions", apiVersion: "meta.k8s.io/v1" },
        object: { apiVersion: "v1", kind: "ConfigMap", data: { key: "value" } },
        oldObject: null,
      },
    ]);
    expect(made.good({ verb: "get", ...at }).metadata.uid).toBe(made.reviews()[0]?.object?.metadata.uid);
  });

  it("is told of the object as it was and as it is to be, and of one that is to go", () => {
    const made = validating(hook("a.hooks.io"));
    made.sent(creation({}, { key: "old" }));
    made.sent({ verb: "patch", ...at, patch: { type: "merge", body: { data: { key: "new" } } } });
    made.sent({ verb: "delete", ...at });
    expect(
      made.reviews().map(({ operation, object: next, oldObject }) => [operation, next?.data, oldObject?.data]),
    ).toEqual([
      ["CREATE", { key: "old" }, undefined],
      ["UPDATE", { key: "new" }, { key: "old" }],
      ["DELETE", undefined, { key: "new" }],
    ]);
    expect(made.reviews().map(({ options }) => options.kind)).toEqual([
      "CreateOptions",
      "UpdateOptions",
      "DeleteOptions",
    ]);
  });

  it.each([
    [{ status: { message: "no such luck" } }, 400, undefined, ": no such luck"],
    [{ status: { message: "go away", code: 403, reason: "Forbidden" } }, 403, "Forbidden", ": go away"],
    [{ status: { reason: "Expired" } }, 400, "Expired", ": Expired"],
    [{}, 400, undefined, " without explanation"],
  ])("refuses a write in its own words: %j", (said, code, reason, words) => {
    const made = validating(hook("a.hooks.io"));
    made.answersTo("a.hooks.io", () => ({ allowed: false, ...said }));
    const status = made.refused(creation());
    expect(status).toMatchObject({ code, message: `admission webhook "a.hooks.io" denied the request${words}` });
    expect(status.reason).toBe(reason);
    expect(made.bad({ verb: "get", ...at }).code).toBe(404);
  });

  it("that cannot be asked fails the write, unless it is to be ignored then", () => {
    const away = { clientConfig: { url: "https://policy.hooks.svc:443/validate" } };
    const made = validating(
      hook("a.hooks.io", { ...away, timeoutSeconds: 3 }),
      hook("b.hooks.io", { failurePolicy: "Ignore", clientConfig: { url: "https://b.hooks.io/x" } }),
    );
    const unreachable = { ok: false, error: "dial tcp 10.0.0.1:443: connect: connection refused" } as const;
    made.answersTo("b.hooks.io", () => unreachable);
    made.sent(creation());
    made.answersTo("a.hooks.io", () => unreachable);
    expect(made.refused({ verb: "delete", ...at })).toMatchObject({
      code: 500,
      reason: "InternalError",
      message:
        'Internal error occurred: failed calling webhook "a.hooks.io": failed to call webhook: Post "https://policy.hooks.svc:443/validate?timeout=3s": dial tcp 10.0.0.1:443: connect: connection refused',
    });
  });

  it.each([
    [{ uid: "other", allowed: true }, 'expected response.uid="<uid>", got "other"'],
    [{ allowed: true, patch: "W10=", patchType: "JSONPatch" }, "validating webhook may not return response.patch"],
  ])("that answers beside the question fails the write: %j", (said, why) => {
    const made = validating(hook("a.hooks.io"));
    made.answersTo("a.hooks.io", () => said);
    const { message } = made.refused(creation());
    const uid = made.reviews()[0]?.uid ?? "";
    expect(message).toBe(
      `Internal error occurred: failed calling webhook "a.hooks.io": received invalid webhook response: ${why.replace("<uid>", uid)}`,
    );
  });

  it("that answers with an HTTP error fails the write", () => {
    const made = validating(hook("a.hooks.io"));
    made.answersTo("a.hooks.io", () => ({ ok: true, status: 500, body: "boom" }));
    expect(made.refused(creation()).message).toBe(
      'Internal error occurred: failed calling webhook "a.hooks.io": failed to call webhook: an error on the server ("boom") has prevented the request from succeeding',
    );
  });

  it("with side effects has no part in dry runs", () => {
    const made = validating(hook("a.hooks.io", { sideEffects: "None" }));
    made.sent({ ...creation(), options: { dryRun: true } });
    expect(made.reviews()).toMatchObject([{ dryRun: true, options: { dryRun: ["All"] } }]);
    expect(made.bad({ verb: "get", ...at }).code).toBe(404);
  });

  it("sees the object after those that change it, and all are asked at once", () => {
    const made = webhookFixture();
    made.good(configuration("validating", "v", [hook("v1.hooks.io"), hook("v2.hooks.io")]));
    made.good(configuration("mutating", "m", [hook("m.hooks.io")]));
    made.answersTo("m.hooks.io", () => patchOf({ op: "add", path: "/data/added", value: "yes" }));
    made.answersTo("v1.hooks.io", () => ({ allowed: false, status: { message: "first" } }));
    made.answersTo("v2.hooks.io", () => ({ allowed: false, status: { message: "second" } }));
    expect(made.refused(creation({}, { key: "value" })).message).toContain("first");
    expect(made.asked.map(({ hook: name }) => name)).toEqual(["m.hooks.io", "v1.hooks.io", "v2.hooks.io"]);
    expect(made.reviews().map(({ object: seen }) => seen?.data)).toEqual([
      { key: "value" },
      { key: "value", added: "yes" },
      { key: "value", added: "yes" },
    ]);
  });
});

describe("the deletion of a Namespace", () => {
  it("is told with the uid it is meant by", () => {
    const rules = [{ ...CONFIG_MAPS, resources: ["namespaces"] }];
    const made = webhookFixture();
    made.good({ verb: "create", kind: Namespace, object: object("v1", "Namespace", { name: "leaving" }) });
    made.good(configuration("validating", "v", [hook("n.hooks.io", { rules })]));
    made.send({ verb: "delete", kind: Namespace, name: "leaving" });
    const [{ options, oldObject }] = made.reviews() as [ReturnType<typeof made.reviews>[number]];
    expect(options).toEqual({
      kind: "DeleteOptions",
      apiVersion: "meta.k8s.io/v1",
      preconditions: { uid: oldObject?.metadata.uid },
    });
  });
});

describe("a Scale", () => {
  it("is changed as it was sent, and looked at as the object would show it", () => {
    const rules = [{ apiGroups: ["apps"], apiVersions: ["v1"], operations: ["*"], resources: ["deployments/scale"] }];
    const made = webhookFixture();
    const template = { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i" }] } };
    const spec = { replicas: 1, selector: { matchLabels: { a: "b" } }, template };
    const deployment = object("apps/v1", "Deployment", { name: "d", namespace: "default" }, { spec });
    const { uid } = made.good({ verb: "create", kind: Deployment, object: deployment }).metadata;
    made.good(configuration("mutating", "m", [hook("m.hooks.io", { rules })]));
    made.good(configuration("validating", "v", [hook("v.hooks.io", { rules })]));
    made.answersTo("m.hooks.io", () => patchOf({ op: "replace", path: "/spec/replicas", value: 7 }));
    const scale = object("autoscaling/v1", "Scale", { name: "d", namespace: "default" }, { spec: { replicas: 2 } });
    const place = { kind: Deployment, namespace: "default", name: "d", subresource: "scale" } as const;
    made.sent({ verb: "update", ...place, object: scale });
    const [sent, result] = made.reviews().map(({ object: seen }) => seen);
    expect(sent).toEqual({ ...scale, status: { replicas: 0 } });
    expect(result).toMatchObject({
      metadata: { uid },
      spec: { replicas: 7 },
      status: { replicas: 0, selector: "a=b" },
    });
  });
});

describe("a mutating webhook", () => {
  it("changes what is written", () => {
    const made = mutating(hook("m.hooks.io"));
    made.answersTo("m.hooks.io", () => patchOf({ op: "add", path: "/metadata/labels", value: { team: "a" } }));
    expect(made.sent(creation()).metadata.labels).toEqual({ team: "a" });
  });

  it("sees a new object as its client sent it, and does not give it another identity", () => {
    const made = mutating(hook("m.hooks.io"));
    made.answersTo("m.hooks.io", () => patchOf({ op: "add", path: "/metadata/uid", value: "forged" }));
    const { name: _, ...nameless } = map().metadata;
    const generated = { ...map(), metadata: { ...nameless, name: "", generateName: "m-" } };
    const created = made.sent({ ...creation(), object: generated });
    expect(made.reviews()[0]?.object?.metadata).toMatchObject({ generateName: "m-" });
    expect(made.reviews()[0]?.object?.metadata).not.toHaveProperty("name");
    expect(made.reviews()[0]?.object?.metadata).not.toHaveProperty("uid");
    expect(made.reviews()[0]).not.toHaveProperty("name");
    expect(created.metadata.name).toMatch(/^m-[a-z0-9]{5}$/);
    expect(created.metadata.uid).toMatch(/^[0-9a-f]{8}-/);
  });

  it("gets what the one before it made, in order of the configurations' names", () => {
    const made = webhookFixture();
    made.good(configuration("mutating", "b", [hook("second.hooks.io")]));
    made.good(configuration("mutating", "a", [hook("first.hooks.io")]));
    made.answersTo("first.hooks.io", () => patchOf({ op: "add", path: "/data/n", value: "1" }));
    made.answersTo("second.hooks.io", ({ object: seen }) =>
      patchOf({ op: "replace", path: "/data/n", value: `${getPath(seen, ["data", "n"])}2` }),
    );
    expect(made.sent(creation()).data).toEqual({ n: "12" });
  });

  it("that wants it is asked again when a later one changed the object, and only then", () => {
    const made = mutating(
      hook("again.hooks.io", { reinvocationPolicy: "IfNeeded" }),
      hook("last.hooks.io", { reinvocationPolicy: "IfNeeded" }),
    );
    const names = (): readonly string[] => made.asked.splice(0).map(({ hook: name }) => name);
    made.sent(creation({ name: "calm" }));
    expect(names()).toEqual(["again.hooks.io", "last.hooks.io"]);
    made.answersTo("last.hooks.io", () => patchOf({ op: "add", path: "/data/late", value: "yes" }));
    made.sent(creation());
    expect(names()).toEqual(["again.hooks.io", "last.hooks.io", "again.hooks.io"]);
  });

  it.each([
    [
      { allowed: true, patch: Buffer.from("{").toString("base64"), patchType: "JSONPatch" },
      'failed calling webhook "m.hooks.io": received undecodable patch in webhook response: unexpected end of JSON input',
    ],
    [
      { allowed: true, patch: "W10=" },
      'failed calling webhook "m.hooks.io": received invalid webhook response: webhook returned response.patch but not response.patchType',
    ],
  ])("that answers nonsense fails the write: %j", (said, why) => {
    const made = mutating(hook("m.hooks.io"));
    made.answersTo("m.hooks.io", () => said);
    expect(made.refused(creation())).toMatchObject({ code: 500, message: `Internal error occurred: ${why}` });
  });

  it("leaves a Service the address it drew, however often the request is served", () => {
    const services = { ...CONFIG_MAPS, resources: ["services"] };
    const made = webhookFixture({
      admission: [
        namespaceLifecyclePlugin,
        serviceAddressPlugin({ cidr: "10.96.0.0/12", random: new Random(1).stream("services") }),
      ],
    });
    made.good(
      configuration("mutating", "m", [
        hook("m.hooks.io", { rules: [services] }),
        hook("n.hooks.io", { rules: [services] }),
      ]),
    );
    made.answersTo("m.hooks.io", () => patchOf({ op: "add", path: "/metadata/labels", value: { seen: "true" } }));
    const ports = [{ port: 80 }];
    const service = object("v1", "Service", { name: "s", namespace: "default" }, { spec: { ports } });
    const created = made.sent({ verb: "create", kind: Service, namespace: "default", object: service });
    const seen = made.reviews().map(({ object: one }) => getPath(one, ["spec", "clusterIP"]));
    expect(new Set(seen)).toEqual(new Set([getPath(created, ["spec", "clusterIP"])]));
  });
});

describe("whether a webhook is asked", () => {
  const asks = (fields: Readonly<Record<string, unknown>>, ...requests: readonly ApiRequest[]): readonly string[] => {
    const made = webhookFixture();
    const labels = { tier: "gold" };
    made.good({ verb: "create", kind: Namespace, object: object("v1", "Namespace", { name: "gold", labels }) });
    made.good(configuration("validating", "v", [hook("a.hooks.io", fields)]));
    for (const request of requests) made.sent(request);
    return made.reviews().map(({ operation, namespace, name }) => `${operation} ${namespace ?? ""}/${name}`);
  };
  const inGold: ApiRequest = {
    verb: "create",
    kind: ConfigMap,
    namespace: "gold",
    object: map({ namespace: "gold" }),
  };
  const labelled = creation({ labels: { ask: "me" } });
  const silver = object("v1", "Namespace", { name: "silver" });
  const ofNamespace: ApiRequest = { verb: "create", kind: Namespace, object: silver };
  const removal: ApiRequest = { verb: "delete", ...at };
  const everything = { operations: ["*"], apiGroups: ["*"], apiVersions: ["*"] };
  const notLabelled = { operator: "DoesNotExist", key: "ask" };

  it.each([
    ["its operations", { rules: [{ ...CONFIG_MAPS, operations: ["DELETE"] }] }, ["DELETE default/m"]],
    ["its groups", { rules: [{ ...CONFIG_MAPS, apiGroups: ["apps"] }] }, []],
    ["its versions", { rules: [{ ...CONFIG_MAPS, apiVersions: ["v2"] }] }, []],
    ["its resources", { rules: [{ ...CONFIG_MAPS, resources: ["secrets", "*/status"] }] }, []],
    [
      "a scope of the cluster",
      { rules: [{ ...everything, resources: ["*"], scope: "Cluster" }] },
      ["CREATE silver/silver"],
    ],
    [
      "any resource and subresource",
      { rules: [{ ...everything, resources: ["*/*"] }] },
      ["CREATE default/m", "CREATE gold/m", "CREATE silver/silver", "DELETE default/m"],
    ],
    ["labels of the namespace", { namespaceSelector: { matchLabels: { tier: "gold" } } }, ["CREATE gold/m"]],
    [
      "labels of the object",
      { objectSelector: { matchLabels: { ask: "me" } } },
      ["CREATE default/m", "DELETE default/m"],
    ],
    ["labels it is not to have", { objectSelector: { matchExpressions: [notLabelled] } }, ["CREATE gold/m"]],
    [
      "its conditions",
      {
        matchConditions: [
          { name: "gold", expression: "request.namespace == 'gold'" },
          { name: "new", expression: "oldObject == null" },
        ],
      },
      ["CREATE gold/m"],
    ],
  ])("depends on %s", (_, fields, expected) => {
    expect(asks(fields, labelled, inGold, ofNamespace, removal)).toEqual(expected);
  });

  it("does not depend on itself: configurations of admission are beyond its reach", () => {
    const made = validating(hook("a.hooks.io", { rules: [{ ...everything, resources: ["*"] }] }));
    made.good(configuration("validating", "another", [hook("b.hooks.io")]));
    expect(made.asked).toEqual([]);
  });

  it("is not asked again what a suspended request has been told", () => {
    const made = mutating(hook("one.hooks.io"), hook("two.hooks.io"), hook("three.hooks.io"));
    made.sent(creation());
    expect(made.asked.map(({ hook: name }) => name)).toEqual(["one.hooks.io", "two.hooks.io", "three.hooks.io"]);
    expect(new Set(made.reviews().map(({ uid }) => uid)).size).toBe(3);
  });

  it("fails closed when a condition cannot be evaluated", () => {
    const broken = { name: "broken", expression: "object.data.missing == 'x'" };
    const made = validating(hook("a.hooks.io", { matchConditions: [broken] }));
    expect(made.refused(creation())).toMatchObject({ code: 403 });
    const lenient = validating(hook("a.hooks.io", { matchConditions: [broken], failurePolicy: "Ignore" }));
    lenient.sent(creation());
    expect(lenient.asked).toEqual([]);
  });

  it("has conditions that compile", () => {
    const made = webhookFixture();
    const wrong = { name: "wrong", expression: "object.data + 1 ==" };
    expect(
      made.bad(configuration("validating", "v", [hook("a.hooks.io", { matchConditions: [wrong] })])).message,
    ).toContain(
      'webhooks[0].matchConditions[0].expression: Invalid value: "object.data + 1 ==": compilation failed: ERROR: <input>:1:',
    );
  });
});

describe("subresources", () => {
  const pods = (subresource: string, operation: string): Readonly<Record<string, unknown>> =>
    hook("a.hooks.io", { rules: [{ ...CONFIG_MAPS, operations: [operation], resources: [`pods/${subresource}`] }] });
  const pod = object(
    "v1",
    "Pod",
    { name: "p", namespace: "default" },
    { spec: { containers: [{ name: "c", image: "i" }] } },
  );
  const withPod = (...webhooks: readonly Readonly<Record<string, unknown>>[]): WebhookFixture => {
    const made = validating(...webhooks);
    made.sent({ verb: "create", kind: Pod, namespace: "default", object: pod });
    return made;
  };
  const ofPod = { kind: Pod, namespace: "default", name: "p" } as const;

  it("are asked about when rules name them: an eviction may be refused, and is no deletion", () => {
    const made = withPod(
      pods("eviction", "CREATE"),
      hook("b.hooks.io", { rules: [{ ...CONFIG_MAPS, operations: ["DELETE"], resources: ["pods"] }] }),
    );
    const eviction: ApiRequest = {
      verb: "create",
      ...ofPod,
      subresource: "eviction",
      object: object("policy/v1", "Eviction", { name: "p", namespace: "default" }),
    };
    made.answersTo("a.hooks.io", () => ({ allowed: false, status: { message: "stay" } }));
    expect(made.refused(eviction).message).toBe('admission webhook "a.hooks.io" denied the request: stay');
    made.answersTo("a.hooks.io", () => ({ allowed: true }));
    made.sent(eviction);
    expect(made.reviews()).toMatchObject([
      { operation: "CREATE", subResource: "eviction", kind: { group: "policy", kind: "Eviction" }, name: "p" },
      { subResource: "eviction" },
    ]);
  });

  it("are asked about bindings", () => {
    const made = withPod(pods("binding", "CREATE"));
    const target = { kind: "Node", name: "n" };
    made.sent({
      verb: "create",
      ...ofPod,
      subresource: "binding",
      object: object("v1", "Binding", { name: "p" }, { target }),
    });
    expect(made.reviews()).toMatchObject([{ subResource: "binding", object: { target } }]);
    expect(made.good({ verb: "get", ...ofPod })).toMatchObject({ spec: { nodeName: "n" } });
  });

  it("are asked about a status, with the whole object", () => {
    const made = withPod(pods("status", "UPDATE"));
    const status = { phase: "Running" };
    made.sent({ verb: "patch", ...ofPod, subresource: "status", patch: { type: "merge", body: { status } } });
    expect(made.reviews()).toMatchObject([{ subResource: "status", object: { kind: "Pod", status }, oldObject: {} }]);
  });
});

describe("a deletion of a collection", () => {
  it("deletes each object once, and lists them all", () => {
    const made = validating(hook("a.hooks.io", { rules: [{ ...CONFIG_MAPS, operations: ["DELETE"] }] }));
    for (const name of ["a", "b", "c"]) made.sent(creation({ name }));
    const list = made.sent({ verb: "deletecollection", kind: ConfigMap, namespace: "default" });
    expect(list).toMatchObject({ items: ["a", "b", "c"].map((name) => ({ metadata: { name } })) });
    expect(made.reviews().map(({ oldObject }) => oldObject?.metadata?.name)).toEqual(["a", "b", "c"]);
    expect(made.listed({ verb: "list", kind: ConfigMap, namespace: "default" }).items).toEqual([]);
  });
});

describe("a request that waits", () => {
  it("is decided by what is there when the answer comes", () => {
    const made = validating(hook("a.hooks.io", { rules: [{ ...CONFIG_MAPS, operations: ["UPDATE"] }] }));
    made.sent(creation({}, { key: "0" }));
    let interfered = false;
    made.answersTo("a.hooks.io", ({ object: seen }) => {
      if (!interfered) {
        interfered = true;
        const { cluster: _, ...rest } = { cluster: "", ...at };
        made.server.handle({ verb: "delete", ...rest }, { name: "admin", groups: ["system:masters"] }, () => undefined);
      }
      return { allowed: seen !== null };
    });
    const body = { data: { key: "1" } };
    expect(made.refused({ verb: "patch", ...at, patch: { type: "merge", body } })).toMatchObject({ code: 404 });
  });

  it("asks nobody and writes nothing before the answer is there", () => {
    const made = validating(hook("a.hooks.io"));
    let answered = false;
    made.server.handle(creation(), { name: "admin", groups: [] }, () => {
      answered = true;
    });
    expect([answered, made.ask({ verb: "get", ...at }).ok]).toEqual([false, false]);
    made.settle();
    expect([answered, made.ask({ verb: "get", ...at }).ok]).toEqual([true, true]);
  });

  it("cannot be made by those who do not wait", () => {
    const made = validating(hook("a.hooks.io"));
    expect(made.bad(creation())).toMatchObject({
      code: 500,
      message: "Internal error occurred: waiting for webhook a.hooks.io, and this caller cannot wait",
    });
  });

  it("draws the same chance again, in order", () => {
    let drawn = 0;
    const journal = new Journal(() => "uid");
    const draw = (): number => journal.draw("die", () => ++drawn);
    journal.restart();
    expect([draw(), draw()]).toEqual([1, 2]);
    journal.restart();
    expect([draw(), draw(), draw()]).toEqual([1, 2, 3]);
  });
});
