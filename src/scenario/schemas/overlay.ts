import type { JsonSchema } from "../../apimachinery/index.ts";

/** Extensions of a schema that tell strategic merge patch and server-side apply how to merge. */
export type MergeRules = Pick<
  JsonSchema,
  | "x-kubernetes-list-type"
  | "x-kubernetes-list-map-keys"
  | "x-kubernetes-map-type"
  | "x-kubernetes-patch-strategy"
  | "x-kubernetes-patch-merge-key"
>;

/**
 * How lists and fields of built-in types merge in Kubernetes v1.34, which the client's models do not tell. Columns: types,
 * fields, patch strategy, patch merge key, list type, list map keys; `-` where there is none. A type is the end of a component's
 * name, so that `rbac.v1.Subject` is another than `flowcontrol.v1.Subject`. Lists not named here are atomic.
 */
const LISTS = `
PodSpec containers,initContainers,ephemeralContainers,imagePullSecrets,schedulingGates merge name map name
PodSpec volumes,resourceClaims merge,retainKeys name map name
PodSpec hostAliases merge ip map ip
PodSpec topologySpreadConstraints merge topologyKey map topologyKey,whenUnsatisfiable
Container,EphemeralContainer env merge name map name
Container,EphemeralContainer ports merge containerPort map containerPort,protocol
Container,EphemeralContainer,ContainerStatus volumeMounts merge mountPath map mountPath
Container,EphemeralContainer volumeDevices merge devicePath map devicePath
ContainerStatus allocatedResourcesStatus merge name map name
ServiceSpec ports merge port map port,protocol
ServiceAccount secrets merge name map name
core.v1.ResourceRequirements claims - - map name
ResourceStatus resources - - map resourceID
ObjectMeta finalizers merge - set -
ObjectMeta ownerReferences merge uid map uid
PodStatus conditions merge type map type
PodStatus podIPs merge ip map ip
PodStatus hostIPs merge ip atomic -
PodStatus resourceClaimStatuses merge,retainKeys name map name
NodeSpec podCIDRs merge - set -
NodeStatus conditions,addresses merge type map type
DeploymentStatus,ReplicaSetStatus,StatefulSetStatus,DaemonSetStatus,ReplicationControllerStatus conditions merge type map type
NamespaceStatus,PersistentVolumeClaimStatus,ServiceStatus,ComponentStatus conditions merge type map type
autoscaling.v2.HorizontalPodAutoscalerStatus,PodDisruptionBudgetStatus conditions merge type map type
FlowSchemaStatus,PriorityLevelConfigurationStatus,ServiceCIDRStatus,APIServiceStatus conditions merge type map type
JobStatus conditions merge type atomic -
CustomResourceDefinitionStatus,CertificateSigningRequestStatus conditions - - map type
ValidatingAdmissionPolicyStatus,AllocatedDeviceStatus conditions - - map type
DeploymentSpec strategy retainKeys - - -
PodDisruptionBudgetSpec selector replace - - -
MutatingWebhookConfiguration,ValidatingWebhookConfiguration webhooks merge name map name
MutatingWebhook,ValidatingWebhook matchConditions merge name map name
ValidatingAdmissionPolicySpec matchConditions,variables merge name map name
JSONSchemaProps x-kubernetes-validations merge rule map rule
CSINodeSpec drivers merge name map name
ResourceClaimStatus reservedFor merge uid map uid
ResourceClaimStatus devices - - map driver,device,pool,shareID
discovery.v1.Endpoint addresses - - set -
ResourcePolicyRule verbs,apiGroups,resources,namespaces - - set -
NonResourcePolicyRule verbs,nonResourceURLs - - set -
PodFailurePolicyOnExitCodesRequirement,ContainerRestartRuleOnExitCodes values - - set -
UncountedTerminatedPods failed,succeeded - - set -
ValidatingAdmissionPolicyBindingSpec validationActions - - set -
CSIDriverSpec volumeLifecycleModes - - set -
`;

/** Structs that server-side apply owns as a whole. */
const ATOMIC_TYPES = `
LabelSelector OwnerReference ObjectReference LocalObjectReference TypedLocalObjectReference SecretReference NodeSelector
NodeSelectorTerm TopologySelectorTerm ScopeSelector ObjectFieldSelector ResourceFieldSelector ConfigMapKeySelector
SecretKeySelector FileKeySelector EndpointAddress EndpointPort autoscaling.v1.CrossVersionObjectReference RoleRef
rbac.v1.Subject ServiceBackendPort MatchResources NamedRuleWithOperations ParamKind ParamRef Variable
`;

