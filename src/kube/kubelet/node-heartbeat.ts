import { type Condition, Lease, Node, type ResourceList } from "../../api/index.ts";
import { type KubeObject, microTimestamp, ownerReference, setCondition, timestamp } from "../../apimachinery/index.ts";
import type { ClusterClient, InformerFactory } from "../../client/index.ts";
import type { Loop, Timer } from "../../sim/index.ts";
import { deepEqual } from "../../std/index.ts";

/** How often a kubelet renews its Lease, and how often it reports a node in which nothing has changed. */
const RENEW_MS = 10_000;
const REPORT_MS = 300_000;
const LEASE_SECONDS = 40;
const LEASE_NAMESPACE = "kube-node-lease";

const HEALTHY: readonly Condition[] = [
  {
    type: "MemoryPressure",
    status: "False",
    reason: "KubeletHasSufficientMemory",
    message: "kubelet has sufficient memory available",
  },
  {
    type: "DiskPressure",
    status: "False",
    reason: "KubeletHasNoDiskPressure",
    message: "kubelet has no disk pressure",
  },
  {
    type: "PIDPressure",
    status: "False",
    reason: "KubeletHasSufficientPID",
    message: "kubelet has sufficient PID available",
  },
  { type: "Ready", status: "True", reason: "KubeletReady", message: "kubelet is posting ready status" },
];

/** The conditions of a healthy node, reported at `nowMs`. */
export function healthyConditions(before: readonly Condition[] | undefined, nowMs: number): readonly Condition[] {
  const lastHeartbeatTime = timestamp(nowMs);
  let conditions = before ?? [];
  for (const condition of HEALTHY) conditions = setCondition(conditions, { ...condition, lastHeartbeatTime }, nowMs);
  return conditions;
}

/** Says that nodes live: a Lease each, every ten seconds, and their status when it changed or every five minutes. */
export class NodeHeartbeat {
  readonly #loop: Loop;
  readonly #clientOf: (node: string) => ClusterClient;
  readonly #informers: InformerFactory;
  readonly #reportedMs = new Map<string, number>();
  readonly #leases = new Map<string, Lease>();
  #timer: Timer | undefined;

  constructor(loop: Loop, informers: InformerFactory, clientOf: (node: string) => ClusterClient) {
    this.#loop = loop;
    this.#clientOf = clientOf;
    this.#informers = informers;
  }

  /** Beats for the nodes `names` gives each time. */
  start(names: () => Iterable<string>): void {
    const beat = (): void => {
      for (const name of names()) this.beat(name);
    };
    beat();
    this.#timer = this.#loop.every(RENEW_MS, "node heartbeat", beat);
  }

  stop(): void {
    this.#timer?.cancel();
  }

  beat(name: string): void {
    const node = this.#informers.of(Node).get(name);
    if (node === undefined) return;
    this.#renew(node);
    const nowMs = this.#loop.nowMs();
    const due = nowMs - (this.#reportedMs.get(name) ?? Number.NEGATIVE_INFINITY) >= REPORT_MS;
    if (due || !isReported(node)) this.#report(node, nowMs);
  }

  /** Leases are updated only by who read them: the last answer is kept, and read anew when another wrote in between. */
  #renew(node: Node): void {
    const { name } = node.metadata;
    const last = this.#leases.get(name);
    if (last === undefined) this.#readLease(node);
    else this.#write("update", this.#leaseOf(node, last));
  }

  #readLease(node: Node): void {
    const { name } = node.metadata;
    this.#clientOf(name).send({ verb: "get", kind: Lease, namespace: LEASE_NAMESPACE, name }, (answer) => {
      if (answer.ok) this.#write("update", this.#leaseOf(node, answer.object));
      else if (answer.status.code === 404) this.#write("create", this.#leaseOf(node));
    });
  }

  #write(verb: "create" | "update", lease: Lease): void {
    const { name } = lease.metadata;
    const request = { verb, kind: Lease, namespace: LEASE_NAMESPACE, object: lease } as const;
    this.#clientOf(name).send(verb === "create" ? request : { ...request, name }, (answer) => {
      if (answer.ok) this.#leases.set(name, answer.object as KubeObject as Lease);
      else this.#leases.delete(name);
    });
  }

  #leaseOf(node: Node, last?: KubeObject): Lease {
    const { name } = node.metadata;
    const metadata = last?.metadata ?? { name, namespace: LEASE_NAMESPACE };
    return {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { ...metadata, ownerReferences: [nodeReference(node)] },
      spec: {
        holderIdentity: name,
        leaseDurationSeconds: LEASE_SECONDS,
        renewTime: microTimestamp(this.#loop.nowMs()),
      },
    };
  }

  #report(node: Node, nowMs: number): void {
    const { name } = node.metadata;
    const conditions = healthyConditions(node.status?.conditions, nowMs);
    const allocatable = allocatableOf(node);
    const status = { ...node.status, conditions, ...(allocatable === undefined ? {} : { allocatable }) };
    this.#clientOf(name).send(
      { verb: "update", kind: Node, name, subresource: "status", object: { ...node, status } as Node },
      (answer) => {
        if (!answer.ok) return;
        this.#reportedMs.set(name, nowMs);
        this.#informers.of(Node).observe(answer.object);
      },
    );
  }
}

/** All of what others say a node has beyond what kubelets know of can be given to pods (`setters.MachineInfo`). */
function allocatableOf({ status }: Node): ResourceList | undefined {
  const isExtended = ([name]: readonly [string, string]): boolean => name.includes("/");
  const extended = Object.entries(status?.capacity ?? {}).filter(isExtended);
  const given = Object.entries(status?.allocatable ?? {});
  if (extended.length === 0 && !given.some(isExtended)) return status?.allocatable;
  return Object.fromEntries([...given.filter((entry) => !isExtended(entry)), ...extended]);
}

/** Whether the node's status says what a living kubelet would say. */
function isReported(node: Node): boolean {
  const { allocatable } = node.status ?? {};
  const wanted = allocatableOf(node);
  if (wanted !== allocatable && !deepEqual(wanted, allocatable)) return false;
  return HEALTHY.every(({ type, status, reason, message }) => {
    const found = node.status?.conditions?.find((condition) => condition.type === type);
    return deepEqual([found?.status, found?.reason, found?.message], [status, reason, message]);
  });
}

/** A node's Lease goes with it, but does not hold it up. */
function nodeReference(node: Node): ReturnType<typeof ownerReference> {
  const { controller: _controller, blockOwnerDeletion: _block, ...reference } = ownerReference(node);
  return reference;
}
