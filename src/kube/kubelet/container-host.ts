import type { Container, Node, Pod } from "../../api/index.ts";
import type { Loop } from "../../sim/index.ts";
import type { ContainerRuntime, ContainerStart } from "../runtime.ts";
import type { ContainerFiles } from "./container-files.ts";

/** What a container gets from its pod's worker. */
export type ContainerHost = {
  readonly loop: Loop;
  readonly runtime: ContainerRuntime;
  readonly cluster: string;
  /** Kubernetes 1.N. */
  readonly minor: number;
  pod(): Pod;
  node(): Node;
  /** Environment, files and expanded container; or what they lack. */
  prepare(container: Container):
    | {
        readonly ok: true;
        readonly start: Pick<ContainerStart, "container" | "env" | "claimed"> & { readonly files: ContainerFiles };
      }
    | { readonly ok: false; readonly message: string };
  /** The images the node has. */
  images(): Set<string>;
  event(eventType: "Normal" | "Warning", reason: string, message: string): void;
  /** Something the pod's status shows, or that lets its next container start, has changed. */
  changed(): void;
};
