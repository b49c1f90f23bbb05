import { defineKind } from "../../apimachinery/index.ts";
import { sortedBy } from "../../std/index.ts";
import { AGE, CREATED_AT, containerColumns, formatLabels, integer, text, wide } from "../columns.ts";
import { defineResource, type ResourceDescriptor } from "../descriptor.ts";
import { configMapStrategy, secretStrategy } from "./config-strategies.ts";
import { eventColumns } from "./event-columns.ts";
import { limitRangeStrategy, resourceQuotaStrategy } from "./limit-strategies.ts";
import { LimitRange, ResourceQuota } from "./limits.ts";
import { Node } from "./node.ts";
import { nodeColumns } from "./node-columns.ts";
import { nodeStrategy } from "./node-strategy.ts";
import { ConfigMap, Event, Namespace, Secret, ServiceAccount } from "./objects.ts";
import { Pod } from "./pod.ts";
import { podColumns, podRowConditions } from "./pod-columns.ts";
import { podStrategy } from "./pod-strategy.ts";
import { PodTemplate, ReplicationController } from "./replication-controller.ts";
import { Endpoints, Service } from "./service.ts";
import { endpointsColumns, serviceColumns } from "./service-columns.ts";
import { serviceStrategy } from "./service-strategy.ts";
import { persistentVolumeClaimStrategy, persistentVolumeStrategy } from "./storage-strategies.ts";
import {
  endpointsStrategy,
  eventStrategy,
  namespaceStrategy,
  podTemplateStrategy,
  replicationControllerStrategy,
} from "./strategies.ts";
import { persistentVolumeClaimColumns, persistentVolumeColumns } from "./volume-columns.ts";
import { PersistentVolume, PersistentVolumeClaim } from "./volumes.ts";

const Binding = defineKind({ group: "", version: "v1", kind: "Binding", plural: "bindings", namespaced: true });

const namespaced: readonly ResourceDescriptor[] = [
  defineResource({
    kind: Pod,
    strategy: podStrategy,
    singular: "pod",
    answersDeleted: true,
    shortNames: ["po"],
    categories: ["all"],
    status: true,
    generation: true,
    subresources: [
      "attach",
      "binding",
      "ephemeralcontainers",
      "eviction",
      "exec",
      "log",
      "portforward",
      "proxy",
      "resize",
    ],
    columns: podColumns,
    rowConditions: podRowConditions,
    selectableFields: {
      "spec.nodeName": (pod) => pod.spec.nodeName ?? "",
      "spec.restartPolicy": (pod) => pod.spec.restartPolicy ?? "",
      "spec.schedulerName": (pod) => pod.spec.schedulerName ?? "",
      "spec.serviceAccountName": (pod) => pod.spec.serviceAccountName ?? "",
      "spec.hostNetwork": (pod) => `${pod.spec.hostNetwork ?? false}`,
      "status.phase": (pod) => pod.status?.phase ?? "",
      "status.podIP": (pod) => pod.status?.podIP ?? "",
      // Taken, and never found: no pod is indexed by all its addresses.
      "status.podIPs": () => "",
      "status.nominatedNodeName": (pod) => pod.status?.nominatedNodeName ?? "",
    },
  }),
  defineResource({
    kind: Service,
    update: { createsMissing: true },
    strategy: serviceStrategy,
    singular: "service",
    answersDeleted: true,
    shortNames: ["svc"],
    categories: ["all"],
    status: true,
    subresources: ["proxy"],
    columns: serviceColumns,
    selectableFields: {
      "spec.clusterIP": (service) => service.spec.clusterIP ?? "",
      "spec.type": (service) => service.spec.type ?? "",
    },
  }),
  defineResource({
    kind: Endpoints,
    deprecated: { sinceMinor: 33, use: "discovery.k8s.io/v1 EndpointSlice" },
    update: { createsMissing: true },
    strategy: endpointsStrategy,
    singular: "endpoints",
    shortNames: ["ep"],
    columns: endpointsColumns,
  }),
  defineResource({
    kind: ConfigMap,
    strategy: configMapStrategy,
    singular: "configmap",
    shortNames: ["cm"],
    columns: [
      text<ConfigMap>("Data", (map) => Object.keys(map.data ?? {}).length + Object.keys(map.binaryData ?? {}).length),
      AGE,
    ],
  }),
  defineResource({
    kind: Secret,
    strategy: secretStrategy,
    singular: "secret",
    columns: [
      text<Secret>("Type", (secret) => secret.type),
      text<Secret>("Data", (secret) => Object.keys(secret.data ?? {}).length),
      AGE,
    ],
    selectableFields: { type: (secret) => secret.type ?? "" },
  }),
  defineResource({
    kind: ServiceAccount,
    singular: "serviceaccount",
    answersDeleted: true,
    shortNames: ["sa"],
    subresources: ["token"],
    strategy: {
      warnings: ({ metadata }, before) =>
        metadata.annotations?.[MOUNTABLE] === undefined || before?.metadata.annotations?.[MOUNTABLE] !== undefined
          ? []
          : [
              `metadata.annotations[${MOUNTABLE}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets`,
            ],
    },
    columns: [text<ServiceAccount>("Secrets", (account) => account.secrets?.length ?? 0), AGE],
  }),
  defineResource({
    kind: Event,
    strategy: eventStrategy,
    update: { createsMissing: true },
    singular: "event",
    shortNames: ["ev"],
    columns: eventColumns,
    selectableFields: {
      "involvedObject.kind": (event) => event.involvedObject.kind ?? "",
      "involvedObject.namespace": (event) => event.involvedObject.namespace ?? "",
      "involvedObject.name": (event) => event.involvedObject.name ?? "",
      "involvedObject.uid": (event) => event.involvedObject.uid ?? "",
      "involvedObject.apiVersion": (event) => event.involvedObject.apiVersion ?? "",
      "involvedObject.resourceVersion": (event) => event.involvedObject.resourceVersion ?? "",
      "involvedObject.fieldPath": (event) => event.involvedObject.fieldPath ?? "",
      reason: (event) => event.reason ?? "",
      reportingComponent: (event) => event.reportingComponent ?? "",
      source: (event) => event.source?.component || (event.reportingComponent ?? ""),
      type: (event) => event.type ?? "",
    },
  }),
  defineResource({
    kind: ReplicationController,
    orphansDependents: true,
    strategy: replicationControllerStrategy,
    singular: "replicationcontroller",
    shortNames: ["rc"],
    categories: ["all"],
    status: true,
    generation: true,
    scale: {
      specReplicasPath: ".spec.replicas",
      statusReplicasPath: ".status.replicas",
      labelSelectorPath: ".spec.selector",
    },
    columns: [
      integer<ReplicationController>("Desired", (controller) => controller.spec.replicas),
      integer<ReplicationController>("Current", (controller) => controller.status?.replicas),
      integer<ReplicationController>("Ready", (controller) => controller.status?.readyReplicas),
      AGE,
      ...containerColumns<ReplicationController>((controller) => controller.spec.template?.spec.containers ?? []),
      wide<ReplicationController>("Selector", (controller) => formatLabels(controller.spec.selector)),
    ],
    selectableFields: { "status.replicas": (controller) => `${controller.status?.replicas ?? 0}` },
  }),
  defineResource({
    kind: PersistentVolumeClaim,
    strategy: persistentVolumeClaimStrategy,
    singular: "persistentvolumeclaim",
    answersDeleted: true,
    shortNames: ["pvc"],
    status: true,
    columns: persistentVolumeClaimColumns,
  }),
  defineResource({
    kind: ResourceQuota,
    strategy: resourceQuotaStrategy,
    singular: "resourcequota",
    answersDeleted: true,
    shortNames: ["quota"],
    status: true,
    columns: [
      text<ResourceQuota>("Request", (quota) => quotaUse(quota).request),
      text<ResourceQuota>("Limit", (quota) => quotaUse(quota).limit),
      AGE,
    ],
  }),
  defineResource({
    kind: LimitRange,
    nullLists: ["spec.limits"],
    strategy: limitRangeStrategy,
    update: { createsMissing: true },
    singular: "limitrange",
    shortNames: ["limits"],
    columns: [CREATED_AT],
  }),
  defineResource({
    kind: PodTemplate,
    strategy: podTemplateStrategy,
    singular: "podtemplate",
    answersDeleted: true,
    generation: true,
    columns: [
      ...containerColumns<PodTemplate>((template) => template.template?.spec.containers ?? []).map((column) => ({
        ...column,
        priority: 0,
      })),
      text<PodTemplate>("Pod Labels", (template) => formatLabels(template.template?.metadata?.labels)),
    ],
  }),
  defineResource({ kind: Binding, singular: "binding", verbs: ["create"] }),
];

