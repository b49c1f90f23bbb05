import { effectiveProxyMode } from "../../algorithms/index.ts";
import type { Node } from "../../api/index.ts";
import type { Loop } from "../../sim/index.ts";
import { cidrContains, deepEqual, parseIp } from "../../std/index.ts";
import { ofSameFamily } from "../ip-address.ts";
import { NodeProxy } from "./node-proxy.ts";
import { PLAIN_CONFIGURATION, type ProxyConfiguration } from "./proxy-configuration.ts";

/** The kernel modules a node can load, with commas between; all when the annotation is absent. */
const KERNEL_MODULES = "atoll.dev/kernel-modules";
const ZONE_LABEL = "topology.kubernetes.io/zone";
const LOOPBACK = "127.0.0.1";
/** The word for the first address of a node, of each family. */
const PRIMARY = "primary";

type Machine = { readonly zone: string | undefined; readonly kernelModules: readonly string[] | undefined };

/** The kube-proxies of a cluster, each made when a packet first meets it. */
export class ClusterProxies {
  readonly #cluster: string;
  /** The minor version of Kubernetes 1.x. */
  readonly minor: number;
  readonly #loop: Loop;
  readonly #proxies = new Map<string, NodeProxy>();
  readonly #machines = new Map<string, Machine>();
  readonly #cleanedUp = new Set<string>();
  #configuration: ProxyConfiguration;

  constructor(options: {
    readonly cluster: string;
    readonly version: string | undefined;
    readonly mode: string | undefined;
    readonly loop: Loop;
  }) {
    this.#cluster = options.cluster;
    this.minor = Number(/^v?1\.(\d+)/.exec(options.version ?? "v1.34")?.[1] ?? 34);
    this.#loop = options.loop;
    this.#configuration = { ...PLAIN_CONFIGURATION, mode: options.mode ?? "" };
  }

  nowMs(): number {
    return this.#loop.nowMs();
  }

  get configuration(): ProxyConfiguration {
    return this.#configuration;
  }

  /** Starts every kube-proxy anew with another configuration, as one does when the file it watches changes. */
  configure(configuration: ProxyConfiguration): void {
    if (deepEqual(configuration, this.#configuration)) return;
    this.#configuration = configuration;
    this.#proxies.clear();
  }

  putNode({ metadata }: Node): void {
    const modules = metadata.annotations?.[KERNEL_MODULES];
    const machine: Machine = {
      zone: metadata.labels?.[ZONE_LABEL],
      kernelModules: modules?.split(",").map((module) => module.trim()),
    };
    if (deepEqual(machine, this.#machines.get(metadata.name))) return;
    this.#machines.set(metadata.name, machine);
    this.#proxies.delete(metadata.name);
  }

  removeNode(name: string): void {
    this.#machines.delete(name);
    this.#proxies.delete(name);
  }

  /** The proxy of a node; of no node in particular when the name is empty. */
  of(name: string, zone?: string): NodeProxy {
    let proxy = this.#proxies.get(name);
    if (proxy === undefined) {
      const machine = this.#machines.get(name);
      const { mode, scheduler } = this.#configuration;
      proxy = new NodeProxy({
        decision: effectiveProxyMode({ mode, scheduler, minor: this.minor, kernelModules: machine?.kernelModules }),
        place: { name: name === "" ? undefined : name, zone: machine?.zone ?? zone },
        clock: this.#loop,
        random: this.#loop.random.stream(`proxy/${this.#cluster}/${name}`),
      });
      proxy.setCleanedUp(this.#cleanedUp.has(name));
      this.#proxies.set(name, proxy);
    }
    return proxy;
  }

  /** Stops the kube-proxy of a node and removes its rules, or starts it again. */
  setCleanedUp(name: string, cleanedUp: boolean): void {
    if (cleanedUp) this.#cleanedUp.add(name);
    else this.#cleanedUp.delete(name);
    this.#proxies.get(name)?.setCleanedUp(cleanedUp);
  }

  /** Whether node ports are open at every address of a node of the family (`--nodeport-addresses`). */
  opensAll(proxy: NodeProxy, family: "IPv4" | "IPv6"): boolean {
    const named = this.#nodePortAddresses(proxy);
    return !named.includes(PRIMARY) && named.every((cidr) => cidr.includes(":") !== (family === "IPv6"));
  }

  /**
   * Whether node ports are open at an address of a node. Networks of one family leave the other open; `primary`, which is how
   * nftables begins, is the first address of each.
   */
  opensNodePorts(proxy: NodeProxy, address: string, own: readonly string[]): boolean {
    const family = address.includes(":") ? "IPv6" : "IPv4";
    if (this.opensAll(proxy, family)) return true;
    const named = this.#nodePortAddresses(proxy);
    const ip = parseIp(address);
    if (named.includes(PRIMARY)) return ofSameFamily(own, address) === address;
    return ip !== undefined && named.some((cidr) => cidrContains(cidr, ip));
  }

  /** Node ports at 127.0.0.1 are the doing of iptables and `route_localnet`; other modes and ::1 have none. */
  opensLoopback(proxy: NodeProxy, address: string): boolean {
    const { localhostNodePorts } = this.#configuration;
    const hasThem = (proxy.mode === "iptables" && localhostNodePorts) || proxy.mode === "userspace";
    return hasThem && address === LOOPBACK && this.opensNodePorts(proxy, LOOPBACK, []);
  }

  #nodePortAddresses({ mode }: NodeProxy): readonly string[] {
    const { nodePortAddresses } = this.#configuration;
    return nodePortAddresses.length === 0 && mode === "nftables" ? [PRIMARY] : nodePortAddresses;
  }
}
