import { describe, expect, it } from "vitest";
import { CustomResourceDefinition } from "../../src/api/index.ts";
import type { Unstructured } from "../../src/apimachinery/index.ts";
import { InformerFactory } from "../../src/client/index.ts";
import { creating, fixture, named } from "../controller/fixture.ts";

const definition = (plural: string, kind: string): Unstructured => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `${plural}.example.com` },
  spec: {
    group: "example.com",
    names: { plural, kind, shortNames: [plural.slice(0, 1)] },
    scope: "Cluster",
    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
  },
});

describe("Discovery", () => {
  it("tells the kinds a cluster serves", () => {
    const world = fixture();
    const { discovery } = new InformerFactory(world.client("host"), world.loop);
    world.settle();
    expect(discovery.kindOf("apps/v1", "Deployment")).toMatchObject({
      group: "apps",
      version: "v1",
      plural: "deployments",
      namespaced: true,
      singular: "deployment",
      shortNames: ["deploy"],
      subresources: expect.arrayContaining(["status", "scale"]),
    });
    expect(discovery.kindOf("v1", "Pod")).toMatchObject({ group: "", plural: "pods" });
    expect(discovery.kindOf("apps/v1", "Pod")).toBeUndefined();
    expect(discovery.kinds().length).toBeGreaterThan(30);
  });

  it("follows definitions that come and go, once per burst", () => {
    const world = fixture();
    const { discovery } = new InformerFactory(world.client("host"), world.loop);
    world.settle();
    let told = 0;
    discovery.onState(() => told++);
    for (const [plural, kind] of [
      ["widgets", "Widget"],
      ["gadgets", "Gadget"],
    ] as const)
      world.ask(creating(definition(plural, kind), CustomResourceDefinition));
    world.settle();
    expect(discovery.kindOf("example.com/v1", "Widget")).toMatchObject({ namespaced: false, shortNames: ["w"] });
    expect(discovery.kindOf("example.com/v1", "Gadget")).toBeDefined();
    expect(told).toBe(1);
    world.ask(named("delete", "widgets.example.com", CustomResourceDefinition));
    world.settle();
    expect(discovery.kindOf("example.com/v1", "Widget")).toBeUndefined();
  });

  it("is tried again in the background while the cluster cannot be reached", () => {
    const world = fixture();
    world.faults.setDown("m1", true);
    const { discovery } = new InformerFactory(world.client("m1"), world.loop);
    expect(world.settle()).toEqual({ state: "idle" });
    expect([discovery.state, discovery.kinds()]).toEqual(["unavailable", []]);
    world.faults.setDown("m1", false);
    world.advance(30_000);
    expect(discovery.state).toBe("synced");
  });
});
