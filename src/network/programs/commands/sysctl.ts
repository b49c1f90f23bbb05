import type { Process } from "../program.ts";
import { complain, readOptions } from "./options.ts";

/** What kernels start with, as far as pods may set it or ask for it often. */
const DEFAULTS: Readonly<Record<string, string>> = {
  "kernel.hostname": "",
  "kernel.msgmax": "8192",
  "kernel.shm_rmid_forced": "0",
  "net.core.somaxconn": "4096",
  "net.ipv4.ip_forward": "1",
  "net.ipv4.ip_local_port_range": "32768\t60999",
  "net.ipv4.ip_local_reserved_ports": "",
  "net.ipv4.ip_unprivileged_port_start": "0",
  "net.ipv4.ping_group_range": "0\t2147483647",
  "net.ipv4.tcp_fin_timeout": "60",
  "net.ipv4.tcp_keepalive_intvl": "75",
  "net.ipv4.tcp_keepalive_probes": "9",
  "net.ipv4.tcp_keepalive_time": "7200",
  "net.ipv4.tcp_rmem": "4096\t131072\t6291456",
  "net.ipv4.tcp_syncookies": "1",
  "net.ipv4.tcp_wmem": "4096\t16384\t4194304",
  "vm.max_map_count": "65530",
  "vm.overcommit_memory": "1",
};

/** `sysctl [-n] NAME...`, `sysctl -a`: parameters of the kernel as the pod sees them. */
export function sysctl(process: Process, args: readonly string[]): number {
  const { flags, operands } = readOptions(args);
  const values = valuesOf(process);
  let code = 0;
  for (const asked of flags.has("a") ? [...values.keys()] : operands) {
    const [said = "", set] = asked.split(/=(.*)/s);
    const name = said.replaceAll("/", ".");
    const value = values.get(name);
    if (value === undefined)
      code = complain(process, `error: '/proc/sys/${name.replaceAll(".", "/")}': No such file or directory`);
    else if (set !== undefined || flags.has("w"))
      code = complain(process, `error setting key '${name}': Read-only file system`);
    else process.output.stdout(flags.has("n") ? `${value}\n` : `${name} = ${value}\n`);
  }
  return code;
}

function valuesOf({ pod, hostname }: Process): ReadonlyMap<string, string> {
  const { sysctls = [] } = (pod.spec.securityContext ?? {}) as {
    readonly sysctls?: readonly { readonly name: string; readonly value: string }[];
  };
  const values = new Map(Object.entries({ ...DEFAULTS, "kernel.hostname": hostname }));
  for (const { name, value } of sysctls) values.set(name.replaceAll("/", "."), value);
  return values;
}
