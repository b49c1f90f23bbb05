import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ClusterRole,
  ClusterRoleBinding,
  type PolicyRule,
  Role,
  RoleBinding,
  type RoleRef,
} from "../../../src/api/index.ts";
import type { Kind, KubeObject, Unstructured } from "../../../src/apimachinery/index.ts";
import { RoleBasedAccess } from "../../../src/apiserver/rbac/role-based-access.ts";
import type { Resource } from "../../../src/apiserver/resource.ts";
import { accountSubject, groupSubject, person, userSubject } from "./cluster.ts";

const NAMESPACES = [undefined, "a", "b"] as const;
const SUBJECTS = [userSubject("bob"), groupSubject("dev"), accountSubject("robot", "a")];
const USERS = [person("bob"), person("eve", "dev"), person("system:serviceaccount:a:robot"), person("bob", "dev")];
const NAMES = ["x", "y"];

type Write = { readonly kind: Kind<KubeObject>; readonly object: Role | RoleBinding; readonly gone: boolean };

const rule: fc.Arbitrary<PolicyRule> = fc.record(
  {
    verbs: fc.constantFrom(["get"], ["list"], ["*"]),
    apiGroups: fc.constant([""]),
    resources: fc.constantFrom(["pods"], ["pods/log"], ["*"]),
    resourceNames: fc.constantFrom(["x"], ["y"]),
  },
  { requiredKeys: ["verbs", "apiGroups", "resources"] },
);
const place = fc.record({
  namespace: fc.constantFrom(...NAMESPACES),
  name: fc.constantFrom(...NAMES),
  gone: fc.boolean(),
});
const roleWrite: fc.Arbitrary<Write> = fc
  .record({ place, rules: fc.array(rule, { maxLength: 2 }) })
  .map(({ place: { namespace, name, gone }, rules }) => ({
    kind: namespace === undefined ? ClusterRole : Role,
    object: { apiVersion: "", kind: "", metadata: namespace === undefined ? { name } : { name, namespace }, rules },
    gone,
  }));
const bindingWrite: fc.Arbitrary<Write> = fc
  .record({
    place,
    kind: fc.constantFrom("Role", "ClusterRole"),
    role: fc.constantFrom(...NAMES),
    subjects: fc.subarray(SUBJECTS),
  })
  .map(({ place: { namespace, name, gone }, kind, role, subjects }) => {
    const roleRef: RoleRef = { apiGroup: "", kind: namespace === undefined ? "ClusterRole" : kind, name: role };
    const metadata = namespace === undefined ? { name } : { name, namespace };
    return {
      kind: namespace === undefined ? ClusterRoleBinding : RoleBinding,
      object: { apiVersion: "", kind: "", metadata, roleRef, subjects },
      gone,
    };
  });

type Stored = Map<string, { readonly kind: Kind<KubeObject>; readonly object: Unstructured }>;

const keyOf = (kind: Kind<KubeObject>, { name, namespace = "" }: { name: string; namespace?: string }): string =>
  `${kind.kind} ${namespace}/${name}`;

const noState = (): never => {
  throw new Error("no kubelet asks here");
};

function accessTo(stored: Stored): RoleBasedAccess {
  return new RoleBasedAccess((ref, namespace) => {
    const kind = ref.kind === "Role" ? Role : ClusterRole;
    return stored.get(keyOf(kind, ref.kind === "Role" ? { name: ref.name, namespace } : { name: ref.name }))?.object as
      | (Unstructured & Role)
      | undefined;
  }, noState);
}

function resourceOf(kind: Kind<KubeObject>): Resource {
  return { kind } as Resource;
}

function answers(access: RoleBasedAccess): readonly unknown[] {
  return USERS.flatMap((user) =>
    NAMESPACES.flatMap((namespace) =>
      ["get", "list"].flatMap((verb) =>
        [undefined, "log"].flatMap((subresource) =>
          ["x", "y", undefined].map((name) =>
            access.decide({
              user,
              verb,
              group: "",
              version: "v1",
              resource: "pods",
              ...(namespace === undefined ? {} : { namespace }),
              ...(subresource === undefined ? {} : { subresource }),
              ...(name === undefined ? {} : { name }),
            }),
          ),
        ),
      ),
    ),
  );
}

describe("what is remembered of roles and bindings", () => {
  it("never differs from what one would find who looks for the first time", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(roleWrite, bindingWrite), { maxLength: 12 }), (writes) => {
        const stored: Stored = new Map();
        const access = accessTo(stored);
        for (const { kind, object, gone } of writes) {
          const key = keyOf(kind, object.metadata);
          const before = stored.get(key)?.object;
          const after = gone ? undefined : (object as Unstructured);
          if (after === undefined) stored.delete(key);
          else stored.set(key, { kind, object: after });
          access.committed(resourceOf(kind), before, after);
          const fresh = accessTo(stored);
          for (const one of stored.values()) fresh.committed(resourceOf(one.kind), undefined, one.object);
          expect(answers(access)).toEqual(answers(fresh));
        }
      }),
      { numRuns: 50 },
    );
  });
});
