import { everywhere, once, type Row, refused } from "./row.ts";

/** What reaches into containers, and what asks who may. */
export const running: readonly Row[] = [
  everywhere("logs -l job-name=done", "done"),
  once("logs job/done", "done"),
  once("logs --follow job/done", "done"),
  once("logs deploy/app --tail=1", "", { err: /^Found 3 pods, using pod\/app-<id>$/ }),
  once("logs box -c box --previous", "", {
    code: 1,
    err: 'Error from server (BadRequest): previous terminated container "box" in pod "box" not found',
  }),
  once("logs done --follow --timestamps", "", { code: 1, err: /pods "done" not found/ }),
  everywhere("exec box -- sh -c 'echo out; echo err >&2; exit 3'", "out", { code: 3, err: /err[\s\S]*exit code 3$/ }),
  everywhere("exec -i box -- cat", "in", { input: "in\n" }),
  once("exec deploy/app -- hostname", "app-<id>"),
  refused("exec box -- nope", /executable file not found in \$PATH/),
  everywhere("cp $DIR/sent box:/tmp/sent", ""),
  everywhere("exec box -- cat /tmp/sent", "sent"),
  // kubectl ends with the archive, and may not get round to what tar had to say.
  everywhere("cp -c box box:/tmp/sent $DIR/back", /^(?:tar: removing leading '\/' from member names)?$/),
  everywhere("cp $DIR/back box:/tmp/back", ""),
  everywhere("exec box -- cat /tmp/back", "sent"),
  everywhere("run -i --rm --restart=Never asked --image=busybox --command -- cat", /^hello\npod "asked" deleted/, {
    input: "hello\n",
  }),
  everywhere(
    "auth whoami",
    /^ATTRIBUTE VALUE\nUsername kubernetes-admin\nGroups \[system:masters system:authenticated\]/,
    {
      since: 28,
    },
  ),
  everywhere("auth can-i create pods", "yes"),
  everywhere("auth can-i '*' '*' --as ann", "no", { code: 1 }),
  everywhere("auth can-i get nodes --as ann", "yes", { err: /not namespace scoped/ }),
  once("auth can-i --list --as ann", /\nnodes \[\] \[\] \[get\]$/),
  once("auth can-i list pods --as system:serviceaccount:$NS:robot", "yes"),
  refused(
    "get pods --as ann",
    'Error from server (Forbidden): pods is forbidden: User "ann" cannot list resource "pods" in API group "" in the namespace "$NS"',
  ),
  once("get pod box --as system:serviceaccount:$NS:robot -o name", "pod/box"),
  once("auth reconcile -f -", "role.rbac.authorization.k8s.io/made reconciled", {
    err: /^reconciliation required create\n missing rules added:\n/,
    input:
      'apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: made, namespace: $NS}\nrules: [{apiGroups: [""], resources: [pods], verbs: [get]}]\n',
  }),
  everywhere("get --raw /readyz", "ok"),
  once("get --raw '/readyz?verbose'", /\n\[\+\]etcd ok\n[\s\S]*readyz check passed$/),
  once("get --raw /version", /"gitVersion": ?"v1\.34\.0"/),
  once("get --raw /nope", "", {
    code: 1,
    err: "Error from server (NotFound): the server could not find the requested resource",
  }),
  everywhere("version", /Server Version: .*v1\.34\.0/),
  once(
    "cluster-info -n kube-system",
    /Kubernetes control plane is running at https:\/\/[\s\S]*CoreDNS is running at https:\/\/\S+\/api\/v1\/namespaces\/kube-system\/services\/kube-dns:dns\/proxy/,
  ),
  everywhere("api-versions", /^admissionregistration.k8s.io\/v1\napiextensions.k8s.io\/v1\n[\s\S]*\nv1$/),
  everywhere(
    "api-resources --api-group=apps",
    /^NAME SHORTNAMES APIVERSION NAMESPACED KIND\ncontrollerrevisions apps\/v1 true ControllerRevision\ndaemonsets ds apps\/v1 true DaemonSet\ndeployments deploy apps\/v1 true Deployment\nreplicasets rs apps\/v1 true ReplicaSet\nstatefulsets sts apps\/v1 true StatefulSet$/,
  ),
  once("api-resources --verbs=list --namespaced=false -o name", /^(componentstatuses\n)?namespaces\nnodes\n/),
  everywhere(
    "explain deployment.spec.replicas",
    /Number of desired pods\. This is a pointer to distinguish between explicit\s+zero and not specified\. Defaults to 1\./,
  ),
  once(
    "explain deployment --recursive",
    /\nFIELDS:\n apiVersion <string>\n kind <string>\n metadata <ObjectMeta>\n annotations <map\[string\]string>\n/,
  ),
  once("explain pod.spec.containers.args", /The container image's CMD is used if this is\s+not provided/),
];

/** What takes nodes out of service. */
export const nodes: readonly Row[] = [
  once("cordon $NODE", "node/$NODE cordoned"),
  once("get nodes", /^NAME STATUS ROLES AGE VERSION\n\S+ Ready,SchedulingDisabled control-plane <age> v1\.34\.0$/),
  once("cordon $NODE", "node/$NODE already cordoned"),
  once("uncordon $NODE", "node/$NODE uncordoned"),
  once("taint nodes $NODE a=b:NoSchedule", "node/$NODE tainted"),
  refused(
    "taint nodes $NODE a=c:NoSchedule",
    "error: node $NODE already has a taint(s) with same effect(s) and --overwrite is false",
  ),
  once("taint nodes $NODE a:NoSchedule-", "node/$NODE untainted"),
  once("drain $NODE --ignore-daemonsets", "node/$NODE cordoned", {
    code: 1,
    err: /cannot delete Pods that declare no controller \(use --force to override\): \S+\/box/,
  }),
  once("create poddisruptionbudget app --selector=app=app --min-available=3", "poddisruptionbudget.policy/app created"),
  once(
    "drain $NODE --pod-selector=app=app --timeout=2s",
    /^node\/\S+ already cordoned\n(evicting pod \S+\/app-<id>\n?){3,}$/,
    {
      code: 1,
      err: /error when evicting pods\/"app-<id>" -n "\S+" \(will retry after 5s\): Cannot evict pod as it would violate the pod's disruption budget\.\n[\s\S]*global timeout reached: 2s/,
    },
  ),
  once("delete pdb app", /^poddisruptionbudget.policy "app" deleted/),
  once(
    "drain $NODE --pod-selector=app=app --grace-period=1 --timeout=20s",
    /^node\/\S+ already cordoned\n(evicting pod \S+\/app-<id>\n){3}(pod\/app-<id> evicted\n){3}node\/\S+ drained$/,
  ),
  once("uncordon $NODE", "node/$NODE uncordoned"),
  once("rollout status deployment app --timeout=30s", /deployment "app" successfully rolled out$/),
];

/** The end of everything. */
export const deleting: readonly Row[] = [
  once("wait --for=delete pod/none --timeout=1s", ""),
  refused(
    "wait --for=condition=Nope deploy/app --timeout=1s",
    "error: timed out waiting for the condition on deployments/app",
  ),
  everywhere("delete deployment app --cascade=orphan", /^deployment.apps "app" deleted/),
  once("get rs -l app=app -o name", /^replicaset.apps\/app-<hash>\n/),
  everywhere(
    "delete rs -l app=app --cascade=foreground",
    /^(replicaset.apps "app-<hash>" deleted( from \S+ namespace)?\n?)+$/,
  ),
  everywhere("delete pod box --now", /^pod "box" deleted/),
  refused("delete pod box", 'Error from server (NotFound): pods "box" not found'),
  once("delete pod box --ignore-not-found", ""),
  once("delete job --all", /^job.batch "done" deleted/),
  once("delete configmap settings --wait=false", /^configmap "settings" deleted/),
  once("delete service,ingress web", /^service "web" deleted[\s\S]*\ningress.networking.k8s.io "web" deleted/),
  everywhere(
    "delete clusterrole,clusterrolebinding,pc $NS-viewer $NS-viewers $NS-high --ignore-not-found",
    /clusterrole.rbac.authorization.k8s.io "\S+-viewer" deleted/,
  ),
  everywhere("delete namespace $NS", /^namespace "\S+" deleted$/),
  refused("get namespace $NS", 'Error from server (NotFound): namespaces "$NS" not found'),
];
