import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { World } from "../../src/index.ts";
import { ask } from "../scenario/door.ts";

const CLUSTERS = "/apis/cluster.karmada.io/v1alpha1/clusters";
const MEMBER = `${CLUSTERS}/member1/proxy`;
const POLICIES = "/apis/policy.karmada.io/v1alpha1/namespaces/default/propagationpolicies";
const TABLE =
  "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";
const DISCOVERY =
  "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";
const MERGE = "application/merge-patch+json";

const workload = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: main, image: busybox, command: [sh, -c, "echo started; sleep 3600"]}]}
---
apiVersion: policy.karmada.io/v1alpha1
kind: PropagationPolicy
metadata: {name: web}
spec:
  resourceSelectors: [{apiVersion: apps/v1, kind: Deployment, name: web}]
  placement: {clusterAffinity: {clusterNames: [member1, member2]}}
`;

const map = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "one", namespace: "default" }, data: { a: "b" } };
const policy = {
  apiVersion: "policy.karmada.io/v1alpha1",
  kind: "PropagationPolicy",
  metadata: { name: "one-75f5f4f477", namespace: "default" },
  spec: {
    placement: { clusterAffinity: { clusterNames: ["member1"] } },
    resourceSelectors: [{ apiVersion: "v1", kind: "ConfigMap", name: "one", namespace: "default" }],
  },
};
const token = {
  metadata: { name: "bootstrap-token-abcdef", namespace: "kube-system" },
  data: { "token-id": "YWJjZGVm", "token-secret": "MDEyMzQ1Njc4OWFiY2RlZg==" },
  type: "bootstrap.kubernetes.io/token",
};

type Request = {
  readonly command: string;
  readonly request: string;
  readonly accept?: string;
  readonly type?: string;
  readonly body?: unknown;
  readonly code: number;
  /** What must be in the answer. */
  readonly answer?: object;
  readonly text?: RegExp;
};

/** What karmadactl 1.18 sends, command by command, with `POD` for the name of the pod in member1. */
const requests: readonly Request[] = [
  {
    command: "get clusters",
    request: "GET /apis?timeout=32s",
    accept: DISCOVERY,
    code: 200,
    answer: { kind: "APIGroupDiscoveryList" },
  },
  {
    command: "get clusters",
    request: `GET ${CLUSTERS}?limit=500`,
    accept: TABLE,
    code: 200,
    answer: {
      kind: "Table",
      columnDefinitions: ["Name", "Version", "Mode", "Ready", "Age"]
        .map((name) => expect.objectContaining({ name, priority: 0 }))
        .concat(
          ["Zones", "Region", "Provider", "API-Endpoint", "Proxy-URL"].map((name) =>
            expect.objectContaining({ name, priority: 1 }),
          ),
        ),
      rows: [
        expect.objectContaining({ cells: expect.arrayContaining(["member1", "v1.34.0", "Push", "True"]) }),
        expect.objectContaining({ cells: expect.arrayContaining(["member2", "v1.34.0", "Push", "True"]) }),
      ],
    },
  },
  {
    command: "get deploy -s all",
    request: `GET ${CLUSTERS}/member1`,
    code: 200,
    answer: { kind: "Cluster", metadata: expect.objectContaining({ name: "member1" }) },
  },
  {
    command: "get deploy -s all",
    request: `GET ${MEMBER}/api`,
    code: 200,
    answer: { kind: "APIVersions", versions: ["v1"] },
  },
  {
    command: "get deploy -s all",
    request: `GET ${MEMBER}/api?timeout=32s`,
    accept: DISCOVERY,
    code: 200,
    answer: { kind: "APIGroupDiscoveryList" },
  },
  {
    command: "get deploy -s all",
    request: `GET ${MEMBER}/apis?timeout=32s`,
    accept: DISCOVERY,
    code: 200,
    answer: { kind: "APIGroupDiscoveryList" },
  },
  {
    command: "get deploy -s all",
    request: `GET ${MEMBER}/apis/apps/v1/namespaces/default/deployments?limit=500`,
    accept: TABLE,
    code: 200,
    answer: {
      kind: "Table",
      // ADOPTION is read off this label.
      rows: [
        expect.objectContaining({
          object: expect.objectContaining({
            metadata: expect.objectContaining({ labels: expect.objectContaining({ "karmada.io/managed": "true" }) }),
          }),
        }),
      ],
    },
  },
  {
    command: "get pods -s members -l app=web",
    request: `GET ${MEMBER}/api/v1/namespaces/default/pods?labelSelector=app%3Dweb&limit=500`,
    accept: TABLE,
    code: 200,
    answer: { rows: [expect.objectContaining({ cells: expect.arrayContaining(["1/1", "Running"]) })] },
  },
  {
    command: "get cm none -s members",
    request: `GET ${MEMBER}/api/v1/namespaces/default/configmaps/none`,
    accept: TABLE,
    code: 404,
    answer: { reason: "NotFound", message: 'configmaps "none" not found' },
  },
  {
    command: "describe -s members",
    request: `GET ${MEMBER}/api/v1/namespaces/default/events?fieldSelector=involvedObject.name%3Dweb%2CinvolvedObject.namespace%3Ddefault%2CinvolvedObject.kind%3DDeployment&limit=500`,
    code: 200,
    answer: { kind: "EventList", items: [expect.objectContaining({ reason: "ScalingReplicaSet" })] },
  },
  {
    command: "logs -C member1",
    request: `GET ${MEMBER}/api/v1/namespaces/default/pods/POD`,
    code: 200,
    answer: { kind: "Pod" },
  },
  {
    command: "logs -C member1",
    request: `GET ${MEMBER}/api/v1/namespaces/default/pods/POD/log?container=main`,
    code: 200,
    text: /^started\n$/,
  },
  {
    command: "exec --cluster member1, as an ordinary request",
    request: `POST ${MEMBER}/api/v1/namespaces/default/pods/POD/exec?command=true&container=main&stderr=true&stdout=true`,
    code: 400,
    text: /unable to upgrade/,
  },
  {
    command: "top pods",
    request: `GET ${MEMBER}/apis`,
    code: 200,
    answer: {
      groups: expect.arrayContaining([
        expect.objectContaining({
          name: "metrics.k8s.io",
          preferredVersion: { groupVersion: "metrics.k8s.io/v1beta1", version: "v1beta1" },
        }),
      ]),
    },
  },
  {
    command: "top pods",
    request: `GET ${MEMBER}/apis/metrics.k8s.io/v1beta1/namespaces/default/pods`,
    code: 200,
    answer: {
      kind: "PodMetricsList",
      items: [
        expect.objectContaining({
          containers: [
            { name: "main", usage: { cpu: expect.stringMatching(/^\d+n$/), memory: expect.stringMatching(/^\d+Ki$/) } },
          ],
        }),
      ],
    },
  },
  {
    command: "top nodes",
    request: `GET ${MEMBER}/apis/metrics.k8s.io/v1beta1/nodes`,
    code: 200,
    answer: {
      kind: "NodeMetricsList",
      items: [expect.objectContaining({ metadata: expect.objectContaining({ name: "member1-control-plane" }) })],
    },
  },
  {
    command: "top pods",
    request: `GET ${MEMBER}/api/v1/namespaces/default/pods`,
    code: 200,
    answer: { kind: "PodList", items: [expect.objectContaining({ spec: expect.anything() })] },
  },
  {
    command: "explain deployment -s members --cluster=member1",
    request: `GET ${MEMBER}/openapi/v3?timeout=32s`,
    code: 200,
    answer: { paths: expect.objectContaining({ "apis/apps/v1": expect.anything() }) },
  },
  {
    command: "explain deployment -s members --cluster=member1",
    request: `GET ${MEMBER}/openapi/v3/apis/apps/v1?timeout=32s`,
    code: 200,
    answer: {
      components: { schemas: expect.objectContaining({ "io.k8s.api.apps.v1.Deployment": expect.anything() }) },
    },
  },
  {
    command: "promote configmap settings -C member1",
    request: `GET ${POLICIES}/settings-75f5f4f477`,
    code: 404,
    answer: { reason: "NotFound" },
  },
  {
    command: "cordon",
    request: `PATCH ${CLUSTERS}/member1`,
    type: MERGE,
    body: { spec: { taints: [{ effect: "NoSchedule", key: "cluster.karmada.io/unschedulable" }] } },
    code: 200,
    answer: {
      spec: expect.objectContaining({ taints: [{ effect: "NoSchedule", key: "cluster.karmada.io/unschedulable" }] }),
    },
  },
  {
    command: "uncordon",
    request: `PATCH ${CLUSTERS}/member1`,
    type: MERGE,
    body: { spec: { taints: null } },
    code: 200,
    answer: { spec: expect.not.objectContaining({ taints: expect.anything() }) },
  },
  {
    command: "apply -C member1",
    request: "GET /openapi/v3?timeout=32s",
    code: 200,
    answer: { paths: expect.objectContaining({ "api/v1": expect.anything() }) },
  },
  { command: "apply -C member1", request: "GET /api/v1/namespaces/default/configmaps/one", code: 404 },
  {
    command: "apply -C member1",
    request: "POST /api/v1/namespaces/default/configmaps?fieldManager=kubectl-client-side-apply&fieldValidation=Strict",
    body: map,
    code: 201,
  },
  { command: "apply -C member1", request: `GET ${POLICIES}/one-75f5f4f477`, code: 404 },
  {
    command: "apply -C member1",
    request: `POST ${POLICIES}?fieldManager=kubectl-client-side-apply&fieldValidation=Strict`,
    body: policy,
    code: 201,
    answer: { spec: expect.objectContaining({ conflictResolution: "Abort" }) },
  },
  { command: "token create", request: "GET /api/v1/namespaces/kube-system/secrets/bootstrap-token-abcdef", code: 404 },
  {
    command: "token create",
    request: "POST /api/v1/namespaces/kube-system/secrets",
    body: { apiVersion: "v1", kind: "Secret", ...token },
    code: 201,
  },
  {
    command: "token list",
    request: "GET /api/v1/namespaces/kube-system/secrets?fieldSelector=type%3Dbootstrap.kubernetes.io%2Ftoken",
    code: 200,
    answer: { items: [expect.objectContaining({ type: "bootstrap.kubernetes.io/token" })] },
  },
  {
    command: "get apiservices",
    request: "GET /apis/apiregistration.k8s.io/v1/apiservices/v1alpha1.cluster.karmada.io",
    accept: TABLE,
    code: 200,
    answer: {
      rows: [
        expect.objectContaining({
          cells: expect.arrayContaining(["karmada-system/karmada-aggregated-apiserver", "True"]),
        }),
      ],
    },
  },
];

describe("the requests of karmadactl", () => {
  let world: World;
  let pod = "";
  beforeAll(async () => {
    world = await World.create({ members: [{ name: "member1" }, { name: "member2" }] });
    await world.host.apply(workload);
    await world.settle();
    const [first] = await world.member("member1").list("pods", { namespace: "default" });
    pod = first?.metadata.name ?? "";
  });
  afterAll(() => world.stop());

  it.each(requests)("$command: $request", ({ request, accept, type, body, code, answer, text }) => {
    const headers = {
      ...(accept === undefined ? {} : { accept }),
      ...(type === undefined ? {} : { "content-type": type }),
    };
    const told = ask(world.httpHandler("host"), request.replace("POD", pod), {
      headers,
      ...(body === undefined ? {} : { body }),
    });
    expect(told.code, told.text()).toBe(code);
    if (answer !== undefined) expect(told.json()).toMatchObject(answer);
    if (text !== undefined) expect(told.text()).toMatch(text);
  });
});
