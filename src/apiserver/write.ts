import { statusErrors, type Unstructured } from "../apimachinery/index.ts";
import { must } from "../std/index.ts";
import type { Call } from "./core.ts";
import { noteWrite } from "./managed-fields.ts";

/** Stores a new object. 409 when there is one of that name. */
export function commitCreate(call: Call, object: Unstructured): Unstructured {
  const { core, resource, options } = call;
  const { namespace, name } = object.metadata;
  if (resource.bucket.get(resource.kind.namespaced ? (namespace ?? "") : "", name) !== undefined)
    throw statusErrors.alreadyExists(resource.kind, name);
  if (options.dryRun === true) return object;
  const stored = must(resource.bucket.put(resource.toStorage(object, call.journal), "absent"), "the stored object");
  noteWrite(call, undefined, stored);
  trace(call, "create", stored);
  core.committed(resource, undefined, stored);
  return resource.presentWritten(stored, object);
}

/** Stores the next version of an object. The caller has read `before` in this very step, so it is still the present one. */
export function commitUpdate(call: Call, before: Unstructured, after: Unstructured): Unstructured {
  const { core, resource, options } = call;
  if (options.dryRun === true) return after;
  const expected = must(before.metadata.resourceVersion, "a stored object's resourceVersion");
  const { namespace = "", name } = before.metadata;
  const toStore = resource.toStorage(after, call.journal);
  const previous = resource.bucket.get(resource.kind.namespaced ? namespace : "", name);
  const stored = resource.bucket.put(toStore, expected);
  if (stored === undefined) throw statusErrors.modified(resource.kind, before.metadata.name);
  noteWrite(call, previous, stored);
  trace(call, call.request.subresource === undefined ? "update" : `update/${call.request.subresource}`, stored);
  core.committed(resource, before, stored);
  return resource.presentWritten(stored, after);
}

/** Removes an object for good; returns its last state. */
export function commitDelete(call: Call, object: Unstructured): Unstructured {
  const { core, resource, options } = call;
  if (options.dryRun === true) return object;
  const { namespace = "", name } = object.metadata;
  const last = must(resource.bucket.delete(namespace, name), "the object to delete");
  trace(call, "delete", last);
  core.committed(resource, object, undefined);
  return resource.presentWritten(last, object);
}

function trace(call: Call, verb: string, stored: Unstructured): void {
  const { core, resource, user, options } = call;
  const { namespace, name, resourceVersion = "" } = stored.metadata;
  core.loop.trace.add({
    atMs: core.loop.nowMs(),
    cluster: core.cluster,
    actor: options.fieldManager ?? user.name,
    verb,
    subject: `${resource.kind.plural} ${namespace === undefined ? name : `${namespace}/${name}`}`,
    detail: resourceVersion,
  });
}
