import {
  ClusterRole,
  ConfigMap,
  EndpointSlice,
  Endpoints,
  Namespace,
  Node,
  PriorityClass,
  type ResourceList,
  Service,
} from "../api/index.ts";
import { addressIn } from "./address-plan.ts";
import type { ResolvedConfig, ResolvedNode } from "./cluster-config.ts";
import { coreDnsObjects } from "./core-dns.ts";
import { healthyConditions } from "./kubelet/node-heartbeat.ts";
import { lighthouseObjects } from "./lighthouse.ts";
import { nodeDaemons } from "./node-daemons.ts";
import { localPathClass } from "./storage/local-path-provisioner.ts";
import { type SystemObject, systemObject } from "./system-object.ts";

const NAMESPACES = ["default", "kube-node-lease", "kube-public", "kube-system"] as const;
const API_PORT = 6443;

/** What a new cluster holds, in the order it is to be written. */
export function systemObjects(config: ResolvedConfig, nowMs: number): readonly SystemObject[] {
  return [
    ...NAMESPACES.map((name) => systemObject(Namespace, { metadata: { name } })),
    ...priorityClasses(),
    localPathClass,
    ...config.nodes.map((node) => nodeObject(node, config, nowMs)),
    ...apiServerService(config),
    ...coreDnsObjects(config),
    ...(config.lighthouse ? lighthouseObjects(config) : []),
    metricsReader(),
    kubeProxyConfig(config),
    ...(config.nodeDaemons ? nodeDaemons(config) : []),
  ];
}

function priorityClasses(): readonly SystemObject[] {
  return [
    systemObject(PriorityClass, {
      metadata: { name: "system-cluster-critical" },
      value: 2_000_000_000,
      preemptionPolicy: "PreemptLowerPriority",
      description:
        "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
    }),
    systemObject(PriorityClass, {
      metadata: { name: "system-node-critical" },
      value: 2_000_001_000,
      preemptionPolicy: "PreemptLowerPriority",
      description: "Used for system critical pods that must not be moved from their current node.",
    }),
  ];
}

/** What metrics-server brings along: who may read pods may read what they use. */
function metricsReader(): SystemObject {
  const to = (role: string) => [`rbac.authorization.k8s.io/aggregate-to-${role}`, "true"] as const;
  return systemObject(ClusterRole, {
    metadata: {
      name: "system:aggregated-metrics-reader",
      labels: { "k8s-app": "metrics-server", ...Object.fromEntries(["admin", "edit", "view"].map(to)) },
    },
    rules: [{ apiGroups: ["metrics.k8s.io"], resources: ["pods", "nodes"], verbs: ["get", "list", "watch"] }],
  });
}

/** A node that is ready from the start; its status is written with a second request, as a kubelet would. */
export function nodeObject(node: ResolvedNode, config: ResolvedConfig, nowMs: number): SystemObject {
  const { name, labels, podCIDR, addresses, capacity, taints } = node;
  return systemObject(Node, {
    metadata: {
      name,
      labels,
      annotations: {
        "node.alpha.kubernetes.io/ttl": "0",
        "volumes.kubernetes.io/controller-managed-attach-detach": "true",
      },
    },
    spec: {
      podCIDR: podCIDR.split(",")[0] as string,
      podCIDRs: podCIDR.split(","),
      providerID: `kind://docker/${config.name}/${name}`,
      ...(taints.length === 0 ? {} : { taints }),
    },
    status: {
      addresses,
      capacity: capacityOf(capacity),
      allocatable: capacityOf(capacity),
      conditions: healthyConditions(undefined, nowMs),
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      nodeInfo: nodeInfo(config.version),
      ...(config.images.length === 0 ? {} : { images: config.images.map((image) => ({ names: [image] })) }),
    },
  });
}

function capacityOf(capacity: ResourceList): ResourceList {
  return { "hugepages-1Gi": "0", "hugepages-2Mi": "0", ...capacity };
}

function nodeInfo(version: string): Readonly<Record<string, string>> {
  return {
    architecture: "amd64",
    bootID: "",
    containerRuntimeVersion: "containerd://2.1.3",
    kernelVersion: "6.8.0",
    kubeProxyVersion: "",
    kubeletVersion: version,
    machineID: "",
    operatingSystem: "linux",
    osImage: "Debian GNU/Linux 12 (bookworm)",
    systemUUID: "",
  };
}

/** `default/kubernetes`, which leads to the API server and has no selector: its endpoints are written by hand. */
function apiServerService(config: ResolvedConfig): readonly SystemObject[] {
  const namespace = "default";
  const address = config.nodes[0]?.addresses.find(({ type }) => type === "InternalIP")?.address ?? "";
  const labels = { component: "apiserver", provider: "kubernetes" };
  return [
    systemObject(Service, {
      metadata: { name: "kubernetes", namespace, labels },
      spec: {
        clusterIP: addressIn(config.serviceCIDR, 1),
        ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: API_PORT }],
      },
    }),
    systemObject(Endpoints, {
      metadata: { name: "kubernetes", namespace, labels: { "endpointslice.kubernetes.io/skip-mirror": "true" } },
      subsets: [{ addresses: [{ ip: address }], ports: [{ name: "https", port: API_PORT, protocol: "TCP" }] }],
    }),
    systemObject(EndpointSlice, {
      metadata: { name: "kubernetes", namespace, labels: { "kubernetes.io/service-name": "kubernetes" } },
      addressType: "IPv4",
      endpoints: [{ addresses: [address], conditions: { ready: true } }],
      ports: [{ name: "https", port: API_PORT, protocol: "TCP" }],
    }),
  ];
}

function kubeProxyConfig({ podCIDR, proxyMode }: ResolvedConfig): SystemObject {
  const configuration = `apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
bindAddress: 0.0.0.0
clusterCIDR: ${podCIDR}
conntrack:
  tcpBeLiberal: false
mode: ${proxyMode}
iptables:
  localhostNodePorts: null
  masqueradeAll: false
ipvs:
  scheduler: ""
  strictARP: false
nodePortAddresses: null
`;
  return systemObject(ConfigMap, {
    metadata: { name: "kube-proxy", namespace: "kube-system", labels: { app: "kube-proxy" } },
    data: { "config.conf": configuration },
  });
}
