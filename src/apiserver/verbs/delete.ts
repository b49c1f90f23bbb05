import { type ObjectList, type Status, success, type Unstructured } from "../../apimachinery/index.ts";
import type { Call } from "../core.ts";
import { deleteObject } from "../deletion.ts";
import { readSelection } from "../selection.ts";
import { existing } from "./get.ts";

/** Deletes the named object: a success Status when it is gone, else the object as it now waits. */
export function remove(call: Call): Unstructured | Status {
  const { group, plural } = call.resource.kind;
  const { gone, object } = deleteObject(call, existing(call));
  if (!gone) return object;
  const { name, uid } = object.metadata;
  return success({
    name,
    ...(group === "" ? {} : { group }),
    kind: plural,
    ...(uid === undefined ? {} : { uid }),
  });
}

/** Deletes every selected object, each as a delete of its own; answers the list of them. */
export function removeCollection(call: Call): ObjectList {
  const { core, resource, request, options } = call;
  const selection = readSelection(resource, options);
  const items = resource.list(request.namespace).filter(selection.matches);
  const deleted = items.map((object) => {
    const { name, namespace } = object.metadata;
    const named = { ...request, name, ...(namespace === undefined ? {} : { namespace }) };
    return deleteObject({ ...call, request: named }, object).object;
  });
  const metadata = { resourceVersion: String(core.store.revision) };
  return { apiVersion: resource.apiVersion, kind: resource.listKind, metadata, items: deleted };
}
