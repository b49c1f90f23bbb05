import type { Condition } from "../../api/index.ts";
import {
  getPath,
  type Success,
  setCondition,
  setPath,
  statusErrors,
  success,
  unstructured,
} from "../../apimachinery/index.ts";
import { admitPart } from "../admission-chain.ts";
import type { Call } from "../core.ts";
import { existing } from "../verbs/get.ts";
import { commitUpdate } from "../write.ts";

/** POST of a Binding to `pods/binding`: gives a pod its node, once (`pkg/registry/core/pod/storage.BindingREST`). */
export function bind(call: Call): Success {
  const pod = existing(call);
  const { name } = pod.metadata;
  const body = call.request.object;
  const node = getPath(body, ["target", "name"]);
  const kind = getPath(body, ["target", "kind"]) ?? "Node";
  if (typeof node !== "string" || node === "")
    throw statusErrors.invalid({ group: "", kind: "Binding" }, name, [
      { type: "FieldValueRequired", field: "target.name", detail: "" },
    ]);
  if (kind !== "Node" && kind !== "")
    throw statusErrors.invalid({ group: "", kind: "Binding" }, name, [
      {
        type: "FieldValueNotSupported",
        field: "target.kind",
        value: kind,
        detail: 'supported values: "Node", "<empty>"',
      },
    ]);
  if (body !== undefined) {
    const { namespace } = pod.metadata;
    const object = unstructured({ ...body, metadata: { ...body.metadata, ...(namespace ? { namespace } : {}) } });
    admitPart(call, { verb: "create", name, object, subresource: "binding" });
  }
  const conflict = (message: string): Error =>
    statusErrors.conflict({ group: "", plural: "pods/binding" }, name, message);
  if (pod.metadata.deletionTimestamp !== undefined)
    throw conflict(`pod ${name} is being deleted, cannot be assigned to a host`);
  const assigned = getPath(pod, ["spec", "nodeName"]);
  if (typeof assigned === "string" && assigned !== "")
    throw conflict(`pod ${name} is already assigned to node ${JSON.stringify(assigned)}`);
  const gates = getPath(pod, ["spec", "schedulingGates"]);
  if (Array.isArray(gates) && gates.length > 0) throw conflict(`pod ${name} has non-empty .spec.schedulingGates`);
  const conditions = getPath(pod, ["status", "conditions"]) as readonly Condition[] | undefined;
  const scheduled = setCondition(
    conditions,
    { type: "PodScheduled", status: "True" } as Condition,
    call.core.loop.nowMs(),
  );
  const bound = setPath(setPath(pod, ["spec", "nodeName"], node), ["status", "conditions"], scheduled);
  // What a binding writes is no new generation of what was asked for.
  commitUpdate(call, pod, bound);
  return { ...success(), code: 201 };
}
