import { CSINode, Lease, Node, PersistentVolumeClaim, Pod, ServiceAccount } from "../../api/index.ts";
import { getPath, kindKey, statusErrors, type Unstructured } from "../../apimachinery/index.ts";
import { deepEqual, isRecord } from "../../std/index.ts";
import type { AdmissionPlugin, AdmissionRequest, ClusterState } from "../admission.ts";
import type { Call } from "../core.ts";
import { nodeOf } from "./node-identity.ts";

type Check = (node: string, request: AdmissionRequest, state: ClusterState) => string | undefined;

const MIRROR = "kubernetes.io/config.mirror";
const LEASES = "kube-node-lease";

/** Kubelets change what is theirs: their node, lease and CSINode, and the pods bound to them (`plugin/pkg/admission/noderestriction`). */
export const nodeRestriction: AdmissionPlugin = {
  name: "NodeRestriction",
  handles: (kind) => CHECKS.has(kindKey(kind)),
  admit: (request, state) => {
    const node = nodeOf(request.user);
    const wrong = node === undefined ? undefined : CHECKS.get(kindKey(request.kind))?.(node, request, state);
    if (wrong !== undefined) throw statusErrors.forbidden(request.kind, request.name, wrong);
    return request.object;
  },
};

/** The same about a subresource that has an object of its own. */
export function restrictPart(call: Call, subresource: "eviction" | "token", object: Unstructured | undefined): void {
  const { core, user, resource } = call;
  const { name = "", namespace } = call.request;
  if (core.access === undefined) return;
  const what = { verb: "create", kind: resource.kind, name, subresource, user, dryRun: false } as const;
  const where = namespace === undefined ? {} : { namespace };
  nodeRestriction.admit({ ...what, ...where, ...(object === undefined ? {} : { object }) }, core.state);
}

const checkPod: Check = (node, request, state) => {
  switch (request.subresource ?? "") {
    case "":
      return checkWholePod(node, request, state);
    case "status":
      return checkPodStatus(node, request);
    case "eviction":
      return isOf(node, state.get(Pod, request.name, request.namespace))
        ? undefined
        : `node ${node} can only evict pods with spec.nodeName set to itself`;
    default:
      return `unexpected pod subresource ${JSON.stringify(request.subresource)}, only 'status' and 'eviction' are allowed`;
  }
};

const checkWholePod: Check = (node, { verb, object, before, name, namespace }, state) => {
  const quoted = JSON.stringify(node);
  if (verb === "create") return mirrorProblem(node, object, state);
  if (verb === "delete")
    return isOf(node, before ?? state.get(Pod, name, namespace))
      ? undefined
      : `node ${quoted} can only delete pods with spec.nodeName set to itself`;
  return `unexpected operation "UPDATE", node ${quoted} can only create and delete mirror pods`;
};

function isOf(node: string, pod: unknown): boolean {
  return getPath(pod, ["spec", "nodeName"]) === node;
}

function mirrorProblem(node: string, pod: Unstructured | undefined, state: ClusterState): string | undefined {
  const quoted = JSON.stringify(node);
  const only = `node ${quoted} can only create pods with`;
  if (pod?.metadata.annotations?.[MIRROR] === undefined)
    return `pod does not have ${JSON.stringify(MIRROR)} annotation, node ${quoted} can only create mirror pods`;
  if (!isOf(node, pod)) return `${only} spec.nodeName set to itself`;
  const owners = pod.metadata.ownerReferences ?? [];
  const [owner] = owners;
  if (owners.length > 1) return `${only} a single owner reference set to itself`;
  if (owner === undefined || owner.apiVersion !== "v1" || owner.kind !== "Node" || owner.name !== node)
    return `${only} an owner reference set to itself`;
  if (owner.controller !== true) return `${only} a controller owner reference set to itself`;
  if (owner.blockOwnerDeletion === true) return `node ${quoted} must not set blockOwnerDeletion on an owner reference`;
  const uid = state.get(Node, node)?.metadata.uid;
  if (uid === undefined) throw statusErrors.notFound(Node, node);
  return owner.uid === uid ? undefined : `node ${node} UID mismatch: expected ${owner.uid} got ${uid}`;
}

function checkPodStatus(node: string, { before, object }: AdmissionRequest): string | undefined {
  const quoted = JSON.stringify(node);
  if (!isOf(node, before)) return `node ${quoted} can only update pod status for pods with spec.nodeName set to itself`;
  if (!deepEqual(before?.metadata.labels ?? {}, object?.metadata.labels ?? {}))
    return `node ${quoted} cannot update labels through pod status`;
  const claims = (pod: unknown): unknown => getPath(pod, ["status", "resourceClaimStatuses"]) ?? [];
  return deepEqual(claims(before), claims(object)) ? undefined : `node ${quoted} cannot update resource claim statues`;
}

