import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WorkQueue } from "../../src/controller/work-queue.ts";

/** What the queue must be indistinguishable from: what needs work, and what is worked on. */
type Model = { readonly dirty: Set<string>; readonly processing: Set<string> };

const key = fc.constantFrom("a", "b", "c", "d");
const command = fc.oneof(
  fc.record({ type: fc.constant("add" as const), key }),
  fc.record({ type: fc.constant("pop" as const), key }),
  fc.record({ type: fc.constant("done" as const), key }),
);

function step(
  queue: WorkQueue<string>,
  model: Model,
  { type, key }: { type: "add" | "pop" | "done"; key: string },
): void {
  if (type === "add") {
    queue.add(key, key);
    model.dirty.add(key);
  } else if (type === "done") {
    if (model.processing.delete(key)) queue.done(key);
  } else {
    const popped = queue.pop();
    const ready = [...model.dirty].filter((id) => !model.processing.has(id));
    if (popped === undefined) {
      expect(ready).toEqual([]);
      return;
    }
    expect(ready).toContain(popped.id);
    model.dirty.delete(popped.id);
    model.processing.add(popped.id);
  }
  expect(queue.length).toBe([...model.dirty].filter((id) => !model.processing.has(id)).length);
}

describe("WorkQueue", () => {
  it("never works on a key twice at once and never loses an add", () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
        const queue = new WorkQueue<string>();
        const model: Model = { dirty: new Set(), processing: new Set() };
        for (const each of commands) step(queue, model, each);
        for (const id of [...model.processing]) step(queue, model, { type: "done", key: id });
        const rest = new Set<string>();
        for (let popped = queue.pop(); popped !== undefined; popped = queue.pop()) rest.add(popped.id);
        expect(rest).toEqual(model.dirty);
      }),
    );
  });

  it("hands out keys in order of arrival", () => {
    const queue = new WorkQueue<number>();
    for (const [index, id] of ["x", "y", "x", "z"].entries()) queue.add(id, index);
    expect([queue.pop(), queue.pop(), queue.pop(), queue.pop()]).toEqual([
      { id: "x", item: 0 },
      { id: "y", item: 1 },
      { id: "z", item: 3 },
      undefined,
    ]);
  });

  it("refuses a done that answers no pop", () => {
    expect(() => new WorkQueue<string>().done("a")).toThrow(/must have been popped/);
  });
});
