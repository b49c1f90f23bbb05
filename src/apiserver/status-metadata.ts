import type { ObjectMeta, Unstructured } from "../apimachinery/index.ts";
import { updatedMeta } from "./metadata.ts";
import { bucketName, type Resource } from "./resource.ts";

/** Kinds whose strategies reset metadata when a status is written (`ResetObjectMetaForStatus`), as custom resources' do. */
const STATUS_ALONE: ReadonlySet<string> = new Set([
  "admissionregistration.k8s.io/validatingadmissionpolicies",
  "apiregistration.k8s.io/apiservices",
  "flowcontrol.apiserver.k8s.io/flowschemas",
  "flowcontrol.apiserver.k8s.io/prioritylevelconfigurations",
  "networking.k8s.io/servicecidrs",
  "resource.k8s.io/resourceclaims",
  "storage.k8s.io/volumeattachments",
]);

/** Whether a write of the status reaches nothing but the status. */
export function isStatusAlone({ typed, kind }: Resource): boolean {
  return !typed || STATUS_ALONE.has(bucketName(kind));
}

/**
 * The metadata of an object whose status is written: labels, annotations and finalizers may be written along with it, but for kinds
 * that will have nothing but the status.
 */
export function statusMeta(resource: Resource, before: Unstructured, proposed: Unstructured): ObjectMeta {
  const { metadata } = before;
  if (proposed.metadata === undefined || isStatusAlone(resource)) return metadata;
  const next = updatedMeta(metadata, proposed.metadata);
  // Old kubelets spoil owner references; a Deployment's labels are its owner's.
  if (resource.kind.kind === "Pod") return withThat("ownerReferences", next, metadata);
  if (resource.kind.kind === "Deployment") return withThat("labels", next, metadata);
  return next;
}

function withThat(field: "ownerReferences" | "labels", next: ObjectMeta, before: ObjectMeta): ObjectMeta {
  if (next[field] === before[field]) return next;
  const { [field]: _, ...rest } = next;
  return before[field] === undefined ? rest : { ...rest, [field]: before[field] };
}
