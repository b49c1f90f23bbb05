import type { Pod } from "../../api/index.ts";
import type { Loop } from "../../sim/index.ts";
import type { DnsServers } from "../dns/dns-servers.ts";
import type { Caller, Fabric } from "../fabric/fabric.ts";
import type { NodePlace } from "../fabric/node-place.ts";
import { commandProgram } from "../programs/commands.ts";
import type { Process, Program } from "../programs/program.ts";
import { CpuMeter } from "../runtime/cpu-meter.ts";
import type { Disk } from "../runtime/disk.ts";
import { withMounts } from "../runtime/mounts.ts";
import { RunningProcess } from "../runtime/process.ts";
import type { ExecHandle, ExecStart } from "../runtime/runtime.ts";
import { containerFileSystem, type Sandbox } from "../runtime/sandbox.ts";
import { ipsetTest } from "./ipset-list.ts";
import { boundAddresses } from "./ipvs-sets.ts";
import { proxyReport } from "./proxy-report.ts";

/** What a shell on a node runs in. */
export type NodeShell = {
  readonly loop: Loop;
  readonly fabric: Fabric;
  readonly cluster: string;
  readonly node: NodePlace;
  readonly caller: Caller;
  readonly clusterDns: DnsServers;
  readonly disk: Disk;
};

/** Runs a command on a node: the tools that show what kube-proxy did there, and all that runs in pods. A text says why it cannot be. */
export function runOnNode(shell: NodeShell, start: ExecStart): ExecHandle | string {
  const commands = nodeCommands(shell);
  const name = start.argv[0] ?? "";
  const program = commands(name) ?? commandProgram(name);
  if (program === undefined) return `${name}: command not found`;
  const process: RunningProcess = new RunningProcess(
    contextOf(shell, commands),
    {
      argv: start.argv,
      environment: new Map([["HOSTNAME", shell.node.name]]),
      output: start.output,
      background: false,
    },
    (code) => shell.loop.soon(`exit of ${name}`, () => start.onExit(code)),
  );
  process.run(program);
  return {
    write: (text) => process.write(text),
    closeInput: () => process.closeInput(),
    endText: () => process.endText(),
    interrupt: () => process.interrupt(),
    kill: () => process.kill(),
  };
}

/** A node has no pod around it; its processes are given one of its name, with the node's network. */
function contextOf(shell: NodeShell, commands: (name: string) => Program | undefined) {
  const { node, fabric, loop, caller, clusterDns } = shell;
  const pod: Pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: node.name, namespace: "" },
    spec: { hostNetwork: true, nodeName: node.name, containers: [{ name: "node" }] },
  };
  const sandbox: Sandbox = {
    pod,
    addresses: caller.origin.addresses ?? [caller.origin.address],
    nodeName: node.name,
    zone: node.zone,
    kubernetesVersion: undefined,
    nodeAddresses: node.addresses,
    network: fabric.cluster(shell.cluster),
    written: new Map(),
    ports: new Set(),
    bringDown: () => {},
    uses: 1,
  };
  const mounted = new Map([
    ["/etc/resolv.conf", caller.readFile("/etc/resolv.conf") ?? ""],
    ["/etc/hostname", `${node.name}\n`],
    ["/etc/hosts", "127.0.0.1 localhost\n"],
  ]);
  const own = containerFileSystem(sandbox, { mounted, workingDir: "/" });
  const files = withMounts(own, [{ at: "/", disk: shell.disk, root: "/" }], { kubeletFiles: mounted, workingDir: "/" });
  return {
    loop,
    fabric,
    sandbox,
    pod,
    container: { name: "node" },
    files,
    caller,
    clusterDns,
    commands,
    cpu: new CpuMeter(),
  };
}

type Tool = (args: readonly string[]) => { readonly code: number; readonly text: string };

