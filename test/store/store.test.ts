import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Unstructured } from "../../src/apimachinery/index.ts";
import { Loop, Random, settle, Trace } from "../../src/sim/index.ts";
import { type Bucket, type Change, type ChangeWatch, Store } from "../../src/store/index.ts";

const LIMITS = { maxSteps: 100_000, maxVirtualMs: 1000 };

function newLoop(): Loop {
  return new Loop({ startMs: 0, random: new Random(1), trace: new Trace() });
}

function newStore(historyLimit?: number): { loop: Loop; store: Store; bucket: Bucket } {
  const loop = newLoop();
  const store = new Store({ loop, freeze: true, ...(historyLimit === undefined ? {} : { historyLimit }) });
  return { loop, store, bucket: store.bucket("/configmaps") };
}

function configMap(namespace: string, name: string, value = 0): Unstructured {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace, name }, data: { value: String(value) } };
}

const nameOf = (object: Unstructured): string => `${object.metadata.namespace}/${object.metadata.name}`;
const described = (change: Change): string => `${change.type} ${nameOf(change.object)}@${change.revision}`;

describe("a bucket", () => {
  it("numbers writes with one counter over all buckets", () => {
    const { store, bucket } = newStore();
    const first = bucket.put(configMap("a", "x"));
    const second = store.bucket("/secrets").put(configMap("a", "y"));
    const removed = bucket.delete("a", "x");
    expect([first, second, removed].map((object) => object?.metadata.resourceVersion)).toEqual(["2", "3", "4"]);
    expect(store.revision).toBe(4);
  });

  it("writes only over the expected resourceVersion", () => {
    const { store, bucket } = newStore();
    const first = bucket.put(configMap("a", "x"), "absent");
    expect(bucket.put(configMap("a", "x"), "absent")).toBeUndefined();
    expect(bucket.put(configMap("a", "x", 1), "99")).toBeUndefined();
    expect(bucket.delete("a", "x", "99")).toBeUndefined();
    expect(store.revision).toBe(2);
    expect(bucket.put(configMap("a", "x", 1), first?.metadata.resourceVersion)).toMatchObject({ data: { value: "1" } });
  });

  it("lists by namespace, then name, and shares objects by reference", () => {
    const { bucket } = newStore();
    for (const [namespace, name] of [
      ["b", "a"],
      ["a-1", "z"],
      ["a", "y"],
      ["a", "b"],
    ] as const)
      bucket.put(configMap(namespace, name));
    expect(bucket.list().map(nameOf)).toEqual(["a/b", "a/y", "a-1/z", "b/a"]);
    expect(bucket.list("a").map(nameOf)).toEqual(["a/b", "a/y"]);
    bucket.delete("a", "b");
    bucket.put(configMap("a", "b"));
    expect(bucket.list("a")[0]).toBe(bucket.get("a", "b"));
  });

  it("freezes what it holds when asked to", () => {
    const { bucket } = newStore();
    const stored = bucket.put(configMap("a", "x"));
    expect(Object.isFrozen(stored?.data)).toBe(true);
  });

  it("forgets history beyond its limit", () => {
    const { bucket } = newStore(3);
    for (let value = 0; value < 5; value++) bucket.put(configMap("a", "x", value));
    expect(bucket.compactedRevision).toBe(3);
    expect(bucket.listAt(2)).toBeUndefined();
    expect(bucket.watch({ afterRevision: 2 }, { onChange: () => {}, onDropped: () => {} })).toBeUndefined();
    expect(bucket.listAt(3)?.[0]).toMatchObject({ data: { value: "1" } });
  });
});

