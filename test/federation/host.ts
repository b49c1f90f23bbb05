import { readdirSync, readFileSync } from "node:fs";
import { parse, stringify } from "yaml";
import {
  builtinDescriptors,
  Cluster,
  ConfigMap,
  CustomResourceDefinition,
  Deployment,
  karmadaDescriptors,
  Namespace,
  OverridePolicy,
  PropagationPolicy,
} from "../../src/api/index.ts";
import {
  apiVersionOf,
  type Kind,
  type KubeObject,
  type ObjectOf,
  type Unstructured,
} from "../../src/apimachinery/index.ts";
import { type ApiRequest, ApiServer, type User } from "../../src/apiserver/index.ts";
import { inProcessClient } from "../../src/client/index.ts";
import { type AnyDefinition, type Plan, startControllers } from "../../src/controller/index.ts";
import { karmadaAdmission } from "../../src/federation/index.ts";
import { advanceTo, Loop, Random, settle, Trace } from "../../src/sim/index.ts";

type AnyKind = Kind<KubeObject>;

const ADMIN: User = { name: "admin", groups: ["system:masters"] };
const CRD_FOLDER = new URL("../../crds/", import.meta.url);
const CRDS: readonly KubeObject[] = readdirSync(CRD_FOLDER)
  .sort()
  .map((file) => parse(readFileSync(new URL(file, CRD_FOLDER), "utf8")) as KubeObject);

/** YAML as the roof reads and writes it. */
export const yaml = { parse, format: (value: unknown): string => stringify(value, { sortMapEntries: true }) };

/** A host with Karmada's kinds, controllers, and clusters that are only objects. */
export type Host = {
  readonly loop: Loop;
  readonly create: (kind: AnyKind, object: KubeObject) => Unstructured;
  readonly patch: (kind: AnyKind, name: string, namespace: string | undefined, body: unknown) => Unstructured;
  readonly update: (kind: AnyKind, object: KubeObject, subresource?: string) => Unstructured;
  readonly remove: (kind: AnyKind, name: string, namespace?: string) => void;
  readonly get: <K extends AnyKind>(kind: K, name: string, namespace?: string) => ObjectOf<K> | undefined;
  readonly list: <K extends AnyKind>(kind: K, namespace?: string) => readonly ObjectOf<K>[];
  readonly settle: () => void;
  readonly advance: (ms: number) => void;
  /** Every plan with intents, as `controller Kind name`. */
  readonly plans: string[];
};

export function host(definitions: readonly AnyDefinition[], members: readonly string[] = ["m1", "m2"]): Host {
  const loop = new Loop({ startMs: Date.UTC(2026, 0, 1), random: new Random(7), trace: new Trace() });
  const version = { major: "1", minor: "34", gitVersion: "v1.34.0" };
  const descriptors = [...builtinDescriptors, ...karmadaDescriptors];
  const server = new ApiServer({
    cluster: "host",
    loop,
    descriptors,
    version,
    admission: karmadaAdmission,
    freeze: true,
  });
  const client = inProcessClient(server, ADMIN, { loop, from: "host" });
  const good = (request: ApiRequest): Unstructured => {
    const answer = server.answer(request, ADMIN);
    if (!answer.ok) throw new Error(`${request.verb} ${request.kind.kind} failed: ${answer.status.message}`);
    return answer.object;
  };
  const within = (namespace: string | undefined) => (namespace === undefined ? {} : { namespace });
  const made: Host = {
    loop,
    create: (kind, object) => good({ verb: "create", kind, object, ...within(object.metadata.namespace) }),
    patch: (kind, name, namespace, body) =>
      good({ verb: "patch", kind, name, ...within(namespace), patch: { type: "merge", body } }),
    update: (kind, object, subresource) =>
      good({
        verb: "update",
        kind,
        name: object.metadata.name,
        object,
        ...within(object.metadata.namespace),
        ...(subresource === undefined ? {} : { subresource }),
      }),
    remove: (kind, name, namespace) => void good({ verb: "delete", kind, name, ...within(namespace) }),
    get: <K extends AnyKind>(kind: K, name: string, namespace?: string) => {
      const answer = server.answer({ verb: "get", kind, name, ...within(namespace) }, ADMIN);
      return answer.ok ? (answer.object as KubeObject as ObjectOf<K>) : undefined;
    },
    list: <K extends AnyKind>(kind: K, namespace?: string) =>
      good({ verb: "list", kind, ...within(namespace) }).items as readonly ObjectOf<K>[],
    settle: () => void settle(loop, { maxSteps: 1_000_000, maxVirtualMs: 600_000 }),
    advance: (ms) => void advanceTo(loop, loop.nowMs() + ms),
    plans: [],
  };
  prepare(made, members);
  const observer = {
    onPlan: (controller: string, key: { readonly kind: AnyKind; readonly name: string }, { intents }: Plan) => {
      if (intents.length > 0) made.plans.push(`${controller} ${key.kind.kind} ${key.name}`);
    },
  };
  startControllers({ loop, client, definitions, observer });
  made.settle();
  return made;
}

