import { describe, expect, it } from "vitest";
import { ConfigMap, CustomResourceDefinition, Namespace, Secret } from "../../src/api/index.ts";
import { defineKind, type KubeObject, type Unstructured } from "../../src/apimachinery/index.ts";
import type { ClusterClient } from "../../src/client/index.ts";
import {
  type AnyDefinition,
  defineController,
  ensureChildren,
  type Key,
  memberRead,
  NOTHING,
  plan,
  read,
} from "../../src/controller/index.ts";
import { configMap, created, creating, dataOf, type Fixture, fixture, named } from "./fixture.ts";

const isSource = (object: KubeObject): boolean => object.metadata.labels?.role === "source";
const keyOf = (object: KubeObject, kind = ConfigMap): Key => ({
  kind,
  namespace: "default",
  name: object.metadata.name,
});

/** Keeps a Secret per ConfigMap labelled `role=source`, with its data. */
const copier = defineController({
  name: "copier",
  primary: [ConfigMap],
  predicate: ({ object }) => isSource(object),
  reads: [read(Secret, { enqueue: ({ object }) => [keyOf(object)] })],
  reconcile: (source, snapshot) => {
    const { name } = source.metadata;
    const existing = snapshot.get(Secret, name, "default");
    const metadata = { name, namespace: "default" };
    const desired: Secret = { apiVersion: "v1", kind: "Secret", metadata, data: source.data ?? {}, type: "Opaque" };
    return plan(ensureChildren(Secret, { desired: [desired], existing: existing === undefined ? [] : [existing] }));
  },
  absent: ({ name }, snapshot) => {
    const existing = snapshot.get(Secret, name, "default");
    return plan(ensureChildren(Secret, { desired: [], existing: existing === undefined ? [] : [existing] }));
  },
});

const source = (name: string, data: Record<string, string> = {}): ConfigMap =>
  configMap(name, data, { role: "source" });
const secrets = (world: Fixture): readonly KubeObject[] =>
  (world.ask({ verb: "list", kind: Secret }) as KubeObject & { items: readonly KubeObject[] }).items;
const secretNames = (world: Fixture): string[] => secrets(world).map((object) => object.metadata.name);

/** A controller that writes down the keys it looks at. */
function recorder(parts: Partial<AnyDefinition> = {}): { readonly definition: AnyDefinition; readonly seen: string[] } {
  const seen: string[] = [];
  const definition: AnyDefinition = {
    name: "recorder",
    primary: [ConfigMap],
    reads: [],
    reconcile: (object: KubeObject) => {
      seen.push(object.metadata.name);
      return NOTHING;
    },
    absent: ({ name }) => {
      seen.push(`-${name}`);
      return NOTHING;
    },
    ...parts,
  };
  return { definition, seen };
}

