import { createMergePatch, type Unstructured } from "../apimachinery/index.ts";
import { isRecord, stableJson } from "../std/index.ts";

const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

type Json = Readonly<Record<string, unknown>>;

/** `manifest` as kubectl's client-side apply creates it: with itself noted in the last-applied annotation. */
export function withLastApplied(manifest: Json): Json {
  const metadata = isRecord(manifest.metadata) ? manifest.metadata : {};
  const annotations = isRecord(metadata.annotations) ? metadata.annotations : {};
  const { [LAST_APPLIED]: _previous, ...own } = annotations;
  const noted = stableJson({
    ...manifest,
    metadata: { ...metadata, ...(Object.keys(own).length === 0 ? {} : { annotations: own }) },
  });
  return { ...manifest, metadata: { ...metadata, annotations: { ...own, [LAST_APPLIED]: noted } } };
}

/**
 * The JSON merge patch that brings `live` to `manifest`: fields it states, and removal of those the last applied manifest stated and
 * this one no longer does. `undefined` when nothing changes. kubectl's three-way merge, with lists taken whole.
 */
export function applyPatch(manifest: Json, live: Unstructured): Json | undefined {
  const wanted = withLastApplied(manifest);
  const lastText = live.metadata.annotations?.[LAST_APPLIED];
  const last = lastText === undefined ? {} : (JSON.parse(lastText) as Json);
  const patch = merged(removals(last, manifest), additions(live, wanted));
  const { metadata, ...rest } = patch;
  const onlyNote =
    Object.keys(rest).length === 0 &&
    isRecord(metadata) &&
    stableJson(metadata) ===
      stableJson({
        annotations: { [LAST_APPLIED]: (wanted.metadata as { annotations: Json }).annotations[LAST_APPLIED] },
      });
  if (Object.keys(patch).length === 0 || (onlyNote && lastText !== undefined)) return undefined;
  return patch;
}

/** What `live` lacks of `wanted`, as a merge patch that removes nothing. */
function additions(live: Json, wanted: Json): Json {
  const patch: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(wanted)) {
    const present = live[key];
    if (isRecord(value) && isRecord(present)) {
      const inner = additions(present, value);
      if (Object.keys(inner).length > 0) patch[key] = inner;
    } else if (stableJson(value) !== stableJson(present)) patch[key] = value;
  }
  return patch;
}

/** Nulls for what `last` stated and `manifest` does not. */
function removals(last: Json, manifest: Json): Json {
  const difference = createMergePatch(last, manifest);
  return isRecord(difference) ? onlyNulls(difference) : {};
}

function onlyNulls(patch: Json): Json {
  const nulls: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) nulls[key] = null;
    else if (isRecord(value)) {
      const inner = onlyNulls(value);
      if (Object.keys(inner).length > 0) nulls[key] = inner;
    }
  }
  return nulls;
}

function merged(left: Json, right: Json): Json {
  const result: Record<string, unknown> = { ...left };
  for (const [key, value] of Object.entries(right)) {
    const present = result[key];
    result[key] = isRecord(present) && isRecord(value) ? merged(present, value) : value;
  }
  return result;
}
