import { type Container, derivedServiceName, type PodSpec } from "../../../api/index.ts";
import { getPath, type ObjectPath, type Unstructured } from "../../../apimachinery/index.ts";
import { isRecord } from "../../../std/index.ts";
import type { DependentObjectReference } from "../interpreter.ts";

type Dependencies = (object: Unstructured) => readonly DependentObjectReference[];
type Fields = Readonly<Record<string, unknown>>;

/** What objects of these kinds need in their cluster (`native/dependencies.go`). */
export const dependencies: Readonly<Record<string, Dependencies>> = {
  Deployment: podDependencies(["spec", "template", "spec"]),
  ReplicaSet: podDependencies(["spec", "template", "spec"]),
  DaemonSet: podDependencies(["spec", "template", "spec"]),
  Job: podDependencies(["spec", "template", "spec"]),
  CronJob: podDependencies(["spec", "jobTemplate", "spec", "template", "spec"]),
  Pod: podDependencies(["spec"]),
  /** Claims a StatefulSet makes itself are not the host's to give. */
  StatefulSet: (object) => {
    const templates = getPath(object, ["spec", "volumeClaimTemplates"]);
    const own = new Set(
      (Array.isArray(templates) ? templates : []).map((template) => getPath(template, ["metadata", "name"])),
    );
    return podDependencies(["spec", "template", "spec"])(object).filter(
      (reference) => reference.kind !== "PersistentVolumeClaim" || !own.has(reference.name),
    );
  },
  Ingress: (object) => {
    const tls = getPath(object, ["spec", "tls"]);
    const names = (Array.isArray(tls) ? tls : []).map((entry) => getPath(entry, ["secretName"]));
    return references(object, "Secret", new Set(names));
  },
  /** The derived Service, and the endpoints collected for it. */
  ServiceImport: ({ metadata }) => {
    const name = derivedServiceName(metadata.name);
    const namespace = metadata.namespace ?? "";
    const labelSelector = {
      matchLabels: { "kubernetes.io/service-name": name },
    };
    return [
      { apiVersion: "v1", kind: "Service", namespace, name },
      {
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        namespace,
        labelSelector,
      },
    ];
  },
};

/** Volume sources that name a Secret, and where. */
const VOLUME_SECRETS: Readonly<Record<string, ObjectPath>> = {
  secret: ["secretName"],
  azureFile: ["secretName"],
  cephfs: ["secretRef", "name"],
  cinder: ["secretRef", "name"],
  flexVolume: ["secretRef", "name"],
  rbd: ["secretRef", "name"],
  scaleIO: ["secretRef", "name"],
  iscsi: ["secretRef", "name"],
  storageos: ["secretRef", "name"],
  csi: ["nodePublishSecretRef", "name"],
};

function podDependencies(path: ObjectPath): Dependencies {
  return (object) => {
    const spec = getPath(object, path);
    if (!isRecord(spec)) return [];
    const podSpec = spec as Partial<PodSpec>;
    const account = podSpec.serviceAccountName;
    return [
      ...references(object, "ConfigMap", configMapNames(podSpec)),
      ...references(object, "Secret", secretNames(podSpec)),
      ...references(object, "ServiceAccount", new Set(account === "default" ? [] : [account])),
      ...references(object, "PersistentVolumeClaim", claimNames(podSpec)),
    ];
  };
}

function references(object: Unstructured, kind: string, names: Set<unknown>): readonly DependentObjectReference[] {
  const namespace = object.metadata.namespace ?? "";
  return [...names]
    .filter((name): name is string => typeof name === "string" && name !== "")
    .sort()
    .map((name) => ({ apiVersion: "v1", kind, namespace, name }));
}

function configMapNames(spec: Partial<PodSpec>): Set<unknown> {
  const names = new Set<unknown>();
  for (const container of allContainers(spec)) {
    for (const source of container.envFrom ?? []) names.add(source.configMapRef?.name);
    for (const variable of container.env ?? []) names.add(variable.valueFrom?.configMapKeyRef?.name);
  }
  for (const volume of spec.volumes ?? []) {
    names.add(volume.configMap?.name);
    for (const source of volume.projected?.sources ?? []) names.add(getPath(source, ["configMap", "name"]));
  }
  return names;
}

function secretNames(spec: Partial<PodSpec>): Set<unknown> {
  const names = new Set<unknown>(spec.imagePullSecrets?.map((reference) => reference.name));
  for (const container of allContainers(spec)) {
    for (const source of container.envFrom ?? []) names.add(source.secretRef?.name);
    for (const variable of container.env ?? []) names.add(variable.valueFrom?.secretKeyRef?.name);
  }
  for (const volume of spec.volumes ?? []) {
    for (const source in VOLUME_SECRETS) {
      names.add(getPath(volume, [source, ...(VOLUME_SECRETS[source] as ObjectPath)]));
    }
    for (const source of volume.projected?.sources ?? []) names.add(getPath(source, ["secret", "name"]));
  }
  return names;
}

function claimNames(spec: Partial<PodSpec>): Set<unknown> {
  return new Set(spec.volumes?.map((volume) => volume.persistentVolumeClaim?.claimName));
}

function allContainers(spec: Partial<PodSpec>): readonly Container[] {
  const ephemeral = (spec as Fields).ephemeralContainers;
  return [
    ...(spec.initContainers ?? []),
    ...(spec.containers ?? []),
    ...(Array.isArray(ephemeral) ? (ephemeral as Container[]) : []),
  ];
}
