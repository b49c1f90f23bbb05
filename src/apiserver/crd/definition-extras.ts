import type { AdditionalPrinterColumn, CustomResourceDefinitionVersion } from "../../api/index.ts";
import { duplicate, type FieldError, invalid, type JsonSchema, required } from "../../apimachinery/index.ts";
import { resolveFieldPath } from "./field-path.ts";

const COLUMN_TYPES = ["boolean", "date", "integer", "number", "string"];
const COLUMN_FORMATS = ["byte", "date", "date-time", "double", "float", "int32", "int64", "name", "password"];
const SELECTABLE_FIELDS_MAX = 8;

/** What is wrong with the columns a version prints. */
export function columnErrors(version: CustomResourceDefinitionVersion, path: string): readonly FieldError[] {
  return (version.additionalPrinterColumns ?? []).flatMap((column, index) =>
    oneColumnErrors(column, `${path}[${index}]`),
  );
}

function oneColumnErrors({ name, type, format, jsonPath }: AdditionalPrinterColumn, at: string): readonly FieldError[] {
  const types = `must be one of ${COLUMN_TYPES.join(",")}`;
  return [
    ...(name ? [] : [required(`${at}.name`)]),
    ...(type
      ? COLUMN_TYPES.includes(type)
        ? []
        : [invalid(`${at}.type`, type, types)]
      : [required(`${at}.type`, types)]),
    ...(!format || COLUMN_FORMATS.includes(format)
      ? []
      : [invalid(`${at}.format`, format, `must be one of ${COLUMN_FORMATS.join(",")}`)]),
    ...(jsonPath ? jsonPathErrors(jsonPath, `${at}.JSONPath`) : [required(`${at}.JSONPath`)]),
  ];
}

function jsonPathErrors(jsonPath: string, field: string): readonly FieldError[] {
  return jsonPath.startsWith(".") ? [] : [invalid(field, jsonPath, "must be a simple json path starting with .")];
}

/** What is wrong with where a version keeps its scale. */
export function subresourceErrors(
  { subresources }: CustomResourceDefinitionVersion,
  path: string,
): readonly FieldError[] {
  const scale = subresources?.scale;
  if (scale === undefined) return [];
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = scale;
  return [
    ...scalePathErrors(specReplicasPath, `${path}.scale.specReplicasPath`, [".spec."]),
    ...scalePathErrors(statusReplicasPath, `${path}.scale.statusReplicasPath`, [".status."]),
    ...(labelSelectorPath
      ? scalePathErrors(labelSelectorPath, `${path}.scale.labelSelectorPath`, [".spec.", ".status."])
      : []),
  ];
}

function scalePathErrors(jsonPath: string, field: string, prefixes: readonly string[]): readonly FieldError[] {
  if (!jsonPath) return [required(field)];
  const errors = jsonPathErrors(jsonPath, field);
  if (errors.length > 0 || prefixes.some((prefix) => jsonPath.startsWith(prefix))) return errors;
  const under = prefixes.map((prefix) => prefix.slice(0, -1));
  const where = under.length === 1 ? under[0] : `either ${under.join(" or ")}`;
  return [invalid(field, jsonPath, `should be a json path under ${where}`)];
}

/** What is wrong with the fields lists may be narrowed by. */
export function selectableFieldErrors(
  version: CustomResourceDefinitionVersion,
  path: string,
  /** Fields all versions share are looked for in the schema all versions share. */
  hasSchemaBeside: boolean,
): readonly FieldError[] {
  const { selectableFields = [], schema } = version;
  if (selectableFields.length === 0) return [];
  const root = hasSchemaBeside ? schema?.openAPIV3Schema : undefined;
  if (root === undefined) return [invalid(path, "", "may only be set when validations.schema is included")];
  const seen = new Set<string>();
  const errors = selectableFields.flatMap(({ jsonPath }, index) =>
    selectableErrors(jsonPath, `${path}[${index}].jsonPath`, root, seen),
  );
  if (seen.size <= SELECTABLE_FIELDS_MAX) return errors;
  const detail = `must have at most ${SELECTABLE_FIELDS_MAX} items`;
  return [...errors, { type: "FieldValueTooMany", field: path, value: seen.size, detail }];
}

function selectableErrors(jsonPath: string, field: string, root: JsonSchema, seen: Set<string>): readonly FieldError[] {
  if (!jsonPath) return [required(field)];
  const found = resolveFieldPath(jsonPath, root, { allowsBrackets: false });
  if (!found.ok) return [invalid(field, jsonPath, `is an invalid path: ${found.why}`)];
  const errors: FieldError[] = [];
  if (found.path === "metadata" || found.path.startsWith("metadata."))
    errors.push(invalid(field, jsonPath, "must not point to fields in metadata"));
  if (!["string", "boolean", "integer"].includes(found.schema.type ?? ""))
    errors.push(
      invalid(
        field,
        jsonPath,
        "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.",
      ),
    );
  if (seen.has(found.path)) errors.push(duplicate(field, jsonPath));
  seen.add(found.path);
  return errors;
}
