import type { JsonSchema } from "../apimachinery/index.ts";
import { fleetSpecSchema } from "./fleet-file.ts";

const text: JsonSchema = { type: "string", minLength: 1 };
const anyText: JsonSchema = { type: "string" };
const count: JsonSchema = { type: "integer", minimum: 0 };
const duration: JsonSchema = { type: "string", pattern: "^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$" };
const resource: JsonSchema = {
  type: "object",
  "x-kubernetes-preserve-unknown-fields": true,
  required: ["apiVersion", "kind"],
  properties: { apiVersion: text, kind: text },
};
const cluster = { cluster: text };
const source = { ...cluster, file: text, resource };
const reference = { ...cluster, apiVersion: text, kind: text, name: text, namespace: text };
const record = (properties: Readonly<Record<string, JsonSchema>>, required: readonly string[] = []): JsonSchema => ({
  type: "object",
  properties,
  ...(required.length === 0 ? {} : { required }),
});
const texts: JsonSchema = { type: "array", items: anyText };

/** What a refused write must say. */
const refusal = record({ code: count, reason: text, message: text });
const outcome = record({ exitCode: count, stdout: anyText, stderr: anyText });

/** Every operation by name: Chainsaw's, then ours. */
export const operationSchemas: Readonly<Record<string, JsonSchema>> = {
  apply: record({ ...source, refused: refusal }),
  create: record({ ...source, refused: refusal }),
  assert: record({ ...source, timeout: duration }),
  error: record({ ...source, timeout: duration }),
  delete: record({
    ...cluster,
    file: text,
    ref: record(
      {
        apiVersion: text,
        kind: text,
        name: text,
        namespace: text,
        labels: { type: "object", additionalProperties: anyText },
      },
      ["apiVersion", "kind"],
    ),
    timeout: duration,
  }),
  patch: record({ ...source, type: { type: "string", enum: ["merge", "strategic", "json"] }, refused: refusal }),
  wait: record(
    {
      ...reference,
      timeout: duration,
      for: record({
        condition: record({ name: text, value: anyText }, ["name"]),
        deletion: record({}),
        jsonPath: record({ path: text, value: anyText }, ["path"]),
      }),
    },
    ["apiVersion", "kind", "name", "for"],
  ),
  get: record(
    {
      ...cluster,
      resource: text,
      name: text,
      namespace: text,
      allNamespaces: { type: "boolean" },
      output: { type: "string", enum: ["table", "wide", "yaml"] },
    },
    ["resource"],
  ),
  script: record(
    {
      ...cluster,
      content: text,
      timeout: duration,
      env: { type: "object", additionalProperties: anyText },
      expect: outcome,
    },
    ["content"],
  ),
  sleep: record({ duration }, ["duration"]),
  dig: record(
    {
      ...cluster,
      name: text,
      type: text,
      short: { type: "boolean" },
      expect: record({ status: text, answers: texts, count }),
    },
    ["name"],
  ),
  request: record(
    {
      ...cluster,
      namespace: text,
      pod: text,
      url: text,
      times: { type: "integer", minimum: 1 },
      every: duration,
      expect: record({ status: count, body: text, error: text }),
    },
    ["url"],
  ),
  exec: record(
    {
      ...cluster,
      namespace: text,
      pod: text,
      container: text,
      command: { type: "array", items: anyText, minItems: 1 },
      expect: outcome,
    },
    ["pod", "command"],
  ),
  advance: record({ duration }, ["duration"]),
  until: record({ ...source, within: duration }),
  consistently: record({ ...source, for: duration }, ["for"]),
  fault: record({
    crash: text,
    restore: text,
    partition: { type: "array", items: text, minItems: 2, maxItems: 2 },
    heal: { type: "array", items: text, minItems: 2, maxItems: 2 },
    podNetworks: { type: "string", enum: ["routed", "apart"] },
  }),
};

const operation: JsonSchema = { type: "object", properties: { description: anyText, ...operationSchemas } };
const operations: JsonSchema = { type: "array", items: operation };

/** The schema of a Scenario file. */
export const scenarioSchema: JsonSchema = {
  type: "object",
  required: ["apiVersion", "kind", "metadata", "spec"],
  properties: {
    apiVersion: { type: "string", enum: ["atoll.dev/v1alpha1"] },
    kind: { type: "string", enum: ["Scenario"] },
    metadata: record({ name: text }, ["name"]),
    spec: record(
      {
        description: anyText,
        fleet: fleetSpecSchema,
        fleetFile: text,
        steps: {
          type: "array",
          minItems: 1,
          items: record(
            {
              name: text,
              description: anyText,
              cluster: text,
              try: operations,
              catch: operations,
              finally: operations,
            },
            ["name", "try"],
          ),
        },
      },
      ["steps"],
    ),
  },
};
