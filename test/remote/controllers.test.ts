import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConfigMap } from "../../src/api/index.ts";
import { type ControllerManager, defineController, plan, startControllers } from "../../src/controller/index.ts";
import { type ServedCluster, servedCluster } from "./served-cluster.ts";

/** Gives every ConfigMap labelled `copied` a copy, with its data. */
const copier = defineController({
  name: "copier",
  primary: [ConfigMap],
  predicate: ({ object }) => object.metadata.labels?.copied !== undefined,
  reads: [],
  reconcile: (source, snapshot) => {
    const name = `${source.metadata.name}-copy`;
    const existing = snapshot.get(ConfigMap, name, "default");
    const metadata = { name, namespace: "default" };
    const desired: ConfigMap = { apiVersion: "v1", kind: "ConfigMap", metadata, data: source.data ?? {} };
    if (existing === undefined) return plan({ type: "create", kind: ConfigMap, object: desired });
    return plan({ type: "update", kind: ConfigMap, object: { ...existing, data: source.data ?? {} } as ConfigMap });
  },
});

const admin = { name: "admin", groups: ["system:masters"] };
let cluster: ServedCluster;
let manager: ControllerManager;
beforeEach(async () => {
  cluster = await servedCluster();
  manager = startControllers({ loop: cluster.loop, client: cluster.client, definitions: [copier] });
});
afterEach(async () => {
  manager.stop();
  await cluster.close();
});

function write(name: string, color: string): void {
  const metadata = { name, namespace: "default", labels: { copied: "yes" } };
  const object: ConfigMap = { apiVersion: "v1", kind: "ConfigMap", metadata, data: { color } };
  const request = { kind: ConfigMap, namespace: "default", name, object } as const;
  const answer = cluster.server.answer({ verb: "create", ...request }, admin);
  if (!answer.ok) cluster.server.answer({ verb: "update", ...request }, admin);
}

function colors(): readonly (string | undefined)[] {
  const answer = cluster.server.answer({ verb: "list", kind: ConfigMap }, admin);
  const items = (answer.ok ? answer.object.items : []) as readonly ConfigMap[];
  return items.map(({ metadata, data }) => `${metadata.name} ${data?.color}`);
}

describe("controllers over a remote cluster", () => {
  it("do what they do in process", async () => {
    for (const name of ["a", "b"]) write(name, "blue");
    await cluster.settle(() => colors().length === 4);
    expect(colors()).toEqual(["a blue", "a-copy blue", "b blue", "b-copy blue"]);
    write("a", "red");
    await cluster.settle(() => colors()[1] === "a-copy red");
    expect(colors()).toEqual(["a red", "a-copy red", "b blue", "b-copy blue"]);
  });
});
