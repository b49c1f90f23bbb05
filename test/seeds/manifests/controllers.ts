const container = (image: string, more = "") => `
      restartPolicy: Always
      containers:
      - name: apache
        image: ${image}${more}
        ports:
        - name:
          protocol: TCP
          containerPort: 80
`;

export const myweb = `kind: Deployment
apiVersion: apps/v1
metadata:
  name: myweb
spec:
  replicas: 2
  selector:
    matchLabels:
      app: myhttp
  template:
    metadata:
      labels:
        app: myhttp
    spec:${container("myos:httpd")}`;

export const websvc = `kind: Service
apiVersion: v1
metadata:
  name: websvc
spec:
  type: ClusterIP
  clusterIP: 10.245.1.80
  selector:
    app: myhttp
  ports:
  - protocol: TCP
    port: 80
    targetPort: 80
`;

export const myds = `kind: DaemonSet
apiVersion: apps/v1
metadata:
  name: myds
spec:
  selector:
    matchLabels:
      app: myhttp
  template:
    metadata:
      labels:
        app: myhttp
    spec:${container("myos:httpd")}`;

export const myjob = `kind: Job
apiVersion: batch/v1
metadata:
  name: myjob
spec:
  template:
    spec:
      restartPolicy: OnFailure
      containers:
      - name: myjob
        image: myos:latest
        command: ["/bin/sleep", "30"]
`;

/** A CronJob whose job sleeps, by its schedule, its name and what its spec has beside them. */
export function cronJob(
  schedule: string,
  { name = "mycronjob", spec = "", command = '["/bin/sleep", "30"]' } = {},
): string {
  return `kind: CronJob
apiVersion: batch/v1
metadata:
  name: ${name}
spec:
  schedule: "${schedule}"
  ${spec}
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: OnFailure
          containers:
          - name: myjob
            image: myos:latest
            command: ${command}
`;
}

export const mysvc = `kind: Service
apiVersion: v1
metadata:
  name: mysvc
spec:
  type: ClusterIP
  clusterIP: None
  selector:
    app: myhttp
  ports:
  - protocol: TCP
    port: 80
    targetPort: 80
`;

export const mysts = `kind: StatefulSet
apiVersion: apps/v1
metadata:
  name: mysts
spec:
  serviceName: "mysvc"
  selector:
    matchExpressions:
    - key: app
      operator: In
      values: [myhttp]
  replicas: 3
  template:
    metadata:
      labels:
        app: myhttp
    spec:
      restartPolicy: Always
      containers:
      - name: apache
        image: myos:httpd
        imagePullPolicy: Always
        ports:
        - protocol: TCP
          containerPort: 80
`;

/** A Deployment of one pod that asks for CPU, and its Service in the same file. */
export const mywebScaled = `${myweb
  .replace("replicas: 2", "replicas: 1")
  .trimEnd()}\n        resources:\n          requests:\n            cpu: "200m"\n---\n${websvc}`;

export const myhpa = `kind: HorizontalPodAutoscaler
apiVersion: autoscaling/v1
metadata:
  name: myweb
spec:
  minReplicas: 1
  maxReplicas: 3
  scaleTargetRef:
    kind: Deployment
    apiVersion: apps/v1
    name: myweb
  targetCPUUtilizationPercentage: 50
`;
