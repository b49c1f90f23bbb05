import {
  getPath,
  labelSelectorQuery,
  type ObjectPath,
  setPath,
  statusErrors,
  type Unstructured,
  unstructured,
} from "../../apimachinery/index.ts";
import { isRecord } from "../../std/index.ts";
import { admitPart } from "../admission-chain.ts";
import type { Call, Warnings } from "../core.ts";
import { fieldWrite } from "../managed-fields.ts";
import { checkIdentity } from "../metadata.ts";
import { readConfig } from "../verbs/apply.ts";
import { existing } from "../verbs/get.ts";
import { applyPatch, badResult, statedPatch } from "../verbs/patch.ts";
import { updateObject } from "../verbs/update.ts";
import { readScale, SCALE_VERSION } from "./scale-body.ts";

/** GET, PUT and PATCH of `/scale`: the object as an autoscaling/v1 Scale, whose replicas may be set. */
export function scale(call: Call, warnings: Warnings): Unstructured {
  const object = existing(call);
  const { verb, object: body } = call.request;
  if (verb === "get") return shownScale(call, object);
  if (verb === "update") return setScale(call, object, readScale(call, body, warnings));
  if (verb !== "patch")
    throw call.resource.custom
      ? statusErrors.methodNotSupported(call.resource.kind, verb)
      : statusErrors.methodNotAllowed();
  const patch = statedPatch(call);
  if (patch.type === "apply") return applyScale(call, object, readScale(call, readConfig(patch.body), warnings));
  const before = scaleOf(call, object);
  const patched = applyPatch(call, patch, before);
  return setScale(
    call,
    object,
    readScale(call, patched, warnings, (why) => badResult(call, patch, { before, patched, why })),
  );
}

/** A custom resource that states no replicas has no Scale to show, though it can be given some. */
function shownScale(call: Call, object: Unstructured): Unstructured {
  const path = call.resource.descriptor.scale?.specReplicasPath ?? "";
  if (call.resource.custom && getPath(object, fieldPath(path)) === undefined)
    throw statusErrors.internal(`the spec replicas field ${JSON.stringify(path)} does not exist`);
  return scaleOf(call, object);
}

function scaleOf(call: Call, object: Unstructured): Unstructured {
  const paths = scalePaths(call);
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = paths.labelSelector === undefined ? undefined : selectorText(getPath(object, paths.labelSelector));
  return unstructured({
    apiVersion: SCALE_VERSION,
    kind: "Scale",
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    },
    // Go writes no zero here.
    spec: replicasAt(object, paths.spec) === 0 ? {} : { replicas: replicasAt(object, paths.spec) },
    status: {
      replicas: replicasAt(object, paths.status),
      ...(selector === undefined ? {} : { selector }),
    },
  } as Unstructured);
}

function setScale(call: Call, object: Unstructured, wanted: Unstructured): Unstructured {
  checkIdentity(call.resource, object, wanted.metadata);
  const admitted = admitScale(call, object, wanted);
  const replicas = checkedReplicas(call, object, getPath(admitted, ["spec", "replicas"]) ?? 0);
  const scaled = setPath(object, scalePaths(call).spec, replicas);
  return scaleOf(call, updateObject(asMainWrite(call), object, scaled, "scale"));
}

/** An applied Scale is an applied object that states nothing but its replicas. */
function applyScale(call: Call, object: Unstructured, config: Unstructured): Unstructured {
  checkIdentity(call.resource, object, config.metadata);
  const { apiVersion, kind } = object;
  const { name } = object.metadata;
  const replicas = getPath(config, ["spec", "replicas"]);
  const bare = unstructured({ apiVersion, kind, metadata: { name } });
  const stated =
    replicas === undefined ? bare : setPath(bare, scalePaths(call).spec, checkedReplicas(call, object, replicas));
  const seenAs = { apiVersion: SCALE_VERSION, field: ".spec.replicas" };
  const write = { ...fieldWrite(call, "scale"), force: call.options.force === true, seenAs };
  admitScale(call, object, replicas === undefined ? scaleOf(call, object) : config);
  const applied = call.core.fields.apply(object, stated, write);
  return scaleOf(call, applied === object ? object : updateObject(asMainWrite(call), object, applied, "apply"));
}

function checkedReplicas({ resource }: Call, object: Unstructured, replicas: unknown): number {
  if (typeof replicas === "number" && replicas >= 0) return replicas;
  const { name } = object.metadata;
  if (!resource.typed)
    throw statusErrors.invalid(resource.kind, name, [
      {
        type: "FieldValueInvalid",
        field: resource.descriptor.scale?.specReplicasPath ?? "",
        value: replicas,
        detail: "should be a non-negative integer",
      },
    ]);
  throw statusErrors.invalid({ group: "autoscaling", kind: "Scale" }, name, [
    {
      type: "FieldValueInvalid",
      field: "spec.replicas",
      value: replicas,
      detail: "must be greater than or equal to 0",
    },
  ]);
}

/** The write behind a scale is one of the object itself, without the Scale's own body; admission has looked at the Scale. */
function asMainWrite(call: Call): Call {
  const { subresource, ...request } = call.request;
  return { ...call, request: { ...request, verb: "patch" }, unchecked: true };
}

function admitScale(call: Call, object: Unstructured, wanted: Unstructured): Unstructured {
  const { name } = object.metadata;
  const before = scaleOf(call, object);
  // A Scale always tells a number of replicas there are; what comes of it is the object's own.
  const sent = wanted.status === undefined ? { ...wanted, status: { replicas: 0 } } : wanted;
  const result = (scaled: Unstructured): Unstructured =>
    scaleOf(call, setPath(object, scalePaths(call).spec, getPath(scaled, ["spec", "replicas"]) ?? 0));
  return admitPart(call, { verb: "update", name, object: sent, before, subresource: "scale" }, result) ?? wanted;
}

type ScalePaths = { readonly spec: ObjectPath; readonly status: ObjectPath; readonly labelSelector?: ObjectPath };

function scalePaths(call: Call): ScalePaths {
  const declared = call.resource.descriptor.scale;
  if (declared === undefined) throw statusErrors.noSuchPath();
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = declared;
  return {
    spec: fieldPath(specReplicasPath),
    status: fieldPath(statusReplicasPath),
    ...(labelSelectorPath === undefined ? {} : { labelSelector: fieldPath(labelSelectorPath) }),
  };
}

/** `.spec.replicas` as a path; CRDs allow no arrays in these. */
function fieldPath(text: string): ObjectPath {
  return text.split(".").filter((segment) => segment !== "");
}

function replicasAt(object: Unstructured, path: ObjectPath): number {
  const value = getPath(object, path);
  return typeof value === "number" ? value : 0;
}

/** Custom resources keep the selector as text, built-in ones as a LabelSelector. */
function selectorText(selector: unknown): string | undefined {
  if (typeof selector === "string") return selector;
  return isRecord(selector)
    ? labelSelectorQuery(
        selector.matchLabels || selector.matchExpressions
          ? selector
          : { matchLabels: selector as Record<string, string> },
      )
    : undefined;
}
