export type { ConditionLike } from "./conditions.ts";
export {
  findCondition,
  isConditionTrue,
  removeCondition,
  setCondition,
} from "./conditions.ts";
export { duplicate, forbidden, invalid, notSupported, required, tooMany } from "./field-errors.ts";
export type { FieldRequirement } from "./field-selector.ts";
export { parseFieldSelector } from "./field-selector.ts";
export { hasFinalizer, withFinalizer, withoutFinalizer } from "./finalizers.ts";
export { type GoUrl, parseUrl, queryValues } from "./go-url.ts";
export type { IntOrString } from "./int-or-string.ts";
export { resolveIntOrPercent } from "./int-or-string.ts";
export type { JsonPath } from "./json-path.ts";
export {
  compileJsonPath,
  renderJsonPath,
} from "./json-path.ts";
export type {
  GroupVersionKind,
  GroupVersionResource,
  Kind,
  ObjectOf,
} from "./kind.ts";
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
export { parseLabelSelector } from "./label-query.ts";
export type {
  LabelMatcher,
  LabelSelector,
  LabelSelectorRequirement,
} from "./label-selector.ts";
export {
  formatLabelSelector,
  labelSelectorQuery,
  matchesLabelSelector,
  validateLabelSelector,
} from "./label-selector.ts";
export { withAnnotations, withLabels } from "./labels.ts";
export type { FieldWrite } from "./managed-fields/field-manager.ts";
export { FieldManager } from "./managed-fields/field-manager.ts";
export type { FieldType } from "./managed-fields/field-type.ts";
export { FieldTypes } from "./managed-fields/field-type.ts";
export { managerNameErrors, managerOfUserAgent } from "./managed-fields/manager-name.ts";
export { OBJECT_META } from "./managed-fields/object-meta-schema.ts";
export { withSettledTimes } from "./managed-fields/settled-times.ts";
export {
  dns1035LabelErrors,
  dns1123LabelErrors,
  dns1123SubdomainErrors,
  labelValueErrors,
  pathSegmentNameErrors,
  qualifiedNameErrors,
} from "./names.ts";
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
export type { ObjectPath } from "./object-path.ts";
export { getPath, setPath } from "./object-path.ts";
export { controllerOf, isOwnedBy, ownerReference } from "./owner-references.ts";
export { goText } from "./patch/go-text.ts";
export type { JsonPatchOperation } from "./patch/json-patch.ts";
export { applyJsonPatch, unknownOperationFields } from "./patch/json-patch.ts";
export { applyMergePatch, createMergePatch } from "./patch/merge-patch.ts";
export { applyStrategicMergePatch } from "./patch/strategic-merge-patch.ts";
export type { Quantity, QuantityFormat } from "./quantity.ts";
export {
  addQuantities,
  compareQuantities,
  formatQuantity,
  milliValue,
  parseQuantity,
  quantityFromMilli,
  quantityToNumber,
  quantityValue,
  subtractQuantities,
  tryParseQuantity,
} from "./quantity.ts";
export type { CompiledSchema } from "./schema/compiled-schema.ts";
export {
  applySchemaDefaults,
  compileSchema,
  pruneUnknown,
  SchemaCompiler,
  validateSchema,
} from "./schema/compiled-schema.ts";
export { goZero } from "./schema/decoding.ts";
export { goConversionError, goDecodingError, goJsonType } from "./schema/go-decoding.ts";
export { compileGoPattern, type GoMatch, GoPattern, parseGoPattern } from "./schema/go-pattern.ts";
export type { JsonSchema } from "./schema/json-schema.ts";
export type { SchemaSource } from "./schema/schema-source.ts";
export { isStringFormat, stringFormat } from "./schema/string-formats.ts";
export { structuralErrors } from "./schema/structural.ts";
export type {
  FieldError,
  FieldErrorType,
  Status,
  StatusCause,
  StatusDetails,
  StatusReason,
  Success,
} from "./status-error.ts";
export {
  failure,
  formatFieldError,
  StatusError,
  statusErrors,
  success,
} from "./status-error.ts";
