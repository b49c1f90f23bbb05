import type { Container, Node, Pod } from "../../api/index.ts";
import type { ClusterNetwork } from "../fabric/cluster-network.ts";
import type { Caller } from "../fabric/fabric.ts";
import { isLoopback, type Listener, loopbackKey, portKey } from "../fabric/hosts.ts";
import type { Protocol } from "../fabric/packet.ts";
import { canonicalIp } from "../ip-address.ts";
import type { FileSystem } from "../programs/program.ts";
import { absolutePath } from "../programs/relative-files.ts";
import { entriesIn, isWithin } from "./disk.ts";

const SHARED_PATHS: ReadonlySet<string> = new Set(["/etc/resolv.conf", "/etc/hosts", "/etc/hostname"]);
const ZONE_LABEL = "topology.kubernetes.io/zone";
/** Images built on musl libc, whose resolver gives up sooner; busybox comes with glibc unless its tag says otherwise. */
const MUSL_IMAGES = /(^|\/)(curlimages\/curl)(:|@|$)|alpine|musl/;
const GO_IMAGES = /(^|\/)jeremyot\//;

/** What the containers of a pod share: its addresses, its place, and the files that describe its network. */
export type Sandbox = {
  readonly pod: Pod;
  /** One of each family it has, the first one first. */
  readonly addresses: readonly string[];
  readonly nodeName: string;
  readonly zone: string | undefined;
  /** As the node says it: `v1.34.0`. */
  readonly kubernetesVersion: string | undefined;
  readonly nodeAddresses: readonly string[];
  readonly network: ClusterNetwork;
  /** Files of {@link SHARED_PATHS} written by a container of the pod. */
  readonly written: Map<string, string | undefined>;
  /** The ports that programs of the pod listen at, `8080/TCP`. */
  readonly ports: Set<string>;
  /** Containers running; the addresses go down with the last. */
  readonly bringDown: () => void;
  uses: number;
};

/** Sets a pod's sandbox up: its addresses answer from now on. */
export function createSandbox(pod: Pod, node: Node, network: ClusterNetwork): Sandbox {
  const { podIP = "", podIPs = [{ ip: podIP }] } = pod.status ?? {};
  const addresses = podIPs.flatMap(({ ip = "" }) => canonicalIp(ip) ?? []);
  const bringDowns = addresses.map((address) => network.bringUp(address));
  const nodeAddresses = (node.status?.addresses ?? []).flatMap((one) => canonicalIp(one.address) ?? []);
  return {
    pod,
    addresses,
    nodeName: node.metadata.name,
    zone: node.metadata.labels?.[ZONE_LABEL],
    kubernetesVersion: node.status?.nodeInfo?.kubeletVersion,
    nodeAddresses,
    network,
    written: new Map(),
    ports: new Set(),
    bringDown: () => {
      for (const bringDown of bringDowns) bringDown();
    },
    uses: 0,
  };
}

/** Directories every image has, if nothing else is in them. */
const IMAGE_DIRECTORIES =
  "/ /bin /dev /etc /home /mnt /opt /proc /root /run /sbin /srv /sys /tmp /usr /usr/bin /usr/local /usr/local/bin /usr/share /var /var/log /var/run".split(
    " ",
  );

/**
 * The files of one container over those of its sandbox. What the kubelet mounts changes underneath; what was written stays. A
 * directory is there when it was made or something is in it.
 */
