import { describe, expect, it } from "vitest";
import { Deployment, Event, PropagationPolicy, ResourceBinding, Work } from "../../../src/api/index.ts";
import { placementControllers } from "../../../src/federation/control-plane.ts";
import { InterpreterError, type KindRules, nativeInterpreter } from "../../../src/federation/index.ts";
import { DEPLOYMENTS, deployment, type Host, host, policy, yaml } from "../host.ts";

/** A host whose customization of Deployments fails at one operation. */
function failingAt(operation: keyof KindRules): Host {
  const fail = (): never => {
    throw new InterpreterError("script failed");
  };
  const interpreter = nativeInterpreter([new Map([["apps/v1/Deployment", { [operation]: fail }]])]);
  const made = host(placementControllers({ yaml, interpreter }));
  made.create(Deployment, deployment("web", 1));
  made.create(PropagationPolicy, policy("web", { resourceSelectors: [DEPLOYMENTS], propagateDeps: true }));
  made.settle();
  return made;
}

describe("a customization that fails", () => {
  it.each<[keyof KindRules, string, number, number]>([
    ["replicas", "GetReplicasFailed", 0, 0],
    ["reviseReplica", "SyncWorkFailed", 1, 0],
    ["dependencies", "GetDependenciesFailed", 1, 2],
  ])("at %s is told as %s, and stops nothing else", (operation, reason, bindings, works) => {
    const made = failingAt(operation);
    const told = made.list(Event).filter((event) => event.reason === reason);
    expect(told.map((event) => event.message)).toContain("script failed");
    expect(made.list(ResourceBinding)).toHaveLength(bindings);
    expect(made.list(Work)).toHaveLength(works);
  });
});
