import {
  ClusterRole,
  ClusterRoleBinding,
  DaemonSet,
  type PodSpec,
  ServiceAccount,
  type Toleration,
  type Volume,
} from "../api/index.ts";
import type { ResolvedConfig } from "./cluster-config.ts";
import { type SystemObject, systemObject } from "./system-object.ts";

const NAMESPACE = "kube-system";
const EVERYWHERE: readonly Toleration[] = [{ operator: "Exists" }];

/** What runs on each node of a new cluster: kube-proxy as kubeadm installs it, and flannel as pod network. */
export function nodeDaemons({ version }: ResolvedConfig): readonly SystemObject[] {
  return [...kubeProxy(version), ...flannel()];
}

function kubeProxy(version: string): readonly SystemObject[] {
  const labels = { "k8s-app": "kube-proxy" };
  const directory = "/var/lib/kube-proxy";
  return [
    systemObject(ServiceAccount, { metadata: { name: "kube-proxy", namespace: NAMESPACE } }),
    bindingOf("kubeadm:node-proxier", "system:node-proxier", "kube-proxy"),
    daemonSet("kube-proxy", labels, {
      serviceAccountName: "kube-proxy",
      nodeSelector: { "kubernetes.io/os": "linux" },
      containers: [
        {
          name: "kube-proxy",
          image: `registry.k8s.io/kube-proxy:${version}`,
          imagePullPolicy: "IfNotPresent",
          command: [
            "/usr/local/bin/kube-proxy",
            `--config=${directory}/config.conf`,
            "--hostname-override=$(NODE_NAME)",
          ],
          env: [{ name: "NODE_NAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } }],
          securityContext: { privileged: true },
          volumeMounts: [
            { name: "kube-proxy", mountPath: directory },
            { name: "xtables-lock", mountPath: "/run/xtables.lock" },
            { name: "lib-modules", mountPath: "/lib/modules", readOnly: true },
          ],
        },
      ],
      volumes: [
        { name: "kube-proxy", configMap: { name: "kube-proxy" } },
        hostPath("xtables-lock", "/run/xtables.lock", "FileOrCreate"),
        hostPath("lib-modules", "/lib/modules"),
      ],
    }),
  ];
}

function flannel(): readonly SystemObject[] {
  const labels = { tier: "node", app: "flannel" };
  return [
    systemObject(ServiceAccount, { metadata: { name: "flannel", namespace: NAMESPACE } }),
    systemObject(ClusterRole, {
      metadata: { name: "flannel" },
      rules: [
        { apiGroups: [""], resources: ["pods"], verbs: ["get"] },
        { apiGroups: [""], resources: ["nodes"], verbs: ["get", "list", "watch"] },
        { apiGroups: [""], resources: ["nodes/status"], verbs: ["patch"] },
      ],
    }),
    bindingOf("flannel", "flannel", "flannel"),
    daemonSet("kube-flannel-ds", labels, {
      serviceAccountName: "flannel",
      containers: [
        {
          name: "kube-flannel",
          image: "docker.io/flannel/flannel:v0.24.2",
          command: ["/opt/bin/flanneld"],
          args: ["--ip-masq", "--kube-subnet-mgr"],
          resources: { requests: { cpu: "100m", memory: "50Mi" } },
          securityContext: { privileged: false, capabilities: { add: ["NET_ADMIN", "NET_RAW"] } },
          volumeMounts: [{ name: "run", mountPath: "/run/flannel" }],
        },
      ],
      volumes: [hostPath("run", "/run/flannel")],
    }),
  ];
}

function daemonSet(name: string, labels: Readonly<Record<string, string>>, spec: PodSpec): SystemObject {
  return systemObject(DaemonSet, {
    metadata: { name, namespace: NAMESPACE, labels },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { priorityClassName: "system-node-critical", hostNetwork: true, tolerations: EVERYWHERE, ...spec },
      },
    },
  });
}

function hostPath(name: string, path: string, type = ""): Volume {
  return { name, hostPath: { path, type } };
}

function bindingOf(name: string, role: string, account: string): SystemObject {
  return systemObject(ClusterRoleBinding, {
    metadata: { name },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
    subjects: [{ kind: "ServiceAccount", name: account, namespace: NAMESPACE }],
  });
}
