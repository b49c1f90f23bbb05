import { getPath, setPath, type Unstructured } from "../../apimachinery/index.ts";
import { readBody } from "../body.ts";
import type { Call, Warnings } from "../core.ts";
import { checkIdentity } from "../metadata.ts";
import { existing } from "../verbs/get.ts";
import { writeNext } from "../verbs/update.ts";

/** PUT of `namespaces/finalize`: sets `spec.finalizers`, and with the last of them removes a terminating Namespace. */
export function finalizeNamespace(call: Call, warnings: Warnings): Unstructured {
  const before = existing(call);
  const proposed = readBody(call, call.request.object, warnings);
  checkIdentity(call.resource, before, proposed.metadata);
  const finalizers = getPath(proposed, ["spec", "finalizers"]);
  const kept = Array.isArray(finalizers) && finalizers.length > 0 ? finalizers : undefined;
  return writeNext(call, before, setPath(before, ["spec", "finalizers"], kept));
}
