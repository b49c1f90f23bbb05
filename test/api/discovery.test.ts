import { describe, expect, it } from "vitest";
import { builtinDescriptors } from "../../src/api/index.ts";
import { apiVersionOf } from "../../src/apimachinery/index.ts";

/**
 * What `kubectl api-resources --sort-by=name -o wide` of a v1.34 cluster says, with its subresources:
 * group/version plural Kind scope [short names] [categories] [subresources].
 */
const EXPECTED = `
v1 bindings Binding namespaced
v1 configmaps ConfigMap namespaced cm
v1 endpoints Endpoints namespaced ep
v1 events Event namespaced ev
v1 limitranges LimitRange namespaced limits
v1 namespaces Namespace cluster ns - finalize,status
v1 nodes Node cluster no - proxy,status
v1 persistentvolumeclaims PersistentVolumeClaim namespaced pvc - status
v1 persistentvolumes PersistentVolume cluster pv - status
v1 pods Pod namespaced po all attach,binding,ephemeralcontainers,eviction,exec,log,portforward,proxy,resize,status
v1 podtemplates PodTemplate namespaced
v1 replicationcontrollers ReplicationController namespaced rc all scale,status
v1 resourcequotas ResourceQuota namespaced quota - status
v1 secrets Secret namespaced
v1 serviceaccounts ServiceAccount namespaced sa - token
v1 services Service namespaced svc all proxy,status
admissionregistration.k8s.io/v1 mutatingwebhookconfigurations MutatingWebhookConfiguration cluster - api-extensions
admissionregistration.k8s.io/v1 validatingadmissionpolicies ValidatingAdmissionPolicy cluster - api-extensions status
admissionregistration.k8s.io/v1 validatingadmissionpolicybindings ValidatingAdmissionPolicyBinding cluster - api-extensions
admissionregistration.k8s.io/v1 validatingwebhookconfigurations ValidatingWebhookConfiguration cluster - api-extensions
apiextensions.k8s.io/v1 customresourcedefinitions CustomResourceDefinition cluster crd,crds api-extensions status
apiregistration.k8s.io/v1 apiservices APIService cluster - api-extensions status
apps/v1 controllerrevisions ControllerRevision namespaced
apps/v1 daemonsets DaemonSet namespaced ds all status
apps/v1 deployments Deployment namespaced deploy all scale,status
apps/v1 replicasets ReplicaSet namespaced rs all scale,status
apps/v1 statefulsets StatefulSet namespaced sts all scale,status
authentication.k8s.io/v1 selfsubjectreviews SelfSubjectReview cluster
authentication.k8s.io/v1 tokenreviews TokenReview cluster
authorization.k8s.io/v1 localsubjectaccessreviews LocalSubjectAccessReview namespaced
authorization.k8s.io/v1 selfsubjectaccessreviews SelfSubjectAccessReview cluster
authorization.k8s.io/v1 selfsubjectrulesreviews SelfSubjectRulesReview cluster
authorization.k8s.io/v1 subjectaccessreviews SubjectAccessReview cluster
autoscaling/v1 horizontalpodautoscalers HorizontalPodAutoscaler namespaced hpa all status
autoscaling/v2 horizontalpodautoscalers HorizontalPodAutoscaler namespaced hpa all status
batch/v1 cronjobs CronJob namespaced cj all status
batch/v1 jobs Job namespaced - all status
certificates.k8s.io/v1 certificatesigningrequests CertificateSigningRequest cluster csr - approval,status
coordination.k8s.io/v1 leases Lease namespaced
discovery.k8s.io/v1 endpointslices EndpointSlice namespaced
events.k8s.io/v1 events Event namespaced ev
flowcontrol.apiserver.k8s.io/v1 flowschemas FlowSchema cluster - - status
flowcontrol.apiserver.k8s.io/v1 prioritylevelconfigurations PriorityLevelConfiguration cluster - - status
networking.k8s.io/v1 ingressclasses IngressClass cluster
networking.k8s.io/v1 ingresses Ingress namespaced ing - status
networking.k8s.io/v1 ipaddresses IPAddress cluster ip
networking.k8s.io/v1 networkpolicies NetworkPolicy namespaced netpol
networking.k8s.io/v1 servicecidrs ServiceCIDR cluster - - status
node.k8s.io/v1 runtimeclasses RuntimeClass cluster
policy/v1 poddisruptionbudgets PodDisruptionBudget namespaced pdb - status
rbac.authorization.k8s.io/v1 clusterrolebindings ClusterRoleBinding cluster
rbac.authorization.k8s.io/v1 clusterroles ClusterRole cluster
rbac.authorization.k8s.io/v1 rolebindings RoleBinding namespaced
rbac.authorization.k8s.io/v1 roles Role namespaced
resource.k8s.io/v1 deviceclasses DeviceClass cluster
resource.k8s.io/v1 resourceclaims ResourceClaim namespaced - - status
resource.k8s.io/v1 resourceclaimtemplates ResourceClaimTemplate namespaced
resource.k8s.io/v1 resourceslices ResourceSlice cluster
scheduling.k8s.io/v1 priorityclasses PriorityClass cluster pc
storage.k8s.io/v1 csidrivers CSIDriver cluster
storage.k8s.io/v1 csinodes CSINode cluster
storage.k8s.io/v1 csistoragecapacities CSIStorageCapacity namespaced
storage.k8s.io/v1 storageclasses StorageClass cluster sc
storage.k8s.io/v1 volumeattachments VolumeAttachment cluster - - status
storage.k8s.io/v1 volumeattributesclasses VolumeAttributesClass cluster vac
`;

const CREATE_ONLY = /^(?:bindings|.*reviews)$/;
const told = (names: readonly string[] | undefined): string => (names ?? []).join(",") || "-";
const served = builtinDescriptors
  .filter(
    ({ sinceMinor = 0, untilMinor = 99, kind }) =>
      sinceMinor <= 34 && untilMinor >= 34 && kind.group !== "metrics.k8s.io",
  )
  .map((descriptor) => {
    const { kind, shortNames, categories, scale, status, subresources = [] } = descriptor;
    const parts = [...subresources, ...(scale === undefined ? [] : ["scale"]), ...(status === true ? ["status"] : [])];
    const scope = kind.namespaced ? "namespaced" : "cluster";
    const line = [
      apiVersionOf(kind),
      kind.plural,
      kind.kind,
      scope,
      told(shortNames),
      told(categories),
      told(parts.sort()),
    ];
    return line.join(" ").replace(/(?: -)+$/, "");
  });

describe("what a v1.34 server says it serves", () => {
  it("is what `kubectl api-resources` lists", () => {
    expect([...served].sort()).toEqual(EXPECTED.trim().split("\n").sort());
  });

  it("has singulars that are the kinds in lower case", () => {
    for (const { kind, singular } of builtinDescriptors)
      if (kind.group !== "metrics.k8s.io") expect(singular).toBe(kind.kind.toLowerCase());
  });

  it("is created only where it is asked only", () => {
    const createOnly = builtinDescriptors.filter(({ verbs }) => verbs?.length === 1 && verbs[0] === "create");
    expect(createOnly.map(({ kind }) => kind.plural).sort()).toEqual(
      [
        ...new Set(builtinDescriptors.map(({ kind }) => kind.plural).filter((plural) => CREATE_ONLY.test(plural))),
      ].sort(),
    );
  });
});
