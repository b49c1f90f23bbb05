import type { JsonSchema } from "../../apimachinery/index.ts";

const text: JsonSchema = { type: "string" };
const count: JsonSchema = { type: "integer", format: "int32" };
const time: JsonSchema = { type: "string", format: "date-time" };
const quantity: JsonSchema = { "x-kubernetes-int-or-string": true };
const resourceList: JsonSchema = { type: "object", additionalProperties: quantity };
const secretReference = record("A Secret of the host.", { namespace: text, name: text });

const spec = record(
  "How the member is reached, and what is known of it.",
  {
    id: { type: "string", description: "Identity of the member, unique in the fleet." },
    syncMode: { type: "string", description: "Push: the host acts on the member. Pull: an agent there fetches." },
    apiEndpoint: { type: "string", description: "Address of the member's API server." },
    secretRef: secretReference,
    impersonatorSecretRef: secretReference,
    insecureSkipTLSVerification: { type: "boolean", description: "Whether certificates go unchecked." },
    proxyURL: { type: "string", description: "Proxy on the way to the member." },
    proxyHeader: { type: "object", additionalProperties: text, description: "Headers sent to the proxy." },
    provider: { type: "string", description: "Who runs the member." },
    region: { type: "string", description: "Region the member is in." },
    zone: { type: "string", description: "Deprecated: the one zone." },
    zones: listOf(text, "Zones the member spans."),
    taints: listOf(
      record("", { key: text, value: text, effect: text, timeAdded: time }, ["key", "effect"]),
      "What workloads must tolerate.",
    ),
    resourceModels: listOf(
      record(
        "A grade of nodes.",
        {
          grade: { type: "integer" },
          ranges: listOf(record("", { name: text, min: quantity, max: quantity }, ["name", "min", "max"])),
        },
        ["grade", "ranges"],
      ),
      "Grades nodes are counted by.",
    ),
  },
  ["syncMode"],
);

const status = record("What was last seen of the member.", {
  kubernetesVersion: text,
  apiEnablements: listOf(
    record("", { groupVersion: text, resources: listOf(record("", { name: text, kind: text }, ["name", "kind"])) }, [
      "groupVersion",
    ]),
    "Resources the member serves.",
  ),
  conditions: listOf(
    record("", {
      type: text,
      status: text,
      reason: text,
      message: text,
      lastTransitionTime: time,
      observedGeneration: { type: "integer", format: "int64" },
    }),
    "The present conditions.",
  ),
  nodeSummary: record("Nodes of the member.", { totalNum: count, readyNum: count }),
  resourceSummary: record("Resources of the member.", {
    allocatable: resourceList,
    allocating: resourceList,
    allocated: resourceList,
    allocatableModelings: listOf(record("", { grade: count, count }, ["grade", "count"])),
  }),
  remedyActions: listOf(text, "Actions asked for by Remedies."),
});

/** The schema of Cluster, which no CRD carries. */
export const clusterSchema: JsonSchema = {
  type: "object",
  description: "A member cluster.",
  properties: { apiVersion: text, kind: text, metadata: { type: "object" }, spec, status },
  required: ["spec"],
};

function record(
  description: string,
  properties: Readonly<Record<string, JsonSchema>>,
  required?: readonly string[],
): JsonSchema {
  const base: JsonSchema = { type: "object", properties, ...(required === undefined ? {} : { required }) };
  return description === "" ? base : { ...base, description };
}

function listOf(items: JsonSchema, description?: string): JsonSchema {
  return description === undefined ? { type: "array", items } : { type: "array", items, description };
}
