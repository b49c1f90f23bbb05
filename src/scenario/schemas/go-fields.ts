import { endings, readTable } from "./overlay.ts";

/**
 * What the Go types of v1.34 say beyond their JSON schema, which decides what an object reads like once a server has decoded it:
 * pointers, whose zero is not the same as nothing; structs that are no pointers, which are always there; and fields that are
 * written even when empty though no schema requires them. A type is the end of a component's name.
 */
const POINTERS = `
MatchResources matchPolicy
MutatingWebhook failurePolicy,matchPolicy,sideEffects,timeoutSeconds,reinvocationPolicy
NamedRuleWithOperations,RuleWithOperations scope
ParamRef parameterNotFoundAction
admissionregistration.v1.ServiceReference,apiextensions.v1.ServiceReference path,port
ValidatingAdmissionPolicySpec failurePolicy
ValidatingWebhook failurePolicy,matchPolicy,sideEffects,timeoutSeconds
Validation reason
admissionregistration.v1.WebhookClientConfig,apiextensions.v1.WebhookClientConfig url
CustomResourceDefinitionVersion deprecationWarning
CustomResourceSubresourceScale labelSelectorPath
JSONSchemaProps $ref,maximum,minimum,maxLength,minLength,maxItems,minItems,multipleOf,maxProperties,minProperties
JSONSchemaProps x-kubernetes-preserve-unknown-fields,x-kubernetes-list-type,x-kubernetes-map-type
ValidationRule reason,optionalOldSelf
apiregistration.v1.ServiceReference port
DaemonSetSpec revisionHistoryLimit
DaemonSetStatus,StatefulSetStatus collisionCount
DeploymentSpec replicas,revisionHistoryLimit,progressDeadlineSeconds
DeploymentStatus terminatingReplicas,collisionCount
ReplicaSetSpec,ReplicationControllerSpec replicas
ReplicaSetStatus terminatingReplicas
RollingUpdateStatefulSetStrategy partition
StatefulSetSpec replicas,revisionHistoryLimit
TokenRequestSpec,CertificateSigningRequestSpec,ServiceAccountTokenProjection,storage.v1.TokenRequest expirationSeconds
autoscaling.v1.HorizontalPodAutoscalerSpec minReplicas,targetCPUUtilizationPercentage
autoscaling.v1.HorizontalPodAutoscalerStatus observedGeneration,currentCPUUtilizationPercentage
HPAScalingRules stabilizationWindowSeconds,selectPolicy
autoscaling.v2.HorizontalPodAutoscalerSpec minReplicas
autoscaling.v2.HorizontalPodAutoscalerStatus observedGeneration
MetricTarget,MetricValueStatus averageUtilization
CronJobSpec timeZone,startingDeadlineSeconds,suspend,successfulJobsHistoryLimit,failedJobsHistoryLimit
JobSpec parallelism,completions,activeDeadlineSeconds,backoffLimit,backoffLimitPerIndex,maxFailedIndexes,manualSelector
JobSpec ttlSecondsAfterFinished,completionMode,suspend,podReplacementPolicy,managedBy
JobStatus terminating,failedIndexes,ready
PodFailurePolicyOnExitCodesRequirement containerName
SuccessPolicyRule succeededIndexes,succeededCount
LeaseSpec holderIdentity,leaseDurationSeconds,leaseTransitions,strategy,preferredHolder
AppArmorProfile,SeccompProfile localhostProfile
AzureDiskVolumeSource cachingMode,fsType,readOnly,kind
AzureFilePersistentVolumeSource secretNamespace
CSIVolumeSource readOnly,fsType
ClientIPConfig timeoutSeconds
ClusterTrustBundleProjection name,signerName,optional
ConfigMapEnvSource,ConfigMapKeySelector,ConfigMapProjection,SecretEnvSource,SecretKeySelector,SecretProjection optional
ConfigMapVolumeSource,SecretVolumeSource defaultMode,optional
ConfigMap,Secret immutable
ContainerStatus started,stopSignal
Container,EphemeralContainer restartPolicy
DownwardAPIVolumeFile,KeyToPath mode
DownwardAPIVolumeSource,ProjectedVolumeSource defaultMode
EndpointAddress nodeName
core.v1.EndpointPort,ServicePort appProtocol
FCVolumeSource lun
GRPCAction service
HostPathVolumeSource type
ISCSIPersistentVolumeSource,ISCSIVolumeSource initiatorName
Lifecycle stopSignal
LoadBalancerIngress ipMode
LocalVolumeSource fsType
PersistentVolumeClaimSpec storageClassName,volumeMode,volumeAttributesClassName
PersistentVolumeClaimStatus currentVolumeAttributesClassName
PersistentVolumeSpec volumeMode,volumeAttributesClassName
PodCertificateProjection maxExpirationSeconds
PodDNSConfigOption value
PodResourceClaimStatus resourceClaimName
PodResourceClaim resourceClaimName,resourceClaimTemplateName
PodSecurityContext runAsUser,runAsGroup,runAsNonRoot,supplementalGroupsPolicy,fsGroup,fsGroupChangePolicy,seLinuxChangePolicy
PodSpec terminationGracePeriodSeconds,activeDeadlineSeconds,automountServiceAccountToken,shareProcessNamespace,priority
PodSpec runtimeClassName,enableServiceLinks,preemptionPolicy,setHostnameAsFQDN,hostUsers,hostnameOverride
PortStatus,IngressPortStatus error
Probe terminationGracePeriodSeconds
SecurityContext privileged,runAsUser,runAsGroup,runAsNonRoot,readOnlyRootFilesystem,allowPrivilegeEscalation,procMount
ServiceAccount automountServiceAccountToken
ServiceSpec ipFamilyPolicy,allocateLoadBalancerNodePorts,loadBalancerClass,internalTrafficPolicy,trafficDistribution
Toleration,DeviceToleration tolerationSeconds
TopologySpreadConstraint minDomains,nodeAffinityPolicy,nodeTaintsPolicy
TypedLocalObjectReference apiGroup
TypedObjectReference apiGroup,namespace
VolumeMountStatus recursiveReadOnly
VolumeMount recursiveReadOnly,mountPropagation
WindowsSecurityContextOptions gmsaCredentialSpecName,gmsaCredentialSpec,runAsUserName,hostProcess
EndpointConditions ready,serving,terminating
discovery.v1.EndpointPort name,protocol,port,appProtocol
Endpoint hostname,nodeName,zone
ExemptPriorityLevelConfiguration nominalConcurrencyShares,lendablePercent
LimitedPriorityLevelConfiguration nominalConcurrencyShares,lendablePercent,borrowingLimitPercent
ObjectMeta deletionGracePeriodSeconds
OwnerReference controller,blockOwnerDeletion
HTTPIngressPath pathType
IngressClassParametersReference apiGroup,scope,namespace
IngressSpec ingressClassName
NetworkPolicyPort protocol,endPort
PodDisruptionBudgetSpec unhealthyPodEvictionPolicy
DeviceAttribute int,bool,string,version
DeviceClassSpec extendedResourceName
DeviceConstraint matchAttribute,distinctAttribute
DeviceRequestAllocationResult adminAccess,shareID
Device nodeName,allNodes,bindsToNode,allowMultipleAllocations
ExactDeviceRequest adminAccess
ResourceSliceSpec nodeName,allNodes,perDeviceNodeSelection
PriorityClass preemptionPolicy
CSIDriverSpec attachRequired,podInfoOnMount,storageCapacity,fsGroupPolicy,requiresRepublish,seLinuxMount
CSIDriverSpec nodeAllocatableUpdatePeriodSeconds,serviceAccountTokenInSecrets,preventPodSchedulingIfMissing
StorageClass reclaimPolicy,allowVolumeExpansion,volumeBindingMode
VolumeAttachmentSource persistentVolumeName
VolumeNodeResources count
`;

