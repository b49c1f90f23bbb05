export type { GroupVersionKind, GroupVersionResource, Kind, ObjectOf } from "./kind.ts";
export {
  apiVersionOf,
  defineKind,
  groupResource,
  kindKey,
  kindKeyOfObject,
  objectKey,
  parseApiVersion,
  parseObjectKey,
} from "./kind.ts";
export type {
  KubeObject,
  ListMeta,
  ManagedFieldsEntry,
  ObjectList,
  ObjectMeta,
  OwnerReference,
  Unstructured,
} from "./object-meta.ts";
export { microTimestamp, timestamp, unstructured } from "./object-meta.ts";
export type { JsonSchema } from "./schema/json-schema.ts";
export type { FieldError, FieldErrorType, Status, StatusCause, StatusDetails, StatusReason } from "./status-error.ts";
export { failure, formatFieldError, StatusError, statusErrors, success } from "./status-error.ts";
