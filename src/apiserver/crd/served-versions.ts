import {
  type AdditionalPrinterColumn,
  AGE,
  type Cell,
  type CustomResourceDefinition,
  type CustomResourceDefinitionVersion,
  type PrinterColumn,
  type ResourceDescriptor,
} from "../../api/index.ts";
import {
  type CompiledSchema,
  compileJsonPath,
  defineKind,
  type JsonSchema,
  type KubeObject,
} from "../../apimachinery/index.ts";
import { humanDuration, must } from "../../std/index.ts";
import type { CustomVersion } from "../registry.ts";
import type { VersionConverter } from "./webhook-conversion.ts";

/** A terminating definition takes no new instances (`customresource_handler.go`). */
const VERBS_WHILE_TERMINATING = ["delete", "deletecollection", "get", "list", "patch", "update", "watch"];

type VersionTools = {
  readonly converter: VersionConverter | undefined;
  readonly compile: (schema: JsonSchema) => CompiledSchema;
};

/** The versions of a definition that are served or stored, as descriptors like those of built-in kinds. */
export function servedVersions(
  definition: CustomResourceDefinition,
  { converter, compile }: VersionTools,
): readonly CustomVersion[] {
  const storage = must(
    definition.spec.versions.find((version) => version.storage),
    "the storage version of an accepted definition",
  );
  return definition.spec.versions
    .filter((version) => version.served || version.storage)
    .map((version) => ({
      descriptor: descriptorOf(definition, version),
      storageVersion: storage.name,
      served: version.served,
      ...shapeOf(version, compile),
      ...(converter === undefined ? {} : { converter }),
      ...(version.deprecated === true ? { deprecation: deprecationOf(definition, version) } : {}),
    }));
}

/** What is stored is read as the present schema has it, which may have come to know other fields and defaults. */
function shapeOf(
  { schema }: CustomResourceDefinitionVersion,
  compile: VersionTools["compile"],
): Pick<CustomVersion, "shape"> {
  const stated = schema?.openAPIV3Schema;
  if (stated === undefined) return {};
  let compiled: CompiledSchema | undefined;
  return {
    shape: (object) => {
      compiled ??= compile(stated);
      return compiled.applyDefaults(compiled.pruneUnknown(object));
    },
  };
}

function deprecationOf({ spec }: CustomResourceDefinition, version: CustomResourceDefinitionVersion): string {
  return version.deprecationWarning ?? `${spec.group}/${version.name} ${spec.names.kind} is deprecated`;
}

function descriptorOf(
  definition: CustomResourceDefinition,
  version: CustomResourceDefinitionVersion,
): ResourceDescriptor {
  const { group, scope } = definition.spec;
  const names = definition.status?.acceptedNames ?? definition.spec.names;
  const { subresources, schema, additionalPrinterColumns = [], selectableFields } = version;
  return {
    kind: defineKind<KubeObject>({
      group,
      version: version.name,
      kind: names.kind,
      plural: names.plural,
      namespaced: scope === "Namespaced",
    }),
    singular: names.singular ?? names.kind.toLowerCase(),
    generation: true,
    ...(names.shortNames === undefined ? {} : { shortNames: names.shortNames }),
    ...(names.categories === undefined ? {} : { categories: names.categories }),
    ...(names.listKind === undefined ? {} : { listKind: names.listKind }),
    ...(subresources?.status === undefined ? {} : { status: true }),
    ...(subresources?.scale === undefined ? {} : { scale: subresources.scale }),
    ...(schema?.openAPIV3Schema === undefined ? {} : { schema: schema.openAPIV3Schema }),
    columns: additionalPrinterColumns.length === 0 ? [CUSTOM_AGE] : additionalPrinterColumns.map(printerColumn),
    ...(selectableFields === undefined ? {} : { selectableFields: fieldReaders(selectableFields) }),
    ...(definition.metadata.deletionTimestamp === undefined ? {} : { verbs: VERBS_WHILE_TERMINATING }),
  };
}

/** What custom resources show whose definition states no columns (`tableconvertor.New`). */
const CUSTOM_AGE: PrinterColumn = { ...AGE, type: "date" };

function printerColumn(column: AdditionalPrinterColumn): PrinterColumn {
  const { name, format, description, priority, jsonPath } = column;
  const type = column.type as PrinterColumn["type"];
  const evaluate = compileJsonPath(jsonPath);
  return {
    name,
    type,
    ...(format === undefined ? {} : { format }),
    description: description ?? `Custom resource definition column (in JSONPath format): ${jsonPath}`,
    ...(priority === undefined ? {} : { priority }),
    value: (object, nowMs) => cellOf(type, evaluate(object)[0], nowMs),
  };
}

/** `pkg/registry/customresource/tableconvertor.cellForJSONValue`: a value that is not of the column's type prints nothing. */
function cellOf(type: PrinterColumn["type"], value: unknown, nowMs: number): Cell {
  if (value === undefined || value === null) return undefined;
  switch (type) {
    case "string":
      return typeof value === "object" ? JSON.stringify(value) : String(value);
    case "integer":
      return typeof value === "number" ? Math.trunc(value) : undefined;
    case "number":
      return typeof value === "number" ? value : undefined;
    case "boolean":
      return typeof value === "boolean" ? value : undefined;
    case "date":
      return typeof value === "string" ? age(value, nowMs) : undefined;
  }
}

function age(time: string, nowMs: number): string {
  const atMs = Date.parse(time);
  return Number.isNaN(atMs) ? "<invalid>" : humanDuration(nowMs - atMs);
}

function fieldReaders(
  fields: NonNullable<CustomResourceDefinitionVersion["selectableFields"]>,
): Readonly<Record<string, (object: KubeObject) => string>> {
  const readers = fields.map(({ jsonPath }) => {
    const evaluate = compileJsonPath(jsonPath);
    const read = (object: KubeObject): string => {
      const value = evaluate(object)[0];
      return value === undefined || value === null ? "" : String(value);
    };
    return [jsonPath.replace(/^\./, ""), read] as const;
  });
  return Object.fromEntries(readers);
}
