import { builtinDescriptors, type Cell, type ResourceDescriptor } from "../../src/api/index.ts";
import { type FieldError, formatFieldError, type KubeObject } from "../../src/apimachinery/index.ts";

/** The descriptor of a built-in kind. */
export function descriptorOf(kind: string, version?: string): ResourceDescriptor {
  const found = builtinDescriptors.find(
    (descriptor) => descriptor.kind.kind === kind && (version === undefined || descriptor.kind.version === version),
  );
  if (found === undefined) throw new Error(`no built-in ${kind}`);
  return found;
}

/** An object as a user might send it: whatever is given, of a kind. */
export function given(kind: string, fields: Readonly<Record<string, unknown>>): KubeObject {
  const { group, version } = descriptorOf(kind).kind;
  return {
    apiVersion: group === "" ? version : `${group}/${version}`,
    kind,
    ...fields,
    metadata: { name: "web", namespace: "default", ...(fields.metadata as object) },
  };
}

/** The object as the API server would have it before validation. */
export function prepared(object: KubeObject): KubeObject {
  const { strategy } = descriptorOf(object.kind);
  const defaulted = strategy?.applyDefaults?.(object) ?? object;
  const prepared = strategy?.prepareForCreate?.(defaulted) ?? defaulted;
  return strategy?.firstState?.(prepared) ?? prepared;
}

/** What creating the object would be refused for, in Kubernetes' words. */
export function refusals(object: KubeObject): readonly string[] {
  return textsOf(descriptorOf(object.kind).strategy?.validate?.(prepared(object)));
}

/** What updating the object would be refused for. */
export function updateRefusals(before: KubeObject, after: KubeObject): readonly string[] {
  const { strategy } = descriptorOf(before.kind);
  const [old, next] = [prepared(before), strategy?.applyDefaults?.(after) ?? after];
  const kept = strategy?.prepareForUpdate?.(next, old) ?? next;
  return textsOf([...(strategy?.validate?.(kept, old) ?? []), ...(strategy?.validateUpdate?.(kept, old) ?? [])]);
}

function textsOf(findings: readonly FieldError[] = []): readonly string[] {
  return findings.map(formatFieldError);
}

/** The printed row: cells by column, wide ones too, as a cluster of that minor version shows it. */
export function printed(object: KubeObject, now: string, minor = 34): Readonly<Record<string, Cell>> {
  const columns = (descriptorOf(object.kind).columns ?? []).filter(
    ({ sinceMinor = 0, untilMinor = 99 }) => sinceMinor <= minor && minor <= untilMinor,
  );
  return Object.fromEntries(columns.map(({ name, value }) => [name, value(object, Date.parse(now))]));
}
