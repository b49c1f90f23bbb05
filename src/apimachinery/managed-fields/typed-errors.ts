import { isRecord } from "../../std/index.ts";
import { type FieldType, kindOfValue, type ListType, type MapType, type ScalarType } from "./field-type.ts";
import { itemElement, TypedValueError } from "./list-items.ts";
import { fieldElement, type PathElement, printElement, printPath } from "./path-element.ts";

/**
 * What is wrong with a configuration for its type, in the words of structured-merge-diff (`typed/validate.go`): fields the schema
 * does not declare, values of another kind, list items that cannot be told apart. `undefined` when nothing is.
 */
export function typedErrors(type: FieldType, value: unknown): string | undefined {
  const walk: Walk = { path: [], errors: [] };
  checkAt(walk, type, value);
  const [first] = walk.errors;
  if (first === undefined) return undefined;
  return walk.errors.length === 1 ? first : ["errors:", ...walk.errors.map((error) => `  ${error}`)].join("\n");
}

type Walk = { readonly path: PathElement[]; readonly errors: string[] };

function checkAt(walk: Walk, type: FieldType, value: unknown): void {
  if (value === undefined || value === null) return;
  switch (kindOfValue(type, value)) {
    case "scalar":
      checkScalar(walk, type.scalar as ScalarType, value);
      break;
    case "map":
      checkMap(walk, type.map as MapType, value);
      break;
    case "list":
      checkList(walk, type.list as ListType, value);
  }
}

function checkScalar(walk: Walk, scalar: ScalarType, value: unknown): void {
  const is = typeof value;
  if (scalar === "numeric" && is !== "number") report(walk, `expected numeric (int or float), got ${goTypeOf(value)}`);
  else if (scalar === "string" && is !== "string")
    report(walk, `expected string, got &value.valueUnstructured{Value:${goValue(value)}}`);
  else if (scalar === "boolean" && is !== "boolean") report(walk, `expected boolean, got &{${goText(value)}}`);
  else if (scalar === "untyped" && is === "object") report(walk, `expected any scalar, got &{${goText(value)}}`);
}

function checkMap(walk: Walk, type: MapType, value: unknown): void {
  if (!isRecord(value)) {
    report(walk, `expected map, got &{${goText(value)}}`);
    return;
  }
  for (const name in value) {
    const fieldType = type.field(name);
    walk.path.push(fieldElement(name));
    if (fieldType === undefined) report(walk, "field not declared in schema");
    else checkAt(walk, fieldType, value[name]);
    walk.path.pop();
  }
}

function checkList(walk: Walk, type: ListType, value: unknown): void {
  if (!Array.isArray(value)) {
    report(walk, `expected list, got &{${goText(value)}}`);
    return;
  }
  const seen = new Set<PathElement>();
  for (const [index, item] of value.entries()) {
    let element: PathElement = `i:${index}`;
    if (!type.atomic) {
      try {
        element = itemElement(type, item);
      } catch (error) {
        if (!(error instanceof TypedValueError)) throw error;
        report(walk, `element ${index}: ${error.message}`);
        // Without knowing which item it is nothing more can be said about it, or about those after it.
        return;
      }
      if (seen.has(element)) report(walk, `duplicate entries for key ${printElement(element)}`);
      seen.add(element);
    }
    walk.path.push(element);
    checkAt(walk, type.items(), item);
    walk.path.pop();
  }
}

function report(walk: Walk, message: string): void {
  walk.errors.push(walk.path.length === 0 ? message : `${printPath(walk.path)}: ${message}`);
}

function goTypeOf(value: unknown): string {
  if (typeof value === "boolean") return "bool";
  if (typeof value === "number") return Number.isInteger(value) ? "int64" : "float64";
  if (typeof value === "string") return "string";
  return Array.isArray(value) ? "[]interface {}" : "map[string]interface {}";
}

/** Go's `%#v`. */
function goValue(value: unknown): string {
  if (Array.isArray(value)) return `[]interface {}{${value.map(goValue).join(", ")}}`;
  if (isRecord(value))
    return `map[string]interface {}{${Object.entries(value)
      .map(([name, item]) => `${JSON.stringify(name)}:${goValue(item)}`)
      .join(", ")}}`;
  return value === null ? "interface {}(nil)" : JSON.stringify(value);
}

/** Go's `%v`. */
function goText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goText).join(" ")}]`;
  if (isRecord(value))
    return `map[${Object.entries(value)
      .map(([name, item]) => `${name}:${goText(item)}`)
      .join(" ")}]`;
  return value === null ? "<nil>" : String(value);
}
