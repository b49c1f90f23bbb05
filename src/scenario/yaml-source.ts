import { readFileSync } from "node:fs";
import { isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseAllDocuments } from "yaml";
import { isRecord } from "../std/index.ts";

/** Where something stands in a file. Lines and columns count from 1. */
export type Position = { readonly file: string; readonly line: number; readonly column: number };

/** A mistake in a file, told as `file:line:column: what was expected`. */
export class SourceError extends Error {
  override readonly name = "SourceError";
  readonly position: Position;

  constructor(position: Position, message: string) {
    super(`${position.file}:${position.line}:${position.column}: ${message}`);
    this.position = position;
  }
}

/** One YAML document and where its parts stand. */
export type YamlDocument = {
  readonly file: string;
  readonly value: unknown;
  /** Where the field or element at `path` stands; the nearest part that exists when the path does not. */
  readonly locate: (path: readonly (string | number)[]) => Position;
  /** Where the value at `path` stands; as `locate` when there is none. */
  readonly locateValue: (path: readonly (string | number)[]) => Position;
};

/** Reads and parses a file of YAML documents; empty documents are left out. Throws SourceError. */
export function readYamlFile(file: string): YamlDocument[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new Error(
      `cannot read ${file}: ${(error as NodeJS.ErrnoException).code === "ENOENT" ? "no such file" : (error as Error).message}`,
    );
  }
  return parseYaml(text, file);
}

/** Parses YAML text (or JSON, which is YAML); `file` names it in errors. Throws SourceError. */
function parseYaml(text: string, file: string): YamlDocument[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, version: "1.2", merge: true });
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  return [...documents].flatMap((document) => {
    const error = document.errors[0];
    if (error !== undefined) throw new SourceError(at(error.pos[0]), firstSentence(error.message));
    const value: unknown = document.toJS({ maxAliasCount: 1000 });
    if (value === null || value === undefined) return [];
    return [
      {
        file,
        value,
        locate: (path: readonly (string | number)[]) => at(placesOf(document.contents as Node | null, path).field),
        locateValue: (path: readonly (string | number)[]) => at(placesOf(document.contents as Node | null, path).value),
      },
    ];
  });
}

/** Parses YAML that must be one object per document, as manifests are; lists (`kind: List`) are unfolded. Throws SourceError. */
export function parseManifests(text: string, file: string): Readonly<Record<string, unknown>>[] {
  return parseYaml(text, file).flatMap((document) => manifestsOf(document));
}

/** The objects of one document, each with apiVersion, kind and metadata checked. Throws SourceError naming what is missing. */
export function manifestsOf(document: YamlDocument): Readonly<Record<string, unknown>>[] {
  const { value } = document;
  if (!isRecord(value))
    throw new SourceError(document.locate([]), "expected a Kubernetes object with apiVersion, kind and metadata");
  for (const field of ["apiVersion", "kind"]) {
    if (typeof value[field] !== "string" || value[field] === "")
      throw new SourceError(document.locate([field]), `expected ${field}, a non-empty string`);
  }
  if (String(value.kind).endsWith("List") && Array.isArray(value.items))
    return value.items as Readonly<Record<string, unknown>>[];
  if (!isRecord(value.metadata)) throw new SourceError(document.locate(["metadata"]), "expected metadata with a name");
  return [value];
}

function firstSentence(message: string): string {
  return message.split("\n")[0] ?? message;
}

/** Offsets of the last step of `path` that exists: of its key (or element), and of its value. */
function placesOf(
  root: Node | null,
  path: readonly (string | number)[],
): { readonly field: number; readonly value: number } {
  let node: unknown = root;
  const start = root?.range?.[0] ?? 0;
  let places = { field: start, value: start };
  for (const step of path) {
    const found = childOf(node, step);
    if (found === undefined) return { field: places.field, value: places.field };
    node = found.value;
    const field = found.key?.range?.[0] ?? places.field;
    places = { field, value: (found.value as Node | null)?.range?.[0] ?? field };
  }
  return places;
}

function childOf(
  node: unknown,
  step: string | number,
): { readonly key: Node | undefined; readonly value: unknown } | undefined {
  if (isSeq(node)) {
    const item = node.items[Number(step)] as Node | undefined;
    return item === undefined ? undefined : { key: item, value: item };
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(step));
  return pair === undefined ? undefined : { key: pair.key as Node, value: pair.value };
}
