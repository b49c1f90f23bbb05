import { PersistentVolumeClaim, Pod, VolumeAttachment } from "../../api/index.ts";
import { getPath, parseFieldSelector } from "../../apimachinery/index.ts";
import type { ClusterState } from "../admission.ts";
import type { AuthorizationAttributes } from "../authorization.ts";
import { NODE_RULES } from "../rbac/policy/component-roles.ts";
import { matchRule } from "../rbac/rule-match.ts";
import { namesUsedBy, type ReferredKind } from "./pod-references.ts";

/** Whether a kubelet may, or why not; the reason is empty where nothing in particular is missing. */
type Verdict = "allowed" | { readonly reason: string };
type Question = {
  readonly node: string;
  readonly attributes: AuthorizationAttributes;
  readonly state: ClusterState;
};

const NO: Verdict = { reason: "" };
const LEASES = "kube-node-lease";

/**
 * What a kubelet may do: what nodes may, on objects its own pods use (`plugin/pkg/auth/authorizer/node`). Upstream keeps a graph
 * of what uses what; here the pods of the node are looked through when a kubelet asks.
 */
export function nodeVerdict(question: Question): Verdict {
  const { group, resource, path } = question.attributes;
  const divided = path === undefined ? DIVIDED[`${group}/${resource}`] : undefined;
  if (divided !== undefined) return divided(question);
  return NODE_RULES.some((rule) => matchRule(rule, question.attributes) === "always") ? "allowed" : NO;
}

const DIVIDED: Readonly<Record<string, (question: Question) => Verdict>> = {
  "/secrets": (question) => readOf(question, "secrets"),
  "/configmaps": (question) => readOf(question, "configmaps"),
  "/persistentvolumeclaims": (question) =>
    question.attributes.subresource === "status"
      ? statusOf(question, "persistentvolumeclaims")
      : getOf(question, uses("persistentvolumeclaims")),
  "/persistentvolumes": (question) => getOf(question, usesVolume),
  "resource.k8s.io/resourceclaims": (question) => getOf(question, uses("resourceclaims")),
  "storage.k8s.io/volumeattachments": (question) => getOf(question, attaches),
  "/serviceaccounts": accountOf,
  "coordination.k8s.io/leases": leaseOf,
  "storage.k8s.io/csinodes": csiNodeOf,
  "/nodes": ownNode,
  "/pods": ownPods,
};

type Relation = (question: Question) => boolean;

/** The object is related to the node. */
function related(question: Question, relation: Relation): Verdict {
  const { name = "" } = question.attributes;
  if (name === "") return { reason: "No Object name found" };
  const reason = `no relationship found between node '${question.node}' and this object`;
  return relation(question) ? "allowed" : { reason };
}

function readOf(question: Question, kind: ReferredKind): Verdict {
  const { verb, subresource = "", namespace = "" } = question.attributes;
  if (!["get", "list", "watch"].includes(verb)) return { reason: "can only read resources of this type" };
  if (subresource !== "") return { reason: "cannot read subresource" };
  if (namespace === "") return { reason: "can only read namespaced object of this type" };
  return related(question, uses(kind));
}

function getOf(question: Question, relation: Relation): Verdict {
  const { verb, subresource = "" } = question.attributes;
  if (verb !== "get") return { reason: "can only get individual resources of this type" };
  return subresource === "" ? related(question, relation) : { reason: "cannot get subresource" };
}

function statusOf(question: Question, kind: ReferredKind): Verdict {
  const { verb } = question.attributes;
  if (verb !== "update" && verb !== "patch") return { reason: "can only get/update/patch this type" };
  return related(question, uses(kind));
}

function accountOf(question: Question): Verdict {
  const { verb, subresource = "", name = "" } = question.attributes;
  if (verb === "get" && subresource === "") return readOf(question, "serviceaccounts");
  if (verb !== "create" || name === "") return { reason: "can only create tokens for individual service accounts" };
  if (subresource !== "token") return { reason: "can only create token subresource of serviceaccount" };
  return related(question, uses("serviceaccounts"));
}

