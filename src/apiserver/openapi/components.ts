import type { JsonSchema, SchemaSource } from "../../apimachinery/index.ts";
import { isRecord } from "../../std/index.ts";
import type { Resource } from "../resource.ts";

/** Part of an OpenAPI document. */
export type Fields = Readonly<Record<string, unknown>>;

export const SCHEMA_REF = "#/components/schemas/";
const META = "io.k8s.apimachinery.pkg.apis.meta.v1";
const API_CONVENTIONS = "https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md";

/** The names of the schemas of one resource in a document. */
type ComponentNames = { readonly object: string; readonly list: string };

/** All schemas of a group version, and the names those of its resources have. */
export type Components = {
  readonly schemas: Fields;
  readonly namesOf: (resource: Resource) => ComponentNames;
};

/** Gathers the schemas of a group version: those the source knows, and those of kinds that bring their own. */
export function componentsOf(resources: readonly Resource[], source: SchemaSource | undefined): Components {
  const [first] = resources;
  const known = first === undefined || first.custom ? {} : schemasIn(source?.document(first.apiVersion));
  const schemas: Record<string, unknown> = { ...metaSchemas(source), ...known };
  const names = new Map<Resource, ComponentNames>();
  for (const resource of resources) {
    const { kind, version, group } = resource.kind;
    const object = nameOf({ group, version, kind }, schemas);
    const list = nameOf({ group, version, kind: resource.listKind }, schemas);
    names.set(resource, { object, list });
    schemas[object] ??= ownSchema(resource, schemas);
    schemas[list] ??= listSchema(resource, object, schemas);
  }
  return { schemas, namesOf: (resource) => names.get(resource) ?? { object: "", list: "" } };
}

type Gvk = { readonly group: string; readonly version: string; readonly kind: string };

/** Kind and group version of a resource, as `x-kubernetes-group-version-kind` has it. */
export function gvkOf({ kind }: Resource): Gvk {
  return { group: kind.group, kind: kind.kind, version: kind.version };
}

/** What operations and custom resources refer to. */
const META_ROOTS = ["DeleteOptions", "ListMeta", "ObjectMeta", "Status"].map((type) => `${META}.${type}`);

/** The types all groups share, with those they refer to. */
function metaSchemas(source: SchemaSource | undefined): Fields {
  const known = schemasIn(source?.document("meta"));
  const schemas: Record<string, unknown> = {
    [`${META}.Patch`]: {
      description: "Patch is provided to give a concrete name and type to the Kubernetes PATCH request body.",
      type: "object",
    },
  };
  const pending = [...META_ROOTS];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (name in schemas || known[name] === undefined) continue;
    schemas[name] = known[name];
    pending.push(...referencesOf(known[name]));
  }
  return schemas;
}

function referencesOf(schema: unknown): readonly string[] {
  if (typeof schema !== "object" || schema === null) return [];
  return Object.entries(schema).flatMap(([field, part]) =>
    field === "$ref" ? [String(part).slice(SCHEMA_REF.length)] : referencesOf(part),
  );
}

function schemasIn(document: unknown): Fields {
  const components = isRecord(document) ? document.components : undefined;
  const schemas = isRecord(components) ? components.schemas : undefined;
  return isRecord(schemas) ? schemas : {};
}

/** The schema that says it is of the kind, else the name upstream would give it. */
function nameOf({ group, version, kind }: Gvk, schemas: Fields): string {
  for (const [name, schema] of Object.entries(schemas)) {
    if (!name.endsWith(`.${kind}`)) continue;
    const stated = isRecord(schema) ? schema["x-kubernetes-group-version-kind"] : undefined;
    if (!Array.isArray(stated)) continue;
    for (const gvk of stated)
      if (isRecord(gvk) && gvk.group === group && gvk.version === version && gvk.kind === kind) return name;
  }
  const prefix = group === "" ? "io.k8s.api.core" : group.split(".").reverse().join(".");
  return `${prefix}.${version}.${kind}`;
}

const TYPE_META: Fields = {
  apiVersion: {
    description: `APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: ${API_CONVENTIONS}#resources`,
    type: "string",
  },
  kind: {
    description: `Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: ${API_CONVENTIONS}#types-kinds`,
    type: "string",
  },
};

/** The schema of a custom resource, or of a built-in kind nobody described: open, but with its kind's name on it. */
function ownSchema(resource: Resource, schemas: Fields): Fields {
  const schema: JsonSchema = resource.descriptor.schema ?? {
    type: "object",
    "x-kubernetes-preserve-unknown-fields": true,
  };
  const metadata = metaReference(
    schemas,
    "ObjectMeta",
    `Standard object's metadata. More info: ${API_CONVENTIONS}#metadata`,
  );
  const embed = { ...TYPE_META, metadata };
  const embedded = withEmbedded(schema as Fields, embed);
  return {
    ...embedded,
    properties: { ...(embedded.properties as Fields | undefined), ...embed },
    "x-kubernetes-group-version-kind": [gvkOf(resource)],
  };
}

/** Objects within objects have the fields all objects have (`addEmbeddedProperties`). */
function withEmbedded(schema: Fields, embed: Fields): Fields {
  const { properties, items, additionalProperties } = schema;
  const result: Record<string, unknown> = { ...schema };
  if (isRecord(properties))
    result.properties = Object.fromEntries(
      Object.entries(properties).map(([name, part]) => [name, isRecord(part) ? withEmbedded(part, embed) : part]),
    );
  if (isRecord(items)) result.items = withEmbedded(items, embed);
  if (isRecord(additionalProperties)) result.additionalProperties = withEmbedded(additionalProperties, embed);
  if (schema["x-kubernetes-embedded-resource"] !== true) return result;
  const required = Array.isArray(schema.required) ? schema.required : [];
  return {
    ...result,
    properties: { ...(result.properties as Fields | undefined), ...embed },
    required: [...new Set([...required, "kind", "apiVersion"])],
  };
}

function listSchema(resource: Resource, object: string, schemas: Fields): Fields {
  const { kind, group, version } = resource.kind;
  return {
    description: `${resource.listKind} is a list of ${kind}`,
    type: "object",
    required: ["items"],
    properties: {
      ...TYPE_META,
      items: {
        description: `List of ${resource.kind.plural}. More info: ${API_CONVENTIONS}`,
        type: "array",
        items: { $ref: `${SCHEMA_REF}${object}` },
      },
      metadata: metaReference(schemas, "ListMeta", `Standard list metadata. More info: ${API_CONVENTIONS}#types-kinds`),
    },
    "x-kubernetes-group-version-kind": [{ group, kind: resource.listKind, version }],
  };
}

/** A reference with siblings is wrapped in allOf, since OpenAPI v3.0 ignores what stands beside `$ref`. */
function metaReference(schemas: Fields, name: string, description: string): Fields {
  const component = `${META}.${name}`;
  return component in schemas
    ? { description, allOf: [{ $ref: `${SCHEMA_REF}${component}` }] }
    : { description, type: "object" };
}
