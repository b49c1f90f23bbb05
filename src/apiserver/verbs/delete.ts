import { type ObjectList, type Success, success, type Unstructured } from "../../apimachinery/index.ts";
import type { Call, Warnings } from "../core.ts";
import { deleteObject } from "../deletion.ts";
import { readSelection } from "../selection.ts";
import { existing } from "./get.ts";
import { checkListOptions } from "./list-options.ts";

/** Deletes the named object: a success Status or the object when it is gone, as its kind has it, else the object as it now waits. */
export function remove(
  call: Call,
  warnings: Warnings,
): { readonly code: number; readonly object: Unstructured | Success } {
  const { group, plural } = call.resource.kind;
  warnOfDependents(call, warnings);
  const { gone, object } = deleteObject(call, existing(call));
  // Only who asks for it in the old way is told that deletion goes on.
  if (!gone) return { code: call.options.orphanDependents === false ? 202 : 200, object };
  if (call.resource.descriptor.answersDeleted === true) return { code: 200, object };
  const { name, uid } = object.metadata;
  const details = { name, ...(group === "" ? {} : { group }), kind: plural, ...(uid === undefined ? {} : { uid }) };
  return { code: 200, object: success(details) };
}

/** Deletes every selected object, each as a delete of its own; answers the list of them. */
export function removeCollection(call: Call, warnings: Warnings): ObjectList {
  const { core, resource, request, options } = call;
  warnOfDependents(call, warnings);
  checkListOptions(options);
  const selection = readSelection(resource, options);
  const selected = (): readonly Unstructured[] => resource.list(request.namespace).filter(selection.matches);
  const items = remembered(call, "collection", selected);
  const deleted = items.map((object) => {
    const { name, namespace, uid = "" } = object.metadata;
    const named = { ...request, name, ...(namespace === undefined ? {} : { namespace }) };
    // What is gone before a webhook is asked about the next one is not deleted again.
    return remembered(call, `deleted ${uid}`, () => deleteObject({ ...call, request: named }, object).object);
  });
  const metadata = { resourceVersion: String(core.store.revision) };
  return { apiVersion: resource.apiVersion, kind: resource.listKind, metadata, items: deleted };
}

function warnOfDependents({ resource: { descriptor }, options }: Call, warnings: Warnings): void {
  const isSaid = options.propagationPolicy !== undefined || options.orphanDependents !== undefined;
  if (descriptor.deletionWarning !== undefined && !isSaid) warnings.push(descriptor.deletionWarning);
}

function remembered<T>({ journal }: Call, key: string, make: () => T): T {
  return journal === undefined ? make() : journal.once(key, make);
}
