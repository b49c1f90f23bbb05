import { defineKind, getPath, type Unstructured } from "../../apimachinery/index.ts";
import { AGE, text } from "../columns.ts";
import { type Cell, defineResource, type ResourceDescriptor } from "../descriptor.ts";
import { flowSchemaStrategy, priorityLevelStrategy } from "./strategies.ts";

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
    nullLists: ["spec.rules.resourceRules.namespaces"],
    strategy: flowSchemaStrategy,
    singular: "flowschema",
    status: true,
    generation: true,
    columns: [
      text<Unstructured>("PriorityLevel", (schema) => String(at(schema, "priorityLevelConfiguration", "name") ?? "")),
      text<Unstructured>("MatchingPrecedence", (schema) => Number(at(schema, "matchingPrecedence") ?? 0)),
      text<Unstructured>("DistinguisherMethod", (schema) => cell(at(schema, "distinguisherMethod", "type"))),
      AGE,
      text<Unstructured>("MissingPL", dangling),
    ],
    sinceMinor: 29,
  }),
  defineResource({
    kind: PriorityLevelConfiguration,
    strategy: priorityLevelStrategy,
    singular: "prioritylevelconfiguration",
    status: true,
    generation: true,
    columns: [
      text<Unstructured>("Type", (level) => String(at(level, "type") ?? "")),
      text<Unstructured>("NominalConcurrencyShares", (level) => cell(at(level, "limited", "nominalConcurrencyShares"))),
      text<Unstructured>("Queues", (level) => cell(queuing(level, "queues"))),
      text<Unstructured>("HandSize", (level) => cell(queuing(level, "handSize"))),
      text<Unstructured>("QueueLengthLimit", (level) => cell(queuing(level, "queueLengthLimit"))),
      AGE,
    ],
    sinceMinor: 29,
  }),
];

function at(object: Unstructured, ...path: readonly string[]): unknown {
  return getPath(object, ["spec", ...path]);
}

function queuing(level: Unstructured, field: string): unknown {
  return at(level, "limited", "limitResponse", "queuing", field);
}

function cell(value: unknown): Cell {
  return typeof value === "number" || typeof value === "string" ? value : "<none>";
}

/** Whether the priority level a schema names is missing; `?` until somebody has looked. */
function dangling(schema: Unstructured): string {
  const conditions = (getPath(schema, ["status", "conditions"]) ?? []) as readonly { type?: string; status?: string }[];
  return conditions.find(({ type }) => type === "Dangling")?.status ?? "?";
}