describe("a watch", () => {
  it("tells a batch of changes in one entry of the loop", () => {
    const { loop, bucket } = newStore();
    const seen: string[] = [];
    bucket.watch(
      { afterRevision: 1 },
      { onChange: (change) => seen.push(`${loop.steps}:${described(change)}`), onDropped: () => {} },
    );
    bucket.put(configMap("a", "x"));
    bucket.put(configMap("b", "y"));
    expect(seen).toEqual([]);
    settle(loop, LIMITS);
    expect(seen).toEqual(["1:ADDED a/x@2", "1:ADDED b/y@3"]);
  });

  it("keeps to its namespace and ends when stopped within a batch", () => {
    const { loop, bucket } = newStore();
    const seen: string[] = [];
    const watch: ChangeWatch | undefined = bucket.watch(
      { namespace: "a", afterRevision: 1 },
      {
        onChange: (change) => {
          seen.push(described(change));
          if (seen.length === 2) watch?.stop();
        },
        onDropped: () => {},
      },
    );
    for (const name of ["x", "y", "z"]) {
      bucket.put(configMap("b", name));
      bucket.put(configMap("a", name));
    }
    settle(loop, LIMITS);
    expect(seen).toEqual(["ADDED a/x@3", "ADDED a/y@5"]);
  });

  it("waits for a paused consumer, and drops it when it has missed too much", () => {
    const { loop, bucket } = newStore(4);
    const seen: string[] = [];
    let dropped = 0;
    const open = (): ChangeWatch =>
      bucket.watch(
        { afterRevision: bucket.compactedRevision },
        { onChange: (change) => seen.push(described(change)), onDropped: () => dropped++ },
      ) as ChangeWatch;
    const patient = open();
    patient.pause();
    for (let value = 0; value < 4; value++) bucket.put(configMap("a", "x", value));
    settle(loop, LIMITS);
    expect(seen).toEqual([]);
    patient.resume();
    settle(loop, LIMITS);
    expect(seen).toHaveLength(4);
    patient.pause();
    for (let value = 0; value < 5; value++) bucket.put(configMap("a", "x", value));
    settle(loop, LIMITS);
    expect([seen.length, dropped]).toEqual([4, 1]);
  });
});

/** The naive model: every state there ever was. */
type Model = { readonly states: ReadonlyMap<string, string>[]; readonly changes: Change[] };
type Command =
  | { readonly do: "put" | "delete"; readonly namespace: string; readonly name: string }
  | { readonly do: "watch"; readonly back: number }
  | { readonly do: "settle" };

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("put" as const), namespace: name(), name: name() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("delete" as const), namespace: name(), name: name() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("watch" as const), back: fc.nat(12) }) },
  { weight: 1, arbitrary: fc.constant({ do: "settle" as const }) },
);

function name(): fc.Arbitrary<string> {
  return fc.constantFrom("a", "b", "c");
}

function snapshot(objects: readonly Unstructured[]): ReadonlyMap<string, string> {
  return new Map(objects.map((object) => [nameOf(object), object.metadata.resourceVersion as string]));
}

describe("against a naive model", () => {
  it("is ordered, unique, reliable, resumable and atomic, and its past can be listed", () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), fc.constantFrom(4, 1000), (commands, historyLimit) => {
        const { loop, store, bucket } = newStore(historyLimit);
        const model: Model = { states: [new Map(), new Map()], changes: [] };
        const watches: { readonly from: number; readonly seen: Change[] }[] = [];
        const record = (object: Unstructured, type: Change["type"]): void => {
          model.changes.push({ type, revision: store.revision, object });
          model.states.push(snapshot(bucket.list()));
        };
        for (const step of commands) {
          if (step.do === "put") {
            const type = bucket.get(step.namespace, step.name) === undefined ? "ADDED" : "MODIFIED";
            record(bucket.put(configMap(step.namespace, step.name, store.revision)) as Unstructured, type);
          } else if (step.do === "delete") {
            const removed = bucket.delete(step.namespace, step.name);
            if (removed !== undefined) record(removed, "DELETED");
          } else if (step.do === "watch") {
            const from = Math.max(1, store.revision - step.back);
            const seen: Change[] = [];
            const sink = { onChange: (change: Change) => void seen.push(change), onDropped: () => {} };
            const watch = bucket.watch({ afterRevision: from }, sink);
            expect(watch === undefined).toBe(from < bucket.compactedRevision);
            if (watch !== undefined) watches.push({ from, seen });
          } else settle(loop, LIMITS);
        }
        settle(loop, LIMITS);
        for (const { from, seen } of watches)
          expect(seen.map(described)).toEqual(model.changes.filter((change) => change.revision > from).map(described));
        for (let revision = Math.max(1, bucket.compactedRevision); revision <= store.revision; revision++)
          expect([...snapshot(bucket.listAt(revision) ?? [])]).toEqual([...(model.states[revision] ?? [])]);
        expect(bucket.size).toBe(bucket.list().length);
      }),
      { numRuns: 150 },
    );
  });
});
