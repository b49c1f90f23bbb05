import { statusErrors, type Unstructured, unstructured, withSettledTimes } from "../../apimachinery/index.ts";
import { deepEqual } from "../../std/index.ts";
import { admit, admitValid, withObject } from "../admission-chain.ts";
import { checkAccess } from "../authorization.ts";
import { asDecoded, readBody } from "../body.ts";
import type { Call, Warnings } from "../core.ts";
import { checkManagerName, type WriteOrigin, withManagedFields } from "../managed-fields.ts";
import {
  checkIdentity,
  checkSameIdentity,
  differsInGeneration,
  immutableMetaErrors,
  namesVersion,
  updatedMeta,
} from "../metadata.ts";
import { isReleased } from "../namespaces.ts";
import { statusMeta } from "../status-metadata.ts";
import { applyDefaults, throwInvalid, validate, validateStatus, warn } from "../validation.ts";
import { commitDelete, commitUpdate } from "../write.ts";
import { createObject } from "./create.ts";
import { existing } from "./get.ts";

/** Replaces an object, or its status, by what the request brings; some kinds are created by that when there is none. */
export function update(call: Call, warnings: Warnings): { readonly code: number; readonly object: Unstructured } {
  checkManagerName(call, "UpdateOptions");
  const { resource, request } = call;
  if (mayCreate(call) && resource.get(request.namespace, request.name ?? "") === undefined)
    return { code: 201, object: createByUpdate(call, warnings) };
  const before = asDecoded(call, existing(call));
  return { code: 200, object: updateObject(call, before, readBody(call, request.object, warnings)) };
}

function mayCreate({ resource, request }: Call): boolean {
  return resource.descriptor.update?.createsMissing === true && request.subresource === undefined;
}

function createByUpdate(call: Call, warnings: Warnings): Unstructured {
  const { resource, request, user, core } = call;
  const { name = "", namespace } = request;
  const body = readBody(call, request.object, warnings);
  const { group, version, plural } = resource.kind;
  const place = namespace === undefined ? {} : { namespace };
  checkAccess(core, { user, verb: "create", group, version, resource: plural, name, ...place });
  checkIdentity(resource, unstructured({ apiVersion: "", kind: "", metadata: { name, uid: "", ...place } }), {
    ...body.metadata,
    resourceVersion: "",
  });
  return createObject(call, body, "update");
}

/**
 * Takes an object from `before` to `proposed`, as every write to an existing object goes: identity, what may not change,
 * defaults, admission, validation, generation. What changes nothing is not written; what releases a deleted object removes it.
 */
export function updateObject(
  call: Call,
  before: Unstructured,
  proposed: Unstructured,
  origin: WriteOrigin = "update",
): Unstructured {
  const { resource } = call;
  checkIdentity(resource, before, proposed.metadata ?? {}, call.request.verb === "patch" ? "patch" : "update");
  const merged =
    call.request.subresource === "status"
      ? statusWrite(call, before, proposed, origin)
      : mainWrite(call, before, proposed, origin);
  const { subresource } = call.request;
  const name = before.metadata.name;
  const whole = { verb: "update", name, object: merged, before } as const;
  const what = subresource === undefined ? whole : { ...whole, subresource };
  const admitted = admit(call, what) as Unstructured;
  if (admitted.metadata !== merged.metadata) checkSameIdentity(resource, merged, admitted.metadata);
  if (subresource === "status") validateStatus(call, admitted, before);
  else validate(call, admitted, before);
  warn(call, admitted, before);
  admitValid(call, withObject(what, admitted));
  return writeNext(call, before, admitted);
}

