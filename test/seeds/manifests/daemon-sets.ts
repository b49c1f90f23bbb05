/** Sets of one container, as the seed writes them; `spec` is what the template's spec has beside it. */
export function daemonSet(name: string, way: string, spec = "", image = "nginx:latest"): string {
  return `
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: ${name}}
spec:
  selector: {matchLabels: {way: ${way}}}
  template:
    metadata: {labels: {way: ${way}}}
    spec:
      ${spec.trim().replaceAll("\n", "\n      ")}
      containers: [{name: ${name}-container, image: "${image}"}]
`;
}

export const simple = `
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: simple-daemonset
  namespace: default
spec:
  selector:
    matchLabels:
      app: simple-daemonset-app
  template:
    metadata:
      labels:
        app: simple-daemonset-app
    spec:
      containers:
      - name: nginx-container
        image: nginx:latest
        ports:
        - containerPort: 80
`;

export const fluentd = `
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: fluentd-elasticsearch
  namespace: kube-system
  labels:
    k8s-app: fluentd-logging
spec:
  selector:
    matchLabels:
      name: fluentd-elasticsearch
  template:
    metadata:
      labels:
        name: fluentd-elasticsearch
    spec:
      tolerations:
      - key: node-role.kubernetes.io/control-plane
        operator: Exists
        effect: NoSchedule
      - key: node-role.kubernetes.io/master
        operator: Exists
        effect: NoSchedule
      containers:
      - name: fluentd-elasticsearch
        image: quay.io/fluentd_elasticsearch/fluentd:v2.5.2
        resources:
          limits:
            memory: 200Mi
          requests:
            cpu: 100m
            memory: 200Mi
        volumeMounts:
        - name: varlog
          mountPath: /var/log
      # it may be desirable to set a high priority class to ensure that a DaemonSet Pod
      # preempts running Pods
      # priorityClassName: important
      terminationGracePeriodSeconds: 30
      volumes:
      - name: varlog
        hostPath:
          path: /var/log
`;

export const nodeName = daemonSet("daemonset-nodename", "nodename", "nodeName: k8s-node1");
export const nodeSelector = daemonSet("daemonset-nodeselector", "nodeSelector", "nodeSelector: {role: worker}");
export const noTolerations = daemonSet("daemonset-no-tolerations", "no-tolerations");
const requiring = (expressions: string): string => `
affinity:
  nodeAffinity:
    requiredDuringSchedulingIgnoredDuringExecution:
      nodeSelectorTerms:
      - matchExpressions: [${expressions}]`;
export const affinity = daemonSet(
  "daemonset-affinity",
  "nodeAffinity",
  requiring("{key: role, operator: In, values: [worker]}"),
);
export const antiAffinity = daemonSet(
  "daemonset-anti-affinity",
  "Anti-affinity",
  requiring("{key: ROLE, operator: DoesNotExist}, {key: ROLE, operator: NotIn, values: [worker2]}"),
);
/** The push variant. */
export const pushing = `
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: daemonset-tolerations}
spec:
  selector: {matchLabels: {way: tolerations}}
  template:
    metadata: {labels: {way: tolerations}}
    spec:
      containers:
      - name: daemonset-tolerations-container
        image: nginx:latest
        command: ["sh", "-c", "while true; do echo 'Log message'; sleep 10; done | fluentd -t -l /dev/stdin"]
        volumeMounts: [{mountPath: /var/log/nginx, name: log-volume}]
      volumes: [{name: log-volume, hostPath: {path: /var/log/nginx}}]
`;
/** The hostPort variant. */
export const hostPort = `
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: daemonset-tolerations}
spec:
  selector: {matchLabels: {way: tolerations}}
  template:
    metadata: {labels: {way: tolerations}}
    spec:
      containers:
      - {name: daemonset-tolerations-container, image: "nginx:latest", ports: [{containerPort: 80, hostPort: 9100}]}
`;
export const headless = `
apiVersion: v1
kind: Service
metadata: {name: my-daemonset-service}
spec:
  clusterIP: None
  selector: {way: tolerations}
  ports: [{name: http, port: 80, targetPort: 80}]
`;
export const withClusterIP = headless.replace("  clusterIP: None\n", "");
