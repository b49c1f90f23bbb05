/** Where discovery puts a group, and a version within it. */
export type Priority = { readonly group: number; readonly version: number };

/** As kube-apiserver orders its own (`DefaultGenericAPIServicePriorities`, `pkg/controlplane/apiserver/options`). */
const GROUPS: Readonly<Record<string, readonly [group: number, versions: Readonly<Record<string, number>>]>> = {
  "": [18_000, { v1: 1 }],
  apps: [17_800, { v1: 15 }],
  "events.k8s.io": [17_750, { v1: 15, v1beta1: 5 }],
  "authentication.k8s.io": [17_700, { v1: 15, v1beta1: 9, v1alpha1: 1 }],
  "authorization.k8s.io": [17_600, { v1: 15 }],
  autoscaling: [17_500, { v1: 15, v2: 30, v2beta1: 9, v2beta2: 1 }],
  batch: [17_400, { v1: 15, v1beta1: 9, v2alpha1: 9 }],
  "certificates.k8s.io": [17_300, { v1: 15, v1beta1: 9, v1alpha1: 1 }],
  "networking.k8s.io": [17_200, { v1: 15, v1beta1: 9, v1alpha1: 1 }],
  policy: [17_100, { v1: 15, v1beta1: 9 }],
  "rbac.authorization.k8s.io": [17_000, { v1: 15 }],
  "storage.k8s.io": [16_800, { v1: 15, v1beta1: 9, v1alpha1: 1 }],
  "apiextensions.k8s.io": [16_700, { v1: 15 }],
  "admissionregistration.k8s.io": [16_700, { v1: 15, v1beta1: 12, v1alpha1: 9 }],
  "scheduling.k8s.io": [16_600, { v1: 15 }],
  "coordination.k8s.io": [16_500, { v1: 15, v1beta1: 13, v1alpha2: 12 }],
  "node.k8s.io": [16_300, { v1: 15, v1beta1: 9, v1alpha1: 1 }],
  "discovery.k8s.io": [16_200, { v1: 15, v1beta1: 12 }],
  "flowcontrol.apiserver.k8s.io": [16_100, { v1: 21, v1beta3: 18, v1beta2: 15, v1beta1: 12, v1alpha1: 9 }],
  "internal.apiserver.k8s.io": [16_000, { v1alpha1: 9 }],
  // As metrics-server's own manifest has it.
  "metrics.k8s.io": [100, { v1beta1: 100 }],
  "resource.k8s.io": [15_900, { v1: 20, v1beta2: 15, v1beta1: 12, v1alpha3: 9 }],
};
/** What the registration of custom resources gives every version (`crdregistration`). */
const CUSTOM: Priority = { group: 1000, version: 100 };

/** The priority of a served group version. */
export function priorityOf({ group, version }: { readonly group: string; readonly version: string }): Priority {
  const known = Object.hasOwn(GROUPS, group) ? GROUPS[group] : undefined;
  return known === undefined ? CUSTOM : { group: known[0], version: known[1][version] ?? CUSTOM.version };
}
