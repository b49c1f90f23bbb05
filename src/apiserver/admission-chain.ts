import { StatusError, type Unstructured } from "../apimachinery/index.ts";
import type { AdmissionPlugin, AdmissionRequest } from "./admission.ts";
import type { Call } from "./core.ts";

/** What {@link admit} is told beside the call itself. */
export type AdmissionCase = Pick<AdmissionRequest, "verb" | "name" | "object" | "before" | "subresource">;

/** Runs what may change a write: the plugins that handle the resource, in order, then what the cluster has configured. */
export function admit(call: Call, what: AdmissionCase): Unstructured | undefined {
  if (call.unchecked === true) return what.object;
  const worked = withObject(what, runPlugins(call, what));
  return call.core.steps.mutate(call, worked, (object) => runPlugins(call, withObject(what, object)));
}

/** Lets what may only refuse a write have its word, once the object is complete and valid. */
export function admitValid(call: Call, what: AdmissionCase): void {
  if (call.unchecked === true) return;
  for (const plugin of call.resource.plugins) plugin.check?.(requestOf(call, what), call.core.state);
  call.core.steps.validate(call, what);
}

/**
 * Admission of a subresource with an object of its own, which only concerns what the cluster has configured. `complete` makes of it,
 * as it was changed, what is to be looked at last.
 */
export function admitPart(
  call: Call,
  what: AdmissionCase,
  complete: (changed: Unstructured) => Unstructured = (same) => same,
): Unstructured | undefined {
  if (call.unchecked === true) return what.object;
  const object = call.core.steps.mutate(call, what, (same) => same);
  call.core.steps.validate(call, withObject(what, object === undefined ? undefined : complete(object)));
  return object;
}

/** A case about another object than before. */
export function withObject(what: AdmissionCase, object: Unstructured | undefined): AdmissionCase {
  return object === undefined || object === what.object ? what : { ...what, object };
}

function runPlugins(call: Call, what: AdmissionCase): Unstructured | undefined {
  let object = what.object;
  for (const plugin of call.resource.plugins) object = runPlugin(call, plugin, withObject(what, object)) ?? object;
  return object;
}

/**
 * What one plugin makes of an object. Plugins draw by chance (a Service its address): what a suspended request was given once
 * it is given again, unless it can no longer be had.
 */
function runPlugin(call: Call, plugin: AdmissionPlugin, what: AdmissionCase): Unstructured | undefined {
  const { journal } = call;
  if (journal === undefined || what.object === undefined) return askPlugin(call, plugin, what);
  const key = `plugin/${plugin.name}/${JSON.stringify(what.object)}`;
  const given = journal.kept<Unstructured>(key);
  if (given !== undefined) {
    try {
      return askPlugin(call, plugin, withObject(what, given));
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
    }
  }
  const object = askPlugin(call, plugin, what);
  journal.keep(key, object);
  return object;
}

function askPlugin(call: Call, plugin: AdmissionPlugin, what: AdmissionCase): Unstructured | undefined {
  return plugin.admit(requestOf(call, what), call.core.state);
}

function requestOf({ resource, request, user, options }: Call, what: AdmissionCase): AdmissionRequest {
  const namespace = request.namespace ?? what.object?.metadata.namespace;
  const place = resource.kind.namespaced && namespace !== undefined ? { namespace } : {};
  return { ...what, kind: resource.kind, ...place, user, dryRun: options.dryRun === true };
}
