import { isRecord } from "../../std/index.ts";
import type { FieldType, MapType } from "./field-type.ts";

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

/** A list that is null where nothing is in it, not absent: the only one of its like that is owned item by item. */
const VALUE_LIST = "containers";

/** `object` with an empty struct or list in the place of each it lacks; the same one when it lacks none. */
export function withValueStructs(type: FieldType, object: unknown): unknown {
  const { map } = type;
  if (map === undefined || map.atomic || !isRecord(object)) return object;
  let complete: Record<string, unknown> | undefined;
  for (const name of map.declared) {
    const before = object[name];
    const after = withValue(map, name, before);
    if (after === before) continue;
    complete ??= { ...object };
    complete[name] = after;
  }
  return complete ?? object;
}

function withValue(map: MapType, name: string, value: unknown): unknown {
  if (name === VALUE_LIST) return value === undefined && map.field(name)?.list?.atomic === false ? [] : value;
  if (!VALUE_STRUCTS.has(name)) return value;
  const type = map.field(name);
  if (type?.map === undefined || type.map.atomic || type.map.declared.length === 0) return value;
  return withValueStructs(type, value ?? {});
}
