import { parseIp } from "../../ip-address.ts";
import { parseResolvConf } from "../../resolver.ts";
import type { Process } from "../program.ts";
import type { Plain } from "./files.ts";
import { complain, readOptions } from "./options.ts";

const MTU = 1500;
/** Linux' hardware address of a pod's end of a veth pair is made of nothing; here it is made of the address. */
const MAC_PREFIX = "0a:58";

/** Commands that show the pod's network. */
export const networkCommands: Readonly<Record<string, Plain>> = {
  ifconfig: (process) => {
    const { address } = process;
    const isIPv6 = address.includes(":");
    const own = isIPv6
      ? `inet6 addr: ${address}/64 Scope:Global`
      : `inet addr:${address}  Bcast:0.0.0.0  Mask:255.255.255.0`;
    return printed(
      process,
      `eth0      Link encap:Ethernet  HWaddr ${macOf(address).toUpperCase()}\n          ${own}\n          UP BROADCAST RUNNING MULTICAST  MTU:${MTU}  Metric:1\n\nlo        Link encap:Local Loopback\n          inet addr:127.0.0.1  Mask:255.0.0.0\n          UP LOOPBACK RUNNING  MTU:65536  Metric:1\n`,
    );
  },
  ip: (process, args) => {
    const [object = "", action = ""] = args.filter((arg) => !arg.startsWith("-"));
    if (/^(add|change|del|delete|flush|replace|set)$/.test(action)) return changeRefused(process);
    if (/^a(d|dd|ddr|ddress)?$/.test(object)) return printed(process, addressText(process));
    if (/^r(o|oute)?$/.test(object)) return printed(process, `default via ${gatewayOf(process.address)} dev eth0\n`);
    if (/^l(i|ink)?$/.test(object)) return printed(process, linkText(process));
    return complain(process, `unknown object ${JSON.stringify(object)}`);
  },
  route: (process) =>
    printed(
      process,
      `Kernel IP routing table\nDestination     Gateway         Genmask         Flags Metric Ref    Use Iface\ndefault         ${gatewayOf(process.address).padEnd(15)} 0.0.0.0         UG    0      0        0 eth0\n`,
    ),
  netstat: listening,
  ss: listening,
};

/** Containers may change the network of their pod only if they are allowed to; there are no other links here to be had. */
function changeRefused(process: Process): number {
  const { privileged, capabilities } = (process.container.securityContext ?? {}) as {
    readonly privileged?: boolean;
    readonly capabilities?: { readonly add?: readonly string[] };
  };
  const isAdmin =
    privileged === true || capabilities?.add?.some((name) => /^(CAP_)?(NET_ADMIN|ALL)$/.test(name)) === true;
  return complain(process, `RTNETLINK answers: Operation not ${isAdmin ? "supported" : "permitted"}`, 2);
}

function printed(process: Process, text: string): number {
  process.output.stdout(text);
  return 0;
}

function macOf(address: string): string {
  const parts = parseIp(address)?.parts.slice(-4) ?? [];
  return [MAC_PREFIX, ...parts.map((part) => (part & 0xff).toString(16).padStart(2, "0"))].join(":");
}

function gatewayOf(address: string): string {
  return address.replace(/[^.:]+$/, "1");
}

function linkText(process: Process): string {
  return `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN\n    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n2: eth0@if3: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu ${MTU} qdisc noqueue state UP\n    link/ether ${macOf(process.address)} brd ff:ff:ff:ff:ff:ff\n`;
}

function addressText(process: Process): string {
  const { address } = process;
  const family = address.includes(":") ? "inet6" : "inet";
  const [lo, loLink, eth, ethLink] = linkText(process).split("\n");
  return [
    lo,
    loLink,
    "    inet 127.0.0.1/8 scope host lo",
    eth,
    ethLink,
    `    ${family} ${address}/${family === "inet" ? 24 : 64} scope global eth0`,
    "",
  ].join("\n");
}

/** `netstat -tuln`: what listens in the pod. */
function listening(process: Process): number {
  const rows = process.listening().map(({ port, protocol }) => {
    const local = `${process.address}:${port}`;
    return `${protocol.toLowerCase().padEnd(5)}      0      0 ${local.padEnd(23)} 0.0.0.0:*               ${protocol === "TCP" ? "LISTEN" : ""}`.trimEnd();
  });
  const head =
    "Active Internet connections (only servers)\nProto Recv-Q Send-Q Local Address           Foreign Address         State\n";
  return printed(process, head + rows.map((row) => `${row}\n`).join(""));
}

const ECHO_BYTES = 64;

/** `ping [-c N] [-W SECONDS] [-i SECONDS] HOST`: echo requests, and whether they come back; for ever without a count. */
export function pingProgram(process: Process): void {
  const { values, flags, operands } = readOptions(process.argv.slice(1), ["c", "W", "w", "i", "s", "t", "I"]);
  const [name] = operands;
  if (name === undefined) {
    process.exit(complain(process, "usage error: Destination address required"));
    return;
  }
  const found = process.resolve(name);
  const [address] = found.ok ? found.addresses : [];
  if (address === undefined) {
    const servers = parseResolvConf(process.files.read("/etc/resolv.conf") ?? "").nameservers;
    const temporary = !found.ok && found.reason !== "no such host" && servers.length > 0;
    process.exit(
      complain(
        process,
        `${name}: ${temporary ? "Temporary failure in name resolution" : "Name or service not known"}`,
        2,
      ),
    );
    return;
  }
  const count = Number(values.get("c") ?? Number.POSITIVE_INFINITY);
  const intervalMs = Number(values.get("i") ?? 1) * 1000;
  const startMs = process.clock.nowMs();
  let [sent, received] = [0, 0];
  const end = (): void => {
    const loss = Math.round(((sent - received) / Math.max(1, sent)) * 100);
    const took = process.clock.nowMs() - startMs;
    process.output.stdout(
      `\n--- ${name} ping statistics ---\n${sent} packets transmitted, ${received} received, ${loss}% packet loss, time ${took}ms\n`,
    );
    process.exit(received > 0 ? 0 : 1);
  };
  const send = (): void => {
    sent++;
    if (process.reaches(address)) {
      received++;
      if (!flags.has("q"))
        process.output.stdout(`${ECHO_BYTES} bytes from ${address}: icmp_seq=${sent} ttl=64 time=0.1 ms\n`);
    }
    if (sent >= count) end();
    else process.after(intervalMs, send);
  };
  process.output.stdout(`PING ${name} (${address}) 56(84) bytes of data.\n`);
  process.onInterrupt(end);
  send();
}
