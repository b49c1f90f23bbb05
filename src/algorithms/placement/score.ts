import type { BindingSpec, Cluster } from "../../api/index.ts";

const LOCALITY_SCORE = 100;

/**
 * The sum of the score plugins: ClusterLocality prefers clusters that are targets already. ClusterAffinity, the other one
 * upstream has, gives every cluster 0.
 */
export function scoreCluster(cluster: Cluster, spec: BindingSpec): number {
  return spec.clusters?.some((target) => target.name === cluster.metadata.name) ? LOCALITY_SCORE : 0;
}
