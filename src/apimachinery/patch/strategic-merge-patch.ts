import { deepEqual, isRecord } from "../../std/index.ts";
import type { JsonSchema } from "../schema/json-schema.ts";
import { type StatusError, statusErrors } from "../status-error.ts";
import { inElementOrder } from "./element-order.ts";
import { goFormatted, goText } from "./go-text.ts";

type Fields = Readonly<Record<string, unknown>>;
type List = readonly unknown[];

const PATCH = "$patch";
const RETAIN_KEYS = "$retainKeys";
const DELETE_FROM_LIST = "$deleteFromPrimitiveList/";
const SET_ORDER = "$setElementOrder/";

/**
 * `document` after a strategic merge patch (`k8s.io/apimachinery/pkg/util/strategicpatch`), directives included. Merge keys and
 * strategies are read from `schema`; without a schema lists are replaced. What the patch leaves as it is keeps its reference.
 */
export function applyStrategicMergePatch(document: unknown, patch: unknown, schema: JsonSchema | undefined): unknown {
  if (!isRecord(patch)) throw statusErrors.badRequest("invalid JSON document");
  const after = mergeFields(isRecord(document) ? document : {}, patch, schema);
  return deepEqual(after, document) ? document : after;
}

function mergeFields(before: Fields, patch: Fields, schema: JsonSchema | undefined): Fields {
  const directive = patch[PATCH];
  if (directive !== undefined) {
    if (directive === "replace") return withoutDirective(patch);
    if (directive === "delete") return {};
    if (directive !== "merge") throw badDirective(directive, patch);
  }
  const after: Record<string, unknown> = { ...retained(before, patch) };
  for (const name of listsToOrder(patch))
    after[name] = orderedList(after[name], patch, name, fieldSchema(schema, name));
  for (const [name, change] of Object.entries(patch)) {
    if (name === PATCH || name === RETAIN_KEYS || name.startsWith(SET_ORDER)) continue;
    if (`${SET_ORDER}${name}` in patch) continue;
    if (name.startsWith(DELETE_FROM_LIST)) {
      const field = name.slice(DELETE_FROM_LIST.length);
      if (after[field] !== undefined) after[field] = withoutItems(after[field], change);
    } else if (change === null) delete after[name];
    else after[name] = mergeValue(after[name], change, fieldSchema(schema, name));
  }
  for (const name of Object.keys(after)) if (after[name] === undefined) delete after[name];
  return sameFields(before, after) ? before : after;
}

function mergeValue(before: unknown, change: unknown, schema: JsonSchema | undefined): unknown {
  if (isRecord(change)) {
    if (!isRecord(before)) return cleaned(change);
    return strategies(schema).includes("replace") ? shared(before, change) : mergeFields(before, change, schema);
  }
  if (Array.isArray(change)) {
    if (!Array.isArray(before)) return cleaned(change);
    // What replaces a list is taken as it is: a directive in it is a field nobody knows.
    return strategies(schema).includes("merge") ? mergeList(before, change, schema) : shared(before, change);
  }
  return shared(before, change);
}

/** Items the patch names come in its order, the others where the live list had them: `mergeSlice`, which puts new items first. */
function mergeList(before: List, patch: List, schema: JsonSchema | undefined): List {
  const sample = [...patch, ...before].find((item) => item !== null);
  if (sample === undefined) return before;
  const isList = (item: unknown): boolean => isRecord(item) === isRecord(sample);
  if (![...patch, ...before].every(isList))
    throw statusErrors.plain(`list element types are not identical: [${goText(before)} ${goText(patch)}]`);
  if (!isRecord(sample)) return inElementOrder([...new Set([...before, ...patch])], patch, before, undefined);
  const mergeKey = schema?.["x-kubernetes-patch-merge-key"];
  if (mergeKey === undefined) throw statusErrors.plain("cannot merge lists without merge key for type map");
  const plain = patch.filter((item) => fieldsOf(item)[PATCH] === undefined);
  const live = withSpecialItems(before, patch, mergeKey);
  if (live === undefined) return plain.map(cleaned);
  let merged = live;
  for (const item of plain) merged = mergeItem(merged, fieldsOf(item), mergeKey, schema?.items);
  return sameItems(inElementOrder(merged, plain, live, mergeKey), before);
}

/** The live list after the deletions the patch asks for; `undefined` when the patch replaces the list. */
function withSpecialItems(before: List, patch: List, mergeKey: string): List | undefined {
  let live = before;
  let replace = false;
  for (const item of patch.map(fieldsOf)) {
    const directive = item[PATCH];
    if (directive === undefined) continue;
    if (directive === "replace") replace = true;
    else if (directive === "delete") {
      const value = keyValue(item, mergeKey);
      live = live.filter((existing) => !isRecord(existing) || existing[mergeKey] !== value);
    } else if (directive === "merge") throw statusErrors.plain("merging lists cannot yet be specified in the patch");
    else throw badDirective(directive, item);
  }
  return replace ? undefined : live;
}

function mergeItem(list: List, item: Fields, mergeKey: string, schema: JsonSchema | undefined): List {
  const value = keyValue(item, mergeKey);
  const index = list.findIndex((existing) => isRecord(existing) && existing[mergeKey] === value);
  if (index < 0) return [...list, cleaned(item)];
  const existing = fieldsOf(list[index]);
  const merged = mergeFields(existing, item, schema);
  return merged === existing ? list : list.with(index, merged);
}

