import { isRecord } from "../../std/index.ts";
import type { Fields } from "./components.ts";

/** Where in an OpenAPI v2 document stand the things references name. */
const SHARED = ["definitions", "parameters"] as const;

/** The named things of one kind in a document. */
export function sharedIn(document: Fields, kind: (typeof SHARED)[number] | "paths"): Fields {
  const shared = document[kind];
  return isRecord(shared) ? shared : {};
}

/**
 * A document of the paths that are kept, without the definitions only the others use
 * (`FilterSpecByPathsWithoutSideEffects` of `k8s.io/kube-openapi/pkg/aggregator`).
 */
export function partOfV2(document: Fields, isKept: (path: string) => boolean): Fields {
  if (!isRecord(document.paths)) return document;
  const paths = Object.fromEntries(Object.entries(document.paths).filter(([path]) => isKept(path)));
  const usedBefore = usedDefinitions(document, document.paths);
  const used = usedDefinitions(document, paths);
  const definitions = Object.entries(sharedIn(document, "definitions")).filter(
    ([name]) => used.has(name) || !usedBefore.has(name),
  );
  return { ...document, paths, definitions: Object.fromEntries(definitions) };
}

/** Names of the definitions a part of a document refers to, directly or through others. */
function usedDefinitions(document: Fields, part: unknown): ReadonlySet<string> {
  const seen = new Set<string>();
  const definitions = new Set<string>();
  const visit = (value: unknown): void => {
    for (const reference of referencesIn(value)) {
      if (seen.has(reference)) continue;
      seen.add(reference);
      for (const kind of SHARED) {
        const prefix = `#/${kind}/`;
        if (!reference.startsWith(prefix)) continue;
        const name = reference.slice(prefix.length);
        if (kind === "definitions") definitions.add(name);
        visit(sharedIn(document, kind)[name]);
      }
    }
  };
  visit(part);
  return definitions;
}

function referencesIn(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([field, part]) =>
    field === "$ref" && typeof part === "string" ? [part] : referencesIn(part),
  );
}

/** The value with every reference under another name that has one. */
export function withReferences<T>(value: T, renamed: ReadonlyMap<string, string>): T {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => withReferences(item, renamed)) as T;
  return Object.fromEntries(
    Object.entries(value).map(([field, part]) => [
      field,
      field === "$ref" && typeof part === "string" ? (renamed.get(part) ?? part) : withReferences(part, renamed),
    ]),
  ) as T;
}
