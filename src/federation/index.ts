export type { ClusterStatusCollectorOptions } from "./cluster/cluster-status-collector.ts";
export { ClusterStatusCollector } from "./cluster/cluster-status-collector.ts";
export type { FederationOptions } from "./control-plane.ts";
export { federationControllers } from "./control-plane.ts";
export type { SkippedResources } from "./detector/propagatable.ts";
export type { DependentObjectReference, Interpreter, KindRules, Replicas } from "./interpreter/index.ts";
export { InterpreterError, nativeInterpreter } from "./interpreter/index.ts";
export type { KarmadaAdmissionOptions } from "./webhook/admission.ts";
export { karmadaAdmission } from "./webhook/admission.ts";
