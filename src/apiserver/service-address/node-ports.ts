import type { ServicePort, ServiceSpec } from "../../api/index.ts";

/** What node ports are taken from. A claim throws where the port cannot be had. */
export type PortSource = {
  readonly claim: (port: number, path: string) => void;
  readonly draw: () => number;
};

/** A Service with its node ports; `duplicate` names two ports of one protocol that an update gave the same number. */
export type NodePortOutcome = { readonly spec: ServiceSpec; readonly duplicate?: string };

/** Completes the node ports of a new Service (`initNodePorts`) or of one that changes (`updateNodePorts`). */
export function withNodePorts(spec: ServiceSpec, before: ServiceSpec | undefined, from: PortSource): NodePortOutcome {
  if (!mayHaveNodePorts(spec)) return { spec };
  const given = (spec.ports ?? []).filter((port) => (port.nodePort ?? 0) !== 0 || allocates(spec));
  const numbers = before === undefined ? initial(spec, given, from) : updated(spec, given, { before, from });
  const ports = spec.ports?.map((port) => {
    const nodePort = numbers.get(port) ?? port.nodePort ?? 0;
    return nodePort === 0 || nodePort === port.nodePort ? port : { ...port, nodePort };
  });
  const changed = ports?.some((port, index) => port !== spec.ports?.[index]) === true;
  const next = changed && ports !== undefined ? { ...spec, ports } : spec;
  const duplicate = before === undefined ? undefined : duplicateOf(next);
  return duplicate === undefined ? { spec: next } : { spec: next, duplicate };
}

type Numbers = ReadonlyMap<ServicePort, number>;

/** The same port over another protocol shares the number that one has or asks for. */
function initial(spec: ServiceSpec, ports: readonly ServicePort[], from: PortSource): Numbers {
  const numbers = new Map<ServicePort, number>();
  const byPort = new Map<number, number>();
  for (const port of ports) {
    const path = pathOf(spec, port);
    const shared = byPort.get(port.port);
    const own = port.nodePort ?? 0;
    if (shared !== undefined) {
      if (own !== 0 && own !== shared) from.claim(own, path);
      numbers.set(port, own === 0 ? shared : own);
      continue;
    }
    const asked = spec.ports?.find((other) => other.port === port.port && (other.nodePort ?? 0) !== 0)?.nodePort;
    if (asked !== undefined) from.claim(asked, path);
    const number = asked ?? from.draw();
    numbers.set(port, number);
    byPort.set(port.port, number);
  }
  return numbers;
}

function updated(
  spec: ServiceSpec,
  ports: readonly ServicePort[],
  { before, from }: { readonly before: ServiceSpec; readonly from: PortSource },
): Numbers {
  const held = new Set((before.ports ?? []).map(({ nodePort = 0 }) => nodePort));
  const numbers = new Map<ServicePort, number>();
  for (const port of ports) {
    const own = port.nodePort ?? 0;
    if (own !== 0 && !held.has(own)) from.claim(own, pathOf(spec, port));
    held.add(own);
    numbers.set(port, own === 0 ? from.draw() : own);
  }
  return numbers;
}

function duplicateOf({ ports = [] }: ServiceSpec): string | undefined {
  const seen = new Set<string>();
  for (const { protocol, nodePort = 0 } of ports) {
    const text = `{${protocol} ${nodePort}}`;
    if (nodePort !== 0 && seen.has(text)) return text;
    seen.add(text);
  }
  return undefined;
}

function pathOf({ ports = [] }: ServiceSpec, port: ServicePort): string {
  return `spec.ports[${ports.indexOf(port)}].nodePort`;
}

function mayHaveNodePorts({ type }: ServiceSpec): boolean {
  return type === "NodePort" || type === "LoadBalancer";
}

function allocates({ type, allocateLoadBalancerNodePorts }: ServiceSpec): boolean {
  return type === "NodePort" || allocateLoadBalancerNodePorts !== false;
}
