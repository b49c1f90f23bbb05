import { describe, expect, it } from "vitest";
import { failure, StatusError } from "../../src/apimachinery/index.ts";
import { type Door, door } from "./door.ts";
import { fixture } from "./fixture.ts";

const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
const LEASES = "/apis/coordination.k8s.io/v1/namespaces/default/leases";
const lease = (fields: object = {}): object => ({
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  metadata: { name: "l", ...fields },
});

function filled(count: number, made: Door = door()): Door {
  for (let index = 0; index < count; index++)
    made.call("POST", CONFIG_MAPS, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: `c${index}` } });
  return made;
}

describe("options of a list", () => {
  it.each([
    ["resourceVersionMatch=Exact", "resourceVersionMatch is forbidden unless resourceVersion is provided"],
    [
      "resourceVersionMatch=Exact&resourceVersion=0",
      'resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
    ],
    [
      "resourceVersionMatch=NotOlderThan&resourceVersion=1&continue=x",
      "resourceVersionMatch is forbidden when continue is provided",
    ],
    ["sendInitialEvents=true", "sendInitialEvents is forbidden for list"],
    ["watch=1&sendInitialEvents=true", "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"],
    [
      "watch=1&resourceVersionMatch=NotOlderThan",
      "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
    ],
  ])("may not be %s", (query, detail) => {
    const status = door().json("GET", `${CONFIG_MAPS}?${query}`);
    expect(status).toMatchObject({ code: 422, reason: "Invalid", details: { kind: "ListOptions" } });
    expect(status.message).toContain(`Forbidden: ${detail}`);
  });

  it("may not be a token and a version", () => {
    const token = Buffer.from('{"v":"meta.k8s.io/v1","rv":5,"start":"a"}').toString("base64url");
    expect(door().json("GET", `${CONFIG_MAPS}?continue=${token}&resourceVersion=5`)).toMatchObject({
      code: 400,
      message: "specifying resource version is not allowed when using continue",
    });
  });

  it("page the state of the first page, counting what is left unless something selects", () => {
    const { json, call } = filled(5);
    const first = json("GET", `${CONFIG_MAPS}?limit=2`);
    expect(first.metadata.remainingItemCount).toBe(3);
    expect(json("GET", `${CONFIG_MAPS}?limit=2&labelSelector=!a`).metadata).not.toHaveProperty("remainingItemCount");
    call("DELETE", `${CONFIG_MAPS}/c3`);
    const rest = json("GET", `${CONFIG_MAPS}?limit=9&continue=${first.metadata.continue}`);
    expect(rest.items.map((item: { metadata: { name: string } }) => item.metadata.name)).toEqual(["c2", "c3", "c4"]);
    expect(rest.metadata).toEqual({ resourceVersion: first.metadata.resourceVersion });
  });

  it("that are too old come with a token for going on in the present", () => {
    const made = filled(5, door(fixture({ historyLimit: 2 })));
    const { metadata } = made.json("GET", `${CONFIG_MAPS}?limit=2`);
    for (const name of ["c0", "c3", "c4"]) made.call("DELETE", `${CONFIG_MAPS}/${name}`);
    const expired = made.json("GET", `${CONFIG_MAPS}?limit=2&continue=${metadata.continue}`);
    expect(expired).toMatchObject({ code: 410, reason: "Expired" });
    const rest = made.json("GET", `${CONFIG_MAPS}?limit=2&continue=${expired.metadata.continue}`);
    expect(rest.items.map((item: { metadata: { name: string } }) => item.metadata.name)).toEqual(["c2"]);
  });
});

describe("an update", () => {
  it("creates what is missing of kinds that allow it, and needs to be allowed to", () => {
    const { call, json } = door();
    expect(call("PUT", `${LEASES}/l`, lease())).toMatchObject({ status: 201 });
    expect(json("GET", `${LEASES}/l`).metadata.uid).toMatch(/-/);
    expect(
      call("PUT", `${CONFIG_MAPS}/x`, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x" } }).status,
    ).toBe(404);
    const guarded = door(
      fixture({
        authorize: ({ verb, resource }) =>
          verb === "create" && resource === "leases" ? new StatusError(failure("Forbidden", "no")) : "allow",
      }),
    );
    expect(guarded.call("PUT", `${LEASES}/l`, lease()).status).toBe(403);
  });

  it("does not recreate what it believes to be there", () => {
    expect(door().json("PUT", `${LEASES}/l`, lease({ uid: "1-2" }))).toMatchObject({
      code: 409,
      message: expect.stringContaining("Precondition failed: UID in precondition: 1-2, UID in object meta: "),
    });
  });

  it("must say which version it is of, for kinds that demand it", () => {
    const { call, json } = door();
    call("POST", LEASES, lease());
    expect(json("PUT", `${LEASES}/l`, lease())).toMatchObject({ code: 422 });
    expect(call("PUT", `${LEASES}/l`, json("GET", `${LEASES}/l`)).status).toBe(200);
  });
});