function prepare(made: Host, members: readonly string[]): void {
  for (const crd of CRDS) made.create(CustomResourceDefinition, crd);
  made.settle();
  for (const name of ["default", ...members.map((member) => `karmada-es-${member}`)]) {
    made.create(Namespace, { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  }
  for (const name of members) join(made, name);
}

/** Adds a cluster that serves ConfigMaps and Deployments. */
export function join(made: Host, name: string, spec: Readonly<Record<string, unknown>> = {}): void {
  const object = { apiVersion: "cluster.karmada.io/v1alpha1", kind: "Cluster", metadata: { name } };
  made.create(Cluster, { ...object, spec: { syncMode: "Push", ...spec } } as KubeObject);
  setClusterStatus(made, name, { pods: "100", cpu: "100", memory: "100Gi" });
}

/** Says what a cluster has room for. */
export function setClusterStatus(made: Host, name: string, allocatable: Readonly<Record<string, string>>): void {
  const resources = [
    { groupVersion: "apps/v1", resources: [{ name: "deployments", kind: "Deployment" }] },
    { groupVersion: "batch/v1", resources: [{ name: "jobs", kind: "Job" }] },
    {
      groupVersion: "v1",
      resources: ["ConfigMap", "Secret", "ServiceAccount", "Namespace"].map((kind) => ({
        name: kind.toLowerCase(),
        kind,
      })),
    },
  ];
  const cluster = made.get(Cluster, name) as Cluster;
  made.update(
    Cluster,
    { ...cluster, status: { apiEnablements: resources, resourceSummary: { allocatable } } } as Cluster,
    "status",
  );
}

export function configMap(name: string, labels?: Readonly<Record<string, string>>): KubeObject {
  const metadata = { name, namespace: "default", ...(labels === undefined ? {} : { labels }) };
  return { apiVersion: apiVersionOf(ConfigMap), kind: "ConfigMap", metadata, data: { a: "b" } } as KubeObject;
}

export function deployment(
  name: string,
  replicas: number,
  podSpec: Readonly<Record<string, unknown>> = {},
): KubeObject {
  return {
    apiVersion: apiVersionOf(Deployment),
    kind: "Deployment",
    metadata: { name, namespace: "default", labels: { app: name } },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: "main", image: "nginx:1.27" }], ...podSpec },
      },
    },
  } as KubeObject;
}

export function policy(name: string, spec: Readonly<Record<string, unknown>>): KubeObject {
  const metadata = { name, namespace: "default" };
  return { apiVersion: apiVersionOf(PropagationPolicy), kind: "PropagationPolicy", metadata, spec } as KubeObject;
}

export function overridePolicy(name: string, spec: Readonly<Record<string, unknown>>): KubeObject {
  const metadata = { name, namespace: "default" };
  return { apiVersion: apiVersionOf(OverridePolicy), kind: "OverridePolicy", metadata, spec } as KubeObject;
}

export const CONFIG_MAPS = { apiVersion: "v1", kind: "ConfigMap" };
export const DEPLOYMENTS = { apiVersion: "apps/v1", kind: "Deployment" };