function keyValue(item: Fields, mergeKey: string): unknown {
  const value = item[mergeKey];
  if (value === undefined)
    throw statusErrors.plain(`map: ${goText(item)} does not contain declared merge key: ${mergeKey}`);
  return value;
}

function fieldsOf(item: unknown): Fields {
  return isRecord(item) ? item : {};
}

function sameItems(after: List, before: List): List {
  return after.length === before.length && after.every((item, index) => item === before[index]) ? before : after;
}

function withoutItems(before: unknown, drop: unknown): unknown {
  if (!Array.isArray(before) || !Array.isArray(drop))
    throw statusErrors.badRequest("invalid patch format of primitive list");
  const kept = before.filter((item) => !drop.includes(item));
  return kept.length === before.length ? before : kept;
}

/** Applies `$retainKeys`: fields it does not name go, and the patch may set no others. */
function retained(before: Fields, patch: Fields): Fields {
  const keys = patch[RETAIN_KEYS];
  if (keys === undefined) return before;
  if (!Array.isArray(keys)) throw badRetainKeys();
  for (const [name, change] of Object.entries(patch)) {
    if (change === null || isDirective(name)) continue;
    if (!keys.includes(name)) throw badRetainKeys();
  }
  return Object.fromEntries(Object.entries(before).filter(([name]) => keys.includes(name)));
}

function listsToOrder(patch: Fields): string[] {
  return Object.keys(patch)
    .filter((name) => name.startsWith(SET_ORDER))
    .map((name) => name.slice(SET_ORDER.length));
}

/** A list merged and then put into the order `$setElementOrder/<name>` asks for. */
function orderedList(before: unknown, patch: Fields, name: string, schema: JsonSchema | undefined): unknown {
  const order = patch[`${SET_ORDER}${name}`];
  const change = patch[name];
  if (!Array.isArray(order)) throw badOrder();
  if (change === null || (before === undefined && change === undefined)) return undefined;
  const mergeKey = schema?.["x-kubernetes-patch-merge-key"];
  if (Array.isArray(change)) checkOrder(change, order, mergeKey);
  const merged = change === undefined ? before : mergeValue(before, change, schema);
  if (!Array.isArray(merged)) throw badOrder();
  return inElementOrder(merged, order, Array.isArray(before) ? before : [], mergeKey);
}

/** What the patch sets must stand in the order list, in the same order. */
function checkOrder(change: List, order: List, mergeKey: string | undefined): void {
  const keyOf = (item: unknown): unknown => (mergeKey !== undefined && isRecord(item) ? item[mergeKey] : item);
  let position = -1;
  for (const item of change) {
    if (isRecord(item) && item[PATCH] !== undefined) continue;
    position = order.findIndex((wanted, index) => index > position && keyOf(wanted) === keyOf(item));
    if (position >= 0) continue;
    const lists = `${goText(change)}\n doesn't match $setElementOrder list:\n${goText(order)}\n`;
    throw statusErrors.plain(`The order in patch list:\n${lists}`);
  }
}

function strategies(schema: JsonSchema | undefined): readonly string[] {
  return schema?.["x-kubernetes-patch-strategy"]?.split(",") ?? [];
}

function fieldSchema(schema: JsonSchema | undefined, name: string): JsonSchema | undefined {
  const property = schema?.properties?.[name];
  if (property !== undefined) return property;
  return typeof schema?.additionalProperties === "object" ? schema.additionalProperties : undefined;
}

/**
 * A new value, free of nulls and of what `$patch` is said of, which means nothing where there was nothing; `undefined` when it is
 * said of the value itself. Other directives stay, as fields nobody knows (`removeDirectives`).
 */
function cleaned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(cleaned).filter((item) => item !== undefined);
  if (!isRecord(value)) return value;
  if (value[PATCH] !== undefined) return undefined;
  const entries = Object.entries(value).filter(([, field]) => field !== null);
  return Object.fromEntries(
    entries.map(([name, field]) => [name, cleaned(field)] as const).filter(([, field]) => field !== undefined),
  );
}

function isDirective(name: string): boolean {
  return name === PATCH || name === RETAIN_KEYS || name.startsWith(SET_ORDER) || name.startsWith(DELETE_FROM_LIST);
}

function withoutDirective(patch: Fields): Fields {
  const { [PATCH]: _, ...rest } = patch;
  return rest;
}

function shared(before: unknown, after: unknown): unknown {
  return deepEqual(before, after) ? before : after;
}

function sameFields(before: Fields, after: Fields): boolean {
  const names = Object.keys(after);
  return names.length === Object.keys(before).length && names.every((name) => before[name] === after[name]);
}

function badDirective(directive: unknown, patch: Fields): StatusError {
  return statusErrors.plain(`unknown patch type: ${goFormatted(directive)} in map: ${goText(patch)}`);
}

function badRetainKeys(): StatusError {
  return statusErrors.badRequest("invalid patch format of retainKeys");
}

function badOrder(): StatusError {
  return statusErrors.badRequest("invalid patch format of setElementOrder list");
}
