import {
  ClusterRole,
  ClusterRoleBinding,
  ConfigMap,
  type CustomResourceDefinition,
  Deployment,
  GlobalIngressIP,
  Namespace,
  type PodSpec,
  Service,
  ServiceAccount,
} from "../api/index.ts";
import { addressIn } from "./address-plan.ts";
import type { ResolvedConfig } from "./cluster-config.ts";
import { type SystemObject, systemObject } from "./system-object.ts";

const NAMESPACE = "submariner-operator";
const NAME = "submariner-lighthouse-coredns";
const IMAGE = "quay.io/submariner/lighthouse-coredns:0.19.0";
const SELECTOR = { app: NAME } as const;
const LABELS = { ...SELECTOR, component: "submariner-lighthouse" } as const;

/** Lighthouse's DNS server as submariner-operator installs it, with the rights it needs. */
export function lighthouseObjects(config: ResolvedConfig): readonly SystemObject[] {
  const metadata = { name: NAME, namespace: NAMESPACE, labels: LABELS };
  return [
    systemObject(Namespace, { metadata: { name: NAMESPACE } }),
    systemObject(ServiceAccount, { metadata: { name: NAME, namespace: NAMESPACE } }),
    systemObject(ClusterRole, { metadata: { name: NAME }, rules: RULES }),
    systemObject(ClusterRoleBinding, {
      metadata: { name: NAME },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: NAME },
      subjects: [{ kind: "ServiceAccount", name: NAME, namespace: NAMESPACE }],
    }),
    systemObject(ConfigMap, { metadata, data: { Corefile: COREFILE } }),
    systemObject(Service, {
      metadata,
      spec: {
        clusterIP: lighthouseAddress(config),
        selector: SELECTOR,
        ports: [
          { name: "udp", port: 53, protocol: "UDP", targetPort: 53 },
          { name: "tcp", port: 53, protocol: "TCP", targetPort: 53 },
        ],
      },
    }),
    systemObject(Deployment, {
      metadata,
      spec: {
        replicas: 2,
        selector: { matchLabels: SELECTOR },
        template: { metadata: { labels: LABELS }, spec: podSpec(config.name) },
      },
    }),
  ];
}

/** What the operator writes at the head of CoreDNS' Corefile. */
export function lighthouseStanza(config: ResolvedConfig): string {
  return `#lighthouse-start AUTO-GENERATED SECTION. DO NOT EDIT
clusterset.local:53 {
    forward . ${lighthouseAddress(config)}
}
#lighthouse-end
`;
}

/** The address beside the cluster's own DNS. */
function lighthouseAddress({ serviceCIDR, dnsIP }: Pick<ResolvedConfig, "serviceCIDR" | "dnsIP">): string {
  const beside = addressIn(serviceCIDR, 11);
  return beside === dnsIP ? addressIn(serviceCIDR, 12) : beside;
}

const COREFILE = `clusterset.local:53 {
lighthouse
errors
health
ready
prometheus :9153
}
`;

/** The kind by which Globalnet gives addresses out, as far as they are looked at. */
export const globalIngressIPCrd: CustomResourceDefinition = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `${GlobalIngressIP.plural}.${GlobalIngressIP.group}` },
  spec: {
    group: GlobalIngressIP.group,
    names: {
      kind: GlobalIngressIP.kind,
      listKind: `${GlobalIngressIP.kind}List`,
      plural: GlobalIngressIP.plural,
      singular: "globalingressip",
    },
    scope: "Namespaced",
    versions: [
      {
        name: GlobalIngressIP.version,
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
              status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
            },
          },
        },
        additionalPrinterColumns: [{ name: "IP", type: "string", jsonPath: ".status.allocatedIP" }],
      },
    ],
  },
};

const verbs = ["get", "list", "watch"];
const RULES = [
  { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs },
  { apiGroups: ["submariner.io"], resources: ["gateways", "submariners"], verbs },
  { apiGroups: ["multicluster.x-k8s.io"], resources: ["serviceimports"], verbs },
];

function podSpec(cluster: string): PodSpec {
  return {
    serviceAccountName: NAME,
    terminationGracePeriodSeconds: 0,
    containers: [
      {
        name: NAME,
        image: IMAGE,
        args: ["-conf", "/etc/coredns/Corefile"],
        env: [{ name: "SUBMARINER_CLUSTERID", value: cluster }],
        securityContext: {
          capabilities: { add: ["net_bind_service"], drop: ["all"] },
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
        },
        volumeMounts: [{ name: "config-volume", mountPath: "/etc/coredns", readOnly: true }],
      },
    ],
    volumes: [
      {
        name: "config-volume",
        configMap: { name: NAME, items: [{ key: "Corefile", path: "Corefile" }], defaultMode: 0o644 },
      },
    ],
  };
}
