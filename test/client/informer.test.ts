import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defineKind, type KubeObject } from "../../src/apimachinery/index.ts";
import { type Change, Informer } from "../../src/client/index.ts";
import { advanceTo, type Loop, settle } from "../../src/sim/index.ts";
import { ScriptedCluster, testLoop } from "./scripted-cluster.ts";

const Thing = defineKind({ group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: false });
const LIMITS = { maxSteps: 10_000, maxVirtualMs: 60_000 };

/** An informer over a scripted cluster, and what its handlers know from changes alone. */
function watched(loop: Loop = testLoop()) {
  const cluster = new ScriptedCluster(loop);
  const informer = new Informer(cluster, Thing, loop);
  const told = new Map<string, KubeObject>();
  const changes: Change<KubeObject>[] = [];
  informer.addHandler((change) => {
    changes.push(change);
    const name = change.object.metadata.name;
    expect(change.before?.metadata.uid, "before must be what was told last").toBe(told.get(name)?.metadata.uid);
    if (change.after === undefined) told.delete(name);
    else told.set(name, change.after);
  });
  return { loop, cluster, informer, told, changes };
}

const settled = (loop: Loop): unknown => settle(loop, LIMITS);
const value = (object: KubeObject | undefined): string | undefined => object?.metadata.labels?.value;

const name = fc.constantFrom("a", "b", "c");
const event = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant("write" as const), name }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("remove" as const), name }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant("write own" as const), name, late: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("remove own" as const), name, late: fc.nat(3) }) },
  { weight: 8, arbitrary: fc.record({ type: fc.constant("deliver" as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constantFrom("disconnect", "compact", "bookmark", "settle" as const) }),
  },
);

describe("Informer", () => {
  it("knows the truth once all is delivered, and so do its handlers, whatever was lost, late or written through", () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        const { loop, cluster, informer, told } = watched();
        informer.start();
        const answers: { readonly late: number; readonly take: () => void }[] = [];
        let count = 0;
        for (const step of events) {
          for (const answer of answers.splice(0)) {
            if (answer.late === 0) answer.take();
            else answers.push({ ...answer, late: answer.late - 1 });
          }
          if (step.type === "write") cluster.write(step.name, String(++count));
          else if (step.type === "remove") cluster.remove(step.name);
          else if (step.type === "write own") {
            const object = cluster.write(step.name, String(++count));
            answers.push({ late: step.late, take: () => informer.observe(object) });
          } else if (step.type === "remove own") {
            const uid = cluster.remove(step.name);
            const take = (): void => informer.observeDeletion({ name: step.name, uid: uid ?? "none" });
            answers.push({ late: step.late, take });
          } else if (step.type === "deliver") cluster.deliver();
          else if (step.type === "settle") settled(loop);
          else cluster[step.type as "disconnect" | "compact" | "bookmark"]();
        }
        for (const { take } of answers) take();
        advanceTo(loop, loop.nowMs() + 120_000);
        cluster.deliverAll();
        expect(new Map(informer.list().map((object) => [object.metadata.name, object]))).toEqual(cluster.objects);
        expect(told).toEqual(cluster.objects);
      }),
      { numRuns: 400 },
    );
  });

  it("lets a writer read its own write at once, and tells handlers when the watch does", () => {
    const { cluster, informer, changes } = watched();
    cluster.write("a", "1");
    informer.start();
    informer.observe(cluster.write("a", "2"));
    expect(value(informer.get("a"))).toBe("2");
    expect(changes).toHaveLength(1);
    cluster.deliverAll();
    expect(changes.slice(1).map(({ before, after }) => [value(before), value(after)])).toEqual([["1", "2"]]);
  });

  it("does not bring back what the watch already told to be gone", () => {
    const { cluster, informer } = watched();
    informer.start();
    const late = cluster.write("a", "1");
    cluster.remove("a");
    cluster.deliverAll();
    informer.observe(late);
    expect(informer.get("a")).toBeUndefined();
  });

  it("shows what is cached to a handler that comes late, as additions", () => {
    const { cluster, informer } = watched();
    cluster.write("a", "1");
    informer.start();
    const seen: string[] = [];
    informer.addHandler(({ object, before }) =>
      seen.push(`${before === undefined ? "+" : "~"}${object.metadata.name}`),
    );
    expect(seen).toEqual(["+a"]);
  });

  it("tells handlers that everything is gone when it is to forget", () => {
    const { cluster, informer, told } = watched();
    cluster.write("a", "1");
    cluster.write("b", "1");
    informer.start();
    informer.forget();
    expect([informer.list(), told.size]).toEqual([[], 0]);
  });

  it("resumes a watch that ended where it was, without listing again", () => {
    const { loop, cluster, informer } = watched();
    informer.start();
    cluster.write("a", "1");
    cluster.deliverAll();
    cluster.disconnect();
    cluster.write("a", "2");
    settled(loop);
    cluster.deliverAll();
    expect(value(informer.get("a"))).toBe("2");
    expect(cluster.requests).toEqual(["list", "watch", "watch"]);
  });

  it("lists again when its revision is gone, unless bookmarks kept it fresh", () => {
    for (const bookmarked of [true, false]) {
      const { loop, cluster, informer } = watched();
      informer.start();
      cluster.write("a", "1");
      cluster.deliverAll();
      for (let count = 2; count < 5; count++) cluster.write("b", String(count));
      if (bookmarked) cluster.bookmark();
      if (bookmarked) cluster.deliverAll();
      cluster.compact();
      cluster.disconnect();
      settled(loop);
      cluster.deliverAll();
      expect(value(informer.get("b"))).toBe("4");
      expect(cluster.requests.slice(2)).toEqual(bookmarked ? ["watch"] : ["watch", "list", "watch"]);
    }
  });

  it("keeps trying a cluster that is down in the background, at growing intervals, and is unavailable meanwhile", () => {
    const { loop, cluster, informer } = watched();
    cluster.down = true;
    const states: string[] = [];
    informer.onState(() => states.push(informer.state));
    informer.start();
    expect(settled(loop)).toEqual({ state: "idle" });
    expect(informer.failure?.reason).toBe("ServiceUnavailable");
    advanceTo(loop, loop.nowMs() + 120_000);
    expect(cluster.requests.length).toBeGreaterThan(4);
    expect(cluster.requests.length).toBeLessThan(10);
    cluster.down = false;
    advanceTo(loop, loop.nowMs() + 60_000);
    expect(states).toEqual(["unavailable", "synced"]);
  });
});
