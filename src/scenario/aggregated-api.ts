import { ClusterRole, ClusterRoleBinding, Service } from "../api/index.ts";
import { apiVersionOf, type Kind, type KubeObject } from "../apimachinery/index.ts";
import type { ApiServerOptions } from "../apiserver/index.ts";
import { ADMINISTRATOR, KARMADA } from "./users.ts";

const NAMESPACE = "karmada-system";
const SERVER = "karmada-aggregated-apiserver";
const PROXY_ADMIN = "cluster-proxy-admin";
const RBAC = "rbac.authorization.k8s.io";

/** cluster.karmada.io is Karmada's aggregated API server's matter; here the host answers for it (`artifacts/deploy`). */
export const karmadaAggregated: NonNullable<ApiServerOptions["aggregated"]> = [
  {
    group: "cluster.karmada.io",
    version: "v1alpha1",
    service: { namespace: NAMESPACE, name: SERVER },
    groupPriorityMinimum: 2000,
    versionPriority: 10,
  },
];

/** What Karmada installs beside it: the server's Service, and who may use the proxy. */
export const aggregatedObjects: readonly (readonly [Kind<KubeObject>, KubeObject])[] = [
  installed(Service, {
    metadata: { name: SERVER, namespace: NAMESPACE },
    spec: { type: "ExternalName", externalName: `${SERVER}.${NAMESPACE}.svc.cluster.local` },
  }),
  installed(ClusterRole, {
    metadata: { name: PROXY_ADMIN },
    rules: [{ apiGroups: ["cluster.karmada.io"], resources: ["clusters/proxy"], verbs: ["*"] }],
  }),
  installed(ClusterRoleBinding, {
    metadata: { name: PROXY_ADMIN },
    roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: PROXY_ADMIN },
    subjects: [KARMADA, ADMINISTRATOR].map(({ name }) => ({ apiGroup: RBAC, kind: "User", name })),
  }),
];

function installed<T extends KubeObject>(
  kind: Kind<T>,
  body: Omit<T, "apiVersion" | "kind">,
): readonly [Kind<KubeObject>, KubeObject] {
  return [kind, { apiVersion: apiVersionOf(kind), kind: kind.kind, ...body } as KubeObject];
}
