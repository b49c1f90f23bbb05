import { describe, expect, it } from "vitest";
import {
  type ConditionLike,
  controllerOf,
  findCondition,
  getPath,
  hasFinalizer,
  isConditionTrue,
  isOwnedBy,
  type KubeObject,
  ownerReference,
  removeCondition,
  resolveIntOrPercent,
  setCondition,
  setPath,
  timestamp,
  withAnnotations,
  withFinalizer,
  withLabels,
  withoutFinalizer,
} from "../../src/apimachinery/index.ts";
import { deepFreeze } from "../../src/std/index.ts";

const T0 = Date.UTC(2024, 0, 1);
const object: KubeObject = deepFreeze({ apiVersion: "v1", kind: "Pod", metadata: { name: "web", uid: "1" } });

describe("conditions", () => {
  const ready: ConditionLike & { reason: string } = { type: "Ready", status: "False", reason: "Starting" };
  const conditions = deepFreeze(setCondition(undefined, ready, T0));

  it("are stamped when they appear and when their status turns", () => {
    expect(conditions).toEqual([{ ...ready, lastTransitionTime: timestamp(T0) }]);
    const turned = setCondition(conditions, { ...ready, status: "True" }, T0 + 5000);
    expect(findCondition(turned, "Ready")?.lastTransitionTime).toBe(timestamp(T0 + 5000));
    expect(isConditionTrue(turned, "Ready")).toBe(true);
  });

  it("keep the time of their transition while the status stays", () => {
    const renamed = setCondition(conditions, { ...ready, reason: "Pulling" }, T0 + 5000);
    expect(renamed).toEqual([{ ...ready, reason: "Pulling", lastTransitionTime: timestamp(T0) }]);
  });

  it("are the same array when nothing changes", () => {
    expect(setCondition(conditions, ready, T0 + 5000)).toBe(conditions);
    expect(removeCondition(conditions, "Other")).toBe(conditions);
    expect(removeCondition(conditions, "Ready")).toEqual([]);
  });
});

describe("finalizers, labels and annotations", () => {
  it("come and go without trace, and leave the object alone when nothing changes", () => {
    const held = withFinalizer(object, "a/b");
    expect(hasFinalizer(held, "a/b")).toBe(true);
    expect(withFinalizer(held, "a/b")).toBe(held);
    expect(withoutFinalizer(held, "a/b")).toEqual(object);
    expect(withoutFinalizer(object, "a/b")).toBe(object);
    const labelled = withLabels(object, { app: "web", gone: undefined });
    expect(labelled.metadata.labels).toEqual({ app: "web" });
    expect(withLabels(labelled, { app: "web" })).toBe(labelled);
    expect(withLabels(labelled, { app: undefined })).toEqual(object);
    expect(withAnnotations(object, { note: "x" }).metadata.annotations).toEqual({ note: "x" });
  });
});

describe("owner references", () => {
  it("name the controller and tell owners by UID", () => {
    const child: KubeObject = { ...object, metadata: { name: "child", ownerReferences: [ownerReference(object)] } };
    expect(controllerOf(child)).toEqual({
      apiVersion: "v1",
      kind: "Pod",
      name: "web",
      uid: "1",
      controller: true,
      blockOwnerDeletion: true,
    });
    expect(isOwnedBy(child, object)).toBe(true);
    expect(isOwnedBy(child, { ...object, metadata: { name: "web", uid: "2" } })).toBe(false);
    expect(ownerReference(object, { controller: false }).controller).toBe(false);
  });
});

describe("object paths", () => {
  const spec = deepFreeze({ spec: { replicas: 1, list: [{ a: 1 }, { b: 2 }] }, other: {} });

  it("read what is there and set with everything beside the way shared", () => {
    expect(getPath(spec, ["spec", "list", 1, "b"])).toBe(2);
    expect(getPath(spec, ["spec", "none", "b"])).toBeUndefined();
    const changed = setPath(spec, ["spec", "list", 0, "a"], 9);
    expect(changed.spec.list).toEqual([{ a: 9 }, { b: 2 }]);
    expect(changed.spec.list[1]).toBe(spec.spec.list[1]);
    expect(changed.other).toBe(spec.other);
  });

  it("make objects on the way, remove fields, and return the same object when nothing changes", () => {
    expect(setPath({}, ["a", "b"], 1)).toEqual({ a: { b: 1 } });
    expect(setPath(spec, ["spec", "replicas"], undefined).spec).toEqual({ list: spec.spec.list });
    expect(setPath(spec, ["spec", "replicas"], 1)).toBe(spec);
    expect(setPath(spec, ["none", "x"], undefined)).toBe(spec);
  });
});

describe("a count or percentage", () => {
  it.each([
    [3, 10, true, 3],
    ["25%", 10, true, 3],
    ["25%", 10, false, 2],
    ["100%", 7, true, 7],
    ["nonsense", 7, true, 0],
  ])("%j of %d, up %s, is %d", (value, total, up, count) => {
    expect(resolveIntOrPercent(value, total, { up })).toBe(count);
  });
});
