import { isRecord } from "../std/index.ts";

type Schema = Readonly<Record<string, unknown>>;

const REF = "#/components/schemas/";

/**
 * Go's decoder on a value that does not fit its field: `json: cannot unmarshal string into Go struct field
 * DeploymentSpec.spec.replicas of type int32`. `document` holds the schemas by the names of the Go types, `path` leads from the
 * object to the value (`spec.containers[0].image`).
 */
export function decodeError(
  document: unknown,
  root: { readonly group: string; readonly version: string; readonly kind: string },
  found: { readonly path: string; readonly value: unknown },
): string {
  const schemas = schemasIn(document);
  if (!Object.values(schemas).some((schema) => isKind(schema, root)))
    return `json: cannot unmarshal ${jsonType(found.value)} into Go struct field ${root.kind}.${found.path.replace(/\[\d+\]/g, "")}`;
  let name = Object.keys(schemas).find((one) => isKind(schemas[one], root)) ?? root.kind;
  let schema: Schema | undefined = schemas[name];
  let struct = bareName(name);
  const fields: string[] = [];
  for (const step of found.path.match(/[^.[\]]+|\[\d+\]/g) ?? []) {
    if (isRecord(schema?.properties)) {
      struct = bareName(name);
      fields.push(step);
      schema = (schema.properties as Readonly<Record<string, Schema>>)[step];
    } else if (step.startsWith("[")) schema = schema?.items as Schema | undefined;
    else schema = schema?.additionalProperties as Schema | undefined;
    name = refOf(schema) ?? "";
    if (name !== "" && isRecord(schemas[name]?.properties)) schema = schemas[name];
  }
  const type = name === "" ? goType(schema) : goName(name);
  return `json: cannot unmarshal ${jsonType(found.value)} into Go struct field ${struct}.${fields.join(".")} of type ${type}`;
}

function schemasIn(document: unknown): Readonly<Record<string, Schema>> {
  const components = isRecord(document) && isRecord(document.components) ? document.components.schemas : undefined;
  return isRecord(components) ? (components as Readonly<Record<string, Schema>>) : {};
}

function isKind(
  schema: Schema | undefined,
  root: { readonly group: string; readonly version: string; readonly kind: string },
) {
  const kinds = schema?.["x-kubernetes-group-version-kind"];
  return (
    Array.isArray(kinds) &&
    kinds.some(({ group, version, kind }) => group === root.group && version === root.version && kind === root.kind)
  );
}

function refOf(schema: Schema | undefined): string | undefined {
  const all = Array.isArray(schema?.allOf) ? (schema.allOf[0] as Schema) : schema;
  const ref = all?.$ref;
  return typeof ref === "string" && ref.startsWith(REF) ? ref.slice(REF.length) : undefined;
}

/** `io.k8s.api.apps.v1.DeploymentSpec` is `DeploymentSpec` of package `v1`. */
function bareName(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}

function goName(name: string): string {
  return name.split(".").slice(-2).join(".");
}

function goType(schema: Schema | undefined): string {
  const name = refOf(schema);
  if (name !== undefined) return goName(name);
  const { type, format, items, additionalProperties } = schema ?? {};
  if (type === "array") return format === "byte" ? "[]uint8" : `[]${goType(items as Schema)}`;
  if (type === "object")
    return `map[string]${isRecord(additionalProperties) ? goType(additionalProperties) : "interface {}"}`;
  if (type === "integer") return format === "int64" ? "int64" : "int32";
  if (type === "number") return "float64";
  if (type === "boolean") return "bool";
  return format === "byte" ? "[]uint8" : "string";
}

/** A value's type as Go's decoder calls it. */
export function jsonType(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "boolean") return "bool";
  return typeof value;
}
