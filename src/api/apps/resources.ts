import { formatLabelSelector } from "../../apimachinery/index.ts";
import { AGE, containerColumns, formatLabels, integer, text, wide } from "../columns.ts";
import { defineResource, type ResourceDescriptor } from "../descriptor.ts";
import {
  controllerRevisionStrategy,
  daemonSetStrategy,
  deploymentStrategy,
  replicaSetStrategy,
  statefulSetStrategy,
} from "./strategies.ts";
import { ControllerRevision, DaemonSet, Deployment, ReplicaSet, StatefulSet } from "./workloads.ts";

const REPLICAS_SCALE = {
  specReplicasPath: ".spec.replicas",
  statusReplicasPath: ".status.replicas",
  labelSelectorPath: ".spec.selector",
} as const;

/** The kinds of the apps group. */
export const appsResources: readonly ResourceDescriptor[] = [
  defineResource({
    kind: Deployment,
    strategy: deploymentStrategy,
    singular: "deployment",
    shortNames: ["deploy"],
    categories: ["all"],
    status: true,
    generation: "annotations",
    scale: REPLICAS_SCALE,
    columns: [
      text<Deployment>("Ready", ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec.replicas ?? 0}`),
      text<Deployment>("Up-to-date", ({ status }) => status?.updatedReplicas ?? 0),
      text<Deployment>("Available", ({ status }) => status?.availableReplicas ?? 0),
      AGE,
      ...containerColumns<Deployment>(({ spec }) => spec.template.spec.containers),
      wide<Deployment>("Selector", ({ spec }) => formatLabelSelector(spec.selector)),
    ],
  }),
  defineResource({
    kind: ReplicaSet,
    strategy: replicaSetStrategy,
    singular: "replicaset",
    shortNames: ["rs"],
    categories: ["all"],
    status: true,
    generation: true,
    scale: REPLICAS_SCALE,
    columns: [
      integer<ReplicaSet>("Desired", ({ spec }) => spec.replicas),
      integer<ReplicaSet>("Current", ({ status }) => status?.replicas),
      integer<ReplicaSet>("Ready", ({ status }) => status?.readyReplicas),
      AGE,
      ...containerColumns<ReplicaSet>(({ spec }) => spec.template.spec.containers),
      wide<ReplicaSet>("Selector", ({ spec }) => formatLabelSelector(spec.selector)),
    ],
  }),
  defineResource({
    kind: StatefulSet,
    strategy: statefulSetStrategy,
    singular: "statefulset",
    shortNames: ["sts"],
    categories: ["all"],
    status: true,
    generation: true,
    scale: REPLICAS_SCALE,
    columns: [
      text<StatefulSet>("Ready", ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec.replicas ?? 0}`),
      AGE,
      ...containerColumns<StatefulSet>(({ spec }) => spec.template.spec.containers),
    ],
  }),
  defineResource({
    kind: DaemonSet,
    strategy: daemonSetStrategy,
    singular: "daemonset",
    shortNames: ["ds"],
    categories: ["all"],
    status: true,
    generation: true,
    columns: [
      integer<DaemonSet>("Desired", ({ status }) => status?.desiredNumberScheduled),
      integer<DaemonSet>("Current", ({ status }) => status?.currentNumberScheduled),
      integer<DaemonSet>("Ready", ({ status }) => status?.numberReady),
      integer<DaemonSet>("Up-to-date", ({ status }) => status?.updatedNumberScheduled),
      integer<DaemonSet>("Available", ({ status }) => status?.numberAvailable),
      text<DaemonSet>("Node Selector", ({ spec }) => formatLabels(spec.template.spec.nodeSelector)),
      AGE,
      ...containerColumns<DaemonSet>(({ spec }) => spec.template.spec.containers),
      wide<DaemonSet>("Selector", ({ spec }) => formatLabelSelector(spec.selector)),
    ],
  }),
  defineResource({
    kind: ControllerRevision,
    strategy: controllerRevisionStrategy,
    singular: "controllerrevision",
    columns: [
      text<ControllerRevision>("Controller", (revision) => controllerOf(revision)),
      text<ControllerRevision>("Revision", ({ revision }) => revision),
      AGE,
    ],
  }),
];

/** `statefulset.apps/web`, `<none>` without a controller. */
function controllerOf(revision: ControllerRevision): string {
  const owner = revision.metadata.ownerReferences?.find((reference) => reference.controller === true);
  if (owner === undefined) return "<none>";
  const slash = owner.apiVersion.indexOf("/");
  const group = slash < 0 ? "" : `.${owner.apiVersion.slice(0, slash)}`;
  return `${owner.kind.toLowerCase()}${group}/${owner.name}`;
}
