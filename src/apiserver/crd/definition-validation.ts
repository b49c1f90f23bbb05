import type { CustomResourceDefinition, CustomResourceDefinitionVersion } from "../../api/index.ts";
import {
  dns1035LabelErrors,
  dns1123SubdomainErrors,
  type FieldError,
  invalid,
  type JsonSchema,
  notSupported,
  required,
} from "../../apimachinery/index.ts";
import { deepEqual } from "../../std/index.ts";
import { apiApprovalErrors } from "./api-approval.ts";
import { bundleUpdateErrors, conversionErrors } from "./conversion-validation.ts";
import { columnErrors, selectableFieldErrors, subresourceErrors } from "./definition-extras.ts";
import { definitionSchemaErrors } from "./definition-schema.ts";
import type { RuleCompiler } from "./rule-validator.ts";

/** What is wrong with a definition, as `pkg/apis/apiextensions/validation` says it. */
export function definitionErrors(definition: CustomResourceDefinition, rules: RuleCompiler): readonly FieldError[] {
  const { spec, metadata, status } = definition;
  const name = `${spec.names.plural}.${spec.group}`;
  return [
    ...(metadata.name === name
      ? []
      : [invalid("metadata.name", metadata.name, 'must be spec.names.plural+"."+spec.group')]),
    ...groupErrors(spec.group),
    ...scopeErrors(spec.scope),
    ...versionErrors(definition, rules),
    ...nameErrors(definition),
    ...conversionErrors(spec.conversion),
    ...storedVersionErrors(definition, status?.storedVersions ?? []),
    ...apiApprovalErrors(definition),
    ...(spec.preserveUnknownFields === true && spec.versions.some(({ schema }) => hasDefaults(schema?.openAPIV3Schema))
      ? [invalid("spec.preserveUnknownFields", true, "must be false in order to use defaults in the schema")]
      : []),
    ...(spec.preserveUnknownFields === true
      ? [
          invalid(
            "spec.preserveUnknownFields",
            true,
            "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead",
          ),
        ]
      : []),
  ];
}

function hasDefaults(schema: JsonSchema | undefined): boolean {
  if (schema === undefined) return false;
  const { items, additionalProperties, properties = {} } = schema;
  const below = typeof additionalProperties === "object" ? [additionalProperties] : [];
  return schema.default !== undefined || [items, ...below, ...Object.values(properties)].some(hasDefaults);
}

/** What an update of a definition may not change. */
export function definitionUpdateErrors(
  after: CustomResourceDefinition,
  before: CustomResourceDefinition,
): readonly FieldError[] {
  const isEstablished = before.status?.conditions?.some(
    ({ type, status }) => type === "Established" && status === "True",
  );
  const fixed: readonly (readonly [string, unknown, unknown])[] = [
    ...(isEstablished === true
      ? ([
          ["spec.scope", after.spec.scope, before.spec.scope],
          ["spec.names.kind", after.spec.names.kind, before.spec.names.kind],
        ] as const)
      : []),
    ["spec.group", after.spec.group, before.spec.group],
    ["spec.names.plural", after.spec.names.plural, before.spec.names.plural],
  ];
  const changed = fixed.filter(([, now, earlier]) => now !== earlier);
  return [
    ...(isEstablished === true ? bundleUpdateErrors(after.spec.conversion, before.spec.conversion) : []),
    ...changed.map(([field, now = ""]) => invalid(field, now, "field is immutable")),
  ];
}

function storedVersionErrors(after: CustomResourceDefinition, stored: readonly string[]): readonly FieldError[] {
  const field = "status.storedVersions";
  if (stored.length === 0) return [invalid(field, null, "must have at least one stored version")];
  const all = after.spec.versions ?? [];
  const versions = new Set(all.map((version) => version.name));
  const unstored = all.filter(({ name, storage }) => storage === true && !stored.includes(name));
  const missing = stored.map((name, index) => ({ name, index })).filter(({ name }) => !versions.has(name));
  const lost = missing.map(({ name, index }) =>
    invalid(
      `${field}[${index}]`,
      name,
      `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`,
    ),
  );
  return [...unstored.map(({ name }) => invalid(field, stored, `must have the storage version ${name}`)), ...lost];
}

function groupErrors(group: unknown): readonly FieldError[] {
  if (typeof group !== "string" || group === "") return [required("spec.group")];
  const errors = dns1123SubdomainErrors(group);
  if (errors.length > 0) return [invalid("spec.group", group, errors.join(","))];
  return group.includes(".") ? [] : [invalid("spec.group", group, "should be a domain with at least one dot")];
}

function scopeErrors(scope: unknown): readonly FieldError[] {
  if (scope === undefined || scope === "") return [required("spec.scope")];
  if (scope === "Namespaced" || scope === "Cluster") return [];
  return [notSupported("spec.scope", scope, ["Cluster", "Namespaced"])];
}