/** Fields the models call strings (or maps or lists of strings) that are quantities. */
const QUANTITIES = `
core.v1.ResourceRequirements limits,requests
VolumeResourceRequirements limits,requests
NodeStatus capacity,allocatable
PodSpec overhead
Overhead podFixed
ResourceQuotaSpec hard
ResourceQuotaStatus hard,used
LimitRangeItem max,min,default,defaultRequest,maxLimitRequestRatio
PersistentVolumeSpec capacity
PersistentVolumeClaimStatus capacity,allocatedResources
ContainerStatus allocatedResources
EmptyDirVolumeSource sizeLimit
ResourceFieldSelector divisor
MetricTarget value,averageValue
MetricValueStatus value,averageValue
HPAScalingRules tolerance
CSIStorageCapacity capacity,maximumVolumeSize
DeviceCapacity value
CapacityRequirements requests
CapacityRequestPolicy default,validValues
CapacityRequestPolicyRange min,max,step
DeviceRequestAllocationResult consumedCapacity
Counter value
`;

/** Fields whose map or struct is owned otherwise than their type says. */
const MAPS = `
PodSpec,Scheduling nodeSelector atomic
ServiceSpec,ReplicationControllerSpec selector atomic
PersistentVolumeSpec claimRef granular
`;

/** Defaults server-side apply needs to tell list items apart. */
const DEFAULTS = `
ContainerPort,ServicePort protocol TCP
`;

/** What the overlay says of one field; each entry knows whether it was ever asked for. */
export type Overlay = {
  readonly rulesOf: (component: string, field: string) => MergeRules | undefined;
  readonly isAtomic: (component: string) => boolean;
  readonly isQuantity: (component: string, field: string) => boolean;
  readonly defaultOf: (component: string, field: string) => string | undefined;
  /** `Type field` pairs the tables name, for checking that each is met. */
  readonly entries: readonly string[];
};

/** Reads the tables. */
export function readOverlay(): Overlay {
  const rules = new Map([...readTable(LISTS, mergeRules), ...readTable(MAPS, mapRules)]);
  const quantities = readTable(QUANTITIES, () => true);
  const defaults = readTable(DEFAULTS, ([value]) => value);
  const atomic = new Set(ATOMIC_TYPES.trim().split(/\s+/));
  return {
    rulesOf: (component, field) => lookUp(rules, component, field),
    isAtomic: (component) => endings(component).some((ending) => atomic.has(ending)),
    isQuantity: (component, field) => lookUp(quantities, component, field) === true,
    defaultOf: (component, field) => lookUp(defaults, component, field),
    entries: [...rules.keys(), ...quantities.keys(), ...defaults.keys()],
  };
}

function mapRules([type]: readonly string[]): MergeRules {
  return { "x-kubernetes-map-type": type as "atomic" | "granular" };
}

/** The names a component goes by in the tables: `PodSpec`, `v1.PodSpec`, `core.v1.PodSpec`. */
export function endings(component: string): readonly string[] {
  const parts = component.split(".");
  return [parts.slice(-1).join("."), parts.slice(-3).join(".")];
}

/** What a table says of a field, under whichever name of its component. */
export function lookUp<T>(table: ReadonlyMap<string, T>, component: string, field: string): T | undefined {
  for (const ending of endings(component)) {
    const found = table.get(`${ending} ${field}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A table of types, their fields and more columns, by `Type field`. */
export function readTable<T>(text: string, read: (columns: readonly string[]) => T): ReadonlyMap<string, T> {
  const table = new Map<string, T>();
  for (const line of text.trim().split("\n")) {
    const [types = "", fields = "", ...columns] = line.split(" ");
    for (const type of types.split(","))
      for (const field of fields.split(",")) table.set(`${type} ${field}`, read(columns));
  }
  return table;
}

function mergeRules(columns: readonly string[]): MergeRules {
  const [strategy = "-", mergeKey = "-", listType = "-", keys = "-"] = columns;
  return {
    ...(strategy === "-" ? {} : { "x-kubernetes-patch-strategy": strategy }),
    ...(mergeKey === "-" ? {} : { "x-kubernetes-patch-merge-key": mergeKey }),
    ...(listType === "-" ? {} : { "x-kubernetes-list-type": listType as "atomic" | "set" | "map" }),
    ...(keys === "-" ? {} : { "x-kubernetes-list-map-keys": keys.split(",") }),
  };
}
