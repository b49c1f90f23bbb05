export { validateWebhookClient } from "./admissionregistration/webhook-client.ts";
export type {
  Webhook,
  WebhookClientConfig,
  WebhookConfiguration,
} from "./admissionregistration/webhook-configuration.ts";
export {
  MutatingWebhookConfiguration,
  ValidatingWebhookConfiguration,
} from "./admissionregistration/webhook-configuration.ts";
export { validateAdmissionRule } from "./admissionregistration/webhook-validation.ts";
export type {
  AdditionalPrinterColumn,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionVersion,
} from "./apiextensions/custom-resource-definition.ts";
export { CustomResourceDefinition } from "./apiextensions/custom-resource-definition.ts";
export { APIService } from "./apiregistration/api-service.ts";
export type {
  DaemonSetSpec,
  DaemonSetStatus,
  DeploymentSpec,
  DeploymentStatus,
  ReplicaSetSpec,
  ReplicaSetStatus,
  RollingUpdate,
  StatefulSetSpec,
  StatefulSetStatus,
} from "./apps/workloads.ts";
export { ControllerRevision, DaemonSet, Deployment, ReplicaSet, StatefulSet } from "./apps/workloads.ts";
export type {
  CronFederatedHPARule,
  ExecutionHistory,
} from "./autoscaling/cron-federated-hpa.ts";
export { CronFederatedHPA } from "./autoscaling/cron-federated-hpa.ts";
export type {
  FederatedHPASpec,
  FederatedMetric,
  ScaleTargetReference,
  ScalingPolicy,
  ScalingRules,
} from "./autoscaling/federated-hpa.ts";
export { FederatedHPA } from "./autoscaling/federated-hpa.ts";
export type {
  CrossVersionObjectReference,
  HorizontalPodAutoscalerSpec,
  HorizontalPodAutoscalerStatus,
  HPAScalingRules,
  MetricSpec,
  MetricStatus,
  MetricTarget,
  MetricValueStatus,
} from "./autoscaling/horizontal-pod-autoscaler.ts";
export { HorizontalPodAutoscaler } from "./autoscaling/horizontal-pod-autoscaler.ts";
export { customScaleColumns, scaleColumns } from "./autoscaling/scale.ts";
export { type CronSchedule, isTimeZone, parseCronSchedule } from "./batch/cron-schedule.ts";
export type { CronJobSpec, JobSpec, JobStatus, PodFailurePolicyRule } from "./batch/job.ts";
export { CronJob, Job } from "./batch/job.ts";
export { builtinDescriptors } from "./builtins.ts";
export { CertificateSigningRequest } from "./certificates/certificate-signing-request.ts";
export type {
  APIEnablement,
  ClusterSpec,
  ClusterStatus,
  LocalSecretReference,
  NodeSummary,
  ResourceModel,
  ResourceModelRange,
  ResourceSummary,
} from "./cluster/cluster.ts";
export { Cluster, clusterConditions } from "./cluster/cluster.ts";
export { karmadaDescriptors } from "./cluster/descriptor.ts";
export { clusterNameErrors } from "./cluster/validation.ts";
export { columnDescriptions } from "./column-descriptions.ts";
export { AGE, CREATED_AT } from "./columns.ts";
export { validateConditions } from "./condition-validation.ts";
export type { CustomizationRules, LuaScript } from "./config/resource-interpreter-customization.ts";
export { ResourceInterpreterCustomization } from "./config/resource-interpreter-customization.ts";
export type { LeaseSpec } from "./coordination/lease.ts";
export { Lease } from "./coordination/lease.ts";
export type { ComponentStatus } from "./core/component-status.ts";
export { componentStatusDescriptor } from "./core/component-status.ts";
export type { LimitRangeItem } from "./core/limits.ts";
export { LimitRange, ResourceQuota } from "./core/limits.ts";
export type { NodeAddress, NodeSpec, NodeStatus, Taint } from "./core/node.ts";
export { Node } from "./core/node.ts";
export { ConfigMap, Event, Namespace, Secret, ServiceAccount } from "./core/objects.ts";
export type {
  Affinity,
  Container,
  ContainerPort,
  ContainerState,
  ContainerStatus,
  EnvFromSource,
  EnvVar,
  EnvVarSource,
  KeySelector,
  LifecycleHandler,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinity,
  PodAffinityTerm,
  PodSpec,
  PodStatus,
  PodTemplateSpec,
  Probe,
  ResourceList,
  ResourceRequirements,
  Toleration,
  Volume,
  VolumeMount,
} from "./core/pod.ts";
export { Pod } from "./core/pod.ts";
export { ReplicationController } from "./core/replication-controller.ts";
export type {
  EndpointAddress,
  EndpointSubset,
  LoadBalancerIngress,
  ServicePort,
  ServiceSpec,
  ServiceStatus,
} from "./core/service.ts";
export { Endpoints, Service } from "./core/service.ts";
export { validateServiceAddresses } from "./core/service-validation.ts";
export type { AccessMode, PersistentVolumeClaimSpec } from "./core/volumes.ts";
export { PersistentVolume, PersistentVolumeClaim } from "./core/volumes.ts";
export type { Cell, PrinterColumn, ResourceDescriptor, RowCondition, Strategy } from "./descriptor.ts";
export type { Endpoint, EndpointConditions, EndpointPort } from "./discovery/endpoint-slice.ts";
export { EndpointSlice } from "./discovery/endpoint-slice.ts";
export { PodDisruptionBudget } from "./disruption/pod-disruption-budget.ts";
export type { ObservedWorkload, RebalancedWorkload } from "./karmada-apps/workload-rebalancer.ts";
export {
  clusterTaintKeys,
  karmadaAnnotations,
  karmadaFinalizers,
  karmadaLabels,
  karmadaNamespaces,
} from "./karmada-constants.ts";
export { metricsDescriptors, NodeMetrics, PodMetrics, usageAnnotations } from "./metrics/metrics.ts";
export { GlobalIngressIP, HEADLESS_POD_IP } from "./multicluster/global-ingress-ip.ts";
export { ServiceExport } from "./multicluster/service-export.ts";
export type { ServiceImportPort, ServiceImportSpec } from "./multicluster/service-import.ts";
export { ServiceImport } from "./multicluster/service-import.ts";
export {
  automaticPolicyName,
  bindingName,
  bindingReferenceKey,
  clusterOfExecutionSpace,
  derivedServiceName,
  dispatchedEndpointSliceName,
  executionSpaceName,
  importedEndpointSliceName,
  safeEncode,
  workName,
} from "./names.ts";
export {
  defaultServiceCidr,
  IPAddress,
  ipAddressOf,
  isAddressOf,
  isAllocated,
  ServiceCIDR,
} from "./networking/addresses.ts";
export type { IngressBackend, IngressPath, IngressRule } from "./networking/ingress.ts";
export { Ingress, IngressClass } from "./networking/ingress.ts";
export type {
  ClusterSelector,
  ExposurePort,
  MultiClusterServiceSpec,
} from "./networking/multi-cluster-service.ts";
export { MultiClusterService } from "./networking/multi-cluster-service.ts";
export type {
  NetworkPolicyEgressRule,
  NetworkPolicyIngressRule,
  NetworkPolicyPeer,
  NetworkPolicyPort,
} from "./networking/network-policy.ts";
export { NetworkPolicy } from "./networking/network-policy.ts";
export { RuntimeClass } from "./node/runtime-class.ts";
export type { ClusterConditionMatch } from "./policy/cluster-taint-policy.ts";
export { ClusterTaintPolicy } from "./policy/cluster-taint-policy.ts";
export type { ClusterQuotaStatus } from "./policy/federated-resource-quota.ts";
export { FederatedResourceQuota } from "./policy/federated-resource-quota.ts";
export type {
  CommandArgsOverrider,
  FieldOverrider,
  FieldPatchOperation,
  ImageOverrider,
  LabelAnnotationOverrider,
  Override,
  OverriderOperator,
  Overriders,
  OverrideSpec,
  PlaintextOverrider,
  RuleWithCluster,
} from "./policy/override-policy.ts";
export { ClusterOverridePolicy, OverridePolicy } from "./policy/override-policy.ts";
export type { Policy, PropagationSpec } from "./policy/propagation-policy.ts";
export { ClusterPropagationPolicy, PropagationPolicy } from "./policy/propagation-policy.ts";
export type {
  ApplicationFailoverBehavior,
  ClusterAffinity,
  ClusterAffinityTerm,
  ClusterFailoverBehavior,
  ClusterPreferences,
  ConflictResolution,
  FailoverBehavior,
  FieldSelector,
  FieldSelectorRequirement,
  OverflowAffinity,
  Placement,
  PurgeMode,
  ReplicaSchedulingStrategy,
  ResourceSelector,
  SpreadConstraint,
  StatePreservation,
  StaticClusterWeight,
  Suspension,
  WorkloadAffinityTerm,
} from "./policy/shared.ts";
export type { PolicyRule, RoleRef, Subject } from "./rbac/rbac.ts";
export { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from "./rbac/rbac.ts";
export type { DecisionMatch } from "./remedy/remedy.ts";
export { ADMIN_ACCESS_LABEL } from "./resource/admin-access.ts";
export { deviceStrategy } from "./resource/strategies.ts";
export { SubjectAccessReview } from "./reviews/resources.ts";
export { PriorityClass } from "./scheduling/priority-class.ts";
export type {
  Condition,
  IntOrString,
  LabelSelector,
  LabelSelectorRequirement,
  LocalObjectReference,
  ObjectReference,
} from "./shared.ts";
export { CSINode, VolumeAttachment, VolumeAttributesClass } from "./storage/resources.ts";
export { StorageClass } from "./storage/storage-class.ts";
export type {
  AggregatedStatusItem,
  Binding,
  BindingSnapshot,
  BindingSpec,
  BindingStatus,
  Component,
  GracefulEvictionTask,
  NodeClaim,
  ReplicaRequirements,
  TargetCluster,
  TemplateReference,
} from "./work/binding.ts";
export { bindingConditions, ClusterResourceBinding, ResourceBinding } from "./work/binding.ts";
export type { ManifestStatus, ResourceHealth, ResourceIdentifier, WorkSpec, WorkStatus } from "./work/work.ts";
export { Work, workConditions } from "./work/work.ts";
