/** Messages of every served group version but the core one, by apiVersion; in the form of `core-messages.ts`. */
export const GROUP_MESSAGES: Readonly<Record<string, string>> = {
  "apps/v1": `
ControllerRevision: 1 metadata meta.ObjectMeta, 2 data json, 3 revision int!
DaemonSet: 1 metadata meta.ObjectMeta, 2 spec DaemonSetSpec, 3 status DaemonSetStatus
DaemonSetCondition: 1 type string!, 2 status string!, 3 lastTransitionTime time, 4 reason string, 5 message string
DaemonSetSpec: 1 selector meta.LabelSelector, 2 template core.PodTemplateSpec, 3 updateStrategy DaemonSetUpdateStrategy, 4 minReadySeconds int, 6 revisionHistoryLimit int!
DaemonSetStatus: 1 currentNumberScheduled int!, 2 numberMisscheduled int!, 3 desiredNumberScheduled int!, 4 numberReady int!, 5 observedGeneration int, 6 updatedNumberScheduled int, 7 numberAvailable int, 8 numberUnavailable int, 9 collisionCount int!, 10 conditions [DaemonSetCondition]
DaemonSetUpdateStrategy: 1 type string, 2 rollingUpdate RollingUpdateDaemonSet
Deployment: 1 metadata meta.ObjectMeta, 2 spec DeploymentSpec, 3 status DeploymentStatus
DeploymentCondition: 1 type string!, 2 status string!, 4 reason string, 5 message string, 6 lastUpdateTime time, 7 lastTransitionTime time
DeploymentSpec: 1 replicas int!, 2 selector meta.LabelSelector, 3 template core.PodTemplateSpec, 4 strategy DeploymentStrategy, 5 minReadySeconds int, 6 revisionHistoryLimit int!, 7 paused bool, 9 progressDeadlineSeconds int!
DeploymentStatus: 1 observedGeneration int, 2 replicas int, 3 updatedReplicas int, 4 availableReplicas int, 5 unavailableReplicas int, 6 conditions [DeploymentCondition], 7 readyReplicas int, 8 collisionCount int!, 9 terminatingReplicas int!
DeploymentStrategy: 1 type string, 2 rollingUpdate RollingUpdateDeployment
ReplicaSet: 1 metadata meta.ObjectMeta, 2 spec ReplicaSetSpec, 3 status ReplicaSetStatus
ReplicaSetCondition: 1 type string!, 2 status string!, 3 lastTransitionTime time, 4 reason string, 5 message string
ReplicaSetSpec: 1 replicas int!, 2 selector meta.LabelSelector, 3 template core.PodTemplateSpec, 4 minReadySeconds int
ReplicaSetStatus: 1 replicas int!, 2 fullyLabeledReplicas int, 3 observedGeneration int, 4 readyReplicas int, 5 availableReplicas int, 6 conditions [ReplicaSetCondition], 7 terminatingReplicas int!
RollingUpdateDaemonSet: 1 maxUnavailable intOrString, 2 maxSurge intOrString
RollingUpdateDeployment: 1 maxUnavailable intOrString, 2 maxSurge intOrString
RollingUpdateStatefulSetStrategy: 1 partition int!, 2 maxUnavailable intOrString
StatefulSet: 1 metadata meta.ObjectMeta, 2 spec StatefulSetSpec, 3 status StatefulSetStatus
StatefulSetCondition: 1 type string!, 2 status string!, 3 lastTransitionTime time, 4 reason string, 5 message string
StatefulSetOrdinals: 1 start int!
StatefulSetPersistentVolumeClaimRetentionPolicy: 1 whenDeleted string, 2 whenScaled string
StatefulSetSpec: 1 replicas int!, 2 selector meta.LabelSelector, 3 template core.PodTemplateSpec, 4 volumeClaimTemplates [core.PersistentVolumeClaim], 5 serviceName string!, 6 podManagementPolicy string, 7 updateStrategy StatefulSetUpdateStrategy, 8 revisionHistoryLimit int!, 9 minReadySeconds int, 10 persistentVolumeClaimRetentionPolicy StatefulSetPersistentVolumeClaimRetentionPolicy, 11 ordinals StatefulSetOrdinals
StatefulSetStatus: 1 observedGeneration int, 2 replicas int!, 3 readyReplicas int, 4 currentReplicas int, 5 updatedReplicas int, 6 currentRevision string, 7 updateRevision string, 9 collisionCount int!, 10 conditions [StatefulSetCondition], 11 availableReplicas int!
StatefulSetUpdateStrategy: 1 type string, 2 rollingUpdate RollingUpdateStatefulSetStrategy
`,
  "batch/v1": `
CronJob: 1 metadata meta.ObjectMeta, 2 spec CronJobSpec, 3 status CronJobStatus
CronJobSpec: 1 schedule string!, 2 startingDeadlineSeconds int!, 3 concurrencyPolicy string, 4 suspend bool!, 5 jobTemplate JobTemplateSpec, 6 successfulJobsHistoryLimit int!, 7 failedJobsHistoryLimit int!, 8 timeZone string!
CronJobStatus: 1 active [core.ObjectReference], 4 lastScheduleTime time, 5 lastSuccessfulTime time
Job: 1 metadata meta.ObjectMeta, 2 spec JobSpec, 3 status JobStatus
JobCondition: 1 type string!, 2 status string!, 3 lastProbeTime time, 4 lastTransitionTime time, 5 reason string, 6 message string
JobSpec: 1 parallelism int!, 2 completions int!, 3 activeDeadlineSeconds int!, 4 selector meta.LabelSelector, 5 manualSelector bool!, 6 template core.PodTemplateSpec, 7 backoffLimit int!, 8 ttlSecondsAfterFinished int!, 9 completionMode string!, 10 suspend bool!, 11 podFailurePolicy PodFailurePolicy, 12 backoffLimitPerIndex int!, 13 maxFailedIndexes int!, 14 podReplacementPolicy string!, 15 managedBy string!, 16 successPolicy SuccessPolicy
JobStatus: 1 conditions [JobCondition], 2 startTime time, 3 completionTime time, 4 active int, 5 succeeded int, 6 failed int, 7 completedIndexes string, 8 uncountedTerminatedPods UncountedTerminatedPods, 9 ready int!, 10 failedIndexes string!, 11 terminating int!
JobTemplateSpec: 1 metadata meta.ObjectMeta, 2 spec JobSpec
PodFailurePolicy: 1 rules [PodFailurePolicyRule]
PodFailurePolicyOnExitCodesRequirement: 1 containerName string!, 2 operator string!, 3 values [int]
PodFailurePolicyOnPodConditionsPattern: 1 type string!, 2 status string!
PodFailurePolicyRule: 1 action string!, 2 onExitCodes PodFailurePolicyOnExitCodesRequirement, 3 onPodConditions [PodFailurePolicyOnPodConditionsPattern]
SuccessPolicy: 1 rules [SuccessPolicyRule]
SuccessPolicyRule: 1 succeededIndexes string!, 2 succeededCount int!
UncountedTerminatedPods: 1 succeeded [string], 2 failed [string]
`,
  "autoscaling/v1": `
CrossVersionObjectReference: 1 kind string!, 2 name string!, 3 apiVersion string
HorizontalPodAutoscaler: 1 metadata meta.ObjectMeta, 2 spec HorizontalPodAutoscalerSpec, 3 status HorizontalPodAutoscalerStatus
HorizontalPodAutoscalerSpec: 1 scaleTargetRef CrossVersionObjectReference, 2 minReplicas int!, 3 maxReplicas int!, 4 targetCPUUtilizationPercentage int!
HorizontalPodAutoscalerStatus: 1 observedGeneration int!, 2 lastScaleTime time, 3 currentReplicas int!, 4 desiredReplicas int!, 5 currentCPUUtilizationPercentage int!
Scale: 1 metadata meta.ObjectMeta, 2 spec ScaleSpec, 3 status ScaleStatus
ScaleSpec: 1 replicas int
ScaleStatus: 1 replicas int!, 2 selector string
`,
  "autoscaling/v2": `
ContainerResourceMetricSource: 1 name string!, 2 target MetricTarget, 3 container string!
ContainerResourceMetricStatus: 1 name string!, 2 current MetricValueStatus, 3 container string!
CrossVersionObjectReference: 1 kind string!, 2 name string!, 3 apiVersion string
ExternalMetricSource: 1 metric MetricIdentifier, 2 target MetricTarget
ExternalMetricStatus: 1 metric MetricIdentifier, 2 current MetricValueStatus
HPAScalingPolicy: 1 type string!, 2 value int!, 3 periodSeconds int!
HPAScalingRules: 1 selectPolicy string!, 2 policies [HPAScalingPolicy], 3 stabilizationWindowSeconds int!, 4 tolerance quantity
HorizontalPodAutoscaler: 1 metadata meta.ObjectMeta, 2 spec HorizontalPodAutoscalerSpec, 3 status HorizontalPodAutoscalerStatus
HorizontalPodAutoscalerBehavior: 1 scaleUp HPAScalingRules, 2 scaleDown HPAScalingRules
HorizontalPodAutoscalerCondition: 1 type string!, 2 status string!, 3 lastTransitionTime time, 4 reason string, 5 message string
HorizontalPodAutoscalerSpec: 1 scaleTargetRef CrossVersionObjectReference, 2 minReplicas int!, 3 maxReplicas int!, 4 metrics [MetricSpec], 5 behavior HorizontalPodAutoscalerBehavior
HorizontalPodAutoscalerStatus: 1 observedGeneration int!, 2 lastScaleTime time, 3 currentReplicas int, 4 desiredReplicas int!, 5 currentMetrics [MetricStatus], 6 conditions [HorizontalPodAutoscalerCondition]
MetricIdentifier: 1 name string!, 2 selector meta.LabelSelector
MetricSpec: 1 type string!, 2 object ObjectMetricSource, 3 pods PodsMetricSource, 4 resource ResourceMetricSource, 5 external ExternalMetricSource, 7 containerResource ContainerResourceMetricSource
MetricStatus: 1 type string!, 2 object ObjectMetricStatus, 3 pods PodsMetricStatus, 4 resource ResourceMetricStatus, 5 external ExternalMetricStatus, 7 containerResource ContainerResourceMetricStatus
MetricTarget: 1 type string!, 2 value quantity, 3 averageValue quantity, 4 averageUtilization int!
MetricValueStatus: 1 value quantity, 2 averageValue quantity, 3 averageUtilization int!
ObjectMetricSource: 1 describedObject CrossVersionObjectReference, 2 target MetricTarget, 3 metric MetricIdentifier
ObjectMetricStatus: 1 metric MetricIdentifier, 2 current MetricValueStatus, 3 describedObject CrossVersionObjectReference
PodsMetricSource: 1 metric MetricIdentifier, 2 target MetricTarget
PodsMetricStatus: 1 metric MetricIdentifier, 2 current MetricValueStatus
ResourceMetricSource: 1 name string!, 2 target MetricTarget
ResourceMetricStatus: 1 name string!, 2 current MetricValueStatus
`,
  "authentication.k8s.io/v1": `
BoundObjectReference: 1 kind string, 2 apiVersion string, 3 name string, 4 uid string
SelfSubjectReview: 1 metadata meta.ObjectMeta, 2 status SelfSubjectReviewStatus
SelfSubjectReviewStatus: 1 userInfo UserInfo
TokenRequest: 1 metadata meta.ObjectMeta, 2 spec TokenRequestSpec, 3 status TokenRequestStatus
TokenRequestSpec: 1 audiences [string], 3 boundObjectRef BoundObjectReference, 4 expirationSeconds int!
TokenRequestStatus: 1 token string!, 2 expirationTimestamp time
TokenReview: 1 metadata meta.ObjectMeta, 2 spec TokenReviewSpec, 3 status TokenReviewStatus
TokenReviewSpec: 1 token string, 2 audiences [string]
TokenReviewStatus: 1 authenticated bool, 2 user UserInfo, 3 error string, 4 audiences [string]
UserInfo: 1 username string, 2 uid string, 3 groups [string], 4 extra {texts}
`,
  "authorization.k8s.io/v1": `
FieldSelectorAttributes: 1 rawSelector string, 2 requirements [meta.FieldSelectorRequirement]
LabelSelectorAttributes: 1 rawSelector string, 2 requirements [meta.LabelSelectorRequirement]
LocalSubjectAccessReview: 1 metadata meta.ObjectMeta, 2 spec SubjectAccessReviewSpec, 3 status SubjectAccessReviewStatus
NonResourceAttributes: 1 path string, 2 verb string
NonResourceRule: 1 verbs [string], 2 nonResourceURLs [string]
ResourceAttributes: 1 namespace string, 2 verb string, 3 group string, 4 version string, 5 resource string, 6 subresource string, 7 name string, 8 fieldSelector FieldSelectorAttributes, 9 labelSelector LabelSelectorAttributes
ResourceRule: 1 verbs [string], 2 apiGroups [string], 3 resources [string], 4 resourceNames [string]
SelfSubjectAccessReview: 1 metadata meta.ObjectMeta, 2 spec SelfSubjectAccessReviewSpec, 3 status SubjectAccessReviewStatus
SelfSubjectAccessReviewSpec: 1 resourceAttributes ResourceAttributes, 2 nonResourceAttributes NonResourceAttributes
SelfSubjectRulesReview: 1 metadata meta.ObjectMeta, 2 spec SelfSubjectRulesReviewSpec, 3 status SubjectRulesReviewStatus
SelfSubjectRulesReviewSpec: 1 namespace string
SubjectAccessReview: 1 metadata meta.ObjectMeta, 2 spec SubjectAccessReviewSpec, 3 status SubjectAccessReviewStatus
SubjectAccessReviewSpec: 1 resourceAttributes ResourceAttributes, 2 nonResourceAttributes NonResourceAttributes, 3 user string, 4 groups [string], 5 extra {texts}, 6 uid string
SubjectAccessReviewStatus: 1 allowed bool!, 2 reason string, 3 evaluationError string, 4 denied bool
SubjectRulesReviewStatus: 1 resourceRules [ResourceRule], 2 nonResourceRules [NonResourceRule], 3 incomplete bool!, 4 evaluationError string
`,
  "policy/v1": `
Eviction: 1 metadata meta.ObjectMeta, 2 deleteOptions meta.DeleteOptions
PodDisruptionBudget: 1 metadata meta.ObjectMeta, 2 spec PodDisruptionBudgetSpec, 3 status PodDisruptionBudgetStatus
PodDisruptionBudgetSpec: 1 minAvailable intOrString, 2 selector meta.LabelSelector, 3 maxUnavailable intOrString, 4 unhealthyPodEvictionPolicy string!
PodDisruptionBudgetStatus: 1 observedGeneration int, 2 disruptedPods {time}, 3 disruptionsAllowed int!, 4 currentHealthy int!, 5 desiredHealthy int!, 6 expectedPods int!, 7 conditions [meta.Condition]
`,
  "rbac.authorization.k8s.io/v1": `
AggregationRule: 1 clusterRoleSelectors [meta.LabelSelector]
ClusterRole: 1 metadata meta.ObjectMeta, 2 rules [PolicyRule], 3 aggregationRule AggregationRule
ClusterRoleBinding: 1 metadata meta.ObjectMeta, 2 subjects [Subject], 3 roleRef RoleRef
PolicyRule: 1 verbs [string], 2 apiGroups [string], 3 resources [string], 4 resourceNames [string], 5 nonResourceURLs [string]
Role: 1 metadata meta.ObjectMeta, 2 rules [PolicyRule]
RoleBinding: 1 metadata meta.ObjectMeta, 2 subjects [Subject], 3 roleRef RoleRef
RoleRef: 1 apiGroup string!, 2 kind string!, 3 name string!
Subject: 1 kind string!, 2 apiGroup string, 3 name string!, 4 namespace string
`,
  "networking.k8s.io/v1": `
HTTPIngressPath: 1 path string, 2 backend IngressBackend, 3 pathType string!
HTTPIngressRuleValue: 1 paths [HTTPIngressPath]
IPAddress: 1 metadata meta.ObjectMeta, 2 spec IPAddressSpec
IPAddressSpec: 1 parentRef ParentReference
IPBlock: 1 cidr string!, 2 except [string]
Ingress: 1 metadata meta.ObjectMeta, 2 spec IngressSpec, 3 status IngressStatus
IngressBackend: 3 resource core.TypedLocalObjectReference, 4 service IngressServiceBackend
IngressClass: 1 metadata meta.ObjectMeta, 2 spec IngressClassSpec
IngressClassParametersReference: 1 apiGroup string!, 2 kind string!, 3 name string!, 4 scope string!, 5 namespace string!
IngressClassSpec: 1 controller string, 2 parameters IngressClassParametersReference
IngressLoadBalancerIngress: 1 ip string, 2 hostname string, 4 ports [IngressPortStatus]
IngressLoadBalancerStatus: 1 ingress [IngressLoadBalancerIngress]
IngressPortStatus: 1 port int!, 2 protocol string!, 3 error string!
IngressRule: 1 host string, 2 - IngressRuleValue
IngressRuleValue: 1 http HTTPIngressRuleValue
IngressServiceBackend: 1 name string!, 2 port ServiceBackendPort
IngressSpec: 1 defaultBackend IngressBackend, 2 tls [IngressTLS], 3 rules [IngressRule], 4 ingressClassName string!
IngressStatus: 1 loadBalancer IngressLoadBalancerStatus
IngressTLS: 1 hosts [string], 2 secretName string
NetworkPolicy: 1 metadata meta.ObjectMeta, 2 spec NetworkPolicySpec
NetworkPolicyEgressRule: 1 ports [NetworkPolicyPort], 2 to [NetworkPolicyPeer]
NetworkPolicyIngressRule: 1 ports [NetworkPolicyPort], 2 from [NetworkPolicyPeer]
NetworkPolicyPeer: 1 podSelector meta.LabelSelector, 2 namespaceSelector meta.LabelSelector, 3 ipBlock IPBlock
NetworkPolicyPort: 1 protocol string!, 2 port intOrString, 3 endPort int!
NetworkPolicySpec: 1 podSelector meta.LabelSelector, 2 ingress [NetworkPolicyIngressRule], 3 egress [NetworkPolicyEgressRule], 4 policyTypes [string]
ParentReference: 1 group string, 2 resource string, 3 namespace string, 4 name string
ServiceBackendPort: 1 name string, 2 number int
ServiceCIDR: 1 metadata meta.ObjectMeta, 2 spec ServiceCIDRSpec, 3 status ServiceCIDRStatus
ServiceCIDRSpec: 1 cidrs [string]
ServiceCIDRStatus: 1 conditions [meta.Condition]
`,
  "storage.k8s.io/v1": `
CSIDriver: 1 metadata meta.ObjectMeta, 2 spec CSIDriverSpec
CSIDriverSpec: 1 attachRequired bool!, 2 podInfoOnMount bool!, 3 volumeLifecycleModes [string], 4 storageCapacity bool!, 5 fsGroupPolicy string!, 6 tokenRequests [TokenRequest], 7 requiresRepublish bool!, 8 seLinuxMount bool!, 9 nodeAllocatableUpdatePeriodSeconds int!
CSINode: 1 metadata meta.ObjectMeta, 2 spec CSINodeSpec
CSINodeDriver: 1 name string!, 2 nodeID string!, 3 topologyKeys [string], 4 allocatable VolumeNodeResources
CSINodeSpec: 1 drivers [CSINodeDriver]
CSIStorageCapacity: 1 metadata meta.ObjectMeta, 2 nodeTopology meta.LabelSelector, 3 storageClassName string!, 4 capacity quantity, 5 maximumVolumeSize quantity
StorageClass: 1 metadata meta.ObjectMeta, 2 provisioner string!, 3 parameters {string}, 4 reclaimPolicy string!, 5 mountOptions [string], 6 allowVolumeExpansion bool!, 7 volumeBindingMode string!, 8 allowedTopologies [core.TopologySelectorTerm]
TokenRequest: 1 audience string!, 2 expirationSeconds int!
VolumeAttachment: 1 metadata meta.ObjectMeta, 2 spec VolumeAttachmentSpec, 3 status VolumeAttachmentStatus
VolumeAttachmentSource: 1 persistentVolumeName string!, 2 inlineVolumeSpec core.PersistentVolumeSpec
VolumeAttachmentSpec: 1 attacher string!, 2 source VolumeAttachmentSource, 3 nodeName string!
VolumeAttachmentStatus: 1 attached bool!, 2 attachmentMetadata {string}, 3 attachError VolumeError, 4 detachError VolumeError
VolumeAttributesClass: 1 metadata meta.ObjectMeta, 2 driverName string!, 3 parameters {string}
VolumeError: 1 time time, 2 message string, 3 errorCode int!
VolumeNodeResources: 1 count int!
`,
  "scheduling.k8s.io/v1": `
PriorityClass: 1 metadata meta.ObjectMeta, 2 value int!, 3 globalDefault bool, 4 description string, 5 preemptionPolicy string!
`,
  "coordination.k8s.io/v1": `
Lease: 1 metadata meta.ObjectMeta, 2 spec LeaseSpec
LeaseSpec: 1 holderIdentity string!, 2 leaseDurationSeconds int!, 3 acquireTime microTime, 4 renewTime microTime, 5 leaseTransitions int!, 6 strategy string!, 7 preferredHolder string!
`,
  "discovery.k8s.io/v1": `
Endpoint: 1 addresses [string], 2 conditions EndpointConditions, 3 hostname string!, 4 targetRef core.ObjectReference, 5 deprecatedTopology {string}, 6 nodeName string!, 7 zone string!, 8 hints EndpointHints
EndpointConditions: 1 ready bool!, 2 serving bool!, 3 terminating bool!
EndpointHints: 1 forZones [ForZone], 2 forNodes [ForNode]
EndpointPort: 1 name string!, 2 protocol string!, 3 port int!, 4 appProtocol string!
EndpointSlice: 1 metadata meta.ObjectMeta, 2 endpoints [Endpoint], 3 ports [EndpointPort], 4 addressType string!
ForNode: 1 name string!
ForZone: 1 name string!
`,
  "events.k8s.io/v1": `
Event: 1 metadata meta.ObjectMeta, 2 eventTime microTime, 3 series EventSeries, 4 reportingController string, 5 reportingInstance string, 6 action string, 7 reason string, 8 regarding core.ObjectReference, 9 related core.ObjectReference, 10 note string, 11 type string, 12 deprecatedSource core.EventSource, 13 deprecatedFirstTimestamp time, 14 deprecatedLastTimestamp time, 15 deprecatedCount int
EventSeries: 1 count int!, 2 lastObservedTime microTime
`,
  "node.k8s.io/v1": `
Overhead: 1 podFixed {quantity}
RuntimeClass: 1 metadata meta.ObjectMeta, 2 handler string!, 3 overhead Overhead, 4 scheduling Scheduling
Scheduling: 1 nodeSelector {string}, 2 tolerations [core.Toleration]
`,
  "certificates.k8s.io/v1": `
CertificateSigningRequest: 1 metadata meta.ObjectMeta, 2 spec CertificateSigningRequestSpec, 3 status CertificateSigningRequestStatus
CertificateSigningRequestCondition: 1 type string!, 2 reason string, 3 message string, 4 lastUpdateTime time, 5 lastTransitionTime time, 6 status string!
CertificateSigningRequestSpec: 1 request bytes!, 2 username string, 3 uid string, 4 groups [string], 5 usages [string], 6 extra {texts}, 7 signerName string!, 8 expirationSeconds int!
CertificateSigningRequestStatus: 1 conditions [CertificateSigningRequestCondition], 2 certificate bytes
`,
  "admissionregistration.k8s.io/v1": `
AuditAnnotation: 1 key string!, 2 valueExpression string!
ExpressionWarning: 2 fieldRef string!, 3 warning string!
MatchCondition: 1 name string!, 2 expression string!
MatchResources: 1 namespaceSelector meta.LabelSelector, 2 objectSelector meta.LabelSelector, 3 resourceRules [NamedRuleWithOperations], 4 excludeResourceRules [NamedRuleWithOperations], 7 matchPolicy string!
MutatingWebhook: 1 name string!, 2 clientConfig WebhookClientConfig, 3 rules [RuleWithOperations], 4 failurePolicy string!, 5 namespaceSelector meta.LabelSelector, 6 sideEffects string!, 7 timeoutSeconds int!, 8 admissionReviewVersions [string], 9 matchPolicy string!, 10 reinvocationPolicy string!, 11 objectSelector meta.LabelSelector, 12 matchConditions [MatchCondition]
MutatingWebhookConfiguration: 1 metadata meta.ObjectMeta, 2 webhooks [MutatingWebhook]
NamedRuleWithOperations: 1 resourceNames [string], 2 - RuleWithOperations
ParamKind: 1 apiVersion string, 2 kind string
ParamRef: 1 name string, 2 namespace string, 3 selector meta.LabelSelector, 4 parameterNotFoundAction string!
Rule: 1 apiGroups [string], 2 apiVersions [string], 3 resources [string], 4 scope string!
RuleWithOperations: 1 operations [string], 2 - Rule
ServiceReference: 1 namespace string!, 2 name string!, 3 path string!, 4 port int!
TypeChecking: 1 expressionWarnings [ExpressionWarning]
ValidatingAdmissionPolicy: 1 metadata meta.ObjectMeta, 2 spec ValidatingAdmissionPolicySpec, 3 status ValidatingAdmissionPolicyStatus
ValidatingAdmissionPolicyBinding: 1 metadata meta.ObjectMeta, 2 spec ValidatingAdmissionPolicyBindingSpec
ValidatingAdmissionPolicyBindingSpec: 1 policyName string, 2 paramRef ParamRef, 3 matchResources MatchResources, 4 validationActions [string]
ValidatingAdmissionPolicySpec: 1 paramKind ParamKind, 2 matchConstraints MatchResources, 3 validations [Validation], 4 failurePolicy string!, 5 auditAnnotations [AuditAnnotation], 6 matchConditions [MatchCondition], 7 variables [Variable]
ValidatingAdmissionPolicyStatus: 1 observedGeneration int, 2 typeChecking TypeChecking, 3 conditions [meta.Condition]
ValidatingWebhook: 1 name string!, 2 clientConfig WebhookClientConfig, 3 rules [RuleWithOperations], 4 failurePolicy string!, 5 namespaceSelector meta.LabelSelector, 6 sideEffects string!, 7 timeoutSeconds int!, 8 admissionReviewVersions [string], 9 matchPolicy string!, 10 objectSelector meta.LabelSelector, 11 matchConditions [MatchCondition]
ValidatingWebhookConfiguration: 1 metadata meta.ObjectMeta, 2 webhooks [ValidatingWebhook]
Validation: 1 expression string!, 2 message string, 3 reason string!, 4 messageExpression string
Variable: 1 name string!, 2 expression string!
WebhookClientConfig: 1 service ServiceReference, 2 caBundle bytes, 3 url string!
`,
  "flowcontrol.apiserver.k8s.io/v1": `
ExemptPriorityLevelConfiguration: 1 nominalConcurrencyShares int!, 2 lendablePercent int!
FlowDistinguisherMethod: 1 type string!
FlowSchema: 1 metadata meta.ObjectMeta, 2 spec FlowSchemaSpec, 3 status FlowSchemaStatus
FlowSchemaCondition: 1 type string, 2 status string, 3 lastTransitionTime time, 4 reason string, 5 message string
FlowSchemaSpec: 1 priorityLevelConfiguration PriorityLevelConfigurationReference, 2 matchingPrecedence int!, 3 distinguisherMethod FlowDistinguisherMethod, 4 rules [PolicyRulesWithSubjects]
FlowSchemaStatus: 1 conditions [FlowSchemaCondition]
GroupSubject: 1 name string!
LimitResponse: 1 type string!, 2 queuing QueuingConfiguration
LimitedPriorityLevelConfiguration: 1 nominalConcurrencyShares int!, 2 limitResponse LimitResponse, 3 lendablePercent int!, 4 borrowingLimitPercent int!
NonResourcePolicyRule: 1 verbs [string], 6 nonResourceURLs [string]
PolicyRulesWithSubjects: 1 subjects [Subject], 2 resourceRules [ResourcePolicyRule], 3 nonResourceRules [NonResourcePolicyRule]
PriorityLevelConfiguration: 1 metadata meta.ObjectMeta, 2 spec PriorityLevelConfigurationSpec, 3 status PriorityLevelConfigurationStatus
PriorityLevelConfigurationCondition: 1 type string, 2 status string, 3 lastTransitionTime time, 4 reason string, 5 message string
PriorityLevelConfigurationReference: 1 name string!
PriorityLevelConfigurationSpec: 1 type string!, 2 limited LimitedPriorityLevelConfiguration, 3 exempt ExemptPriorityLevelConfiguration
PriorityLevelConfigurationStatus: 1 conditions [PriorityLevelConfigurationCondition]
QueuingConfiguration: 1 queues int!, 2 handSize int!, 3 queueLengthLimit int!
ResourcePolicyRule: 1 verbs [string], 2 apiGroups [string], 3 resources [string], 4 clusterScope bool, 5 namespaces [string]
ServiceAccountSubject: 1 namespace string!, 2 name string!
Subject: 1 kind string!, 2 user UserSubject, 3 group GroupSubject, 4 serviceAccount ServiceAccountSubject
UserSubject: 1 name string!
`,
  "resource.k8s.io/v1": `
AllocatedDeviceStatus: 1 driver string!, 2 pool string!, 3 device string!, 7 shareID string!, 4 conditions [meta.Condition], 5 data json, 6 networkData NetworkDeviceData
AllocationResult: 1 devices DeviceAllocationResult, 3 nodeSelector core.NodeSelector, 5 allocationTimestamp time
CELDeviceSelector: 1 expression string!
CapacityRequestPolicy: 1 default quantity, 3 validValues [quantity], 4 validRange CapacityRequestPolicyRange
CapacityRequestPolicyRange: 1 min quantity, 2 max quantity, 3 step quantity
CapacityRequirements: 1 requests {quantity}
Counter: 1 value quantity
CounterSet: 1 name string!, 2 counters {Counter}
Device: 1 name string!, 2 attributes {DeviceAttribute}, 3 capacity {DeviceCapacity}, 4 consumesCounters [DeviceCounterConsumption], 5 nodeName string!, 6 nodeSelector core.NodeSelector, 7 allNodes bool!, 8 taints [DeviceTaint], 9 bindsToNode bool!, 10 bindingConditions [string], 11 bindingFailureConditions [string], 12 allowMultipleAllocations bool!
DeviceAllocationConfiguration: 1 source string!, 2 requests [string], 3 - DeviceConfiguration
DeviceAllocationResult: 1 results [DeviceRequestAllocationResult], 2 config [DeviceAllocationConfiguration]
DeviceAttribute: 2 int int!, 3 bool bool!, 4 string string!, 5 version string!
DeviceCapacity: 1 value quantity, 2 requestPolicy CapacityRequestPolicy
DeviceClaim: 1 requests [DeviceRequest], 2 constraints [DeviceConstraint], 3 config [DeviceClaimConfiguration]
DeviceClaimConfiguration: 1 requests [string], 2 - DeviceConfiguration
DeviceClass: 1 metadata meta.ObjectMeta, 2 spec DeviceClassSpec
DeviceClassConfiguration: 1 - DeviceConfiguration
DeviceClassSpec: 1 selectors [DeviceSelector], 2 config [DeviceClassConfiguration], 4 extendedResourceName string!
DeviceConfiguration: 1 opaque OpaqueDeviceConfiguration
DeviceConstraint: 1 requests [string], 2 matchAttribute string!, 3 distinctAttribute string!
DeviceCounterConsumption: 1 counterSet string!, 2 counters {Counter}
DeviceRequest: 1 name string!, 2 exactly ExactDeviceRequest, 3 firstAvailable [DeviceSubRequest]
DeviceRequestAllocationResult: 1 request string!, 2 driver string!, 3 pool string!, 4 device string!, 5 adminAccess bool!, 6 tolerations [DeviceToleration], 7 bindingConditions [string], 8 bindingFailureConditions [string], 9 shareID string!, 10 consumedCapacity {quantity}
DeviceSelector: 1 cel CELDeviceSelector
DeviceSubRequest: 1 name string!, 2 deviceClassName string!, 3 selectors [DeviceSelector], 4 allocationMode string, 5 count int, 6 tolerations [DeviceToleration], 7 capacity CapacityRequirements
DeviceTaint: 1 key string!, 2 value string, 3 effect string!, 4 timeAdded time
DeviceToleration: 1 key string, 2 operator string, 3 value string, 4 effect string, 5 tolerationSeconds int!
ExactDeviceRequest: 1 deviceClassName string!, 2 selectors [DeviceSelector], 3 allocationMode string, 4 count int, 5 adminAccess bool!, 6 tolerations [DeviceToleration], 7 capacity CapacityRequirements
NetworkDeviceData: 1 interfaceName string, 2 ips [string], 3 hardwareAddress string
OpaqueDeviceConfiguration: 1 driver string!, 2 parameters json
ResourceClaim: 1 metadata meta.ObjectMeta, 2 spec ResourceClaimSpec, 3 status ResourceClaimStatus
ResourceClaimConsumerReference: 1 apiGroup string, 3 resource string!, 4 name string!, 5 uid string!
ResourceClaimSpec: 1 devices DeviceClaim
ResourceClaimStatus: 1 allocation AllocationResult, 2 reservedFor [ResourceClaimConsumerReference], 4 devices [AllocatedDeviceStatus]
ResourceClaimTemplate: 1 metadata meta.ObjectMeta, 2 spec ResourceClaimTemplateSpec
ResourceClaimTemplateSpec: 1 metadata meta.ObjectMeta, 2 spec ResourceClaimSpec
ResourcePool: 1 name string!, 2 generation int!, 3 resourceSliceCount int!
ResourceSlice: 1 metadata meta.ObjectMeta, 2 spec ResourceSliceSpec
ResourceSliceSpec: 1 driver string!, 2 pool ResourcePool, 3 nodeName string!, 4 nodeSelector core.NodeSelector, 5 allNodes bool!, 6 devices [Device], 7 perDeviceNodeSelection bool!, 8 sharedCounters [CounterSet]
`,
  "apiextensions.k8s.io/v1": `
CustomResourceColumnDefinition: 1 name string!, 2 type string!, 3 format string, 4 description string, 5 priority int, 6 jsonPath string!
CustomResourceConversion: 1 strategy string!, 2 webhook WebhookConversion
CustomResourceDefinition: 1 metadata meta.ObjectMeta, 2 spec CustomResourceDefinitionSpec, 3 status CustomResourceDefinitionStatus
CustomResourceDefinitionCondition: 1 type string!, 2 status string!, 3 lastTransitionTime time, 4 reason string, 5 message string
CustomResourceDefinitionNames: 1 plural string!, 2 singular string, 3 shortNames [string], 4 kind string!, 5 listKind string, 6 categories [string]
CustomResourceDefinitionSpec: 1 group string!, 3 names CustomResourceDefinitionNames, 4 scope string!, 7 versions [CustomResourceDefinitionVersion], 9 conversion CustomResourceConversion, 10 preserveUnknownFields bool
CustomResourceDefinitionStatus: 1 conditions [CustomResourceDefinitionCondition], 2 acceptedNames CustomResourceDefinitionNames, 3 storedVersions [string]
CustomResourceDefinitionVersion: 1 name string!, 2 served bool!, 3 storage bool!, 7 deprecated bool, 8 deprecationWarning string!, 4 schema CustomResourceValidation, 5 subresources CustomResourceSubresources, 6 additionalPrinterColumns [CustomResourceColumnDefinition], 9 selectableFields [SelectableField]
CustomResourceSubresourceScale: 1 specReplicasPath string!, 2 statusReplicasPath string!, 3 labelSelectorPath string!
CustomResourceSubresourceStatus:
CustomResourceSubresources: 1 status CustomResourceSubresourceStatus, 2 scale CustomResourceSubresourceScale
CustomResourceValidation: 1 openAPIV3Schema JSONSchemaProps
ExternalDocumentation: 1 description string, 2 url string
JSONSchemaProps: 1 id string, 2 $schema string, 3 $ref string!, 4 description string, 5 type string, 6 format string, 7 title string, 8 default json, 9 maximum double!, 10 exclusiveMaximum bool, 11 minimum double!, 12 exclusiveMinimum bool, 13 maxLength int!, 14 minLength int!, 15 pattern string, 16 maxItems int!, 17 minItems int!, 18 uniqueItems bool, 19 multipleOf double!, 20 enum [json], 21 maxProperties int!, 22 minProperties int!, 23 required [string], 24 items JSONSchemaPropsOrArray, 25 allOf [JSONSchemaProps], 26 oneOf [JSONSchemaProps], 27 anyOf [JSONSchemaProps], 28 not JSONSchemaProps, 29 properties {JSONSchemaProps}, 30 additionalProperties JSONSchemaPropsOrBool, 31 patternProperties {JSONSchemaProps}, 32 dependencies {JSONSchemaPropsOrStringArray}, 33 additionalItems JSONSchemaPropsOrBool, 34 definitions {JSONSchemaProps}, 35 externalDocs ExternalDocumentation, 36 example json, 37 nullable bool, 38 x-kubernetes-preserve-unknown-fields bool!, 39 x-kubernetes-embedded-resource bool, 40 x-kubernetes-int-or-string bool, 41 x-kubernetes-list-map-keys [string], 42 x-kubernetes-list-type string!, 43 x-kubernetes-map-type string!, 44 x-kubernetes-validations [ValidationRule]
JSONSchemaPropsOrArray: 1 = JSONSchemaProps, 2 = [JSONSchemaProps]
JSONSchemaPropsOrBool: 1 = bool!, 2 = JSONSchemaProps
JSONSchemaPropsOrStringArray: 1 = JSONSchemaProps, 2 = [string]
SelectableField: 1 jsonPath string!
ServiceReference: 1 namespace string!, 2 name string!, 3 path string!, 4 port int!
ValidationRule: 1 rule string!, 2 message string, 3 messageExpression string, 4 reason string!, 5 fieldPath string, 6 optionalOldSelf bool!
WebhookClientConfig: 3 url string!, 1 service ServiceReference, 2 caBundle bytes
WebhookConversion: 2 clientConfig WebhookClientConfig, 3 conversionReviewVersions [string]
`,
  "apiregistration.k8s.io/v1": `
APIService: 1 metadata meta.ObjectMeta, 2 spec APIServiceSpec, 3 status APIServiceStatus
APIServiceCondition: 1 type string!, 2 status string!, 3 lastTransitionTime time, 4 reason string, 5 message string
APIServiceSpec: 1 service ServiceReference, 2 group string, 3 version string, 4 insecureSkipTLSVerify bool, 5 caBundle bytes, 7 groupPriorityMinimum int!, 8 versionPriority int!
APIServiceStatus: 1 conditions [APIServiceCondition]
ServiceReference: 1 namespace string, 2 name string, 3 port int!
`,
};
