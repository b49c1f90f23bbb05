import { findCondition } from "../../apimachinery/index.ts";
import { deepEqual } from "../../std/index.ts";
import { AGE, text, wide } from "../columns.ts";
import { defineResource, type PrinterColumn, type ResourceDescriptor, type Strategy } from "../descriptor.ts";
import { Cluster, clusterConditions } from "./cluster.ts";
import { defaultResourceModels, standardizedResourceModels } from "./resource-models.ts";
import { clusterSchema } from "./schema.ts";
import { clusterNameErrors, validateCluster } from "./validation.ts";

const columns: readonly PrinterColumn<Cluster>[] = [
  text("Version", (cluster) => cluster.status?.kubernetesVersion ?? ""),
  text("Mode", (cluster) => cluster.spec.syncMode),
  text("Ready", readiness),
  AGE,
  wide("Zones", (cluster) => orNone(cluster.spec.zones?.join(","))),
  wide("Region", (cluster) => orNone(cluster.spec.region)),
  wide("Provider", (cluster) => orNone(cluster.spec.provider)),
  wide("API-Endpoint", (cluster) => orNone(cluster.spec.apiEndpoint)),
  wide("Proxy-URL", (cluster) => orNone(cluster.spec.proxyURL)),
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

function orNone(value: string | undefined): string {
  return value === undefined || value === "" ? "<none>" : value;
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
