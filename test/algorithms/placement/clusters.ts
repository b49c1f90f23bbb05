import type { Candidate } from "../../../src/algorithms/placement/candidate.ts";
import type { Cluster, ClusterSpec } from "../../../src/api/index.ts";

/** A cluster that serves Deployments, with room for `pods` pods and nothing else known of it. */
export function cluster(name: string, options: Partial<ClusterSpec> & ClusterExtras = {}): Cluster {
  const { pods = 100, labels, cpu, ...spec } = options;
  return {
    apiVersion: "cluster.karmada.io/v1alpha1",
    kind: "Cluster",
    metadata: { name, ...(labels === undefined ? {} : { labels }) },
    spec: { syncMode: "Push", ...spec },
    status: {
      apiEnablements: [
        { groupVersion: "apps/v1", resources: [{ name: "deployments", kind: "Deployment" }] },
        { groupVersion: "v1", resources: [{ name: "configmaps", kind: "ConfigMap" }] },
      ],
      resourceSummary: { allocatable: { pods: String(pods), ...(cpu === undefined ? {} : { cpu }) } },
    },
  };
}

type ClusterExtras = {
  readonly pods?: number;
  readonly cpu?: string;
  readonly labels?: Readonly<Record<string, string>>;
};

/** A candidate in a region, with a score and room. */
export function candidate(name: string, score: number, room: number, region = ""): Candidate {
  return {
    name,
    cluster: cluster(name, region === "" ? {} : { region }),
    score,
    overflowOrder: 0,
    allocatableReplicas: room,
    availableReplicas: room,
  };
}
