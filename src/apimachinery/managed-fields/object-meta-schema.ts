import type { JsonSchema } from "../schema/json-schema.ts";

const TEXT: JsonSchema = { type: "string" };
const TIME: JsonSchema = { type: "string", format: "date-time" };
const WHOLE: JsonSchema = { type: "integer" };
const TEXTS: JsonSchema = { type: "object", additionalProperties: TEXT };

const OWNER_REFERENCE: JsonSchema = {
  type: "object",
  "x-go-type": "v1.OwnerReference",
  "x-kubernetes-map-type": "atomic",
  properties: {
    apiVersion: TEXT,
    kind: TEXT,
    name: TEXT,
    uid: TEXT,
    controller: { type: "boolean" },
    blockOwnerDeletion: { type: "boolean" },
  },
};

const MANAGED_FIELDS_ENTRY: JsonSchema = {
  type: "object",
  "x-go-type": "v1.ManagedFieldsEntry",
  properties: {
    manager: TEXT,
    operation: TEXT,
    apiVersion: TEXT,
    time: TIME,
    fieldsType: TEXT,
    fieldsV1: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
    subresource: TEXT,
  },
};

/** metav1.ObjectMeta. */
export const OBJECT_META: JsonSchema = {
  type: "object",
  "x-go-type": "v1.ObjectMeta",
  properties: {
    name: TEXT,
    generateName: TEXT,
    namespace: TEXT,
    selfLink: TEXT,
    uid: TEXT,
    resourceVersion: TEXT,
    generation: WHOLE,
    creationTimestamp: TIME,
    deletionTimestamp: TIME,
    deletionGracePeriodSeconds: WHOLE,
    labels: TEXTS,
    annotations: TEXTS,
    ownerReferences: {
      type: "array",
      items: OWNER_REFERENCE,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["uid"],
    },
    finalizers: { type: "array", items: TEXT, "x-kubernetes-list-type": "set" },
    managedFields: { type: "array", items: MANAGED_FIELDS_ENTRY },
  },
};

/**
 * What every resource has beside its own fields: the schemas of custom resources do not tell, and apiextensions' OpenAPI builder
 * fills it in for them and for the resources embedded in them.
 */
export const RESOURCE_FIELDS: Readonly<Record<string, JsonSchema>> = {
  apiVersion: TEXT,
  kind: TEXT,
  metadata: OBJECT_META,
};
