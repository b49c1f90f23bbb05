import type { JsonSchema } from "../../apimachinery/index.ts";
import { deepEqual, isRecord, stableJson } from "../../std/index.ts";

/**
 * A value of an update paired with what it was before, where schemas tell which is which: fields by name, items of map lists by
 * their keys (`k8s.io/apiserver/pkg/cel/common/equality.go`).
 */
export type Correlation = {
  readonly schema: JsonSchema | undefined;
  readonly value: unknown;
  readonly before: unknown;
  /** Whether the value is as it was; looked up once. */
  readonly isUnchanged: () => boolean;
};

/** Pairs two versions of a value. */
export function correlate(schema: JsonSchema | undefined, value: unknown, before: unknown): Correlation {
  let unchanged: boolean | undefined;
  return {
    schema,
    value,
    before,
    isUnchanged: () => {
      unchanged ??= deepEqual(value, before);
      return unchanged;
    },
  };
}

/** The pair at a field; `undefined` when there was none before. */
export function childOf({ schema, value, before }: Correlation, name: string): Correlation | undefined {
  if (!isRecord(value) || !isRecord(before) || !Object.hasOwn(before, name)) return undefined;
  const { additionalProperties, properties } = schema ?? {};
  const child = properties?.[name] ?? (typeof additionalProperties === "object" ? additionalProperties : undefined);
  return correlate(child, value[name], before[name]);
}

/** The pair at an item of a map list; items of other lists have no former self. */
export function itemOf({ schema, value, before }: Correlation, index: number): Correlation | undefined {
  if (schema?.["x-kubernetes-list-type"] !== "map" || !Array.isArray(value) || !Array.isArray(before)) return undefined;
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  const keyOf = (item: unknown): string =>
    stableJson(
      keys.map((key) => (isRecord(item) ? (item[key] ?? schema.items?.properties?.[key]?.default) : undefined)),
    );
  const wanted = keyOf(value[index]);
  const former = before.find((item) => keyOf(item) === wanted);
  return former === undefined ? undefined : correlate(schema.items, value[index], former);
}
