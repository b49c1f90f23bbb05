import { describe, expect, it } from "vitest";
import { Event, Node } from "../../src/api/index.ts";
import type { KubeObject } from "../../src/apimachinery/index.ts";
import { EventRecorder } from "../../src/client/index.ts";
import { configMap, creating, fixture } from "../controller/fixture.ts";

function recording() {
  const world = fixture();
  const recorder = new EventRecorder({ client: world.client("host"), loop: world.loop, component: "tester" });
  const record = (regarding: KubeObject, message = "it was tested"): void =>
    recorder.record({ regarding, eventType: "Normal", reason: "Tested", message });
  const events = (): readonly Event[] =>
    (world.ask({ verb: "list", kind: Event }) as KubeObject & { items: readonly Event[] }).items;
  return { world, record, events };
}

describe("EventRecorder", () => {
  it("writes what happened to whom, beside the object", () => {
    const { world, record, events } = recording();
    const object = world.ask(creating(configMap("a")));
    record(object);
    const [event] = events();
    expect(event).toMatchObject({
      involvedObject: {
        apiVersion: "v1",
        kind: "ConfigMap",
        name: "a",
        namespace: "default",
        uid: object.metadata.uid,
      },
      reason: "Tested",
      message: "it was tested",
      source: { component: "tester" },
      type: "Normal",
      count: 1,
      firstTimestamp: "2026-01-01T00:00:00Z",
      lastTimestamp: "2026-01-01T00:00:00Z",
    });
    expect(event?.metadata.name).toMatch(/^a\.[0-9a-f]{16}$/);
    expect(event?.metadata.namespace).toBe("default");
  });

  it("puts events about cluster-scoped objects into namespace default", () => {
    const { world, record, events } = recording();
    record(world.ask(creating({ apiVersion: "v1", kind: "Node", metadata: { name: "n1" } }, Node)));
    expect(events().map(({ metadata }) => metadata.namespace)).toEqual(["default"]);
  });

  it("counts the same event up within ten minutes, and tells another or a later one anew", () => {
    const { world, record, events } = recording();
    const object = world.ask(creating(configMap("a")));
    record(object);
    world.advance(60_000);
    record(object);
    record(object, "something else");
    expect(
      events()
        .map(({ count, lastTimestamp }) => `${count} ${lastTimestamp}`)
        .sort(),
    ).toEqual(["1 2026-01-01T00:01:00Z", "2 2026-01-01T00:01:00Z"]);
    world.advance(601_000);
    record(object);
    expect(events()).toHaveLength(3);
  });

  it("writes the event anew when the one to count up is gone", () => {
    const { world, record, events } = recording();
    const object = world.ask(creating(configMap("a")));
    record(object);
    world.ask({ verb: "deletecollection", kind: Event, namespace: "default" });
    record(object);
    expect(events().map(({ count }) => count)).toEqual([1]);
  });
});
