import { everywhere, once, type Row, refused } from "./row.ts";

/** Everything that only looks. */
export const reading: readonly Row[] = [
  everywhere("get deployment", "NAME READY UP-TO-DATE AVAILABLE AGE\nweb 2/2 2 2 <age>"),
  once(
    "get deployment -o wide",
    "NAME READY UP-TO-DATE AVAILABLE AGE CONTAINERS IMAGES SELECTOR\nweb 2/2 2 2 <age> nginx nginx app=web",
  ),
  everywhere(
    "get pods",
    "NAME READY STATUS RESTARTS AGE\nbox 1/1 Running 0 <age>\ndone-<id> 0/1 Completed 0 <age>\nweb-<id> 1/1 Running 0 <age>\nweb-<id> 1/1 Running 0 <age>",
  ),
  once(
    "get pod box -o wide",
    /^NAME READY STATUS RESTARTS AGE IP NODE NOMINATED NODE READINESS GATES\nbox 1\/1 Running 0 <age> <ip> \S+-control-plane <none> <none>$/,
  ),
  once(
    "get service",
    /^NAME TYPE CLUSTER-IP EXTERNAL-IP PORT\(S\) AGE\nfar ExternalName <none> far.example <none> <age>\nfront ClusterIP <ip> <none> 8080\/TCP <age>\nlb LoadBalancer <ip> \S+ 80:\d+\/TCP <age>\nopen NodePort <ip> <none> 80:30080\/TCP <age>\nweb ClusterIP <ip> <none> 80\/TCP <age>$/,
  ),
  once("get rs", "NAME DESIRED CURRENT READY AGE\nweb-<hash> 2 2 2 <age>"),
  once(
    "get cj,job",
    "NAME SCHEDULE TIMEZONE SUSPEND ACTIVE LAST SCHEDULE AGE\ncronjob.batch/often 0 0 29 2 * <none> False 0 <none> <age>\n\nNAME STATUS COMPLETIONS DURATION AGE\njob.batch/done Complete 1/1 <age> <age>",
  ),
  once("get cm settings", "NAME DATA AGE\nsettings 1 <age>"),
  once("get secret keys", "NAME TYPE DATA AGE\nkeys Opaque 1 <age>"),
  once("get sa robot", "NAME SECRETS AGE\nrobot 0 <age>"),
  once("get role reader", /^NAME CREATED AT\nreader 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
  once("get rolebinding readers", "NAME ROLE AGE\nreaders Role/reader <age>"),
  once(
    "get priorityclass $NS-high",
    /^NAME VALUE GLOBAL-DEFAULT AGE PREEMPTIONPOLICY\n\S+-high 10 false <age> PreemptLowerPriority$/,
  ),
  once("get ingress web", /^NAME CLASS HOSTS ADDRESS PORTS AGE\nweb \S+ web\.example( \S+)? 80 <age>$/),
  once("get pdb web", /^NAME MIN AVAILABLE MAX UNAVAILABLE ALLOWED DISRUPTIONS AGE\nweb 1 N\/A \d <age>$/),
  once("get endpoints web", /^NAME ENDPOINTS AGE\nweb <ip>:80,<ip>:80 <age>$/, {
    err: "Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
  }),
  once(
    "get endpointslices -l kubernetes.io/service-name=web",
    "NAME ADDRESSTYPE PORTS ENDPOINTS AGE\nweb-<id> IPv4 80 <ip>,<ip> <age>",
  ),
  once("get nodes", /^NAME STATUS ROLES AGE VERSION\n\S+-control-plane Ready control-plane <age> v1\.34\.0$/),
  once(
    "get nodes -o wide",
    /^NAME STATUS ROLES AGE VERSION INTERNAL-IP EXTERNAL-IP OS-IMAGE KERNEL-VERSION CONTAINER-RUNTIME\n/,
  ),
  once("get ns $NS", "NAME STATUS AGE\n$NS Active <age>"),
  once("get apiservices v1.apps", "NAME SERVICE AVAILABLE AGE\nv1.apps Local True <age>"),
  once(
    "get all",
    /^NAME READY STATUS RESTARTS AGE\npod\/box [\s\S]*\n\nNAME TYPE [\s\S]*\n\nNAME READY UP-TO-DATE AVAILABLE AGE\ndeployment\.apps\/web 2\/2 2 2 <age>\n\nNAME DESIRED CURRENT READY AGE\nreplicaset\.apps\/web-<hash> 2 2 2 <age>\n\nNAME SCHEDULE [\s\S]*\n\nNAME STATUS COMPLETIONS DURATION AGE\njob\.batch\/done /,
  ),
  everywhere("get deploy web -o 'jsonpath={.spec.replicas}'", "2"),
  everywhere("get deploy web -o custom-columns=NAME:.metadata.name,N:.spec.replicas", "NAME N\nweb 2"),
  everywhere("get deploy web -o name", "deployment.apps/web"),
  everywhere(
    "get deploy web -o yaml",
    /^apiVersion: apps\/v1\nkind: Deployment\nmetadata:\n annotations:\n deployment\.kubernetes\.io\/revision: "1"\n/,
  ),
  once("get deploy web -o json", /^\{\n "apiVersion": "apps\/v1",\n "kind": "Deployment",/),
  once("get deploy web -o 'go-template={{.metadata.name}}'", "web"),
  // Which manager comes first depends on the second in which each wrote.
  once(
    `get deploy web --show-managed-fields -o 'jsonpath={.metadata.managedFields[?(@.manager=="kubectl-create")].operation}'`,
    "Update",
  ),
  everywhere("get pods -l app=web -o name", "pod/web-<id>\npod/web-<id>"),
  once("get pods -l 'app in (web),app!=x' -o name", "pod/web-<id>\npod/web-<id>"),
  everywhere("get pods --field-selector=status.phase=Succeeded -o name", "pod/done-<id>"),
  once("get pods --field-selector=metadata.name=box --no-headers", "box 1/1 Running 0 <age>"),
  once("get pods --field-selector=spec.nope=1", "", {
    code: 1,
    err: /Error from server \(BadRequest\): Unable to find "\/v1, Resource=pods" that match label selector "", field selector "spec.nope=1": field label not supported: spec.nope/,
  }),
  once(
    "get pods --sort-by=.metadata.creationTimestamp --chunk-size=1",
    /^NAME READY STATUS RESTARTS AGE\n(\S+ \S+ \S+ 0 <age>\n?){4}$/,
  ),
  once("get pod box --show-labels", "NAME READY STATUS RESTARTS AGE LABELS\nbox 1/1 Running 0 <age> run=box"),
  once("get pod box -L run", "NAME READY STATUS RESTARTS AGE RUN\nbox 1/1 Running 0 <age> box"),
  once("get pods --watch --request-timeout=1s -o name -l run=box", "pod/box"),
  refused("get pod nope", 'Error from server (NotFound): pods "nope" not found'),
  refused("get nonsense", `error: the server doesn't have a resource type "nonsense"`),
  once("get pods -l app=none", "", { err: "No resources found in $NS namespace." }),
  everywhere(
    "describe deployment web",
    /^Name: web\nNamespace: [\s\S]*\nReplicas: 2 desired \| 2 updated \| 2 total \| 2 available \| 0 unavailable\n[\s\S]* Normal ScalingReplicaSet <age> deployment-controller Scaled up replica set web-<hash> from 0 to 2$/,
  ),
  everywhere(
    "describe pod box",
    /^Name: box\nNamespace: [\s\S]*\nStatus: Running\nIP: <ip>\n[\s\S]* State: Running\n[\s\S]* Normal Scheduled <age> default-scheduler Successfully assigned \S+\/box to \S+-control-plane\n/,
  ),
  once("describe service web", /\nSelector: app=web\nType: ClusterIP\n[\s\S]*\nEndpoints: <ip>:80,<ip>:80\n/),
  once(
    "describe node",
    /\nRoles: control-plane\n[\s\S]*\n Ready True [\s\S]* KubeletReady [\s\S]*\nAllocated resources:\n/,
  ),
  once("describe job done", /\nPods Statuses: 0 Active \(0 Ready\) \/ 1 Succeeded \/ 0 Failed\n[\s\S]*Job completed$/),
  once("describe configmap settings", /\nData\n====\na:\n----\nb\n/),
  once("describe secret keys", /\nType: Opaque\n\nData\n====\npassword: 1 bytes$/),
  once("describe ingress web", /\n web\.example\n \/ web:80 \(<ip>:80,<ip>:80\)\n/),
  once("describe namespace $NS", /\nStatus: Active\n[\s\S]*\n Name: limits\n/),
  once("describe serviceaccount robot", /^Name: robot\n[\s\S]*\nTokens: <none>\nEvents: <none>$/),
  once(
    "events --for deployment/web",
    /^LAST SEEN TYPE REASON OBJECT MESSAGE\n<age> Normal ScalingReplicaSet Deployment\/web Scaled up replica set web-<hash> from 0 to 2$/,
  ),
  everywhere(
    "get events --field-selector=involvedObject.name=box,reason=Started",
    /^LAST SEEN TYPE REASON OBJECT MESSAGE\n<age> Normal Started pod\/box Started container box$/,
  ),
  everywhere(
    "top nodes",
    /^NAME CPU\(cores\) CPU(%|\(%\)) MEMORY\(bytes\) MEMORY(%|\(%\))\n\S+-control-plane <age> \d+% \d+Mi \d+%$/,
  ),
  everywhere(
    "top pods --containers -l app=web",
    /^POD NAME CPU\(cores\) MEMORY\(bytes\)\n(web-<id> nginx <age> \d+Mi\n?){2}$/,
  ),
  once("top pod box --no-headers", /^box <age> \d+Mi$/),
];
