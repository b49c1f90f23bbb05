import { declare, type Overload } from "../declaration.ts";
import type { OpaqueValue } from "../values.ts";

/** What an expression asks the authorizer about. */
export type AuthorizerQuestion = {
  readonly verb: string;
  readonly path?: string;
  readonly group?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  /** Asked on behalf of this service account instead of the request's user. */
  readonly serviceAccount?: { readonly namespace: string; readonly name: string };
};

/** Answers whether something is allowed, with the reason when there is one. */
export type AuthorizerAnswer = (question: AuthorizerQuestion) => {
  readonly allowed: boolean;
  readonly reason: string;
};

type Asked = Omit<AuthorizerQuestion, "verb">;

/** A question under construction: the authorizer itself, a path, group or resource check. */
class Check implements OpaqueValue {
  readonly typeName: string;
  readonly answer: AuthorizerAnswer;
  readonly asked: Asked;

  constructor(
    kind: "Authorizer" | "PathCheck" | "GroupCheck" | "ResourceCheck",
    answer: AuthorizerAnswer,
    asked: Asked,
  ) {
    this.typeName = `kubernetes.authorization.${kind}`;
    this.answer = answer;
    this.asked = asked;
  }

  equals(other: OpaqueValue): boolean {
    return other === this;
  }
}

class Decision implements OpaqueValue {
  readonly typeName = "kubernetes.authorization.Decision";
  readonly allowed: boolean;
  readonly reason: string;

  constructor({ allowed, reason }: { readonly allowed: boolean; readonly reason: string }) {
    this.allowed = allowed;
    this.reason = reason;
  }

  equals(other: OpaqueValue): boolean {
    return other instanceof Decision && other.allowed === this.allowed && other.reason === this.reason;
  }
}

/** The value of the variable `authorizer`. */
export function authorizerValue(answer: AuthorizerAnswer): OpaqueValue {
  return new Check("Authorizer", answer, {});
}

/** A check of the request's own resource: the value of `authorizer.requestResource`. */
export function requestResourceValue(answer: AuthorizerAnswer, asked: Asked): OpaqueValue {
  return new Check("ResourceCheck", answer, asked);
}

/** Questions to the authorizer, for admission policies (`k8s.io/apiserver/pkg/cel/library/authz.go`). */
export function authorizerFunctions(): readonly Overload[] {
  const extended = (part: keyof Asked) => (check: Check, value: string) =>
    new Check("ResourceCheck", check.answer, { ...check.asked, [part]: value });
  const decide = ({ answer, asked }: Check, verb: string): Decision => new Decision(answer({ ...asked, verb }));
  return [
    declare(
      "Authorizer.path(string): PathCheck",
      ({ answer, asked }: Check, path: string) => new Check("PathCheck", answer, { ...asked, path }),
    ),
    declare(
      "Authorizer.group(string): GroupCheck",
      ({ answer, asked }: Check, group: string) => new Check("GroupCheck", answer, { ...asked, group }),
    ),
    declare(
      "Authorizer.serviceAccount(string, string): Authorizer",
      ({ answer, asked }: Check, namespace: string, name: string) =>
        new Check("Authorizer", answer, { ...asked, serviceAccount: { namespace, name } }),
    ),
    declare("GroupCheck.resource(string): ResourceCheck", extended("resource")),
    declare("ResourceCheck.subresource(string): ResourceCheck", extended("subresource")),
    declare("ResourceCheck.namespace(string): ResourceCheck", extended("namespace")),
    declare("ResourceCheck.name(string): ResourceCheck", extended("name")),
    declare("ResourceCheck.fieldSelector(string): ResourceCheck", (check: Check) => check),
    declare("ResourceCheck.labelSelector(string): ResourceCheck", (check: Check) => check),
    declare("PathCheck.check(string): Decision", decide),
    declare("ResourceCheck.check(string): Decision", decide),
    declare("Decision.allowed(): bool", ({ allowed }: Decision) => allowed),
    declare("Decision.reason(): string", ({ reason }: Decision) => reason),
    declare("Decision.errored(): bool", () => false),
    declare("Decision.error(): string", () => ""),
  ];
}
