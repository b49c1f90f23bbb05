import { defineKind } from "../../apimachinery/index.ts";
import { AGE } from "../columns.ts";
import { defineResource, type ResourceDescriptor } from "../descriptor.ts";

const group = "flowcontrol.apiserver.k8s.io";
const FlowSchema = defineKind({ group, version: "v1", kind: "FlowSchema", plural: "flowschemas", namespaced: false });
const PriorityLevelConfiguration = defineKind({
  group,
  version: "v1",
  kind: "PriorityLevelConfiguration",
  plural: "prioritylevelconfigurations",
  namespaced: false,
});

/** The kinds of the flowcontrol.apiserver.k8s.io group: kept, never obeyed. */
export const flowcontrolResources: readonly ResourceDescriptor[] = [
  defineResource({
    kind: FlowSchema,
    singular: "flowschema",
    status: true,
    generation: true,
    columns: [AGE],
    sinceMinor: 29,
  }),
  defineResource({
    kind: PriorityLevelConfiguration,
    singular: "prioritylevelconfiguration",
    status: true,
    generation: true,
    columns: [AGE],
    sinceMinor: 29,
  }),
];
