import { isRecord } from "../../std/index.ts";
import type { Unstructured } from "../object-meta.ts";
import { compareFields } from "./compare.ts";
import { differenceOfFields, type FieldSet } from "./field-set.ts";
import type { FieldType } from "./field-type.ts";
import { TypedValueError } from "./list-items.ts";
import { ownedFields } from "./owned-fields.ts";
import { goJson } from "./path-element.ts";

const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";
/** All annotations of an object together. */
const ANNOTATIONS_BYTES_MAX = 256 * 1024;

/**
 * Fields kubectl's client-side apply set and nobody changed since: kubectl's server-side apply may take these over without a
 * conflict. `undefined` when the object was not applied that way (`managedfields/internal/lastappliedmanager.go`).
 */
export function fieldsOfLastApplied(type: FieldType, live: Unstructured): FieldSet | undefined {
  const config = parseRecord(live.metadata.annotations?.[LAST_APPLIED]);
  if (config === undefined || config.apiVersion !== live.apiVersion) return undefined;
  try {
    const { added, modified, removed } = compareFields(type, config, live);
    return [modified, added, removed].reduce(differenceOfFields, ownedFields(type, config));
  } catch (error) {
    if (error instanceof TypedValueError) return undefined;
    throw error;
  }
}

/**
 * `object` with its last-applied annotation telling `config`, if it has one: a later client-side apply goes on from there
 * (`managedfields/internal/lastappliedupdater.go`).
 */
export function withLastApplied(object: Unstructured, config: Unstructured): Unstructured {
  const { annotations } = object.metadata;
  if (!annotations?.[LAST_APPLIED]) return object;
  const text = `${goJson(sorted(withoutLastApplied(config)))}\n`;
  if (annotations[LAST_APPLIED] === text) return object;
  const { [LAST_APPLIED]: _, ...others } = annotations;
  const next = { ...annotations, [LAST_APPLIED]: text };
  return { ...object, metadata: { ...object.metadata, annotations: fits(next) ? next : others } };
}

function withoutLastApplied(config: Unstructured): Unstructured {
  const { metadata } = config;
  if (metadata.annotations?.[LAST_APPLIED] === undefined) return config;
  const { [LAST_APPLIED]: _, ...annotations } = metadata.annotations;
  const { annotations: _all, ...rest } = metadata;
  const isEmpty = Object.keys(annotations).length === 0;
  return { ...config, metadata: isEmpty ? rest : { ...rest, annotations } };
}

function fits(annotations: Readonly<Record<string, string>>): boolean {
  let size = 0;
  for (const [name, value] of Object.entries(annotations)) size += name.length + value.length;
  return size <= ANNOTATIONS_BYTES_MAX;
}

function parseRecord(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  if (text === undefined || text === "") return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    return isRecord(parsed) ? parsed : undefined;
  } catch {
    // The annotation is the client's; one that is no JSON tells nothing.
    return undefined;
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isRecord(value)) return value;
  const names = Object.keys(value).sort();
  return Object.fromEntries(names.map((name) => [name, sorted(value[name])]));
}