const KEPT_BY_NODES: ReadonlySet<string> = new Set(["get", "create", "update", "patch", "delete"]);

function leaseOf({ node, attributes }: Question): Verdict {
  const { verb, namespace, name } = attributes;
  if (!KEPT_BY_NODES.has(verb)) return { reason: "can only get, create, update, patch, or delete a node lease" };
  if (namespace !== LEASES) return { reason: `can only access leases in the "${LEASES}" system namespace` };
  if (verb === "create" || name === node) return "allowed";
  return { reason: "can only access node lease with the same name as the requesting node" };
}

function csiNodeOf({ node, attributes }: Question): Verdict {
  const { verb, subresource = "", name } = attributes;
  if (!KEPT_BY_NODES.has(verb)) return { reason: "can only get, create, update, patch, or delete a CSINode" };
  if (subresource !== "") return { reason: "cannot authorize CSINode subresources" };
  if (verb === "create" || name === node) return "allowed";
  return { reason: "can only access CSINode with the same name as the requesting node" };
}

/** Which node a kubelet writes is for admission to say. */
function ownNode({ node, attributes }: Question): Verdict {
  const { verb, subresource = "", name = "" } = attributes;
  if (subresource === "status") return verb === "update" || verb === "patch" ? "allowed" : NO;
  if (subresource !== "") return NO;
  if (["create", "update", "patch"].includes(verb)) return "allowed";
  if (!["get", "list", "watch"].includes(verb)) return NO;
  if (name === node) return "allowed";
  const what = name === "" ? "all nodes" : `'${name}'`;
  return { reason: `node '${node}' cannot read ${what}, only its own Node object` };
}

function ownPods(question: Question): Verdict {
  const { verb, subresource = "", name = "" } = question.attributes;
  switch (subresource) {
    case "":
      if (verb === "create" || verb === "delete") return "allowed";
      if (verb === "get") return getOf(question, runs);
      if (verb !== "list" && verb !== "watch") return NO;
      if (selectsNode(question)) return "allowed";
      if (name !== "") return related(question, runs);
      return { reason: "can only list/watch pods with spec.nodeName field selector" };
    case "status":
      return verb === "update" || verb === "patch" ? "allowed" : NO;
    case "eviction":
      return verb === "create" ? "allowed" : NO;
    default:
      return NO;
  }
}

function selectsNode({ node, attributes: { fieldSelector } }: Question): boolean {
  if (fieldSelector === undefined || fieldSelector === "") return false;
  return parseFieldSelector(fieldSelector).some(
    ({ field, operator, value }) => field === "spec.nodeName" && operator === "=" && value === node,
  );
}

/** Looks no further than the first pod of the node that will do. */
function somePod({ node, attributes: { namespace }, state }: Question, test: (pod: Pod) => boolean): boolean {
  return state.list(Pod, namespace).some((pod) => pod.spec.nodeName === node && test(pod));
}

function uses(kind: ReferredKind): Relation {
  return (question) => somePod(question, (pod) => namesUsedBy(pod, kind).has(question.attributes.name ?? ""));
}

function runs({ node, attributes: { name = "", namespace }, state }: Question): boolean {
  return state.get(Pod, name, namespace)?.spec.nodeName === node;
}

/** A pod of the node has a claim that is bound to the volume. */
function usesVolume(question: Question): boolean {
  const { attributes, state } = question;
  return somePod(question, (pod) =>
    [...namesUsedBy(pod, "persistentvolumeclaims")].some((claim) => {
      const found = state.get(PersistentVolumeClaim, claim, pod.metadata.namespace);
      return found !== undefined && getPath(found, ["spec", "volumeName"]) === attributes.name;
    }),
  );
}

function attaches({ node, attributes: { name = "" }, state }: Question): boolean {
  const attachment = state.get(VolumeAttachment, name);
  return attachment !== undefined && getPath(attachment, ["spec", "nodeName"]) === node;
}
