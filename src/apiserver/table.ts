import { AGE, type PrinterColumn } from "../api/index.ts";
import type { KubeObject, ListMeta, ObjectMeta } from "../apimachinery/index.ts";
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
  readonly rows: readonly { readonly cells: readonly unknown[]; readonly object?: unknown }[];
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
  return { columns, definitions: columns.map(definitionOf) };
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
  what: {
    readonly apiVersion: string;
    readonly metadata: Partial<ListMeta>;
    readonly nowMs: number;
    readonly includeObject: IncludeObject;
  },
): Table {
  return {
    kind: "Table",
    apiVersion: what.apiVersion,
    metadata: what.metadata,
    columnDefinitions: printer.definitions,
    rows: objects.map((object) => {
      const cells = printer.columns.map((column) => column.value(object, what.nowMs) ?? null);
      return what.includeObject === "None"
        ? { cells, object: null }
        : { cells, object: what.includeObject === "Object" ? object : partialObject(object, what.apiVersion) };
    }),
  };
}

/** PartialObjectMetadata: an object without anything but its metadata. */
export function partialObject(
  object: KubeObject,
  apiVersion: string,
): { readonly kind: "PartialObjectMetadata"; readonly apiVersion: string; readonly metadata: ObjectMeta } {
  return { kind: "PartialObjectMetadata", apiVersion, metadata: metaInOrder(object.metadata) };
}

function definitionOf(column: PrinterColumn): ColumnDefinition {
  const { name, type, format = "", description = "", priority = 0 } = column;
  return { name, type, format, description, priority };
}
