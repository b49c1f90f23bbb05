import type { SchemaSource } from "../../apimachinery/index.ts";
import { isRecord } from "../../std/index.ts";
import type { Resource } from "../resource.ts";
import { type Components, componentsOf, type Fields, gvkOf, SCHEMA_REF } from "./components.ts";
import { operationId } from "./document-v3.ts";
import { type ApiPath, groupVersionPath, type Operation, patchTypesOf, pathsOf } from "./paths.ts";

const DEFINITION_REF = "#/definitions/";
const JSON_TYPE = "application/json";
/** What OpenAPI v2 has no word for in a schema of a custom resource; kubectl leaves its check to the server then. */
const UNSAID = new Set(["allOf", "oneOf", "anyOf", "not", "nullable"]);

/** The OpenAPI v2 document of everything served, in the parts clients look at: schemas, and per kind what can be done with it. */
export function documentV2(
  resources: readonly Resource[],
  source: SchemaSource | undefined,
  gitVersion: string,
): Fields {
  const definitions: Record<string, unknown> = {};
  const paths: Record<string, unknown> = {};
  for (const group of Map.groupBy(resources, groupVersionPath).values()) {
    const components = componentsOf(group, source);
    const open = new Set(group.filter(takesAnything).map((resource) => components.namesOf(resource).object));
    for (const [name, schema] of Object.entries(components.schemas))
      definitions[name] ??= published(name, open.has(name) ? withoutFields(schema) : schema);
    for (const path of group.flatMap(pathsOf)) paths[path.path] = pathItem(path, components);
  }
  return { swagger: "2.0", info: { title: "Kubernetes", version: gitVersion }, paths, definitions };
}

/** A custom resource of which nothing, or nothing binding, is known: kubectl takes every word of a schema for a limit. */
function takesAnything({ custom, descriptor }: Resource): boolean {
  return custom && descriptor.schema?.["x-kubernetes-preserve-unknown-fields"] === true;
}

function withoutFields(schema: unknown): unknown {
  const { "x-kubernetes-group-version-kind": kinds } = isRecord(schema) ? schema : {};
  return { type: "object", "x-kubernetes-group-version-kind": kinds };
}

/** Types v2 calls strings, whatever JSON they take. */
const STRINGS: Readonly<Record<string, Fields>> = {
  "io.k8s.apimachinery.pkg.api.resource.Quantity": { type: "string" },
  "io.k8s.apimachinery.pkg.util.intstr.IntOrString": { type: "string", format: "int-or-string" },
};

function published(name: string, schema: unknown): unknown {
  return STRINGS[name] ?? (isRecord(schema) ? reduced(schema) : schema);
}

/** A schema in the words of v2 (`k8s.io/apiextensions-apiserver/pkg/controller/openapi/v2`). */
function reduced(schema: Fields): Fields {
  const wrapped = wrappedReference(schema);
  if (wrapped !== undefined) return wrapped;
  const { $ref } = schema;
  if (typeof $ref === "string") return { ...schema, $ref: $ref.replace(SCHEMA_REF, DEFINITION_REF) };
  const result = Object.fromEntries(Object.entries(schema).filter(([field]) => !UNSAID.has(field)));
  const { nullable, properties, items, additionalProperties, required } = schema;
  // What else is said of a value that may be null, or that may have unknown fields, kubectl would take to forbid that.
  const isOpen = nullable === true || schema["x-kubernetes-preserve-unknown-fields"] === true;
  for (const field of isOpen ? ["properties", "items", "type"] : []) delete result[field];
  if (!isOpen && isRecord(properties)) result.properties = mapped(properties);
  if (!isOpen && isRecord(items)) result.items = reduced(items);
  else if (result.type === "array") delete result.type;
  if (isRecord(additionalProperties)) result.additionalProperties = reduced(additionalProperties);
  if (Array.isArray(required) && isRecord(properties))
    result.required = required.filter((name) => !isNullable(properties[name]));
  return result;
}

function mapped(properties: Fields): Fields {
  return Object.fromEntries(
    Object.entries(properties).map(([name, property]) => [name, isRecord(property) ? reduced(property) : property]),
  );
}

function isNullable(schema: unknown): boolean {
  return isRecord(schema) && schema.nullable === true;
}

/** v3 wraps a reference that has siblings in allOf; in v2 they stand side by side. */
function wrappedReference({ allOf, ...siblings }: Fields): Fields | undefined {
  const [only] = Array.isArray(allOf) && allOf.length === 1 ? allOf : [];
  if (!isRecord(only) || typeof only.$ref !== "string") return undefined;
  return { ...siblings, $ref: only.$ref.replace(SCHEMA_REF, DEFINITION_REF) };
}

function pathItem(path: ApiPath, components: Components): Fields {
  const item: Record<string, unknown> = {
    parameters: path.pathParameters.map((name) => ({
      name,
      in: "path",
      required: true,
      type: "string",
      uniqueItems: true,
    })),
  };
  for (const operation of path.operations) item[operation.method] = operationOf(path, operation, components);
  return item;
}

function operationOf(path: ApiPath, operation: Operation, components: Components): Fields {
  const { resource, subresource } = path;
  const { object, list } = components.namesOf(resource);
  const schema = { $ref: `${DEFINITION_REF}${operation.answers === "list" ? list : object}` };
  const body = { in: "body", name: "body", required: operation.sends !== "options", schema };
  return {
    operationId: operationId(path, operation),
    consumes: operation.sends === "patch" ? patchTypesOf(resource) : ["*/*"],
    produces: [JSON_TYPE],
    parameters: [
      ...(operation.sends === "object" ? [body] : []),
      ...operation.parameters.map(({ name, type }) => ({ name, in: "query", type, uniqueItems: true })),
    ],
    responses: { 200: { description: "OK", ...(operation.answers === "status" ? {} : { schema }) } },
    "x-kubernetes-action": operation.action,
    "x-kubernetes-group-version-kind": subresource?.responseKind ?? gvkOf(resource),
  };
}
