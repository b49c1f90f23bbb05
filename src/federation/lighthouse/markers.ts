/** The labels, annotations and names by which Lighthouse's agents and DNS servers know each other's objects (`pkg/constants`). */
export const lighthouseLabels = {
  managedBy: "endpointslice.kubernetes.io/managed-by",
  serviceName: "multicluster.kubernetes.io/service-name",
  sourceCluster: "multicluster.kubernetes.io/source-cluster",
  sourceNamespace: "lighthouse.submariner.io/sourceNamespace",
  sourceName: "lighthouse.submariner.io/source-name",
  isHeadless: "lighthouse.submariner.io/is-headless",
} as const;

export const lighthouseAnnotations = {
  publishNotReadyAddresses: "lighthouse.submariner.io/publish-not-ready-addresses",
  globalnetEnabled: "lighthouse.submariner.io/globalnet-enabled",
  useClusterSetIP: "lighthouse.submariner.io/use-clusterset-ip",
  clusterSetIPAllocatedBy: "lighthouse.submariner.io/clusterset-ip-allocated-by",
} as const;

export const LIGHTHOUSE_AGENT = "lighthouse-agent.submariner.io";
