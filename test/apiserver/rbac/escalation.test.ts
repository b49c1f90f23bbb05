import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ClusterRole, ClusterRoleBinding, type PolicyRule, Role, RoleBinding } from "../../../src/api/index.ts";
import type { ApiRequest } from "../../../src/apiserver/index.ts";
import { uncovered } from "../../../src/apiserver/rbac/rule-cover.ts";
import { matchRule } from "../../../src/apiserver/rbac/rule-match.ts";
import { object } from "../fixture.ts";
import { person, type RbacCluster, rbacCluster, userSubject } from "./cluster.ts";

const API = "rbac.authorization.k8s.io/v1";
const GROUP = "rbac.authorization.k8s.io";
const JANE = person("jane", "dev");
const GROUPS = '(groups=["dev" "system:authenticated"])';

/** Jane is admin of namespace team, and holds these rules in the whole cluster. */
function janeAdministrates(...rules: readonly PolicyRule[]): RbacCluster {
  const cluster = rbacCluster();
  cluster.bind("jane", "admin", [userSubject("jane")], "team");
  cluster.role("more", rules);
  cluster.bind("more", "more", [userSubject("jane")]);
  return cluster;
}

function makeRole(rules: readonly PolicyRule[]): ApiRequest {
  return { verb: "create", kind: Role, namespace: "team", object: object(API, "Role", { name: "r" }, { rules }) };
}

function makeBinding(role: string, roleKind = "ClusterRole"): ApiRequest {
  const fields = { roleRef: { apiGroup: GROUP, kind: roleKind, name: role }, subjects: [userSubject("eve")] };
  return {
    verb: "create",
    kind: RoleBinding,
    namespace: "team",
    object: object(API, "RoleBinding", { name: "b" }, fields),
  };
}

const on = (resources: readonly string[], verbs: readonly string[], more: Partial<PolicyRule> = {}): PolicyRule => ({
  verbs,
  apiGroups: [""],
  resources,
  ...more,
});

describe("a role", () => {
  it("may hold what its writer holds there", () => {
    const { ask } = janeAdministrates();
    expect(ask(makeRole([on(["pods", "secrets"], ["get", "list"])]), JANE).ok).toBe(true);
  });

  it("may not hold more, and the refusal lists what is missing", () => {
    const { bad } = janeAdministrates();
    const wanted = [on(["pods", "nodes"], ["get", "list"]), on(["secrets/x"], ["get"], { resourceNames: ["a"] })];
    expect(bad(makeRole(wanted), JANE)).toMatchObject({
      code: 403,
      message: `roles.rbac.authorization.k8s.io "r" is forbidden: user "jane" ${GROUPS} is attempting to grant RBAC permissions not currently held:
{APIGroups:[""], Resources:["nodes"], Verbs:["get" "list"]}
{APIGroups:[""], Resources:["secrets/x"], ResourceNames:["a"], Verbs:["get"]}`,
    });
  });

  it("may not be widened later; owners and finalizers may change", () => {
    const cluster = janeAdministrates();
    cluster.role("r", [on(["nodes"], ["get"])], "team");
    const patch = (body: unknown): ApiRequest => ({
      verb: "patch",
      kind: Role,
      namespace: "team",
      name: "r",
      patch: { type: "merge", body },
    });
    expect(cluster.bad(patch({ rules: [on(["nodes"], ["get", "delete"])] }), JANE).code).toBe(403);
    expect(cluster.bad(patch({ metadata: { labels: { a: "b" } } }), JANE).code).toBe(403);
    expect(cluster.ask(patch({ metadata: { finalizers: ["x.io/y"] } }), JANE).ok).toBe(true);
  });

  it("may hold anything when its writer may escalate it", () => {
    const { ask } = janeAdministrates({ verbs: ["escalate"], apiGroups: [GROUP], resources: ["roles"] });
    expect(ask(makeRole([on(["nodes"], ["delete"])]), JANE).ok).toBe(true);
  });

  it("aggregates only by the will of somebody who holds everything", () => {
    const roles: PolicyRule = { verbs: ["create"], apiGroups: [GROUP], resources: ["clusterroles"] };
    const request: ApiRequest = {
      verb: "create",
      kind: ClusterRole,
      object: object(API, "ClusterRole", { name: "c" }, { aggregationRule: { clusterRoleSelectors: [{}] }, rules: [] }),
    };
    expect(janeAdministrates(roles).bad(request, JANE).message).toBe(
      'clusterroles.rbac.authorization.k8s.io "c" is forbidden: must have cluster-admin privileges to use the aggregationRule',
    );
    const all: PolicyRule = { verbs: ["*"], apiGroups: ["*"], resources: ["*"] };
    expect(janeAdministrates(all, { verbs: ["*"], nonResourceURLs: ["*"] }).ask(request, JANE).ok).toBe(true);
  });
});

