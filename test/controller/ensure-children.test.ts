import { describe, expect, it } from "vitest";
import { ConfigMap } from "../../src/api/index.ts";
import { ensureChildren } from "../../src/controller/index.ts";

const child = (
  name: string,
  data: Record<string, string>,
  metadata: Partial<ConfigMap["metadata"]> = {},
): ConfigMap => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "default", ...metadata },
  data,
});

describe("ensureChildren", () => {
  it("creates what is missing, updates what differs, deletes what is not wanted, and leaves the rest", () => {
    const existing = [
      child("same", { a: "1" }, { uid: "u1", resourceVersion: "1", labels: { by: "others" } }),
      child("differs", { a: "1" }, { uid: "u2", resourceVersion: "2" }),
      child("unwanted", {}, { uid: "u3", resourceVersion: "3" }),
    ];
    const desired = [child("new", {}), child("differs", { a: "2" }), child("same", { a: "1" })];
    expect(ensureChildren(ConfigMap, { desired, existing })).toEqual([
      { type: "create", kind: ConfigMap, object: desired[0] },
      {
        type: "update",
        kind: ConfigMap,
        object: child("differs", { a: "2" }, { uid: "u2", resourceVersion: "2" }),
        before: existing[1],
      },
      { type: "delete", kind: ConfigMap, name: "unwanted", namespace: "default", uid: "u3" },
    ]);
  });

  it("leaves children on their way out alone, wanted or not", () => {
    const deletionTimestamp = "2026-01-01T00:00:00Z";
    const existing = [child("a", { x: "1" }, { deletionTimestamp }), child("b", {}, { deletionTimestamp })];
    expect(ensureChildren(ConfigMap, { desired: [child("a", { x: "2" })], existing })).toEqual([]);
  });

  it("keeps labels and annotations others gave", () => {
    const existing = [child("a", {}, { labels: { theirs: "1" }, annotations: { note: "kept" } })];
    const desired = [child("a", {}, { labels: { ours: "1" } })];
    const [update] = ensureChildren(ConfigMap, { at: "member1", desired, existing });
    const metadata = { labels: { theirs: "1", ours: "1" }, annotations: { note: "kept" } };
    expect(update).toMatchObject({ type: "update", at: "member1", object: { metadata } });
  });
});
