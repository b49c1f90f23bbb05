import { describe, expect, it } from "vitest";
import { rankForDeletion } from "../../src/algorithms/index.ts";
import type { Pod } from "../../src/api/index.ts";

const NOW = Date.parse("2026-01-01T01:00:00Z");

type Traits = {
  readonly node?: string;
  readonly phase?: "Pending" | "Running";
  readonly readySince?: string;
  readonly cost?: string;
  readonly restarts?: number;
  readonly created?: string;
};

function pod(name: string, traits: Traits = {}): Pod {
  const { node, phase = "Running", readySince, cost, restarts = 0, created = "2026-01-01T00:00:00Z" } = traits;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      uid: name,
      creationTimestamp: created,
      ...(cost === undefined ? {} : { annotations: { "controller.kubernetes.io/pod-deletion-cost": cost } }),
    },
    spec: { containers: [], ...(node === undefined ? {} : { nodeName: node }) },
    status: {
      phase,
      ...(readySince === undefined
        ? {}
        : { conditions: [{ type: "Ready", status: "True", lastTransitionTime: readySince }] }),
      containerStatuses: [{ name: "c", ready: true, restartCount: restarts, image: "", imageID: "" }],
    },
  };
}

const ready = { node: "n1", readySince: "2026-01-01T00:00:00Z" } as const;

describe("rankForDeletion", () => {
  it.each<[string, Traits, Traits]>([
    ["unassigned before assigned", { phase: "Pending" }, { node: "n1", phase: "Pending" }],
    ["pending before running", { node: "n1", phase: "Pending" }, { node: "n1" }],
    ["not ready before ready", { node: "n1" }, ready],
    ["cheap before dear", { ...ready, cost: "-5" }, { ...ready, cost: "5" }],
    ["crowded node before lonely one", { ...ready, node: "crowded" }, ready],
    ["ready for less time before ready for long", { ...ready, readySince: "2026-01-01T00:59:00Z" }, ready],
    ["restarted more often before restarted less", { ...ready, restarts: 3 }, { ...ready, restarts: 1 }],
    ["younger before older", { ...ready, created: "2026-01-01T00:59:00Z" }, ready],
  ])("lets go of the %s", (_name, first, second) => {
    const sameNode = (each: Pod): number => (each.spec.nodeName === "crowded" ? 2 : 1);
    const ranked = rankForDeletion([pod("b", second), pod("a", first)], sameNode, NOW);
    expect(ranked.map((each) => each.metadata.name)).toEqual(["a", "b"]);
  });
});
