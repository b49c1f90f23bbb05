import type { Container, Pod } from "../../api/index.ts";
import type { Loop } from "../../sim/index.ts";
import type { DnsServers } from "../dns/dns-servers.ts";
import type { Caller, Fabric } from "../fabric/fabric.ts";
import { commandProgram } from "../programs/commands.ts";
import type { FileSystem, Process, Program } from "../programs/program.ts";
import type { CpuMeter } from "./cpu-meter.ts";
import type { Sandbox } from "./sandbox.ts";

/** What all processes of a container share. */
export type ContainerContext = {
  readonly loop: Loop;
  readonly fabric: Fabric;
  readonly sandbox: Sandbox;
  readonly pod: Pod;
  readonly container: Container;
  readonly files: FileSystem;
  readonly caller: Caller;
  readonly clusterDns: DnsServers;
  readonly cpu: CpuMeter;
  /** Commands of its own, before those every container has. */
  readonly commands: (name: string) => Program | undefined;
};

/** What a DNS server in a container is told of its cluster. */
export function dnsOf({ clusterDns, sandbox, fabric, pod, caller }: ContainerContext): Process["clusterDns"] {
  return {
    feed: clusterDns.feedFor(pod),
    build: clusterDns.build,
    kubernetesVersion: sandbox.kubernetesVersion,
    isConnectedTo: (cluster) => fabric.links.connected(caller.origin.cluster, cluster),
  };
}

/** What a command of a container runs: one of its own, or one every container has. */
export function commandIn({ commands }: Pick<ContainerContext, "commands">, name: string): Program | undefined {
  return commands(name) ?? commandProgram(name);
}
