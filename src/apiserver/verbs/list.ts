import {
  type ListMeta,
  type ObjectList,
  StatusError,
  statusErrors,
  type Unstructured,
} from "../../apimachinery/index.ts";
import { type ContinueToken, formatContinueToken, parseContinueToken } from "../continue-token.ts";
import type { Call } from "../core.ts";
import { checkReached, readResourceVersion } from "../resource-version.ts";
import { readSelection, type Selection } from "../selection.ts";
import { checkListOptions } from "./list-options.ts";

/** A list, or one page of it: all pages show the state at the first one's revision. */
export function list(call: Call): ObjectList {
  const { core, resource, options } = call;
  checkListOptions(options);
  const selection = readSelection(resource, options);
  const token = options.continue === undefined || options.continue === "" ? undefined : parseContinueToken(options);
  const state = stateToList(call, selection, token);
  const selected = selection.everything ? state.objects : state.objects.filter(selection.matches);
  const limit = options.limit ?? 0;
  const start = token === undefined ? 0 : firstAt(selected, token.start);
  if (limit <= 0 || selected.length - start <= limit)
    return listOf(call, core.encoded.page(selected, start, selected.length), {
      resourceVersion: String(state.revision),
    });
  const items = core.encoded.page(selected, start, start + limit);
  const last = items.at(-1) as Unstructured;
  const remaining = selected.length - start - limit;
  return listOf(call, items, {
    resourceVersion: String(state.revision),
    continue: formatContinueToken({ revision: state.revision, start: `${orderKey(last)}\u0000` }),
    // Upstream does not count what selectors would have to be applied to.
    ...(selection.everything ? { remainingItemCount: remaining } : {}),
  });
}

type State = { readonly objects: readonly Unstructured[]; readonly revision: number };

function stateToList(call: Call, selection: Selection, token: ContinueToken | undefined): State {
  const { core, resource, request, options } = call;
  const present = core.store.revision;
  const exact = token === undefined ? exactRevision(call) : token.revision;
  // What is not stored has no past; its pages are all of the present.
  if (exact !== undefined && exact !== present && !resource.isVirtual) return earlierState(call, exact, token);
  if (options.resourceVersion !== undefined && token === undefined)
    checkReached(readResourceVersion(options.resourceVersion), present);
  if (selection.name !== undefined && (request.namespace !== undefined || !resource.kind.namespaced)) {
    const object = resource.get(request.namespace, selection.name);
    return { objects: object === undefined ? [] : [object], revision: present };
  }
  return { objects: resource.list(request.namespace), revision: present };
}

/** The revision a list must show to the letter; `undefined` for the present state. */
function exactRevision(call: Call): number | undefined {
  const { resourceVersion, resourceVersionMatch, limit = 0 } = call.options;
  const requested = readResourceVersion(resourceVersion);
  if (resourceVersionMatch !== undefined) return resourceVersionMatch === "Exact" ? requested : undefined;
  // The legacy rule: a limited list at a resourceVersion is exact.
  return limit > 0 && requested > 0 ? requested : undefined;
}

function earlierState(call: Call, revision: number, token: ContinueToken | undefined): State {
  const { core, resource, request } = call;
  checkReached(revision, core.store.revision);
  const namespace = resource.kind.namespaced ? request.namespace : undefined;
  const objects = resource.bucket.listAt(revision, namespace);
  if (objects === undefined) throw token === undefined ? statusErrors.expired(TOO_OLD) : cannotContinue(token);
  return { objects: resource.presentAll(objects), revision };
}

const TOO_OLD = "The resourceVersion for the provided list is too old.";
const CONTINUE_TOO_OLD =
  "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.";

/** The 410 that comes with a token for going on in the present state (`handleCompactedErrorForPaging`). */
function cannotContinue({ start }: ContinueToken): StatusError {
  const { status } = statusErrors.expired(CONTINUE_TOO_OLD);
  return new StatusError({ ...status, metadata: { continue: formatContinueToken({ revision: undefined, start }) } });
}

function listOf(call: Call, items: readonly Unstructured[], metadata: ListMeta): ObjectList {
  return { apiVersion: call.resource.apiVersion, kind: call.resource.listKind, metadata, items };
}

/** The index of the first object not before `start`, by bisection: lists are ordered by namespace and name. */
function firstAt(objects: readonly Unstructured[], start: string): number {
  let low = 0;
  let high = objects.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (orderKey(objects[middle] as Unstructured) < start) low = middle + 1;
    else high = middle;
  }
  return low;
}

function orderKey(object: Unstructured): string {
  return `${object.metadata.namespace ?? ""}\u0000${object.metadata.name}`;
}
