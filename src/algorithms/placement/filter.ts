import type { BindingSpec, Cluster, ClusterAffinityTerm } from "../../api/index.ts";
import { clusterMatches } from "../cluster-affinity.ts";
import { untoleratedTaint } from "../taints.ts";

/** What the filters judge clusters for. `affinityName` is the group of `clusterAffinities` that is being tried. */
export type FilterContext = { readonly spec: BindingSpec; readonly affinityName: string | undefined };

type Filter = (cluster: Cluster, context: FilterContext) => string | undefined;

/**
 * The scheduler's filter plugins. Upstream runs them in the random order of a Go map, so which of several reasons is told
 * is chance there; this order is fixed.
 */
const FILTERS: readonly Filter[] = [apiEnablement, taintToleration, clusterAffinity, spreadConstraint, clusterEviction];

/** Why the cluster cannot take the binding; `undefined` when it can. */
export function rejection(cluster: Cluster, context: FilterContext): string | undefined {
  for (const filter of FILTERS) {
    const reason = filter(cluster, context);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** `framework.FitError`: how many clusters there are, and how many fell for each reason. */
export function fitErrorMessage(clusterCount: number, reasons: readonly string[]): string {
  const head = `0/${clusterCount} clusters are available: `;
  if (reasons.length === 0) return `${head}no cluster exists.`;
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const texts = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
  return `${head}${texts.join(", ")}.`;
}

/** The group of `clusterAffinities` of that name. */
export function affinityTerm(spec: BindingSpec, name: string | undefined): ClusterAffinityTerm | undefined {
  return spec.placement?.clusterAffinities?.find((term) => term.affinityName === name);
}

/** Whether the cluster says it serves the API; an API left out by incomplete discovery counts as not served. */
function apiIsEnabled(cluster: Cluster, apiVersion: string, kind: string): boolean {
  return (cluster.status?.apiEnablements ?? []).some(
    (enablement) =>
      enablement.groupVersion === apiVersion && enablement.resources?.some((resource) => resource.kind === kind),
  );
}

function apiEnablement(cluster: Cluster, { spec }: FilterContext): string | undefined {
  if (isTarget(cluster, spec)) return undefined;
  const { apiVersion, kind } = spec.resource;
  return apiIsEnabled(cluster, apiVersion, kind) ? undefined : "cluster(s) did not have the API resource";
}

function taintToleration(cluster: Cluster, { spec }: FilterContext): string | undefined {
  if (isTarget(cluster, spec)) return undefined;
  const taint = untoleratedTaint(cluster.spec.taints, spec.placement?.clusterTolerations, ["NoSchedule", "NoExecute"]);
  if (taint === undefined) return undefined;
  // corev1.Taint.ToString
  const text = taint.value ? `${taint.key}=${taint.value}:${taint.effect}` : `${taint.key}:${taint.effect}`;
  return `cluster(s) had untolerated taint {${text}}`;
}

function clusterAffinity(cluster: Cluster, { spec, affinityName }: FilterContext): string | undefined {
  const placement = spec.placement ?? {};
  const affinity = placement.clusterAffinity;
  const term = affinity === undefined ? affinityTerm(spec, affinityName) : undefined;
  const allowed = affinity ?? term;
  if (allowed === undefined || clusterMatches(cluster, allowed)) return undefined;
  if (isWorkload(spec) && term?.overflowAffinities?.some((overflow) => clusterMatches(cluster, overflow))) {
    return undefined;
  }
  return "cluster(s) did not match the placement cluster affinity constraint";
}

function spreadConstraint(cluster: Cluster, { spec }: FilterContext): string | undefined {
  for (const constraint of spec.placement?.spreadConstraints ?? []) {
    const field = constraint.spreadByField;
    if (field === "provider" && !cluster.spec.provider) return "cluster(s) did not have provider property";
    if (field === "region" && !cluster.spec.region) return "cluster(s) did not have region property";
    if (field === "zone" && !cluster.spec.zones?.length) return "cluster(s) did not have zones property";
  }
  return undefined;
}

function clusterEviction(cluster: Cluster, { spec }: FilterContext): string | undefined {
  const evicted = spec.gracefulEvictionTasks?.some((task) => task.fromCluster === cluster.metadata.name);
  return evicted ? "cluster(s) is in the process of eviction" : undefined;
}

/** `ResourceBindingSpec.IsWorkload`. */
export function isWorkload(spec: BindingSpec): boolean {
  return (spec.replicas ?? 0) > 0 || spec.replicaRequirements !== undefined || (spec.components?.length ?? 0) > 0;
}

/** What runs already is not driven out by a filter; that is the taint manager's matter. */
function isTarget(cluster: Cluster, spec: BindingSpec): boolean {
  return spec.clusters?.some((target) => target.name === cluster.metadata.name) === true;
}
