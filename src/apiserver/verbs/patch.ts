import {
  applyJsonPatch,
  applyMergePatch,
  applyStrategicMergePatch,
  failure,
  StatusError,
  statusErrors,
  type Unstructured,
} from "../../apimachinery/index.ts";
import { isRecord } from "../../std/index.ts";
import { asDecoded, shapeBody } from "../body.ts";
import type { Call, Warnings } from "../core.ts";
import { checkPatchOptions } from "../managed-fields.ts";
import type { ApiRequest } from "../request.ts";
import { apply } from "./apply.ts";
import { existing } from "./get.ts";
import { updateObject } from "./update.ts";

type Patch = NonNullable<ApiRequest["patch"]>;

/** Patches the named object: an update to what the patch makes of it, or (server-side apply) a create. */
export function patch(call: Call, warnings: Warnings): { readonly code: number; readonly object: Unstructured } {
  const wanted = statedPatch(call);
  if (wanted.type === "apply") return apply(call, wanted.body, warnings);
  const before = asDecoded(call, existing(call));
  const patched = applyPatch(call, wanted, before);
  if (patched === before) return { code: 200, object: before };
  const shaped = shapeBody(call, patchedObject(before, patched), warnings);
  return { code: 200, object: updateObject(call, before, shaped) };
}

/** The patch of a request whose options go with it. */
export function statedPatch(call: Call): Patch {
  const wanted = call.request.patch;
  if (wanted === undefined) throw statusErrors.badRequest("no patch was given");
  checkPatchOptions(call, wanted.type);
  return wanted;
}

/** Lays a patch over `document`; the one place where patch types part. An apply is more than that, and has a file of its own. */
export function applyPatch(call: Call, wanted: Patch, document: Unstructured): unknown {
  switch (wanted.type) {
    case "merge":
      if (!isRecord(wanted.body)) throw statusErrors.badRequest("the patch is no JSON object");
      return applyMergePatch(document, wanted.body);
    case "json":
      return applyJsonPatch(document, wanted.body);
    case "strategic":
      return strategicPatch(call, wanted.body, document);
    case "apply":
      throw unsupportedPatch("an apply is not laid over a document");
  }
}

function strategicPatch(call: Call, body: unknown, document: Unstructured): unknown {
  if (call.resource.custom)
    throw unsupportedPatch(
      "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
    );
  if (!isRecord(body)) throw statusErrors.badRequest("the patch is no JSON object");
  return applyStrategicMergePatch(document, body, call.core.schemaOf(call.resource)?.schema);
}

/** Checks that a patch left an object of the same kind. */
function patchedObject(before: Unstructured, patched: unknown): Unstructured {
  if (!isRecord(patched) || !isRecord(patched.metadata))
    throw statusErrors.badRequest("the patched object has no metadata");
  if (patched.apiVersion !== before.apiVersion || patched.kind !== before.kind)
    throw statusErrors.badRequest("a patch may not change apiVersion or kind");
  return patched as Unstructured;
}

function unsupportedPatch(message: string): StatusError {
  return new StatusError(failure("UnsupportedMediaType", message));
}
