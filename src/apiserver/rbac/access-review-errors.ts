import { type FieldError, getPath, qualifiedNameErrors, type Unstructured } from "../../apimachinery/index.ts";
import { isRecord } from "../../std/index.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What is wrong with a review of access, whoever it is about (`pkg/apis/authorization/validation`). */
export function reviewErrors({ spec }: Unstructured): readonly FieldError[] {
  const resource = getPath(spec, ["resourceAttributes"]);
  const hasPath = isRecord(getPath(spec, ["nonResourceAttributes"]));
  if (isRecord(resource))
    return [
      ...(hasPath ? [pathError(spec, "cannot be specified in combination with resourceAttributes")] : []),
      ...selectorErrors(resource, "fieldSelector"),
      ...selectorErrors(resource, "labelSelector"),
    ];
  if (hasPath) return [];
  const detail = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
  return [{ type: "FieldValueInvalid", field: "spec.resourceAttributes", value: null, detail }];
}

/** A review asks about somebody. */
export function subjectErrors(name: string, groups: readonly string[]): readonly FieldError[] {
  if (name !== "" || groups.length > 0) return [];
  const detail = "at least one of user or group must be specified";
  return [{ type: "FieldValueInvalid", field: "spec.user", value: "", detail }];
}

/** Reviews have no metadata, but for the namespace of a local one. */
export function metadataErrors({ metadata }: Unstructured, isLocal: boolean): readonly FieldError[] {
  const known = isLocal ? ["managedFields", "namespace"] : ["managedFields"];
  if (Object.entries(metadata ?? {}).every(([field, value]) => known.includes(field) || !value)) return [];
  const detail = isLocal ? "must be empty except for namespace" : "must be empty";
  return [{ type: "FieldValueInvalid", field: "metadata", value: metadata, detail }];
}

/** A local review is about resources of its own namespace. */
export function localErrors({ metadata, spec }: Unstructured): readonly FieldError[] {
  const resource = getPath(spec, ["resourceAttributes"]);
  const stated = isRecord(resource) ? (resource.namespace ?? "") : undefined;
  const field = "spec.resourceAttributes.namespace";
  const elsewhere =
    stated !== undefined && stated !== (metadata.namespace ?? "")
      ? [{ type: "FieldValueInvalid", field, value: stated, detail: "must match metadata.namespace" } as const]
      : [];
  const hasPath = isRecord(getPath(spec, ["nonResourceAttributes"]));
  return hasPath ? [...elsewhere, pathError(spec, "disallowed on this kind of request")] : elsewhere;
}

function pathError(spec: unknown, detail: string): FieldError {
  const value = {
    Path: getPath(spec, ["nonResourceAttributes", "path"]) ?? "",
    Verb: getPath(spec, ["nonResourceAttributes", "verb"]) ?? "",
  };
  return { type: "FieldValueInvalid", field: "spec.nonResourceAttributes", value, detail };
}

/** Operators nobody knows are left to newer servers. */
function selectorErrors(resource: Fields, name: "fieldSelector" | "labelSelector"): readonly FieldError[] {
  const selector = resource[name];
  if (!isRecord(selector)) return [];
  const path = `spec.resourceAttributes.${name}`;
  const raw = selector.rawSelector ?? "";
  const requirements = Array.isArray(selector.requirements) ? selector.requirements.filter(isRecord) : [];
  if (raw !== "" && requirements.length > 0) {
    const detail = "may not specified at the same time as requirements";
    return [{ type: "FieldValueInvalid", field: `${path}.rawSelector`, value: raw, detail }];
  }
  if (raw === "" && requirements.length === 0) {
    const detail = `when ${path} is specified, requirements or rawSelector is required`;
    return [{ type: "FieldValueRequired", field: `${path}.requirements`, detail }];
  }
  return requirements.flatMap((requirement, index) =>
    requirementErrors(requirement, `${path}.requirements[${index}]`, name === "labelSelector"),
  );
}

function requirementErrors({ key, operator, values }: Fields, path: string, isLabel: boolean): readonly FieldError[] {
  const name = String(key ?? "");
  const hasValues = Array.isArray(values) && values.length > 0;
  const needs = operator === "In" || operator === "NotIn";
  const lacks = operator === "Exists" || operator === "DoesNotExist";
  const field = `${path}.values`;
  const ofValues: readonly FieldError[] = [
    ...(needs && !hasValues
      ? [{ type: "FieldValueRequired", field, detail: "must be specified when `operator` is 'In' or 'NotIn'" } as const]
      : []),
    ...(lacks && hasValues
      ? [
          {
            type: "FieldValueForbidden",
            field,
            detail: "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
          } as const,
        ]
      : []),
  ];
  if (!isLabel)
    return [
      ...(name === ""
        ? [{ type: "FieldValueRequired", field: `${path}.key`, detail: "must be specified" } as const]
        : []),
      ...ofValues,
    ];
  const ofKey = qualifiedNameErrors(name).map(
    (detail): FieldError => ({ type: "FieldValueInvalid", field: `${path}.key`, value: name, detail }),
  );
  return [...ofValues, ...ofKey];
}
