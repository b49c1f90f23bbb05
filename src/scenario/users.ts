import type { User } from "../apiserver/index.ts";

/** The administrator every kubeconfig of ours names. */
export const ADMINISTRATOR: User = { name: "kubernetes-admin", groups: ["system:masters", "system:authenticated"] };

/** Karmada's controllers, at the host. */
export const KARMADA: User = { name: "system:admin", groups: ["system:masters", "system:authenticated"] };

/** Karmada's controllers, in a member: the service account that joining makes. */
export function karmadaIn(member: string): User {
  return serviceAccount("karmada-cluster", `karmada-${member}`);
}

/** A cluster's own components. */
export const CONTROLLER_MANAGER: User = { name: "system:kube-controller-manager", groups: ["system:authenticated"] };

/** CoreDNS of a member. */
export const COREDNS: User = serviceAccount("kube-system", "coredns");

function serviceAccount(namespace: string, name: string): User {
  const groups = ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"];
  return { name: `system:serviceaccount:${namespace}:${name}`, groups };
}
