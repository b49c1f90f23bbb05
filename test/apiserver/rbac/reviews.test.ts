import { describe, expect, it } from "vitest";
import { door } from "../door.ts";
import { rbacCluster } from "./cluster.ts";

const { json } = door(rbacCluster());

function review(group: string, kind: string, spec: object): Record<string, unknown> {
  const plural = `${kind.toLowerCase()}s`;
  return json("POST", `/apis/${group}/v1/${plural}`, { apiVersion: `${group}/v1`, kind, spec });
}

const AUTHORIZATION = "authorization.k8s.io";

describe("a review", () => {
  it("is answered without a name", () => {
    const spec = { resourceAttributes: { verb: "get", resource: "pods" } };
    const answer = review(AUTHORIZATION, "SelfSubjectAccessReview", spec);
    expect(answer.metadata).not.toHaveProperty("name");
    expect(answer).toMatchObject({ spec, status: { allowed: true } });
  });

  it("of rules says no more of what was asked", () => {
    expect(review(AUTHORIZATION, "SelfSubjectRulesReview", { namespace: "default" })).toMatchObject({
      metadata: {},
      spec: {},
    });
  });

  it("of a token nobody knows says so", () => {
    const answer = review("authentication.k8s.io", "TokenReview", { token: "bad" });
    expect(answer.status).toEqual({ user: {}, error: "invalid bearer token" });
  });

  it.each([
    [
      "SelfSubjectAccessReview",
      {},
      "spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified",
    ],
    [
      "SelfSubjectAccessReview",
      { resourceAttributes: {}, nonResourceAttributes: { path: "/x" } },
      'spec.nonResourceAttributes: Invalid value: {"Path":"/x","Verb":""}: cannot be specified in combination with resourceAttributes',
    ],
    [
      "SubjectAccessReview",
      { resourceAttributes: {} },
      'spec.user: Invalid value: "": at least one of user or group must be specified',
    ],
  ])("of %s is refused in upstream's words, which leave out the kind", (kind, spec, message) => {
    expect(review(AUTHORIZATION, kind, spec)).toMatchObject({
      code: 422,
      message: `.${AUTHORIZATION} "" is invalid: ${message}`,
    });
  });
});
