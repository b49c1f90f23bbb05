import { defineKind, type Kind, type KubeObject } from "../../apimachinery/index.ts";
import { defineResource, type ResourceDescriptor } from "../descriptor.ts";

export const SubjectAccessReview: Kind<KubeObject> = defineKind({
  group: "authorization.k8s.io",
  version: "v1",
  kind: "SubjectAccessReview",
  plural: "subjectaccessreviews",
  namespaced: false,
});

/** Questions to the API server: they are answered, not stored. */
export const reviewResources: readonly ResourceDescriptor[] = [
  review({ group: "authentication.k8s.io", kind: "TokenReview", namespaced: false }),
  { ...review({ group: "authentication.k8s.io", kind: "SelfSubjectReview", namespaced: false }), sinceMinor: 28 },
  defineResource({ kind: SubjectAccessReview, singular: "subjectaccessreview", verbs: ["create"] }),
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
