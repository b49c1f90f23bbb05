import type {
  CommandArgsOverrider,
  FieldOverrider,
  FieldPatchOperation,
  ImageOverrider,
  LabelAnnotationOverrider,
  Overriders,
} from "../api/index.ts";
import {
  applyJsonPatch,
  getPath,
  type JsonPatchOperation,
  type ObjectPath,
  setPath,
  type Unstructured,
} from "../apimachinery/index.ts";
import { isRecord } from "../std/index.ts";
import { overrideImage } from "./image-reference.ts";

/** Reads and writes YAML, for fields that hold such text; keys come out sorted. */
export type YamlCodec = {
  readonly parse: (text: string) => unknown;
  readonly format: (value: unknown) => string;
};

/** What overriding came to. */
export type Overridden =
  | { readonly ok: true; readonly object: Unstructured }
  | { readonly ok: false; readonly message: string };

/** The kinds whose containers are overridden without a predicate, and where their pod spec is. */
const POD_SPEC_PATHS: Readonly<Record<string, ObjectPath>> = {
  Pod: ["spec"],
  ReplicaSet: ["spec", "template", "spec"],
  Deployment: ["spec", "template", "spec"],
  DaemonSet: ["spec", "template", "spec"],
  StatefulSet: ["spec", "template", "spec"],
  Job: ["spec", "template", "spec"],
};

/**
 * `object` after all overriders, in Karmada's order: images, commands, args, labels, annotations, fields, plaintext
 * (`overridemanager.applyPolicyOverriders`). One that does not apply fails them all.
 */
export function applyOverriders(object: Unstructured, overriders: Overriders, yaml: YamlCodec): Overridden {
  try {
    let result = object;
    for (const overrider of overriders.imageOverrider ?? []) result = overrideImages(result, overrider);
    for (const overrider of overriders.commandOverrider ?? []) result = overrideWords(result, "command", overrider);
    for (const overrider of overriders.argsOverrider ?? []) result = overrideWords(result, "args", overrider);
    for (const overrider of overriders.labelsOverrider ?? []) result = overrideMap(result, "labels", overrider);
    for (const overrider of overriders.annotationsOverrider ?? []) {
      result = overrideMap(result, "annotations", overrider);
    }
    for (const overrider of overriders.fieldOverrider ?? []) result = overrideField(result, overrider, yaml);
    const patch = (overriders.plaintext ?? []).map(({ path, operator, value }) => operation(path, operator, value));
    return { ok: true, object: patched(result, patch) };
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}

function overrideImages(object: Unstructured, overrider: ImageOverrider): Unstructured {
  if (overrider.predicate !== undefined) {
    const path = pointerPath(overrider.predicate.path);
    const image = getPath(object, path);
    if (typeof image !== "string") throw new Error(`failed to convert path(${path.at(-1)}) to string`);
    return setPath(object, path, overrideImage(image, overrider));
  }
  return containerPaths(object).reduce((result, path) => {
    const image = getPath(object, [...path, "image"]);
    return typeof image === "string" ? setPath(result, [...path, "image"], overrideImage(image, overrider)) : result;
  }, object);
}

function overrideWords(
  object: Unstructured,
  field: "command" | "args",
  { containerName, operator, value = [] }: CommandArgsOverrider,
): Unstructured {
  return containerPaths(object).reduce((result, path) => {
    if (getPath(object, [...path, "name"]) !== containerName) return result;
    const before = getPath(object, [...path, field]);
    const words: readonly unknown[] = Array.isArray(before) ? before : [];
    const after = operator === "add" ? [...words, ...value] : words.filter((word) => !value.includes(String(word)));
    return setPath(result, [...path, field], after);
  }, object);
}

/** `replace` and `remove` pass over keys that are not there. */
function overrideMap(
  object: Unstructured,
  field: "labels" | "annotations",
  { operator, value }: LabelAnnotationOverrider,
): Unstructured {
  let result = object;
  for (const key of Object.keys(value).sort()) {
    if (operator !== "add" && result.metadata[field]?.[key] === undefined) continue;
    result = setPath(result, ["metadata", field, key], operator === "remove" ? undefined : value[key]);
  }
  return result;
}

function overrideField(object: Unstructured, overrider: FieldOverrider, yaml: YamlCodec): Unstructured {
  const path = pointerPath(overrider.fieldPath);
  const text = getPath(object, path);
  if (typeof text !== "string") {
    throw new Error(`Get object's value by overrider's path(${overrider.fieldPath}) is not string`);
  }
  const operations = (list: readonly FieldPatchOperation[]): readonly JsonPatchOperation[] =>
    list.map(({ subPath, operator, value }) => operation(subPath, operator, value));
  if (overrider.yaml !== undefined && overrider.yaml.length > 0) {
    return setPath(object, path, yaml.format(applyJsonPatch(yaml.parse(text), operations(overrider.yaml))));
  }
  if (overrider.json !== undefined && overrider.json.length > 0) {
    return setPath(object, path, JSON.stringify(applyJsonPatch(JSON.parse(text), operations(overrider.json))));
  }
  return object;
}

function containerPaths(object: Unstructured): readonly ObjectPath[] {
  const podSpecPath = POD_SPEC_PATHS[object.kind];
  if (podSpecPath === undefined) return [];
  const path = [...podSpecPath, "containers"];
  const containers = getPath(object, path);
  return Array.isArray(containers) ? containers.map((_, index) => [...path, index]) : [];
}

/** The library upstream patches with takes an add or replace without a value for null. */
function operation(path: string, op: "add" | "remove" | "replace", value: unknown): JsonPatchOperation {
  return op === "remove" ? { op, path } : { op, path, value: value ?? null };
}

function patched(object: Unstructured, operations: readonly JsonPatchOperation[]): Unstructured {
  if (operations.length === 0) return object;
  const result = applyJsonPatch(object, operations);
  if (!isRecord(result) || !isRecord(result.metadata)) throw new Error("the overridden object has no metadata");
  return result as Unstructured;
}

/** A JSON pointer as a path; digits are taken for indexes where an array is. */
function pointerPath(pointer: string): ObjectPath {
  const segments = pointer.replace(/^\//, "").split("/");
  return segments.map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"));
}
