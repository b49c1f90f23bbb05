import type { KindRules } from "../interpreter.ts";
import { dependencies } from "./dependencies.ts";
import { health } from "./health.ts";
import { jobStatus } from "./job-status.ts";
import {
  cronJobStatus,
  horizontalPodAutoscalerStatus,
  ingressStatus,
  persistentVolumeClaimStatus,
  persistentVolumeStatus,
  podDisruptionBudgetStatus,
  podStatus,
  serviceStatus,
} from "./other-status.ts";
import { replicaRules } from "./replicas.ts";
import { retain } from "./retain.ts";
import { workloadStatus } from "./workload-status.ts";

const STATUS: Readonly<Record<string, KindRules>> = {
  ...workloadStatus,
  Job: jobStatus,
  CronJob: cronJobStatus,
  Service: serviceStatus,
  Ingress: ingressStatus,
  Pod: podStatus,
  PersistentVolume: persistentVolumeStatus,
  PersistentVolumeClaim: persistentVolumeClaimStatus,
  PodDisruptionBudget: podDisruptionBudgetStatus,
  HorizontalPodAutoscaler: horizontalPodAutoscalerStatus,
};

/** The kinds Karmada knows by itself, by `apiVersion/kind` (`pkg/resourceinterpreter/default/native`). */
export const nativeRules: ReadonlyMap<string, KindRules> = new Map(
  Object.entries({
    v1: ["Pod", "PersistentVolume", "PersistentVolumeClaim", "Secret", "Service", "ServiceAccount"],
    "apps/v1": ["DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"],
    "batch/v1": ["CronJob", "Job"],
    "networking.k8s.io/v1": ["Ingress"],
    "policy/v1": ["PodDisruptionBudget"],
    "autoscaling/v2": ["HorizontalPodAutoscaler"],
    "multicluster.x-k8s.io/v1alpha1": ["ServiceImport"],
  }).flatMap(([apiVersion, kinds]) => kinds.map((kind) => [`${apiVersion}/${kind}`, rulesOf(kind)] as const)),
);

function rulesOf(kind: string): KindRules {
  return {
    ...replicaRules[kind],
    ...STATUS[kind],
    ...(retain[kind] === undefined ? {} : { retain: retain[kind] }),
    ...(health[kind] === undefined ? {} : { health: health[kind] }),
    ...(dependencies[kind] === undefined ? {} : { dependencies: dependencies[kind] }),
  };
}
