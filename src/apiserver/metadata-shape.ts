import type { Unstructured } from "../apimachinery/index.ts";
import { isRecord } from "../std/index.ts";
import { jsonType } from "./decode-error.ts";

type Shape = { readonly goType: string; readonly fits: (value: unknown) => boolean };

const TEXT: Shape = { goType: "string", fits: (value) => typeof value === "string" };
const TEXT_MAP: Shape = {
  goType: "map[string]string",
  fits: (value) => isRecord(value) && Object.values(value).every((item) => typeof item === "string" || item === null),
};
const WHOLE: Shape = { goType: "int64", fits: (value) => Number.isSafeInteger(value) };

const SHAPES: Readonly<Record<string, Shape>> = {
  name: TEXT,
  generateName: TEXT,
  namespace: TEXT,
  uid: TEXT,
  resourceVersion: TEXT,
  creationTimestamp: TEXT,
  deletionTimestamp: TEXT,
  generation: WHOLE,
  deletionGracePeriodSeconds: WHOLE,
  labels: TEXT_MAP,
  annotations: TEXT_MAP,
  finalizers: {
    goType: "[]string",
    fits: (value) => Array.isArray(value) && value.every((item) => typeof item === "string"),
  },
  managedFields: {
    goType: "[]v1.ManagedFieldsEntry",
    fits: (value) =>
      Array.isArray(value) &&
      value.every(
        (item) =>
          isRecord(item) &&
          ["manager", "operation", "apiVersion", "time", "fieldsType", "subresource"].every(
            (field) => item[field] === undefined || item[field] === null || TEXT.fits(item[field]),
          ),
      ),
  },
  ownerReferences: {
    goType: "[]v1.OwnerReference",
    fits: (value) =>
      Array.isArray(value) &&
      value.every(
        (item) =>
          isRecord(item) &&
          ["apiVersion", "kind", "name", "uid"].every((field) => item[field] === undefined || TEXT.fits(item[field])),
      ),
  },
};

/** What is wrong with the types in `object.metadata`, in the words of Go's decoder; the rest of the server relies on them. */
export function metadataShapeError(object: Unstructured, kind: string): string | undefined {
  const meta: unknown = object.metadata;
  if (!isRecord(meta)) return undefined;
  for (const [field, shape] of Object.entries(SHAPES)) {
    const value = meta[field];
    if (value === undefined || value === null || shape.fits(value)) continue;
    return `json: cannot unmarshal ${jsonType(value)} into Go struct field ObjectMeta.metadata.${field} of type ${shape.goType} (${kind})`;
  }
  return undefined;
}
