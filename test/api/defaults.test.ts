import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../src/apimachinery/index.ts";
import { deepFreeze } from "../../src/std/index.ts";
import { descriptorOf, given, prepared } from "./built-in.ts";

const container = { name: "c", image: "nginx:1.25" };
const podSpec = { containers: [container] };
const labels = { app: "web" };
const template = { metadata: { labels }, spec: podSpec };
const workload = { selector: { matchLabels: labels }, template };
const job = { template: { spec: { ...podSpec, restartPolicy: "Never" } } };

const samples: readonly [kind: string, fields: Record<string, unknown>][] = [
  ["Pod", { spec: podSpec }],
  ["Deployment", { spec: workload }],
  ["ReplicaSet", { spec: workload }],
  ["StatefulSet", { spec: { ...workload, volumeClaimTemplates: [{ metadata: { name: "data" }, spec: {} }] } }],
  ["DaemonSet", { spec: workload }],
  ["ReplicationController", { spec: { template } }],
  ["Job", { spec: job }],
  ["CronJob", { spec: { schedule: "* * * * *", jobTemplate: { spec: job } } }],
  ["Service", { spec: { ports: [{ port: 80 }] } }],
  ["Endpoints", { subsets: [{ addresses: [{ ip: "10.0.0.1" }], ports: [{ port: 80 }] }] }],
  ["EndpointSlice", { addressType: "IPv4", endpoints: [], ports: [{ port: 80 }] }],
  ["Secret", { stringData: { user: "admin" } }],
  ["PersistentVolumeClaim", { spec: {} }],
  ["PersistentVolume", { spec: {} }],
  ["HorizontalPodAutoscaler", { spec: { scaleTargetRef: { kind: "Deployment", name: "web" }, maxReplicas: 3 } }],
  ["NetworkPolicy", { spec: { egress: [{}] } }],
  ["RoleBinding", { roleRef: { kind: "Role", name: "r" }, subjects: [{ kind: "User", name: "u" }] }],
  ["PriorityClass", { value: 5 }],
  ["StorageClass", { provisioner: "x" }],
  [
    "MutatingWebhookConfiguration",
    { webhooks: [{ name: "a", clientConfig: { service: { name: "s" } }, rules: [{}] }] },
  ],
];

