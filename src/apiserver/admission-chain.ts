import { failure, StatusError, type Unstructured } from "../apimachinery/index.ts";
import type { AdmissionRequest } from "./admission.ts";
import type { Call } from "./core.ts";

/** What {@link admit} is told beside the call itself. */
export type AdmissionCase = Pick<AdmissionRequest, "verb" | "name" | "object" | "before" | "subresource">;

/** Runs the admission plugins that handle the resource, in order; returns the object to go on with. */
export function admit(call: Call, what: AdmissionCase): Unstructured | undefined {
  const { core, resource, request, user, options } = call;
  if (call.unchecked === true) return what.object;
  let object = what.object;
  for (const plugin of resource.plugins) {
    const namespace = request.namespace ?? object?.metadata.namespace;
    const admitted = plugin.admit(
      {
        ...what,
        kind: resource.kind,
        ...(resource.kind.namespaced && namespace !== undefined ? { namespace } : {}),
        ...(object === undefined ? {} : { object }),
        user,
        dryRun: options.dryRun === true,
      },
      core.state,
    );
    object = admitted ?? object;
  }
  return object;
}

/** A 500 whose message is the bare text, as an error without a Status becomes upstream. */
export function plainError(message: string): StatusError {
  return new StatusError(failure("InternalError", message));
}