const checkNode: Check = (node, { verb, name, object, before }) => {
  const quoted = JSON.stringify(node);
  if (name !== node) return `node ${quoted} is not allowed to modify node ${JSON.stringify(name)}`;
  if (verb === "delete" || object === undefined) return undefined;
  if (before !== undefined && !deepEqual(taintsOf(object), taintsOf(before)))
    return `node ${quoted} is not allowed to modify taints`;
  if (before !== undefined && !deepEqual(object.metadata.ownerReferences ?? [], before.metadata.ownerReferences ?? []))
    return `node ${quoted} is not allowed to modify ownerReferences`;
  const wrong = changedLabels(object, before).filter(isReserved).sort().join(", ");
  if (wrong === "") return undefined;
  return before === undefined
    ? `node ${quoted} is not allowed to set the following labels: ${wrong}`
    : `is not allowed to modify labels: ${wrong}`;
};

function taintsOf(node: Unstructured): unknown {
  return getPath(node, ["spec", "taints"]) ?? [];
}

function changedLabels(after: Unstructured, before: Unstructured | undefined): readonly string[] {
  const [now, earlier] = [after.metadata.labels ?? {}, before?.metadata.labels ?? {}];
  return [...new Set([...Object.keys(now), ...Object.keys(earlier)])].filter((label) => now[label] !== earlier[label]);
}

/** Labels kubelets may give their nodes, of those in Kubernetes' own domains (`pkg/kubelet/apis.IsKubeletLabel`). */
const KUBELET_LABELS: ReadonlySet<string> = new Set([
  ...["kubernetes.io/hostname", "kubernetes.io/os", "kubernetes.io/arch", "beta.kubernetes.io/os"],
  ...["beta.kubernetes.io/arch", "beta.kubernetes.io/instance-type", "node.kubernetes.io/instance-type"],
  ...["topology.kubernetes.io/zone", "topology.kubernetes.io/region"],
  ...["failure-domain.beta.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/region"],
]);
const KUBELET_DOMAINS = ["kubelet.kubernetes.io", "node.kubernetes.io"];
const KUBERNETES_DOMAINS = ["kubernetes.io", "k8s.io"];
const RESTRICTED_DOMAINS = ["node-restriction.kubernetes.io"];

function isReserved(label: string): boolean {
  const [domain = ""] = label.includes("/") ? label.split("/") : [];
  const isWithin = (domains: readonly string[]): boolean =>
    domains.some((one) => domain === one || domain.endsWith(`.${one}`));
  if (isWithin(RESTRICTED_DOMAINS)) return true;
  return isWithin(KUBERNETES_DOMAINS) && !KUBELET_LABELS.has(label) && !isWithin(KUBELET_DOMAINS);
}

const checkLease: Check = (node, { namespace, name }) => {
  if (namespace !== LEASES) return `can only access leases in the "${LEASES}" system namespace`;
  return name === node ? undefined : "can only access node lease with the same name as the requesting node";
};

const checkCsiNode: Check = (node, { name }) =>
  name === node ? undefined : "can only access CSINode with the same name as the requesting node";

/** A claim's status may have its capacity, conditions and allocated resources changed, and nothing else. */
const checkClaim: Check = (node, { verb, subresource, object, before }) => {
  if (subresource !== "status") return "may only update PVC status";
  if (verb !== "update") return `unexpected operation ${JSON.stringify(verb.toUpperCase())}`;
  const rest = (claim: Unstructured | undefined): unknown => {
    const status = isRecord(claim?.status) ? claim.status : {};
    const { capacity: _, conditions: __, allocatedResources: ___, allocatedResourceStatuses: ____, ...more } = status;
    return { spec: claim?.spec, status: more };
  };
  return deepEqual(rest(object), rest(before))
    ? undefined
    : `node ${JSON.stringify(node)} is not allowed to update fields other than status.quantity and status.conditions`;
};

/** Tokens are for the pods of the node, and bound to them. */
const checkToken: Check = (node, { subresource, object, namespace }, state) => {
  if (subresource !== "token") return undefined;
  const ref = getPath(object, ["spec", "boundObjectRef"]);
  const { apiVersion, kind, name, uid } = isRecord(ref) ? ref : {};
  if (apiVersion !== "v1" || kind !== "Pod" || typeof name !== "string" || name === "")
    return "node requested token not bound to a pod";
  if (typeof uid !== "string" || uid === "") return "node requested token with a pod binding without a uid";
  const pod = state.get(Pod, name, namespace);
  if (pod === undefined) throw statusErrors.notFound(Pod, name);
  if (pod.metadata.uid !== uid)
    return `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`;
  return isOf(node, pod) ? undefined : "node requested token bound to a pod scheduled on a different node";
};

const CHECKS: ReadonlyMap<string, Check> = new Map([
  [kindKey(Pod), checkPod],
  [kindKey(Node), checkNode],
  [kindKey(Lease), checkLease],
  [kindKey(CSINode), checkCsiNode],
  [kindKey(PersistentVolumeClaim), checkClaim],
  [kindKey(ServiceAccount), checkToken],
]);
