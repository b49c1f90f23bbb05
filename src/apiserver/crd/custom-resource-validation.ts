import { type FieldError, formatFieldError, getPath, invalid, type Unstructured } from "../../apimachinery/index.ts";
import type { Call } from "../core.ts";
import { correlate } from "./correlation.ts";
import { ratchet } from "./ratcheting.ts";
import { validateRules } from "./rule-validator.ts";

const INT32_MAX = 2 ** 31 - 1;

/** Errors that may keep rules from making sense (`hasBlockingErr` of `registry/customresource/strategy.go`). */
const BLOCKING: ReadonlySet<FieldError["type"]> = new Set<FieldError["type"]>([
  "FieldValueNotSupported",
  "FieldValueRequired",
  "FieldValueTooLong",
  "FieldValueTooMany",
  "FieldValueTypeInvalid",
]);

/**
 * What is wrong with a custom resource: by its schema, in the metadata of resources within it, and by its rules. An update is
 * forgiven what it found and left. Rules it breaks as before become warnings.
 */
export function customResourceErrors(
  call: Call,
  object: Unstructured,
  before: Unstructured | undefined,
): readonly FieldError[] {
  const { resource, core } = call;
  const compiled = core.schemaOf(resource);
  if (compiled === undefined) return [];
  const { schema } = compiled;
  const correlation = before === undefined ? undefined : correlate(schema, object, before);
  const found = compiled.validate(object);
  const errors = [
    ...(found.length === 0 || correlation === undefined ? found : ratchet(found, correlation)),
    ...scaleErrors(call, object),
    ...core.pool.embedded.errors(schema, object),
  ];
  const rules = core.pool.rules.rulesOf(schema);
  if (rules === undefined) return errors;
  if (errors.some(({ type }) => BLOCKING.has(type))) return [...errors, NOT_CHECKED];
  const findings = validateRules(rules, object, correlation);
  call.warnings?.push(...findings.warnings.map(formatFieldError));
  return [...errors, ...findings.errors];
}

const NOT_CHECKED: FieldError = {
  type: "FieldValueInvalid",
  field: "<nil>",
  value: null,
  detail:
    "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation",
};

/** The numbers and the selector a scale subresource is made of. */
function scaleErrors({ resource }: Call, object: Unstructured): readonly FieldError[] {
  const { scale } = resource.descriptor;
  if (scale === undefined) return [];
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = scale;
  return [
    ...replicasErrors(object, specReplicasPath),
    ...replicasErrors(object, statusReplicasPath),
    ...(labelSelectorPath === undefined ? [] : selectorErrors(object, labelSelectorPath)),
  ];
}

function replicasErrors(object: Unstructured, path: string): readonly FieldError[] {
  const value = getPath(object, segments(path));
  if (value === undefined) return [];
  if (typeof value !== "number" || !Number.isInteger(value))
    return [
      invalid(path, 0, `${path} accessor error: ${String(value)} is of the type ${typeof value}, expected int64`),
    ];
  if (value < 0) return [invalid(path, value, "should be a non-negative integer")];
  return value > INT32_MAX ? [invalid(path, value, `should be less than or equal to ${INT32_MAX}`)] : [];
}

function selectorErrors(object: Unstructured, path: string): readonly FieldError[] {
  const value = getPath(object, segments(path));
  if (value === undefined || typeof value === "string") return [];
  return [
    invalid(path, "", `${path} accessor error: ${String(value)} is of the type ${typeof value}, expected string`),
  ];
}

function segments(path: string): readonly string[] {
  return path.split(".").filter((segment) => segment !== "");
}
