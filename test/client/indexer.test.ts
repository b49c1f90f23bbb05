import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../src/apimachinery/index.ts";
import { Indexer } from "../../src/client/index.ts";

const byTier = (object: KubeObject): readonly string[] => {
  const tier = object.metadata.labels?.tier;
  return tier === undefined ? [] : tier.split(",");
};

const objects: fc.Arbitrary<KubeObject> = fc
  .record({
    namespace: fc.constantFrom(undefined, "a", "a-b", "b"),
    name: fc.constantFrom("x", "y", "z", "z-1"),
    tier: fc.constantFrom(undefined, "web", "db", "web,db"),
  })
  .map(({ namespace, name, tier }) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(tier === undefined ? {} : { labels: { tier } }),
    },
  }));
const command = fc.record({ type: fc.constantFrom("set" as const, "delete" as const), object: objects });

const order = (object: KubeObject): string => `${object.metadata.namespace ?? ""}\0${object.metadata.name}`;
const sorted = (items: Iterable<KubeObject>): KubeObject[] =>
  [...items].sort((left, right) => (order(left) < order(right) ? -1 : 1));

describe("Indexer", () => {
  it("answers as a plain map would, by name, namespace and index, sorted", () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 40 }), fc.nat(40), (commands, indexedAt) => {
        const cache = new Indexer<KubeObject>();
        const model = new Map<string, KubeObject>();
        for (const [at, { type, object }] of commands.entries()) {
          if (at === indexedAt) cache.addIndex(byTier);
          const expected = model.get(order(object));
          if (type === "set") {
            expect(cache.set(object)).toBe(expected);
            model.set(order(object), object);
          } else {
            expect(cache.delete(object.metadata.name, object.metadata.namespace)).toBe(expected);
            model.delete(order(object));
          }
          expect(cache.list()).toEqual(sorted(model.values()));
        }
        expect(cache.size).toBe(model.size);
        for (const namespace of ["", "a", "a-b", "b"])
          expect(cache.list(namespace)).toEqual(
            sorted(model.values()).filter((object) => (object.metadata.namespace ?? "") === namespace),
          );
        for (const tier of ["web", "db", "none"])
          expect(cache.listBy(byTier, tier)).toEqual(
            sorted(model.values()).filter((object) => byTier(object).includes(tier)),
          );
      }),
    );
  });

  it("never changes a list it handed out", () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 20 }), fc.array(command, { maxLength: 20 }), (first, second) => {
        const cache = new Indexer<KubeObject>();
        const apply = ({ type, object }: { type: "set" | "delete"; object: KubeObject }): unknown =>
          type === "set" ? cache.set(object) : cache.delete(object.metadata.name, object.metadata.namespace);
        first.forEach(apply);
        const lists = [cache.list(), cache.list("a"), cache.listBy(byTier, "web")];
        const copies = lists.map((list) => [...list]);
        second.forEach(apply);
        expect(lists).toEqual(copies);
      }),
    );
  });
});
