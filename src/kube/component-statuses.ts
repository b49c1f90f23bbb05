import { type ComponentStatus, componentStatusDescriptor } from "../api/index.ts";
import type { VirtualResource } from "../apiserver/index.ts";

const HEALTHY = { type: "Healthy", status: "True", message: "ok" } as const;

/** What the API server is told when nobody listens where it looks for a component on its own machine. */
function refused(port: number): NonNullable<ComponentStatus["conditions"]>[number] {
  const address = `127.0.0.1:${port}`;
  const message = `Get "https://${address}/healthz": dial tcp ${address}: connect: connection refused`;
  return { type: "Healthy", status: "False", message };
}

/** `componentstatuses` of a cluster whose API server has the controller manager and the scheduler beside it, or has not. */
export function componentStatuses({ beside }: { readonly beside: boolean }): VirtualResource {
  const statuses = (
    [
      ["controller-manager", beside ? HEALTHY : refused(10257)],
      ["etcd-0", HEALTHY],
      ["scheduler", beside ? HEALTHY : refused(10259)],
    ] as const
  ).map(([name, condition]): ComponentStatus => {
    return { apiVersion: "v1", kind: "ComponentStatus", metadata: { name }, conditions: [condition] };
  });
  return {
    descriptor: componentStatusDescriptor,
    get: (_, name) => statuses.find(({ metadata }) => metadata.name === name),
    list: () => statuses,
  };
}