export function containerFileSystem(
  sandbox: Sandbox,
  own: {
    readonly mounted: ReadonlyMap<string, string>;
    readonly workingDir: string;
    readonly directories?: readonly string[];
  },
): FileSystem {
  const written = new Map<string, string | undefined>();
  const made = new Set(
    [...IMAGE_DIRECTORIES, own.workingDir, ...(own.directories ?? [])].map((path) => absolutePath(path, "/")),
  );
  const at = (path: string): string => absolutePath(path, own.workingDir);
  const layer = (path: string): Map<string, string | undefined> => (SHARED_PATHS.has(path) ? sandbox.written : written);
  const read = (path: string): string | undefined =>
    layer(path).has(path) ? layer(path).get(path) : own.mounted.get(path);
  const below = (top: string): readonly string[] => {
    const all = new Set([...own.mounted.keys(), ...sandbox.written.keys(), ...written.keys()]);
    return [...all].filter((path) => isWithin(path, top) && read(path) !== undefined).sort();
  };
  const isDirectory = (path: string): boolean => made.has(path) || (read(path) === undefined && below(path).length > 0);
  return {
    read: (path) => read(at(path)),
    write: (path, text) => void layer(at(path)).set(at(path), text),
    remove: (given) => {
      const path = at(given);
      if (read(path) === undefined) return false;
      layer(path).set(path, undefined);
      return true;
    },
    list: (path) => below(at(path)),
    isDirectory: (path) => isDirectory(at(path)),
    makeDirectory: (path) => {
      for (let one = at(path); one !== "/"; one = one.replace(/\/[^/]*$/, "") || "/") made.add(one);
    },
    removeDirectory: (given) => {
      const path = at(given);
      const found = isDirectory(path);
      for (const one of [...made]) if (one === path || one.startsWith(`${path}/`)) made.delete(one);
      return found;
    },
    entries: (given) => {
      const path = at(given);
      return entriesIn([...below(path), ...made], path);
    },
  };
}

/** A container as the network sees it when it calls out. */
export function callerOf(sandbox: Sandbox, image: string, files: FileSystem): Caller {
  const { addresses, nodeName, zone, network } = sandbox;
  const [address = ""] = addresses;
  return {
    origin: { cluster: network.config.name, address, addresses, nodeName, zone },
    flavor: GO_IMAGES.test(image) ? "go" : MUSL_IMAGES.test(image) ? "musl" : "glibc",
    readFile: (path) => files.read(path),
  };
}

/** A process of the node beside the pod, such as the kubelet, that resolves as the pod does. */
export function callerOnNode({ nodeAddresses: addresses, nodeName, zone, network }: Sandbox, pod: Caller): Caller {
  const [address = ""] = addresses;
  return { ...pod, origin: { cluster: network.config.name, address, addresses, nodeName, zone } };
}

/** Listens where a container declares host ports for a port of its own, and where nobody does yet; the returned function ends it. */
export function openHostPorts(
  sandbox: Sandbox,
  container: Container,
  at: { readonly port: number; readonly protocol: Protocol },
  listener: Listener,
): () => void {
  const { network } = sandbox;
  const closers = hostPorts(sandbox, container, at).map(({ address, key }) => {
    const bringDown = network.bringUp(address);
    network.listen(address, key, listener);
    return () => {
      network.close(address, key, listener);
      bringDown();
    };
  });
  return () => {
    for (const close of closers) close();
  };
}

/** Where else a port of a container is found: at the addresses of its node, at the one it names, or from the node alone. */
function hostPorts(
  { nodeAddresses }: Sandbox,
  { ports = [] }: Container,
  at: { readonly port: number; readonly protocol: Protocol },
): readonly { readonly address: string; readonly key: string }[] {
  return ports.flatMap(({ containerPort, protocol = "TCP", hostPort, hostIP = "" }) => {
    if (hostPort === undefined || containerPort !== at.port || protocol !== at.protocol) return [];
    const named = canonicalIp(hostIP);
    const key = portKey(hostPort, protocol);
    if (named === undefined || named === "0.0.0.0" || named === "::")
      return nodeAddresses.map((address) => ({ address, key }));
    if (isLoopback(named)) return nodeAddresses.slice(0, 1).map((address) => ({ address, key: loopbackKey(key) }));
    return nodeAddresses.filter((address) => address === named).map((address) => ({ address, key }));
  });
}
