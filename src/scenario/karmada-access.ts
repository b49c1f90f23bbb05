import { ClusterRole, ClusterRoleBinding, Namespace, type PolicyRule, ServiceAccount } from "../api/index.ts";
import { apiVersionOf, type Kind, type KubeObject, StatusError } from "../apimachinery/index.ts";
import type { ApiServer } from "../apiserver/index.ts";
import { ADMINISTRATOR, IMPERSONATOR_ACCOUNT, KARMADA_NAMESPACE, karmadaAccount } from "./users.ts";

const RULES: readonly PolicyRule[] = [
  { apiGroups: ["*"], resources: ["*"], verbs: ["*"] },
  { nonResourceURLs: ["*"], verbs: ["get"] },
];

/** Lets Karmada into a member, as `karmadactl join` does: its namespace, its service accounts, and what the first may do. */
export function grantKarmadaAccess(server: ApiServer, member: string): void {
  const account = karmadaAccount(member);
  const role = `karmada-controller-manager:${account}`;
  create(server, Namespace, { metadata: { name: KARMADA_NAMESPACE } });
  for (const name of [account, IMPERSONATOR_ACCOUNT])
    create(server, ServiceAccount, { metadata: { name, namespace: KARMADA_NAMESPACE } });
  create(server, ClusterRole, { metadata: { name: role }, rules: RULES });
  create(server, ClusterRoleBinding, {
    metadata: { name: role },
    roleRef: { apiGroup: ClusterRole.group, kind: "ClusterRole", name: role },
    subjects: [{ kind: "ServiceAccount", name: account, namespace: KARMADA_NAMESPACE }],
  });
}

function create<T extends KubeObject>(server: ApiServer, kind: Kind<T>, body: Omit<T, "apiVersion" | "kind">): void {
  const object = { apiVersion: apiVersionOf(kind), kind: kind.kind, ...body } as KubeObject;
  const answer = server.answer({ verb: "create", kind, object }, ADMINISTRATOR);
  if (!answer.ok) throw new StatusError(answer.status);
}
