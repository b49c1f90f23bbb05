/** The labels Karmada sets and reads, each spelled once. */
export const karmadaLabels = {
  managed: "karmada.io/managed",
  system: "karmada.io/system",
  propagationPolicyId: "propagationpolicy.karmada.io/permanent-id",
  clusterPropagationPolicyId: "clusterpropagationpolicy.karmada.io/permanent-id",
  resourceBindingId: "resourcebinding.karmada.io/permanent-id",
  clusterResourceBindingId: "clusterresourcebinding.karmada.io/permanent-id",
  workId: "work.karmada.io/permanent-id",
  bindingManagedBy: "binding.karmada.io/managed-by",
  deletionProtected: "resourcetemplate.karmada.io/deletion-protected",
  retainReplicas: "resourcetemplate.karmada.io/retain-replicas",
  claimedBy: "resourcetemplate.karmada.io/claimed-by",
  skipAutoPropagation: "namespace.karmada.io/skip-auto-propagation",
  endpointSliceNamespace: "endpointslice.karmada.io/namespace",
  endpointSliceName: "endpointslice.karmada.io/name",
  /** On Works that carry collected EndpointSlices: `ServiceExport`, `MultiClusterService`, or both joined by a dot. */
  endpointSliceWorkManagedBy: "endpointslice.karmada.io/managed-by",
  multiClusterServiceNamespace: "multiclusterservice.karmada.io/namespace",
  multiClusterServiceName: "multiclusterservice.karmada.io/name",
  multiClusterServiceId: "multiclusterservice.karmada.io/permanent-id",
  federatedResourceQuotaNamespace: "federatedresourcequota.karmada.io/namespace",
  federatedResourceQuotaName: "federatedresourcequota.karmada.io/name",
  /** Followed by the reference key of the independent binding; the value is that binding's permanent id. */
  dependedByPrefix: "resourcebinding.karmada.io/depended-by-",
  bootstrapping: "karmada.io/bootstrapping",
} as const;

/** The annotations Karmada sets and reads. */
export const karmadaAnnotations = {
  propagationPolicyNamespace: "propagationpolicy.karmada.io/namespace",
  propagationPolicyName: "propagationpolicy.karmada.io/name",
  clusterPropagationPolicyName: "clusterpropagationpolicy.karmada.io/name",
  appliedPlacement: "policy.karmada.io/applied-placement",
  appliedOverrides: "policy.karmada.io/applied-overrides",
  appliedClusterOverrides: "policy.karmada.io/applied-cluster-overrides",
  resourceBindingNamespace: "resourcebinding.karmada.io/namespace",
  resourceBindingName: "resourcebinding.karmada.io/name",
  clusterResourceBindingName: "clusterresourcebinding.karmada.io/name",
  bindingDependencies: "resourcebinding.karmada.io/dependencies",
  workNamespace: "work.karmada.io/namespace",
  workName: "work.karmada.io/name",
  conflictResolution: "work.karmada.io/conflict-resolution",
  templateUid: "resourcetemplate.karmada.io/uid",
  templateGeneration: "resourcetemplate.karmada.io/generation",
  managedAnnotations: "resourcetemplate.karmada.io/managed-annotations",
  managedLabels: "resourcetemplate.karmada.io/managed-labels",
  endpointSliceProvisionCluster: "endpointslice.karmada.io/provision-cluster",
  multiClusterServiceNamespace: "multiclusterservice.karmada.io/namespace",
  multiClusterServiceName: "multiclusterservice.karmada.io/name",
  cachedFromCluster: "resource.karmada.io/cached-from-cluster",
  queriedFromCluster: "resource.karmada.io/query-from-cluster",
} as const;

/** The finalizers Karmada sets. */
export const karmadaFinalizers = {
  cluster: "karmada.io/cluster-controller",
  execution: "karmada.io/execution-controller",
  binding: "karmada.io/binding-controller",
  clusterResourceBinding: "karmada.io/cluster-resource-binding-controller",
  dependenciesDistributor: "karmada.io/binding-dependencies-distributor",
  endpointSlice: "karmada.io/endpointslice-controller",
  endpointSliceCollect: "karmada.io/mcs-endpointslice-collect-controller",
  endpointSliceDispatch: "karmada.io/mcs-endpointslice-dispatch-controller",
  multiClusterService: "karmada.io/multiclusterservice-controller",
  propagationPolicy: "karmada.io/propagation-policy-controller",
  clusterPropagationPolicy: "karmada.io/cluster-propagation-policy-controller",
} as const;

/** The taints Karmada puts on Clusters. */
export const clusterTaintKeys = {
  unschedulable: "cluster.karmada.io/unschedulable",
  notReady: "cluster.karmada.io/not-ready",
  unreachable: "cluster.karmada.io/unreachable",
} as const;

/** The namespaces Karmada keeps for itself; execution spaces are reserved too. */
export const karmadaNamespaces = { system: "karmada-system", cluster: "karmada-cluster" } as const;