function nodeCommands(shell: NodeShell): (name: string) => Program | undefined {
  const network = shell.fabric.cluster(shell.cluster);
  const report = () => proxyReport(network, shell.node.name, shell.loop.nowMs());
  const printed = (text: string): ReturnType<Tool> => ({ code: 0, text });
  const failed = (text: string): ReturnType<Tool> => ({ code: 1, text });
  const tools: Readonly<Record<string, Tool>> = {
    "iptables-save": (args) => printed(tablesNamed(report().iptablesSave("IPv4"), args)),
    "ip6tables-save": (args) => printed(tablesNamed(report().iptablesSave("IPv6"), args)),
    ipvsadm: (args) => ipvsadm(shell, args),
    ipset: ([verb = "list", name, member = ""]) => {
      if (verb === "test") {
        const isIn = ipsetTest(report().views, name ?? "", member);
        if (isIn === undefined) return failed(`ipset v7.17: The set with the given name does not exist\n`);
        return { code: isIn ? 0 : 1, text: `${member} is ${isIn ? "in" : "NOT in"} set ${name}.\n` };
      }
      const text = report().ipsetList(name);
      if (text !== undefined) return printed(text);
      return name === undefined ? printed("") : failed("ipset v7.17: The set with the given name does not exist\n");
    },
    nft: () => printed(report().nftListRuleset()),
    ip: (args) =>
      args.includes("kube-ipvs0") ? dummyDevice(shell) : printed(deviceText("eth0", shell.node.addresses, "UP")),
  };
  return (name) => {
    const tool = tools[name];
    return tool === undefined ? undefined : (process) => end(process, tool(process.argv.slice(1)));
  };
}

function end(process: Process, { code, text }: ReturnType<Tool>): void {
  if (code === 0) process.output.stdout(text);
  else process.output.stderr(text);
  process.exit(code);
}

/** `-t nat`: one table of those saved. */
function tablesNamed(saved: string, args: readonly string[]): string {
  const at = args.indexOf("-t");
  if (at < 0) return saved;
  const table = saved.split(/(?=# Generated)/).find((part) => part.includes(`*${args[at + 1]}\n`));
  return table ?? "";
}

/** `-Ln` lists; `-d -t VIP:PORT -r SERVER:PORT` takes a real server out, which kube-proxy mends. */
function ipvsadm(shell: NodeShell, args: readonly string[]): ReturnType<Tool> {
  const network = shell.fabric.cluster(shell.cluster);
  const report = proxyReport(network, shell.node.name, shell.loop.nowMs());
  if (!args.includes("-d")) return { code: 0, text: report.ipvsadmLn() };
  const value = (flag: string): string | undefined => (args.includes(flag) ? args[args.indexOf(flag) + 1] : undefined);
  const [tcp, udp, server = ""] = [value("-t"), value("-u"), value("-r")];
  const virtual = tcp === undefined ? `UDP ${udp}` : `TCP ${tcp}`;
  // Listing brings the table up to date, so that what is shown can be deleted.
  report.ipvsadmLn();
  return network.proxies.of(shell.node.name).ipvs.remove(virtual, server)
    ? { code: 0, text: "" }
    : { code: 2, text: "No such destination\n" };
}

function dummyDevice(shell: NodeShell): ReturnType<Tool> {
  const { views, mode } = proxyReport(shell.fabric.cluster(shell.cluster), shell.node.name, shell.loop.nowMs());
  if (mode !== "ipvs") return { code: 1, text: 'Device "kube-ipvs0" does not exist.\n' };
  return { code: 0, text: deviceText("kube-ipvs0", views.flatMap(boundAddresses), "DOWN") };
}

function deviceText(name: string, addresses: readonly string[], state: string): string {
  const flags = state === "UP" ? "BROADCAST,MULTICAST,UP,LOWER_UP" : "BROADCAST,NOARP";
  const lines = addresses.map(
    (address) =>
      `    ${address.includes(":") ? `inet6 ${address}/128` : `inet ${address}/32`} scope global ${name}\n       valid_lft forever preferred_lft forever\n`,
  );
  return `2: ${name}: <${flags}> mtu 1500 qdisc noop state ${state} group default\n${lines.join("")}`;
}
