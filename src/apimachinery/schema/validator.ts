import { combinatorChecks } from "./combinators.ts";
import { bodyError, type Check, childPath, type Findings, fieldName, jsonTypeOf } from "./findings.ts";
import type { JsonSchema } from "./json-schema.ts";
import { embeddedResourceErrors, listTypeCheck } from "./list-types.ts";
import { enumCheck, numberCheck, stringCheck } from "./scalar-checks.ts";

/** Turns schemas into checks, each schema once; schemas may be cyclic. */
export class ValidatorCompiler {
  readonly #customResource: boolean;
  readonly #checks = new Map<JsonSchema, Check>();

  /** With `customResource`, what kube-apiserver checks of those alone too: list types and embedded resources. */
  constructor(options: { readonly customResource: boolean }) {
    this.#customResource = options.customResource;
  }

  /**
   * The check of kube-openapi's validator (pkg/validation/validate), with its texts. A part that does not fit the kind of the
   * value is silent, as there; the type check alone speaks of wrong kinds.
   */
  compile(schema: JsonSchema): Check {
    const known = this.#checks.get(schema);
    if (known !== undefined) return known;
    let check: Check | undefined;
    // Stands in while a cyclic schema is being compiled, and compiles only what is reached.
    const lazily: Check = (value, path, findings) => {
      check ??= this.#compileNode(schema);
      check(value, path, findings);
    };
    this.#checks.set(schema, lazily);
    return lazily;
  }

  #compileNode(schema: JsonSchema): Check {
    const type = typeCheck(schema);
    const enumeration = enumCheck(schema);
    const combined = combinatorChecks(schema, (part) => this.compile(part));
    const text = stringCheck(schema);
    const number = numberCheck(schema);
    const array = this.#arrayCheck(schema);
    const object = this.#objectCheck(schema);
    return (value, path, findings) => {
      type?.(value, path, findings);
      if (value === null || value === undefined) {
        enumeration?.(value, path, findings);
        return;
      }
      combined?.(value, path, findings);
      if (typeof value === "string") text?.(value, path, findings);
      else if (typeof value === "number") number?.(value, path, findings);
      else if (typeof value === "object") {
        if (Array.isArray(value)) array?.(value, path, findings);
        else object?.(value, path, findings);
      }
      enumeration?.(value, path, findings);
      findings.matches++;
    };
  }

  #arrayCheck(schema: JsonSchema): ((value: readonly unknown[], path: string, findings: Findings) => void) | undefined {
    const { minItems, maxItems, uniqueItems } = schema;
    const items = schema.items === undefined ? undefined : this.compile(schema.items);
    const unique = this.#customResource ? listTypeCheck(schema) : undefined;
    const sized = minItems !== undefined || maxItems !== undefined || uniqueItems === true;
    if (items === undefined && unique === undefined && !sized) return;
    return (value, path, findings) => {
      const size = value.length;
      if (items !== undefined)
        for (let index = 0; index < size; index++) items(value[index], `${path}[${index}]`, findings);
      if (minItems !== undefined && size < minItems)
        findings.errors.push(bodyError("FieldValueInvalid", path, size, `should have at least ${minItems} items`));
      if (maxItems !== undefined && size > maxItems) findings.errors.push(tooMany(path, size, maxItems));
      if (uniqueItems === true && new Set(value.map((item) => JSON.stringify(item))).size < size)
        findings.errors.push(bodyError("FieldValueInvalid", path, "", "shouldn't contain duplicates"));
      if (unique !== undefined) findings.errors.push(...unique(value, path));
    };
  }

  #objectCheck(schema: JsonSchema): ((value: object, path: string, findings: Findings) => void) | undefined {
    const properties = new Map<string, Check>();
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      properties.set(name, this.compile(property));
    }
    const { additionalProperties, minProperties, maxProperties, required = [] } = schema;
    const additional = typeof additionalProperties === "object" ? this.compile(additionalProperties) : undefined;
    const closed = additionalProperties === false;
    const embedded = this.#customResource && schema["x-kubernetes-embedded-resource"] === true;
    const counted = minProperties !== undefined || maxProperties !== undefined;
    const limited = closed || counted || embedded || required.length > 0;
    if (properties.size === 0 && additional === undefined && !limited) return;
    return (value, path, findings) => {
      const fields = value as Readonly<Record<string, unknown>>;
      if (counted) countProperties(schema, fields, path, findings);
      if (embedded) findings.errors.push(...embeddedResourceErrors(fields, path));
      const prefix = path === "" ? "" : `${path}.`;
      for (const name in fields) {
        const field = fields[name];
        if (field === undefined) continue;
        const check = properties.get(name) ?? additional;
        if (check !== undefined) check(field, prefix + name, findings);
        else if (closed)
          findings.errors.push({
            type: "FieldValueInvalid",
            field: fieldName(path),
            value: name,
            detail: `${path}.${name} in body is a forbidden property`,
          });
      }
      for (const name of required) {
        if (fields[name] === undefined)
          findings.errors.push({
            type: "FieldValueRequired",
            field: childPath(path, name),
            detail: "",
          });
      }
    };
  }
}

function countProperties(
  schema: JsonSchema,
  fields: Readonly<Record<string, unknown>>,
  path: string,
  findings: Findings,
): void {
  const { minProperties = 0, maxProperties = Number.POSITIVE_INFINITY } = schema;
  const size = Object.keys(fields).length;
  if (size < minProperties)
    findings.errors.push(
      bodyError("FieldValueInvalid", path, size, `should have at least ${minProperties} properties`),
    );
  if (size > maxProperties) findings.errors.push(tooMany(path, size, maxProperties));
}

function tooMany(path: string, size: number, limit: number): Findings["errors"][number] {
  return {
    type: "FieldValueTooMany",
    field: fieldName(path),
    value: size,
    detail: `must have at most ${limit} items`,
  };
}

function typeCheck(schema: JsonSchema): Check | undefined {
  const intOrString = schema["x-kubernetes-int-or-string"] === true;
  const types = intOrString ? ["integer", "string"] : schema.type === undefined ? [] : [schema.type];
  if (types.length === 0) return undefined;
  const [only] = types;
  const expected = types.join(",");
  const format = schema.format ?? "";
  const nullable = schema.nullable === true;
  return (value, path, findings) => {
    const actual = jsonTypeOf(value);
    if (actual === only || (intOrString && actual === "string") || (actual === "integer" && only === "number")) {
      findings.matches++;
      return;
    }
    if (actual === "null" && nullable) return;
    const formatSpeaks = format !== "" && actual !== "null" && actual !== "string" && actual !== "array";
    const wanted = formatSpeaks ? format : expected;
    const given = formatSpeaks ? goFormatOf(actual) : actual;
    findings.errors.push(bodyError("FieldValueTypeInvalid", path, given, `must be of type ${wanted}: "${given}"`));
  };
}

function goFormatOf(type: string): string {
  if (type === "integer") return "int64";
  return type === "number" ? "double" : "";
}
