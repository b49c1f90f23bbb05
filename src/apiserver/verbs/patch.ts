import {
  applyJsonPatch,
  applyMergePatch,
  applyStrategicMergePatch,
  failure,
  goConversionError,
  goText,
  StatusError,
  statusErrors,
  type Unstructured,
} from "../../apimachinery/index.ts";
import { isRecord } from "../../std/index.ts";
import { asDecoded, shapeBody } from "../body.ts";
import type { Call, Warnings } from "../core.ts";
import { checkPatchOptions } from "../managed-fields.ts";
import { patchedDocument } from "../patched-document.ts";
import type { ApiRequest } from "../request.ts";
import { apply } from "./apply.ts";
import { existing } from "./get.ts";
import { updateObject } from "./update.ts";

type Patch = NonNullable<ApiRequest["patch"]>;
type Fields = Readonly<Record<string, unknown>>;

/** Patches the named object: an update to what the patch makes of it, or (server-side apply) a create. */
export function patch(call: Call, warnings: Warnings): { readonly code: number; readonly object: Unstructured } {
  const wanted = statedPatch(call);
  if (wanted.type === "apply") return apply(call, wanted.body, warnings);
  const before = asDecoded(call, existing(call));
  const patched = applyPatch(call, wanted, before);
  const refuse = (why: string): StatusError => badResult(call, wanted, { before, patched, why });
  if (patched === before && call.options.fieldValidation === undefined) return { code: 200, object: before };
  const object = patchedObject(call, before, patched, wanted);
  const shaped = shapeBody(call, object, warnings, refuse);
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
  const schema = call.core.schemaOf(call.resource)?.schema;
  const patched = applyStrategicMergePatch(document, body, schema);
  const wrong = schema === undefined ? undefined : goConversionError(schema, patched);
  if (wrong !== undefined)
    throw badResult(call, { type: "strategic", body }, { before: document, patched, why: wrong });
  return patched;
}

/** What a patch came to, as an object of the kind it was: typed ones are of their kind whatever a strategic patch says. */
function patchedObject(call: Call, before: Unstructured, patched: unknown, wanted: Patch): Unstructured {
  if (!isRecord(patched))
    throw badResult(call, wanted, { before, patched, why: "json: cannot unmarshal into Go value" });
  const { apiVersion, kind } = before;
  const metadata = patched.metadata ?? {};
  if (wanted.type === "strategic") return { ...patched, apiVersion, kind, metadata } as Unstructured;
  // A typed object is of its kind unless it says otherwise.
  const stated = call.resource.typed
    ? { kind: patched.kind || kind, apiVersion: patched.apiVersion || apiVersion }
    : { kind: patched.kind, apiVersion: patched.apiVersion };
  if (stated.kind !== kind || stated.apiVersion !== apiVersion) throw otherType(call, before, patched, wanted);
  return { ...patched, kind, apiVersion, metadata } as Unstructured;
}

function otherType(call: Call, before: Unstructured, patched: Fields, wanted: Patch): StatusError {
  const { resource } = call;
  const { apiVersion, kind } = patched;
  if (resource.custom && apiVersion === before.apiVersion)
    return statusErrors.invalid({ group: resource.kind.group, kind: String(kind ?? "") }, before.metadata.name, [
      { type: "FieldValueInvalid", field: "kind", value: kind, detail: `must be ${before.kind}` },
    ]);
  const unknown = `no kind ${JSON.stringify(kind ?? "")} is registered for version ${JSON.stringify(apiVersion ?? "")}`;
  return badResult(call, wanted, { before, patched, why: `${unknown} in scheme "pkg/api/legacyscheme/scheme.go:30"` });
}

/** The 422 of a patch whose result is no object of the kind; it quotes the result, or the strategic patch as Go prints it. */
export function badResult(
  { resource }: Call,
  wanted: Patch,
  { before, patched, why }: { readonly before: Unstructured; readonly patched: unknown; readonly why: string },
): StatusError {
  const value = wanted.type === "strategic" ? goText(wanted.body) : patchedDocument(before, patched, resource.custom);
  return statusErrors.invalid({ group: "", kind: "" }, "", [
    { type: "FieldValueInvalid", field: "patch", value, detail: why },
  ]);
}

function unsupportedPatch(message: string): StatusError {
  return new StatusError(failure("UnsupportedMediaType", message));
}
