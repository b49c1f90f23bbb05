import { isRecord } from "../../std/index.ts";
import type { FieldType } from "./field-type.ts";

/**
 * Fields of built-in kinds that are structs, not pointers to them, wherever they are reached from an object's root through others
 * of their like: a Go object always has them, so that nobody ever adds them.
 */
const VALUE_STRUCTS: ReadonlySet<string> = new Set([
  "acceptedNames",
  "daemonEndpoints",
  "jobTemplate",
  "kubeletEndpoint",
  "loadBalancer",
  "metadata",
  "names",
  "nodeInfo",
  "priorityLevelConfiguration",
  "resources",
  "scaleTargetRef",
  "source",
  "spec",
  "status",
  "strategy",
  "template",
  "updateStrategy",
]);

/** `object` with an empty struct in the place of each it lacks; the same one when it lacks none. */
export function withValueStructs(type: FieldType, object: unknown): unknown {
  const { map } = type;
  if (map === undefined || map.atomic || !isRecord(object)) return object;
  let complete: Record<string, unknown> | undefined;
  for (const name of map.declared) {
    if (!VALUE_STRUCTS.has(name)) continue;
    const fieldType = map.field(name);
    if (fieldType?.map === undefined || fieldType.map.atomic || fieldType.map.declared.length === 0) continue;
    const before = object[name];
    const after = withValueStructs(fieldType, before ?? {});
    if (after === before) continue;
    complete ??= { ...object };
    complete[name] = after;
  }
  return complete ?? object;
}
