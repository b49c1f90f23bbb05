import type { PolicyRule } from "../../api/index.ts";
import type { AuthorizationAttributes } from "../authorization.ts";
import { describeGrant, type Grant } from "./grants.ts";
import { matchRule } from "./rule-match.ts";

/** Whether something is allowed, and why, as far as Kubernetes tells. */
export type Decision = { readonly allowed: boolean; readonly reason: string };

/** A rule somebody holds; `grant` is absent for rules held by being what one is (a node). */
export type HeldRule = { readonly rule: PolicyRule; readonly grant: Grant | undefined };

/** What somebody holds in some place, and what was wrong with the bindings that should say so. */
export type HeldRules = { readonly rules: readonly HeldRule[]; readonly errors: readonly string[] };

type Verdict = { readonly decision: Decision; readonly named: readonly HeldRule[] };

/** Decisions are forgotten all at once when there are more than this many. */
const DECISIONS_MAX = 4096;
const NONE: readonly HeldRule[] = [];

/** What one user may do, as of one edition of all roles and bindings. Decisions are remembered, names of objects aside. */
export class Rights {
  readonly edition: number;
  /** What the user holds in the whole cluster, and in one namespace; `""` is no namespace. */
  readonly #held: (namespace: string) => HeldRules;
  readonly #places = new Map<string, HeldRules>();
  readonly #verdicts = new Map<string, Verdict>();

  constructor(edition: number, held: (namespace: string) => HeldRules) {
    this.edition = edition;
    this.#held = held;
  }

  decide(attributes: AuthorizationAttributes): Decision {
    const { verb, group, resource, subresource = "", namespace = "", name, path } = attributes;
    const key = path === undefined ? `${verb} ${group}/${resource}/${subresource} ${namespace}` : `${verb} ${path}`;
    let verdict = this.#verdicts.get(key);
    if (verdict === undefined) {
      verdict = this.#judge(attributes);
      if (this.#verdicts.size >= DECISIONS_MAX) this.#verdicts.clear();
      this.#verdicts.set(key, verdict);
    }
    if (verdict.named.length === 0 || name === undefined) return verdict.decision;
    const naming = verdict.named.find(({ rule }) => rule.resourceNames?.includes(name));
    return naming === undefined ? verdict.decision : allowedBy(naming);
  }

  /** Everything the user holds in a namespace, rules of the whole cluster included. */
  heldIn(namespace: string): HeldRules {
    let held = this.#places.get(namespace);
    if (held === undefined) {
      held = this.#held(namespace);
      this.#places.set(namespace, held);
    }
    return held;
  }

  #judge(attributes: AuthorizationAttributes): Verdict {
    const { rules, errors } = this.heldIn(attributes.path === undefined ? (attributes.namespace ?? "") : "");
    const named: HeldRule[] = [];
    for (const held of rules) {
      const match = matchRule(held.rule, attributes);
      if (match === "always") return { decision: allowedBy(held), named: NONE };
      if (match === "named") named.push(held);
    }
    return { decision: { allowed: false, reason: errors.length === 0 ? "" : `RBAC: ${aggregate(errors)}` }, named };
  }
}

function allowedBy({ grant }: HeldRule): Decision {
  return { allowed: true, reason: grant === undefined ? "" : `RBAC: allowed by ${describeGrant(grant)}` };
}

/** Several errors in one text (`k8s.io/apimachinery/pkg/util/errors.Aggregate`). */
export function aggregate(errors: readonly string[]): string {
  const texts = [...new Set(errors)];
  return texts.length === 1 ? (texts[0] as string) : `[${texts.join(", ")}]`;
}
