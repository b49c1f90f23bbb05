import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../src/apimachinery/index.ts";
import { given, printed } from "./built-in.ts";

const BORN = "2026-01-01T00:00:00Z";
const NOW = "2026-01-01T00:01:05Z";
const container = { name: "nginx-container", image: "nginx:latest" };
const labels = { app: "simple" };
const workload = {
  selector: { matchLabels: labels },
  template: { metadata: { labels }, spec: { containers: [container] } },
};

function born(kind: string, fields: Record<string, unknown>): KubeObject {
  const { metadata, ...rest } = fields;
  return given(kind, { metadata: { creationTimestamp: BORN, ...(metadata as object) }, ...rest });
}

describe("kubectl get", () => {
  it("S0-28 a DaemonSet", () => {
    const status = {
      desiredNumberScheduled: 2,
      currentNumberScheduled: 2,
      numberReady: 2,
      updatedNumberScheduled: 2,
      numberAvailable: 2,
    };
    const row = printed(born("DaemonSet", { spec: workload, status }), NOW);
    expect(Object.entries(row)).toEqual([
      ["Desired", 2],
      ["Current", 2],
      ["Ready", 2],
      ["Up-to-date", 2],
      ["Available", 2],
      ["Node Selector", "<none>"],
      ["Age", "65s"],
      ["Containers", "nginx-container"],
      ["Images", "nginx:latest"],
      ["Selector", "app=simple"],
    ]);
  });

  it("a Deployment", () => {
    const status = { readyReplicas: 2, updatedReplicas: 3, availableReplicas: 1 };
    expect(printed(born("Deployment", { spec: { ...workload, replicas: 3 }, status }), NOW)).toMatchObject({
      Ready: "2/3",
      "Up-to-date": 3,
      Available: 1,
      Age: "65s",
    });
  });

  it("a Service of each type", () => {
    const ports = [
      { port: 80, protocol: "TCP", nodePort: 30080 },
      { port: 53, protocol: "UDP" },
    ];
    const service = (spec: object, status = {}): unknown =>
      printed(born("Service", { spec: { ports, ...spec }, status }), NOW);
    expect(service({ type: "NodePort", clusterIP: "10.0.0.1" })).toMatchObject({
      "Cluster-IP": "10.0.0.1",
      "External-IP": "<none>",
      "Port(s)": "80:30080/TCP,53/UDP",
      Selector: "<none>",
    });
    expect(service({ type: "LoadBalancer" })).toMatchObject({ "Cluster-IP": "<none>", "External-IP": "<pending>" });
    expect(service({ type: "LoadBalancer" }, { loadBalancer: { ingress: [{ ip: "1.2.3.4" }] } })).toMatchObject({
      "External-IP": "1.2.3.4",
    });
    expect(service({ type: "ExternalName", externalName: "example.com", ports: [] })).toMatchObject({
      "External-IP": "example.com",
      "Port(s)": "<none>",
    });
  });

  it("S3-02 Endpoints, three and how many more", () => {
    const addresses = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5"].map((ip) => ({ ip }));
    expect(printed(born("Endpoints", { subsets: [{ addresses, ports: [{ port: 9376 }] }] }), NOW)).toMatchObject({
      Endpoints: "10.0.0.1:9376,10.0.0.2:9376,10.0.0.3:9376 + 2 more...",
    });
    expect(printed(born("Endpoints", {}), NOW)).toMatchObject({ Endpoints: "<none>" });
  });

  it("a Job and a CronJob, with the columns of the cluster's version", () => {
    const job = born("Job", {
      spec: { completions: 3, template: { spec: { containers: [container] } } },
      status: { startTime: BORN, succeeded: 1 },
    });
    expect(printed(job, NOW)).toMatchObject({ Status: "Running", Completions: "1/3", Duration: "65s" });
    expect(printed(job, NOW, 26)).not.toHaveProperty("Status");
    const cronJob = born("CronJob", {
      spec: {
        schedule: "*/1 * * * 1-5",
        suspend: false,
        jobTemplate: { spec: { template: { spec: { containers: [] } } } },
      },
    });
    expect(Object.keys(printed(cronJob, NOW, 26)).slice(0, 5)).toEqual([
      "Schedule",
      "Suspend",
      "Active",
      "Last Schedule",
      "Age",
    ]);
    expect(printed(cronJob, NOW)).toMatchObject({
      Timezone: "<none>",
      Suspend: "False",
      Active: 0,
      "Last Schedule": "<none>",
    });
  });

  it("an autoscaler, whose targets are named since 1.30", () => {
    const autoscaler = born("HorizontalPodAutoscaler", {
      spec: {
        scaleTargetRef: { kind: "Deployment", name: "web" },
        maxReplicas: 10,
        metrics: [
          { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } },
        ],
      },
      status: { currentMetrics: [{ type: "Resource", resource: { name: "cpu", current: { averageUtilization: 0 } } }] },
    });
    expect(printed(autoscaler, NOW)).toMatchObject({
      Reference: "Deployment/web",
      Targets: "cpu: 0%/50%",
      MinPods: "<unset>",
    });
    expect(printed(autoscaler, NOW, 26)).toMatchObject({ Targets: "0%/50%" });
  });

  it("a Node", () => {
    const node = born("Node", {
      metadata: { labels: { "node-role.kubernetes.io/worker": "", "node-role.kubernetes.io/control-plane": "" } },
      spec: { unschedulable: true },
      status: {
        conditions: [{ type: "Ready", status: "True" }],
        addresses: [{ type: "InternalIP", address: "172.18.0.2" }],
        nodeInfo: { kubeletVersion: "v1.34.0" },
      },
    });
    expect(printed(node, NOW)).toMatchObject({
      Status: "Ready,SchedulingDisabled",
      Roles: "control-plane,worker",
      Version: "v1.34.0",
      "Internal-IP": "172.18.0.2",
      "External-IP": "<none>",
    });
  });

  it("an Event, whose name comes last", () => {
    const event = born("Event", {
      involvedObject: { kind: "Pod", name: "web-1" },
      reason: "Started",
      message: "Started container ",
      type: "Normal",
      source: { component: "kubelet", host: "n1" },
      firstTimestamp: BORN,
      lastTimestamp: "2026-01-01T00:01:00Z",
      count: 2,
    });
    expect(Object.entries(printed(event, NOW))).toEqual([
      ["Last Seen", "5s"],
      ["Type", "Normal"],
      ["Reason", "Started"],
      ["Object", "pod/web-1"],
      ["Subobject", ""],
      ["Source", "kubelet, n1"],
      ["Message", "Started container"],
      ["First Seen", "65s"],
      ["Count", 2],
      ["Name", "web"],
    ]);
  });
});

