import { builtinDescriptors } from "../../src/api/index.ts";
import type { Kind, KubeObject, ObjectOf } from "../../src/apimachinery/index.ts";
import {
  type Answer,
  type ApiRequest,
  ApiServer,
  namespaceLifecyclePlugin,
  serviceAddressPlugin,
} from "../../src/apiserver/index.ts";
import {
  bootCluster,
  type ClusterConfig,
  type ContainerRuntime,
  type ContainerStart,
  defaultAdmission,
  type SimulatedCluster,
  storageProtection,
} from "../../src/kube/index.ts";
import { advanceTo, FaultPlan, Loop, Random, settle, Trace } from "../../src/sim/index.ts";

const ADMIN = { name: "admin", groups: ["system:masters"] };

/** One simulated cluster with an API server of its own, for tests. */
export type SmallCluster = {
  readonly loop: Loop;
  readonly server: ApiServer;
  readonly cluster: SimulatedCluster;
  readonly faults: FaultPlan;
  send(request: ApiRequest): Answer;
  apply<T extends KubeObject>(kind: Kind<T>, object: T): T;
  get<K extends Kind<KubeObject>>(kind: K, name: string, namespace?: string): ObjectOf<K> | undefined;
  list<K extends Kind<KubeObject>>(kind: K, namespace?: string): readonly ObjectOf<K>[];
  remove(kind: Kind<KubeObject>, name: string, options?: ApiRequest["options"]): Answer;
  settle(): void;
  advance(seconds: number): void;
};

/** A runtime in which every image exists, programs run until told to stop, and probes succeed; parts may be replaced. */
export function plainRuntime(loop: Loop, parts: Partial<ContainerRuntime> = {}): ContainerRuntime {
  return {
    pull: () => ({ ok: true }),
    start: (_start: ContainerStart, events) => ({
      stop: () => loop.soon("container exit", () => events.onExit({ code: 0, reason: "Completed" })),
    }),
    probe: () => true,
    ...parts,
  };
}

export type SmallClusterOptions = {
  readonly seed?: number;
  readonly config?: Partial<ClusterConfig>;
  readonly runtime?: (loop: Loop) => ContainerRuntime;
};

/** Boots a cluster and lets it come to rest. */
export function smallCluster(options: SmallClusterOptions = {}): SmallCluster {
  const loop = new Loop({
    startMs: Date.parse("2026-01-01T00:00:00Z"),
    random: new Random(options.seed ?? 1),
    trace: new Trace(),
  });
  const server = new ApiServer({
    cluster: "member1",
    loop,
    descriptors: builtinDescriptors,
    version: { major: "1", minor: "34", gitVersion: "v1.34.0" },
    admission: [
      namespaceLifecyclePlugin,
      ...defaultAdmission,
      storageProtection,
      serviceAddressPlugin({ cidr: "10.11.0.0/16", random: loop.random.stream("service addresses") }),
    ],
    freeze: true,
  });
  const faults = new FaultPlan();
  const runtime = options.runtime?.(loop) ?? plainRuntime(loop);
  const config = {
    name: "member1",
    podCIDR: "10.10.0.0/16",
    serviceCIDR: "10.11.0.0/16",
    nodeDaemons: false,
    ...options.config,
  };
  const cluster = bootCluster(config, { loop, server, runtime, faults });
  const small = handleOn(loop, server, cluster, faults);
  small.settle();
  return small;
}

function handleOn(loop: Loop, server: ApiServer, cluster: SimulatedCluster, faults: FaultPlan): SmallCluster {
  const send = (request: ApiRequest): Answer => server.answer(request, ADMIN);
  const ok = (answer: Answer): KubeObject => {
    if (!answer.ok) throw new Error(answer.status.message);
    return answer.object;
  };
  return {
    loop,
    server,
    cluster,
    faults,
    send,
    apply: <T extends KubeObject>(kind: Kind<T>, object: T): T => {
      const { name, namespace } = object.metadata;
      const scope = namespace === undefined ? { kind } : { kind, namespace };
      const present = send({ verb: "get", ...scope, name });
      return ok(send({ verb: present.ok ? "update" : "create", ...scope, name, object })) as T;
    },
    get: <K extends Kind<KubeObject>>(kind: K, name: string, namespace = "default") => {
      const scope = kind.namespaced ? { kind, namespace } : { kind };
      const answer = send({ verb: "get", ...scope, name });
      return answer.ok ? (answer.object as KubeObject as ObjectOf<K>) : undefined;
    },
    list: <K extends Kind<KubeObject>>(kind: K, namespace?: string) => {
      const scope = namespace === undefined ? { kind } : { kind, namespace };
      return (ok(send({ verb: "list", ...scope })) as KubeObject & { items: readonly ObjectOf<K>[] }).items;
    },
    remove: (kind, name, deletion) => {
      const scope = kind.namespaced ? { kind, namespace: "default" } : { kind };
      return send({ verb: "delete", ...scope, name, ...(deletion === undefined ? {} : { options: deletion }) });
    },
    settle: () => {
      const result = settle(loop, { maxSteps: 1_000_000, maxVirtualMs: 3_600_000 });
      if (result.state !== "idle") throw new Error(JSON.stringify(result));
    },
    advance: (seconds) => void advanceTo(loop, loop.nowMs() + seconds * 1000),
  };
}
