import type { User } from "../apiserver/index.ts";
import { type ClusterClient, InformerFactory, inProcessClient, type ServerDoor } from "../client/index.ts";
import { type ControllerManager, type ControllersOptions, startControllers } from "../controller/index.ts";
import type { FaultPlan, Loop } from "../sim/index.ts";
import { assert } from "../std/index.ts";
import {
  type ClusterConfig,
  joiningNode,
  type NodeConfig,
  type ResolvedConfig,
  resolveConfig,
} from "./cluster-config.ts";
import { memberControllers } from "./control-loops.ts";
import { Kubelet } from "./kubelet/kubelet.ts";
import type { ContainerRuntime } from "./runtime.ts";
import type { SystemObject } from "./system-object.ts";
import { nodeObject, systemObjects } from "./system-objects.ts";

/** What a simulated cluster is booted in. */
export type ClusterSurroundings = {
  readonly loop: Loop;
  readonly server: ServerDoor;
  readonly runtime: ContainerRuntime;
  readonly faults?: FaultPlan;
  readonly observer?: NonNullable<ControllersOptions["observer"]>;
};

/** A running cluster: nodes, control loops, kubelets, behind its API server. */
export interface SimulatedCluster {
  readonly config: ResolvedConfig;
  /** The caches its control loops share. */
  readonly informers: InformerFactory;
  /** A machine joins: its Node object is made, and its kubelet takes pods. */
  addNode(node: NodeConfig): void;
  /** The machine stops; the cluster finds out when its heartbeats cease. */
  crashNode(name: string): void;
  restartNode(name: string): void;
  stop(): void;
}

/** Who makes the cluster, as kubeadm's user does. */
const INSTALLER: User = { name: "kubernetes-admin", groups: ["system:masters", "system:authenticated"] };
const CONTROLLER_MANAGER: User = { name: "system:kube-controller-manager", groups: ["system:authenticated"] };
/** All kubelets of the cluster, who read together; each writes as itself. */
const NODES: User = { name: "system:nodes", groups: ["system:nodes", "system:authenticated"] };
const kubeletOf = (node: string): User => ({ ...NODES, name: `system:node:${node}` });

/** Writes what a new cluster holds and starts what runs in it; it comes to rest as the loop runs on. */
export function bootCluster(config: ClusterConfig, surroundings: ClusterSurroundings): SimulatedCluster {
  const resolved = resolveConfig(config);
  const { loop, server, runtime, faults, observer } = surroundings;
  const options = faults === undefined ? { loop } : { loop, faults };
  writeObjects(resolved, server, systemObjects(resolved, loop.nowMs()));
  const client = inProcessClient(server, CONTROLLER_MANAGER, options);
  const informers = new InformerFactory(client, loop);
  const controllers = startControllers({
    loop,
    client,
    informers,
    definitions: memberControllers(resolved, client),
    ...(observer === undefined ? {} : { observer }),
  });
  const kubelet = startKubelet(
    resolved,
    new InformerFactory(inProcessClient(server, NODES, options), loop),
    (node) => inProcessClient(server, kubeletOf(node), options),
    { loop, runtime },
  );
  return handleOn(resolved, { loop, server, informers, controllers, kubelet });
}

function startKubelet(
  config: ResolvedConfig,
  informers: InformerFactory,
  clientOf: (node: string) => ClusterClient,
  { loop, runtime }: Pick<ClusterSurroundings, "loop" | "runtime">,
): Kubelet {
  const { name: cluster, dnsIP: clusterDnsIP, clusterDomain, nodeNameservers, nodeSearches, images } = config;
  const kubelet = new Kubelet({
    cluster,
    minor: config.minor,
    loop,
    informers,
    clientOf,
    runtime,
    dns: { clusterDnsIP, clusterDomain, nodeNameservers, nodeSearches },
  });
  for (const { name, podCIDR } of config.nodes) kubelet.addNode({ name, podCIDR, images });
  kubelet.start();
  return kubelet;
}

type Parts = {
  readonly loop: Loop;
  readonly server: ServerDoor;
  readonly informers: InformerFactory;
  readonly controllers: ControllerManager;
  readonly kubelet: Kubelet;
};

function handleOn(config: ResolvedConfig, parts: Parts): SimulatedCluster {
  const { loop, server, informers, controllers, kubelet } = parts;
  let machines = config.nodes.length;
  return {
    config,
    informers,
    addNode: (node) => {
      const joining = joiningNode(config, node, machines++);
      writeObjects(config, server, [nodeObject(joining, config, loop.nowMs())]);
      kubelet.addNode({ name: joining.name, podCIDR: joining.podCIDR, images: config.images });
    },
    crashNode: (name) => kubelet.crashNode(name),
    restartNode: (name) => kubelet.restartNode(name),
    stop: () => {
      controllers.stop();
      kubelet.stop();
      informers.stop();
    },
  };
}

function writeObjects(config: ResolvedConfig, server: ServerDoor, objects: readonly SystemObject[]): void {
  for (const { kind, object } of objects) {
    const { namespace, name } = object.metadata;
    const scope = namespace === undefined ? { kind } : { kind, namespace };
    server.handle({ verb: "create", ...scope, object }, INSTALLER, (answer) => {
      const told = answer.ok ? "" : answer.status.message;
      assert(answer.ok, `${kind.kind} ${name} must be created in cluster ${config.name}: ${told}`);
      const status = (object as { readonly status?: unknown }).status;
      if (status === undefined) return;
      const withStatus = { ...answer.object, status } as typeof object;
      server.handle({ verb: "update", ...scope, name, subresource: "status", object: withStatus }, INSTALLER, () => {});
    });
  }
}
