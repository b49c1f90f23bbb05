import {
  ClusterRole,
  ClusterRoleBinding,
  ConfigMap,
  type Container,
  Deployment,
  type PodSpec,
  type PolicyRule,
  Service,
  ServiceAccount,
} from "../api/index.ts";
import type { ResolvedConfig } from "./cluster-config.ts";
import { lighthouseStanza } from "./lighthouse.ts";
import { type SystemObject, systemObject } from "./system-object.ts";

const NAMESPACE = "kube-system";
const LABELS = { "k8s-app": "kube-dns" } as const;

/** CoreDNS as kubeadm installs it, and the rights and the Corefile line of the multicluster plugin. */
export function coreDnsObjects(config: ResolvedConfig): readonly SystemObject[] {
  return [
    systemObject(ServiceAccount, { metadata: { name: "coredns", namespace: NAMESPACE } }),
    systemObject(ClusterRole, { metadata: { name: "system:coredns" }, rules: rules(config) }),
    systemObject(ClusterRoleBinding, {
      metadata: { name: "system:coredns" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "system:coredns" },
      subjects: [{ kind: "ServiceAccount", name: "coredns", namespace: NAMESPACE }],
    }),
    systemObject(ConfigMap, {
      metadata: { name: "coredns", namespace: NAMESPACE },
      data: { Corefile: (config.lighthouse ? lighthouseStanza(config) : "") + corefile(config) },
    }),
    systemObject(Service, {
      metadata: {
        name: "kube-dns",
        namespace: NAMESPACE,
        labels: { ...LABELS, "kubernetes.io/cluster-service": "true", "kubernetes.io/name": "CoreDNS" },
        annotations: { "prometheus.io/port": "9153", "prometheus.io/scrape": "true" },
      },
      spec: {
        clusterIP: config.dnsIP,
        selector: LABELS,
        ports: [
          { name: "dns", port: 53, protocol: "UDP", targetPort: 53 },
          { name: "dns-tcp", port: 53, protocol: "TCP", targetPort: 53 },
          { name: "metrics", port: 9153, protocol: "TCP", targetPort: 9153 },
        ],
      },
    }),
    systemObject(Deployment, {
      metadata: { name: "coredns", namespace: NAMESPACE, labels: LABELS },
      spec: {
        replicas: 2,
        strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } },
        selector: { matchLabels: LABELS },
        template: { metadata: { labels: LABELS }, spec: podSpec(config) },
      },
    }),
  ];
}

/**
 * kubeadm's Corefile; `multicluster` stands above `kubernetes`, though the order of plugins is the compiled one. Unified names fall
 * through from `kubernetes` to `multicluster`, with a TTL that lets a change of mind be seen within seconds.
 */
function corefile({ clusterDomain, multicluster, unifiedNames }: ResolvedConfig): string {
  const unified = multicluster && unifiedNames !== "off";
  const imports = unified ? `${clusterDomain} clusterset.local` : "clusterset.local";
  return `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
${multicluster ? `    multicluster ${imports}\n` : ""}    kubernetes ${clusterDomain} in-addr.arpa ip6.arpa {
       pods insecure
${unified && unifiedNames === "preferLocal" ? "       ignore empty_service\n" : ""}       fallthrough ${unified ? `${clusterDomain} ` : ""}in-addr.arpa ip6.arpa
       ttl ${unified ? 5 : 30}
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30
    loop
    reload
    loadbalance
}
`;
}

function rules({ multicluster }: ResolvedConfig): readonly PolicyRule[] {
  const verbs = ["list", "watch"];
  const own: readonly PolicyRule[] = [
    { apiGroups: [""], resources: ["endpoints", "services", "pods", "namespaces"], verbs },
    { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs },
  ];
  return multicluster ? [...own, { apiGroups: ["multicluster.x-k8s.io"], resources: ["serviceimports"], verbs }] : own;
}

function podSpec(config: ResolvedConfig): PodSpec {
  return {
    priorityClassName: "system-cluster-critical",
    serviceAccountName: "coredns",
    dnsPolicy: "Default",
    nodeSelector: { "kubernetes.io/os": "linux" },
    tolerations: [
      { key: "CriticalAddonsOnly", operator: "Exists" },
      { key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" },
    ],
    affinity: {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            weight: 100,
            podAffinityTerm: { labelSelector: { matchLabels: LABELS }, topologyKey: "kubernetes.io/hostname" },
          },
        ],
      },
    },
    containers: [container(config)],
    volumes: [
      { name: "config-volume", configMap: { name: "coredns", items: [{ key: "Corefile", path: "Corefile" }] } },
    ],
  };
}

function container({ coreDnsImage }: ResolvedConfig): Container {
  return {
    name: "coredns",
    image: coreDnsImage,
    imagePullPolicy: "IfNotPresent",
    args: ["-conf", "/etc/coredns/Corefile"],
    resources: { limits: { memory: "170Mi" }, requests: { cpu: "100m", memory: "70Mi" } },
    volumeMounts: [{ name: "config-volume", mountPath: "/etc/coredns", readOnly: true }],
    ports: [
      { name: "dns", containerPort: 53, protocol: "UDP" },
      { name: "dns-tcp", containerPort: 53, protocol: "TCP" },
      { name: "metrics", containerPort: 9153, protocol: "TCP" },
    ],
    livenessProbe: {
      httpGet: { path: "/health", port: 8080, scheme: "HTTP" },
      initialDelaySeconds: 60,
      timeoutSeconds: 5,
      successThreshold: 1,
      failureThreshold: 5,
    },
    readinessProbe: { httpGet: { path: "/ready", port: 8181, scheme: "HTTP" } },
  };
}
