import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { CustomResourceDefinition } from "../../src/api/index.ts";
import type { JsonSchema } from "../../src/apimachinery/index.ts";

const DIRECTORY = new URL("../../crds/", import.meta.url);
const definitions = readdirSync(DIRECTORY)
  .filter((file) => file.endsWith(".yaml"))
  .map((file) => ({ file, crd: parse(readFileSync(new URL(file, DIRECTORY), "utf8")) as CustomResourceDefinition }));

describe.each(definitions)("crds/$file", ({ file, crd }) => {
  it("is named after its resource, in file and metadata", () => {
    expect(file).toBe(`${crd.spec.group}_${crd.spec.names.plural}.yaml`);
    expect(crd.metadata.name).toBe(`${crd.spec.names.plural}.${crd.spec.group}`);
  });

  it("stores exactly one version and serves it", () => {
    const stored = crd.spec.versions.filter((version) => version.storage);
    expect(stored).toHaveLength(1);
    expect(stored[0]?.served).toBe(true);
  });

  it("has structural schemas", () => {
    const problems = crd.spec.versions.flatMap((version) => violations(version.schema?.openAPIV3Schema, version.name));
    expect(problems).toEqual([]);
  });

  it("requires only fields it declares", () => {
    const problems = crd.spec.versions.flatMap((version) => undeclared(version.schema?.openAPIV3Schema, version.name));
    expect(problems).toEqual([]);
  });
});

it("covers every kind of Karmada that is a CRD", () => {
  expect(definitions.map(({ crd }) => `${crd.spec.names.kind}(${crd.spec.names.shortNames?.join() ?? ""})`)).toEqual([
    "WorkloadRebalancer()",
    "CronFederatedHPA(cronfhpa)",
    "FederatedHPA(fhpa)",
    "ResourceInterpreterCustomization(ric)",
    "ResourceInterpreterWebhookConfiguration()",
    "ServiceExport(svcex)",
    "ServiceImport(svcim)",
    "MultiClusterIngress(mci)",
    "MultiClusterService(mcs)",
    "ClusterOverridePolicy(cop)",
    "ClusterPropagationPolicy(cpp)",
    "ClusterTaintPolicy()",
    "FederatedResourceQuota()",
    "OverridePolicy(op)",
    "PropagationPolicy(pp)",
    "Remedy()",
    "ClusterResourceBinding(crb)",
    "ResourceBinding(rb)",
    "Work(wk)",
  ]);
});

/** The rules of apiextensions for a structural schema, as far as ours could break them. */
function violations(schema: JsonSchema | undefined, path: string): string[] {
  if (schema === undefined) return [`${path}: no schema`];
  const found: string[] = [];
  const free = schema["x-kubernetes-preserve-unknown-fields"] === true;
  if (schema.type === undefined && !free && schema["x-kubernetes-int-or-string"] !== true)
    found.push(`${path}: no type`);
  if (schema.properties !== undefined && schema.additionalProperties !== undefined)
    found.push(`${path}: both kinds of fields`);
  if (schema.type === "array" && schema.items === undefined) found.push(`${path}: no items`);
  for (const [name, child] of childrenOf(schema)) found.push(...violations(child, `${path}.${name}`));
  return found;
}

function undeclared(schema: JsonSchema | undefined, path: string): string[] {
  if (schema === undefined) return [];
  const own = (schema.required ?? [])
    .filter((name) => schema.properties?.[name] === undefined)
    .map((name) => `${path}.${name}`);
  return [...own, ...childrenOf(schema).flatMap(([name, child]) => undeclared(child, `${path}.${name}`))];
}

function childrenOf(schema: JsonSchema): (readonly [string, JsonSchema])[] {
  const children: (readonly [string, JsonSchema])[] = Object.entries(schema.properties ?? {});
  if (typeof schema.additionalProperties === "object") children.push(["*", schema.additionalProperties]);
  if (schema.items !== undefined) children.push(["[]", schema.items]);
  return children;
}