describe("defaults", () => {
  it.each(samples)("of a %s are given once: a second time changes nothing, not even the reference", (kind, fields) => {
    const applyDefaults = descriptorOf(kind).strategy?.applyDefaults ?? ((object) => object);
    const once = applyDefaults(deepFreeze(given(kind, fields)));
    expect(applyDefaults(deepFreeze(once))).toBe(once);
  });

  it.each(samples)("of a %s do not take away what was sent", (kind, fields) => {
    const { stringData: _, ...sent } = fields;
    expect(prepared(deepFreeze(given(kind, fields)))).toMatchObject(sent);
  });

  it("of a Pod are those of Kubernetes", () => {
    expect(prepared(given("Pod", { spec: podSpec, status: { phase: "Running" } }))).toMatchObject({
      spec: {
        restartPolicy: "Always",
        dnsPolicy: "ClusterFirst",
        terminationGracePeriodSeconds: 30,
        schedulerName: "default-scheduler",
        securityContext: {},
        enableServiceLinks: true,
        containers: [
          {
            imagePullPolicy: "IfNotPresent",
            resources: {},
            terminationMessagePath: "/dev/termination-log",
            terminationMessagePolicy: "File",
          },
        ],
      },
      status: { phase: "Pending", qosClass: "BestEffort" },
    });
  });

  it.each([
    ["nginx", "Always"],
    ["nginx:latest", "Always"],
    ["registry:5000/nginx", "Always"],
    ["registry:5000/nginx:1.25", "IfNotPresent"],
    ["nginx@sha256:0123", "IfNotPresent"],
  ])("pull image %s %s", (image, imagePullPolicy) => {
    expect(prepared(given("Pod", { spec: { containers: [{ name: "c", image }] } }))).toMatchObject({
      spec: { containers: [{ imagePullPolicy }] },
    });
  });

  it.each([
    [{}, "BestEffort"],
    [{ requests: { cpu: "1" } }, "Burstable"],
    [{ limits: { cpu: "1", memory: "1Gi" } }, "Guaranteed"],
    [{ limits: { cpu: "1", memory: "1Gi" }, requests: { cpu: "1000m" } }, "Guaranteed"],
    [{ limits: { cpu: "1", memory: "1Gi" }, requests: { cpu: "500m" } }, "Burstable"],
  ])("class a pod with resources %j as %s", (resources, qosClass) => {
    expect(prepared(given("Pod", { spec: { containers: [{ ...container, resources }] } }))).toMatchObject({
      status: { qosClass },
    });
  });

  it("take the group of a binding's role for granted, be it sent as empty text", () => {
    const roleRef = { apiGroup: "", kind: "Role", name: "r" };
    expect(prepared(given("RoleBinding", { roleRef }))).toMatchObject({
      roleRef: { apiGroup: "rbac.authorization.k8s.io" },
    });
  });

  it("fill in probes, ports, volumes and requests", () => {
    const spec = {
      hostNetwork: true,
      volumes: [{ name: "a" }, { name: "b", configMap: { name: "m" } }],
      containers: [
        {
          ...container,
          ports: [{ containerPort: 80 }],
          readinessProbe: { httpGet: { port: 80 } },
          resources: { limits: { cpu: "1" } },
        },
      ],
    };
    expect(prepared(given("Pod", { spec }))).toMatchObject({
      spec: {
        volumes: [
          { name: "a", emptyDir: {} },
          { name: "b", configMap: { name: "m", defaultMode: 420 } },
        ],
        containers: [
          {
            ports: [{ containerPort: 80, hostPort: 80, protocol: "TCP" }],
            readinessProbe: {
              httpGet: { port: 80, path: "/", scheme: "HTTP" },
              timeoutSeconds: 1,
              periodSeconds: 10,
              successThreshold: 1,
              failureThreshold: 3,
            },
            resources: { requests: { cpu: "1" } },
          },
        ],
      },
    });
  });

  it("S1-41 let a Deployment roll a quarter at a time", () => {
    expect(prepared(given("Deployment", { spec: workload }))).toMatchObject({
      spec: {
        replicas: 1,
        revisionHistoryLimit: 10,
        progressDeadlineSeconds: 600,
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" } },
      },
    });
  });

  it("give a Job a selector over its own UID and the labels to match", () => {
    const labelled = { "batch.kubernetes.io/controller-uid": "u-1", "batch.kubernetes.io/job-name": "web" };
    expect(prepared(given("Job", { metadata: { uid: "u-1" }, spec: job }))).toMatchObject({
      spec: {
        completions: 1,
        parallelism: 1,
        backoffLimit: 6,
        completionMode: "NonIndexed",
        selector: { matchLabels: { "batch.kubernetes.io/controller-uid": "u-1" } },
        template: { metadata: { labels: { ...labelled, "controller-uid": "u-1", "job-name": "web" } } },
      },
    });
  });

  it("turn a Secret's stringData into data", () => {
    const secret = prepared(given("Secret", { data: { a: "eA==" }, stringData: { user: "admin" } }));
    expect(secret).toMatchObject({ type: "Opaque", data: { a: "eA==", user: "YWRtaW4=" } });
    expect(secret).not.toHaveProperty("stringData");
  });

  it("count the templates a DaemonSet has had", () => {
    const { prepareForUpdate } = descriptorOf("DaemonSet").strategy ?? {};
    const of = (image: string): KubeObject => {
      const labels = { app: "web" };
      const template = { metadata: { labels }, spec: { containers: [{ name: "a", image }] } };
      return prepared(given("DaemonSet", { spec: { selector: { matchLabels: labels }, template } }));
    };
    const count = ({ metadata }: KubeObject | undefined = of("a:1")): string | undefined =>
      metadata.annotations?.["deprecated.daemonset.template.generation"];
    const before = of("a:1");
    expect(count(before)).toBe("1");
    expect(prepareForUpdate?.(before, before)).toBe(before);
    expect(count(prepareForUpdate?.(of("a:2"), before))).toBe("2");
  });

  it("give a Service its type, policies and target ports", () => {
    expect(prepared(given("Service", { spec: { type: "NodePort", ports: [{ port: 80 }] } }))).toMatchObject({
      spec: {
        sessionAffinity: "None",
        internalTrafficPolicy: "Cluster",
        externalTrafficPolicy: "Cluster",
        ports: [{ port: 80, protocol: "TCP", targetPort: 80 }],
      },
      status: { loadBalancer: {} },
    });
  });
});

describe("updating a Service", () => {
  const update = (before: Record<string, unknown>, after: Record<string, unknown>): unknown =>
    descriptorOf("Service").strategy?.prepareForUpdate?.(
      given("Service", { spec: after }),
      given("Service", { spec: before }),
    );

  it("keeps the addresses and node ports it was given", () => {
    const before = {
      type: "NodePort",
      clusterIP: "10.0.0.5",
      clusterIPs: ["10.0.0.5"],
      ports: [{ name: "a", port: 80, nodePort: 30001 }],
    };
    expect(update(before, { type: "NodePort", ports: [{ name: "a", port: 81 }] })).toMatchObject({
      spec: { clusterIP: "10.0.0.5", ports: [{ name: "a", port: 81, nodePort: 30001 }] },
    });
  });

  it("gives node ports up with the type that needs them", () => {
    const before = { type: "NodePort", clusterIP: "10.0.0.5", ports: [{ port: 80, nodePort: 30001 }] };
    expect(update(before, { ...before, type: "ClusterIP" })).toEqual(
      given("Service", { spec: { type: "ClusterIP", clusterIP: "10.0.0.5", ports: [{ port: 80 }] } }),
    );
  });
});