const STRUCTS = `
ValidatingAdmissionPolicyBinding,JobTemplateSpec,Lease,LimitRange,PersistentVolumeClaimTemplate,PodTemplateSpec spec
IPAddress,IngressClass,NetworkPolicy,DeviceClass,ResourceClaimTemplateSpec,ResourceClaimTemplate,ResourceSlice spec
CSIDriver,CSINode spec
MutatingWebhook,ValidatingWebhook clientConfig
ValidatingAdmissionPolicy,CustomResourceDefinition,APIService,DaemonSet,Deployment,ReplicaSet,StatefulSet spec,status
authentication.v1.TokenRequest,TokenReview,LocalSubjectAccessReview,SelfSubjectAccessReview spec,status
SelfSubjectRulesReview,SubjectAccessReview,autoscaling.v1.HorizontalPodAutoscaler,Scale spec,status
autoscaling.v2.HorizontalPodAutoscaler,CronJob,Job,CertificateSigningRequest,Namespace,Node spec,status
PersistentVolumeClaim,PersistentVolume,Pod,ReplicationController,ResourceQuota,Service,FlowSchema spec,status
PriorityLevelConfiguration,Ingress,ServiceCIDR,PodDisruptionBudget,resource.v1.ResourceClaim,VolumeAttachment spec,status
CustomResourceDefinitionSpec names
CustomResourceDefinitionStatus acceptedNames
DaemonSetSpec,StatefulSetSpec template,updateStrategy
DeploymentSpec template,strategy
ReplicaSetSpec,JobSpec,PodTemplate template
autoscaling.v1.HorizontalPodAutoscalerSpec,autoscaling.v2.HorizontalPodAutoscalerSpec scaleTargetRef
ContainerResourceMetricSource,ResourceMetricSource,Binding target
ContainerResourceMetricStatus,ResourceMetricStatus current
ExternalMetricSource,PodsMetricSource metric,target
ExternalMetricStatus,PodsMetricStatus metric,current
ObjectMetricSource describedObject,target,metric
ObjectMetricStatus metric,current,describedObject
CronJobSpec jobTemplate
ContainerStatus state,lastState
Container,EphemeralContainer,PersistentVolumeClaimSpec resources
core.v1.Event involvedObject,source
NodeDaemonEndpoints kubeletEndpoint
NodeStatus daemonEndpoints,nodeInfo
PreferredSchedulingTerm preference
ServiceStatus,IngressStatus loadBalancer
WeightedPodAffinityTerm podAffinityTerm
Endpoint conditions
events.v1.Event regarding,deprecatedSource
FlowSchemaSpec priorityLevelConfiguration
LimitedPriorityLevelConfiguration limitResponse
HTTPIngressPath backend
IngressServiceBackend port
NetworkPolicySpec podSelector
ClusterRoleBinding,RoleBinding roleRef
ResourceClaimSpec devices
ResourceSliceSpec pool
VolumeAttachmentSpec source
PodTemplateSpec,JobTemplateSpec,PersistentVolumeClaimTemplate,ResourceClaimTemplateSpec metadata
`;

