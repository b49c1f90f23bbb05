import type { Node, Pod } from "../../api/index.ts";
import { must } from "../../std/index.ts";
import type { ClusterNetwork } from "../fabric/cluster-network.ts";
import type { Caller } from "../fabric/fabric.ts";
import { canonicalIp } from "../ip-address.ts";
import type { FileSystem } from "../programs/program.ts";

const SHARED_PATHS: ReadonlySet<string> = new Set(["/etc/resolv.conf", "/etc/hosts", "/etc/hostname"]);
const ZONE_LABEL = "topology.kubernetes.io/zone";
/** Images built on musl libc, whose resolver gives up sooner. */
const MUSL_IMAGES = /(^|\/)(alpine|busybox|curlimages\/curl)(:|@|$)|alpine/;
const GO_IMAGES = /(^|\/)jeremyot\//;

/** What the containers of a pod share: its address, its place, and the files that describe its network. */
export type Sandbox = {
  readonly pod: Pod;
  readonly address: string;
  readonly nodeName: string;
  readonly zone: string | undefined;
  /** As the node says it: `v1.34.0`. */
  readonly kubernetesVersion: string | undefined;
  readonly nodeAddresses: readonly string[];
  readonly network: ClusterNetwork;
  /** Files of {@link SHARED_PATHS} written by a container of the pod. */
  readonly written: Map<string, string | undefined>;
  /** Containers running; the address goes down with the last. */
  readonly bringDown: () => void;
  uses: number;
};

/** Sets a pod's sandbox up: its address answers from now on. */
export function createSandbox(pod: Pod, node: Node, network: ClusterNetwork): Sandbox {
  const text = must(pod.status?.podIP, `podIP of ${pod.metadata.namespace}/${pod.metadata.name}`);
  const address = canonicalIp(text) ?? text;
  const nodeAddresses = (node.status?.addresses ?? []).flatMap((one) => canonicalIp(one.address) ?? []);
  return {
    pod,
    address,
    nodeName: node.metadata.name,
    zone: node.metadata.labels?.[ZONE_LABEL],
    kubernetesVersion: node.status?.nodeInfo?.kubeletVersion,
    nodeAddresses,
    network,
    written: new Map(),
    bringDown: network.bringUp(address),
    uses: 0,
  };
}

/** The files of one container over those of its sandbox. What the kubelet mounts changes underneath; what was written stays. */
export function containerFileSystem(
  sandbox: Sandbox,
  own: { readonly mounted: ReadonlyMap<string, string>; readonly workingDir: string },
): FileSystem {
  const written = new Map<string, string | undefined>();
  const absolute = (path: string): string =>
    path.startsWith("/") ? path : `${own.workingDir.replace(/\/$/, "")}/${path}`;
  const layer = (path: string): Map<string, string | undefined> => (SHARED_PATHS.has(path) ? sandbox.written : written);
  const readAbsolute = (path: string): string | undefined =>
    layer(path).has(path) ? layer(path).get(path) : own.mounted.get(path);
  return {
    read: (path) => readAbsolute(absolute(path)),
    write: (path, text) => void layer(absolute(path)).set(absolute(path), text),
    remove: (given) => {
      const path = absolute(given);
      if (readAbsolute(path) === undefined) return false;
      layer(path).set(path, undefined);
      return true;
    },
    list: (given) => {
      const top = absolute(given).replace(/\/+$/, "");
      const all = new Set([...own.mounted.keys(), ...sandbox.written.keys(), ...written.keys()]);
      return [...all]
        .filter((path) => (path === top || path.startsWith(`${top}/`)) && readAbsolute(path) !== undefined)
        .sort();
    },
  };
}

/** A container as the network sees it when it calls out. */
export function callerOf(sandbox: Sandbox, image: string, files: FileSystem): Caller {
  const { address, nodeName, zone, network } = sandbox;
  return {
    origin: { cluster: network.config.name, address, nodeName, zone },
    flavor: GO_IMAGES.test(image) ? "go" : MUSL_IMAGES.test(image) ? "musl" : "glibc",
    readFile: (path) => files.read(path),
  };
}
