import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { namespaceLifecyclePlugin } from "../../src/apiserver/index.ts";
import { defaultAdmission, storageProtection } from "../../src/kube/index.ts";
import { fileSchemaSource } from "../../src/scenario/schemas/source.ts";
import { type Door, door } from "./door.ts";
import { fixture } from "./fixture.ts";

type Fields = Readonly<Record<string, unknown>>;

/** An object, how it comes into its state, and the row kube-apiserver prints of it; `AGE` stands for how long ago something was. */
type Row = {
  readonly object: Fields & { readonly metadata: { readonly name: string }; readonly status?: Fields };
  readonly status?: true;
  readonly approve?: true;
  readonly delete?: true;
  readonly cells: readonly unknown[];
  readonly conditions?: readonly unknown[];
};

/** The columns of a kind as `name/type/format/priority` without what is empty, and a digest of their descriptions. */
type Golden = {
  readonly path: string;
  readonly columns: readonly string[];
  readonly described: string;
  readonly rows: readonly Row[];
};

type Column = Readonly<Record<"name" | "type" | "format" | "description", string>> & { readonly priority: number };

const goldens = JSON.parse(readFileSync(join(import.meta.dirname, "tables.json"), "utf8")) as readonly Golden[];
const TABLE = { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" };

describe("a Table as kube-apiserver prints it", () => {
  it.each(goldens)("of $path", ({ path, columns, described, rows }) => {
    const admission = [namespaceLifecyclePlugin, ...defaultAdmission, storageProtection];
    const asked = door(fixture({ schemas: fileSchemaSource(), admission }));
    for (const row of rows) bringAbout(asked, path, row);
    const tables = rows.map(({ object }) =>
      asked.json("GET", `${path}/${object.metadata.name}?includeObject=None`, undefined, TABLE),
    );
    const found = tables.map((table) => ({ ...table.rows[0], cells: table.rows[0].cells.map(aged) }));
    expect(found).toEqual(
      rows.map(({ cells, conditions }) => ({
        cells,
        ...(conditions === undefined ? {} : { conditions }),
        object: null,
      })),
    );
    const definitions: readonly Column[] = tables[0].columnDefinitions;
    expect(definitions.map(({ name, type, format, priority }) => columnText([name, type, format, priority]))).toEqual(
      columns,
    );
    expect(digest(definitions.map(({ description }) => description).join("\n"))).toBe(described);
  });
});

function bringAbout(asked: Door, path: string, { object, status, approve, delete: isDeleted }: Row): void {
  const own = `${path}/${object.metadata.name}`;
  expect(asked.call("POST", path, object).status).toBe(201);
  const write = (subresource: string): void => {
    const now = asked.json("GET", own);
    const next = approve === true ? { ...now, status: object.status } : { ...object, metadata: now.metadata };
    expect(asked.call("PUT", `${own}/${subresource}`, next).status).toBe(200);
  };
  if (approve === true) write("approval");
  if (status === true) write("status");
  if (isDeleted === true) asked.call("DELETE", own);
}

function columnText(parts: readonly (string | number)[]): string {
  return parts.filter((part) => part !== "" && part !== 0).join("/");
}

function aged(cell: unknown): unknown {
  if (typeof cell !== "string") return cell;
  return cell
    .replace(/^203\d-.*Z$/, "AGE")
    .replace(/^(\d+[smhdy])+$/, "AGE")
    .replace(/\((\d+[smhdy])+ ago\)/, "(AGE ago)");
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}
