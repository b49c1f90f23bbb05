import type { Condition } from "../../api/index.ts";
import { getPath, setPath, statusErrors, type Unstructured } from "../../apimachinery/index.ts";
import { withConditionTimes } from "../admission/certificate-signing.ts";
import { admit, admitValid, withObject } from "../admission-chain.ts";
import { readBody } from "../body.ts";
import type { Call, Warnings } from "../core.ts";
import { checkIdentity } from "../metadata.ts";
import { statusMeta } from "../status-metadata.ts";
import { validate } from "../validation.ts";
import { existing } from "../verbs/get.ts";
import { applyPatch, statedPatch } from "../verbs/patch.ts";
import { writeNext } from "../verbs/update.ts";

/** GET, PUT and PATCH of `certificatesigningrequests/approval`: of what is sent, metadata and conditions are taken. */
export function approve(call: Call, warnings: Warnings): Unstructured {
  const before = existing(call);
  const { verb } = call.request;
  if (verb === "get") return before;
  if (verb !== "update" && verb !== "patch") throw statusErrors.methodNotAllowed();
  const proposed =
    verb === "update"
      ? readBody(call, call.request.object, warnings)
      : (applyPatch(call, statedPatch(call), before) as Unstructured);
  checkIdentity(call.resource, before, proposed.metadata);
  const conditions = getPath(proposed, ["status", "conditions"]);
  const metadata = statusMeta(call.resource, before, proposed);
  const kept = metadata === before.metadata ? before : { ...before, metadata };
  const old = (getPath(before, ["status", "conditions"]) ?? []) as readonly Condition[];
  const dated = withConditionTimes((conditions ?? []) as readonly Condition[], old, call.core.timestamp());
  const object = setPath(kept, ["status", "conditions"], dated);
  const what = { verb: "update", name: before.metadata.name, object, before, subresource: "approval" } as const;
  const admitted = admit(call, what) as Unstructured;
  validate(call, admitted, before);
  admitValid(call, withObject(what, admitted));
  return writeNext(call, before, admitted);
}
