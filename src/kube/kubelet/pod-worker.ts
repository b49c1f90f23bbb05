import type { Container, ContainerStatus, Node, Pod, PodStatus } from "../../api/index.ts";
import { timestamp } from "../../apimachinery/index.ts";
import type { Loop } from "../../sim/index.ts";
import { deepEqual } from "../../std/index.ts";
import type { ContainerRuntime } from "../runtime.ts";
import type { ContainerHost } from "./container-host.ts";
import { type ContainerRole, ContainerWorker } from "./container-worker.ts";
import { expandContainer, resolveEnvironment } from "./environment.ts";
import type { PodAddresses } from "./pod-addresses.ts";
import { claimedVolumes, configurationReferences, containerFiles, missingVolume } from "./pod-files.ts";
import { PodResize, type ResizeRefusal } from "./pod-resize.ts";
import { type PodView, podAddresses, podStatus } from "./pod-status.ts";
import type { DnsSettings } from "./resolver-config.ts";
import { rootRefusal } from "./security-context.ts";
import { showsItself, type VolumeSources } from "./volume-files.ts";

/** What a pod's worker gets from the kubelet. */
export type PodHost = {
  readonly cluster: string;
  /** Kubernetes 1.N. */
  readonly minor: number;
  readonly loop: Loop;
  readonly runtime: ContainerRuntime;
  readonly dns: DnsSettings;
  node(): Node;
  /** The pod as last read or written. */
  current(pod: Pod): Pod | undefined;
  readonly addresses: PodAddresses;
  readonly images: Set<string>;
  /** Gives a running pod what it asks for now, or says why not. */
  grant(pod: Pod): ResizeRefusal | undefined;
  sources(namespace: string): VolumeSources;
  serviceVariables(pod: Pod): ReadonlyMap<string, string>;
  event(pod: Pod, eventType: "Normal" | "Warning", reason: string, message: string): void;
  writeStatus(pod: Pod, status: PodStatus): void;
  /** Removes the object for good: its containers are down. */
  remove(pod: Pod): void;
};

/**
 * Carries one pod through its life on a node: address, volumes, init containers in order, containers, status, graceful end.
 * Level-triggered: every change leads to `#sync`, which looks at what is and does what is missing.
 */
export class PodWorker {
  readonly #host: PodHost;
  readonly #containerHost: ContainerHost;
  readonly #containers: ContainerWorker[];
  readonly #startTime: string;
  readonly #resize: PodResize;
  /** The ConfigMaps, Secrets and claims that bear on it: `ConfigMap/namespace/name`. */
  readonly configuration: readonly string[];
  #pod: Pod;
  #podIPs: readonly string[] | undefined;
  #sandboxReady = false;
  #waitingFor: string | undefined;
  #failure: PodView["failure"];
  #ended = false;
  #removed = false;
  #due = false;
  #deadlineArmed = false;

