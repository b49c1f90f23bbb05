import { describe, expect, it } from "vitest";
import { Deployment, Pod } from "../../src/api/index.ts";
import { type AnyDefinition, defineController, memberRead, NOTHING, read } from "../../src/controller/index.ts";
import { snapshotOf } from "./snapshot.ts";

const definition = defineController({
  name: "counter",
  primary: [Deployment],
  reads: [
    read(Pod, {
      enqueue: (change) => [{ kind: Deployment, namespace: change.object.metadata.namespace ?? "", name: "web" }],
      indexes: { "by-node": (pod) => (pod.spec?.nodeName === undefined ? [] : [pod.spec.nodeName]) },
    }),
  ],
  memberReads: [memberRead(Pod, { enqueue: "none" })],
  reconcile: (deployment, snapshot) => {
    snapshot.list(Pod, { namespace: deployment.metadata.namespace ?? "", where: (pod) => pod.spec !== undefined });
    return NOTHING;
  },
});

const pod = (name: string, nodeName?: string): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "default" },
  spec: { containers: [], ...(nodeName === undefined ? {} : { nodeName }) },
});

describe("snapshotOf", () => {
  it("reads by name, by namespace, by declared index and by filter, in order of names", () => {
    const snapshot = snapshotOf([pod("c", "n1"), pod("b"), pod("a", "n1")], { definition });
    expect(snapshot.get(Pod, "b", "default")?.metadata.name).toBe("b");
    expect(snapshot.list(Pod, { namespace: "default" }).map((found) => found.metadata.name)).toEqual(["a", "b", "c"]);
    const indexed = snapshot.list(Pod, { index: { name: "by-node", value: "n1" } });
    expect(indexed.map((found) => found.metadata.name)).toEqual(["a", "c"]);
    expect(snapshot.list(Pod, { where: (found) => found.spec?.nodeName === undefined })).toHaveLength(1);
  });

  it("tells members that are joined, unreachable and unknown apart", () => {
    const snapshot = snapshotOf([], { definition, members: { m1: [pod("a")], m2: "unreachable" } });
    expect(snapshot.member("m1")?.list(Pod)).toHaveLength(1);
    expect(snapshot.member("m2")?.hasSynced(Pod)).toBe(false);
    expect(snapshot.member("m3")).toBeUndefined();
  });

  it("is accepted by a definition whose types are forgotten", () => {
    const any: AnyDefinition = definition;
    const metadata = { name: "web", namespace: "default" };
    const template = { metadata: { name: "web" }, spec: { containers: [] } };
    const web = { apiVersion: "apps/v1", kind: "Deployment", metadata, spec: { selector: {}, template } };
    expect(definition.reconcile(web, snapshotOf([], { definition }))).toBe(NOTHING);
    expect(any.name).toBe("counter");
  });
});
