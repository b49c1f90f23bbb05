import { defineKind } from "../../apimachinery/index.ts";
import { defineResource, type ResourceDescriptor } from "../descriptor.ts";

/** Questions to the API server: they are answered, not stored. */
export const reviewResources: readonly ResourceDescriptor[] = [
  review({ group: "authentication.k8s.io", kind: "TokenReview", namespaced: false }),
  { ...review({ group: "authentication.k8s.io", kind: "SelfSubjectReview", namespaced: false }), sinceMinor: 28 },
  review({ group: "authorization.k8s.io", kind: "SubjectAccessReview", namespaced: false }),
  review({ group: "authorization.k8s.io", kind: "SelfSubjectAccessReview", namespaced: false }),
  review({ group: "authorization.k8s.io", kind: "SelfSubjectRulesReview", namespaced: false }),
  review({ group: "authorization.k8s.io", kind: "LocalSubjectAccessReview", namespaced: true }),
];

function review(address: {
  readonly group: string;
  readonly kind: string;
  readonly namespaced: boolean;
}): ResourceDescriptor {
  const singular = address.kind.toLowerCase();
  return defineResource({
    kind: defineKind({ ...address, version: "v1", plural: `${singular}s` }),
    singular,
    verbs: ["create"],
  });
}