  constructor(pod: Pod, host: PodHost) {
    this.#host = host;
    this.#pod = pod;
    this.#startTime = pod.status?.startTime ?? timestamp(host.loop.nowMs());
    this.configuration = configurationReferences(pod).map(
      ({ kind, name }) => `${kind}/${pod.metadata.namespace}/${name}`,
    );
    this.#containerHost = this.#newContainerHost();
    this.#resize = new PodResize(pod, {
      grant: (wished) => host.grant(wished),
      event: (reason, message) => host.event(this.#pod, "Normal", reason, message),
      soon: (actuate) => host.loop.soon("pod resize", actuate),
      containers: () => this.#containers,
    });
    const { initContainers = [], containers } = this.granted.spec;
    const before = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
    this.#containers = [...initContainers, ...containers].map((container, index) => {
      const previous = before.find(({ name }) => name === container.name);
      return new ContainerWorker(
        container,
        roleOf(container, index < initContainers.length),
        this.#containerHost,
        previous,
      );
    });
    this.#takeInEphemeral();
  }

  get pod(): Pod {
    return this.#pod;
  }

  /** The pod with the resources it was granted. */
  get granted(): Pod {
    return this.#resize.granted(this.#pod);
  }

  /** Takes in a newer version of the pod. */
  update(pod: Pod): void {
    const { labels, annotations } = this.#pod.metadata;
    const { initContainers, containers } = this.#pod.spec;
    const renamed = labels !== pod.metadata.labels || annotations !== pod.metadata.annotations;
    this.#pod = this.#podIPs === undefined ? pod : withAddresses(pod, this.#podIPs, internalIPs(this.#host.node()));
    this.#takeInEphemeral();
    if (containers !== pod.spec.containers || initContainers !== pod.spec.initContainers) this.#followImages();
    if (renamed && showsItself(pod)) this.#refreshFiles();
    this.#sync();
  }

  /** Looks again: a write has failed, or there is room where there was none. */
  refresh(): void {
    this.#sync();
  }

  /** A ConfigMap, Secret or claim of its namespace has changed. */
  configurationChanged(): void {
    this.#refreshFiles();
    this.#sync();
  }

  #refreshFiles(): void {
    for (const container of this.#containers) container.refreshFiles();
  }

  /** The object is gone from the API: what still runs is killed. */
  dismiss(): void {
    this.#removed = true;
    for (const container of this.#containers) container.stop(0);
    this.#teardown();
  }

  /** The node has failed; nothing of the pod is heard of again. */
  abandon(): void {
    this.#removed = true;
    for (const container of this.#containers) container.abandon();
    this.#teardown();
  }

  /** Ephemeral containers come while the pod runs, and never go (`kubectl debug`). */
  #takeInEphemeral(): void {
    const { ephemeralContainers = [] } = this.#pod.spec;
    for (const container of ephemeralContainers) {
      if (this.#containers.some((known) => known.container.name === container.name)) continue;
      const previous = this.#pod.status?.ephemeralContainerStatuses?.find(({ name }) => name === container.name);
      this.#containers.push(new ContainerWorker(container, "ephemeral", this.#containerHost, previous));
    }
  }

  /** The images of containers may change while they run. */
  #followImages(): void {
    const { initContainers = [], containers } = this.#pod.spec;
    const wanted = [...initContainers, ...containers];
    for (const worker of this.#containers) {
      const container = wanted.find(({ name }) => name === worker.container.name);
      if (container !== undefined && container.image !== worker.container.image) worker.follow(container);
    }
  }

  #soon(): void {
    if (this.#due || this.#removed) return;
    this.#due = true;
    this.#host.loop.soon("kubelet", () => {
      this.#due = false;
      this.#sync();
    });
  }

  #sync(): void {
    if (this.#removed) return;
    if (this.#pod.metadata.deletionTimestamp !== undefined) this.#terminate();
    else if (isTerminal(this.#pod)) {
      this.#stopAll(this.#graceMs());
      this.#teardown();
    } else if (this.#failure !== undefined) {
      this.#stopAll(this.#graceMs());
      this.#publish();
    } else {
      this.#resize.consider(this.#pod);
      if (this.#openSandbox() && this.#volumesReady() && this.#advanceInit()) this.#advanceMain();
      this.#resize.conclude(this.#pod);
      this.#publish();
    }
  }

  /** Gives the pod its address. */
  #openSandbox(): boolean {
    this.#armDeadline();
    if (this.#sandboxReady) return true;
    const node = this.#host.node();
    const isHost = this.#pod.spec.hostNetwork === true;
    const podIPs = isHost ? internalIPs(node) : (this.#podIPs ?? this.#host.addresses.take());
    if (podIPs === undefined || podIPs.length === 0) {
      const message = "Failed to create pod sandbox: no IP addresses available in the node's pod CIDR";
      this.#host.event(this.#pod, "Warning", "FailedCreatePodSandBox", message);
      this.#host.loop.after(10_000, "pod sandbox retry", () => this.#sync(), { background: true });
      return false;
    }
    this.#podIPs = podIPs;
    this.#sandboxReady = true;
    this.#pod = withAddresses(this.#pod, podIPs, internalIPs(node));
    return true;
  }

  /** A volume that is not there yet is told once, and looked for again when a ConfigMap or Secret changes. */
  #volumesReady(): boolean {
    if (this.configuration.length === 0) return true;
    const missing = missingVolume(this.#pod, this.#host.sources(this.#pod.metadata.namespace ?? ""));
    if (missing !== undefined && missing !== this.#waitingFor)
      this.#host.event(this.#pod, "Warning", "FailedMount", missing);
    this.#waitingFor = missing;
    return missing === undefined;
  }

  /** Runs init containers one after another; whether all that are no sidecars are through, and sidecars have started. */
  #advanceInit(): boolean {
    for (const container of this.#containers) {
      if (container.role === "main" || container.role === "ephemeral") break;
      if (container.role === "init" && container.isComplete) continue;
      container.advance();
      if (container.role === "init" || !container.isStarted) return false;
    }
    return true;
  }

  #advanceMain(): void {
    for (const container of this.#containers) {
      if (container.role !== "main" && container.role !== "ephemeral") continue;
      container.advance();
      if (container.isStarting) return;
    }
  }

  #terminate(): void {
    if (!this.#stopAll(this.#graceMs())) {
      if (this.#readinessChanged()) this.#publish();
      return;
    }
    this.#ended = true;
    if ((this.#pod.metadata.finalizers ?? []).length > 0 && !isTerminal(this.#pod)) this.#publish();
    this.#teardown();
    this.#removed = true;
    this.#host.runtime.forget?.(this.#pod);
    this.#host.remove(this.#pod);
  }

  /** Whether the API still says otherwise of a container's readiness. */
  #readinessChanged(): boolean {
    const told = this.#host.current(this.#pod)?.status?.containerStatuses ?? [];
    const { statuses } = this.#view();
    return told.some(({ name, ready }) => statuses.find((status) => status.name === name)?.ready !== ready);
  }

  /** Stops the containers, sidecars last; whether all are down. */
  #stopAll(graceMs: number): boolean {
    const running = this.#containers.filter((container) => container.isRunning);
    const first = running.filter((container) => container.role !== "sidecar");
    for (const container of first.length > 0 ? first : running) container.stop(graceMs);
    return running.length === 0;
  }

  #teardown(): void {
    if (this.#podIPs !== undefined && this.#pod.spec.hostNetwork !== true) this.#host.addresses.release(this.#podIPs);
    this.#podIPs = undefined;
    this.#sandboxReady = false;
  }

  #publish(): void {
    const current = this.#host.current(this.#pod);
    if (current === undefined) return;
    const status = podStatus(current, this.#view(), this.#host.loop.nowMs());
    if (!deepEqual(status, current.status)) this.#host.writeStatus(current, status);
  }

  #view(): PodView {
    const statuses = (...roles: readonly ContainerRole[]): readonly ContainerStatus[] =>
      this.#containers.filter(({ role }) => roles.includes(role)).map((container) => container.status());
    return {
      startTime: this.#startTime,
      hostIPs: internalIPs(this.#host.node()),
      podIPs: this.#podIPs ?? [],
      sandboxReady: this.#sandboxReady,
      initStatuses: statuses("init", "sidecar"),
      statuses: statuses("main"),
      ephemeralStatuses: statuses("ephemeral"),
      ...(this.#failure === undefined ? {} : { failure: this.#failure }),
      ended: this.#ended,
      resize: this.#resize.view,
      minor: this.#host.minor,
    };
  }

  #graceMs(): number {
    const { metadata, spec } = this.#pod;
    return (metadata.deletionGracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? 30) * 1000;
  }

  #armDeadline(): void {
    const seconds = this.#pod.spec.activeDeadlineSeconds;
    if (seconds === undefined || this.#deadlineArmed) return;
    this.#deadlineArmed = true;
    const delayMs = Date.parse(this.#startTime) + seconds * 1000 - this.#host.loop.nowMs();
    const expire = (): void => {
      this.#failure = {
        reason: "DeadlineExceeded",
        message: "Pod was active on the node longer than the specified deadline",
      };
      this.#sync();
    };
    this.#host.loop.after(delayMs, "pod deadline", expire, { background: true });
  }

  #newContainerHost(): ContainerHost {
    const { loop, runtime, cluster, minor, images, dns } = this.#host;
    return {
      loop,
      runtime,
      cluster,
      minor,
      pod: () => this.#pod,
      node: () => this.#host.node(),
      images: () => images,
      event: (eventType, reason, message) => this.#host.event(this.#pod, eventType, reason, message),
      changed: () => this.#soon(),
      prepare: (container) => {
        const pod = this.#pod;
        const node = this.#host.node();
        const sources = this.#host.sources(pod.metadata.namespace ?? "");
        const serviceVariables = this.#host.serviceVariables(pod);
        const refusal = rootRefusal(pod, container);
        if (refusal !== undefined) return { ok: false, message: refusal };
        const environment = resolveEnvironment(container, { pod, node, serviceVariables, ...sources });
        if (!environment.ok) return environment;
        const { env } = environment;
        const expanded = expandContainer(container, env);
        if (typeof expanded === "string") return { ok: false, message: expanded };
        const files = containerFiles(expanded, { pod, node, dns, sources });
        const claimed = claimedVolumes(pod, sources);
        return { ok: true, start: { container: expanded, env, files, claimed } };
      },
    };
  }
}

function roleOf(container: Container, isInit: boolean): ContainerRole {
  if (!isInit) return "main";
  return container.restartPolicy === "Always" ? "sidecar" : "init";
}

function isTerminal(pod: Pod): boolean {
  return pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
}

/** Containers see the addresses (downward API) before the status with them is written. */
function withAddresses(pod: Pod, podIPs: readonly string[], hostIPs: readonly string[]): Pod {
  return { ...pod, status: { ...pod.status, ...podAddresses({ podIPs, hostIPs }) } };
}

/** The first address of each family (`GetNodeHostIPs`). */
function internalIPs(node: Node): readonly string[] {
  const all = (node.status?.addresses ?? []).filter(({ type }) => type === "InternalIP").map(({ address }) => address);
  return all.filter((address, index) => all.findIndex((one) => one.includes(":") === address.includes(":")) === index);
}
