import {
  ClusterPropagationPolicy,
  karmadaAnnotations,
  karmadaFinalizers,
  karmadaLabels,
  type Policy,
  PropagationPolicy,
} from "../../api/index.ts";
import type { Kind, KubeObject } from "../../apimachinery/index.ts";
import type { Key } from "../../controller/index.ts";

/** All in which PropagationPolicy and ClusterPropagationPolicy differ. */
export type PolicyScope = {
  readonly kind: Kind<Policy>;
  readonly controllerName: string;
  readonly finalizer: string;
  readonly idLabel: string;
  readonly nameAnnotation: string;
  /** Absent on what a cluster-wide policy claims. */
  readonly namespaceAnnotation?: string;
};

const NAMESPACED: PolicyScope = {
  kind: PropagationPolicy,
  controllerName: "propagation-policy-controller",
  finalizer: karmadaFinalizers.propagationPolicy,
  idLabel: karmadaLabels.propagationPolicyId,
  nameAnnotation: karmadaAnnotations.propagationPolicyName,
  namespaceAnnotation: karmadaAnnotations.propagationPolicyNamespace,
};
const CLUSTER: PolicyScope = {
  kind: ClusterPropagationPolicy,
  controllerName: "cluster-propagation-policy-controller",
  finalizer: karmadaFinalizers.clusterPropagationPolicy,
  idLabel: karmadaLabels.clusterPropagationPolicyId,
  nameAnnotation: karmadaAnnotations.clusterPropagationPolicyName,
};

/** Both scopes; the namespaced one goes before the other. */
export const policyScopes: readonly PolicyScope[] = [NAMESPACED, CLUSTER];

function policyScope({ metadata }: Policy): PolicyScope {
  return metadata.namespace === undefined ? CLUSTER : NAMESPACED;
}

/** A policy's permanent id; without one it claims nothing yet. */
export function policyId(policy: Policy): string | undefined {
  return policy.metadata.labels?.[policyScope(policy).idLabel];
}

/** What a policy writes on the templates it claims, and on their bindings. */
export type Claim = {
  readonly labels: Readonly<Record<string, string | null>>;
  readonly annotations: Readonly<Record<string, string | null>>;
};

/** The claim of a policy. */
export function claimOf(policy: Policy): Claim {
  const scope = policyScope(policy);
  const { name, namespace } = policy.metadata;
  return {
    labels: { [scope.idLabel]: policyId(policy) ?? "" },
    annotations: {
      ...(scope.namespaceAnnotation === undefined || namespace === undefined
        ? {}
        : { [scope.namespaceAnnotation]: namespace }),
      [scope.nameAnnotation]: name,
    },
  };
}

/** The policy an object says it is claimed by, and that policy's id as it was then. */
export function claimant({ metadata }: KubeObject): { readonly key: Key; readonly id: string } | undefined {
  for (const scope of policyScopes) {
    const id = metadata.labels?.[scope.idLabel];
    const name = metadata.annotations?.[scope.nameAnnotation];
    if (id === undefined || name === undefined) continue;
    if (scope.namespaceAnnotation === undefined) return { key: { kind: scope.kind, name }, id };
    const namespace = metadata.annotations?.[scope.namespaceAnnotation];
    if (namespace !== undefined) return { key: { kind: scope.kind, name, namespace }, id };
  }
  return undefined;
}

/**
 * The metadata patch that makes `object` carry `claim`, and no claim of the other scope; no claim at all without one.
 * `undefined` when it is so already.
 */
export function claimPatch(object: KubeObject, claim: Claim | undefined): Claim | undefined {
  const labels: Record<string, string | null> = {};
  const annotations: Record<string, string | null> = {};
  for (const scope of policyScopes) {
    change(labels, scope.idLabel, object.metadata.labels, claim?.labels);
    change(annotations, scope.nameAnnotation, object.metadata.annotations, claim?.annotations);
    if (scope.namespaceAnnotation === undefined) continue;
    change(annotations, scope.namespaceAnnotation, object.metadata.annotations, claim?.annotations);
  }
  return Object.keys(labels).length + Object.keys(annotations).length === 0 ? undefined : { labels, annotations };
}

type Texts = Readonly<Record<string, string | null>>;

function change(patch: Record<string, string | null>, key: string, before?: Texts, after?: Texts): void {
  const wanted = after?.[key] ?? null;
  if ((before?.[key] ?? null) !== wanted) patch[key] = wanted;
}