/** Writes a version of an object that needs no further checks: the common end of updates and of subresources. */
export function writeNext(call: Call, before: Unstructured, wanted: Unstructured): Unstructured {
  const isOwned = wanted.metadata.managedFields !== before.metadata.managedFields;
  const live = isOwned ? call.core.untracked.shown(before) : before;
  const after = withSettledTimes(live, wanted);
  if (deepEqual(live, after)) return before;
  const next = withGeneration(call, before, after);
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = before.metadata;
  if (deletionTimestamp !== undefined && deletionGracePeriodSeconds === 0 && isReleased(call.resource, next)) {
    const { resourceVersion } = commitDelete(call, next).metadata;
    return resourceVersion === undefined ? next : { ...next, metadata: { ...next.metadata, resourceVersion } };
  }
  return commitUpdate(call, before, next);
}

function mainWrite(call: Call, before: Unstructured, proposed: Unstructured, origin: WriteOrigin): Unstructured {
  const { resource } = call;
  requireVersion(call, proposed);
  throwInvalid(call, before, immutableMetaErrors(before.metadata, proposed.metadata ?? {}));
  const statusKept = resource.descriptor.status === true ? withStatusOf(proposed, before) : proposed;
  const meta = updatedMeta(before.metadata, proposed.metadata ?? { name: before.metadata.name });
  const defaulted = applyDefaults(call, { ...statusKept, metadata: meta });
  const stated = proposed.metadata?.managedFields;
  const owned = withManagedFields(call, { live: before, next: defaulted, stated, origin });
  const { strategy } = resource.descriptor;
  const part = strategy?.parts?.[call.request.subresource ?? ""];
  const prepareForUpdate = part?.prepare ?? strategy?.prepareForUpdate;
  return prepareForUpdate === undefined ? owned : unstructured(prepareForUpdate(owned, before));
}

function statusWrite(call: Call, before: Unstructured, proposed: Unstructured, origin: WriteOrigin): Unstructured {
  const { custom, descriptor } = call.resource;
  // What comes from outside is read whole, with the defaults of its kind; custom resources get theirs once merged.
  const isRead = call.options.fieldValidation !== undefined && !custom;
  const sent = isRead ? applyDefaults(call, proposed) : proposed;
  const metadata = statusMeta(call.resource, before, sent);
  const kept = metadata === before.metadata ? before : { ...before, metadata };
  const merged = withStatusOf(kept, sent);
  const adjust = descriptor.strategy?.prepareStatus;
  const shaped = custom ? applyDefaults(call, merged) : merged;
  const next = adjust === undefined ? shaped : unstructured(adjust(shaped, before, call.core.timestamp()));
  return withManagedFields(call, { live: before, next, stated: proposed.metadata?.managedFields, origin });
}

function withStatusOf(object: Unstructured, source: Unstructured): Unstructured {
  if (object.status === source.status) return object;
  if (source.status !== undefined) return { ...object, status: source.status };
  const { status, ...rest } = object;
  return rest;
}

/**
 * Custom resources do not allow unconditional updates (`AllowUnconditionalUpdate`), nor do some built-in kinds; of the latter our
 * own components may write as they please.
 */
function requireVersion(call: Call, proposed: Unstructured): void {
  const { resource, request, options } = call;
  const isDemanded = resource.descriptor.update?.needsVersion === true && options.fieldValidation !== undefined;
  if (request.verb !== "update" || !(resource.custom || isDemanded)) return;
  if (namesVersion(proposed.metadata ?? {})) return;
  const { group, plural } = resource.kind;
  throw statusErrors.invalid({ group, kind: plural }, call.request.name ?? "", [
    {
      type: "FieldValueInvalid",
      field: "metadata.resourceVersion",
      value: 0,
      detail: "must be specified for an update",
    },
  ]);
}

function withGeneration(call: Call, before: Unstructured, after: Unstructured): Unstructured {
  const { resource, request } = call;
  const { generation } = before.metadata;
  if (request.subresource === "status") return after;
  if (generation === undefined || !(resource.custom || resource.descriptor.generation)) return after;
  if (!differsInGeneration(resource, before, after)) return after;
  return { ...after, metadata: { ...after.metadata, generation: generation + 1 } };
}
