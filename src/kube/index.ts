export { podAdmission } from "./admission/pod-admission.ts";
export type { ClusterSurroundings, SimulatedCluster } from "./cluster.ts";
export { bootCluster } from "./cluster.ts";
export type { ClusterConfig, NodeConfig, ResolvedConfig } from "./cluster-config.ts";
export { hostControllers, memberControllers } from "./control-loops.ts";
export type { ContainerEvents, ContainerRuntime, ContainerStart, ProbeResult, RunningContainer } from "./runtime.ts";
