import type { CustomResourceDefinition, CustomResourceDefinitionVersion } from "../../api/index.ts";
import { dns1035LabelErrors, dns1123SubdomainErrors, type FieldError } from "../../apimachinery/index.ts";
import { deepEqual, isRecord } from "../../std/index.ts";
import { apiApprovalErrors } from "./api-approval.ts";
import { conversionErrors } from "./conversion-validation.ts";
import { columnErrors, selectableFieldErrors, subresourceErrors } from "./definition-extras.ts";
import { definitionSchemaErrors } from "./definition-schema.ts";
import { invalid, notSupported, required } from "./findings.ts";
import type { RuleCompiler } from "./rule-validator.ts";

/** What is wrong with a definition, as `pkg/apis/apiextensions/validation` says it. */
export function definitionErrors(definition: CustomResourceDefinition, rules: RuleCompiler): readonly FieldError[] {
  const { spec, metadata } = definition;
  if (!isRecord(spec)) return [required("spec")];
  if (!isRecord(spec.names)) return [required("spec.names")];
  if (!Array.isArray(spec.versions) || spec.versions.length === 0)
    return [required("spec.versions", "must have at least one version")];
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
    ...apiApprovalErrors(definition),
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
    ...changed.map(([field, now]) => invalid(field, now, "field is immutable")),
    ...storedVersionErrors(after, before.status?.storedVersions ?? []),
  ];
}

function storedVersionErrors(after: CustomResourceDefinition, stored: readonly string[]): readonly FieldError[] {
  const versions = new Set(after.spec.versions.map((version) => version.name));
  const missing = stored.map((name, index) => ({ name, index })).filter(({ name }) => !versions.has(name));
  return missing.map(({ name, index }) =>
    invalid(
      `status.storedVersions[${index}]`,
      name,
      `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`,
    ),
  );
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
  return values.flatMap((value, index) => {
    const errors = dns1035LabelErrors(value);
    return errors.length === 0 ? [] : [invalid(`${field}[${index}]`, value, errors.join(","))];
  });
}

/**
 * The versions. What is alike in all of them is spoken of as if it stood once, above them: upstream validates the internal form,
 * where it does (`Convert_v1_CustomResourceDefinitionSpec_To_apiextensions_CustomResourceDefinitionSpec`).
 */
function versionErrors({ spec: { versions } }: CustomResourceDefinition, rules: RuleCompiler): readonly FieldError[] {
  const [first] = versions as readonly [CustomResourceDefinitionVersion];
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
      ...(isAlike.schema === top
        ? definitionSchemaErrors(version, place(top, "schema", "validation"), `spec.versions[${index}]`, rules)
        : []),
      ...(isAlike.subresources === top ? subresourceErrors(version, place(top, "subresources", "subresources")) : []),
      ...(isAlike.columns === top
        ? columnErrors(version, place(top, "additionalPrinterColumns", "additionalPrinterColumns"))
        : []),
      ...(isAlike.fields === top
        ? selectableFieldErrors(version, place(top, "selectableFields", "selectableFields"))
        : []),
    ];
  };
  return [
    ...versions.flatMap((version, index) => [...versionNameErrors(version, index), ...part(version, index, false)]),
    ...countErrors(versions),
    ...part(first, 0, true),
  ];
}

function versionNameErrors(version: CustomResourceDefinitionVersion, index: number): readonly FieldError[] {
  const path = `spec.versions[${index}]`;
  const errors = dns1035LabelErrors(version.name ?? "");
  const { deprecated, deprecationWarning } = version;
  const warning = (detail: string): FieldError => invalid(`${path}.deprecationWarning`, deprecationWarning, detail);
  return [
    ...(errors.length === 0 ? [] : [invalid(`${path}.name`, version.name, errors.join(","))]),
    ...(deprecated !== true && deprecationWarning !== undefined
      ? [warning("can only be set for deprecated versions")]
      : []),
    ...((deprecationWarning?.length ?? 0) > 256 ? [warning("must be <= 256 characters long")] : []),
    ...(deprecationWarning === "" ? [warning("must not be an empty string")] : []),
  ];
}

function countErrors(versions: readonly CustomResourceDefinitionVersion[]): readonly FieldError[] {
  const names = versions.map(({ name }) => name);
  return [
    ...(new Set(names).size < names.length
      ? [invalid("spec.versions", versions, "must contain unique version names")]
      : []),
    ...(versions.filter(({ storage }) => storage === true).length === 1
      ? []
      : [invalid("spec.versions", names, "must have exactly one version marked as storage version")]),
  ];
}
