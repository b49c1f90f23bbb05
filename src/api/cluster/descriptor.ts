import { findCondition } from "../../apimachinery/index.ts";
import { deepEqual, humanDuration } from "../../std/index.ts";
import { defineResource, type PrinterColumn, type ResourceDescriptor, type Strategy } from "../descriptor.ts";
import { Cluster, clusterConditions } from "./cluster.ts";
import { defaultResourceModels, standardizedResourceModels } from "./resource-models.ts";
import { clusterSchema } from "./schema.ts";
import { clusterNameErrors, validateCluster } from "./validation.ts";

const columns: readonly PrinterColumn<Cluster>[] = [
  { name: "Version", type: "string", value: (cluster) => cluster.status?.kubernetesVersion ?? "" },
  { name: "Mode", type: "string", value: (cluster) => cluster.spec.syncMode },
  { name: "Ready", type: "string", value: readiness },
  { name: "Age", type: "string", value: age },
  { name: "Zones", type: "string", priority: 1, value: (cluster) => orNone(cluster.spec.zones?.join(",")) },
  { name: "Region", type: "string", priority: 1, value: (cluster) => orNone(cluster.spec.region) },
  { name: "Provider", type: "string", priority: 1, value: (cluster) => orNone(cluster.spec.provider) },
  { name: "API-Endpoint", type: "string", priority: 1, value: (cluster) => orNone(cluster.spec.apiEndpoint) },
  { name: "Proxy-URL", type: "string", priority: 1, value: (cluster) => orNone(cluster.spec.proxyURL) },
];

const strategy: Strategy<Cluster> = {
  applyDefaults: withZones,
  prepareForCreate: (cluster) => withModels(withoutStatus(cluster)),
  prepareForUpdate: (cluster, before) =>
    deepEqual(cluster.spec.resourceModels, before.spec.resourceModels) ? cluster : withModels(cluster),
  validate: validateCluster,
  validateName: clusterNameErrors,
};

/** Karmada's kinds that are no custom resources: upstream's aggregated API server serves them, here the host itself does. */
export const karmadaDescriptors: readonly ResourceDescriptor[] = [
  defineResource({
    kind: Cluster,
    singular: "cluster",
    status: true,
    subresources: ["proxy"],
    generation: true,
    strategy,
    columns,
    schema: clusterSchema,
  }),
];

function readiness(cluster: Cluster): string {
  return findCondition(cluster.status?.conditions, clusterConditions.ready)?.status ?? "Unknown";
}

function age(cluster: Cluster, nowMs: number): string {
  const created = cluster.metadata.creationTimestamp;
  return created === undefined ? "<unknown>" : humanDuration(nowMs - Date.parse(created));
}

function orNone(text: string | undefined): string {
  return text === undefined || text === "" ? "<none>" : text;
}

function withoutStatus(cluster: Cluster): Cluster {
  const { status: _status, ...rest } = cluster;
  return rest;
}

/** `zone` is the older spelling of one of `zones`; both together are left for validation to refuse. */
function withZones(cluster: Cluster): Cluster {
  const { zone, ...spec } = cluster.spec;
  if (zone === undefined || zone === "" || (spec.zones?.length ?? 0) > 0) return cluster;
  return { ...cluster, spec: { ...spec, zones: [zone] } };
}

function withModels(cluster: Cluster): Cluster {
  const models = cluster.spec.resourceModels ?? [];
  const resourceModels = models.length === 0 ? defaultResourceModels : standardizedResourceModels(models);
  return { ...cluster, spec: { ...cluster.spec, resourceModels } };
}
