import { isRecord } from "../../std/index.ts";
import { MessageWriter } from "./message-writer.ts";

/** How a field of the JSON is written: its number, and its type in gnostic's OpenAPIv2.proto. */
type Rule = readonly [number: number, type: string];

/** The fields of each message by JSON name; `[T]` is a list, `{T}` a message of named T, `x-` what begins so. */
const MESSAGES: Readonly<Record<string, Readonly<Record<string, Rule>>>> = {
  Document: {
    swagger: [1, "string"],
    info: [2, "Info"],
    paths: [8, "Paths"],
    definitions: [9, "{Schema}"],
    "x-": [16, "any"],
  },
  Info: { title: [1, "string"], version: [2, "string"] },
  PathItem: {
    get: [2, "Operation"],
    put: [3, "Operation"],
    post: [4, "Operation"],
    delete: [5, "Operation"],
    patch: [8, "Operation"],
    parameters: [9, "[ParametersItem]"],
    "x-": [10, "any"],
  },
  Operation: {
    operationId: [5, "string"],
    produces: [6, "[string]"],
    consumes: [7, "[string]"],
    parameters: [8, "[ParametersItem]"],
    responses: [9, "{ResponseValue}"],
    "x-": [13, "any"],
  },
  BodyParameter: { name: [2, "string"], in: [3, "string"], required: [4, "bool"], schema: [5, "Schema"] },
  QueryParameter: { in: [2, "string"], name: [4, "string"], type: [6, "string"], uniqueItems: [20, "bool"] },
  PathParameter: {
    required: [1, "bool"],
    in: [2, "string"],
    name: [4, "string"],
    type: [5, "string"],
    uniqueItems: [19, "bool"],
  },
  Response: { description: [1, "string"], schema: [2, "SchemaItem"] },
  Schema: {
    $ref: [1, "string"],
    format: [2, "string"],
    title: [3, "string"],
    description: [4, "string"],
    default: [5, "any"],
    multipleOf: [6, "double"],
    maximum: [7, "double"],
    exclusiveMaximum: [8, "bool"],
    minimum: [9, "double"],
    exclusiveMinimum: [10, "bool"],
    maxLength: [11, "int"],
    minLength: [12, "int"],
    pattern: [13, "string"],
    maxItems: [14, "int"],
    minItems: [15, "int"],
    uniqueItems: [16, "bool"],
    maxProperties: [17, "int"],
    minProperties: [18, "int"],
    required: [19, "[string]"],
    enum: [20, "[any]"],
    additionalProperties: [21, "AdditionalProperties"],
    type: [22, "TypeItem"],
    items: [23, "ItemsItem"],
    properties: [25, "{Schema}"],
    "x-": [31, "any"],
  },
};

/** An OpenAPI v2 document as gnostic's protobuf, which is how Kubernetes' clients read it. */
export function encodeDocument(document: unknown): Uint8Array {
  const writer = new MessageWriter();
  writeFields(writer, "Document", document);
  return writer.bytes();
}

function writeFields(writer: MessageWriter, message: string, value: unknown): void {
  const rules = MESSAGES[message];
  if (rules === undefined || !isRecord(value)) return;
  for (const [name, part] of Object.entries(value)) {
    const rule = rules[name] ?? (name.startsWith("x-") ? rules["x-"] : undefined);
    if (rule === undefined || part === undefined) continue;
    const [number, type] = rule;
    if (name.startsWith("x-")) writer.message(number, (extension) => writeNamed(extension, name, "any", part));
    else writeField(writer, number, type, part);
  }
}

function writeField(writer: MessageWriter, number: number, type: string, value: unknown): void {
  if (type.startsWith("[")) {
    for (const item of value as readonly unknown[]) writeField(writer, number, type.slice(1, -1), item);
    return;
  }
  if (type === "string") writer.text(number, String(value));
  else if (type === "bool") writer.varint(number, value === true ? 1 : 0);
  else if (type === "int") writer.varint(number, Number(value));
  else if (type === "double") writer.double(number, Number(value));
  else writer.message(number, (nested) => writeMessage(nested, type, value));
}

/** Messages that wrap another, or a choice of several, and those that are as the table says. */
function writeMessage(writer: MessageWriter, type: string, value: unknown): void {
  switch (type) {
    case "any":
      // JSON is YAML.
      writer.text(2, JSON.stringify(value));
      return;
    case "Paths":
      for (const [name, path] of entriesOf(value))
        writer.message(2, (named) => writeNamed(named, name, "PathItem", path));
      return;
    case "ParametersItem":
      writer.message(1, (parameter) => writeParameter(parameter, value));
      return;
    case "ResponseValue":
      writer.message(1, (response) => writeFields(response, "Response", value));
      return;
    case "AdditionalProperties":
      if (typeof value === "boolean") writer.varint(2, value ? 1 : 0);
      else writer.message(1, (schema) => writeFields(schema, "Schema", value));
      return;
    case "SchemaItem":
    case "ItemsItem":
      writer.message(1, (schema) => writeFields(schema, "Schema", value));
      return;
    case "TypeItem":
      writer.text(1, String(value));
      return;
  }
  if (!type.startsWith("{")) writeFields(writer, type, value);
  else
    for (const [name, item] of entriesOf(value))
      writer.message(1, (named) => writeNamed(named, name, type.slice(1, -1), item));
}

function writeNamed(writer: MessageWriter, name: string, type: string, value: unknown): void {
  writer.text(1, name);
  writer.message(2, (nested) => writeMessage(nested, type, value));
}

function writeParameter(writer: MessageWriter, value: unknown): void {
  const place = isRecord(value) ? value.in : undefined;
  if (place === "body") writer.message(1, (body) => writeFields(body, "BodyParameter", value));
  else if (place === "query")
    writer.message(2, (other) => other.message(3, (query) => writeFields(query, "QueryParameter", value)));
  else writer.message(2, (other) => other.message(4, (path) => writeFields(path, "PathParameter", value)));
}

function entriesOf(value: unknown): (readonly [string, unknown])[] {
  return isRecord(value) ? Object.entries(value) : [];
}
