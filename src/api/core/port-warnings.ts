import type { Container, ContainerPort } from "./pod.ts";

type Placed = { readonly field: string; readonly port: ContainerPort };

/** Ports of a pod's containers that get in each other's way (`pkg/api/pod.GetWarningsForPod`). */
export function portWarnings(containers: readonly (readonly [Container, string])[]): readonly string[] {
  const all = containers.flatMap(([{ ports = [] }, at]) =>
    ports.map((port, index): Placed => ({ field: `${at}.ports[${index}]`, port })),
  );
  const names = new Map<string, string>();
  const numbers = new Map<string, Placed[]>();
  const warnings: string[] = [];
  for (const placed of all) {
    const { port, field } = placed;
    if (port.hostIP && !port.hostPort) warnings.push(`${field}: hostIP set without hostPort: ${goPort(port)}`);
    const key = `${port.containerPort}/${port.protocol}`;
    const others = numbers.get(key) ?? [];
    for (const other of others) warnings.push(...clash(placed, other));
    numbers.set(key, [...others, placed]);
  }
  for (const { port, field } of all) {
    const other = port.name ? names.get(port.name) : undefined;
    if (other !== undefined)
      warnings.push(
        `${field}: duplicate port name "${port.name}" with ${other}, services and probes that select ports by name will use ${other}`,
      );
    else if (port.name) names.set(port.name, field);
  }
  return warnings;
}

function clash({ port, field }: Placed, other: Placed): readonly string[] {
  const [{ hostIP = "", hostPort = 0 }, { hostIP: otherIP = "", hostPort: otherPort = 0 }] = [port, other.port];
  if (hostIP === otherIP && hostPort === otherPort) return [`${field}: duplicate port definition with ${other.field}`];
  if (hostPort === 0 || otherPort === 0) return [`${field}: overlapping port definition with ${other.field}`];
  if (hostPort === otherPort && (hostIP === "") !== (otherIP === ""))
    return [`${field}: dangerously ambiguous port definition with ${other.field}`];
  return [];
}

/** A port as Go prints the struct. */
function goPort({ name = "", hostPort = 0, containerPort, protocol, hostIP = "" }: ContainerPort): string {
  return `{Name:${name} HostPort:${hostPort} ContainerPort:${containerPort} Protocol:${protocol ?? ""} HostIP:${hostIP}}`;
}
