import { describe, expect, it } from "vitest";
import { ConfigMap } from "../../src/api/index.ts";
import { type AnyDefinition, defineController, plan } from "../../src/controller/index.ts";
import { configMap, created, creating, dataOf, fixture, named } from "./fixture.ts";

/** Copies itself to a member, and notes at home what came of it. */
const sender: AnyDefinition = defineController({
  name: "sender",
  primary: [ConfigMap],
  predicate: ({ object }) => object.metadata.labels !== undefined,
  reads: [],
  memberReads: [],
  reconcile: (object, snapshot) => {
    const { name } = object.metadata;
    const present = snapshot.member("m1")?.dynamic(ConfigMap, name, "default") !== undefined;
    return present ? { intents: [] } : plan(created(configMap(name), "m1"));
  },
  conclude: (object, outcomes) => {
    const failed = outcomes.find(({ answer }) => answer !== "skipped" && !answer.ok);
    const told: ConfigMap = { ...object, data: { applied: failed === undefined ? "True" : "False" } };
    return plan({ type: "update", kind: ConfigMap, object: told, before: object });
  },
});

describe("conclude", () => {
  it("learns what became of every intent, records it, and the plan is still tried again", () => {
    const world = fixture(["m1"]);
    world.faults.setDown("m1", true);
    world.ask(creating(configMap("a", {}, { role: "sent" })));
    world.start([sender]);
    expect(world.settle()).toEqual({ state: "idle" });
    expect(dataOf(world.ask(named("get", "a")))).toEqual({ applied: "False" });
    world.faults.setDown("m1", false);
    world.advance(60_000);
    expect(dataOf(world.ask(named("get", "a")))).toEqual({ applied: "True" });
    expect(world.ask(named("get", "a"), "m1").kind).toBe("ConfigMap");
  });
});