function nameErrors({ spec: { names } }: CustomResourceDefinition): readonly FieldError[] {
  const fields = ["plural", "singular", "kind", "listKind"] as const;
  const missing = fields.filter((field) => !names[field]).map((field) => required(`spec.names.${field}`));
  const wrong = fields.flatMap((field): readonly FieldError[] => {
    const value = names[field] ?? "";
    const mixed = field === "kind" || field === "listKind";
    const errors = value === "" ? [] : dns1035LabelErrors(mixed ? value.toLowerCase() : value);
    const preamble = mixed ? "may have mixed case, but should otherwise match: " : "";
    return errors.length === 0 ? [] : [invalid(`spec.names.${field}`, value, preamble + errors.join(","))];
  });
  return [
    ...missing,
    ...wrong,
    ...labelErrors("spec.names.shortNames", names.shortNames),
    ...(names.kind !== undefined && names.kind === names.listKind
      ? [invalid("spec.names.listKind", names.listKind, "kind and listKind may not be the same")]
      : []),
    ...labelErrors("spec.names.categories", names.categories),
  ];
}

function labelErrors(field: string, values: readonly string[] = []): readonly FieldError[] {
  return values.flatMap((value, index) => labelErrorsOf(`${field}[${index}]`, value));
}

/**
 * The versions. What is alike in all of them is spoken of as if it stood once, above them: upstream validates the internal form,
 * where it does (`Convert_v1_CustomResourceDefinitionSpec_To_apiextensions_CustomResourceDefinitionSpec`).
 */
function versionErrors({ spec: { versions } }: CustomResourceDefinition, rules: RuleCompiler): readonly FieldError[] {
  const [first] = versions ?? [];
  if (first === undefined) return [invalid("spec.versions", versions ?? null, ONE_STORED)];
  const alike = (field: keyof CustomResourceDefinitionVersion): boolean =>
    versions.every((version) => deepEqual(version[field], first[field]));
  const isAlike = {
    schema: alike("schema"),
    subresources: alike("subresources"),
    columns: alike("additionalPrinterColumns"),
    fields: alike("selectableFields"),
  };
  const part = (version: CustomResourceDefinitionVersion, index: number, top: boolean): readonly FieldError[] => {
    const place = (isShared: boolean, own: string, shared: string): string =>
      isShared ? `spec.${shared}` : `spec.versions[${index}].${own}`;
    return [
      ...(isAlike.schema === top ? definitionSchemaErrors(version, place(top, "schema", "validation"), rules) : []),
      ...(isAlike.subresources === top ? subresourceErrors(version, place(top, "subresources", "subresources")) : []),
      ...(isAlike.columns === top
        ? columnErrors(version, place(top, "additionalPrinterColumns", "additionalPrinterColumns"))
        : []),
      ...(isAlike.fields === top
        ? selectableFieldErrors(version, place(top, "selectableFields", "selectableFields"), !top || isAlike.schema)
        : []),
    ];
  };
  return [
    ...versions.flatMap((version, index) => [
      ...versionNameErrors(version, index),
      ...(version.schema?.openAPIV3Schema === undefined
        ? [required(`spec.versions[${index}].schema.openAPIV3Schema`)]
        : []),
      ...part(version, index, false),
    ]),
    ...countErrors(versions),
    ...part(first, 0, true),
    ...labelErrorsOf("spec.version", first.name ?? ""),
  ];
}

function labelErrorsOf(field: string, value: string): readonly FieldError[] {
  const errors = dns1035LabelErrors(value);
  return errors.length === 0 ? [] : [invalid(field, value, errors.join(","))];
}

function versionNameErrors(version: CustomResourceDefinitionVersion, index: number): readonly FieldError[] {
  const path = `spec.versions[${index}]`;
  const { deprecated, deprecationWarning } = version;
  const warning = (detail: string): FieldError => invalid(`${path}.deprecationWarning`, deprecationWarning, detail);
  return [
    ...labelErrorsOf(`${path}.name`, version.name ?? ""),
    ...(deprecated !== true && deprecationWarning !== undefined
      ? [warning("can only be set for deprecated versions")]
      : []),
    ...((deprecationWarning?.length ?? 0) > 256 ? [warning("must be <= 256 characters long")] : []),
    ...(deprecationWarning === "" ? [warning("must not be an empty string")] : []),
  ];
}

const ONE_STORED = "must have exactly one version marked as storage version";

function countErrors(versions: readonly CustomResourceDefinitionVersion[]): readonly FieldError[] {
  const names = versions.map(({ name }) => name);
  return [
    ...(new Set(names).size < names.length
      ? [invalid("spec.versions", versions.map(internalForm), "must contain unique version names")]
      : []),
    ...(versions.filter(({ storage }) => storage === true).length === 1
      ? []
      : [invalid("spec.versions", versions.map(internalForm), ONE_STORED)]),
  ];
}

/** A version as upstream prints it: its internal form, from which what all versions share is taken out. */
function internalForm(version: CustomResourceDefinitionVersion): Readonly<Record<string, unknown>> {
  return {
    Name: version.name ?? "",
    Served: version.served ?? false,
    Storage: version.storage ?? false,
    Deprecated: version.deprecated ?? false,
    DeprecationWarning: version.deprecationWarning ?? null,
    Schema: null,
    Subresources: null,
    AdditionalPrinterColumns: null,
    SelectableFields: null,
  };
}