const running = (name: string, parts: object = {}): object => ({
  name,
  ready: true,
  restartCount: 0,
  state: { running: {} },
  ...parts,
});
const waiting = (name: string, reason: string): object => ({
  name,
  ready: false,
  restartCount: 0,
  state: { waiting: { reason } },
});
const ended = (name: string, exitCode: number, parts: object = {}): object => ({
  name,
  ready: false,
  restartCount: 0,
  state: { terminated: { exitCode, ...parts } },
});
const ready = { conditions: [{ type: "Ready", status: "True" }] };

describe("kubectl get pods", () => {
  it.each<[name: string, pod: { status: object; spec?: object; metadata?: object }, ready: string, status: string]>([
    ["unscheduled", { status: { phase: "Pending" } }, "0/1", "Pending"],
    [
      "being created",
      { status: { phase: "Pending", containerStatuses: [waiting("c", "ContainerCreating")] } },
      "0/1",
      "ContainerCreating",
    ],
    ["running", { status: { phase: "Running", containerStatuses: [running("c")] } }, "1/1", "Running"],
    [
      "crashing",
      { status: { phase: "Running", containerStatuses: [waiting("c", "CrashLoopBackOff")] } },
      "0/1",
      "CrashLoopBackOff",
    ],
    [
      "completed",
      { status: { phase: "Succeeded", containerStatuses: [ended("c", 0, { reason: "Completed" })] } },
      "0/1",
      "Completed",
    ],
    [
      "ended without a reason",
      { status: { phase: "Failed", containerStatuses: [ended("c", 3)] } },
      "0/1",
      "ExitCode:3",
    ],
    [
      "killed by a signal",
      { status: { phase: "Failed", containerStatuses: [ended("c", 137, { signal: 9 })] } },
      "0/1",
      "Signal:9",
    ],
    ["evicted", { status: { phase: "Failed", reason: "Evicted" } }, "0/1", "Evicted"],
    [
      "going away",
      { metadata: { deletionTimestamp: BORN }, status: { phase: "Running", containerStatuses: [running("c")] } },
      "1/1",
      "Terminating",
    ],
    [
      "on a lost node",
      { metadata: { deletionTimestamp: BORN }, status: { phase: "Running", reason: "NodeLost" } },
      "0/1",
      "Unknown",
    ],
    [
      "one of two completed",
      {
        spec: { containers: [container, container] },
        status: {
          ...ready,
          phase: "Running",
          containerStatuses: [running("a"), ended("b", 0, { reason: "Completed" })],
        },
      },
      "1/2",
      "Running",
    ],
    [
      "initializing",
      {
        spec: { initContainers: [{ name: "i" }, { name: "j" }], containers: [container] },
        status: {
          phase: "Pending",
          initContainerStatuses: [ended("i", 0), waiting("j", "PodInitializing")],
          containerStatuses: [waiting("c", "PodInitializing")],
        },
      },
      "0/1",
      "Init:1/2",
    ],
    [
      "failing to initialize",
      {
        spec: { initContainers: [{ name: "i" }], containers: [container] },
        status: { phase: "Pending", initContainerStatuses: [waiting("i", "CrashLoopBackOff")] },
      },
      "0/1",
      "Init:CrashLoopBackOff",
    ],
    [
      "with a sidecar",
      {
        spec: { initContainers: [{ name: "s", restartPolicy: "Always" }], containers: [container] },
        status: {
          phase: "Running",
          initContainerStatuses: [running("s", { started: true })],
          containerStatuses: [running("c")],
        },
      },
      "2/2",
      "Running",
    ],
  ])("shows a pod that is %s", (_name, { spec, status, metadata }, expectedReady, expectedStatus) => {
    const pod = born("Pod", { metadata, spec: spec ?? { containers: [container] }, status });
    expect(printed(pod, NOW)).toMatchObject({ Ready: expectedReady, Status: expectedStatus });
  });

  it("counts restarts and says when the last one was", () => {
    const status = {
      phase: "Running",
      containerStatuses: [
        running("c", { restartCount: 3, lastState: { terminated: { exitCode: 1, finishedAt: BORN } } }),
      ],
    };
    expect(printed(born("Pod", { spec: { containers: [container] }, status }), NOW)).toMatchObject({
      Restarts: "3 (65s ago)",
      IP: "<none>",
      Node: "<none>",
      "Nominated Node": "<none>",
      "Readiness Gates": "<none>",
    });
  });

  it.each<[kind: string, fields: Record<string, unknown>, expected: Record<string, unknown>]>([
    [
      "CSIDriver",
      {
        spec: {
          podInfoOnMount: true,
          volumeLifecycleModes: ["Persistent", "Ephemeral"],
          tokenRequests: [{ audience: "a" }],
        },
      },
      {
        AttachRequired: true,
        PodInfoOnMount: true,
        StorageCapacity: false,
        TokenRequests: "a",
        RequiresRepublish: false,
        Modes: "Persistent,Ephemeral",
      },
    ],
    ["CSIDriver", { spec: {} }, { TokenRequests: "<unset>", Modes: "<none>" }],
    ["CSINode", { spec: { drivers: [{}, {}] } }, { Drivers: 2, Age: "65s" }],
    [
      "ValidatingAdmissionPolicy",
      { spec: { validations: [{}], paramKind: { apiVersion: "v1", kind: "ConfigMap" } } },
      { Validations: 1, ParamKind: "v1/ConfigMap" },
    ],
    ["ValidatingAdmissionPolicyBinding", { spec: { policyName: "p" } }, { PolicyName: "p", ParamRef: "<unset>" }],
    ["ValidatingAdmissionPolicyBinding", { spec: { paramRef: { name: "n" } } }, { ParamRef: "*/n" }],
    [
      "FlowSchema",
      {
        spec: { priorityLevelConfiguration: { name: "p" }, matchingPrecedence: 5 },
        status: { conditions: [{ type: "Dangling", status: "False" }] },
      },
      { PriorityLevel: "p", MatchingPrecedence: 5, DistinguisherMethod: "<none>", MissingPL: "False" },
    ],
    [
      "PriorityLevelConfiguration",
      {
        spec: { type: "Limited", limited: { nominalConcurrencyShares: 5, limitResponse: { queuing: { queues: 64 } } } },
      },
      { Type: "Limited", NominalConcurrencyShares: 5, Queues: 64, HandSize: "<none>" },
    ],
  ])("a %s of %j", (kind, fields, expected) => {
    expect(printed(born(kind, fields), NOW)).toMatchObject(expected);
  });
});