describe("startControllers", () => {
  it("makes the world as the plans want it, from what is there and from every change", () => {
    const world = fixture();
    world.ask(creating(source("before", { a: "MQ==" })));
    world.ask(creating(configMap("unlabelled")));
    world.start([copier]);
    world.settle();
    expect(secretNames(world)).toEqual(["before"]);
    world.ask(creating(source("after", { b: "Mg==" })));
    world.settle();
    expect(secretNames(world)).toEqual(["after", "before"]);
    world.ask(named("delete", "before"));
    world.settle();
    expect(secretNames(world)).toEqual(["after"]);
    // A read's change names the primary object, which is put right again.
    world.ask(named("delete", "after", Secret));
    world.settle();
    expect(dataOf(secrets(world)[0])).toEqual({ b: "Mg==" });
  });

  it("comes to rest: nothing is written when nothing is wrong", () => {
    const world = fixture();
    const manager = world.start([copier]);
    for (const name of ["a", "b", "c"]) world.ask(creating(source(name)));
    expect(world.settle()).toEqual({ state: "idle" });
    const writes = world.loop.trace.count;
    world.advance(3_600_000);
    manager.resync();
    world.settle();
    expect(world.loop.trace.count).toBe(writes);
  });

  it("does nothing before all it declares has synced", () => {
    const world = fixture();
    world.ask(creating(source("a")));
    world.faults.setCut("host", "host", true);
    world.start([copier]);
    world.settle();
    world.faults.setCut("host", "host", false);
    expect(secretNames(world)).toEqual([]);
    world.advance(60_000);
    expect(secretNames(world)).toEqual(["a"]);
  });

  it("looks again after requeueAfterMs, in the background when periodic", () => {
    const world = fixture();
    const { definition, seen } = recorder();
    const reconcile = (object: KubeObject) => {
      seen.push(object.metadata.name);
      return seen.length > 2
        ? ({ intents: [], requeueAfterMs: 60_000, requeue: "periodic" } as const)
        : { intents: [], requeueAfterMs: 60_000 };
    };
    world.start([{ ...definition, reconcile }]);
    world.ask(creating(configMap("a")));
    const startMs = world.loop.nowMs();
    expect(world.settle()).toEqual({ state: "idle" });
    expect([seen.length, world.loop.nowMs() - startMs]).toEqual([3, 120_000]);
    world.advance(60_000);
    expect(seen).toHaveLength(4);
  });

  it("looks at every primary object again after resyncMs", () => {
    const world = fixture();
    const { definition, seen } = recorder({ resyncMs: 30_000 });
    world.ask(creating(configMap("a")));
    world.start([definition]);
    world.advance(95_000);
    expect(seen).toEqual(["a", "a", "a", "a"]);
  });

  it("ends the run on a controller that throws, naming it and the key", () => {
    const world = fixture();
    const reconcile = (): never => {
      throw new Error("no such field");
    };
    world.start([recorder({ reconcile }).definition]);
    world.ask(creating(configMap("a")));
    expect(() => world.settle()).toThrow(/controller recorder failed at .*ConfigMap default\/a: no such field/);
  });

  it("refuses reads that were not declared", () => {
    const world = fixture();
    const reconcile: AnyDefinition["reconcile"] = (_object, snapshot) => {
      snapshot.list(Namespace);
      return NOTHING;
    };
    world.start([recorder({ reconcile }).definition]);
    world.ask(creating(configMap("a")));
    expect(() => world.settle()).toThrow(/Namespace must be among the reads of controller recorder/);
  });

  it("stays still once stopped", () => {
    const world = fixture();
    const manager = world.start([copier]);
    world.ask(creating(source("a")));
    manager.stop();
    world.settle();
    expect(secretNames(world)).toEqual([]);
  });
});

describe("while clusters take their time to answer", () => {
  /** Writes are answered ten milliseconds later. */
  const slow = (world: Fixture): ClusterClient => {
    const inner = world.client("host");
    const later = (run: () => void): void => void world.loop.after(10, "slow", run);
    return {
      ...inner,
      send: (request, onAnswer) => inner.send(request, (answer) => later(() => onAnswer(answer))),
    };
  };
  const counting = (): { readonly definition: AnyDefinition; most: number; readonly twice: string[] } => {
    const underWay = new Map<string, number>();
    const counted = { most: 0, twice: [] as string[] };
    const definition = defineController({
      name: "counter",
      primary: [ConfigMap],
      predicate: ({ object }) => isSource(object),
      reads: [],
      reconcile: (object) => {
        const { name } = object.metadata;
        if (underWay.has(name)) counted.twice.push(name);
        underWay.set(name, 1);
        counted.most = Math.max(counted.most, underWay.size);
        return plan(created(configMap(`${name}-${object.metadata.resourceVersion}`)));
      },
      conclude: (object) => {
        underWay.delete(object.metadata.name);
        return NOTHING;
      },
    });
    return Object.assign(counted, { definition });
  };

  it("works on as many keys at once as there are workers, and on none twice", () => {
    const world = fixture();
    const counted = counting();
    world.start([counted.definition], { writerOf: () => slow(world), workers: 3 });
    for (let round = 0; round < 3; round++)
      for (const name of ["a", "b", "c", "d", "e"]) {
        const object = source(name, { round: String(round) });
        if (round === 0) world.ask(creating(object));
        else world.ask({ verb: "update", kind: ConfigMap, namespace: "default", name, object });
        for (let steps = 0; steps < 5; steps++) world.loop.step(world.loop.nowMs());
      }
    world.settle();
    expect([counted.most, counted.twice]).toEqual([3, []]);
  });

  it("carries nothing on once stopped", () => {
    const world = fixture();
    const reconcile: AnyDefinition["reconcile"] = () => plan(created(configMap("first")), created(configMap("second")));
    const predicate = ({ object }: { object: KubeObject }): boolean => object.metadata.name === "a";
    const manager = world.start([recorder({ reconcile, predicate }).definition], { writerOf: () => slow(world) });
    world.ask(creating(configMap("a")));
    while (tryGet(world, "first") === undefined) world.loop.step(world.loop.nowMs());
    manager.stop();
    world.settle();
    expect(tryGet(world, "second")).toBeUndefined();
  });
});

