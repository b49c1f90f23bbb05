import { ResourceInterpreterCustomization } from "../../api/index.ts";
import type { AdmissionRequest, ClusterState } from "../../apiserver/index.ts";

/** Operations by the field that holds their script. Dependencies may come from several customizations. */
const OPERATIONS = {
  retention: "Retain",
  replicaResource: "InterpretReplica",
  componentResource: "InterpretComponent",
  replicaRevision: "ReviseReplica",
  statusReflection: "InterpretStatus",
  statusAggregation: "AggregateStatus",
  healthInterpretation: "InterpretHealth",
} as const;

/** What is wrong with a customization: it defines an operation that another defines for the same kind. */
export function customizationErrors(
  customization: ResourceInterpreterCustomization,
  _request: AdmissionRequest,
  state: ClusterState,
): string {
  const { target, customizations } = customization.spec;
  const rivals = state
    .list(ResourceInterpreterCustomization)
    .filter(
      ({ metadata, spec }) =>
        metadata.name !== customization.metadata.name &&
        spec.target.apiVersion === target.apiVersion &&
        spec.target.kind === target.kind,
    );
  for (const [field, operation] of Object.entries(OPERATIONS) as readonly (readonly [
    keyof typeof OPERATIONS,
    string,
  ])[]) {
    if (customizations[field] === undefined) continue;
    const rival = rivals.find(({ spec }) => spec.customizations[field] !== undefined);
    if (rival !== undefined)
      return `conflicting with InterpreterOperation(${operation}) of existing ResourceInterpreterCustomization(${rival.metadata.name})`;
  }
  return "";
}
