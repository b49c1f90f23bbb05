import { Pod } from "../api/index.ts";
import { type KubeObject, type Success, statusErrors, type Unstructured } from "../apimachinery/index.ts";
import type { Call } from "./core.ts";
import {
  localSubjectAccessReview,
  selfSubjectAccessReview,
  selfSubjectRulesReview,
  subjectAccessReview,
} from "./rbac/access-reviews.ts";
import { bind } from "./subresources/binding.ts";
import { tokenReview } from "./tokens/token-review.ts";
import { userInfo } from "./tokens/user-info.ts";

/** Answers a create of a kind that is asked, not stored. */
export type ReviewHandler = (call: Call, object: Unstructured) => KubeObject | Success;

/** The reviews this server answers itself, by group and plural. */
export const BUILT_IN_REVIEWS: Readonly<Record<string, ReviewHandler>> = {
  "authorization.k8s.io/selfsubjectaccessreviews": selfSubjectAccessReview,
  "authorization.k8s.io/selfsubjectrulesreviews": selfSubjectRulesReview,
  "authorization.k8s.io/subjectaccessreviews": subjectAccessReview,
  "authorization.k8s.io/localsubjectaccessreviews": localSubjectAccessReview,
  "authentication.k8s.io/selfsubjectreviews": selfSubjectReview,
  "authentication.k8s.io/tokenreviews": tokenReview,
  "/bindings": bindPod,
};

/** POST of a Binding to its own collection: the older way to `pods/binding`. */
function bindPod(call: Call, object: Unstructured): Success {
  const pods = call.core.registry.lookup(Pod);
  if (pods === undefined) throw statusErrors.noSuchPath();
  const request = { ...call.request, kind: Pod, subresource: "binding", name: object.metadata.name, object };
  // Admission was asked about it as what it is.
  return bind({ ...call, resource: pods, request, unchecked: true });
}

function selfSubjectReview(call: Call, object: Unstructured): Unstructured {
  const metadata = { ...object.metadata, creationTimestamp: call.core.timestamp() };
  return { ...object, metadata, status: { userInfo: userInfo(call.user) } };
}
