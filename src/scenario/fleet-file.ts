import { homedir } from "node:os";
import { dirname, resolve } from "node:path";
import type { JsonSchema } from "../apimachinery/index.ts";
import { checkAgainst } from "./check.ts";
import { dnsProblem, type FleetInput, type FleetSpec, fleetOf, globalnetProblem } from "./fleet.ts";
import { readYamlFile, SourceError, type YamlDocument } from "./yaml-source.ts";

const text: JsonSchema = { type: "string" };
const flag: JsonSchema = { type: "boolean" };
const texts: JsonSchema = { type: "object", additionalProperties: text };
const address: JsonSchema = { type: "string", pattern: "^[0-9]+(\\.[0-9]+){3}$" };
const network: JsonSchema = { type: "string", pattern: "^[0-9]+(\\.[0-9]+){3}/[0-9]+$" };
/** One network, or one of each family, IPv4 first. */
const networks: JsonSchema = {
  type: "string",
  pattern: "^[0-9]+(\\.[0-9]+){3}/[0-9]+(,[0-9a-f:]+/[0-9]+)?$",
};
const version: JsonSchema = { type: "string", pattern: "^v1\\.[0-9]+(\\.[0-9]+)?$" };
const clusterName: JsonSchema = { type: "string", pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", maxLength: 48 };
const taints: JsonSchema = {
  type: "array",
  items: {
    type: "object",
    required: ["key", "effect"],
    properties: {
      key: text,
      value: text,
      effect: { type: "string", enum: ["NoSchedule", "PreferNoSchedule", "NoExecute"] },
    },
  },
};

const node: JsonSchema = {
  type: "object",
  required: ["name"],
  properties: {
    name: text,
    labels: texts,
    taints,
    podCIDR: networks,
    internalIP: address,
    externalIP: address,
    capacity: texts,
  },
};

const image: JsonSchema = {
  type: "object",
  required: ["name"],
  properties: { name: text, program: text, pages: texts, missing: flag },
};

const cloud: JsonSchema = {
  type: "object",
  properties: {
    provider: { type: "string", enum: ["generic", "aws", "azure", "none"] },
    pool: network,
    internalPool: network,
    loadBalancerIP: flag,
    protocols: { type: "array", items: { type: "string", enum: ["TCP", "UDP", "SCTP"] } },
    classes: { type: "array", items: text },
    reserved: { type: "object", additionalProperties: { type: "array", items: address } },
  },
};

const member: JsonSchema = {
  type: "object",
  required: ["name"],
  properties: {
    name: clusterName,
    kubeconfig: text,
    context: text,
    labels: texts,
    taints,
    provider: text,
    region: text,
    zones: { type: "array", items: text },
    version,
    podCIDR: networks,
    serviceCIDR: networks,
    dnsIP: address,
    nodeCIDR: networks,
    clusterDomain: text,
    nodePortRange: { type: "string", pattern: "^[0-9]+-[0-9]+$" },
    cloud,
    proxyMode: { type: "string", enum: ["iptables", "ipvs", "nftables", "userspace"] },
    coreDns: { type: "object", properties: { image: text, plugins: { type: "array", items: text } } },
    nodes: { type: "array", items: node },
    nodeDaemons: flag,
    images: { type: "array", items: image },
  },
};

const limit: JsonSchema = { type: "integer", minimum: 1 };

/** The schema of a Fleet's `spec`. */
export const fleetSpecSchema: JsonSchema = {
  type: "object",
  properties: {
    seed: { type: "integer", minimum: 0 },
    speed: { type: "number", minimum: 0.001 },
    startTime: { type: "string", format: "date-time" },
    host: { type: "object", properties: { version, serviceCIDR: network } },
    network: {
      type: "object",
      properties: { podNetworksRouted: flag, globalnet: flag, latencyMs: { type: "number", minimum: 0 } },
    },
    serving: { type: "object", properties: { maxRequestsInflight: limit, maxMutatingRequestsInflight: limit } },
    federation: { type: "object", properties: { fillClusterSetIPs: flag } },
    dns: {
      type: "object",
      properties: {
        multicluster: flag,
        clusterset: { type: "string", enum: ["imports", "lighthouse"] },
        unifiedNames: { type: "string", enum: ["off", "localService", "preferLocal"] },
        searches: { type: "array", items: text },
      },
    },
    members: { type: "array", items: member },
  },
};

const fleetSchema: JsonSchema = {
  type: "object",
  required: ["apiVersion", "kind", "spec"],
  properties: {
    apiVersion: { type: "string", enum: ["atoll.dev/v1alpha1"] },
    kind: { type: "string", enum: ["Fleet"] },
    metadata: { type: "object", properties: { name: text } },
    spec: fleetSpecSchema,
  },
};

/** Reads a Fleet file. Throws an Error of one sentence, with file:line:column where a part of the file is wrong. */
export function readFleetFile(file: string): FleetSpec {
  const [document, second] = readYamlFile(file);
  if (document === undefined) throw new Error(`${file} is empty; expected an object of kind Fleet`);
  if (second !== undefined)
    throw new SourceError(second.locate([]), "expected one Fleet in the file, found a second document");
  checkAgainst(fleetSchema, document);
  return fleetFrom((document.value as { readonly spec: FleetInput }).spec, document, ["spec"]);
}

/** Turns a checked `spec` that stands at `path` of a document into a fleet; paths in it are relative to the file. */
export function fleetFrom(spec: FleetInput, document: YamlDocument, path: readonly (string | number)[]): FleetSpec {
  const names = new Set<string>();
  for (const [index, { name }] of (spec.members ?? []).entries()) {
    const at = document.locateValue([...path, "members", index, "name"]);
    if (names.has(name)) throw new SourceError(at, `member name ${name} is used twice`);
    if (name === "host")
      throw new SourceError(at, "host is the name of the control plane; choose another for a member");
    names.add(name);
  }
  const problem = dnsProblem(spec.dns);
  if (problem !== undefined)
    throw new SourceError(document.locateValue([...path, "dns", problem.field]), problem.message);
  const wrongGlobalnet = globalnetProblem(spec);
  if (wrongGlobalnet !== undefined)
    throw new SourceError(document.locateValue([...path, "network", "globalnet"]), wrongGlobalnet);
  const folder = dirname(document.file);
  const members = spec.members?.map((one) =>
    one.kubeconfig === undefined ? one : { ...one, kubeconfig: pathFrom(folder, one.kubeconfig) },
  );
  return fleetOf(members === undefined ? spec : { ...spec, members });
}

/** A path a file names: relative to its folder, with `~/` for the user's home. */
function pathFrom(folder: string, path: string): string {
  return path.startsWith("~/") ? resolve(homedir(), path.slice(2)) : resolve(folder, path);
}
