import type {
  ContainerLog,
  ContainerTarget,
  DialOutcome,
  DnsResponder,
  ExecHandle,
  ExecStart,
  FetchOptions,
  FetchResult,
  FileSystem,
  Network,
} from "../../network/index.ts";

/** What answers at a port of a pod. */
type PortAnswer =
  | { readonly kind: "http" }
  | { readonly kind: "bytes" }
  | { readonly kind: "dns"; readonly query: DnsResponder };

/** What the kubelets of a cluster do for its API server. Used in entries of the loop only. */
export interface NodeAgent {
  /** Runs a command in a running container; a text says why that cannot be. */
  exec(target: ContainerTarget, start: ExecStart): ExecHandle | string;
  /** The first process of a running container. */
  attach(target: ContainerTarget): ExecHandle | undefined;
  log(target: ContainerTarget, which: { readonly previous: boolean }): ContainerLog | undefined;
  /** What lies on a machine's disk. */
  disk(node: string): Pick<FileSystem, "read" | "isDirectory" | "entries">;
  /** Who answers TCP at an address, seen from within it; `undefined` when nobody does. */
  portAt(address: string, port: number): PortAnswer | undefined;
  /** Opens a connection from a node; called back in an entry of the loop. */
  dial(node: string, address: string, port: number, onOutcome: (outcome: DialOutcome) => void): void;
  /** One HTTP request from a node; called back in an entry of the loop. */
  request(node: string, url: string, options: FetchOptions, onResult: (result: FetchResult) => void): void;
}

/** The agent of a simulated cluster: its containers and its network. */
export function networkAgent(network: Network, cluster: string): NodeAgent {
  return {
    exec: (target, start) => network.exec({ ...target, cluster }, start),
    attach: (target) => network.attachTo({ ...target, cluster }),
    log: (target, which) => network.log({ ...target, cluster }, which),
    disk: (node) => network.runtime(cluster).machine(node),
    portAt: (address, port) => {
      const route = network.fabric.route({ cluster, address }, { address, port, protocol: "TCP" });
      if (route.verdict !== "delivered") return undefined;
      const { dns, accept } = route.listener;
      if (dns === undefined) return { kind: accept === undefined ? "http" : "bytes" };
      return { kind: "dns", query: (query, transport) => dns()?.(query, transport) };
    },
    dial: (node, host, port, onOutcome) => network.dial({ cluster, node }, { host, port }, onOutcome),
    request: (node, url, options, onResult) => network.request({ cluster, node }, url, options, onResult),
  };
}
