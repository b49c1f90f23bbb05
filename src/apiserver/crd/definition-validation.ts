import type { CustomResourceDefinition, CustomResourceDefinitionVersion } from "../../api/index.ts";
import {
  dns1035LabelErrors,
  dns1123SubdomainErrors,
  type FieldError,
  type FieldErrorType,
  structuralErrors,
} from "../../apimachinery/index.ts";
import { isRecord } from "../../std/index.ts";

/** What is wrong with a definition, as `pkg/apis/apiextensions/validation` says it. */
export function definitionErrors(definition: CustomResourceDefinition): readonly FieldError[] {
  const { spec, metadata } = definition;
  if (!isRecord(spec)) return [required("spec")];
  if (!isRecord(spec.names)) return [required("spec.names")];
  if (!Array.isArray(spec.versions) || spec.versions.length === 0)
    return [error("FieldValueRequired", "spec.versions", "must have at least one version")];
  const errors: FieldError[] = [];
  const name = `${spec.names.plural}.${spec.group}`;
  if (metadata.name !== name)
    errors.push(invalid("metadata.name", metadata.name, 'must be spec.names.plural+"."+spec.group'));
  errors.push(
    ...groupErrors(spec.group),
    ...scopeErrors(spec.scope),
    ...nameErrors(definition),
    ...versionErrors(definition),
  );
  return errors;
}

/** What an update of an accepted definition may not change. */
export function definitionUpdateErrors(
  after: CustomResourceDefinition,
  before: CustomResourceDefinition,
): readonly FieldError[] {
  const fixed: readonly (readonly [string, unknown, unknown])[] = [
    ["spec.group", after.spec.group, before.spec.group],
    ["spec.scope", after.spec.scope, before.spec.scope],
    ["spec.names.kind", after.spec.names.kind, before.spec.names.kind],
    ["spec.names.plural", after.spec.names.plural, before.spec.names.plural],
  ];
  const changed = fixed.filter(([, now, earlier]) => now !== earlier);
  const errors = changed.map(([field, now]) => invalid(field, now, "field is immutable"));
  const versions = new Set(after.spec.versions.map((version) => version.name));
  for (const [index, stored] of (before.status?.storedVersions ?? []).entries())
    if (!versions.has(stored))
      errors.push(
        invalid(
          `status.storedVersions[${index}]`,
          stored,
          "missing from spec.versions; " +
            `${stored} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${stored} and removes ${stored} from status.storedVersions`,
        ),
      );
  return errors;
}

function groupErrors(group: unknown): FieldError[] {
  if (typeof group !== "string" || group === "") return [required("spec.group")];
  const errors = dns1123SubdomainErrors(group).map((detail) => invalid("spec.group", group, detail));
  if (!group.includes(".")) errors.push(invalid("spec.group", group, "should be a domain with at least one dot"));
  return errors;
}

function scopeErrors(scope: unknown): FieldError[] {
  if (scope === undefined || scope === "") return [required("spec.scope")];
  if (scope === "Namespaced" || scope === "Cluster") return [];
  return [notSupported("spec.scope", scope, ["Cluster", "Namespaced"])];
}

function nameErrors(definition: CustomResourceDefinition): FieldError[] {
  const { names } = definition.spec;
  const errors: FieldError[] = [];
  for (const field of ["plural", "singular", "kind", "listKind"] as const) {
    const value = names[field];
    if (value === undefined || value === "") errors.push(required(`spec.names.${field}`));
    else
      for (const detail of dns1035LabelErrors(value.toLowerCase()))
        errors.push(invalid(`spec.names.${field}`, value, detail));
  }
  for (const [index, shortName] of (names.shortNames ?? []).entries())
    for (const detail of dns1035LabelErrors(shortName))
      errors.push(invalid(`spec.names.shortNames[${index}]`, shortName, detail));
  if (names.kind !== undefined && names.kind === names.listKind)
    errors.push(invalid("spec.names.listKind", names.listKind, "kind and listKind may not be the same"));
  return errors;
}

function versionErrors(definition: CustomResourceDefinition): FieldError[] {
  const { versions } = definition.spec;
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [index, version] of versions.entries()) {
    const path = `spec.versions[${index}]`;
    for (const detail of dns1035LabelErrors(version.name ?? ""))
      errors.push(invalid(`${path}.name`, version.name, detail));
    if (seen.has(version.name)) errors.push(error("FieldValueDuplicate", `${path}.name`, "", version.name));
    seen.add(version.name);
    errors.push(...schemaErrors(version, path), ...columnErrors(version, path));
  }
  if (versions.filter((version) => version.storage === true).length !== 1)
    errors.push(
      invalid(
        "spec.versions",
        versions.map((version) => version.name),
        "must have exactly one version marked as storage version",
      ),
    );
  return errors;
}

function schemaErrors(version: CustomResourceDefinitionVersion, path: string): readonly FieldError[] {
  const schema = version.schema?.openAPIV3Schema;
  if (schema === undefined)
    return [error("FieldValueRequired", `${path}.schema.openAPIV3Schema`, "schemas are required")];
  return structuralErrors(schema, `${path}.schema.openAPIV3Schema`);
}

const COLUMN_TYPES = ["boolean", "date", "integer", "number", "string"];

function columnErrors(version: CustomResourceDefinitionVersion, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const [index, column] of (version.additionalPrinterColumns ?? []).entries()) {
    const at = `${path}.additionalPrinterColumns[${index}]`;
    if (!column.name) errors.push(required(`${at}.name`));
    if (!column.type)
      errors.push(error("FieldValueRequired", `${at}.type`, `must be one of ${COLUMN_TYPES.join(",")}`));
    else if (!COLUMN_TYPES.includes(column.type)) errors.push(notSupported(`${at}.type`, column.type, COLUMN_TYPES));
    if (!column.jsonPath) errors.push(required(`${at}.jsonPath`));
  }
  return errors;
}

function required(field: string): FieldError {
  return error("FieldValueRequired", field, "");
}

function invalid(field: string, value: unknown, detail: string): FieldError {
  return error("FieldValueInvalid", field, detail, value);
}

function notSupported(field: string, value: unknown, values: readonly string[]): FieldError {
  return error(
    "FieldValueNotSupported",
    field,
    `supported values: ${values.map((text) => `"${text}"`).join(", ")}`,
    value,
  );
}

function error(type: FieldErrorType, field: string, detail: string, ...value: readonly unknown[]): FieldError {
  return value.length === 0 ? { type, field, detail } : { type, field, detail, value: value[0] };
}
