import { failure, StatusError } from "../apimachinery/index.ts";
import { ClusterHandle, type ClusterHandleOptions } from "./cluster-handle.ts";
import type { NodeSpec } from "./fleet.ts";

/** A pod by namespace and name; a plain name means the namespace `default`. */
export type PodRef = string | { readonly namespace: string; readonly name: string };

/** One record of an answer: `serve.default.svc.clusterset.local. 5 IN A 10.13.1.2`. */
export type DigRecord = { readonly name: string; readonly ttl: number; readonly type: string; readonly data: string };

/** What dig got: the status word, the answer section, and all of it as dig prints it. */
export type DigAnswer = { readonly status: string; readonly answers: readonly DigRecord[]; readonly text: string };

/** What an HTTP client in a pod got; `error` is worded as Go's client words it. */
export type HttpAnswer =
  | { readonly ok: true; readonly status: number; readonly body: string }
  | { readonly ok: false; readonly error: string };

export type ExecResult = { readonly exitCode: number; readonly stdout: string; readonly stderr: string };

/** What a simulated member offers beside its API: its network, its DNS, its containers. */
export interface MemberNetwork {
  dig(name: string, type: string): DigAnswer;
  request(
    from: { readonly namespace: string; readonly name: string } | undefined,
    url: string,
    onAnswer: (answer: HttpAnswer) => void,
  ): void;
  exec(
    pod: { readonly namespace: string; readonly name: string },
    container: string | undefined,
    argv: readonly string[],
    onExit: (result: ExecResult) => void,
  ): void;
  execOnNode(node: string, argv: readonly string[], onExit: (result: ExecResult) => void): void;
  logs(pod: { readonly namespace: string; readonly name: string }, container: string | undefined): string | undefined;
}

/** The machines of a simulated member. */
export interface MemberMachines {
  addNode(node: NodeSpec): void;
  crashNode(name: string): void;
  restartNode(name: string): void;
}

export type MemberHandleOptions = ClusterHandleOptions & {
  /** Absent when the member is a real cluster. */
  readonly network?: MemberNetwork;
  readonly machines?: MemberMachines;
};

/** A member cluster of a world. What needs its network or its machines rejects when the member is a real cluster. */
export class MemberHandle extends ClusterHandle {
  readonly #network: MemberNetwork | undefined;
  readonly #machines: MemberMachines | undefined;

  constructor(options: MemberHandleOptions) {
    super(options);
    this.#network = options.network;
    this.#machines = options.machines;
  }

  /** A machine joins the cluster: its Node is registered, and its kubelet takes pods. */
  async addNode(node: NodeSpec): Promise<void> {
    this.#simulatedMachines().addNode(node);
  }

  /** A machine stops; the cluster finds out when its heartbeats cease. */
  async crashNode(name: string): Promise<void> {
    this.#simulatedMachines().crashNode(name);
  }

  async restartNode(name: string): Promise<void> {
    this.#simulatedMachines().restartNode(name);
  }

  /** Asks the member's DNS server. */
  async dig(name: string, type = "A"): Promise<DigAnswer> {
    return this.#simulated().dig(name, type);
  }

  /** GET of a URL from a pod, or from one of the member's nodes when no pod is named. */
  request(from: PodRef | undefined, url: string): Promise<HttpAnswer> {
    const network = this.#simulated();
    return this.driver.run(
      (done) => network.request(from === undefined ? undefined : podOf(from), url, done),
      `GET ${url} in ${this.name}`,
    );
  }

  /** Runs a command in a pod's container, the first one when none is named. */
  exec(pod: PodRef, argv: readonly string[], container?: string): Promise<ExecResult> {
    const network = this.#simulated();
    return this.driver.run((done) => network.exec(podOf(pod), container, argv, done), `${argv[0]} in ${this.name}`);
  }

  /** Runs a command on a machine: `sh`, what runs in pods, and the tools that show kube-proxy's work. */
  execOnNode(node: string, argv: readonly string[]): Promise<ExecResult> {
    const network = this.#simulated();
    return this.driver.run((done) => network.execOnNode(node, argv, done), `${argv[0]} on ${node} of ${this.name}`);
  }

  /** What a pod's container printed so far. Rejects with NotFound when there is no such container. */
  async logs(pod: PodRef, container?: string): Promise<string> {
    const { namespace, name } = podOf(pod);
    const text = this.#simulated().logs({ namespace, name }, container);
    if (text === undefined) throw new StatusError(failure("NotFound", `pods "${name}" not found`));
    return text;
  }

  #simulatedMachines(): MemberMachines {
    if (this.#machines === undefined) throw new Error(`${this.name} is a real cluster: its machines are not ours`);
    return this.#machines;
  }

  #simulated(): MemberNetwork {
    if (this.#network === undefined) throw new Error(`${this.name} is a real cluster: its network is not ours to use`);
    return this.#network;
  }
}

function podOf(pod: PodRef): { readonly namespace: string; readonly name: string } {
  return typeof pod === "string" ? { namespace: "default", name: pod } : pod;
}
