export { defaultAdmission } from "./admission/default-admission.ts";
export { serviceAccountAdmission } from "./admission/service-account.ts";
export { storageProtection } from "./admission/storage-protection.ts";
export type { CertificateSigner } from "./certificates/certificate-signer.ts";
export type { SimulatedCluster } from "./cluster.ts";
export { bootCluster } from "./cluster.ts";
export type { ClusterConfig, NodeConfig, UnifiedNames } from "./cluster-config.ts";
export { componentStatuses } from "./component-statuses.ts";
export { hostControllers } from "./control-loops.ts";
export { globalIngressIPCrd } from "./lighthouse.ts";
export { METRIC_WINDOW_MS, metricsResources } from "./metrics/metrics-server.ts";
export type {
  ContainerEvents,
  ContainerRuntime,
  ContainerStart,
  PendingProbe,
  ProbeResult,
  RunningContainer,
} from "./runtime.ts";
