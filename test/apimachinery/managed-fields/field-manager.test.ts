import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  FieldManager,
  type FieldType,
  FieldTypes,
  type FieldWrite,
  type JsonSchema,
  type ManagedFieldsEntry,
  managerNameErrors,
  managerOfUserAgent,
  StatusError,
  type Unstructured,
  withSettledTimes,
} from "../../../src/apimachinery/index.ts";

const SCHEMA: JsonSchema = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      properties: {
        replicas: { type: "integer" },
        image: { type: "string" },
        settings: { type: "object", additionalProperties: { type: "string" } },
        parts: {
          type: "array",
          items: { type: "object", properties: { name: { type: "string" }, size: { type: "integer" } } },
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["name"],
        },
        tags: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" },
      },
    },
    status: { type: "object", properties: { ready: { type: "boolean" } } },
  },
};
const TYPE: FieldType = new FieldTypes().ofResource(SCHEMA);
const KIND = { group: "example.com", version: "v1", kind: "Thing" };
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

let second = 0;
const at = (seconds: number): string =>
  new Date(Date.UTC(2030, 0, 1) + seconds * 1000).toISOString().replace(".000", "");
const write = (manager: string, more: Partial<FieldWrite> = {}): FieldWrite => ({
  kind: KIND,
  typeOf: (apiVersion) => (apiVersion === "example.com/v1" ? TYPE : undefined),
  custom: true,
  part: "all but status",
  manager,
  time: at(second++),
  ...more,
});
const thing = (spec: unknown, metadata: object = {}, more: object = {}): Unstructured =>
  ({
    apiVersion: "example.com/v1",
    kind: "Thing",
    metadata: { name: "a", ...metadata },
    spec,
    ...more,
  }) as Unstructured;

const manager = new FieldManager();
const applied = (live: Unstructured | undefined, config: Unstructured, who: string, force = false): Unstructured =>
  manager.apply(live, config, { ...write(who), force });
