import type { Deployment, PodTemplateSpec, ReplicaSet } from "../../../api/index.ts";
import { ownerReference, withAnnotations } from "../../../apimachinery/index.ts";
import { compareText, deepEqual } from "../../../std/index.ts";
import { templateHash } from "../template-hash.ts";

const TEMPLATE_HASH = "pod-template-hash";
export const REVISION = "deployment.kubernetes.io/revision";
const REVISION_HISTORY = "deployment.kubernetes.io/revision-history";
const DESIRED_REPLICAS = "deployment.kubernetes.io/desired-replicas";
const MAX_REPLICAS = "deployment.kubernetes.io/max-replicas";
/** Annotations of a Deployment its ReplicaSets do not take over. */
const OWN_ANNOTATIONS: ReadonlySet<string> = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  "deprecated.daemonset.template.generation",
]);

/** Oldest first; of one age by name (`ReplicaSetsByCreationTimestamp`). */
export function byCreation(left: ReplicaSet, right: ReplicaSet): number {
  return (
    compareText(left.metadata.creationTimestamp ?? "", right.metadata.creationTimestamp ?? "") ||
    compareText(left.metadata.name, right.metadata.name)
  );
}

/** The oldest ReplicaSet whose template is the Deployment's (`FindNewReplicaSet`); `sets` come oldest first. */
export function findNewSet(deployment: Deployment, sets: readonly ReplicaSet[]): ReplicaSet | undefined {
  return sets.find((set) => isSameTemplate(set.spec.template, deployment.spec.template));
}

function isSameTemplate(ofSet: PodTemplateSpec, ofDeployment: PodTemplateSpec): boolean {
  return (
    deepEqual(ofSet.spec, ofDeployment.spec) && deepEqual(hashless(ofSet.metadata), hashless(ofDeployment.metadata))
  );
}

function hashless(metadata: PodTemplateSpec["metadata"]): unknown {
  const { [TEMPLATE_HASH]: _, ...labels } = metadata?.labels ?? {};
  return { ...metadata, labels };
}

/** The revision a ReplicaSet states, which has 64 bits; 0 when it states none. */
export function revisionOf(set: ReplicaSet): bigint {
  const stated = set.metadata.annotations?.[REVISION] ?? "";
  return /^\d+$/.test(stated) ? BigInt(stated) : 0n;
}

/** The revision the newest template has: one more than any older one. */
export function nextRevision(oldSets: readonly ReplicaSet[]): bigint {
  return latest(oldSets.map(revisionOf)) + 1n;
}

/** The largest revision; 0 of none. */
export function latest(revisions: readonly bigint[]): bigint {
  return revisions.reduce((most, one) => (one > most ? one : most), 0n);
}

/** What a ReplicaSet remembers of the Deployment's size, for proportional scaling. */
export type Size = { readonly replicas: number; readonly maxSurge: number };

/** A ReplicaSet for the Deployment's present template. */
export function newReplicaSet(
  deployment: Deployment,
  at: Size & { readonly revision: bigint; readonly size: number },
): ReplicaSet {
  const { name, namespace } = deployment.metadata;
  const { template, selector, minReadySeconds } = deployment.spec;
  const hash = templateHash(template, deployment.status?.collisionCount);
  const labels = { ...template.metadata?.labels, [TEMPLATE_HASH]: hash };
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name: `${name}-${hash}`,
      ...(namespace === undefined ? {} : { namespace }),
      labels,
      annotations: { ...inherited(deployment), [REVISION]: `${at.revision}`, ...sizeAnnotations(at) },
      ownerReferences: [ownerReference(deployment)],
    },
    spec: {
      replicas: at.size,
      ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [TEMPLATE_HASH]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}

function inherited(deployment: Deployment): Readonly<Record<string, string>> {
  const entries = Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => !OWN_ANNOTATIONS.has(key));
  return Object.fromEntries(entries);
}

function sizeAnnotations({ replicas, maxSurge }: Size): Readonly<Record<string, string>> {
  return { [DESIRED_REPLICAS]: `${replicas}`, [MAX_REPLICAS]: `${replicas + maxSurge}` };
}

/** The ReplicaSet at a new size, with the Deployment's size noted. */
export function resized(set: ReplicaSet, size: number, at: Size): ReplicaSet {
  const noted = withAnnotations(set, sizeAnnotations(at));
  return noted.spec.replicas === size ? noted : { ...noted, spec: { ...noted.spec, replicas: size } };
}

/** The present ReplicaSet with the Deployment's annotations, revision and `minReadySeconds`; itself when it has them. */
export function refreshed(set: ReplicaSet, deployment: Deployment, revision: bigint): ReplicaSet {
  const before = revisionOf(set);
  const history = set.metadata.annotations?.[REVISION_HISTORY];
  const changes: Record<string, string> = { ...inherited(deployment) };
  if (before < revision) {
    changes[REVISION] = `${revision}`;
    if (before > 0n) changes[REVISION_HISTORY] = history ? `${history},${before}` : `${before}`;
  }
  const annotated = withAnnotations(set, changes);
  const { minReadySeconds = 0 } = deployment.spec;
  if (minReadySeconds === (set.spec.minReadySeconds ?? 0)) return annotated;
  return { ...annotated, spec: { ...annotated.spec, minReadySeconds } };
}

/** The Deployment's size when the set was last scaled; `undefined` when it was not noted. */
export function notedReplicas(set: ReplicaSet): number | undefined {
  return noted(set, DESIRED_REPLICAS);
}

/** The same with surge. */
export function notedMaxReplicas(set: ReplicaSet): number | undefined {
  return noted(set, MAX_REPLICAS);
}

function noted(set: ReplicaSet, annotation: string): number | undefined {
  const value = set.metadata.annotations?.[annotation];
  return value === undefined || Number.isNaN(Number(value)) ? undefined : Number(value);
}
