import { describe, expect, it } from "vitest";
import { ConfigMap } from "../../src/api/index.ts";
import { advanceTo } from "../../src/sim/index.ts";
import { fixture, object, START_MS } from "./fixture.ts";

const inDefault = { kind: ConfigMap, namespace: "default" } as const;
const configMap = (name: string): ReturnType<typeof object> => object("v1", "ConfigMap", { name });

describe("a watch", () => {
  it("is bookmarked once a minute, and never ahead of its events", () => {
    const { good, watch, loop } = fixture();
    const watched = watch({
      verb: "watch",
      ...inDefault,
      options: { allowWatchBookmarks: true, resourceVersion: "1" },
    });
    good({ verb: "create", ...inDefault, object: configMap("a") });
    advanceTo(loop, START_MS + 61_000);
    expect(
      watched.events.map((event) => [event.type, event.type !== "ERROR" && event.object.metadata.resourceVersion]),
    ).toEqual([
      ["ADDED", "3"],
      ["BOOKMARK", "3"],
    ]);
  });

  it("marks the end of the initial events when asked to send them", () => {
    const { good, watch, settle } = fixture();
    good({ verb: "create", ...inDefault, object: configMap("a") });
    const watched = watch({
      verb: "watch",
      ...inDefault,
      options: { sendInitialEvents: true, resourceVersionMatch: "NotOlderThan", allowWatchBookmarks: true },
    });
    settle();
    expect(watched.events.map((event) => event.type)).toEqual(["ADDED", "BOOKMARK"]);
    expect(watched.events[1]).toMatchObject({
      object: { metadata: { resourceVersion: "3", annotations: { "k8s.io/initial-events-end": "true" } } },
    });
  });

  it("ends when its time is over", () => {
    const { watch, loop } = fixture();
    const watched = watch({ verb: "watch", ...inDefault, options: { timeoutSeconds: 5 } });
    advanceTo(loop, START_MS + 4_999);
    expect(watched.ended).toBe(false);
    advanceTo(loop, START_MS + 5_000);
    expect(watched.ended).toBe(true);
  });

  it("begins now when told to leave the initial events out", () => {
    const { good, watch, settle } = fixture();
    good({ verb: "create", ...inDefault, object: configMap("a") });
    const options = { sendInitialEvents: false, resourceVersionMatch: "NotOlderThan" } as const;
    const watched = watch({ verb: "watch", ...inDefault, options });
    good({ verb: "create", ...inDefault, object: configMap("b") });
    settle();
    expect(watched.told()).toEqual(["ADDED b"]);
  });

  it("does not keep a world busy", () => {
    const { watch, loop, settle } = fixture();
    watch({ verb: "watch", ...inDefault, options: { allowWatchBookmarks: true, timeoutSeconds: 600 } });
    settle();
    expect(loop.idle).toBe(true);
  });

  it("gives a deletion out of view the last state that was seen", () => {
    const { good, watch, settle } = fixture();
    good({ verb: "create", ...inDefault, object: object("v1", "ConfigMap", { name: "a", labels: { shown: "yes" } }) });
    const watched = watch({ verb: "watch", ...inDefault, options: { labelSelector: "shown" } });
    good({ verb: "patch", ...inDefault, name: "a", patch: { type: "merge", body: { metadata: { labels: null } } } });
    settle();
    expect(watched.events[1]).toMatchObject({
      type: "DELETED",
      object: { metadata: { labels: { shown: "yes" }, resourceVersion: "4" } },
    });
  });
});
