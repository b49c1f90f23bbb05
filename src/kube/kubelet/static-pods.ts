import { parse } from "yaml";
import { builtinDescriptors, type Node, Pod, type PodSpec } from "../../api/index.ts";
import { ownerReference, timestamp } from "../../apimachinery/index.ts";
import type { ClusterClient, InformerFactory } from "../../client/index.ts";
import type { Loop } from "../../sim/index.ts";
import { fnv1a32, isRecord } from "../../std/index.ts";
import type { MachineFiles } from "../runtime.ts";
import { type PodHost, PodWorker } from "./pod-worker.ts";

/** Where a kubelet looks for pods of its own (`staticPodPath`). */
const MANIFESTS = "/etc/kubernetes/manifests";
const RETRY_MS = 10_000;
const SOURCE = "kubernetes.io/config.source";
const HASH = "kubernetes.io/config.hash";
const SEEN = "kubernetes.io/config.seen";
const MIRROR = "kubernetes.io/config.mirror";

export type StaticPodsOptions = {
  readonly node: string;
  readonly files: MachineFiles;
  readonly loop: Loop;
  readonly informers: InformerFactory;
  readonly client: ClusterClient;
  /** What a pod's worker on this node gets. */
  readonly host: PodHost;
};

type Running = { readonly pod: Pod; readonly worker: PodWorker; ending: boolean };

/** Whether a pod stands in the API for one that a kubelet runs from a file. */
export function isMirror({ metadata }: Pod): boolean {
  return metadata.annotations?.[MIRROR] !== undefined;
}

/**
 * The pods one kubelet runs from the files in its manifest folder, without scheduler and without asking anyone. The API shows a
 * mirror of each, which is made anew when it is deleted or differs.
 */
export class StaticPods {
  readonly #options: StaticPodsOptions;
  readonly #wanted = new Map<string, Pod>();
  readonly #running = new Map<string, Running>();
  readonly #unwatch: () => void;
  #due = false;

  constructor(options: StaticPodsOptions) {
    this.#options = options;
    this.#unwatch = options.files.watch(MANIFESTS, () => this.#readSoon());
    this.#readSoon();
  }

