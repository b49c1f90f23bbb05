import type { PolicyRule, Role, RoleBinding, RoleRef } from "../../api/index.ts";
import type { Unstructured } from "../../apimachinery/index.ts";
import type { ClusterState } from "../admission.ts";
import { type AuthorizationAttributes, type Authorizer, accessDenied } from "../authorization.ts";
import { nodeVerdict } from "../nodes/node-authorizer.ts";
import { nodeOf } from "../nodes/node-identity.ts";
import type { User } from "../request.ts";
import type { Resource } from "../resource.ts";
import { type Grant, Grants } from "./grants.ts";
import { NODE_RULES } from "./policy/component-roles.ts";
import { allow, RBAC_GROUP, READ } from "./policy/notation.ts";
import { type Decision, type HeldRule, type HeldRules, Rights } from "./rights.ts";

/** The group that may do everything, whatever roles there are. */
export const MASTERS = "system:masters";
/** The kubelets of this process read as one user, who is named like their group. */
const ALL_NODES = "system:nodes";

/** Finds a role; a `Role` in the namespace. */
export type RoleFinder = (ref: RoleRef, namespace: string) => Pick<Role, "rules"> | undefined;

const MASTER: Decision = { allowed: true, reason: "" };
/** Users are told apart by name and groups; as many are remembered. */
const USERS_MAX = 1024;

/**
 * Who may do what by the Roles and bindings of a cluster: upstream's Node and RBAC authorizers. It follows every write of
 * them at once; what a user holds is worked out at the first question after such a write.
 */
export class RoleBasedAccess {
  readonly #roleOf: RoleFinder;
  readonly #grants = new Grants();
  readonly #byIdentity = new WeakMap<User, Rights>();
  readonly #byName = new Map<string, Rights>();
  #edition = 0;

  readonly #state: () => ClusterState;

  constructor(roleOf: RoleFinder, state: () => ClusterState) {
    this.#roleOf = roleOf;
    this.#state = state;
  }

  readonly authorize: Authorizer = (attributes) => {
    const { allowed, reason } = this.decide(attributes);
    return allowed ? "allow" : accessDenied(attributes, reason);
  };

  decide(attributes: AuthorizationAttributes): Decision {
    const { user } = attributes;
    if (user.groups.includes(MASTERS)) return MASTER;
    const node = nodeOf(user);
    if (node === undefined) return this.#rightsOf(user).decide(attributes);
    const verdict = nodeVerdict({ node, attributes, state: this.#state() });
    if (verdict === "allowed") return { allowed: true, reason: "" };
    const decision = this.#rightsOf(user).decide(attributes);
    const reasons = [verdict.reason, decision.reason].filter((reason) => reason !== "");
    return decision.allowed ? decision : { allowed: false, reason: reasons.join("\n") };
  }

  /** What a user holds in a namespace (`""`: in no namespace), as far as the bindings can be followed. */
  heldBy(user: User, namespace: string): HeldRules {
    return this.#rightsOf(user).heldIn(namespace);
  }

  /** The rules of the role a binding in `namespace` refers to. */
  rulesOf(ref: RoleRef, namespace: string): readonly PolicyRule[] | undefined {
    const role = this.#roleOf(ref, namespace);
    return role === undefined ? undefined : (role.rules ?? []);
  }

  /** A role or binding was written; others are none of our business. */
  committed({ kind }: Resource, before: Unstructured | undefined, after: Unstructured | undefined): void {
    if (kind.group !== RBAC_GROUP) return;
    this.#edition++;
    if (kind.plural !== "rolebindings" && kind.plural !== "clusterrolebindings") return;
    if (before !== undefined) this.#grants.remove(before as KubeObjectOf<RoleBinding>);
    if (after !== undefined) this.#grants.put(after as KubeObjectOf<RoleBinding>);
  }

  #rightsOf(user: User): Rights {
    const known = this.#byIdentity.get(user);
    if (known !== undefined && known.edition === this.#edition) return known;
    const key = JSON.stringify([user.name, user.groups]);
    let rights = this.#byName.get(key);
    if (rights === undefined || rights.edition !== this.#edition) {
      rights = new Rights(this.#edition, (namespace) => this.#heldBy(user, namespace));
      if (this.#byName.size >= USERS_MAX) this.#byName.clear();
      this.#byName.set(key, rights);
    }
    this.#byIdentity.set(user, rights);
    return rights;
  }

  #heldBy(user: User, namespace: string): HeldRules {
    const ofNode = user.name === ALL_NODES && user.groups.includes(ALL_NODES) ? HELD_BY_NODES : [];
    const everywhere = this.#resolve(this.#grants.of(user, ""), "");
    if (namespace === "") return { rules: [...ofNode, ...everywhere.rules], errors: everywhere.errors };
    const here = this.#resolve(this.#grants.of(user, namespace), namespace);
    return {
      rules: [...ofNode, ...everywhere.rules, ...here.rules],
      errors: [...everywhere.errors, ...here.errors],
    };
  }

  #resolve(grants: readonly Grant[], namespace: string): HeldRules {
    const rules: HeldRule[] = [];
    const errors: string[] = [];
    for (const grant of grants) {
      const { roleRef } = grant.binding;
      const granted = this.rulesOf(roleRef, namespace);
      if (granted === undefined)
        errors.push(`${roleRef.kind.toLowerCase()}.${RBAC_GROUP} ${JSON.stringify(roleRef.name)} not found`);
      else for (const rule of granted) rules.push({ rule, grant });
    }
    return { rules, errors };
  }
}

type KubeObjectOf<T> = Unstructured & T;

/** What nodes may do, for all of them; what upstream's kubelets get one by one, those of this process follow together. */
const HELD_BY_NODES: readonly HeldRule[] = [
  ...NODE_RULES,
  allow(READ, "core", "persistentvolumeclaims persistentvolumes"),
].map((rule) => ({ rule, grant: undefined }));
