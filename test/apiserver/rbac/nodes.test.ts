import { describe, expect, it } from "vitest";
import { Node, Pod, ServiceAccount } from "../../../src/api/index.ts";
import { createTokenSigner } from "../../../src/serving/index.ts";
import { door } from "../door.ts";
import { object } from "../fixture.ts";
import { rbacCluster } from "./cluster.ts";

const made = rbacCluster({ tokenSigner: createTokenSigner() });
const { json } = door(made);
const KUBELET = { "impersonate-user": "system:node:n1", "impersonate-group": "system:nodes" };

for (const name of ["n1", "n2"]) made.good({ verb: "create", kind: Node, object: object("v1", "Node", { name }) });
made.good({
  verb: "create",
  kind: ServiceAccount,
  object: object("v1", "ServiceAccount", { name: "default", namespace: "team" }),
});
for (const [name, nodeName] of [
  ["p1", "n1"],
  ["p2", "n2"],
] as const)
  made.good({
    verb: "create",
    kind: Pod,
    object: object(
      "v1",
      "Pod",
      { name, namespace: "team" },
      {
        spec: {
          nodeName,
          imagePullSecrets: [{ name: `pull-${name}` }],
          containers: [
            {
              name: "c",
              image: "x",
              env: [{ name: "A", valueFrom: { secretKeyRef: { name: `env-${name}`, key: "k" } } }],
            },
          ],
          volumes: [
            { name: "s", secret: { secretName: `file-${name}` } },
            { name: "p", projected: { sources: [{ configMap: { name: `map-${name}` } }] } },
            { name: "v", persistentVolumeClaim: { claimName: `claim-${name}` } },
          ],
        },
      },
    ),
  });
const uidOf = (name: string): string =>
  made.good({ verb: "get", kind: Pod, namespace: "team", name }).metadata.uid ?? "";

const TEAM = "/api/v1/namespaces/team";
const LEASES = "/apis/coordination.k8s.io/v1/namespaces";

/** What is said to the kubelet of n1; `ok` where nothing is in its way (the object itself may be absent). */
function told(method: string, path: string, body?: object, headers: Record<string, string> = {}): string {
  const { code, message } = json(method, path, body, { ...KUBELET, ...headers });
  return code === 403
    ? String(message).replace(/^.*?(?:: |forbidden: )(?=node|pod|can|no rel|No Obj|is not)/s, "")
    : "ok";
}

const NO_RELATION = "no relationship found between node 'n1' and this object";

describe("a kubelet reads what its pods use", () => {
  it.each([
    [`${TEAM}/secrets/pull-p1`, "ok"],
    [`${TEAM}/secrets/env-p1`, "ok"],
    [`${TEAM}/secrets/file-p1`, "ok"],
    [`${TEAM}/configmaps/map-p1`, "ok"],
    [`${TEAM}/configmaps?fieldSelector=metadata.name%3Dmap-p1`, "ok"],
    [`${TEAM}/persistentvolumeclaims/claim-p1`, "ok"],
    [`${TEAM}/pods/p1`, "ok"],
    [`${TEAM}/pods?fieldSelector=spec.nodeName%3Dn1`, "ok"],
    ["/api/v1/nodes/n1", "ok"],
    [`${TEAM}/services`, "ok"],
    [`${TEAM}/secrets/file-p2`, NO_RELATION],
    [`${TEAM}/configmaps/map-p2`, NO_RELATION],
    [`${TEAM}/persistentvolumeclaims/claim-p2`, NO_RELATION],
    [`${TEAM}/pods/p2`, NO_RELATION],
    [`${TEAM}/pods?fieldSelector=spec.nodeName%3Dn2`, "can only list/watch pods with spec.nodeName field selector"],
    [`${TEAM}/secrets`, "No Object name found"],
    ["/api/v1/secrets", "can only read namespaced object of this type"],
    ["/api/v1/nodes", "node 'n1' cannot read all nodes, only its own Node object"],
    ["/api/v1/nodes/n2", "node 'n1' cannot read 'n2', only its own Node object"],
    ["/api/v1/persistentvolumes", "can only get individual resources of this type"],
    [`${LEASES}/team/leases/n1`, 'can only access leases in the "kube-node-lease" system namespace'],
    [`${LEASES}/kube-node-lease/leases/n2`, "can only access node lease with the same name as the requesting node"],
    ["/apis/storage.k8s.io/v1/csinodes/n2", "can only access CSINode with the same name as the requesting node"],
  ])("%s", (path, expected) => {
    expect(told("GET", path)).toBe(expected);
  });
});

