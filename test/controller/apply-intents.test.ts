import { describe, expect, it } from "vitest";
import { ConfigMap, Pod } from "../../src/api/index.ts";
import { failure, type KubeObject, type StatusReason } from "../../src/apimachinery/index.ts";
import type { ApiRequest } from "../../src/apiserver/index.ts";
import { type ClusterClient, EventRecorder, InformerFactory } from "../../src/client/index.ts";
import { applyIntents, type Failure } from "../../src/controller/apply-intents.ts";
import type { Intent, Outcome } from "../../src/controller/index.ts";
import { configMap, created, creating, dataOf, type Fixture, fixture, named } from "./fixture.ts";

type Wire = { readonly sent: string[]; refuse: (request: ApiRequest) => StatusReason | undefined; later: boolean };

/** A client that counts requests, refuses some, and may answer later. */
function wired(world: Fixture, cluster: string, wire: Wire): ClusterClient {
  const inner = world.client(cluster);
  return {
    ...inner,
    send: (request, onAnswer) => {
      wire.sent.push(`${cluster} ${request.verb} ${request.name ?? request.object?.metadata.name ?? ""}`.trim());
      const reason = wire.refuse(request);
      const run = (): void => {
        if (reason === undefined) inner.send(request, onAnswer);
        else onAnswer({ ok: false, status: failure(reason, "refused") });
      };
      if (wire.later) world.loop.soon("answer", run);
      else run();
    },
  };
}

function applied(world: Fixture, intents: readonly Intent[], wire: Partial<Wire> = {}) {
  const full: Wire = { sent: [], refuse: () => undefined, later: false, ...wire };
  const caches = new Map(
    ["host", "m1", "m2"].map((cluster) => [cluster, new InformerFactory(wired(world, cluster, full), world.loop)]),
  );
  for (const factory of caches.values()) factory.of(ConfigMap);
  world.settle();
  full.sent.length = 0;
  let result: { outcomes: readonly Outcome[]; failures: readonly Failure[] } | undefined;
  const target = (at: string | undefined) => {
    const factory = caches.get(at ?? "host");
    if (factory === undefined) return undefined;
    const { client } = factory;
    return { client, caches: factory, recorder: new EventRecorder({ client, loop: world.loop, component: "test" }) };
  };
  applyIntents(intents, { controller: "test", target, stopped: () => false }, (outcomes, failures) => {
    result = { outcomes, failures };
  });
  const answeredAtOnce = result !== undefined;
  // What the writer reads before any watch has told.
  const readBack = (name: string) => caches.get("host")?.of(ConfigMap).get(name, "default");
  if (full.later) world.settle();
  if (result === undefined) throw new Error("not done");
  const { outcomes, failures } = result;
  const told = outcomes.map(({ answer }) =>
    answer === "skipped" ? "skipped" : answer.ok ? "ok" : answer.status.reason,
  );
  return { told, failures: failures.map(({ retry }) => retry), sent: full.sent, answeredAtOnce, readBack };
}

const update = (object: KubeObject, before?: KubeObject): Intent =>
  before === undefined
    ? { type: "update", kind: ConfigMap, object }
    : { type: "update", kind: ConfigMap, object, before };

describe("applyIntents", () => {
  it.each([false, true])("applies all in order and writes the answers through (answers later: %s)", (later) => {
    const world = fixture();
    const before = world.ask(creating(configMap("a", { x: "1" }))) as ConfigMap;
    const after: ConfigMap = { ...before, data: { x: "2" } };
    const done = applied(world, [created(configMap("b")), update(after, before)], { later });
    expect(done.told).toEqual(["ok", "ok"]);
    expect(done.sent).toEqual(["host create b", "host update a"]);
    expect([done.answeredAtOnce, dataOf(done.readBack("a"))]).toEqual([!later, { x: "2" }]);
  });

  it("drops updates that change nothing against what was read, or against the cache", () => {
    const world = fixture();
    const object = world.ask(creating(configMap("a", { x: "1" }))) as ConfigMap;
    const copy = { ...object, data: { x: "1" } };
    const done = applied(world, [update(copy, object), update(copy)]);
    expect([done.told, done.sent]).toEqual([["skipped", "skipped"], []]);
  });

  it("counts deleting what is gone as success", () => {
    const done = applied(fixture(), [{ type: "delete", kind: ConfigMap, name: "gone", namespace: "default" }]);
    expect(done.failures).toEqual([]);
  });

  it("no longer reads what it deleted", () => {
    const world = fixture();
    world.ask(creating(configMap("a")));
    const done = applied(world, [{ type: "delete", kind: ConfigMap, name: "a", namespace: "default" }]);
    expect([done.told, done.readBack("a")]).toEqual([["ok"], undefined]);
  });

  it.each<[StatusReason, string]>([
    ["Conflict", "backoff"],
    ["AlreadyExists", "backoff"],
    ["NotFound", "backoff"],
    ["ServiceUnavailable", "backoff"],
    ["TooManyRequests", "backoff"],
    ["InternalError", "backoff"],
    ["Forbidden", "background"],
    ["Invalid", "never"],
    ["BadRequest", "never"],
  ])("stops at %s, to be tried again: %s", (reason, retry) => {
    const refuse = ({ object }: ApiRequest): StatusReason | undefined =>
      object?.metadata.name === "b" ? reason : undefined;
    const done = applied(fixture(), [created(configMap("a")), created(configMap("b")), created(configMap("c"))], {
      refuse,
    });
    expect(done.told).toEqual(["ok", reason, "skipped"]);
    expect(done.failures).toEqual([retry]);
  });

  it("does not let members wait for one another, but home for all of them", () => {
    const refuse = (request: ApiRequest): StatusReason | undefined =>
      request.object?.metadata.name === "bad" ? "ServiceUnavailable" : undefined;
    const intents = [
      created(configMap("bad"), "m1"),
      created(configMap("next"), "m1"),
      created(configMap("other"), "m2"),
      created(configMap("away"), "m3"),
      created(configMap("record")),
    ];
    const done = applied(fixture(), intents, { refuse });
    expect(done.told).toEqual(["ServiceUnavailable", "skipped", "ok", "ServiceUnavailable", "skipped"]);
  });

  it("does not fail over an event that cannot be written", () => {
    const world = fixture();
    const regarding = world.ask(creating(configMap("a")));
    const event: Intent = { type: "event", regarding, eventType: "Normal", reason: "Tested", message: "tested" };
    const refuse = ({ kind }: ApiRequest): StatusReason | undefined =>
      kind.kind === "Event" ? "Forbidden" : undefined;
    const done = applied(world, [event, created(configMap("b"))], { refuse });
    expect([done.told, done.failures]).toEqual([["Forbidden", "ok"], []]);
  });

  it("refuses a plan that touches spec and status of one object", () => {
    const world = fixture();
    const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "p", namespace: "default" } };
    const intents: Intent[] = [
      { type: "update", kind: Pod, object: pod },
      { type: "updateStatus", kind: Pod, object: pod },
    ];
    expect(() => applied(world, intents)).toThrow(/must not touch spec and status/);
    expect(() => world.ask(named("get", "p", Pod))).toThrow(/not found/);
  });

  it("carries out a long plan without deep recursion", () => {
    const refuse = (): StatusReason => "NotFound";
    const deletes = Array.from(
      { length: 20_000 },
      (_, index): Intent => ({ type: "delete", kind: ConfigMap, name: `c-${index}`, namespace: "default" }),
    );
    expect(applied(fixture(), deletes, { refuse }).failures).toEqual([]);
  });
});
