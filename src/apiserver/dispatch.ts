import {
  type KubeObject,
  type ObjectList,
  type Status,
  type StatusError,
  type Success,
  statusErrors,
  type Unstructured,
} from "../apimachinery/index.ts";
import { admitPart } from "./admission-chain.ts";
import { readBody } from "./body.ts";
import type { Call, Warnings } from "./core.ts";
import { withManagedFields } from "./managed-fields.ts";
import { OTHER_NAMESPACE } from "./metadata.ts";
import { bucketName } from "./resource.ts";
import type { ReviewHandler } from "./reviews.ts";
import { approve } from "./subresources/approval.ts";
import { bind } from "./subresources/binding.ts";
import { evict } from "./subresources/eviction.ts";
import { finalizeNamespace } from "./subresources/finalize.ts";
import { scale } from "./subresources/scale.ts";
import { requestToken } from "./tokens/token-request.ts";
import { create } from "./verbs/create.ts";
import { remove, removeCollection } from "./verbs/delete.ts";
import { get } from "./verbs/get.ts";
import { list } from "./verbs/list.ts";
import { patch } from "./verbs/patch.ts";
import { update } from "./verbs/update.ts";

export type Dispatched = { readonly code: number; readonly object: KubeObject | ObjectList | Status | Success };

type Reviews = Readonly<Record<string, ReviewHandler>>;

/** Carries a request to what serves its verb and subresource. */
export function dispatch(call: Call, reviews: Reviews, warnings: Warnings): Dispatched {
  const { request, resource } = call;
  const { subresource, verb } = request;
  if (subresource !== undefined) return dispatchSubresource(call, subresource, warnings);
  const { verbs } = resource.descriptor;
  if (verbs !== undefined && !verbs.includes(verb)) throw notSupported(call);
  return resource.askedOnly ? { code: 201, object: review(call, reviews, warnings) } : dispatchMain(call, warnings);
}

function dispatchMain(call: Call, warnings: Warnings): Dispatched {
  switch (call.request.verb) {
    case "get":
      return { code: 200, object: get(call) };
    case "list":
      return { code: 200, object: list(call) };
    case "create":
      return { code: 201, object: create(call, warnings) };
    case "update":
      return update(call, warnings);
    case "patch":
      return patch(call, warnings);
    case "delete":
      return remove(call, warnings);
    case "deletecollection":
      return { code: 200, object: removeCollection(call, warnings) };
    case "watch":
      throw statusErrors.badRequest("a watch is no request with one answer");
  }
}

function dispatchSubresource(call: Call, subresource: string, warnings: Warnings): Dispatched {
  const { descriptor, kind } = call.resource;
  const { verb } = call.request;
  if (subresource === "status" && descriptor.status === true) return dispatchPart(call, warnings);
  if (subresource === "scale" && descriptor.scale !== undefined) return { code: 200, object: scale(call, warnings) };
  if (descriptor.subresources?.includes(subresource) !== true) throw statusErrors.noSuchPath();
  if (subresource === "finalize" && call.resource.isNamespace && verb === "update")
    return { code: 200, object: finalizeNamespace(call, warnings) };
  if (verb === "create" && kind.group === "" && kind.plural === "pods") {
    if (subresource === "binding") return { code: 201, object: bind(call) };
    if (subresource === "eviction") return { code: 201, object: evict(call) };
  }
  if (subresource === "token" && verb === "create" && kind.group === "" && kind.plural === "serviceaccounts")
    return { code: 201, object: requestToken(call) };
  if (kind.group === "" && kind.plural === "pods" && PART_OF_POD.includes(subresource))
    return dispatchPart(call, warnings);
  if (subresource === "approval" && kind.group === "certificates.k8s.io")
    return { code: 200, object: approve(call, warnings) };
  throw notSupported(call);
}

/** Of built-in kinds the router knows the verbs, of custom ones their handler. */
function notSupported({ resource, request }: Call): StatusError {
  return resource.custom
    ? statusErrors.methodNotSupported(resource.kind, request.verb)
    : statusErrors.methodNotAllowed();
}

/** Subresources that are the pod itself, written under a narrower right. */
const PART_OF_POD = ["ephemeralcontainers", "resize"];

/** A part of an object, its status for one, under the verbs of the whole that fit a part. */
function dispatchPart(call: Call, warnings: Warnings): Dispatched {
  const { verb } = call.request;
  if (verb === "get" || verb === "update" || verb === "patch") return dispatchMain(call, warnings);
  throw notSupported(call);
}

function review(call: Call, reviews: Reviews, warnings: Warnings): KubeObject | Status | Success {
  const { request, resource } = call;
  const handler = reviews[bucketName(resource.kind)];
  if (handler === undefined || request.object === undefined) throw notSupported(call);
  const object = reviewBody(call, readBody(call, request.object, warnings));
  const { name = "" } = object.metadata;
  return handler(call, admitPart(call, { verb: "create", name, object }) ?? object);
}

/** What is asked, with what every new object has that came through a door. */
function reviewBody(call: Call, body: Unstructured): Unstructured {
  const { namespace } = call.request;
  if (body.metadata.namespace && namespace !== undefined && body.metadata.namespace !== namespace)
    throw statusErrors.badRequest(OTHER_NAMESPACE);
  const placed = namespace === undefined ? body : { ...body, metadata: { ...body.metadata, namespace } };
  const stated = body.metadata.managedFields;
  return withManagedFields(call, { live: undefined, next: placed, stated, origin: "update" });
}
