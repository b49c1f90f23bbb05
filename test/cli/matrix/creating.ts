import { everywhere, once, type Row, refused } from "./row.ts";

/** Imperative creation of every kind kubectl has a word for; from 1.32 on these bodies are protobuf. */
export const creating: readonly Row[] = [
  everywhere("create namespace $NS", "namespace/$NS created"),
  everywhere("create deployment web --image=nginx --replicas=2 --port=80", "deployment.apps/web created"),
  everywhere("create job done --image=busybox -- sh -c 'echo done'", "job.batch/done created"),
  everywhere("create cronjob often --image=busybox --schedule='0 0 29 2 *' -- date", "cronjob.batch/often created"),
  everywhere("create configmap settings --from-literal=a=b", "configmap/settings created"),
  everywhere("create secret generic keys --from-literal=password=x", "secret/keys created"),
  everywhere("create serviceaccount robot", "serviceaccount/robot created"),
  everywhere("create service clusterip web --tcp=80:80", "service/web created"),
  everywhere("create role reader --verb=get,list --resource=pods", "role.rbac.authorization.k8s.io/reader created"),
  everywhere(
    "create rolebinding readers --role=reader --serviceaccount=$NS:robot",
    "rolebinding.rbac.authorization.k8s.io/readers created",
  ),
  everywhere(
    "create clusterrole $NS-viewer --verb=get --resource=nodes",
    "clusterrole.rbac.authorization.k8s.io/$NS-viewer created",
  ),
  everywhere(
    "create clusterrolebinding $NS-viewers --clusterrole=$NS-viewer --user=ann",
    "clusterrolebinding.rbac.authorization.k8s.io/$NS-viewers created",
  ),
  everywhere("create ingress web --rule='web.example/*=web:80'", "ingress.networking.k8s.io/web created"),
  everywhere(
    "create poddisruptionbudget web --selector=app=web --min-available=1",
    "poddisruptionbudget.policy/web created",
  ),
  everywhere("create quota limits --hard=pods=50", "resourcequota/limits created"),
  everywhere(
    "create priorityclass $NS-high --value=10 --description=high",
    "priorityclass.scheduling.k8s.io/$NS-high created",
  ),
  everywhere("create token robot", /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/),
  everywhere("run box --image=busybox --command -- sleep 3600", "pod/box created"),
  once("create service nodeport open --tcp=80:80 --node-port=30080", "service/open created"),
  once("create service externalname far --external-name=far.example", "service/far created"),
  once("create service loadbalancer lb --tcp=80:80", "service/lb created"),
  once("create secret tls none --cert=/nonexistent --key=/nonexistent", "", { code: 1, err: /no such file/ }),
  once("expose deployment web --name=front --port=8080 --target-port=80", "service/front exposed"),
  refused("create namespace $NS", 'Error from server (AlreadyExists): namespaces "$NS" already exists'),
  refused("create configmap 'No Name'", /error: failed to create configmap: .*Invalid value: "No Name"/),
  once("create configmap dry --dry-run=server -o name", "configmap/dry"),
  refused("get configmap dry", 'Error from server (NotFound): configmaps "dry" not found'),
  everywhere("rollout status deployment/web --timeout=30s", /deployment "web" successfully rolled out$/),
  everywhere("wait --for=condition=Ready pod/box --timeout=30s", "pod/box condition met"),
  everywhere("wait --for='jsonpath={.status.succeeded}=1' job/done --timeout=30s", "job.batch/done condition met"),
];
