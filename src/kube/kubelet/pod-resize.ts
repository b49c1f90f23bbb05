import { amountsOf, podRequests } from "../../algorithms/index.ts";
import type { Container, Node, Pod, ResourceRequirements } from "../../api/index.ts";
import { findCondition } from "../../apimachinery/index.ts";
import { deepEqual, stableJson } from "../../std/index.ts";
import type { ContainerWorker } from "./container-worker.ts";
import { lackMessage, type NodeRoom } from "./node-room.ts";

/** Why a node does not give a pod what it now asks for; `Infeasible` when it never could. */
export type ResizeRefusal = { readonly reason: "Deferred" | "Infeasible"; readonly message: string };

/** A pod's resize as its conditions tell it. */
export type ResizeView = {
  readonly pending?: ResizeRefusal & { readonly generation: number | undefined };
  /** Granted, but not all containers have it yet. */
  readonly underWay?: { readonly generation: number | undefined };
};

type ResizeHost = {
  /** Why the node refuses; `undefined` once it has granted what `pod` asks for. */
  grant(pod: Pod): ResizeRefusal | undefined;
  event(reason: string, message: string): void;
  /** Calls back when what was granted is to take effect. */
  soon(actuate: () => void): void;
  containers(): readonly ContainerWorker[];
};

/**
 * Gives the containers of a running pod other resources (`pkg/kubelet/allocation`): what its node has room for is granted at
 * once, the rest waits, and what was granted takes effect a moment later, in place or by a restart as the resize policy has it.
 */
export class PodResize {
  readonly #host: ResizeHost;
  #granted: ReadonlyMap<string, ResourceRequirements>;
  #view: ResizeView = {};
  /** What was looked at last, and granted; versions of a pod that ask for the same share it. */
  #settled: Pod["spec"] | undefined;

  constructor(pod: Pod, host: ResizeHost) {
    this.#host = host;
    this.#granted = grantedBefore(pod) ?? wishesOf(pod);
  }

  get view(): ResizeView {
    return this.#view;
  }

  /** The pod with the resources it was granted. */
  granted(pod: Pod): Pod {
    const withGrants = (containers: readonly Container[]): readonly Container[] =>
      containers.map((container) => {
        const resources = this.#granted.get(container.name);
        return resources === undefined || resources === container.resources ? container : { ...container, resources };
      });
    const { initContainers, containers } = pod.spec;
    const init = initContainers === undefined ? {} : { initContainers: withGrants(initContainers) };
    return { ...pod, spec: { ...pod.spec, ...init, containers: withGrants(containers) } };
  }

  /** Looks at what the pod asks for now. */
  consider(pod: Pod): void {
    if (pod.spec === this.#settled) return;
    const wishes = wishesOf(pod);
    const { pending: _, ...rest } = this.#view;
    if (sameResources(wishes, this.#granted)) {
      this.#settled = pod.spec;
      this.#view = rest;
      return;
    }
    const { generation } = pod.metadata;
    const refusal = this.#host.grant(pod);
    if (refusal !== undefined) {
      this.#view = { ...rest, pending: { ...refusal, generation } };
      return;
    }
    this.#granted = wishes;
    this.#settled = pod.spec;
    this.#view = { underWay: { generation } };
    for (const container of this.#host.containers()) {
      const resources = wishes.get(container.container.name);
      if (resources !== undefined) container.grant(resources);
    }
    this.#host.soon(() => {
      for (const container of this.#host.containers()) container.resize();
    });
  }

  /** Tells that all containers have what they were granted. */
  conclude(pod: Pod): void {
    const { underWay, ...rest } = this.#view;
    if (underWay === undefined || this.#host.containers().some((container) => container.isResizing)) return;
    this.#view = rest;
    this.#host.event("ResizeCompleted", `Pod resize completed: ${summary(this.granted(pod), underWay.generation)}`);
  }
}

/** Whether a node has room for what `pod` asks for, in the words of 1.34's kubelet. */
export function resizeRefusal(pod: Pod, room: NodeRoom, node: Node): ResizeRefusal | undefined {
  const requests = podRequests(pod.spec);
  const allocatable = amountsOf(node.status?.allocatable);
  for (const resource of ["memory", "cpu"]) {
    const [requested = 0, capacity = 0] = [requests[resource], allocatable[resource]];
    if (requested <= capacity) continue;
    const message = `Node didn't have enough capacity: ${resource}, requested: ${requested}, capacity: ${capacity}`;
    return { reason: "Infeasible", message };
  }
  const lack = room.lack(pod, node);
  return lack && { reason: "Deferred", message: lackMessage(lack) };
}

const NONE: ResourceRequirements = {};

/** What the containers that can be resized ask for: all but init containers that come to an end. */
function wishesOf({ spec }: Pod): ReadonlyMap<string, ResourceRequirements> {
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always");
  return new Map([...sidecars, ...spec.containers].map(({ name, resources = NONE }) => [name, resources]));
}

/** What a pod that waits for more had been granted, as its status tells after the kubelet itself has forgotten. */
function grantedBefore({ spec, status }: Pod): ReadonlyMap<string, ResourceRequirements> | undefined {
  if (findCondition(status?.conditions, "PodResizePending") === undefined) return undefined;
  const told = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const wishes = wishesOf({ spec } as Pod);
  return new Map(
    [...wishes].map(([name, wish]) => [name, told.find((container) => container.name === name)?.resources ?? wish]),
  );
}

function sameResources(
  left: ReadonlyMap<string, ResourceRequirements>,
  right: ReadonlyMap<string, ResourceRequirements>,
): boolean {
  for (const [name, resources] of left) {
    const other = right.get(name);
    if (resources !== other && !deepEqual(resources, other)) return false;
  }
  return true;
}

/** Go's JSON of what a pod has now (`pkg/kubelet/events/resize.go`). */
function summary({ spec }: Pod, generation = 0): string {
  const resourcesOf = (containers: readonly Container[]): readonly string[] =>
    containers.map(({ name, resources: { limits, requests } = NONE }) => {
      const lists = [
        ...(limits === undefined ? [] : [`"limits":${stableJson(limits)}`]),
        ...(requests === undefined ? [] : [`"requests":${stableJson(requests)}`]),
      ];
      return `{"name":${JSON.stringify(name)},"resources":{${lists.join(",")}}}`;
    });
  const init = spec.initContainers === undefined ? "" : `"initContainers":[${resourcesOf(spec.initContainers)}],`;
  return `{${init}"containers":[${resourcesOf(spec.containers)}],"generation":${generation}}`;
}