const tryGet = (world: Fixture, name: string): KubeObject | undefined => {
  let found: KubeObject | undefined;
  world.client("host").send(named("get", name), (answer) => {
    if (answer.ok) found = answer.object;
  });
  return found;
};

describe("a finalizer", () => {
  it("is added before the first reconcile, and removed once finalize is done", () => {
    const world = fixture();
    const log: string[] = [];
    let cleaned = false;
    world.start([
      defineController({
        name: "keeper",
        primary: [ConfigMap],
        reads: [],
        finalizer: {
          name: "example.com/keep",
          finalize: () => {
            log.push("finalize");
            if (cleaned) return "done";
            cleaned = true;
            return { intents: [], requeueAfterMs: 1000 };
          },
        },
        reconcile: (object) => {
          log.push(`reconcile with ${object.metadata.finalizers}`);
          return NOTHING;
        },
      }),
    ]);
    world.ask(creating(configMap("a")));
    world.settle();
    expect(log[0]).toBe("reconcile with example.com/keep");
    world.ask(named("delete", "a"));
    world.settle();
    expect(log.filter((line) => line === "finalize")).toHaveLength(2);
    expect(() => world.ask(named("get", "a"))).toThrow(/not found/);
  });
});

describe("members", () => {
  const collector = defineController({
    name: "collector",
    primary: [ConfigMap],
    predicate: ({ object }) => isSource(object),
    reads: [],
    memberReads: [memberRead(Secret, { enqueue: ({ object }) => [keyOf(object)] })],
    reconcile: (object, snapshot) => {
      const { name } = object.metadata;
      const present = ["m1", "m2"].filter((cluster) => snapshot.member(cluster)?.get(Secret, name, "default"));
      const told: ConfigMap = { ...object, data: { present: present.join(",") } };
      return plan({ type: "update", kind: ConfigMap, object: told, before: object });
    },
  });
  const secret = (name: string): KubeObject => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace: "default" },
  });
  const present = (world: Fixture): string | undefined => dataOf(world.ask(named("get", "a")))?.present;

  it("are read through their own caches, as they join, change and leave", () => {
    const world = fixture(["m1"]);
    world.ask(creating(source("a")));
    world.ask(creating(secret("a"), Secret), "m1");
    world.ask(creating(secret("a"), Secret), "m2");
    world.start([collector]);
    world.settle();
    expect(present(world)).toBe("m1");
    world.join("m2");
    world.settle();
    expect(present(world)).toBe("m1,m2");
    world.ask(named("delete", "a", Secret), "m1");
    world.settle();
    expect(present(world)).toBe("m2");
    world.leave("m2");
    world.settle();
    expect(present(world)).toBe("");
  });

  it("that cannot be reached are empty, hold nobody up, and are caught up with later", () => {
    const world = fixture(["m1", "m2"]);
    world.ask(creating(source("a")));
    for (const member of ["m1", "m2"]) world.ask(creating(secret("a"), Secret), member);
    world.faults.setDown("m1", true);
    world.start([collector]);
    world.settle();
    expect(present(world)).toBe("m2");
    world.faults.setDown("m1", false);
    world.advance(60_000);
    expect(present(world)).toBe("m1,m2");
  });

  it("keep what was known of them while they are cut off", () => {
    const world = fixture(["m1"]);
    world.ask(creating(source("a")));
    world.ask(creating(secret("a"), Secret), "m1");
    world.start([collector]);
    world.settle();
    world.faults.setCut("host", "m1", true);
    world.settle();
    world.ask(named("delete", "a", Secret), "m1");
    world.advance(60_000);
    expect(present(world)).toBe("m1");
    world.faults.setCut("host", "m1", false);
    world.advance(60_000);
    expect(present(world)).toBe("");
  });
});

