import {
  ConfigMap,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  type PodStatus,
  Secret,
  Service,
} from "../../api/index.ts";
import { type KubeObject, timestamp } from "../../apimachinery/index.ts";
import { type Change, type ClusterClient, EventRecorder, type InformerFactory } from "../../client/index.ts";
import type { Loop } from "../../sim/index.ts";
import { must } from "../../std/index.ts";
import type { ContainerRuntime } from "../runtime.ts";
import { NodeHeartbeat } from "./node-heartbeat.ts";
import { NodeRoom } from "./node-room.ts";
import { PodAddresses } from "./pod-addresses.ts";
import { type Rejection, rejectionOf } from "./pod-rejection.ts";
import { type ResizeRefusal, resizeRefusal } from "./pod-resize.ts";
import { type PodHost, PodWorker } from "./pod-worker.ts";
import type { DnsSettings } from "./resolver-config.ts";
import { serviceVariables } from "./service-variables.ts";
import { isMirror, StaticPods } from "./static-pods.ts";
import { TokenManager } from "./token-manager.ts";

/** One node as its kubelet knows it. */
type ServedNode = {
  readonly name: string;
  readonly addresses: PodAddresses;
  readonly images: Set<string>;
  readonly recorder: EventRecorder;
  readonly workers: Set<PodWorker>;
  readonly room: NodeRoom;
  /** Pods that wait for room to be resized in, by UID. */
  readonly deferred: Set<string>;
  readonly client: ClusterClient;
  statics?: StaticPods;
  up: boolean;
};

export type KubeletOptions = {
  readonly cluster: string;
  /** Kubernetes 1.N. */
  readonly minor: number;
  readonly loop: Loop;
  /** What all kubelets read from together. */
  readonly informers: InformerFactory;
  /** A client that acts as the kubelet of a node, who writes what is the node's. */
  readonly clientOf: (node: string) => ClusterClient;
  readonly runtime: ContainerRuntime;
  readonly dns: DnsSettings;
};

/** How long a pod that has no room is left to wait for some. */
const REJECTION_MS = 1_000;
/** What a failed write waits before it is tried again. */
const RETRY_MS = 5_000;

/**
 * The kubelets of all nodes of one cluster: a worker per pod bound to a node that is up. What it holds (sandboxes, containers,
 * probes) is state of the machines, not of the API; it is lost only when a node crashes.
 */
export class Kubelet {
  readonly #options: KubeletOptions;
  readonly #nodes = new Map<string, ServedNode>();
  readonly #workers = new Map<string, PodWorker>();
  readonly #rejected = new Set<string>();
  readonly #byConfiguration = new Map<string, Set<PodWorker>>();
  readonly #variables = new Map<string, ReadonlyMap<string, string>>();
  readonly #heartbeat: NodeHeartbeat;
  readonly #tokens: TokenManager;
  readonly #lastNodes = new Map<string, Node>();
  #unwatch: (() => void)[] = [];

  constructor(options: KubeletOptions) {
    this.#options = options;
    this.#heartbeat = new NodeHeartbeat(options.loop, options.informers, (node) => this.#clientOf(node));
    this.#tokens = new TokenManager(() => options.loop.nowMs());
  }

