import type { CustomResourceDefinition } from "../../api/index.ts";
import { type FieldError, invalid, required } from "../../apimachinery/index.ts";

const ANNOTATION = "api-approved.kubernetes.io";
const FIELD = `metadata.annotations[${ANNOTATION}]`;
const SEE = "see https://github.com/kubernetes/enhancements/pull/1111";

/** Whether a group of the Kubernetes community's own was approved (`apiextensions-apiserver/pkg/apihelpers`). */
export type ApiApproval = { readonly status: "True" | "False"; readonly reason: string; readonly message: string };

/** The state of the approval; `undefined` for groups that need none. */
export function apiApproval(definition: CustomResourceDefinition): ApiApproval | undefined {
  if (!/(^|\.)(k8s|kubernetes)\.io$/.test(definition.spec.group)) return undefined;
  const annotation = definition.metadata.annotations?.[ANNOTATION] ?? "";
  if (annotation === "")
    return {
      status: "False",
      reason: "MissingAnnotation",
      message: `protected groups must have approval annotation "${ANNOTATION}", ${SEE}`,
    };
  if (annotation.startsWith("unapproved"))
    return { status: "False", reason: "UnapprovedAnnotation", message: `not approved: ${JSON.stringify(annotation)}` };
  if (/^[a-zA-Z][a-zA-Z0-9+.-]*:\/\/[^/\s]+/.test(annotation))
    return { status: "True", reason: "ApprovedAnnotation", message: `approved in ${annotation}` };
  return {
    status: "False",
    reason: "InvalidAnnotation",
    message: `protected groups must have approval annotation "${ANNOTATION}" with either a URL or a reason starting with "unapproved", ${SEE}`,
  };
}

/** What keeps a definition in a protected group from being written. */
export function apiApprovalErrors(
  after: CustomResourceDefinition,
  before?: CustomResourceDefinition,
): readonly FieldError[] {
  const approval = apiApproval(after);
  if (approval === undefined) return [];
  if (before !== undefined && apiApproval(before)?.reason === approval.reason) return [];
  if (approval.reason === "MissingAnnotation") return [required(FIELD, approval.message)];
  if (approval.reason === "InvalidAnnotation")
    return [invalid(FIELD, after.metadata.annotations?.[ANNOTATION], approval.message)];
  return [];
}