describe("a binding", () => {
  it("may grant what its writer holds there", () => {
    const { ask } = janeAdministrates();
    expect(ask(makeBinding("view"), JANE).ok).toBe(true);
  });

  it("may not grant more", () => {
    const { bad } = janeAdministrates();
    expect(bad(makeBinding("cluster-admin"), JANE)).toMatchObject({
      code: 403,
      message: `rolebindings.rbac.authorization.k8s.io "b" is forbidden: user "jane" ${GROUPS} is attempting to grant RBAC permissions not currently held:
{APIGroups:["*"], Resources:["*"], Verbs:["*"]}
{NonResourceURLs:["*"], Verbs:["*"]}`,
    });
  });

  it("may grant a role its writer may bind, by name", () => {
    const bind = { verbs: ["bind"], apiGroups: [GROUP], resources: ["clusterroles"], resourceNames: ["cluster-admin"] };
    const { ask, bad } = janeAdministrates(bind);
    expect(ask(makeBinding("cluster-admin"), JANE).ok).toBe(true);
    expect(bad(makeBinding("system:node"), JANE).code).toBe(403);
  });

  it("needs a role there is, unless its writer may bind it", () => {
    const { bad, ask } = janeAdministrates();
    expect(bad(makeBinding("absent", "Role"), JANE)).toMatchObject({
      code: 404,
      message: 'rolebindings.rbac.authorization.k8s.io "absent" not found',
    });
    expect(ask(makeBinding("absent", "Role")).ok).toBe(true);
  });

  it("of the whole cluster needs rights in the whole cluster", () => {
    const { bad } = janeAdministrates({ verbs: ["create"], apiGroups: [GROUP], resources: ["clusterrolebindings"] });
    const fields = { roleRef: { apiGroup: GROUP, kind: "ClusterRole", name: "view" }, subjects: [userSubject("eve")] };
    const request: ApiRequest = {
      verb: "create",
      kind: ClusterRoleBinding,
      object: object(API, "ClusterRoleBinding", { name: "b" }, fields),
    };
    expect(bad(request, JANE).message).toContain("not currently held");
  });
});

const some = (values: readonly string[]): fc.Arbitrary<string[]> =>
  fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 });
const VERBS = ["get", "list", "create"];
const ASKED_GROUPS = ["", "apps"];
const RESOURCES = ["pods", "services"];
const SUBRESOURCES = [undefined, "status"];
const NAMES = ["a", "b"];
const anyRule: fc.Arbitrary<PolicyRule> = fc.record(
  {
    verbs: some([...VERBS, "*"]),
    apiGroups: some([...ASKED_GROUPS, "*"]),
    resources: some([...RESOURCES, "pods/status", "*/status", "*"]),
    resourceNames: some(NAMES),
  },
  { requiredKeys: ["verbs", "apiGroups", "resources"] },
);

function allows(rules: readonly PolicyRule[], asked: Parameters<typeof matchRule>[1], name: string): boolean {
  return rules.some((rule) => {
    const match = matchRule(rule, asked);
    return match === "always" || (match === "named" && rule.resourceNames?.includes(name) === true);
  });
}

describe("covering", () => {
  it("means: who holds rules that cover others may do all that the others allow", () => {
    fc.assert(
      fc.property(fc.array(anyRule, { maxLength: 4 }), fc.array(anyRule, { maxLength: 2 }), (held, wanted) => {
        fc.pre(uncovered(held, wanted).length === 0);
        for (const verb of VERBS)
          for (const group of ASKED_GROUPS)
            for (const resource of RESOURCES)
              for (const subresource of SUBRESOURCES)
                for (const name of NAMES) {
                  const asked = { verb, group, resource, ...(subresource === undefined ? {} : { subresource }) };
                  if (allows(wanted, asked, name)) expect(allows(held, asked, name)).toBe(true);
                }
      }),
    );
  });

  it("is reflexive, and everything covers anything", () => {
    const everything: PolicyRule = { verbs: ["*"], apiGroups: ["*"], resources: ["*"] };
    fc.assert(
      fc.property(fc.array(anyRule, { maxLength: 4 }), (rules) => {
        expect(uncovered(rules, rules)).toEqual([]);
        expect(uncovered([everything], rules)).toEqual([]);
      }),
    );
  });
});
