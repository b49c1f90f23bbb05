import {
  AGE,
  CREATED_AT,
  columnDescriptions,
  customScaleColumns,
  type PrinterColumn,
  type RowCondition,
  scaleColumns,
} from "../api/index.ts";
import {
  type KubeObject,
  type ListMeta,
  type ObjectMeta,
  type Unstructured,
  unstructured,
} from "../apimachinery/index.ts";
import { metaInOrder } from "./encoded-objects.ts";
import type { Resource } from "./resource.ts";

/** What each row of a Table carries of its object (`includeObject`). */
export type IncludeObject = "None" | "Metadata" | "Object";

/** meta.k8s.io Table. */
export type Table = {
  readonly kind: "Table";
  readonly apiVersion: string;
  readonly metadata: Partial<ListMeta>;
  readonly columnDefinitions: readonly ColumnDefinition[];
  /** Null where there are none and the kind has no printer of its own (`rest.NewDefaultTableConvertor`). */
  readonly rows: readonly TableRow[] | null;
};

type TableRow = {
  readonly cells: readonly unknown[];
  readonly conditions?: readonly RowCondition[];
  readonly object: unknown;
};

type ColumnDefinition = {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
};

/** How one resource is printed by one version of Kubernetes. */
export type Printer = {
  readonly definitions: readonly ColumnDefinition[];
  readonly columns: readonly PrinterColumn[];
  readonly rowConditions?: (object: KubeObject) => readonly RowCondition[] | undefined;
};

const NAME: PrinterColumn = {
  name: "Name",
  type: "string",
  format: "name",
  description:
    "Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names",
  value: (object) => object.metadata.name,
};

/** The columns of a resource as the server's minor version prints them. */
export function printerOf(resource: Resource, minor: number): Printer {
  const declared = resource.descriptor.columns ?? [AGE];
  const shown = declared.filter(
    ({ sinceMinor = 0, untilMinor = Number.POSITIVE_INFINITY }) => minor >= sinceMinor && minor <= untilMinor,
  );
  const columns = shown.some((column) => column.format === "name") ? shown : [NAME, ...shown];
  return printerWith(columns, resource.kind.kind, resource.descriptor.rowConditions);
}

/** How every `/scale` of a built-in kind is printed. */
export const SCALE_PRINTER: Printer = printerWith([{ ...NAME, format: "" }, ...scaleColumns], "Scale");
/** How that of a custom resource is. */
export const CUSTOM_SCALE_PRINTER: Printer = printerWith([NAME, ...customScaleColumns], "Scale");

function printerWith(
  columns: readonly PrinterColumn[],
  kind: string,
  rowConditions?: Printer["rowConditions"],
): Printer {
  const definitions = columns.map((column) =>
    definitionOf(column, column.name === NAME.name ? NAME.description : columnDescriptions[kind]?.[column.name]),
  );
  return { columns, definitions, ...(rowConditions === undefined ? {} : { rowConditions }) };
}

/** The same columns over an object without content. */
export function emptyPrinter({ definitions, columns }: Printer): Printer {
  const valueOf = ({ type }: PrinterColumn): string | number => (type === "integer" || type === "number" ? 0 : "");
  return { definitions, columns: columns.map((column) => ({ ...column, value: () => valueOf(column) })) };
}

/** A Table of `objects`; cells say how the objects look at `nowMs`. */
export function tableOf(
  printer: Printer,
  objects: readonly KubeObject[],
  what: RowForm & { readonly metadata: Partial<ListMeta> },
): Table {
  return {
    kind: "Table",
    apiVersion: what.apiVersion,
    metadata: what.metadata,
    columnDefinitions: printer.definitions,
    rows:
      objects.length === 0 && printer.columns.includes(CREATED_AT)
        ? null
        : objects.map((object) => rowOf(printer, object, what)),
  };
}

type RowForm = {
  readonly apiVersion: string;
  readonly nowMs: number;
  readonly includeObject: IncludeObject;
  /** An object as those see it who are shown one. */
  readonly shown: (object: Unstructured) => Unstructured;
};

function rowOf({ columns, rowConditions }: Printer, object: KubeObject, form: RowForm): TableRow {
  const cells = columns.map((column) => column.value(object, form.nowMs) ?? null);
  const conditions = rowConditions?.(object);
  return { cells, ...(conditions === undefined ? {} : { conditions }), object: rowObject(object, form) };
}

function rowObject(object: KubeObject, { includeObject, apiVersion, shown }: RowForm): unknown {
  if (includeObject === "None") return null;
  const whole = shown(unstructured(object));
  return includeObject === "Object" ? whole : partialObject(whole, apiVersion);
}

/** PartialObjectMetadata: an object without anything but its metadata. */
export function partialObject(
  object: KubeObject,
  apiVersion: string,
): { readonly kind: "PartialObjectMetadata"; readonly apiVersion: string; readonly metadata: ObjectMeta } {
  return { kind: "PartialObjectMetadata", apiVersion, metadata: metaInOrder(object.metadata) };
}

/** A column's own description, or what is said of it in this kind. */
function definitionOf(column: PrinterColumn, said = ""): ColumnDefinition {
  const { name, type, format = "", description = said, priority = 0 } = column;
  return { name, type, format, description, priority };
}
