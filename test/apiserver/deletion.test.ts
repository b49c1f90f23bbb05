import { describe, expect, it } from "vitest";
import { defaultAdmission } from "../../src/kube/index.ts";
import { type Door, door } from "./door.ts";
import { fixture } from "./fixture.ts";

const NAMESPACED = "/api/v1/namespaces/default";
const template = { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } };

describe("a deletion", () => {
  it.each<[path: string, object: Record<string, unknown>, kind: string]>([
    [`${NAMESPACED}/configmaps`, {}, "Status"],
    [`${NAMESPACED}/pods`, { spec: { containers: [{ name: "c", image: "i" }] } }, "Pod"],
    [`${NAMESPACED}/serviceaccounts`, {}, "ServiceAccount"],
    ["/apis/storage.k8s.io/v1/storageclasses", { provisioner: "p" }, "StorageClass"],
    ["/apis/resource.k8s.io/v1/deviceclasses", {}, "DeviceClass"],
    ["/apis/coordination.k8s.io/v1/namespaces/default/leases", {}, "Status"],
  ])("of %s that is carried out at once shows what its kind has to show", (path, fields, kind) => {
    const asked = door();
    created(asked, path, fields);
    expect(asked.json("DELETE", `${path}/x`)).toMatchObject({ kind });
    expect(asked.call("GET", `${path}/x`).status).toBe(404);
  });

  it("of a Namespace only marks it, without grace", () => {
    const asked = door();
    created(asked, "/api/v1/namespaces", {});
    const { metadata, status } = asked.json("DELETE", "/api/v1/namespaces/x");
    expect(status).toEqual({ phase: "Terminating" });
    expect(metadata.deletionTimestamp).toBeDefined();
    expect(metadata.deletionGracePeriodSeconds).toBeUndefined();
  });

  it("of a definition has it kept until its instances are gone", () => {
    const asked = door();
    const schema = { openAPIV3Schema: { type: "object" } };
    const versions = [{ name: "v1", served: true, storage: true, schema }];
    const spec = { group: "x.io", scope: "Namespaced", names: { plural: "as", kind: "A" }, versions };
    const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    const body = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" };
    const made = asked.json("POST", path, { ...body, metadata: { name: "as.x.io" }, spec });
    expect(made.metadata.finalizers).toBeUndefined();
    created(asked, "/apis/x.io/v1/namespaces/default/as", { metadata: { finalizers: ["x.io/f"] } });
    const { metadata, status } = asked.json("DELETE", `${path}/as.x.io`);
    expect(metadata).toMatchObject({ generation: 1, finalizers: ["customresourcecleanup.apiextensions.k8s.io"] });
    expect(metadata.deletionGracePeriodSeconds).toBeUndefined();
    expect(status.conditions).toContainEqual(expect.objectContaining({ type: "Terminating", status: "True" }));
  });

  it("of a Job leaves its pods and warns of it, unless it is said what is to become of them", () => {
    const asked = door(fixture({ admission: defaultAdmission }));
    const path = "/apis/batch/v1/namespaces/default/jobs";
    created(asked, path, { spec: { template } });
    const told = asked.call("DELETE", `${path}/x?propagationPolicy=Background&dryRun=All`);
    expect([JSON.parse(told.text).kind, told.headers.warning]).toEqual(["Status", undefined]);
    const reply = asked.call("DELETE", `${path}/x`);
    expect(JSON.parse(reply.text).metadata.finalizers).toEqual(["orphan"]);
    expect(reply.headers.warning).toEqual([expect.stringContaining("child pods are preserved by default")]);
  });
});

function created(asked: Door, path: string, { metadata, ...fields }: Record<string, unknown>): void {
  const [, root, ...parts] = path.split("/");
  const apiVersion = root === "api" ? "v1" : `${parts[0]}/${parts[1]}`;
  const kind = asked
    .json("GET", root === "api" ? "/api/v1" : `/apis/${apiVersion}`)
    .resources.find(({ name }: { readonly name: string }) => name === path.split("/").at(-1)).kind;
  const object = { apiVersion, kind, metadata: { name: "x", ...(metadata as object) }, ...fields };
  expect(asked.call("POST", path, object).status).toBe(201);
}
