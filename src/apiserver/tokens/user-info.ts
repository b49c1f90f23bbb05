import type { ServiceAccount } from "../../api/index.ts";
import { serviceAccountName } from "../rbac/grants.ts";
import type { User } from "../request.ts";

/** A user as `authentication.k8s.io/v1` writes it. */
export function userInfo({ name, uid, groups, extra }: User): Readonly<Record<string, unknown>> {
  return {
    username: name,
    ...(uid ? { uid } : {}),
    groups,
    ...(extra === undefined || Object.keys(extra).length === 0 ? {} : { extra }),
  };
}

/** The user a service account is. */
export function accountUser({ metadata }: Pick<ServiceAccount, "metadata">): User {
  const { name, namespace = "", uid } = metadata;
  return {
    name: serviceAccountName(namespace, name),
    ...(uid === undefined ? {} : { uid }),
    groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`],
  };
}
