import type { User } from "../apiserver/index.ts";

/** The administrator every kubeconfig of ours names. */
export const ADMINISTRATOR: User = { name: "kubernetes-admin", groups: ["system:masters", "system:authenticated"] };

/** Karmada's controllers, at the host. */
export const KARMADA: User = { name: "system:admin", groups: ["system:masters", "system:authenticated"] };

/** The namespace of Karmada's service accounts, in a member as at the host. */
export const KARMADA_NAMESPACE = "karmada-cluster";

/** The service account Karmada's controllers have in a member. */
export function karmadaAccount(member: string): string {
  return `karmada-${member}`;
}

/** Karmada's controllers, in a member: the service account that joining makes. */
export function karmadaIn(member: string): User {
  return serviceAccount(KARMADA_NAMESPACE, karmadaAccount(member));
}

/** The service account that stands in, in a member, for users of the host's proxy. */
export const IMPERSONATOR_ACCOUNT = "karmada-impersonator";
export const IMPERSONATOR: User = serviceAccount(KARMADA_NAMESPACE, IMPERSONATOR_ACCOUNT);

/** kube-proxy of a member. */
export const KUBE_PROXY: User = { name: "system:kube-proxy", groups: ["system:authenticated"] };

/** CoreDNS of a member. */
export const COREDNS: User = serviceAccount("kube-system", "coredns");

/** What a pod's requests carry that runs as a service account. */
export function serviceAccount(namespace: string, name: string): User {
  const groups = ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"];
  return { name: `system:serviceaccount:${namespace}:${name}`, groups };
}
