import { describe, expect, it } from "vitest";
import { evictionAtMs, toleratesTaint, untoleratedPreferences, untoleratedTaint } from "../../src/algorithms/index.ts";
import type { Taint, Toleration } from "../../src/api/index.ts";

const taint = (effect: Taint["effect"], value = "gpu", key = "dedicated"): Taint => ({ key, value, effect });

describe("toleratesTaint", () => {
  it.each<[string, Toleration, Taint, boolean]>([
    ["Equal needs the value", { key: "dedicated", operator: "Equal", value: "gpu" }, taint("NoSchedule"), true],
    ["another value does not do", { key: "dedicated", value: "cpu" }, taint("NoSchedule"), false],
    ["S0-11 Exists takes any value", { key: "dedicated", operator: "Exists" }, taint("NoSchedule", "any"), true],
    [
      "S0-11 an effect restricts",
      { key: "dedicated", operator: "Exists", effect: "NoSchedule" },
      taint("NoExecute"),
      false,
    ],
    ["Exists without key takes everything", { operator: "Exists" }, taint("NoExecute"), true],
    ["another key does not do", { key: "other", operator: "Exists" }, taint("NoSchedule"), false],
    ["no value equals an empty value", { key: "dedicated" }, { key: "dedicated", effect: "NoSchedule" }, true],
  ])("%s", (_name, toleration, subject, expected) => {
    expect(toleratesTaint(toleration, subject)).toBe(expected);
  });
});

describe("taints of a node", () => {
  const taints = [taint("PreferNoSchedule"), taint("NoSchedule", "a", "one"), taint("NoExecute", "b", "two")];

  it("finds the first that keeps a pod away, of the effects asked for", () => {
    expect(untoleratedTaint(taints, [], ["NoSchedule", "NoExecute"])?.key).toBe("one");
    expect(untoleratedTaint(taints, [{ key: "one", operator: "Exists" }], ["NoSchedule", "NoExecute"])?.key).toBe(
      "two",
    );
    expect(untoleratedTaint(taints, undefined, [])).toBeUndefined();
    expect(untoleratedTaint(undefined, undefined, ["NoSchedule"])).toBeUndefined();
  });

  it("counts the preferences a pod does not tolerate", () => {
    expect(untoleratedPreferences(taints, [])).toBe(1);
    expect(untoleratedPreferences(taints, [{ operator: "Exists" }])).toBe(0);
  });
});

describe("evictionAtMs", () => {
  const nowMs = Date.parse("2026-01-01T00:10:00Z");
  const added: Taint = { key: "out", effect: "NoExecute", timeAdded: "2026-01-01T00:09:00Z" };
  it.each<[string, readonly Taint[], readonly Toleration[], number | undefined]>([
    ["stays where nothing drives out", [taint("NoSchedule")], [], undefined],
    ["goes at once without toleration", [added], [], nowMs],
    ["stays for ever under a toleration without end", [added], [{ key: "out", operator: "Exists" }], undefined],
    [
      "counts from when the taint came",
      [added],
      [{ key: "out", operator: "Exists", tolerationSeconds: 300 }],
      nowMs + 240_000,
    ],
    [
      "the shortest toleration decides",
      [added],
      [
        { key: "out", operator: "Exists", tolerationSeconds: 300 },
        { operator: "Exists", tolerationSeconds: 90 },
      ],
      nowMs + 30_000,
    ],
    [
      "the soonest taint decides",
      [added, { key: "other", effect: "NoExecute", timeAdded: "2026-01-01T00:08:00Z" }],
      [{ operator: "Exists", tolerationSeconds: 200 }],
      nowMs + 80_000,
    ],
  ])("%s", (_name, taints, tolerations, expected) => {
    expect(evictionAtMs(taints, tolerations, nowMs)).toBe(expected);
  });
});