const MERGE = { "content-type": "application/merge-patch+json" };
const pod = (more: object, metadata: object = {}): object => ({
  ...{ apiVersion: "v1", kind: "Pod", metadata: { name: "m", ...metadata } },
  spec: { containers: [{ name: "c", image: "x" }], ...more },
});
const mirror = { annotations: { "kubernetes.io/config.mirror": "x" } };

describe("a kubelet writes what is its own", () => {
  it.each<[string, string, object, string]>([
    ["PATCH", "/api/v1/nodes/n1", { metadata: { labels: { mine: "x" } } }, "ok"],
    [
      "PATCH",
      "/api/v1/nodes/n2",
      { metadata: { labels: { mine: "x" } } },
      'node "n1" is not allowed to modify node "n2"',
    ],
    [
      "PATCH",
      "/api/v1/nodes/n1",
      { spec: { taints: [{ key: "a", effect: "NoSchedule" }] } },
      'node "n1" is not allowed to modify taints',
    ],
    [
      "PATCH",
      "/api/v1/nodes/n1",
      {
        metadata: {
          labels: { "node-restriction.kubernetes.io/x": "1", "kubernetes.io/y": "2", "kubelet.kubernetes.io/z": "3" },
        },
      },
      "is not allowed to modify labels: kubernetes.io/y, node-restriction.kubernetes.io/x",
    ],
    ["PATCH", `${TEAM}/pods/p1/status`, { status: { phase: "Running" } }, "ok"],
    [
      "PATCH",
      `${TEAM}/pods/p2/status`,
      { status: { phase: "Running" } },
      'node "n1" can only update pod status for pods with spec.nodeName set to itself',
    ],
    ["DELETE", `${TEAM}/pods/p2`, {}, 'node "n1" can only delete pods with spec.nodeName set to itself'],
    [
      "POST",
      `${TEAM}/pods`,
      pod({}),
      'pod does not have "kubernetes.io/config.mirror" annotation, node "n1" can only create mirror pods',
    ],
    ["POST", `${TEAM}/pods`, pod({}, mirror), 'node "n1" can only create pods with spec.nodeName set to itself'],
    [
      "POST",
      `${TEAM}/pods`,
      pod({ nodeName: "n1" }, mirror),
      'node "n1" can only create pods with an owner reference set to itself',
    ],
    [
      "POST",
      `${TEAM}/pods/p2/eviction`,
      { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: "p2" } },
      "node n1 can only evict pods with spec.nodeName set to itself",
    ],
  ])("%s %s %j", (method, path, body, expected) => {
    expect(told(method, path, body, method === "PATCH" ? MERGE : {})).toBe(expected);
  });

  it.each<[string, () => object | null, string]>([
    ["nothing", () => null, "node requested token not bound to a pod"],
    ["a pod by its name", () => ({ name: "p1" }), "node requested token with a pod binding without a uid"],
    [
      "a pod elsewhere",
      () => ({ name: "p2", uid: uidOf("p2") }),
      "node requested token bound to a pod scheduled on a different node",
    ],
    ["a pod of its own", () => ({ name: "p1", uid: uidOf("p1") }), "ok"],
  ])("asks for tokens bound to %s", (_what, ref, expected) => {
    const bound = ref();
    const boundObjectRef = bound === null ? null : { apiVersion: "v1", kind: "Pod", ...bound };
    const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { boundObjectRef } };
    expect(told("POST", `${TEAM}/serviceaccounts/default/token`, body)).toBe(expected);
  });
});
