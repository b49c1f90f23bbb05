import { failure, type Kind, type KubeObject, type Status, StatusError } from "../apimachinery/index.ts";
import type { HttpHandler } from "../serving/index.ts";
import { isRecord } from "../std/index.ts";
import { ADMINISTRATOR } from "./users.ts";

/** What `kubectl get` is asked for. */
export type TableQuery = { readonly name?: string; readonly namespace?: string; readonly wide?: boolean };

type Table = {
  readonly columnDefinitions: readonly { readonly name: string; readonly priority?: number }[];
  readonly rows?: readonly {
    readonly cells: readonly unknown[];
    readonly object?: { readonly metadata?: { readonly namespace?: string } };
  }[];
};

const ACCEPT = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

/** Asks a cluster's HTTP door for the Table of a resource, and prints it as kubectl does. Rejects with StatusError. */
export async function resourceTable(handler: HttpHandler, kind: Kind<KubeObject>, query: TableQuery): Promise<string> {
  const table = await requestTable(handler, pathOf(kind, query));
  const rows = table.rows ?? [];
  if (rows.length === 0)
    return query.namespace === undefined ? "No resources found" : `No resources found in ${query.namespace} namespace.`;
  const shown = table.columnDefinitions
    .map((column, index) => ({ ...column, index }))
    .filter((column) => (column.priority ?? 0) === 0 || query.wide === true);
  const everywhere = kind.namespaced && query.namespace === undefined;
  const lines = rows.map((row) => [
    ...(everywhere ? [row.object?.metadata?.namespace ?? ""] : []),
    ...shown.map(({ index }) => cellText(row.cells[index])),
  ]);
  const titles = [...(everywhere ? ["NAMESPACE"] : []), ...shown.map((column) => column.name.toUpperCase())];
  return aligned([titles, ...lines]);
}

function requestTable(handler: HttpHandler, path: string): Promise<Table> {
  return new Promise((resolve, reject) => {
    handler(
      { method: "GET", path, headers: { accept: ACCEPT }, user: ADMINISTRATOR, body: new Uint8Array() },
      {
        respond: (status, _headers, body) => {
          const text = typeof body === "string" ? body : new TextDecoder().decode(body);
          if (status >= 400) reject(new StatusError(statusOf(text)));
          else resolve(JSON.parse(text) as Table);
        },
        startStream: () => {
          throw new Error("a list is no stream");
        },
      },
    );
  });
}

function statusOf(text: string): Status {
  if (!text.startsWith("{")) return failure("ServiceUnavailable", text.trim());
  const status: unknown = JSON.parse(text);
  return isRecord(status) && status.kind === "Status" ? (status as Status) : failure("InternalError", text);
}

function pathOf(kind: Kind<KubeObject>, { name, namespace }: TableQuery): string {
  const group = kind.group === "" ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
  const place = kind.namespaced && namespace !== undefined ? `${group}/namespaces/${namespace}` : group;
  return `${place}/${kind.plural}${name === undefined ? "" : `/${name}`}`;
}

function cellText(cell: unknown): string {
  if (cell === undefined || cell === null) return "<none>";
  return typeof cell === "object" ? JSON.stringify(cell) : String(cell);
}

/** Columns padded to the widest cell and set apart by three spaces, as kubectl's tab writer does. */
function aligned(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_title, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => (column === line.length - 1 ? cell : cell.padEnd((widths[column] ?? 0) + 3)))
        .join("")
        .trimEnd(),
    )
    .join("\n");
}