describe("dynamic kinds", () => {
  const Widget = defineKind({
    group: "example.com",
    version: "v1",
    kind: "Widget",
    plural: "widgets",
    namespaced: true,
  });
  const widgets: Unstructured = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "widgets.example.com" },
    spec: {
      group: "example.com",
      names: { plural: "widgets", kind: "Widget" },
      scope: "Namespaced",
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
    },
  };
  const widget = (name: string): KubeObject => ({
    apiVersion: "example.com/v1",
    kind: "Widget",
    metadata: { name, namespace: "default" },
  });

  it("become primary when they come to be served", () => {
    const world = fixture();
    const { definition, seen } = recorder({
      primary: [],
      dynamicPrimary: (discovered) => discovered.filter(({ group }) => group === "example.com"),
    });
    world.start([definition]);
    world.settle();
    world.ask(creating(widgets, CustomResourceDefinition));
    world.settle();
    world.ask(creating(widget("w"), Widget));
    world.settle();
    expect(seen).toEqual(["w"]);
  });

  it("are watched from the first question on, in members too, and looked up by discovery", () => {
    const world = fixture(["m1"]);
    const { definition, seen } = recorder({
      reconcile: (object: KubeObject, snapshot) => {
        const kind = snapshot.member("m1")?.kindOf("example.com/v1", "Widget");
        if (kind === undefined) seen.push("not served");
        else seen.push(snapshot.member("m1")?.dynamic(kind, object.metadata.name, "default")?.kind ?? "none");
        return NOTHING;
      },
      enqueueDynamic: ({ object }, cluster) => (cluster === "m1" ? [keyOf(object)] : []),
    });
    world.start([definition]);
    world.ask(creating(configMap("w")));
    world.settle();
    world.ask(creating(widgets, CustomResourceDefinition), "m1");
    world.settle();
    world.ask(creating(widget("w"), Widget), "m1");
    world.settle();
    expect(seen).toEqual(["not served", "none", "Widget"]);
  });

  it("declared but not served yet are empty, and found as soon as they are", () => {
    const world = fixture();
    const { definition, seen } = recorder({
      reads: [{ kind: Widget, enqueue: ({ object }: { object: KubeObject }) => [keyOf(object)] }],
      reconcile: (object: KubeObject, snapshot) => {
        seen.push(`${object.metadata.name} ${snapshot.list(Widget).length}`);
        return NOTHING;
      },
    });
    world.start([definition]);
    world.ask(creating(configMap("w")));
    world.settle();
    world.ask(creating(widgets, CustomResourceDefinition));
    world.ask(creating(widget("w"), Widget));
    world.settle();
    expect([seen[0], seen.at(-1)]).toEqual(["w 0", "w 1"]);
  });
});

describe("a plan that fails", () => {
  it("stops there, and is tried again, in the background in the end", () => {
    const world = fixture();
    const failures: string[] = [];
    world.ask(creating(configMap("trigger")));
    let attempts = 0;
    const { definition } = recorder({
      predicate: ({ object }: { object: KubeObject }) => object.metadata.name === "trigger",
      reconcile: () =>
        plan(created(configMap(`made-${++attempts}`)), created(configMap("trigger")), created(configMap("never"))),
    });
    world.start([definition], {
      observer: { onFailure: (name, _key, { status }) => failures.push(`${name} ${status.reason}`) },
    });
    expect(world.settle()).toEqual({ state: "idle" });
    expect([attempts, failures[0]]).toEqual([4, "recorder AlreadyExists"]);
    expect(() => world.ask(named("get", "never"))).toThrow(/not found/);
    world.advance(10_000);
    expect(attempts).toBeGreaterThan(4);
    expect(attempts).toBeLessThan(20);
  });
});
