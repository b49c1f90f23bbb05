export type {
  AdditionalPrinterColumn,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionVersion,
} from "./apiextensions/custom-resource-definition.ts";
export { CustomResourceDefinition } from "./apiextensions/custom-resource-definition.ts";
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
export type { CronJobSpec, JobSpec, JobStatus } from "./batch/job.ts";
export { CronJob, Job } from "./batch/job.ts";
export type { LeaseSpec } from "./coordination/lease.ts";
export { Lease } from "./coordination/lease.ts";
export { ConfigMap, Event, Namespace, Secret, ServiceAccount } from "./core/common.ts";
export type { NodeAddress, NodeSpec, NodeStatus, Taint } from "./core/node.ts";
export { Node } from "./core/node.ts";
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
export type {
  EndpointAddress,
  EndpointSubset,
  LoadBalancerIngress,
  ServicePort,
  ServiceSpec,
  ServiceStatus,
} from "./core/service.ts";
export { Endpoints, Service } from "./core/service.ts";
export type { Cell, PrinterColumn, ResourceDescriptor, Strategy } from "./descriptor.ts";
export type { Endpoint, EndpointConditions, EndpointPort } from "./discovery/endpoint-slice.ts";
export { EndpointSlice } from "./discovery/endpoint-slice.ts";
export type { PolicyRule, RoleRef, Subject } from "./rbac/rbac.ts";
export { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from "./rbac/rbac.ts";
export type {
  Condition,
  IntOrString,
  LabelSelector,
  LabelSelectorRequirement,
  LocalObjectReference,
  ObjectReference,
} from "./shared.ts";
