import type { KubeObject } from "../apimachinery/index.ts";

/**
 * `object` with the fields of `defaults` it lacks (or that are null); the same object when it lacks none. Empty text is a value:
 * where it is none, decoding has dropped it.
 */
export function withDefaults<T extends object>(object: T, defaults: Partial<T>): T {
  let missing: Partial<T> | undefined;
  for (const key in defaults) {
    if ((object[key] ?? undefined) !== undefined || defaults[key] === undefined) continue;
    missing ??= {};
    missing[key] = defaults[key];
  }
  return missing === undefined ? object : { ...object, ...missing };
}

/** `object` with one field replaced; the same object when it has that very value. */
export function withField<T extends object, K extends keyof T>(object: T, field: K, value: T[K]): T {
  return object[field] === value ? object : { ...object, [field]: value };
}

/** `object` without a field; the same object when it has none such. */
export function withoutField<T extends object, K extends keyof T>(object: T, field: K): T {
  if (!(field in object)) return object;
  const { [field]: _, ...rest } = object;
  return rest as T;
}

/** The items with `change` applied to each; the same array when no item changes, and absent when absent. */
export function mapItems<T>(items: readonly T[], change: (item: T) => T): readonly T[];
export function mapItems<T>(items: readonly T[] | undefined, change: (item: T) => T): readonly T[] | undefined;
export function mapItems<T>(items: readonly T[] | undefined, change: (item: T) => T): readonly T[] | undefined {
  if (!Array.isArray(items)) return items;
  let changed: T[] | undefined;
  for (let index = 0; index < items.length; index++) {
    const before = items[index] as T;
    const after = change(before);
    if (after === before) continue;
    changed ??= items.slice();
    changed[index] = after;
  }
  return changed ?? items;
}

/** `object` with the items of one field changed; the same object when nothing changes or the field is absent. */
export function withItems<T extends object, K extends keyof T>(
  object: T,
  field: K,
  change: (item: NonNullable<T[K]> extends readonly (infer Item)[] ? Item : never) => unknown,
): T {
  const items: unknown = object[field];
  if (!Array.isArray(items)) return object;
  return withField(object, field, mapItems<unknown>(items, change as (item: unknown) => unknown) as T[K]);
}

/** Changes `spec`, which counts as empty when a user left it out (Go's zero value). */
export function withSpec<T extends KubeObject & { readonly spec?: object }>(
  object: T,
  change: (spec: NonNullable<T["spec"]>) => NonNullable<T["spec"]>,
): T {
  return withField(object, "spec", change((object.spec ?? {}) as NonNullable<T["spec"]>) as T["spec"]);
}

/** A strategy's `prepareForCreate` that gives an object its first status, whatever status was sent. */
export function withStatus<T extends KubeObject & { readonly status?: unknown }>(
  status: T["status"],
): (object: T) => T {
  return (object) => (status === undefined ? withoutField(object, "status") : withField(object, "status", status));
}
