import type { RoleBinding, Subject } from "../../api/index.ts";
import { sortedBy } from "../../std/index.ts";
import type { User } from "../request.ts";
import { ACTS_AS } from "./policy/bindings.ts";

/** A binding that holds for a user, and the subject by which it does. */
export type Grant = { readonly binding: RoleBinding; readonly subject: Subject };

type BySubject = Map<string, Map<string, Grant>>;

/** RoleBindings and ClusterRoleBindings by whom they name; kept up to date binding by binding. */
export class Grants {
  /** By namespace; ClusterRoleBindings are those of the namespace `""`. */
  readonly #scopes = new Map<string, BySubject>();

  put(binding: RoleBinding): void {
    const { namespace = "", name } = binding.metadata;
    let scope = this.#scopes.get(namespace);
    if (scope === undefined) {
      scope = new Map();
      this.#scopes.set(namespace, scope);
    }
    for (const subject of binding.subjects ?? []) {
      const key = subjectKey(subject, namespace);
      const held = scope.get(key);
      if (held === undefined) scope.set(key, new Map([[name, { binding, subject }]]));
      else if (held.get(name)?.binding !== binding) held.set(name, { binding, subject });
    }
  }

  remove(binding: RoleBinding): void {
    const { namespace = "", name } = binding.metadata;
    const scope = this.#scopes.get(namespace);
    for (const subject of binding.subjects ?? []) {
      const key = subjectKey(subject, namespace);
      const held = scope?.get(key);
      held?.delete(name);
      if (held?.size === 0) scope?.delete(key);
    }
    if (scope?.size === 0) this.#scopes.delete(namespace);
  }

  /** The bindings of a namespace, or with `""` the ClusterRoleBindings, that name the user or one of the groups, in order of name. */
  of({ name: userName, groups }: User, namespace: string): readonly Grant[] {
    const scope = this.#scopes.get(namespace);
    if (scope === undefined) return [];
    const found = new Map<string, Grant>();
    const names = [userName, ...(ACTS_AS[userName] ?? [])];
    for (const key of [...names.map(userKey), ...groups.map(groupKey)])
      for (const [name, grant] of scope.get(key) ?? []) if (!found.has(name)) found.set(name, grant);
    return sortedBy(found.values(), ({ binding }) => binding.metadata.name);
  }
}

/** `ClusterRoleBinding "x" of ClusterRole "y" to Group "z"`, as the reasons of decisions name a grant. */
export function describeGrant({ binding, subject }: Grant): string {
  const { namespace, name } = binding.metadata;
  const { roleRef } = binding;
  const title = namespace === undefined ? name : `${name}/${namespace}`;
  const kind = namespace === undefined ? "ClusterRoleBinding" : "RoleBinding";
  const holder =
    subject.kind === "ServiceAccount" ? `${subject.name}/${subject.namespace ?? namespace ?? ""}` : subject.name;
  const role = `${roleRef.kind} ${JSON.stringify(roleRef.name)}`;
  return `${kind} ${JSON.stringify(title)} of ${role} to ${subject.kind} ${JSON.stringify(holder)}`;
}

/** The user name of a service account. */
export function serviceAccountName(namespace: string, name: string): string {
  return `system:serviceaccount:${namespace}:${name}`;
}

function subjectKey({ kind, name, namespace }: Subject, home: string): string {
  if (kind === "Group") return groupKey(name);
  return userKey(kind === "ServiceAccount" ? serviceAccountName(namespace ?? home, name) : name);
}

function userKey(name: string): string {
  return `user ${name}`;
}

function groupKey(name: string): string {
  return `group ${name}`;
}
