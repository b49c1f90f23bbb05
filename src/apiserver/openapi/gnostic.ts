import { isRecord } from "../../std/index.ts";
import { MessageWriter } from "./message-writer.ts";

/** How a field of the JSON is written: its number, and its type in gnostic's OpenAPIv2.proto. */
type Rule = readonly [number: number, type: string];

/** What is said of a value that is no object, in the order gnostic numbers it. */
const PRIMITIVE: readonly (readonly [name: string, type: string])[] = [
  ["type", "string"],
  ["format", "string"],
  ["items", "PrimitivesItems"],
  ["collectionFormat", "string"],
  ["default", "any"],
  ["maximum", "double"],
  ["exclusiveMaximum", "bool"],
  ["minimum", "double"],
  ["exclusiveMinimum", "bool"],
  ["maxLength", "int"],
  ["minLength", "int"],
  ["pattern", "string"],
  ["maxItems", "int"],
  ["minItems", "int"],
  ["uniqueItems", "bool"],
  ["enum", "[any]"],
  ["multipleOf", "double"],
];
const PLACED: typeof PRIMITIVE = [
  ["required", "bool"],
  ["in", "string"],
  ["description", "string"],
  ["name", "string"],
];
const EMPTY_ALLOWED = ["allowEmptyValue", "bool"] as const;
const EXTENSIONS = ["x-", "any"] as const;

function numbered(fields: typeof PRIMITIVE): Readonly<Record<string, Rule>> {
  return Object.fromEntries(fields.map(([name, type], index) => [name, [index + 1, type]]));
}

const IN_PLACE = numbered([...PLACED, ...PRIMITIVE, EXTENSIONS]);
const OF_FORM = numbered([...PLACED, EMPTY_ALLOWED, ...PRIMITIVE, EXTENSIONS]);

/** The fields of each message by JSON name; `[T]` is a list, `{T}` a message of named T, `x-` what begins so. */
const MESSAGES: Readonly<Record<string, Readonly<Record<string, Rule>>>> = {
  Document: {
    swagger: [1, "string"],
    info: [2, "Info"],
    host: [3, "string"],
    basePath: [4, "string"],
    schemes: [5, "[string]"],
    consumes: [6, "[string]"],
    produces: [7, "[string]"],
    paths: [8, "Paths"],
    definitions: [9, "{Schema}"],
    parameters: [10, "{Parameter}"],
    responses: [11, "{Response}"],
    tags: [14, "[Tag]"],
    externalDocs: [15, "ExternalDocs"],
    "x-": [16, "any"],
  },
  Info: { title: [1, "string"], version: [2, "string"], description: [3, "string"], termsOfService: [4, "string"] },
  Tag: { name: [1, "string"], description: [2, "string"], externalDocs: [3, "ExternalDocs"], "x-": [4, "any"] },
  ExternalDocs: { description: [1, "string"], url: [2, "string"], "x-": [3, "any"] },
  JsonReference: { $ref: [1, "string"], description: [2, "string"] },
  PathItem: {
    $ref: [1, "string"],
    get: [2, "Operation"],
    put: [3, "Operation"],
    post: [4, "Operation"],
    delete: [5, "Operation"],
    options: [6, "Operation"],
    head: [7, "Operation"],
    patch: [8, "Operation"],
    parameters: [9, "[ParametersItem]"],
    "x-": [10, "any"],
  },
  Operation: {
    tags: [1, "[string]"],
    summary: [2, "string"],
    description: [3, "string"],
    externalDocs: [4, "ExternalDocs"],
    operationId: [5, "string"],
    produces: [6, "[string]"],
    consumes: [7, "[string]"],
    parameters: [8, "[ParametersItem]"],
    responses: [9, "{ResponseValue}"],
    schemes: [10, "[string]"],
    deprecated: [11, "bool"],
    "x-": [13, "any"],
  },
  BodyParameter: {
    description: [1, "string"],
    name: [2, "string"],
    in: [3, "string"],
    required: [4, "bool"],
    schema: [5, "Schema"],
    "x-": [6, "any"],
  },
  HeaderParameter: IN_PLACE,
  PathParameter: IN_PLACE,
  FormDataParameter: OF_FORM,
  QueryParameter: OF_FORM,
  PrimitivesItems: numbered([...PRIMITIVE, EXTENSIONS]),
  Header: numbered([...PRIMITIVE, ["description", "string"], EXTENSIONS]),
  Response: { description: [1, "string"], schema: [2, "SchemaItem"], headers: [3, "{Header}"], "x-": [5, "any"] },
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
    allOf: [24, "[Schema]"],
    properties: [25, "{Schema}"],
    discriminator: [26, "string"],
    readOnly: [27, "bool"],
    externalDocs: [29, "ExternalDocs"],
    example: [30, "any"],
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
    // Other servers' documents may say anything: what is no list has nothing in it.
    for (const item of Array.isArray(value) ? value : []) writeField(writer, number, type.slice(1, -1), item);
    return;
  }
  if (type === "string") writer.text(number, String(value));
  else if (type === "bool") writer.varint(number, value === true ? 1 : 0);
  else if (type === "int") writer.varint(number, Number.isInteger(value) ? Number(value) : 0);
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
      writeOrReference(writer, "Parameter", value);
      return;
    case "ResponseValue":
      writeOrReference(writer, "Response", value);
      return;
    case "Parameter":
      writeParameter(writer, value);
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
      for (const name of Array.isArray(value) ? value : [value]) writer.text(1, String(name));
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

/** Something, or the name it has elsewhere in the document. */
function writeOrReference(writer: MessageWriter, type: string, value: unknown): void {
  if (isRecord(value) && "$ref" in value)
    writer.message(2, (reference) => writeFields(reference, "JsonReference", value));
  else writer.message(1, (nested) => writeMessage(nested, type, value));
}

/** Parameters that are no body, by where they stand. */
const PLACES: Readonly<Record<string, Rule>> = {
  header: [1, "HeaderParameter"],
  formData: [2, "FormDataParameter"],
  query: [3, "QueryParameter"],
  path: [4, "PathParameter"],
};

function writeParameter(writer: MessageWriter, value: unknown): void {
  const place = isRecord(value) ? String(value.in) : "";
  const [number, type] = PLACES[place] ?? [];
  if (place === "body") writer.message(1, (body) => writeFields(body, "BodyParameter", value));
  else if (number !== undefined && type !== undefined)
    writer.message(2, (other) => other.message(number, (placed) => writeFields(placed, type, value)));
}

function entriesOf(value: unknown): (readonly [string, unknown])[] {
  return isRecord(value) ? Object.entries(value) : [];
}
