import { ClusterRole, ClusterRoleBinding, type PolicyRule, Role, RoleBinding } from "../../api/index.ts";
import { type Kind, type KubeObject, kindKey, statusErrors, type Unstructured } from "../../apimachinery/index.ts";
import { deepEqual } from "../../std/index.ts";
import type { AdmissionPlugin, AdmissionRequest } from "../admission.ts";
import type { User } from "../request.ts";
import { RBAC_GROUP } from "./policy/notation.ts";
import { aggregate } from "./rights.ts";
import { MASTERS, type RoleBasedAccess } from "./role-based-access.ts";
import { compactRules, compactText, quotedList, uncovered } from "./rule-cover.ts";

const EVERYTHING: readonly PolicyRule[] = [
  { verbs: ["*"], apiGroups: ["*"], resources: ["*"] },
  { verbs: ["*"], nonResourceURLs: ["*"] },
];
const ROLES = [Role, ClusterRole].map((kind) => kindKey(kind));
const BINDINGS = [RoleBinding, ClusterRoleBinding].map((kind) => kindKey(kind));

/**
 * Nobody grants what they do not hold, unless they may `escalate` the role or `bind` it
 * (`pkg/registry/rbac/{role,rolebinding}/policybased`).
 */
export function escalationCheck(access: RoleBasedAccess): AdmissionPlugin {
  return {
    name: "RBACEscalationCheck",
    handles: (kind) => ROLES.includes(kindKey(kind)) || BINDINGS.includes(kindKey(kind)),
    admit: (request) => {
      const { object, before, user, verb, kind } = request;
      if (object === undefined || verb === "delete" || user.groups.includes(MASTERS)) return object;
      if (before !== undefined && changesOnlyOwnership(object, before)) return object;
      if (ROLES.includes(kindKey(kind))) checkRole(access, request, object);
      else checkBinding(access, request, object);
      return object;
    },
  };
}

function checkRole(access: RoleBasedAccess, request: AdmissionRequest, role: Unstructured): void {
  const { user, kind, name, namespace } = request;
  const asked = { user, group: RBAC_GROUP, version: "v1", ...(namespace === undefined ? {} : { namespace }) };
  if (access.decide({ ...asked, verb: "escalate", resource: kind.plural, name }).allowed) return;
  const { rules, aggregationRule, metadata } = role as Unstructured & ClusterRole;
  const confirm = (wanted: readonly PolicyRule[]): string | undefined =>
    escalation(access, { user, namespace: namespace ?? "" }, wanted);
  const wrong =
    confirm(rules ?? []) ??
    (aggregationRule !== undefined && confirm(EVERYTHING) !== undefined
      ? "must have cluster-admin privileges to use the aggregationRule"
      : undefined);
  if (wrong !== undefined) throw statusErrors.forbidden(kind, metadata.name, wrong);
}

function checkBinding(access: RoleBasedAccess, request: AdmissionRequest, object: Unstructured): void {
  const { user, kind, namespace = "" } = request;
  const { roleRef, metadata } = object as Unstructured & RoleBinding;
  const role: Kind<KubeObject> = roleRef.kind === "Role" ? Role : ClusterRole;
  const asked = { user, verb: "bind", group: RBAC_GROUP, version: "v1", resource: role.plural, name: roleRef.name };
  if (access.decide(namespace === "" ? asked : { ...asked, namespace }).allowed) return;
  const rules = access.rulesOf(roleRef, namespace);
  if (rules === undefined) throw statusErrors.notFound(kind, roleRef.name);
  const wrong = escalation(access, { user, namespace }, rules);
  if (wrong !== undefined) throw statusErrors.forbidden(kind, metadata.name, wrong);
}

/** What is wrong when `user` gives `wanted` away in a namespace; `undefined` when all of it is held. */
function escalation(
  access: RoleBasedAccess,
  { user, namespace }: { readonly user: User; readonly namespace: string },
  wanted: readonly PolicyRule[],
): string | undefined {
  const { rules, errors } = access.heldBy(user, namespace);
  const missing = uncovered(
    rules.map(({ rule }) => rule),
    wanted,
  );
  if (missing.length === 0) return undefined;
  const who = `user ${JSON.stringify(user.name)} (groups=${quotedList(user.groups)})`;
  const texts = [...new Set(compactRules(missing).map(compactText))].sort();
  const unresolved = errors.length === 0 ? "" : `; resolution errors: ${aggregate(errors)}`;
  return `${who} is attempting to grant RBAC permissions not currently held:\n${texts.join("\n")}${unresolved}`;
}

/** The garbage collector may touch owners and finalizers without holding the role (`IsOnlyMutatingGCFields`). */
function changesOnlyOwnership(after: Unstructured, before: Unstructured): boolean {
  const { ownerReferences, finalizers } = before.metadata;
  const { ownerReferences: _, finalizers: __, ...rest } = after.metadata;
  const restored = {
    ...rest,
    ...(ownerReferences === undefined ? {} : { ownerReferences }),
    ...(finalizers === undefined ? {} : { finalizers }),
  };
  return deepEqual({ ...after, metadata: restored }, before);
}
