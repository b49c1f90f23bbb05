import { isRecord } from "../../std/index.ts";
import { type Fields, SCHEMA_REF } from "./components.ts";

const DEFINITION_REF = "#/definitions/";
const METHODS = ["get", "put", "post", "delete", "options", "head", "patch"];
/** What a parameter of v3 says itself; the rest of a parameter of v2 is its schema. */
const OF_PARAMETER = ["name", "description", "in", "required", "allowEmptyValue"];

/** An OpenAPI v2 document as v3, of which it knows less (`k8s.io/kube-openapi/pkg/openapiconv`). */
export function convertedToV3(document: Fields): Fields {
  const { info, externalDocs, paths, definitions, securityDefinitions, responses, produces } = document;
  const components = {
    schemas: mapped(definitions, convertedSchema),
    responses: mapped(responses, (response) => convertedResponse(response, produces)),
    securitySchemes: mapped(securityDefinitions, (scheme) => picked(scheme, ["type", "description", "name", "in"])),
  };
  return defined({
    openapi: "3.0.0",
    info,
    externalDocs,
    paths: mapped(paths, convertedPath),
    components: defined(components),
  });
}

function convertedPath(path: Fields): Fields {
  const { parameters, ...rest } = path;
  const result: Record<string, unknown> = extensionsOf(rest);
  if (typeof path.$ref === "string") result.$ref = path.$ref;
  for (const method of METHODS) if (isRecord(path[method])) result[method] = convertedOperation(path[method]);
  if (Array.isArray(parameters)) result.parameters = parameters.filter(isRecord).map(convertedParameter);
  return result;
}

function convertedOperation(operation: Fields): Fields {
  const parameters = Array.isArray(operation.parameters) ? operation.parameters.filter(isRecord) : [];
  const isBody = ({ name, schema }: Fields): boolean => name === "body" && isRecord(schema);
  const body = parameters.find(isBody);
  const others = parameters.filter((parameter) => !isBody(parameter));
  return defined({
    ...picked(operation, ["tags", "summary", "description", "externalDocs", "operationId"]),
    parameters: others.length === 0 ? undefined : others.map(convertedParameter),
    requestBody: body === undefined ? undefined : defined({ content: contentOf(operation.consumes, body.schema) }),
    responses: mapped(operation.responses, (response) => convertedResponse(response, operation.produces)),
    deprecated: operation.deprecated,
    ...extensionsOf(operation),
  });
}

function convertedParameter(parameter: Fields): Fields {
  const { $ref, schema, type = "", format, uniqueItems } = parameter;
  const reference = typeof $ref === "string" ? $ref.replace("#/parameters/", "#/components/parameters/") : undefined;
  return defined({
    $ref: reference,
    ...picked(parameter, OF_PARAMETER),
    schema: isRecord(schema) ? convertedSchema(schema) : defined({ type, format, uniqueItems }),
    ...extensionsOf(parameter),
  });
}

function convertedResponse(response: Fields, produces: unknown): Fields {
  const { $ref, description, schema } = response;
  const reference = typeof $ref === "string" ? $ref.replace("#/responses/", "#/components/responses/") : undefined;
  const content = isRecord(schema) ? contentOf(produces, schema) : undefined;
  return defined({ $ref: reference, description, content, ...extensionsOf(response) });
}

function contentOf(types: unknown, schema: unknown): Fields | undefined {
  if (!Array.isArray(types) || !isRecord(schema)) return undefined;
  return Object.fromEntries(types.map((type) => [String(type), { schema: convertedSchema(schema) }]));
}

function convertedSchema(schema: Fields): Fields {
  const { $ref, properties, items, additionalProperties, ...rest } = schema;
  const nested = (part: unknown): unknown => (isRecord(part) ? convertedSchema(part) : part);
  const converted = defined({
    ...rest,
    properties: mapped(properties, convertedSchema),
    items: Array.isArray(items) ? items.map(nested) : nested(items),
    additionalProperties: nested(additionalProperties),
  });
  if (typeof $ref !== "string") return converted;
  const reference = { $ref: $ref.replace(DEFINITION_REF, SCHEMA_REF) };
  return Object.keys(converted).length === 0 ? reference : { ...converted, allOf: [reference] };
}

function mapped(fields: unknown, convert: (value: Fields) => unknown): Fields | undefined {
  if (!isRecord(fields)) return undefined;
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, isRecord(value) ? convert(value) : value]),
  );
}

function picked(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(names.filter((name) => name in fields).map((name) => [name, fields[name]]));
}

function extensionsOf(fields: Fields): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => name.startsWith("x-")));
}

function defined(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