  /** The machine has stopped. */
  abandon(): void {
    this.#unwatch();
    for (const { worker } of this.#running.values()) worker.abandon();
    this.#running.clear();
    this.#wanted.clear();
  }

  /** A mirror was made, changed or deleted. */
  mirrorChanged(mirror: Pod): void {
    const key = keyOf(mirror);
    const running = this.#running.get(key);
    const present = this.#mirrorOf(mirror);
    if (running !== undefined && !running.ending && present?.status !== undefined)
      running.worker.update({ ...running.pod, status: present.status });
    this.#reflect(key, mirror);
  }

  #readSoon(): void {
    if (this.#due) return;
    this.#due = true;
    this.#options.loop.soon("kubelet manifests", () => {
      this.#due = false;
      this.#read();
    });
  }

  #read(): void {
    const { files, node, loop } = this.#options;
    this.#wanted.clear();
    for (const path of files.list(MANIFESTS)) {
      const pod = staticPod(files.read(path) ?? "", { path, node, nowMs: loop.nowMs() });
      if (pod !== undefined) this.#wanted.set(keyOf(pod), pod);
    }
    for (const [key, running] of this.#running) {
      if (this.#wanted.get(key)?.metadata.uid !== running.pod.metadata.uid) this.#end(running);
    }
    for (const key of this.#wanted.keys()) this.#begin(key);
  }

  #begin(key: string): void {
    const pod = this.#wanted.get(key);
    if (pod === undefined || this.#running.has(key)) return;
    const { host } = this.#options;
    const worker = new PodWorker(pod, {
      ...host,
      current: (of) => {
        const mirror = this.#mirrorOf(of);
        return mirror?.metadata.annotations?.[MIRROR] === pod.metadata.uid ? mirror : undefined;
      },
      remove: () => this.#ended(key),
    });
    this.#running.set(key, { pod, worker, ending: false });
    worker.update(pod);
    this.#reflect(key, this.#mirrorOf(pod));
  }

  #end(running: Running): void {
    if (running.ending) return;
    running.ending = true;
    const { pod, worker } = running;
    const deletionGracePeriodSeconds = pod.spec.terminationGracePeriodSeconds ?? 30;
    const deletionTimestamp = timestamp(this.#options.loop.nowMs());
    worker.update({ ...pod, metadata: { ...pod.metadata, deletionTimestamp, deletionGracePeriodSeconds } });
  }

  #ended(key: string): void {
    const pod = this.#running.get(key)?.pod;
    this.#running.delete(key);
    if (this.#wanted.has(key)) this.#begin(key);
    else if (pod !== undefined) this.#reflect(key, this.#mirrorOf(pod));
  }

  #mirrorOf({ metadata }: Pod): Pod | undefined {
    return this.#options.informers.of(Pod).get(metadata.name, metadata.namespace);
  }

  /** Makes the mirror of a pod, or removes one that mirrors nothing, something else, or was deleted. */
  #reflect(key: string, last: Pod | undefined): void {
    const wanted = this.#wanted.get(key);
    const mirror = last === undefined ? undefined : this.#mirrorOf(last);
    if (mirror === undefined) {
      if (wanted !== undefined) this.#createMirror(wanted);
      return;
    }
    if (!isMirror(mirror)) return;
    const { deletionTimestamp, annotations } = mirror.metadata;
    const differs = annotations?.[MIRROR] !== wanted?.metadata.uid;
    // The mirror of a pod that is ending stays as long as the pod.
    const isStale = differs && (wanted !== undefined || !this.#running.has(key));
    if (deletionTimestamp !== undefined || isStale) this.#deleteMirror(mirror);
  }

  #createMirror(pod: Pod): void {
    const { client, host, loop } = this.#options;
    const { name, namespace = "default", labels, annotations, uid = "" } = pod.metadata;
    const metadata = {
      name,
      namespace,
      ...(labels === undefined ? {} : { labels }),
      annotations: { ...annotations, [MIRROR]: uid },
      ownerReferences: [nodeReference(host.node())],
    };
    const object: Pod = { apiVersion: "v1", kind: "Pod", metadata, spec: pod.spec };
    client.send({ verb: "create", kind: Pod, namespace, object }, (answer) => {
      if (answer.ok || answer.status.reason === "AlreadyExists") return;
      loop.after(RETRY_MS, "mirror pod retry", () => this.#reflect(keyOf(pod), pod), { background: true });
    });
  }

  #deleteMirror({ metadata: { name, namespace = "", uid = "" } }: Pod): void {
    const options = { gracePeriodSeconds: 0, preconditions: { uid } };
    this.#options.client.send({ verb: "delete", kind: Pod, namespace, name, options }, () => {});
  }
}

function keyOf({ metadata }: Pod): string {
  return `${metadata.namespace}/${metadata.name}`;
}

/** The pod a file describes, as the kubelet of a node takes it; `undefined` when it describes none. */
function staticPod(
  text: string,
  { path, node, nowMs }: { readonly path: string; readonly node: string; readonly nowMs: number },
): Pod | undefined {
  const manifest = path.includes("/.") ? undefined : parsed(text);
  if (!isRecord(manifest) || manifest.kind !== "Pod" || !isRecord(manifest.metadata) || !isRecord(manifest.spec))
    return undefined;
  const given = manifest as Pod;
  const uid = hashOf(`${node}${text}`);
  const { name, namespace = "default", annotations } = given.metadata;
  const pod: Pod = {
    ...given,
    metadata: {
      ...given.metadata,
      name: `${name}-${node}`,
      namespace,
      uid,
      annotations: { ...annotations, [HASH]: uid, [SEEN]: timestamp(nowMs), [SOURCE]: "file" },
    },
    spec: { ...given.spec, nodeName: node, tolerations: tolerationsOf(given.spec) },
  };
  return defaulted(pod);
}

/** Nothing drives a static pod out. */
function tolerationsOf({ tolerations = [] }: PodSpec): NonNullable<PodSpec["tolerations"]> {
  return [...tolerations, { operator: "Exists", effect: "NoExecute" }];
}

function defaulted(pod: Pod): Pod {
  const descriptor = builtinDescriptors.find(({ kind }) => kind === Pod);
  return (descriptor?.strategy?.applyDefaults?.(pod) as Pod | undefined) ?? pod;
}

function parsed(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

/** 32 hexadecimal digits. */
function hashOf(text: string): string {
  return [0, 1, 2, 3].map((part) => fnv1a32(`${part}${text}`).toString(16).padStart(8, "0")).join("");
}

function nodeReference(node: Node): ReturnType<typeof ownerReference> {
  const { blockOwnerDeletion: _, ...reference } = ownerReference(node);
  return reference;
}
