import type { Container, LifecycleHandler, Node, PersistentVolume, Pod, Probe } from "../api/index.ts";

/** A container to start, with its environment resolved (downward API, ConfigMaps, Secrets, service variables). */
export type ContainerStart = {
  readonly cluster: string;
  readonly node: Node;
  /** The pod as last written, with `status.podIP`. */
  readonly pod: Pod;
  /** Its command and arguments have their `$(NAME)` replaced. */
  readonly container: Container;
  readonly env: ReadonlyMap<string, string>;
  /** The volumes of the pod's claims, by the names they have in the pod. */
  readonly claimed: ReadonlyMap<string, PersistentVolume>;
  /**
   * Files the kubelet makes: `/etc/resolv.conf`, `/etc/hostname`, `/etc/hosts`, mounted ConfigMaps and Secrets. When a
   * mounted ConfigMap or Secret changes, the same map changes.
   */
  readonly files: ReadonlyMap<string, string>;
};

/** How a container tells what happens to it; called in entries of the loop. */
export interface ContainerEvents {
  onExit(exit: {
    readonly code: number;
    readonly reason: "Completed" | "Error" | "OOMKilled";
    readonly message?: string;
  }): void;
}

export interface RunningContainer {
  /** SIGTERM; the program ends within the grace period or is killed, then `onExit` is called. */
  stop(graceMs: number): void;
}

/** What a probe came to; the message is what a user reads in the event of a failure, or of a success that is worth a warning. */
export type ProbeResult = boolean | { readonly success: boolean; readonly message: string };

/** A probe that takes time tells what it came to once, when its `timeoutSeconds` are over at the latest. */
export type PendingProbe = { readonly later: (onResult: (result: ProbeResult) => void) => void };

/** The disk of a machine, as its kubelet sees it. */
export interface MachineFiles {
  list(directory: string): readonly string[];
  read(path: string): string | undefined;
  /** Calls `changed` whenever a file at or below a path changes, until the returned function is called. */
  watch(path: string, changed: () => void): () => void;
}

/** What runs containers: the kubelet's CRI. `network` supplies programs by image; a test may supply its own. */
export interface ContainerRuntime {
  /** Whether the image can be had; an unknown image is served by a plain program, so this is false only for images declared missing. */
  pull(image: string): { readonly ok: true } | { readonly ok: false; readonly message: string };
  start(start: ContainerStart, events: ContainerEvents): RunningContainer;
  /** Whether a probe of the container succeeds at present. */
  probe(pod: Pod, container: Container, probe: Probe): ProbeResult | PendingProbe;
  /** Runs a handler of a container's lifecycle, which has so much time; whoever is asked over HTTP may answer anything. */
  hook?(pod: Pod, container: Container, handler: LifecycleHandler, timeoutMs: number): ProbeResult | PendingProbe;
  /** The disk of a node; a runtime without has machines without files. */
  machine?(node: string): MachineFiles;
  /** A pod is gone for good, and what only it had. */
  forget?(pod: Pod): void;
}