const WRITTEN = `
StatefulSetOrdinals start
StatefulSetSpec serviceName
StatefulSetStatus availableReplicas
PodFailurePolicyOnPodConditionsPattern status
core.v1.Event reportingComponent,reportingInstance
FlowSchemaSpec matchingPrecedence
QueuingConfiguration queues,handSize,queueLengthLimit
PodDisruptionBudgetStatus disruptionsAllowed,currentHealthy,desiredHealthy,expectedPods
RoleRef apiGroup
ResourceFieldSelector divisor
PriorityClass value
`;

/** Times that are no pointers, which are written as null while there is none. */
const TIMES = `
PersistentVolumeClaimCondition,PodCondition,JobCondition lastProbeTime,lastTransitionTime
ReplicationControllerCondition,NamespaceCondition,StatefulSetCondition,DaemonSetCondition lastTransitionTime
ReplicaSetCondition,HorizontalPodAutoscalerCondition,FlowSchemaCondition,PriorityLevelConfigurationCondition lastTransitionTime
APIServiceCondition,CustomResourceDefinitionCondition,Condition lastTransitionTime
NodeCondition lastHeartbeatTime,lastTransitionTime
DeploymentCondition,CertificateSigningRequestCondition lastUpdateTime,lastTransitionTime
ContainerStateRunning startedAt
ContainerStateTerminated startedAt,finishedAt
core.v1.Event firstTimestamp,lastTimestamp,eventTime
events.v1.Event eventTime,deprecatedFirstTimestamp,deprecatedLastTimestamp
EventSeries lastObservedTime
VolumeError time
`;

/** Lists that are written as null while there are none: nobody adds or removes such a list, they fill and empty it. */
const LISTS = `
PodSpec containers
CSINodeSpec drivers
Role,ClusterRole rules
LimitRangeSpec limits
EndpointSlice endpoints,ports
DeviceClaim requests
autoscaling.v2.HorizontalPodAutoscalerStatus currentMetrics
`;

/** The marks a component gets, to be found by `compileDecoding`. */
export type GoFields = {
  readonly "x-go-pointers"?: readonly string[];
  readonly "x-go-structs"?: readonly string[];
  readonly "x-go-written"?: readonly string[];
  readonly "x-go-times"?: readonly string[];
  readonly "x-go-lists"?: readonly string[];
};

export type GoFieldTables = {
  readonly fieldsOf: (component: string) => GoFields;
  /** `Type field` pairs the tables name, for checking that each is met. */
  readonly entries: readonly string[];
};

/** Reads the tables. */
export function readGoFields(): GoFieldTables {
  const marks = [
    ["x-go-pointers", byType(POINTERS)],
    ["x-go-structs", byType(STRUCTS)],
    ["x-go-written", byType(WRITTEN)],
    ["x-go-times", byType(TIMES)],
    ["x-go-lists", byType(LISTS)],
  ] as const;
  return {
    fieldsOf: (component) => {
      const found: Record<string, readonly string[]> = {};
      for (const [mark, table] of marks) {
        const fields = endings(component).flatMap((ending) => table.get(ending) ?? []);
        if (fields.length > 0) found[mark] = fields;
      }
      return found;
    },
    entries: marks.flatMap(([, table]) =>
      [...table].flatMap(([type, fields]) => fields.map((field) => `${type} ${field}`)),
    ),
  };
}

function byType(text: string): ReadonlyMap<string, readonly string[]> {
  const table = new Map<string, string[]>();
  for (const pair of readTable(text, () => true).keys()) {
    const [type = "", field = ""] = pair.split(" ");
    table.set(type, [...(table.get(type) ?? []), field]);
  }
  return table;
}
