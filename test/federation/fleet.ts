import { readdirSync, readFileSync } from "node:fs";
import { parse, parseAllDocuments, stringify } from "yaml";
import {
  builtinDescriptors,
  Cluster,
  CustomResourceDefinition,
  karmadaDescriptors,
  Namespace,
} from "../../src/api/index.ts";
import {
  apiVersionOf,
  type Kind,
  type KubeObject,
  type ObjectOf,
  parseApiVersion,
  type Unstructured,
} from "../../src/apimachinery/index.ts";
import {
  type Answer,
  type ApiRequest,
  ApiServer,
  namespaceLifecyclePlugin,
  serviceAddressPlugin,
  type User,
  type Verb,
} from "../../src/apiserver/index.ts";
import { type ClusterClient, InformerFactory, inProcessClient } from "../../src/client/index.ts";
import { type ControllerObserver, type MemberRegistry, startControllers } from "../../src/controller/index.ts";
import {
  ClusterStatusCollector,
  type FederationOptions,
  federationControllers,
  karmadaAdmission,
} from "../../src/federation/index.ts";
import { hostControllers } from "../../src/kube/index.ts";
import { advanceTo, FaultPlan, Loop, Random, settle, Trace } from "../../src/sim/index.ts";

type AnyKind = Kind<KubeObject>;

const ADMIN: User = { name: "admin", groups: ["system:masters"] };
const CRDS = new URL("../../crds/", import.meta.url);
const CRD_OBJECTS = readdirSync(CRDS)
  .sort()
  .map((file) => parse(readFileSync(new URL(file, CRDS), "utf8")) as KubeObject);
const WRITES: ReadonlySet<Verb> = new Set(["create", "update", "patch", "delete"]);

/** One cluster of a fleet as a test sees it. */
export type Door = {
  readonly name: string;
  create(object: KubeObject): Unstructured;
  tryCreate(object: KubeObject): Answer;
  patch(kind: AnyKind, name: string, namespace: string | undefined, body: unknown, subresource?: string): Answer;
  remove(kind: AnyKind, name: string, namespace?: string): Answer;
  get<K extends AnyKind>(kind: K, name: string, namespace?: string): ObjectOf<K> | undefined;
  list<K extends AnyKind>(kind: K, namespace?: string): readonly ObjectOf<K>[];
};

/** A host with Karmada on it, and members that are bare API servers: nothing runs there. */
export type Fleet = {
  readonly loop: Loop;
  readonly faults: FaultPlan;
  readonly host: Door;
  readonly member: (name: string) => Door;
  /** Creates every document of a YAML text at the host, in `default` unless it says otherwise. */
  readonly apply: (text: string) => void;
  readonly settle: () => void;
  readonly advance: (ms: number) => void;
  /** What controllers wrote, as `verb cluster kind namespace/name`. */
  readonly writes: string[];
};

export type FleetOptions = {
  readonly members?: readonly string[];
  readonly federation?: Partial<FederationOptions>;
  readonly observer?: ControllerObserver;
};

export function fleet(options: FleetOptions = {}): Fleet {
  const { members: names = ["member1", "member2"], federation = {}, observer = {} } = options;
  const loop = new Loop({ startMs: Date.UTC(2026, 0, 1), random: new Random(11), trace: new Trace() });
  const faults = new FaultPlan();
  const writes: string[] = [];
  const host = server(loop, "host", "10.96.0.0/12", true);
  const members = new Map(names.map((name, index) => [name, server(loop, name, `10.${11 + 2 * index}.0.0/16`, false)]));
  const doors = new Map([...members].map(([name, member]) => [name, door(member)]));
  const hostDoor = door(host);
  for (const crd of CRD_OBJECTS) hostDoor.create(crd);
  const clientOf = (to: ApiServer): ClusterClient =>
    recorded(inProcessClient(to, ADMIN, { loop, faults, from: "host" }), writes);
  const client = clientOf(host);
  const clients = new Map([...members].map(([name, member]) => [name, clientOf(member)]));
  const registry: MemberRegistry = {
    names: () => [...clients.keys()],
    client: (name) => clients.get(name),
    observe: () => () => {},
  };
  const informers = new InformerFactory(client, loop);
  startControllers({ loop, client, informers, definitions: hostControllers(client, undefined), observer });
  const yaml = { parse, format: (value: unknown) => stringify(value) };
  const definitions = federationControllers({ yaml, ...federation });
  startControllers({ loop, client, informers, definitions, members: registry, observer });
  new ClusterStatusCollector({ loop, client, informers, members: registry }).start();
  for (const name of names)
    hostDoor.create({
      apiVersion: apiVersionOf(Cluster),
      kind: Cluster.kind,
      metadata: { name },
      spec: { syncMode: "Push" },
    } as KubeObject);
  const made: Fleet = {
    loop,
    faults,
    host: hostDoor,
    member: (name) => doors.get(name) as Door,
    apply: (text) => {
      for (const document of parseAllDocuments(text)) hostDoor.create(document.toJS() as KubeObject);
    },
    settle: () => void settle(loop, { maxSteps: 1_000_000, maxVirtualMs: 600_000 }),
    advance: (ms) => void advanceTo(loop, loop.nowMs() + ms),
    writes,
  };
  made.settle();
  return made;
}

