import {
  goDecodingError,
  type JsonSchema,
  OBJECT_META,
  parseApiVersion,
  type StatusError,
  statusErrors,
  type Unstructured,
  unstructured,
} from "../../apimachinery/index.ts";
import { isRecord } from "../../std/index.ts";
import { otherKind, reportFields } from "../body.ts";
import type { Call, Warnings } from "../core.ts";

export const SCALE_VERSION = "autoscaling/v1";

const WHOLE: JsonSchema = { type: "integer", format: "int32" };
const TEXT: JsonSchema = { type: "string" };

/** autoscaling/v1 Scale. */
const SCALE: JsonSchema = {
  type: "object",
  "x-go-type": "v1.Scale",
  properties: {
    apiVersion: TEXT,
    kind: TEXT,
    metadata: OBJECT_META,
    spec: { type: "object", "x-go-type": "v1.ScaleSpec", properties: { replicas: WHOLE } },
    status: { type: "object", "x-go-type": "v1.ScaleStatus", properties: { replicas: WHOLE, selector: TEXT } },
  },
};

/** A Scale as a client sent it, decoded as a typed kind is; `refuse` words what is wrong with it. */
export function readScale(
  call: Call,
  body: unknown,
  warnings: Warnings,
  refuse?: (why: string) => StatusError,
): Unstructured {
  if (!isRecord(body)) throw statusErrors.badRequest("the object provided is no object");
  const { apiVersion, kind } = { apiVersion: body.apiVersion || SCALE_VERSION, kind: body.kind || "Scale" };
  const { version } = parseApiVersion(String(apiVersion));
  const stated = { ...body, apiVersion, kind, metadata: body.metadata ?? { name: "" } } as Unstructured;
  const cannotBeHandled = (why: string): StatusError =>
    statusErrors.badRequest(
      `${String(kind)} in version ${JSON.stringify(version)} cannot be handled as a Scale: ${why}`,
    );
  const fail = refuse ?? cannotBeHandled;
  if (apiVersion !== SCALE_VERSION || kind !== "Scale") throw fail(otherKind(call, stated, "autoscaling.Scale"));
  const wrong = goDecodingError(SCALE, stated);
  if (wrong !== undefined) throw fail(wrong);
  const unknown: string[] = [];
  const pruned = call.core.pool
    .compile(SCALE)
    .pruneUnknown(stated, (path) => unknown.push(`unknown field ${JSON.stringify(path)}`));
  reportFields(call, [...(call.request.strictErrors ?? []), ...unknown], warnings, fail);
  return unstructured(pruned);
}
