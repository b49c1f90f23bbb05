import { compareText, deepEqual, isRecord } from "../../std/index.ts";
import type { Fields } from "./components.ts";
import { partOfV2, sharedIn, withReferences } from "./parts-v2.ts";

const KINDS = "x-kubernetes-group-version-kind";

/**
 * Adds what another server says to a document: of a path both have the first one's stays, and what both name alike but describe
 * differently gets another name (`MergeSpecsIgnorePathConflictRenamingDefinitionsAndParameters`).
 */
export function mergedV2(document: Fields, added: Fields): Fields {
  if (!isRecord(added.paths)) return document;
  const present = sharedIn(document, "paths");
  const isNew = (path: string): boolean => !(path in present);
  if (!Object.keys(added.paths).some(isNew)) return document;
  let source = Object.keys(added.paths).every(isNew) ? added : partOfV2(added, isNew);
  source = renamed(source, "definitions", document, isSameDefinition);
  source = renamed(source, "parameters", document, deepEqual);
  const parameters = { ...sharedIn(source, "parameters"), ...sharedIn(document, "parameters") };
  return {
    ...document,
    paths: { ...present, ...sharedIn(source, "paths") },
    definitions: withDefinitions(sharedIn(document, "definitions"), sharedIn(source, "definitions")),
    ...(Object.keys(parameters).length === 0 ? {} : { parameters }),
  };
}

/** Renames what the other document has under the same name with another meaning: to `name_v2` or the next that is free. */
function renamed(
  source: Fields,
  kind: "definitions" | "parameters",
  document: Fields,
  isSame: (one: unknown, other: unknown) => boolean,
): Fields {
  const [own, theirs] = [sharedIn(source, kind), sharedIn(document, kind)];
  const names = new Map<string, string>();
  const taken = new Set(Object.keys(theirs));
  for (const [name, value] of Object.entries(own)) {
    if (!(name in theirs) || isSame(theirs[name], value)) continue;
    let number = 2;
    const next = (): string => `${name}_v${number}`;
    while (taken.has(next()) && !isSame(theirs[next()], value)) number++;
    while (!isSame(theirs[next()], value) && (taken.has(next()) || next() in own)) number++;
    names.set(name, next());
    taken.add(next());
  }
  if (names.size === 0) return source;
  const references = new Map([...names].map(([name, next]) => [`#/${kind}/${name}`, `#/${kind}/${next}`]));
  const rewritten = withReferences(source, references);
  const entries = Object.entries(sharedIn(rewritten, kind)).map(([name, value]) => [names.get(name) ?? name, value]);
  return { ...rewritten, [kind]: Object.fromEntries(entries) };
}

/** Which kinds a definition is of does not make it another one. */
function isSameDefinition(one: unknown, other: unknown): boolean {
  return isRecord(one) && isRecord(other) && deepEqual({ ...one, [KINDS]: [] }, { ...other, [KINDS]: [] });
}

function withDefinitions(present: Fields, added: Fields): Fields {
  const result: Record<string, unknown> = { ...present };
  for (const [name, value] of Object.entries(added)) {
    const known = present[name];
    result[name] = known === undefined ? value : withKindsOf(known, value);
  }
  return result;
}

/** A definition that is of the kinds of another one as well. */
function withKindsOf(definition: unknown, other: unknown): unknown {
  if (!isRecord(definition) || !isRecord(other)) return definition;
  const [own, theirs] = [definition[KINDS], other[KINDS]];
  if (!Array.isArray(theirs)) return definition;
  const kinds: unknown[] = Array.isArray(own) ? own : [];
  const keys = new Set(kinds.map(keyOf));
  const more = theirs.filter((kind) => !keys.has(keyOf(kind)));
  if (more.length === 0) return definition;
  return { ...definition, [KINDS]: [...kinds, ...more].sort((one, two) => compareText(keyOf(one), keyOf(two))) };
}

function keyOf(kind: unknown): string {
  return isRecord(kind) ? `${kind.group}/${kind.version}.${kind.kind}` : "";
}