  /** Serves a node from now on; its Node object must exist. */
  addNode(node: { readonly name: string; readonly podCIDR: string; readonly images: readonly string[] }): void {
    const { loop, clientOf } = this.#options;
    const client = clientOf(node.name);
    const recorder = new EventRecorder({ client, loop, component: "kubelet", host: node.name });
    const addresses = new PodAddresses(node.podCIDR);
    const images = new Set(node.images);
    const served = {
      name: node.name,
      addresses,
      images,
      client,
      recorder,
      workers: new Set<PodWorker>(),
      room: new NodeRoom(),
      deferred: new Set<string>(),
    };
    this.#nodes.set(node.name, { ...served, up: true });
    if (this.#unwatch.length > 0) this.#adoptPods(node.name);
  }

  /** Begins once the caches it answers from have their first contents. */
  start(): void {
    const { informers, loop } = this.#options;
    const needed = [
      informers.of(Node),
      informers.of(Service),
      informers.of(ConfigMap),
      informers.of(Secret),
      informers.of(PersistentVolumeClaim),
      informers.of(PersistentVolume),
      informers.of(Pod),
    ];
    const begin = (): void => {
      if (this.#unwatch.length > 0 || needed.some((informer) => !informer.hasSynced)) return;
      this.#heartbeat.start(() => this.#namesUp());
      this.#watch();
    };
    for (const informer of needed) informer.onState(() => loop.soon("kubelet start", begin));
    begin();
  }

  stop(): void {
    this.#heartbeat.stop();
    for (const unwatch of this.#unwatch) unwatch();
    for (const worker of this.#workers.values()) worker.abandon();
    this.#workers.clear();
    for (const { statics } of this.#nodes.values()) statics?.abandon();
  }

  /** The machine stops: containers end unheard, heartbeats cease. */
  crashNode(name: string): void {
    const node = must(this.#nodes.get(name), `node ${name}`);
    node.up = false;
    for (const worker of [...node.workers]) {
      this.#forget(worker);
      worker.abandon();
    }
    node.statics?.abandon();
    delete node.statics;
  }

  /** The machine starts again, and with it the pods bound to it. */
  restartNode(name: string): void {
    const node = must(this.#nodes.get(name), `node ${name}`);
    if (node.up) return;
    node.up = true;
    this.#heartbeat.beat(name);
    this.#startStatics(node);
    this.#adoptPods(name);
  }

  *#namesUp(): Iterable<string> {
    for (const node of this.#nodes.values()) if (node.up) yield node.name;
  }

  #watch(): void {
    const { informers } = this.#options;
    this.#unwatch = [
      informers.of(Node).addHandler(({ after }) => {
        if (after !== undefined) this.#nodeChanged(after);
      }),
      informers.of(Service).addHandler(({ object }) => this.#forgetVariables(object)),
      informers.of(ConfigMap).addHandler((change) => this.#configurationChanged("ConfigMap", change)),
      informers.of(Secret).addHandler((change) => this.#configurationChanged("Secret", change)),
      informers
        .of(PersistentVolumeClaim)
        .addHandler((change) => this.#configurationChanged("PersistentVolumeClaim", change)),
      informers.of(Pod).addHandler((change) => this.#podChanged(change)),
    ];
  }

  #nodeChanged(node: Node): void {
    const { name } = node.metadata;
    const isNew = !this.#lastNodes.has(name);
    this.#lastNodes.set(name, node);
    const served = this.#nodes.get(name);
    if (!isNew || served?.up !== true) return;
    this.#heartbeat.beat(name);
    this.#startStatics(served);
    this.#adoptPods(name);
  }

  #podChanged({ before, after }: Change<Pod>): void {
    const pod = after ?? (before as Pod);
    if (isMirror(pod)) {
      this.#nodes.get(pod.spec.nodeName ?? "")?.statics?.mirrorChanged(pod);
      return;
    }
    const uid = pod.metadata.uid ?? "";
    const worker = this.#workers.get(uid);
    if (after === undefined) {
      if (worker !== undefined) this.#forget(worker);
      worker?.dismiss();
      return;
    }
    if (worker === undefined) this.#adopt(after)?.update(after);
    else {
      worker.update(after);
      if (isOver(after)) this.#freed(after);
    }
  }

  /** A worker for a pod that has none and is to run here; it counts on its node, and begins with its first `update`. */
  #adopt(pod: Pod): PodWorker | undefined {
    const node = this.#nodes.get(pod.spec.nodeName ?? "");
    const uid = pod.metadata.uid ?? "";
    const isDone = isOver(pod) && pod.metadata.deletionTimestamp === undefined;
    if (node === undefined || !node.up || this.#workers.has(uid) || isDone || isMirror(pod)) return undefined;
    if (!this.#lastNodes.has(node.name) || this.#reject(pod, node)) return undefined;
    const worker = new PodWorker(pod, this.#hostOf(node));
    this.#workers.set(uid, worker);
    node.workers.add(worker);
    if (!isOver(pod)) node.room.hold(worker.granted);
    for (const key of worker.configuration) {
      const workers = this.#byConfiguration.get(key) ?? new Set();
      workers.add(worker);
      this.#byConfiguration.set(key, workers);
    }
    return worker;
  }

  /**
   * Turns a pod away that was never here before when there is no room for it; whether it does. It looks twice, a moment apart
   * and in the background: who makes such a pod anew at once would otherwise never come to rest.
   */
  #reject(pod: Pod, node: ServedNode): boolean {
    const { name, namespace, uid = "", deletionTimestamp } = pod.metadata;
    if (pod.status?.startTime !== undefined || deletionTimestamp !== undefined) return false;
    if (this.#rejected.has(uid)) return true;
    const rejected = (candidate: Pod): Rejection | undefined =>
      rejectionOf(candidate, {
        node: this.#lastNodes.get(node.name) as Node,
        room: node.room,
        present: node.workers,
      });
    if (rejected(pod) === undefined) return false;
    const { loop, informers } = this.#options;
    this.#rejected.add(uid);
    const again = (): void => {
      this.#rejected.delete(uid);
      const current = informers.of(Pod).get(name, namespace);
      const rejection = current && rejected(current);
      if (current?.metadata.uid !== uid || !node.up) return;
      if (rejection === undefined) this.#adopt(current)?.update(current);
      else this.#refuse(current, node, rejection);
    };
    loop.after(REJECTION_MS, "pod rejection", again, { background: true });
    return true;
  }

  #refuse(pod: Pod, { recorder, client }: ServedNode, { reason, message }: Rejection): void {
    recorder.record({ regarding: pod, eventType: "Warning", reason, message });
    const told = { phase: "Failed" as const, reason, message: `Pod was rejected: ${message}` };
    this.#writeStatus(client, pod, { ...pod.status, ...told, startTime: timestamp(this.#options.loop.nowMs()) });
  }

  /** All pods of a node count before the first of them begins: what is left is left by all. */
  #adoptPods(nodeName: string): void {
    const pods = this.#options.informers.of(Pod).list();
    const adopted = pods.flatMap((pod) => (pod.spec.nodeName === nodeName ? (this.#adopt(pod) ?? []) : []));
    for (const worker of adopted) worker.update(worker.pod);
  }

  #startStatics(node: ServedNode): void {
    const { runtime, loop, informers } = this.#options;
    const files = runtime.machine?.(node.name);
    if (files === undefined || node.statics !== undefined) return;
    node.statics = new StaticPods({
      node: node.name,
      files,
      loop,
      informers,
      client: node.client,
      host: this.#hostOf(node),
    });
  }

  #forget(worker: PodWorker): void {
    const { metadata, spec } = worker.pod;
    this.#workers.delete(metadata.uid ?? "");
    this.#nodes.get(spec.nodeName ?? "")?.workers.delete(worker);
    this.#freed(worker.pod);
    for (const key of worker.configuration) {
      const workers = this.#byConfiguration.get(key);
      workers?.delete(worker);
      if (workers?.size === 0) this.#byConfiguration.delete(key);
    }
  }

  /** A pod holds nothing of its node any more: those that wait for room look again, the most important first. */
  #freed(pod: Pod): void {
    const node = this.#nodes.get(pod.spec.nodeName ?? "");
    if (node?.room.release(pod) === true && node.up) this.#retryDeferred(node);
  }

  #retryDeferred({ deferred }: ServedNode): void {
    const waiting = [...deferred].flatMap((uid) => this.#workers.get(uid) ?? []);
    deferred.clear();
    waiting.sort((left, right) => (right.pod.spec.priority ?? 0) - (left.pod.spec.priority ?? 0));
    for (const worker of waiting) worker.refresh();
  }

  #grant(pod: Pod, node: ServedNode): ResizeRefusal | undefined {
    const refusal = resizeRefusal(pod, node.room, must(this.#lastNodes.get(node.name), `node ${node.name}`));
    if (refusal?.reason === "Deferred") node.deferred.add(pod.metadata.uid ?? "");
    if (refusal === undefined && node.room.hold(pod))
      this.#options.loop.soon("pods that wait for room", () => this.#retryDeferred(node));
    return refusal;
  }

  #configurationChanged(kind: string, { object }: Change<KubeObject>): void {
    const workers = this.#byConfiguration.get(`${kind}/${object.metadata.namespace}/${object.metadata.name}`);
    for (const worker of [...(workers ?? [])]) worker.configurationChanged();
  }

  /** Services of a namespace, and the API server's everywhere. */
  #variablesOf(pod: Pod): ReadonlyMap<string, string> {
    const { namespace = "default" } = pod.metadata;
    const key = pod.spec.enableServiceLinks === false ? "" : namespace;
    let variables = this.#variables.get(key);
    if (variables === undefined) {
      const services = this.#options.informers.of(Service);
      const master = services.get("kubernetes", "default");
      const linked = key === "" ? [] : services.list(namespace);
      variables = serviceVariables(master === undefined ? linked : [master, ...linked]);
      this.#variables.set(key, variables);
    }
    return variables;
  }

  #forgetVariables(service: Service): void {
    const { namespace = "", name } = service.metadata;
    if (namespace === "default" && name === "kubernetes") this.#variables.clear();
    else this.#variables.delete(namespace);
  }

  #hostOf(node: ServedNode): PodHost {
    const { cluster, minor, loop, runtime, dns, informers } = this.#options;
    return {
      cluster,
      minor,
      loop,
      runtime,
      dns,
      addresses: node.addresses,
      images: node.images,
      grant: (pod) => this.#grant(pod, node),
      node: () => must(this.#lastNodes.get(node.name), `node ${node.name}`),
      current: ({ metadata }) => {
        const pod = informers.of(Pod).get(metadata.name, metadata.namespace);
        return pod?.metadata.uid === metadata.uid ? pod : undefined;
      },
      sources: (namespace) => ({
        configMap: (name) => informers.of(ConfigMap).get(name, namespace),
        secret: (name) => informers.of(Secret).get(name, namespace),
        claim: (name) => informers.of(PersistentVolumeClaim).get(name, namespace),
        persistentVolume: (name) => informers.of(PersistentVolume).get(name),
        token: (pod, source) => this.#tokens.tokenOf(node.client, pod, source),
      }),
      serviceVariables: (pod) => this.#variablesOf(pod),
      event: (regarding, eventType, reason, message) => node.recorder.record({ regarding, eventType, reason, message }),
      writeStatus: (pod, status) => this.#writeStatus(node.client, pod, status),
      remove: (pod) => this.#remove(node.client, pod),
    };
  }

  #clientOf(node: string): ClusterClient {
    return must(this.#nodes.get(node), `node ${node}`).client;
  }

  /** On a conflict nothing is done: the change that made it is on its way here, and leads to another look. */
  #writeStatus(client: ClusterClient, pod: Pod, status: PodStatus): void {
    const { informers, loop } = this.#options;
    const { name, namespace = "default", uid = "" } = pod.metadata;
    client.send(
      { verb: "update", kind: Pod, namespace, name, subresource: "status", object: { ...pod, status } as Pod },
      (answer) => {
        if (answer.ok) informers.of(Pod).observe(answer.object);
        else if (answer.status.code >= 500)
          loop.after(RETRY_MS, "pod status retry", () => this.#workers.get(uid)?.refresh(), { background: true });
      },
    );
  }

  #remove(client: ClusterClient, pod: Pod): void {
    const { loop } = this.#options;
    const { name, namespace = "default", uid = "" } = pod.metadata;
    const options = { gracePeriodSeconds: 0, preconditions: { uid } };
    client.send({ verb: "delete", kind: Pod, namespace, name, options }, (answer) => {
      if (!answer.ok && answer.status.code >= 500)
        loop.after(RETRY_MS, "pod removal retry", () => this.#remove(client, pod), { background: true });
    });
  }
}

function isOver({ status }: Pod): boolean {
  return status?.phase === "Succeeded" || status?.phase === "Failed";
}
