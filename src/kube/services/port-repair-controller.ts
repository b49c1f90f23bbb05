import { Service } from "../../api/index.ts";
import { type AnyDefinition, defineController, plan, read, type Snapshot } from "../../controller/index.ts";
import { complaint } from "./complaint.ts";

/**
 * Looks whether the Services' node ports fit the cluster and says so where they do not: outside the range, or claimed twice; the
 * first Service by name is taken for the rightful one (`pkg/registry/core/service/portallocator/controller`).
 */
export function portRepairController(range: string): AnyDefinition {
  const [low = 0, high = 0] = range.split("-").map(Number);
  return defineController({
    name: "portallocator-repair-controller",
    primary: [Service],
    reads: [read(Service, { enqueue: "none", indexes: { nodePort: portsOf } })],
    reconcile: (service, snapshot) =>
      plan(
        collectedPorts(service).flatMap((port, index, all) => {
          if (port < low || port > high) {
            const told = `Port ${port} is not within the port range ${range}; please recreate service`;
            return [complaint(service, "PortOutOfRange", told)];
          }
          if (all.indexOf(port) === index && isRightful(service, port, snapshot)) return [];
          const told = `Port ${port} was assigned to multiple services; please recreate service`;
          return [complaint(service, "PortAlreadyAllocated", told)];
        }),
      ),
  });
}

function isRightful(service: Service, port: number, snapshot: Snapshot<typeof Service>): boolean {
  const [first] = snapshot.list(Service, { index: { name: "nodePort", value: String(port) } });
  return first === undefined || first.metadata.uid === service.metadata.uid;
}

/** Its node ports and the port of its health: one that protocols share counts once, one that a protocol has twice does twice. */
function collectedPorts({ spec }: Service): readonly number[] {
  const seen = new Set<string>();
  const collected: number[] = [];
  const { healthCheckNodePort = 0 } = spec;
  const health = healthCheckNodePort === 0 ? [] : [{ protocol: "TCP", nodePort: healthCheckNodePort }];
  for (const { nodePort = 0, protocol = "TCP" } of [...(spec.ports ?? []), ...health]) {
    if (nodePort === 0) continue;
    const isAgain = seen.has(`${nodePort}/${protocol}`);
    if (isAgain || !collected.includes(nodePort)) collected.push(nodePort);
    seen.add(`${nodePort}/${protocol}`);
  }
  return collected;
}

function portsOf(service: Service): readonly string[] {
  return [...new Set(collectedPorts(service))].map(String);
}