const updated = (
  live: Unstructured | undefined,
  next: Unstructured,
  who: string,
  more: Partial<FieldWrite> = {},
  stated: readonly ManagedFieldsEntry[] | undefined = next.metadata.managedFields,
): Unstructured => {
  const managedFields = manager.update(live, next, { ...write(who, more), stated });
  const { managedFields: _, ...metadata } = next.metadata;
  return { ...next, metadata: managedFields === undefined ? metadata : { ...metadata, managedFields } };
};
const failureOf = (run: () => unknown): StatusError => {
  try {
    run();
  } catch (error) {
    if (error instanceof StatusError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
};
const told = (object: Unstructured): string[] =>
  (object.metadata.managedFields ?? []).map(
    ({ manager: who, operation, subresource, fieldsV1 }) =>
      `${who} ${operation}${subresource === undefined ? "" : `/${subresource}`} ${JSON.stringify(fieldsV1)}`,
  );

const config = fc
  .record(
    {
      replicas: fc.nat(3),
      image: fc.constantFrom("x", "y"),
      settings: fc.dictionary(fc.constantFrom("p", "q", "r"), fc.constantFrom("1", "2"), { maxKeys: 3 }),
      parts: fc.uniqueArray(
        fc.record({ name: fc.constantFrom("a", "b", "c"), size: fc.nat(2) }, { requiredKeys: ["name"] }),
        { selector: ({ name }) => name, maxLength: 3 },
      ),
      tags: fc.uniqueArray(fc.constantFrom("t", "u", "v"), { maxLength: 3 }),
    },
    { requiredKeys: [] },
  )
  .map((spec) => thing(spec));
const history = fc.array(fc.tuple(config, fc.constantFrom("one", "two", "three")), { maxLength: 4 });
const played = (writes: readonly (readonly [Unstructured, string])[]): Unstructured =>
  writes.reduce<Unstructured>(
    (live, [next, who], index) =>
      index % 2 === 0 ? applied(live, next, who, true) : updated(live, { ...next, metadata: live.metadata }, who),
    applied(undefined, thing({}), "start"),
  );

describe("an apply", () => {
  it("is idempotent: the second time it is the same object", () => {
    fc.assert(
      fc.property(history, config, (writes, wanted) => {
        const first = applied(played(writes), wanted, "me", true);
        const again = applied(first, wanted, "me");
        expect(again).toBe(first);
      }),
    );
  });

  it("leaves what its configuration says, forced or not met by anybody", () => {
    fc.assert(
      fc.property(history, config, (writes, wanted) => {
        const after = applied(played(writes), wanted, "me", true).spec as Record<string, unknown>;
        for (const [name, value] of Object.entries(wanted.spec as object))
          if (typeof value !== "object") expect(after[name]).toEqual(value);
          else if (!Array.isArray(value)) expect(after[name]).toMatchObject(value);
          else for (const item of value as unknown[]) expect(after[name]).toContainEqual(sameItem(item));
      }),
    );
  });

  it("by one, then by another, and taken back by the one, leaves the other's", () => {
    fc.assert(
      fc.property(config, config, (one, other) => {
        const both = applied(applied(undefined, one, "one"), other, "other", true);
        const left = applied(both, thing({}), "one");
        const alone = applied(undefined, other, "other");
        expect(unlist(left.spec)).toEqual(unlist(alone.spec));
        const { managedFields = [] } = left.metadata;
        expect(managedFields.filter(({ manager: who }) => who === "other").map(({ fieldsV1 }) => fieldsV1)).toEqual(
          (alone.metadata.managedFields ?? []).map(({ fieldsV1 }) => fieldsV1),
        );
      }),
    );
  });

  it("names those it meets, one field in a line, more in a list by manager", () => {
    const live = updated(undefined, thing({ replicas: 1, image: "x", tags: ["t"] }), "kubectl-create");
    const one = failureOf(() => applied(live, thing({ replicas: 2 }), "me")).status;
    expect(one).toMatchObject({
      code: 409,
      reason: "Conflict",
      message: 'Apply failed with 1 conflict: conflict with "kubectl-create" using example.com/v1: .spec.replicas',
      details: {
        causes: [
          {
            reason: "FieldManagerConflict",
            message: 'conflict with "kubectl-create" using example.com/v1',
            field: ".spec.replicas",
          },
        ],
      },
    });
    const shared = applied(live, thing({ replicas: 1 }), "other");
    const more = failureOf(() => applied(shared, thing({ replicas: 2, image: "y" }), "me")).status;
    expect(more.message).toBe(
      'Apply failed with 3 conflicts: conflicts with "kubectl-create" using example.com/v1:\n- .spec.image\n- .spec.replicas\nconflicts with "other":\n- .spec.replicas',
    );
    expect(more.details?.causes).toHaveLength(3);
  });

  it("refuses what cannot be applied", () => {
    const live = applied(undefined, thing({ replicas: 1 }), "me");
    const refused = (wanted: Unstructured): string => {
      const { code, message } = failureOf(() => applied(live, wanted, "me"));
      return `${code} ${message}`;
    };
    expect(refused({ ...thing({}), kind: "Other" })).toBe("400 invalid object type: example.com/v1, Kind=Other");
    expect(refused({ ...thing({}), apiVersion: "v1" })).toBe("400 invalid object type: /v1, Kind=Thing");
    expect(refused(thing({}, { managedFields: [] }))).toBe("400 metadata.managedFields must be nil");
    expect(refused(thing({ size: 1 }, { namespace: "n" }))).toBe(
      "500 failed to create typed patch object (n/a; example.com/v1, Kind=Thing): .spec.size: field not declared in schema",
    );
  });

  it("takes over what nobody was noted for, as from before the first apply", () => {
    const live = thing({ replicas: 1, image: "x" });
    expect(told(applied(live, thing({ replicas: 1 }), "me"))).toEqual([
      'me Apply {"f:spec":{"f:replicas":{}}}',
      'before-first-apply Update {"f:spec":{".":{},"f:image":{},"f:replicas":{}}}',
    ]);
    expect(failureOf(() => applied(live, thing({ image: "y" }), "me")).message).toContain('"before-first-apply"');
  });

  it("by kubectl takes over what kubectl applied client-side, and keeps the annotation in step", () => {
    const noted = JSON.stringify(thing({ replicas: 1, image: "x" }));
    const live = updated(
      undefined,
      thing({ replicas: 1, image: "x" }, { annotations: { [LAST_APPLIED]: noted } }),
      "kubectl-client-side-apply",
    );
    const wanted = thing({ replicas: 2, image: "<y>" });
    expect(failureOf(() => applied(live, wanted, "me")).message).toContain("2 conflicts");
    const after = applied(live, wanted, "kubectl");
    expect(after.spec).toEqual({ replicas: 2, image: "<y>" });
    expect(after.metadata.annotations?.[LAST_APPLIED]).toBe(
      '{"apiVersion":"example.com/v1","kind":"Thing","metadata":{"name":"a"},"spec":{"image":"\\u003cy\\u003e","replicas":2}}\n',
    );
    const scaled = updated(live, thing({ replicas: 5, image: "x" }, live.metadata), "scaler");
    expect(failureOf(() => applied(scaled, wanted, "kubectl")).message).toBe(
      'Apply failed with 1 conflict: conflict with "scaler" using example.com/v1: .spec.replicas',
    );
  });

  it("owns nothing outside its part", () => {
    const live = applied(undefined, thing({ replicas: 1 }, {}, { status: { ready: true } }), "me");
    expect(told(live)).toEqual(['me Apply {"f:spec":{"f:replicas":{}}}']);
    const part = { ...write("me", { part: "status", subresource: "status" }), force: false } as const;
    const status = manager.apply(live, thing({ replicas: 9 }, {}, { status: { ready: false } }), part);
    expect(told(status)).toEqual([
      'me Apply {"f:spec":{"f:replicas":{}}}',
      'me Apply/status {"f:status":{"f:ready":{}}}',
    ]);
  });
});

describe("an update", () => {
  it("owns all of a new object but what the server gives it", () => {
    const made = updated(undefined, thing({ replicas: 1 }, { uid: "u", generation: 1, labels: { l: "1" } }), "me");
    expect(told(made)).toEqual([
      'me Update {"f:metadata":{"f:labels":{".":{},"f:l":{}}},"f:spec":{".":{},"f:replicas":{}}}',
    ]);
  });

  it("that changes nothing leaves the managed fields the same reference, whatever the client sends back", () => {
    const made = updated(undefined, thing({ replicas: 1 }), "me");
    const sentBack = structuredClone(made);
    expect(manager.update(made, sentBack, { ...write("other"), stated: sentBack.metadata.managedFields })).toBe(
      made.metadata.managedFields,
    );
  });

  it("moves a field to who changed it last, with the time of the change", () => {
    const made = updated(undefined, thing({ replicas: 1, image: "x" }), "me", { time: at(1) });
    const after = updated(made, thing({ replicas: 2, image: "x" }, made.metadata), "other", { time: at(2) });
    expect(told(after)).toEqual([
      'me Update {"f:spec":{".":{},"f:image":{}}}',
      'other Update {"f:spec":{"f:replicas":{}}}',
    ]);
    expect(after.metadata.managedFields?.map(({ time }) => time)).toEqual([at(1), at(2)]);
  });

  it("may state managed fields, or take them all away", () => {
    const made = updated(undefined, thing({ replicas: 1 }), "me");
    const entry = { manager: "x", operation: "Apply", apiVersion: "example.com/v1", fieldsType: "FieldsV1" } as const;
    const stated = [{ ...entry, fieldsV1: { "f:spec": { "f:image": {} } } }];
    expect(told(updated(made, made, "other", {}, stated))).toEqual(['x Apply {"f:spec":{"f:image":{}}}']);
    for (const reset of [[], [{}]]) expect(told(updated(made, made, "other", {}, reset))).toEqual([]);
    for (const wrong of [[{ ...entry, fieldsType: undefined }], [{ ...entry, fieldsV1: { oops: {} } }]])
      expect(updated(made, made, "other", {}, wrong as ManagedFieldsEntry[])).toEqual(made);
    expect(updated(made, made, "other", { subresource: "status" }, [])).toEqual(made);
  });

  it("of an object nobody tracks starts no tracking", () => {
    expect(updated(thing({ replicas: 1 }), thing({ replicas: 2 }), "me").metadata.managedFields).toBeUndefined();
  });

  it("merges the oldest of more than ten updaters", () => {
    const names = Array.from({ length: 12 }, (_, index) => `m${String(index).padStart(2, "0")}`);
    const last = names.reduce<Unstructured>(
      (live, who) => {
        const settings = { ...(live.spec as { settings?: object }).settings, [who]: "1" };
        return updated(live, thing({ settings }, live.metadata), who);
      },
      applied(undefined, thing({}, { labels: { l: "1" } }), "start"),
    );
    expect(told(last)[0]).toContain("start Apply");
    expect(told(last).slice(1)).toHaveLength(10);
    expect(told(last)[1]).toBe(
      'ancient-changes Update {"f:spec":{"f:settings":{".":{},"f:m00":{},"f:m01":{},"f:m02":{}}}}',
    );
  });
});

describe("what a write comes to", () => {
  it("is nothing when only times differ", () => {
    const made = updated(undefined, thing({ replicas: 1 }), "me");
    const entries = made.metadata.managedFields?.map((entry) => ({ ...entry, time: at(5000) })) ?? [];
    const later = { ...made, metadata: { ...made.metadata, managedFields: entries } };
    expect(withSettledTimes(made, later)).toBe(made);
    const changed = { ...later, spec: { replicas: 2 } };
    expect(withSettledTimes(made, changed)).toBe(changed);
  });
});

describe("the name of a manager", () => {
  it.each([
    ["kubectl/v1.34.0 (linux/amd64)", "kubectl"],
    ["Mozilla", "Mozilla"],
    ["a\u0007b/1", "ab"],
    ["x".repeat(200), "x".repeat(128)],
    ["", ""],
  ])("of the agent %j is %j", (agent, name) => expect(managerOfUserAgent(agent)).toBe(name));

  it("is at most 128 printable bytes", () => {
    expect(managerNameErrors("kubectl apply", "fieldManager")).toEqual([]);
    expect(managerNameErrors("a\tb", "fieldManager")).toMatchObject([
      { type: "FieldValueInvalid", detail: "invalid character U+0009 (at position 1)" },
    ]);
    expect(managerNameErrors("é".repeat(65), "fieldManager")).toMatchObject([{ type: "FieldValueTooLong" }]);
  });
});

/** An item of a set as it is, one of a list of maps by what it states. */
function sameItem(item: unknown): unknown {
  return typeof item === "object" && item !== null ? expect.objectContaining(item) : item;
}

/** The value without the order of its lists, and without what is empty. */
function unlist(value: unknown): unknown {
  if (Array.isArray(value))
    return Object.fromEntries(
      value.map((item) => [JSON.stringify((item as { name?: string }).name ?? item), unlist(item)]),
    );
  if (typeof value !== "object" || value === null) return value ?? undefined;
  const fields = Object.entries(value).map(([name, item]) => [name, unlist(item)] as const);
  return Object.fromEntries(
    fields.filter(
      ([, item]) => item !== undefined && !(typeof item === "object" && Object.keys(item as object).length === 0),
    ),
  );
}