function server(loop: Loop, cluster: string, cidr: string, isHost: boolean): ApiServer {
  const random = loop.random.stream(`${cluster} service addresses`);
  const made = new ApiServer({
    cluster,
    loop,
    descriptors: isHost ? [...builtinDescriptors, ...karmadaDescriptors] : builtinDescriptors,
    version: { major: "1", minor: "34", gitVersion: "v1.34.0" },
    freeze: true,
    admission: [namespaceLifecyclePlugin, serviceAddressPlugin({ cidr, random }), ...(isHost ? karmadaAdmission : [])],
  });
  for (const name of ["default", "kube-system"])
    made.answer(
      { verb: "create", kind: Namespace, object: { apiVersion: "v1", kind: "Namespace", metadata: { name } } },
      ADMIN,
    );
  return made;
}

function door(server: ApiServer): Door {
  const good = (answer: Answer): Unstructured => {
    if (!answer.ok) throw new Error(`${server.cluster}: ${answer.status.message}`);
    return answer.object;
  };
  const within = (namespace: string | undefined) => (namespace === undefined ? {} : { namespace });
  const tryCreate = (object: KubeObject): Answer => {
    const kind = kindOf(server, object);
    const namespace = kind.namespaced ? (object.metadata.namespace ?? "default") : undefined;
    const placed = { ...object, metadata: { ...object.metadata, ...within(namespace) } };
    return server.answer({ verb: "create", kind, object: placed, ...within(namespace) }, ADMIN);
  };
  return {
    name: server.cluster,
    create: (object) => good(tryCreate(object)),
    tryCreate,
    patch: (kind, name, namespace, body, subresource) =>
      server.answer(
        {
          verb: "patch",
          kind,
          name,
          ...within(namespace),
          patch: { type: "merge", body },
          ...(subresource === undefined ? {} : { subresource }),
        },
        ADMIN,
      ),
    remove: (kind, name, namespace) => server.answer({ verb: "delete", kind, name, ...within(namespace) }, ADMIN),
    get: <K extends AnyKind>(kind: K, name: string, namespace?: string) => {
      const answer = server.answer({ verb: "get", kind, name, ...within(namespace) }, ADMIN);
      return answer.ok ? (answer.object as KubeObject as ObjectOf<K>) : undefined;
    },
    list: <K extends AnyKind>(kind: K, namespace?: string) => {
      const answer = server.answer({ verb: "list", kind, ...within(namespace) }, ADMIN);
      return answer.ok ? (answer.object.items as readonly ObjectOf<K>[]) : [];
    },
  };
}

/** The kind of an object as the server knows it. */
function kindOf(server: ApiServer, { apiVersion, kind }: KubeObject): AnyKind {
  const { group, version } = parseApiVersion(apiVersion);
  if (kind === CustomResourceDefinition.kind) return CustomResourceDefinition;
  const client = inProcessClient(server, ADMIN, { loop: server.core.loop });
  const { discovery } = new InformerFactory(client, server.core.loop);
  const found = discovery.kindOf(apiVersion, kind);
  if (found === undefined) throw new Error(`${server.cluster} serves no ${kind} of ${group}/${version}`);
  return found;
}

function recorded(client: ClusterClient, writes: string[]): ClusterClient {
  const send = (request: ApiRequest, onAnswer: (answer: Answer) => void): void => {
    if (WRITES.has(request.verb)) writes.push(summary(client.cluster, request));
    client.send(request, onAnswer);
  };
  return { cluster: client.cluster, send, watch: client.watch, raw: client.raw };
}

function summary(cluster: string, { verb, kind, namespace, name, object, subresource }: ApiRequest): string {
  const resource = subresource === undefined ? kind.kind : `${kind.kind}/${subresource}`;
  const named = name ?? object?.metadata.name ?? "";
  return `${verb} ${cluster} ${resource} ${namespace === undefined ? named : `${namespace}/${named}`}`;
}
