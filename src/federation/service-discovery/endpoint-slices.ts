import {
  derivedServiceName,
  type EndpointSlice,
  importedEndpointSliceName,
  karmadaAnnotations,
  karmadaLabels,
  type Work,
} from "../../api/index.ts";

/** The label that ties an EndpointSlice to its Service. */
const SERVICE_NAME_LABEL = "kubernetes.io/service-name";

const MANAGED_BY_LABEL = "endpointslice.kubernetes.io/managed-by";
const IMPORTED_BY = "endpointslice-controller.karmada.io";
const DISPATCHED_BY = "endpointslice-dispatch-controller.karmada.io";
/** KEP-1645's labels. Karmada sets none; DNS servers find the endpoints of an import by them. */
const MULTICLUSTER_SERVICE_LABEL = "multicluster.kubernetes.io/service-name";
const SOURCE_CLUSTER_LABEL = "multicluster.kubernetes.io/source-cluster";

/** The Service an EndpointSlice is of, as `namespace/name`; nothing for one that came from another cluster. */
export function localServiceOf({ metadata }: EndpointSlice): readonly string[] {
  const { labels, namespace = "" } = metadata;
  const service = labels?.[SERVICE_NAME_LABEL];
  const manager = labels?.[MANAGED_BY_LABEL];
  return service === undefined || manager === IMPORTED_BY || manager === DISPATCHED_BY
    ? []
    : [`${namespace}/${service}`];
}

/** The host's copy of a slice collected from `cluster` for the Service that is exported. */
export function importedSlice(
  collected: EndpointSlice,
  origin: { readonly cluster: string; readonly service: string; readonly work: Work },
): EndpointSlice {
  const { cluster, service, work } = origin;
  const { namespace } = collected.metadata;
  return {
    apiVersion: collected.apiVersion,
    kind: collected.kind,
    metadata: {
      name: importedEndpointSliceName(cluster, collected.metadata.name),
      ...(namespace === undefined ? {} : { namespace }),
      labels: {
        [karmadaLabels.workId]: work.metadata.labels?.[karmadaLabels.workId] ?? "",
        [SERVICE_NAME_LABEL]: derivedServiceName(service),
        [MANAGED_BY_LABEL]: IMPORTED_BY,
        [MULTICLUSTER_SERVICE_LABEL]: service,
        [SOURCE_CLUSTER_LABEL]: cluster,
      },
      annotations: {
        [karmadaAnnotations.workNamespace]: work.metadata.namespace ?? "",
        [karmadaAnnotations.workName]: work.metadata.name,
      },
    },
    addressType: collected.addressType,
    endpoints: collected.endpoints,
    ...(collected.ports === undefined ? {} : { ports: collected.ports }),
  };
}
