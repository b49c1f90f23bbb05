import { statusErrors, type Unstructured } from "../../apimachinery/index.ts";
import type { Call } from "../core.ts";
import { checkReached, readResourceVersion } from "../resource-version.ts";

/** The object a request names; 404 when it is not there. */
export function get(call: Call): Unstructured {
  const { core, options } = call;
  if (options.resourceVersion !== undefined)
    checkReached(readResourceVersion(options.resourceVersion, "get"), core.store.revision);
  return existing(call);
}

/** The object a request names, for verbs that work on one. */
export function existing(call: Call): Unstructured {
  const { resource, request } = call;
  if (request.name === undefined || request.name === "") throw statusErrors.badRequest("name is required");
  const object = resource.get(request.namespace, request.name);
  if (object === undefined) throw statusErrors.notFound(resource.kind, request.name);
  return object;
}
