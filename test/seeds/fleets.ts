import type { WorldOptions } from "atoll-k8s";

const CONTROL_PLANE = { key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" } as const;

/** `master`, tainted, and three workers, as the second seed has them; Monday morning, a minute before a job is due. */
export const masterAndWorkers = (startTime = "2022-06-27T09:25:50Z"): WorldOptions => ({
  startTime,
  members: [
    {
      name: "member1",
      version: "v1.26.0",
      podCIDR: "10.244.0.0/16",
      serviceCIDR: "10.245.0.0/16",
      nodes: [
        { name: "master", podCIDR: "10.244.0.0/24", taints: [CONTROL_PLANE] },
        ...[1, 2, 3].map((place) => ({ name: `node-000${place}`, podCIDR: `10.244.${place}.0/24` })),
      ],
    },
  ],
});
