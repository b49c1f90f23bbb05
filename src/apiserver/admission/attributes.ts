import type { GroupVersionKind, Unstructured } from "../../apimachinery/index.ts";
import type { AdmissionCase } from "../admission-chain.ts";
import type { Call } from "../core.ts";
import type { User } from "../request.ts";
import type { Resource } from "../resource.ts";

export type Operation = "CREATE" | "UPDATE" | "DELETE" | "CONNECT";

/** One write, or connection, as admission looks at it (`admission.Attributes`). */
export type Attributes = {
  readonly operation: Operation;
  readonly resource: Resource;
  /** Empty for the resource itself. */
  readonly subresource: string;
  /** The kind of `object`, which a subresource may have of its own. */
  readonly kind: GroupVersionKind;
  /** Of a Namespace its own name; empty for other cluster-scoped objects. */
  readonly namespace: string;
  /** Empty when the server is to generate one, and of one of many that are deleted at once. */
  readonly name: string;
  readonly object: Unstructured | undefined;
  readonly oldObject: Unstructured | undefined;
  readonly user: User;
  readonly dryRun: boolean;
  /** CreateOptions, UpdateOptions or DeleteOptions; none of a connection. */
  readonly options: Readonly<Record<string, unknown>> | null;
};

const OPERATIONS: Readonly<Record<AdmissionCase["verb"], Operation>> = {
  create: "CREATE",
  update: "UPDATE",
  delete: "DELETE",
};

/** Kinds of subresources that are not the resource's own. */
const SUBRESOURCE_KINDS: Readonly<Record<string, GroupVersionKind>> = {
  scale: { group: "autoscaling", version: "v1", kind: "Scale" },
  eviction: { group: "policy", version: "v1", kind: "Eviction" },
  binding: { group: "", version: "v1", kind: "Binding" },
  token: { group: "authentication.k8s.io", version: "v1", kind: "TokenRequest" },
};

/** A call, and what it is about to do, as attributes. */
export function attributesOf(call: Call, what: AdmissionCase): Attributes {
  const { resource, request, user, options } = call;
  const { group, version, kind } = resource.kind;
  const { subresource = "", object, before } = what;
  const metadata = (object ?? before)?.metadata;
  const namespace = resource.isNamespace ? what.name : (request.namespace ?? metadata?.namespace ?? "");
  return {
    operation: OPERATIONS[what.verb],
    resource,
    subresource,
    kind: SUBRESOURCE_KINDS[subresource] ?? { group, version, kind },
    namespace: resource.kind.namespaced || resource.isNamespace ? namespace : "",
    name: request.verb === "deletecollection" ? "" : what.name,
    object,
    oldObject: before,
    user,
    dryRun: options.dryRun === true,
    options: operationOptions(call, what),
  };
}

const OPTIONS = { create: "CreateOptions", update: "UpdateOptions", delete: "DeleteOptions" } as const;

/** A patch is told as the create or the update it comes to; a Namespace that goes is always meant by its uid. */
function operationOptions(
  { options, resource }: Call,
  { verb, before }: AdmissionCase,
): Readonly<Record<string, unknown>> {
  const kind = OPTIONS[verb];
  const { fieldManager, statedValidation, dryRun, propagationPolicy, gracePeriodSeconds } = options;
  const { uid } = before?.metadata ?? {};
  const own = resource.isNamespace && uid !== undefined ? { uid } : undefined;
  const preconditions = own === undefined ? options.preconditions : { ...own, ...options.preconditions };
  const isDelete = verb === "delete";
  return {
    kind,
    apiVersion: "meta.k8s.io/v1",
    ...(dryRun === true ? { dryRun: ["All"] } : {}),
    ...(!isDelete && fieldManager !== undefined ? { fieldManager } : {}),
    ...(!isDelete && statedValidation !== undefined ? { fieldValidation: statedValidation } : {}),
    ...(isDelete && propagationPolicy !== undefined ? { propagationPolicy } : {}),
    ...(isDelete && gracePeriodSeconds !== undefined ? { gracePeriodSeconds } : {}),
    ...(isDelete && preconditions !== undefined ? { preconditions } : {}),
  };
}
