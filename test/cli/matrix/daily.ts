import { once, type Row, refused } from "./row.ts";

/** Of CN=ann, O=devs. */
const REQUEST =
  "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIWE1IOENBUUF3SFRFTU1Bb0dBMVVFQXd3RFlXNXVNUTB3Q3dZRFZRUUtEQVJrWlhaek1Ga3dFd1lIS29aSQp6ajBDQVFZSUtvWkl6ajBEQVFjRFFnQUV5bW5JVXdJOWFhMlRrcnlrd01JNnZVWVpVQzQrcUxGQWpMcGdSL2ZVCkV4ditMZDFPWmpkNG1vd25tNWVxbEthUWUra2VzN2hhNUxLUWRPbXlHSmlXczZBQU1Bb0dDQ3FHU000OUJBTUMKQTBnQU1FVUNJUURKdGtsZm5STy9oTHdVSVFjOGFtRjlYV0ZnTGkvVlU2TjJSSHZQVFFRVjF3SWdGTTBUUDF5awpCTXR0M0VDVU9HWFVqbS9mQzZaa0Y0K3pwUlVOUXZqLzlydz0KLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==";

const signing = `apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: {name: $NS-ann}
spec:
  request: ${REQUEST}
  signerName: kubernetes.io/kube-apiserver-client
  usages: [client auth]
`;

const configMap = (name: string, data = "b"): string =>
  `---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: $NS, labels: {own: me}}\ndata: {a: ${data}}\n`;

const APPLY_SETS = { KUBECTL_APPLYSET: "true" };

/** What is there to wait for, to look into, to prune and to sign. */
export const daily: readonly Row[] = [
  once("expose deployment app --port=80 --name=shown", "service/shown exposed"),
  once("wait --for=condition=Available deployment/app --timeout=20s", "deployment.apps/app condition met"),
  once(
    "wait --for='jsonpath={.status.readyReplicas}=3' deployment/app --timeout=20s",
    "deployment.apps/app condition met",
  ),
  once("wait --for=condition=Ready pod -l app=app --timeout=20s", /^(pod\/app-<id> condition met\n?){3}$/),
  once("wait --for=create service/shown --timeout=5s", "service/shown condition met"),
  once("wait --for='jsonpath={.spec.clusterIP}' service/shown --timeout=5s", "service/shown condition met"),
  refused("wait --for=condition=Ready pod/none --timeout=1s", 'Error from server (NotFound): pods "none" not found'),
  once("replace --force -f -", "configmap/rep replaced", { input: configMap("rep") }),
  once("replace --force -f -", /^configmap "rep" deleted( from \S+ namespace)?\nconfigmap\/rep replaced$/, {
    input: configMap("rep", "c"),
  }),
  once("get configmap rep -o 'jsonpath={.data.a}'", "c"),
  once("apply -k $DIR", "configmap/pre-generated-<hash> created"),
  once("diff -k $DIR", ""),
  once("delete -k $DIR", /^configmap "pre-generated-<hash>" deleted/),
  once(
    "apply --server-side --prune --applyset=set -f -",
    "configmap/one serverside-applied\nconfigmap/two serverside-applied",
    { env: APPLY_SETS, input: configMap("one") + configMap("two") },
  ),
  once("apply --server-side --prune --applyset=set -f -", "configmap/one serverside-applied\nconfigmap/two pruned", {
    env: APPLY_SETS,
    input: configMap("one"),
  }),
  once(
    "get secret set -o 'jsonpath={.metadata.annotations.applyset\\.kubernetes\\.io/contains-group-kinds}'",
    "ConfigMap",
  ),
  once("apply -f -", "configmap/four created", { input: configMap("four") }),
  once(
    "apply --prune -l own=me --prune-allowlist=core/v1/ConfigMap -f -",
    "configmap/three created\nconfigmap/four pruned",
    { input: configMap("three") },
  ),
  once("create token robot --duration=1h --audience=x", /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/),
  refused("create token nobody", 'error: failed to create token: serviceaccounts "nobody" not found'),
  once("apply -f -", "certificatesigningrequest.certificates.k8s.io/$NS-ann created", { input: signing }),
  once(
    "get csr $NS-ann",
    "NAME AGE SIGNERNAME REQUESTOR REQUESTEDDURATION CONDITION\n$NS-ann <age> kubernetes.io/kube-apiserver-client kubernetes-admin <none> Pending",
  ),
  once("certificate approve $NS-ann", "certificatesigningrequest.certificates.k8s.io/$NS-ann approved"),
  once("get csr $NS-ann", /kubernetes-admin <none> Approved/),
  refused("certificate deny $NS-ann", 'error: certificate signing request "$NS-ann" is already Approved'),
  once("delete csr $NS-ann", /^certificatesigningrequest\.certificates\.k8s\.io "\S+-ann" deleted$/),
  once("debug box --image=busybox --target=box -c looking -- sleep 100", /^Targeting container "box"\. /),
  once("wait --for='jsonpath={.status.ephemeralContainerStatuses[0].state.running}' pod/box --timeout=10s", /met$/),
  once("exec box -c looking -- hostname", "box"),
  once("debug box --copy-to=twin --image=busybox -c beside -- sleep 100", ""),
  once("wait --for=condition=Ready pod/twin --timeout=20s", "pod/twin condition met"),
  once("get pod twin -o 'jsonpath={.spec.containers[*].name}'", "box beside"),
  once(
    "debug node/$NODE --image=busybox -- true",
    /^Creating debugging pod node-debugger-\S+ with container debugger on node \S+-control-plane\.$/,
  ),
  once("delete pod twin --now", /^pod "twin" deleted/),
];
