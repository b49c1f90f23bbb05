import type { FieldOverrider, FieldPatchOperation, ImageOverrider, Override, Overriders } from "../../api/index.ts";
import { type FieldError, invalid, labelValueErrors, qualifiedNameErrors } from "../../apimachinery/index.ts";
import { affinityErrors } from "./placement-validation.ts";

/** What is wrong with an override policy (`pkg/util/validation.ValidateOverrideSpec`). */
export function overrideErrors({ metadata, spec }: Override): readonly FieldError[] {
  const { overrideRules = [], targetCluster, overriders, resourceSelectors = [] } = spec;
  const errors: FieldError[] = [];
  if (overrideRules.length > 0 && targetCluster !== undefined)
    errors.push(invalid("spec.targetCluster", targetCluster, "overrideRules and targetCluster can't co-exist"));
  if (overrideRules.length > 0 && overriders !== undefined && !isEmpty(overriders))
    errors.push(invalid("spec.overriders", overriders, "overrideRules and overriders can't co-exist"));
  errors.push(...affinityErrors(targetCluster, "spec.targetCluster"));
  if (overriders !== undefined) errors.push(...overridersErrors(overriders, "spec.overriders"));
  for (const [index, rule] of overrideRules.entries()) {
    const at = `spec.overrideRules[${index}]`;
    errors.push(...affinityErrors(rule.targetCluster, `${at}.targetCluster`));
    errors.push(...overridersErrors(rule.overriders, `${at}.overriders`));
  }
  for (const [index, { namespace = "" }] of resourceSelectors.entries())
    if (metadata.namespace !== undefined && namespace !== metadata.namespace)
      errors.push(
        invalid(
          `spec.resourceSelectors[${index}].namespace`,
          namespace,
          "namespace of resource selector must be the same as the namespace of the policy",
        ),
      );
  return errors;
}

function overridersErrors(overriders: Overriders, field: string): FieldError[] {
  const { annotationsOverrider = [], labelsOverrider = [], imageOverrider = [], fieldOverrider = [] } = overriders;
  return [
    ...annotationsOverrider.flatMap(({ value }, index) =>
      keyErrors(value, `${field}.annotationsOverrider[${index}].value`),
    ),
    ...labelsOverrider.flatMap(({ value }, index) => labelErrors(value, `${field}.labelsOverrider[${index}].value`)),
    ...imageOverrider.flatMap((overrider, index) => imageErrors(overrider, `${field}.imageOverrider[${index}]`)),
    ...fieldOverrider.flatMap((overrider, index) => fieldErrors(overrider, `${field}.fieldOverrider[${index}]`)),
  ];
}

function keyErrors(values: Readonly<Record<string, string>>, field: string): FieldError[] {
  return Object.keys(values).flatMap((key) =>
    qualifiedNameErrors(key.toLowerCase()).map((detail) => invalid(field, key, detail)),
  );
}

function labelErrors(values: Readonly<Record<string, string>>, field: string): FieldError[] {
  return Object.entries(values).flatMap(([key, value]) => [
    ...qualifiedNameErrors(key).map((detail) => invalid(field, key, detail)),
    ...labelValueErrors(value).map((detail) => invalid(field, value, detail)),
  ]);
}

function imageErrors({ predicate }: ImageOverrider, field: string): FieldError[] {
  return predicate === undefined ? [] : pointerErrors(predicate.path, `${field}.predicate.path`);
}

function fieldErrors({ fieldPath, json = [], yaml = [] }: FieldOverrider, field: string): FieldError[] {
  const errors = pointerErrors(fieldPath, `${field}.fieldPath`);
  if (json.length > 0 && yaml.length > 0)
    errors.push(invalid(field, fieldPath, "FieldOverrider has both YAML and JSON set. Only one is allowed"));
  if (json.length === 0 && yaml.length === 0)
    errors.push(invalid(field, fieldPath, "FieldOverrider must have either JSON or YAML set"));
  return [
    ...errors,
    ...json.flatMap((operation, index) => operationErrors(operation, `${field}.json[${index}]`)),
    ...yaml.flatMap((operation, index) => operationErrors(operation, `${field}.yaml[${index}]`)),
  ];
}

function operationErrors({ subPath, operator, value }: FieldPatchOperation, field: string): FieldError[] {
  const errors = pointerErrors(subPath, `${field}.subPath`);
  if (operator !== "remove" && value === undefined)
    errors.push(invalid(`${field}.value`, null, "value is required for add or replace operation"));
  if (operator === "remove" && value !== undefined)
    errors.push(invalid(`${field}.value`, value, "value is not allowed for remove operation"));
  return errors;
}

/** RFC 6901, with the texts of go-openapi/jsonpointer. */
function pointerErrors(path: string, field: string): FieldError[] {
  if (path === "" || path.startsWith("/")) return [];
  return [invalid(field, path, 'JSON pointer must be empty or start with a "/"')];
}

function isEmpty(overriders: Overriders): boolean {
  return Object.values(overriders).every((list) => (list?.length ?? 0) === 0);
}
