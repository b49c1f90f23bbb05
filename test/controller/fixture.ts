import { builtinDescriptors, type ConfigMap, ConfigMap as ConfigMapKind, Namespace } from "../../src/api/index.ts";
import type { Kind, KubeObject, Unstructured } from "../../src/apimachinery/index.ts";
import { type ApiRequest, ApiServer, type User } from "../../src/apiserver/index.ts";
import { type ClusterClient, inProcessClient } from "../../src/client/index.ts";
import {
  type AnyDefinition,
  type ControllerManager,
  type ControllersOptions,
  type Intent,
  startControllers,
} from "../../src/controller/index.ts";
import { advanceTo, FaultPlan, Loop, Random, settle, Trace } from "../../src/sim/index.ts";

const ADMIN: User = { name: "admin", groups: ["system:masters"] };

/** A home cluster, members, and controllers between them, over real API servers. */
export type Fixture = {
  readonly loop: Loop;
  readonly faults: FaultPlan;
  readonly client: (cluster: string) => ClusterClient;
  /** The object of an answer, which must be good. */
  readonly ask: (request: ApiRequest, cluster?: string) => Unstructured;
  readonly start: (definitions: readonly AnyDefinition[], options?: Partial<ControllersOptions>) => ControllerManager;
  readonly join: (member: string) => void;
  readonly leave: (member: string) => void;
  readonly settle: () => unknown;
  readonly advance: (ms: number) => void;
};

export function fixture(members: readonly string[] = []): Fixture {
  const loop = new Loop({ startMs: Date.UTC(2026, 0, 1), random: new Random(7), trace: new Trace() });
  const faults = new FaultPlan();
  const servers = new Map(["host", "m1", "m2"].map((cluster) => [cluster, serverOf(cluster, loop)]));
  const clients = new Map<string, ClusterClient>();
  for (const [cluster, server] of servers)
    clients.set(cluster, inProcessClient(server, ADMIN, { loop, faults, from: "host" }));
  const client = (cluster: string): ClusterClient => clients.get(cluster) as ClusterClient;
  const joined = new Set(members);
  const observers = new Set<() => void>();
  const changed = (): void => {
    for (const observer of observers) observer();
  };
  const registry = {
    names: () => [...joined],
    client: (name: string) => (joined.has(name) ? clients.get(name) : undefined),
    observe: (observer: () => void) => {
      observers.add(observer);
      return () => observers.delete(observer);
    },
  };
  return {
    loop,
    faults,
    client,
    ask: (request, cluster = "host") => good(servers.get(cluster) as ApiServer, request),
    start: (definitions, options = {}) =>
      startControllers({ loop, client: client("host"), definitions, members: registry, ...options }),
    join: (member) => {
      joined.add(member);
      changed();
    },
    leave: (member) => {
      joined.delete(member);
      changed();
    },
    settle: () => settle(loop, { maxSteps: 100_000, maxVirtualMs: 600_000 }),
    advance: (ms) => void advanceTo(loop, loop.nowMs() + ms),
  };
}

function serverOf(cluster: string, loop: Loop): ApiServer {
  const version = { major: "1", minor: "34", gitVersion: "v1.34.0" };
  const server = new ApiServer({ cluster, loop, descriptors: builtinDescriptors, version, freeze: true });
  const object = { apiVersion: "v1", kind: "Namespace", metadata: { name: "default" } };
  good(server, { verb: "create", kind: Namespace, object });
  return server;
}

function good(server: ApiServer, request: ApiRequest): Unstructured {
  const answer = server.answer(request, ADMIN);
  if (!answer.ok) throw new Error(`${request.verb} failed: ${answer.status.message}`);
  return answer.object;
}

/** A ConfigMap of namespace default. */
export function configMap(name: string, data: Record<string, string> = {}, labels?: Record<string, string>): ConfigMap {
  const metadata = { name, namespace: "default", ...(labels === undefined ? {} : { labels }) };
  return { apiVersion: "v1", kind: "ConfigMap", metadata, data };
}

export const creating = (object: KubeObject, kind: Kind<KubeObject> = ConfigMapKind): ApiRequest => {
  const { namespace } = object.metadata;
  return { verb: "create", kind, object, ...(namespace === undefined ? {} : { namespace }) };
};

export const named = (verb: "get" | "delete", name: string, kind: Kind<KubeObject> = ConfigMapKind): ApiRequest => ({
  verb,
  kind,
  name,
  ...(kind.namespaced ? { namespace: "default" } : {}),
});

/** Data of a ConfigMap as the API has it. */
export const dataOf = (object: KubeObject | undefined): Readonly<Record<string, string>> | undefined =>
  (object as ConfigMap | undefined)?.data;

export const created = (object: KubeObject, at?: string): Intent =>
  at === undefined
    ? { type: "create", kind: ConfigMapKind, object }
    : { type: "create", kind: ConfigMapKind, object, at };