const clusterScoped: readonly ResourceDescriptor[] = [
  defineResource({
    kind: Namespace,
    verbs: ["create", "delete", "get", "list", "patch", "update", "watch"],
    strategy: namespaceStrategy,
    singular: "namespace",
    answersDeleted: true,
    shortNames: ["ns"],
    status: true,
    subresources: ["finalize"],
    columns: [text<Namespace>("Status", (namespace) => namespace.status?.phase), AGE],
    selectableFields: { "status.phase": (namespace) => namespace.status?.phase ?? "" },
  }),
  defineResource({
    kind: Node,
    nullLists: ["status.images.names"],
    strategy: nodeStrategy,
    singular: "node",
    shortNames: ["no"],
    status: true,
    subresources: ["proxy"],
    columns: nodeColumns,
    selectableFields: { "spec.unschedulable": (node) => `${node.spec?.unschedulable ?? false}` },
  }),
  defineResource({
    kind: PersistentVolume,
    strategy: persistentVolumeStrategy,
    singular: "persistentvolume",
    answersDeleted: true,
    shortNames: ["pv"],
    status: true,
    columns: persistentVolumeColumns,
  }),
];

const MOUNTABLE = "kubernetes.io/enforce-mountable-secrets";

/** The kinds of the core group. */
export const coreResources: readonly ResourceDescriptor[] = [...namespaced, ...clusterScoped];

function quotaUse(quota: ResourceQuota): { readonly request: string; readonly limit: string } {
  const uses = sortedBy(Object.entries(quota.status?.hard ?? {}), ([name]) => name).map(([name, hard]) => ({
    isLimit: name.startsWith("limits."),
    text: `${name}: ${quota.status?.used?.[name] ?? "0"}/${hard}`,
  }));
  const column = (isLimit: boolean): string =>
    uses
      .filter((use) => use.isLimit === isLimit)
      .map((use) => use.text)
      .join(", ");
  return { request: column(false), limit: column(true) };
}
